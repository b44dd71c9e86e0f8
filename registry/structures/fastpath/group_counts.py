"""Counts of structures by what figures group and filter by, from counts that the database maintains.

A group (migrations/sql/r0016/groups.sql) has all attributes that the rights of most readers, the filters of figures and
their groups depend on. What is disclosed in open cases is added from the facts of those few structures, and what was
noted and not added up yet from the structures themselves. The plain query over `positions.counted` gives the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, Final

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ColumnElement,
    Date,
    FromClause,
    Identity,
    Index,
    Integer,
    Select,
    Table,
    Text,
    UniqueConstraint,
    and_,
    any_,
    cast,
    column,
    false,
    func,
    literal,
    not_,
    null,
    or_,
    select,
    table,
    true,
    union_all,
)

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import Scope, scopes_of
from registry.kernel.db.base import Base
from registry.structures import positions
from registry.structures.codes import IN_SERVICE
from registry.structures.fastpath.count_pyramid import structure_class
from registry.structures.filtering.checks import good_until_now
from registry.structures.filtering.extra import HELD
from registry.structures.filtering.filter import StructureFilter, conditions
from registry.structures.kinds import HOSTS
from registry.structures.models import disclosed_to
from registry.structures.rule_rows import RuleRows
from registry.structures.visibility import (
    IS_LIVE,
    IS_NO_PLAN,
    IS_SHOWN_AS_CELLS,
    PAST_MAY_BE_SHOWN,
    WAS_SHOWN_AS_CELLS,
)
from registry.territory.queries import area_unit_ids

#: What makes a group, in the order of its key.
_MEMBERS: Final[Mapping[str, Any]] = {
    "commune_id": BigInteger,
    "kind": Text,
    "owner_organisation_id": BigInteger,
    "owner_category": Text,
    "sharing_status": Text,
    "status": Text,
    "condition": Text,
    "is_public_asset": Boolean,
    "has_places": Boolean,
    "has_room": Boolean,
    "is_used": Boolean,
}
#: What a reader knows of a structure that it sees as cells.
_OF_CELLS: Final = frozenset({"kind", "owner_category"})
structure_group = Table(
    "structure_group",
    Base.metadata,
    Column("id", Integer, Identity(), primary_key=True),
    *(Column(name, type_, nullable=False) for name, type_ in _MEMBERS.items()),
    Column("count", Integer, nullable=False),
    #: Of these confirmed, measured or registered on or after the day of structure_fresh_since.
    Column("fresh", Integer, nullable=False),
    UniqueConstraint(*_MEMBERS, name="uq_structure_group_members"),
)
structure_fresh_since = Table(
    "structure_fresh_since",
    Base.metadata,
    Column("is_only", Boolean, primary_key=True, server_default="true"),
    Column("day", Date, nullable=False),
    CheckConstraint("is_only", name="is_only"),
)
structure_year_count = Table(
    "structure_year_count",
    Base.metadata,
    Column("what", Text, primary_key=True),
    Column("class_id", Integer, primary_key=True, autoincrement=False),
    Column("is_public_asset", Boolean, primary_key=True),
    Column("year", Integer, primary_key=True, autoincrement=False),
    Column("count", Integer, nullable=False),
)
structure_fact = Table(
    "structure_fact",
    Base.metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("group_id", Integer, nullable=False),
    Column("fresh_on", Date, nullable=False),
    Column("since", Date),
    Column("shown_from", ARRAY(Date)),
)
structure_fact_change = Table(
    "structure_fact_change",
    Base.metadata,
    Column("id", BigInteger, nullable=False),
)
Index("ix_structure_fact_fresh_on", structure_fact.c.fresh_on)
Index("ix_structure_fact_change_id", structure_fact_change.c.id)
_DAYS: Final[Mapping[str, Any]] = {"fresh_on": Date, "since": Date, "shown_from": ARRAY(Date)}
#: The facts of all structures as they are now: a view, read by id.
structure_fact_now = table(
    "structure_fact_now",
    column("id", BigInteger),
    *(column(name, type_) for name, type_ in {**_MEMBERS, **_DAYS}.items()),
)
_CLASS: Final = ("kind", "owner_organisation_id", "sharing_status", "status")
#: Filters of features above by argument, and the attribute that says the same.
_ROOM: Final = "room"
_EXTRA: Final = {_ROOM: "has_room", "used": "is_used"}
#: The check of capacity for structures without places, and that filter of owners which names predecessors, too.
_NO_PLACES: Final = "no_capacity"
_CHOICES: Final = frozenset({"kind", "sharing_status", "status", "condition", "owner_category"})
#: Noted structures up to which they are read one by one; more of them (an import) are soon added up by the job.
_MOST_PENDING: Final = 5_000
_END_OF_YEAR: Final = (12, 31)
#: Ordinal 1.
_FIRST_DAY: Final = date(1, 1, 1)
_MEMO: Final = "structures.pending_facts"


def is_grouped(structure_filter: StructureFilter, names: Sequence[str] = ()) -> bool:
    """Whether the groups know all that a filter of the present asks, and the columns by which is counted."""
    plain = StructureFilter(
        choices=structure_filter.choices,
        flags=structure_filter.flags,
        without_restricted=structure_filter.without_restricted,
        owner_id=structure_filter.owner_id,
        unit_id=structure_filter.unit_id,
        quality=structure_filter.quality,
        confirmed=structure_filter.confirmed,
        since=structure_filter.since,
        extra=structure_filter.extra,
    )
    return (
        structure_filter == plain
        and set(structure_filter.choices) <= _CHOICES
        and set(structure_filter.flags) <= {"is_public_asset"}
        and set(structure_filter.extra) <= {*_EXTRA, HELD.name}
        and structure_filter.quality in (None, _NO_PLACES)
        and set(names) <= {*_MEMBERS, "exact"}
    )


def is_ready(ctx: Ctx) -> bool:
    """Whether so few structures are noted that the groups are the fastest way to count."""
    return _pending(ctx) <= _MOST_PENDING


def _pending(ctx: Ctx) -> int:
    """The number of noted structures, up to one more than are read one by one.

    Read before the counts: what commits in between is in neither, as if both had been read before.
    """
    pending = ctx.memo.get(_MEMO) if ctx.read_only else None
    if pending is None:
        some = select(structure_fact_change.c.id).limit(_MOST_PENDING + 1).subquery()
        pending = int(positions.run(ctx, select(func.count()).select_from(some)).scalar_one())
        ctx.memo[_MEMO] = pending
    return int(pending)


def count_groups(ctx: Ctx, structure_filter: StructureFilter, *names: str) -> dict[tuple[Any, ...], int]:
    """Structures of a filter by some of their columns: as many as its list shows, cells included."""
    day = None if structure_filter.confirmed is None else (structure_filter.since or good_until_now(ctx))
    readable_rows = _seen(ctx, _whole if day is None else _fresh(ctx, day))
    unit_ids = (
        sorted(area_unit_ids(ctx.session, [structure_filter.unit_id])) if structure_filter.unit_id is not None else []
    )
    where = conditions(readable_rows, structure_filter, owned=(), unit_ids=unit_ids)
    where += [
        and_(readable_rows.c.exact, readable_rows.c[_EXTRA[name]]) for name in structure_filter.extra if name in _EXTRA
    ]
    if _ROOM in structure_filter.extra:
        where.append(readable_rows.c.status.in_(IN_SERVICE))
    if HELD.name in structure_filter.extra:
        where.append(HELD.clause(ctx, readable_rows, structure_filter.extra[HELD.name]))
    if structure_filter.quality == _NO_PLACES:
        where.append(
            and_(_is_standing(readable_rows), readable_rows.c.kind.in_(list(HOSTS)), not_(readable_rows.c.has_places))
        )
    if day is not None:
        where.append(_is_standing(readable_rows))
    groups = [readable_rows.c[name] for name in names]
    number = func.sum(
        {
            None: readable_rows.c.count,
            "newer": readable_rows.c.part,
            "older": readable_rows.c.count - readable_rows.c.part,
        }[structure_filter.confirmed]
    )
    query = select(*groups, number.label("number")).where(*where).group_by(*groups).having(number > 0)
    return {tuple(map(_known, row[:-1])): int(row.number) for row in positions.run(ctx, query)}


def count_fresh(ctx: Ctx, since: date) -> tuple[int, int]:
    """The standing structures that the reader's figures cover, and those confirmed, measured or registered since.

    Without restricted ones, so that the ratio is one for all readers.
    """
    readable_rows = _seen(ctx, _fresh(ctx, since))
    narrowed = conditions(readable_rows, StructureFilter(without_restricted=True), owned=(), unit_ids=[])
    total, fresh = (func.coalesce(func.sum(number), 0) for number in (readable_rows.c.count, readable_rows.c.part))
    row = positions.run(
        ctx, select(total.label("total"), fresh.label("fresh")).where(_is_standing(readable_rows), *narrowed)
    ).one()
    return int(row.total), int(row.fresh)


def count_on(ctx: Ctx, days: Sequence[date]) -> list[int]:
    """How many structures the reader sees of each day, as the register knows that day now (docs/time.md).

    Of ends of years from the counts by year, where these know the reader's rights.
    """
    ends = all((day.month, day.day) == _END_OF_YEAR for day in days)
    by_year = ends and not any(part.kind == "area" for part in _split(ctx)[0])
    readable_rows = _seen(ctx, _days("since", by_year=by_year), _days("shown", by_year=by_year), of_past=True)
    numbers = [
        func.coalesce(
            func.sum(readable_rows.c.count).filter(readable_rows.c.part <= (day.year if by_year else day.toordinal())),
            0,
        )
        for day in days
    ]
    named = [number.label(f"on_{at}") for at, number in enumerate(numbers)]
    return [int(number) for number in positions.run(ctx, select(*named).select_from(readable_rows)).one()]


def _known(value: Any) -> Any:
    """0 and "" are stored for none."""
    return None if value in (0, "") and value is not False else value


def _is_standing(readable_rows: FromClause) -> ColumnElement[bool]:
    return and_(readable_rows.c.exact, IS_LIVE.clause(readable_rows))


# --- rows ---------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class _Measure:
    """What is counted: the stored counts with the attributes of groups, and the columns of single facts.

    Both have `count` and `part`: how many of them are fresh, or the year or day (an ordinal) with which they count.
    """

    stored: Select[Any]
    of_facts: Callable[[Any, Select[Any]], Select[Any]]


def _attributes(rows: FromClause) -> list[ColumnElement[Any]]:
    return [rows.c[name] for name in _MEMBERS]


def _facts(*columns: Any) -> Select[Any]:
    fact, group = structure_fact, structure_group
    return select(*_attributes(group), *columns).join_from(fact, group, group.c.id == fact.c.group_id)


def _ones(part: Callable[[Any], ColumnElement[int]]) -> Callable[[Any, Select[Any]], Select[Any]]:
    return lambda fact, query: query.add_columns(literal(1).label("count"), part(fact).label("part"))


_GROUP: Final = structure_group
_whole: Final = _Measure(
    select(*_attributes(_GROUP), _GROUP.c.count.label("count"), literal(0).label("part")),
    _ones(lambda _fact: literal(0)),
)


def _fresh(ctx: Ctx, since: date) -> _Measure:
    """`part` is fresh since a day: kept for the day that holds today, else read from the facts."""
    of_facts = _ones(lambda fact: cast(fact.c.fresh_on >= since, Integer))
    if positions.run(ctx, select(structure_fresh_since.c.day)).scalar_one() != since:
        return _Measure(of_facts(structure_fact, _facts()), of_facts)
    return _Measure(select(*_attributes(_GROUP), _GROUP.c.count.label("count"), _GROUP.c.fresh.label("part")), of_facts)


def _days(what: str, *, by_year: bool) -> _Measure:
    """`since`: one more from a day on. `shown`: one more where a structure came into service, one less where it left.

    `part` is the year, or the day as an ordinal.
    """

    def part(day: ColumnElement[Any]) -> ColumnElement[int]:
        if by_year:
            return cast(func.date_part("year", day), Integer).label("part")
        return (day - literal(_FIRST_DAY, Date) + 1).label("part")

    def of_facts(fact: Any, query: Select[Any]) -> Select[Any]:
        if what == "since":
            day = fact.c.since
            return query.add_columns(literal(1).label("count"), part(day)).where(day.is_not(None))
        days = func.unnest(fact.c.shown_from)
        turn = days.table_valued(column("day", Date), with_ordinality="turn", name="turn").render_derived()
        step = literal(1) - 2 * ((cast(turn.c.turn, Integer) - 1) % 2)
        return query.add_columns(step.label("count"), part(turn.c.day)).join(turn, true())

    if not by_year:
        return _Measure(of_facts(structure_fact, _facts()), of_facts)
    years, classes = structure_year_count, structure_class
    known_columns = {**{name: classes.c[name] for name in _CLASS}, "is_public_asset": years.c.is_public_asset}
    attributes = [
        known_columns[name] if name in known_columns else cast(null(), type_).label(name)
        for name, type_ in _MEMBERS.items()
    ]
    stored = (
        select(*attributes, years.c.count.label("count"), years.c.year.label("part"))
        .join_from(years, classes, classes.c.id == years.c.class_id)
        .where(years.c.what == what)
    )
    return _Measure(stored, of_facts)


def counts_without(ctx: Ctx, ids: Select[Any]) -> Any:
    """What the reader's figures count of all structures but some: the attributes of groups, `exact`, `count`."""
    return _seen(ctx, _whole, left_out=ids)


def _seen(
    ctx: Ctx,
    measure: _Measure,
    measure_of_cells: _Measure | None = None,
    *,
    of_past: bool = False,
    left_out: Select[Any] | None = None,
) -> Any:
    """The counts that the reader's figures cover: the attributes (hidden ones of cells NULL), `exact`, `count`, `part`.

    `measure_of_cells`, where cells are counted by other days; `of_past`, where these days say when they were shown.
    `left_out` are ids of structures that are not counted, all noted ones among them.
    """
    by_group, others = _split(ctx)
    cells, negates_part = partial(_cells, ctx, of_past=of_past), not of_past
    parts: list[Select[Any]] = []
    for of_cells in (False, True):
        if of_cells and positions.sees_all(ctx):
            continue
        counted = (measure_of_cells or measure) if of_cells else measure
        for rows, sign in _sources(ctx, counted, left_out):
            exact = _covered(rows, ctx, by_group)
            shown = and_(not_(exact), *cells(rows)) if of_cells else exact
            parts.append(_selected(ctx, rows, sign, exact=not of_cells, negates_part=negates_part).where(shown))
        if others:
            for rows, sign in _single(ctx, counted.of_facts, left_out):
                exact = _covered(rows, ctx, by_group)
                disclosed = and_(not_(exact), _covered(rows, ctx, others))
                if of_cells:
                    shown = and_(disclosed, *cells(rows))
                    parts.append(_selected(ctx, rows, -sign, exact=False, negates_part=negates_part).where(shown))
                else:
                    parts.append(_selected(ctx, rows, sign, exact=True, negates_part=negates_part).where(disclosed))
    return union_all(*parts).subquery("seen")


def _split(ctx: Ctx) -> tuple[list[Scope], list[Scope]]:
    """The scopes of the reader: those that decide by group, and those that name single structures."""
    parts = [part for scope in scopes_of(ctx.actor, P.STRUCTURE_READ) for part in _parts(scope)]
    others = [part for part in parts if part.basis == "party"]
    return [part for part in parts if part not in others], others


def _parts(scope: Scope) -> tuple[Scope, ...]:
    return scope.parts if scope.kind == "any" and not scope.open_only and not scope.only else (scope,)


def _covered(rows: FromClause, ctx: Ctx, scopes: Iterable[Scope]) -> ColumnElement[bool]:
    return or_(false(), *(scope.clause(RuleRows(rows), ctx.actor) for scope in scopes))


def _cells(ctx: Ctx, rows: FromClause, *, of_past: bool) -> list[ColumnElement[bool]]:
    """What of the other structures is counted as cells; for figures of the province all that they cover.

    Of the past: whatever is not only planned today.
    """
    if not positions.counts_province(ctx):
        return [(PAST_MAY_BE_SHOWN if of_past else IS_SHOWN_AS_CELLS).clause(rows)]
    standing = IS_NO_PLAN.clause(rows) if of_past else WAS_SHOWN_AS_CELLS.clause(rows)
    return [_covered(rows, ctx, scopes_of(ctx.actor, P.DASHBOARD_PROVINCE)), standing]


def _selected(ctx: Ctx, rows: Any, sign: int, *, exact: bool, negates_part: bool) -> Select[Any]:
    """The rows of a source; figures of the province know the attributes of cells."""
    is_known = exact or positions.counts_province(ctx)
    attributes = [
        rows.c[name] if is_known or name in _OF_CELLS else cast(null(), rows.c[name].type).label(name)
        for name in _MEMBERS
    ]
    # A part that is a day stays; one that is a number changes its sign with the count.
    part = rows.c.part * sign if negates_part else rows.c.part
    return select(
        *attributes, literal(is_known).label("exact"), (rows.c.count * sign).label("count"), part.label("part")
    )


def _sources(ctx: Ctx, measure: _Measure, left_out: Select[Any] | None) -> Iterator[tuple[Any, int]]:
    """Counts with their signs: the stored ones; less the facts of what is left out, or noted and as it is now."""
    yield measure.stored.subquery("stored"), 1
    if left_out is not None:
        fact = structure_fact
        yield measure.of_facts(fact, _facts(fact.c.id).where(fact.c.id.in_(left_out))).subquery("left_out"), -1
    elif _pending(ctx):
        noted = select(structure_fact_change.c.id)
        now, fact = structure_fact_now, structure_fact
        yield measure.of_facts(fact, _facts(fact.c.id).where(fact.c.id.in_(noted))).subquery("noted"), -1
        changed = select(*_attributes(now), now.c.id).where(now.c.id.in_(noted))
        yield measure.of_facts(now, changed).subquery("changed"), 1


def _single(
    ctx: Ctx, of_facts: Callable[[Any, Select[Any]], Select[Any]], left_out: Select[Any] | None
) -> Iterator[tuple[Any, int]]:
    """The structures that open cases disclose to the reader, one by one."""
    disclosed = func.array(disclosed_to(ctx.actor.organisation_ids))
    fact, now = structure_fact, structure_fact_now
    lasting = _facts(fact.c.id).where(fact.c.id == any_(disclosed))
    if left_out is not None:
        lasting = lasting.where(fact.c.id.not_in(left_out))
    elif _pending(ctx):
        noted = select(structure_fact_change.c.id)
        lasting = lasting.where(fact.c.id.not_in(noted))
        changed = select(*_attributes(now), now.c.id).where(now.c.id.in_(noted), now.c.id == any_(disclosed))
        yield of_facts(now, changed).subquery("changed_single"), 1
    yield of_facts(fact, lasting).subquery("single"), 1
