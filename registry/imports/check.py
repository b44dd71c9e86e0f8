"""Check all rows of a file at once, with a bounded number of statements: the one path of page, console and job."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from registry.accounts.models import Organisation
from registry.accounts.queries import find_organisation
from registry.authz.actors import Ctx
from registry.imports.aliases import is_full
from registry.imports.mapping import Plan, default_notes
from registry.imports.models import RowOutcome
from registry.imports.neighbours import near_pairs
from registry.imports.reading import Table
from registry.imports.rows import CheckedRow, RowParser, RowProblem
from registry.kernel.dated import setting
from registry.kernel.i18n import _
from registry.kernel.text import TextRefused
from registry.structures.commands import GivenPosition
from registry.structures.contract import Shape
from registry.structures.kinds import KINDS
from registry.structures.service.bulk import PlaceHit, locate_many, own_codes_taken
from registry.structures.service.locate import Located, acceptance_bounds, beyond_stated
from registry.structures.service.values import rule_context
from registry.territory.models import AdminUnit, UnitLevel
from registry.territory.queries import find_units


@dataclass(frozen=True)
class Checked:
    """A file with every row checked; `hits` tells where each row with a position lies, by row number."""

    rows: list[CheckedRow]
    hits: dict[int, PlaceHit]
    notes: list[str]
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def good(self) -> list[CheckedRow]:
        """The rows that become structures."""
        return [row for row in self.rows if row.outcome in (RowOutcome.NEW, RowOutcome.WARNING)]


def check_table(
    ctx: Ctx, table: Table, plan: Plan, owner: Organisation, *, applied_before: int | None = None
) -> Checked:
    """Every row with all that is wrong with it; `applied_before` is the batch that brought this very file before."""
    bounds = None if plan.outside_area else acceptance_bounds(ctx.session, ctx.today)
    parser = RowParser(plan, table.header, bounds, rule_context(ctx.session, KINDS[plan.kind], ctx.today))
    rows = [parser.parse(row) for row in table.rows]
    _check_owners(ctx, parser, rows, owner)
    hits = _check_places(ctx, parser, rows)
    _check_own_codes(ctx, parser, rows, owner)
    if applied_before is not None:
        _skip_repeated(rows, applied_before)
    _check_neighbours(ctx, parser, rows, hits)
    counts = Counter(row.outcome.value for row in rows)
    return Checked(rows, hits, _notes(parser, rows), {"rows": len(rows), **counts})


def _check_owners(ctx: Ctx, parser: RowParser, rows: list[CheckedRow], owner: Organisation) -> None:
    """Whoever the file names as owner must be the owner that was chosen, under any of its spellings."""
    found = {name: find_organisation(ctx.session, name) for name in {row.owner for row in rows if row.owner}}
    for row in rows:
        named = found.get(row.owner)
        if not row.owner or (named is not None and named.id == owner.id):
            continue
        known = _("là «%(name)s»", name=named.short_name) if named else _("không phải tên gọi nào đã biết")
        sentence = _(
            "«%(given)s» %(known)s, khác chủ sở hữu đã chọn «%(owner)s»; hãy sửa tên hoặc chọn đúng đơn vị.",
            given=row.owner,
            known=known,
            owner=owner.short_name,
        )
        parser.refuse(row, "owner", sentence)


def _check_places(ctx: Ctx, parser: RowParser, rows: list[CheckedRow]) -> dict[int, PlaceHit]:
    placed = [(row, row.place.position) for row in rows if row.place.position is not None]
    hits = {
        row.row.number: hit
        for (row, _position), hit in zip(placed, locate_many(ctx, [position for _row, position in placed]), strict=True)
    }
    stated = _stated_units(ctx, {row.commune for row in rows if row.commune})
    for row in rows:
        units = stated.get(row.commune, [])
        if row.commune and not units:
            sentence = _("Không có xã, phường nào tên «%(name)s» trong tỉnh; hãy kiểm tra lại tên.", name=row.commune)
            parser.refuse(row, "commune", sentence)
        hit = hits.get(row.row.number)
        if hit is not None:
            _check_commune(ctx, parser, row, hit, units)
        elif row.place.suggested is not None and units:
            _check_suggestion(ctx, parser, row, units)
    return hits


def _stated_units(ctx: Ctx, names: Iterable[str]) -> dict[str, list[AdminUnit]]:
    found: dict[str, list[AdminUnit]] = {}
    for name in names:
        try:
            found[name] = find_units(ctx.session, name, UnitLevel.COMMUNE, ctx.today)
        except TextRefused:
            found[name] = []
    return found


def _check_commune(ctx: Ctx, parser: RowParser, row: CheckedRow, hit: PlaceHit, units: list[AdminUnit]) -> None:
    if hit.commune is None and not parser.plan.outside_area:
        sentence = _("Vị trí nằm ngoài địa bàn tỉnh; hãy kiểm tra lại tọa độ và hệ tọa độ.")
        parser.refuse(row, row.place.column.split(",")[0], sentence)
        return
    row.commune_id = hit.commune.id if hit.commune else None
    if not units or row.commune_id in {unit.id for unit in units}:
        row.stated_commune_id = row.commune_id if units else None
        return
    beyond = [beyond_stated(ctx, Located(hit.commune, None, hit.lon, hit.lat), unit.id) for unit in units]
    if all(beyond):
        parser.refuse(row, "commune", str(beyond[0]))


def _check_suggestion(ctx: Ctx, parser: RowParser, row: CheckedRow, units: list[AdminUnit]) -> None:
    """Mending the coordinates as suggested must not hide that the place would still be a wrong one."""
    suggested = row.place.suggested
    if suggested is None:
        return
    geojson = f'{{"type": "Point", "coordinates": [{suggested.lon!r}, {suggested.lat!r}]}}'
    (hit,) = locate_many(ctx, [GivenPosition(geojson, "", 0, "")])
    beyond = [beyond_stated(ctx, Located(hit.commune, None, hit.lon, hit.lat), unit.id) for unit in units]
    if all(beyond):
        sentence = _(
            "Kể cả khi hiểu là «%(label)s», tọa độ vẫn sai: %(problem)s", label=suggested.label, problem=str(beyond[0])
        )
        parser.refuse(row, "commune", sentence)


def _check_own_codes(ctx: Ctx, parser: RowParser, rows: list[CheckedRow], owner: Organisation) -> None:
    """An own code stands once in a file; one that is registered already makes its row one to skip."""
    taken = own_codes_taken(ctx.session, owner.id, list({row.own_code for row in rows if row.own_code}))
    first: dict[str, int] = {}
    for row in rows:
        code = row.own_code
        if not code:
            continue
        if code in first:
            sentence = _(
                "Mã «%(code)s» đã có ở dòng %(number)d của tệp; mỗi công trình cần một mã riêng.",
                code=code,
                number=first[code],
            )
            parser.refuse(row, "own_code", sentence)
        elif code in taken:
            row.existing = True
            row.structure_id = taken[code][0]
            sentence = _("Mã «%(code)s» đã đăng ký là %(known)s; dòng được bỏ qua.", code=code, known=taken[code][1])
            parser.refuse(row, "own_code", sentence, blocks=False)
        first.setdefault(code, row.row.number)


def _skip_repeated(rows: list[CheckedRow], batch_id: int) -> None:
    """Rows without an own code can be recognised only by their file: it was imported already."""
    for row in rows:
        if not row.own_code and not row.refused:
            row.existing = True
            sentence = _("Tệp này đã được nhập ở lô số %(number)d; dòng không có mã được bỏ qua.", number=batch_id)
            row.problems.append(RowProblem("", "", sentence, blocks=False))


def _check_neighbours(ctx: Ctx, parser: RowParser, rows: list[CheckedRow], hits: dict[int, PlaceHit]) -> None:
    if KINDS[parser.plan.kind].shape is not Shape.POINT:
        return
    metres = float(setting(ctx.session, "structure.same_place_m", ctx.today))
    near = near_pairs(((number, hit.lon, hit.lat) for number, hit in hits.items()), metres)
    for row in rows:
        other = near.get(row.row.number)
        if other is not None:
            sentence = _(
                "Cách vị trí ở dòng %(other)d không quá %(metres)d m; có thể là cùng một công trình.",
                other=other,
                metres=round(metres),
            )
            fields = row.place.column.split(",")
            parser.refuse(row, fields[0], sentence, blocks=False)


def _notes(parser: RowParser, rows: list[CheckedRow]) -> list[str]:
    """What was understood or filled in for the whole file."""
    notes = default_notes(parser.plan.kind, parser.plan.mapping)
    if parser.plan.outside_area:
        notes.append(_("Cho phép vị trí ngoài địa bàn tỉnh: các dòng đó không có xã, phường."))
    full = sorted({cell for row in rows if is_full(cell := parser.cell(row.row, "sharing_status").strip())})
    notes += [
        _(
            "«%(word)s» được hiểu là «Dùng riêng, hết khả năng» khi đã dùng từ 1 vị trí trở xuống,"
            " «Đang dùng chung, hết chỗ» khi đã dùng từ 2 vị trí.",
            word=word,
        )
        for word in full
    ]
    return notes
