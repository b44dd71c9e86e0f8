"""Rows of a file of a storm: what each cell means, and which structure each row is about."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, time
from typing import Any, BinaryIO, Final

from sqlalchemy import ColumnElement, func, or_, select

from registry.accounts.queries import find_organisation
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import holds, visible
from registry.capacity.models import CapacityEntry, CapacityPlace, EntryState
from registry.incidents.codes import IncidentKind
from registry.incidents.models import Incident
from registry.kernel.clock import LOCAL_ZONE
from registry.kernel.fields import Field, ValueRefused, fields_of, parse_day, parse_value
from registry.kernel.i18n import _, _l, _n, format_datetime
from registry.kernel.text import code_key, fold, shown
from registry.kernel.uploaded_tables import Cells, read_table
from registry.structures.models import Structure
from registry.territory.queries import commune_parts

#: Rows of one file.
MOST_ROWS: Final = 5000
#: Problems that are kept and shown; all are counted.
MOST_PROBLEMS: Final = 500
_MAX_TEXT: Final = 500
_MOMENT: Final = re.compile(r"(?P<day>\S+?)(?:[T ]+(?P<hour>\d{1,2})[:hg](?P<minute>\d{2})(?::\d{2}(?:\.\d+)?)?)?")
#: Field -> label, which the template has as its heading, and other headings.
COLUMNS: Final = {
    "station": (
        _l("Mã trạm, công trình"),
        ("ma tram", "ma cong trinh", "ma rieng", "ma", "station", "site", "site id"),
    ),
    "operator": (_l("Đơn vị"), ("doanh nghiep", "nha mang", "operator", "owner")),
    "kind": (fields_of(Incident)["kind"].label, ("su co", "loai", "kind", "incident")),
    "began": (
        _l("Mất liên lạc lúc"),
        ("thoi diem mat lien lac", "mat lien lac tu", "bat dau", "xay ra luc", "began", "down since"),
    ),
    "restored": (
        _l("Khôi phục lúc"),
        ("thoi diem khoi phuc", "da khoi phuc", "khoi phuc", "ket thuc", "restored", "restored at", "up since"),
    ),
    "remark": (_l("Ghi chú"), ("noi dung", "pham vi anh huong", "nguyen nhan", "remark", "note")),
}
_KIND: Final = replace(fields_of(Incident)["kind"], required=False)
_REMARK: Final = Field("remark", COLUMNS["remark"][0], max_length=_MAX_TEXT)


@dataclass(frozen=True)
class GoodRow:
    """One incident of a file; moments as ISO texts, so that it can be stored as JSON."""

    row: int
    structure_id: int
    unit_id: int
    organisation_id: int
    kind: str
    began: str | None = None
    restored: str | None = None
    remark: str | None = None


@dataclass(frozen=True)
class StormProblem:
    """What is wrong with a row: its number, column, value and the reason."""

    row: int
    column: str
    value: str
    reason: str


@dataclass(frozen=True)
class ReadFile:
    """A file as it was understood."""

    rows: Sequence[GoodRow]
    problems: Sequence[StormProblem]

    @property
    def refused(self) -> int:
        """Number of rows that are not taken."""
        return len({problem.row for problem in self.problems})

    def stored_rows(self) -> list[dict[str, Any]]:
        return [asdict(row) for row in self.rows]

    def stored_problems(self) -> list[list[str]]:
        kept = self.problems[:MOST_PROBLEMS]
        return [[str(each.row), each.column, each.value, each.reason] for each in kept]


@dataclass(frozen=True)
class _Station:
    id: int
    unit_id: int
    owner_id: int


def read_file(ctx: Ctx, stream: BinaryIO, organisation_id: int | None) -> ReadFile:
    """Read a file of incidents in the sandbox and check every row; Invalid (field `file`) where it is no such list.

    `organisation_id`: the organisation that reports itself; None for an authority, whose rows name the organisation.
    """
    needed = ("station",) if organisation_id is not None else ("station", "operator")
    columns, rows = read_table(stream, COLUMNS, needed, MOST_ROWS)
    operators = _operators(ctx, rows, organisation_id)
    stations = _stations(ctx, {cells["station"] for _row, cells in rows}, organisation_id)
    checked = [_checked(ctx, number, cells, operators, stations, columns) for number, cells in rows]
    good = [checked_row for checked_row in checked if isinstance(checked_row, GoodRow)]
    wrong = [problem for checked_row in checked if not isinstance(checked_row, GoodRow) for problem in checked_row]
    return _without_doubles(good, wrong, columns)


def _checked(
    ctx: Ctx,
    number: int,
    cells: Cells,
    operators: Mapping[str, int],
    stations: Mapping[str, Sequence[_Station]],
    columns: Mapping[str, str],
) -> GoodRow | list[StormProblem]:
    """The row, or all that is wrong with it."""
    problems: list[StormProblem] = []

    def wrong(name: str, reason: str) -> None:
        heading = columns.get(name) or str(COLUMNS[name][0])
        problems.append(StormProblem(number, heading, shown(cells.get(name, ""))[:100], reason))

    station = _station(cells["station"], stations, wrong)
    named = cells.get("operator", "").strip()
    operator = operators.get(named)
    if operator is None:
        wrong("operator", _operator_reason(named, operators))
    values: dict[str, Any] = {}
    for field in (_KIND, _REMARK):
        try:
            values[field.name] = parse_value(field, cells.get(field.name))
        except ValueRefused as refused:
            wrong(field.name, str(refused))
    began = _moment(ctx, "began", cells, wrong)
    restored = _moment(ctx, "restored", cells, wrong)
    if began is not None and restored is not None and restored < began:
        wrong(
            "restored",
            _("Trước thời điểm mất liên lạc (%(began)s); cần thời điểm đó hoặc sau đó.", began=format_datetime(began)),
        )
    if problems or station is None or operator is None:
        return problems
    return GoodRow(
        number,
        station.id,
        station.unit_id,
        operator,
        (values["kind"] or IncidentKind.STATION_OUTAGE).value,
        began.isoformat() if began is not None else None,
        restored.isoformat() if restored is not None else None,
        values["remark"],
    )


def _station(text: str, stations: Mapping[str, Sequence[_Station]], wrong: Any) -> _Station | None:
    matching_stations = next((same for key in _keys(text) if (same := stations.get(key))), ())
    if len(matching_stations) == 1:
        return matching_stations[0]
    if not text.strip():
        wrong("station", _("Chưa nhập; cần mã công trình hoặc mã riêng của đơn vị."))
    elif matching_stations:
        wrong(
            "station",
            _n(
                "%(count)d công trình có mã này; hãy ghi mã công trình trong cơ sở dữ liệu.",
                len(matching_stations),
                count=len(matching_stations),
            ),
        )
    else:
        wrong(
            "station",
            _(
                "Cơ sở dữ liệu không có công trình này thuộc đơn vị sở hữu hoặc sử dụng; cần mã công trình hoặc "
                "mã riêng của đơn vị."
            ),
        )
    return None


def _moment(ctx: Ctx, name: str, cells: Cells, wrong: Any) -> datetime | None:
    """Day and hour in Việt Nam time; None where the cell is empty or wrong."""
    text = cells.get(name, "").strip()
    if not text:
        return None
    match = _MOMENT.fullmatch(text)
    try:
        if match is None:
            raise ValueRefused
        hour = time(int(match["hour"] or 0), int(match["minute"] or 0))
        moment = datetime.combine(parse_day(match["day"]), hour, tzinfo=LOCAL_ZONE)
    except ValueError:
        wrong(name, _("Không phải ngày giờ; cần dạng 29/09/2026 06:30."))
        return None
    if moment > ctx.now:
        wrong(
            name,
            _("Sau thời điểm hiện tại (%(now)s); cần thời điểm hiện tại hoặc trước đó.", now=format_datetime(ctx.now)),
        )
    return moment


def _operators(ctx: Ctx, rows: Sequence[tuple[int, Cells]], organisation_id: int | None) -> dict[str, int]:
    """Each name in the column of operators -> the organisation; an organisation that reports itself is all of them."""
    names = {cells.get("operator", "").strip() for _row, cells in rows}
    organisations = {name: find_organisation(ctx.session, name) for name in names if name}
    ids = {name: organisation.id for name, organisation in organisations.items() if organisation is not None}
    if organisation_id is None:
        return ids
    return {name: number for name, number in ids.items() if number == organisation_id} | {"": organisation_id}


def _operator_reason(named: str, operators: Mapping[str, int]) -> str:
    if not named:
        return _("Chưa nhập; cần tên đơn vị khai thác trạm.")
    if "" in operators:
        return _("Không phải đơn vị của tài khoản này; hãy để trống cột này.")
    return _("Không phải tên gọi nào đã biết của một đơn vị; cần tên hoặc tên viết tắt trong danh mục đơn vị.")


def _stations(ctx: Ctx, texts: Collection[str], organisation_id: int | None) -> dict[str, list[_Station]]:
    """Key of a code or own code -> the structures that the sender may report.

    An organisation reports those that it owns or uses; an authority those that it may read.
    """
    keys = {key for text in texts for key in _keys(text)}
    by_code = Structure.code.in_({key.upper() for key in keys})
    by_own = or_(func.code_key(Structure.own_code).in_(keys), func.fold(Structure.own_code).in_(keys))
    where: ColumnElement[bool]
    if organisation_id is None:
        where = visible(ctx, Structure, P.STRUCTURE_READ) & or_(by_code, by_own)
    else:
        used = (
            select(CapacityPlace.structure_id)
            .join(CapacityEntry, CapacityEntry.place_id == CapacityPlace.id)
            .where(CapacityEntry.state == EntryState.USED, CapacityEntry.holder_id == organisation_id)
        )
        mine = Structure.owner_organisation_id.in_(ctx.actor.organisation_ids)
        # The own codes of others are theirs alone.
        where = or_(mine & or_(by_code, by_own), by_code & Structure.id.in_(used))
    query = select(
        Structure.id, Structure.commune_id, Structure.owner_organisation_id, Structure.code, Structure.own_code
    ).where(where, Structure.commune_id.is_not(None))
    rows = ctx.session.execute(query).all()
    units = units_today(ctx, {row.commune_id for row in rows})
    stations: dict[str, list[_Station]] = {}
    for row in rows:
        unit_id = units.get(row.commune_id)
        if unit_id is None or not _is_in_area(ctx, unit_id):
            continue
        station = _Station(row.id, unit_id, row.owner_organisation_id)
        for key in {*_keys(row.code), *_keys(row.own_code or "")} & keys:
            stations.setdefault(key, []).append(station)
    return stations


def units_today(ctx: Ctx, recorded: Collection[int]) -> dict[int, int]:
    """Commune of a record -> commune of today; the first of the parts of a split one."""
    units: dict[int, int] = {}
    for part in commune_parts(ctx.session, ctx.today, recorded):
        units.setdefault(part.record_id, part.unit_id)
    return units


def _is_in_area(ctx: Ctx, unit_id: int) -> bool:
    """Officers of an area report what is in it."""
    return holds(ctx.actor, P.INCIDENT_STORM) or not ctx.actor.unit_ids or unit_id in ctx.actor.unit_ids


def _without_doubles(good: Sequence[GoodRow], wrong: Sequence[StormProblem], columns: Mapping[str, str]) -> ReadFile:
    """One row for each structure, organisation and kind; a second one is a problem."""
    first: dict[tuple[int, int, str], GoodRow] = {}
    problems = list(wrong)
    for row in good:
        earlier = first.setdefault((row.structure_id, row.organisation_id, row.kind), row)
        if earlier is not row:
            reason = _("Trùng với dòng %(row)d; hãy để lại một dòng.", row=earlier.row)
            problems.append(StormProblem(row.row, columns["station"], "", reason))
    return ReadFile(list(first.values()), sorted(problems, key=lambda problem: problem.row))


def _keys(text: str) -> tuple[str, ...]:
    """What a code is compared by: its spelling, then also its diacritics; nothing for what cannot be a code."""
    try:
        return tuple(dict.fromkeys(key for key in (code_key(text), fold(text)) if key))
    except ValueError:
        return ()
