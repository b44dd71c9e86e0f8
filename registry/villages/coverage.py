"""Coverage of villages by operator from a file: 4G, 5G and fibre on a day; all rows are taken or none."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, BinaryIO, Final

from sqlalchemy import ColumnElement, Select, func, select

from registry.accounts.models import Organisation, OwnerCategory
from registry.audit.chain import record
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import ALL, require, scopes_of
from registry.indicators.rules import FIRST_DAY
from registry.kernel.days import DaySpan
from registry.kernel.errors import Invalid
from registry.kernel.fields import Field, ValueRefused, parse_value
from registry.kernel.i18n import _, _l, _n, format_date
from registry.kernel.text import fold, shown
from registry.kernel.uploaded_tables import Cells, read_table
from registry.territory.models import AdminUnit, UnitLevel
from registry.territory.queries import area_unit_ids, find_units
from registry.villages.models import OFFERS, Village, VillageCoverage, VillageKind, VillageSuccession
from registry.villages.queries import latest_coverage

#: Kind of object in the audit log.
VILLAGE_COVERAGE: Final = "village_coverage"
#: Rows of one file: more than the province has villages.
MOST_ROWS: Final = 6_000
#: Sentences that are shown; all are counted.
_SHOWN: Final = 30
_NAMED: Final = 5
COLUMNS: Final = {
    "commune": (_l("Xã, phường"), ("xa phuong", "ten xa", "ma xa", "commune", "unit")),
    "village": (_l("Thôn, bản, khu phố"), ("thon ban", "thon", "ten thon", "village")),
    "has_4g": (_l("Phủ sóng 4G"), ("4g", "song 4g")),
    "has_5g": (_l("Phủ sóng 5G"), ("5g", "song 5g")),
    "has_ftth": (_l("Cáp quang đến hộ gia đình"), ("cap quang", "ftth", "fibre")),
}
_NEEDED: Final = ("commune", "village")
_FIELDS: Final = tuple(Field(name, COLUMNS[name][0], python_type=bool) for name in OFFERS)
STATED_ON: Final = Field(
    "valid_from",
    _l("Số liệu của ngày"),
    required=True,
    python_type=date,
    span=DaySpan(since=FIRST_DAY, ahead=1),
    hint=_l("Tình trạng phủ sóng của ngày này; thôn, bản trong tệp là thôn, bản của ngày này."),
)


@dataclass(frozen=True)
class EnterCoverage:
    """What a file of an operator states for a day, and the paper that it comes from."""

    organisation_id: int
    valid_from: date
    source: str


@dataclass(frozen=True)
class EnteredCoverage:
    """How many villages were entered, and a sentence for each row whose former unit was read as one of the day."""

    count: int
    mapped: Sequence[str]


def list_operators(ctx: Ctx) -> Sequence[Organisation]:
    """The operators for which the actor may upload a file: its own, or all of today."""
    query = select(Organisation).where(Organisation.owner_category == OwnerCategory.OPERATOR)
    operators = ctx.session.scalars(query.order_by(Organisation.short_name, Organisation.id)).all()
    own = None if ALL in scopes_of(ctx.actor, P.VILLAGE_COVERAGE) else ctx.actor.organisation_ids
    return [each for each in operators if each.exists_on(ctx.today) and (own is None or each.id in own)]


def list_to_fill_in(ctx: Ctx) -> list[tuple[Village, str]]:
    """The villages of today with the codes of their communes, in the order of the template."""
    query = select(Village, AdminUnit.code).join(AdminUnit, AdminUnit.id == Village.commune_id)
    query = query.where(Village.exists_on_rule(ctx.today)).order_by(AdminUnit.code, Village.name, Village.id)
    return [(village, code) for village, code in ctx.session.execute(query)]


def coverage_query(ctx: Ctx, on: date) -> Select[Any]:
    """The rows that apply on a day with village, commune and operator, without order."""
    require(ctx, P.VILLAGE_READ)
    row = latest_coverage(on)
    columns: tuple[Any, ...] = (
        row,
        Village,
        AdminUnit.name.label("commune"),
        Organisation.short_name.label("operator"),
        row.valid_from.label("stated_on"),
    )
    return (
        select(*columns)
        .join(Village, Village.id == row.village_id)
        .join(AdminUnit, AdminUnit.id == Village.commune_id)
        .join(Organisation, Organisation.id == row.organisation_id)
        .where(Village.exists_on_rule(on))
    )


def fold_of_coverage() -> ColumnElement[str]:
    """SQL: the words that a search of the list reads."""
    return func.fold(func.concat_ws(" ", Village.name, AdminUnit.name, Organisation.short_name))


def coverage_of(ctx: Ctx, village: Village, on: date) -> list[tuple[str, VillageCoverage]]:
    """What each operator states of a village on a day, by the operator's name."""
    row = latest_coverage(on)
    query = select(row, Organisation.short_name).join(Organisation, Organisation.id == row.organisation_id)
    rows = ctx.session.execute(query.where(row.village_id == village.id).order_by(Organisation.short_name))
    return [(name, coverage) for coverage, name in rows]


def enter_coverage(ctx: Ctx, stream: BinaryIO, command: EnterCoverage) -> EnteredCoverage:
    """Enter all rows of a file; Invalid (`file`) has a sentence for each wrong row, and nothing is entered."""
    _check(ctx, command)
    _columns, rows = read_table(stream, COLUMNS, _NEEDED, MOST_ROWS)
    return enter_coverage_rows(ctx, rows, command)


def _check(ctx: Ctx, command: EnterCoverage) -> None:
    require(ctx, P.VILLAGE_COVERAGE)
    problems: dict[str, str] = {}
    if command.organisation_id not in {operator.id for operator in list_operators(ctx)}:
        problems["operator"] = _("Doanh nghiệp đã chọn không thuộc quyền khai của tài khoản; hãy chọn trong danh sách.")
    if command.valid_from > ctx.today:
        problems["valid_from"] = _(
            "Ngày %(day)s chưa đến; muộn nhất là hôm nay %(today)s.",
            day=format_date(command.valid_from),
            today=format_date(ctx.today),
        )
    if problems:
        raise Invalid(problems)


def enter_coverage_rows(ctx: Ctx, rows: Sequence[tuple[int, Cells]], command: EnterCoverage) -> EnteredCoverage:
    """The same of rows with their numbers."""
    _check(ctx, command)
    finder = _VillageFinder(ctx, command.valid_from)
    entered: dict[int, tuple[int, VillageCoverage]] = {}
    wrong: list[str] = []
    mapped: list[str] = []
    for number, cells in rows:
        reasons: list[str] = []
        village, remark = finder.find(cells.get("commune", ""), cells.get("village", ""), reasons)
        values = _values(cells, reasons)
        if village is not None and village.id in entered:
            reasons.append(
                _(
                    "“%(name)s” đã có ở dòng %(row)d; mỗi thôn, bản chỉ một dòng.",
                    name=_name(village),
                    row=entered[village.id][0],
                )
            )
        if village is not None and not reasons:
            coverage = VillageCoverage(
                village_id=village.id,
                organisation_id=command.organisation_id,
                valid_from=command.valid_from,
                source=command.source,
                known_at=ctx.now,
                entered_by_id=ctx.actor.id,
                **values,
            )
            entered[village.id] = number, coverage
            if remark is not None:
                mapped.append(_("Dòng %(row)d: %(reason)s", row=number, reason=remark))
        wrong += [_("Dòng %(row)d: %(reason)s", row=number, reason=reason) for reason in reasons]
    if wrong:
        more = len(wrong) - _SHOWN
        rest = [_n("Còn %(num)d lỗi khác; hãy sửa các lỗi trên trước.", more)] if more > 0 else []
        raise Invalid({"file": [*wrong[:_SHOWN], *rest]})
    ctx.session.add_all(coverage for _number, coverage in entered.values())
    ctx.session.flush()
    first_id = min(coverage.id for _number, coverage in entered.values())
    day = command.valid_from.isoformat()
    record(
        ctx, f"{VILLAGE_COVERAGE}.enter", VILLAGE_COVERAGE, first_id, rows=len(entered), day=day, source=command.source
    )
    return EnteredCoverage(len(entered), mapped)


@dataclass
class _VillageFinder:
    """Finds the village of a day that two cells name; a former commune or village is read as what it became."""

    ctx: Ctx
    day: date
    _areas: dict[str, tuple[frozenset[int], AdminUnit | None, str]] = field(default_factory=dict)
    _villages: dict[int, list[Village]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        by_commune: dict[int, list[Village]] = defaultdict(list)
        for village in self.ctx.session.scalars(select(Village).order_by(Village.name, Village.id)):
            by_commune[village.commune_id].append(village)
        self._villages = by_commune

    def find(self, commune: str, name: str, reasons: list[str]) -> tuple[Village | None, str | None]:
        """The village, with a sentence where a former unit was read as another one; else `reasons` says why none."""
        if commune not in self._areas:
            self._areas[commune] = self._area(commune)
        area, former, refusal = self._areas[commune]
        if refusal:
            reasons.append(refusal)
            return None, None
        candidates = [village for unit_id in sorted(area) for village in self._villages.get(unit_id, ())]
        named = [village for village in candidates if _bears(village, name)]
        standing = [village for village in named if village.exists_on(self.day)]
        shown_name, shown_commune = shown(name)[:60], shown(commune)[:60]
        remarks = []
        if not standing and named:
            standing = self._became(named)
            if len(standing) == 1:
                remarks.append(
                    _("“%(name)s” không còn, được ghi cho “%(now)s”.", name=shown_name, now=_name(standing[0]))
                )
        if not standing:
            reasons.append(
                _(
                    "“%(commune)s” không có thôn, bản “%(name)s” ngày %(day)s; cần tên trong danh mục thôn, bản.",
                    commune=shown_commune,
                    name=shown_name,
                    day=format_date(self.day),
                )
            )
            return None, None
        if len(standing) > 1:
            names = ", ".join(f"{_name(village)} ({self._commune_name(village)})" for village in standing[:_NAMED])
            reasons.append(
                _(
                    "“%(name)s” của “%(commune)s” có thể là %(names)s; cần xã, phường và loại của ngày %(day)s.",
                    name=shown_name,
                    commune=shown_commune,
                    names=names,
                    day=format_date(self.day),
                )
            )
            return None, None
        (village,) = standing
        if former is not None:
            remarks.insert(
                0,
                _(
                    "“%(commune)s” kết thúc ngày %(ended)s, “%(name)s” được ghi cho %(now)s.",
                    commune=shown_commune,
                    ended=format_date(former.valid_to),
                    name=shown_name,
                    now=self._commune_name(village),
                ),
            )
        return village, " ".join(remarks) or None

    def _area(self, text: str) -> tuple[frozenset[int], AdminUnit | None, str]:
        """Ids of a commune of the day with its other times; the former commune that was named; why there is none."""
        session, name = self.ctx.session, shown(text)[:60]
        units = find_units(session, text, UnitLevel.COMMUNE, self.day)
        former = None
        if not units:
            units = find_units(session, text, UnitLevel.COMMUNE)
            former = units[0] if units else None
            if former is not None and (former.valid_to is None or former.valid_to >= self.day):
                sentence = _(
                    "“%(name)s” chưa có vào ngày %(day)s; cần xã, phường của ngày đó.",
                    name=name,
                    day=format_date(self.day),
                )
                return frozenset(), None, sentence
        if not units:
            return frozenset(), None, _("Không có xã, phường “%(name)s”; cần tên hoặc mã trong danh mục.", name=name)
        if len(units) > 1:
            codes = ", ".join(unit.code for unit in units[:_NAMED])
            sentence = _("Có nhiều xã, phường tên “%(name)s”; cần mã: %(codes)s.", name=name, codes=codes)
            return frozenset(), None, sentence
        return area_unit_ids(session, [units[0].id]), former, ""

    def _became(self, former: Sequence[Village]) -> list[Village]:
        """The villages of the day that ended ones became."""
        ids, known_ids = {village.id for village in former}, set[int]()
        while ids - known_ids:
            known_ids |= ids
            links = select(VillageSuccession.successor_id).where(VillageSuccession.predecessor_id.in_(ids))
            ids = set(self.ctx.session.scalars(links))
        query = select(Village).where(Village.id.in_(known_ids), Village.exists_on_rule(self.day))
        return list(self.ctx.session.scalars(query.order_by(Village.name, Village.id)))

    def _commune_name(self, village: Village) -> str:
        return self.ctx.session.get_one(AdminUnit, village.commune_id).name


def _bears(village: Village, text: str) -> bool:
    """Whether a cell names a village, with its kind before the name or without it."""
    words, name = fold(text).split(), fold(village.name).split()
    kinds = {tuple(fold(str(kind.label)).split()): kind for kind in VillageKind}
    if words == name:
        return True
    kind = next((kind for prefix, kind in kinds.items() if words[: len(prefix)] == list(prefix)), None)
    return kind is village.kind and words[len(str(kind.label).split()) :] == name


def _name(village: Village) -> str:
    return f"{village.kind.label} {village.name}"


def _values(cells: Cells, reasons: list[str]) -> dict[str, bool | None]:
    values: dict[str, bool | None] = {}
    for declared in _FIELDS:
        text = cells.get(declared.name, "")
        try:
            values[declared.name] = parse_value(declared, text)
        except ValueRefused as refused:
            reasons.append(
                _(
                    "%(column)s “%(value)s”: %(reason)s",
                    column=declared.label,
                    value=shown(text)[:60],
                    reason=str(refused),
                )
            )
            values[declared.name] = None
    if not reasons and all(value is None for value in values.values()):
        reasons.append(_("cả ba cột 4G, 5G, cáp quang đều trống; cần “có” hoặc “không” ở ít nhất một cột."))
    return values
