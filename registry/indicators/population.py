"""Denominators: people, adults, households and villages by commune, as a source states them for a day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, BinaryIO, Final

from sqlalchemy import Select, and_, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session, aliased

from registry.audit.chain import record
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import require
from registry.indicators.models import Denominator, UnitPopulation
from registry.indicators.rules import FIRST_DAY
from registry.kernel.days import DaySpan
from registry.kernel.errors import Invalid
from registry.kernel.fields import Field, ValueRefused, parse_value
from registry.kernel.i18n import _, _l, _n, format_date, format_number
from registry.kernel.text import shown
from registry.kernel.uploaded_tables import Cells, read_table
from registry.territory.models import AdminUnit, UnitLevel
from registry.territory.queries import find_units

#: Kind of object in the audit log.
POPULATION: Final = "unit_population"
#: Rows of one file: more than there are communes.
MOST_ROWS: Final = 1_000
#: Sentences that are shown; all are counted.
_SHOWN: Final = 30
_MOST: Final = Decimal(10_000_000)
COLUMNS: Final = {
    "commune": (_l("Xã, phường"), ("xa phuong", "ten xa", "ma xa", "commune", "unit")),
    "people": (_l("Số dân"), ("dan so", "people", "population")),
    "adults": (_l("Dân số trưởng thành"), ("nguoi truong thanh", "adults")),
    "households": (_l("Số hộ"), ("ho gia dinh", "so ho", "households")),
    "villages": (_l("Số thôn, bản, khu phố"), ("so thon ban", "thon ban", "villages")),
}
_NUMBERS: Final = ("people", "adults", "households", "villages")
_NEEDED: Final = ("commune", "people", "households")
VALID_FROM: Final = Field(
    "valid_from",
    _l("Số liệu của ngày"),
    required=True,
    python_type=date,
    span=DaySpan(since=FIRST_DAY, ahead=1),
    hint=_l("Ngày mà nguồn nêu, ví dụ 01/07/2025; xã, phường trong tệp là các xã, phường của ngày này."),
)


def _whole(name: str, least: int) -> Field:
    return Field(
        name,
        COLUMNS[name][0],
        minimum=Decimal(least),
        maximum=_MOST,
        decimals=0,
        python_type=int,
        required=name in _NEEDED,
    )


_FIELDS: Final = (_whole("people", 1), _whole("adults", 0), _whole("households", 1), _whole("villages", 0))


@dataclass(frozen=True)
class EnterPopulation:
    """What a file states for a day, and the paper that it comes from."""

    valid_from: date
    source: str


@dataclass(frozen=True)
class ProvinceTotal:
    """The sum over the communes of a day; `missing` of them have no row by then, so the sum is not whole."""

    total: Decimal
    missing: int
    sources: tuple[str, ...]


def latest_rows(on: date, known_at: datetime | None = None) -> Any:
    """SQL: the row that applies on a day of each unit: of the last day stated, as entered last."""
    where = [UnitPopulation.valid_from <= on]
    if known_at is not None:
        where.append(UnitPopulation.known_at <= known_at)
    query = (
        select(UnitPopulation)
        .ext(distinct_on(UnitPopulation.admin_unit_id))
        .where(*where)
        .order_by(UnitPopulation.admin_unit_id, UnitPopulation.valid_from.desc(), UnitPopulation.id.desc())
    )
    return aliased(UnitPopulation, query.subquery("population"), name="population")


def population_query(ctx: Ctx, on: date) -> Select[Any]:
    """The communes of a day with their row, without order; None for those without one."""
    require(ctx, P.INDICATOR_READ)
    row = latest_rows(on)
    columns: tuple[Any, ...] = (AdminUnit.id, AdminUnit.code, AdminUnit.name.label("commune"))
    stated = [getattr(row, name).label(name) for name in (*_NUMBERS, "valid_from", "source")]
    query: Select[Any] = select(*columns, *stated).outerjoin(row, row.admin_unit_id == AdminUnit.id)
    return query.where(AdminUnit.level == UnitLevel.COMMUNE, AdminUnit.in_force(on))


def province_total(session: Session, basis: Denominator, on: date, known_at: datetime | None = None) -> ProvinceTotal:
    """The denominator of the province on a day, from the rows of its communes."""
    row = latest_rows(on, known_at)
    number = getattr(row, basis.value)
    query = (
        select(
            func.coalesce(func.sum(number), 0),
            func.count().filter(number.is_(None)),
            func.array_agg(row.source.distinct()).filter(number.is_not(None)),
        )
        .select_from(AdminUnit)
        .outerjoin(row, row.admin_unit_id == AdminUnit.id)
        .where(and_(AdminUnit.level == UnitLevel.COMMUNE, AdminUnit.in_force(on)))
    )
    total, missing, sources = session.execute(query).one()
    return ProvinceTotal(Decimal(total), int(missing), tuple(sources or ()))


def enter_population(ctx: Ctx, stream: BinaryIO, command: EnterPopulation) -> int:
    """Enter all rows of a file for its day, and return how many; Invalid (`file`) has a sentence for each wrong row."""
    _check_day(ctx, command)
    _columns, rows = read_table(stream, COLUMNS, _NEEDED, MOST_ROWS)
    return enter_population_rows(ctx, rows, command)


def _check_day(ctx: Ctx, command: EnterPopulation) -> None:
    require(ctx, P.INDICATOR_ENTER)
    if command.valid_from > ctx.today:
        sentence = _(
            "Ngày %(day)s chưa đến; muộn nhất là hôm nay %(today)s.",
            day=format_date(command.valid_from),
            today=format_date(ctx.today),
        )
        raise Invalid({"valid_from": sentence})


def enter_population_rows(ctx: Ctx, rows: Sequence[tuple[int, Cells]], command: EnterPopulation) -> int:
    """The same of rows with their numbers."""
    _check_day(ctx, command)
    entered: dict[int, tuple[int, UnitPopulation]] = {}
    wrong: list[str] = []
    for number, cells in rows:
        problems: list[str] = []
        unit = _commune(ctx, cells.get("commune", ""), command.valid_from, problems)
        values = _values(cells, problems)
        if unit is not None and unit.id in entered:
            first = entered[unit.id][0]
            problems.append(
                _("“%(name)s” đã có ở dòng %(row)d; mỗi xã, phường chỉ một dòng.", name=unit.name, row=first)
            )
        if unit is not None and not problems:
            row = UnitPopulation(
                admin_unit_id=unit.id,
                valid_from=command.valid_from,
                source=command.source,
                known_at=ctx.now,
                entered_by_id=ctx.actor.id,
                **values,
            )
            entered[unit.id] = number, row
        wrong += [_("Dòng %(row)d: %(reason)s", row=number, reason=problem) for problem in problems]
    if wrong:
        more = len(wrong) - _SHOWN
        rest = [_n("Còn %(num)d lỗi khác; hãy sửa các lỗi trên trước.", more)] if more > 0 else []
        raise Invalid({"file": [*wrong[:_SHOWN], *rest]})
    ctx.session.add_all(row for _number, row in entered.values())
    ctx.session.flush()
    first_id = min(row.id for _number, row in entered.values())
    day = command.valid_from.isoformat()
    record(ctx, f"{POPULATION}.enter", POPULATION, first_id, rows=len(entered), day=day, source=command.source)
    return len(entered)


def _commune(ctx: Ctx, text: str, day: date, problems: list[str]) -> AdminUnit | None:
    """The commune of a day that a cell names; a former one is refused with what it became of."""
    units = find_units(ctx.session, text, UnitLevel.COMMUNE, day)
    if len(units) == 1:
        return units[0]
    name = shown(text)[:60]
    former: Sequence[AdminUnit] = () if units else find_units(ctx.session, text, UnitLevel.COMMUNE)
    if units:
        codes = ", ".join(unit.code for unit in units)
        problems.append(_("Có nhiều xã, phường tên “%(name)s”; cần mã: %(codes)s.", name=name, codes=codes))
    elif former:
        ended = former[0].valid_to
        problems.append(
            _(
                "“%(name)s” không có ngày %(day)s: đơn vị này kết thúc ngày %(ended)s; cần xã, phường của ngày đó.",
                name=name,
                day=format_date(day),
                ended=format_date(ended),
            )
            if ended is not None and ended < day
            else _("“%(name)s” chưa có vào ngày %(day)s; cần xã, phường của ngày đó.", name=name, day=format_date(day))
        )
    else:
        problems.append(_("Không có xã, phường “%(name)s”; cần tên hoặc mã trong danh mục.", name=name))
    return None


def _values(cells: Cells, problems: list[str]) -> dict[str, int | None]:
    values: dict[str, int | None] = {}
    for field in _FIELDS:
        text = cells.get(field.name, "")
        try:
            values[field.name] = parse_value(field, text)
        except ValueRefused as refused:
            problems.append(
                _(
                    "%(column)s “%(value)s”: %(reason)s",
                    column=field.label,
                    value=shown(text)[:60],
                    reason=str(refused),
                )
            )
    people = values.get("people")
    for name in ("adults", "households"):
        number = values.get(name)
        if people is not None and number is not None and number > people:
            problems.append(
                _(
                    "%(column)s %(number)s lớn hơn số dân %(people)s; hãy kiểm tra hai cột.",
                    column=COLUMNS[name][0],
                    number=format_number(number),
                    people=format_number(people),
                )
            )
    return values
