"""Counts of structures at a past time, from the counts by group of today and what was recorded since.

A structure of which nothing was recorded after the time is today what it was then, so the counts of today count it; all
others are read from the history. Rights are those of today at any time (docs/time.md). The plain query over
`positions.counted` gives the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import BigInteger, ColumnElement, CompoundSelect, Select, Text, func, select, union, union_all

from registry.authz.actors import Ctx
from registry.kernel.db.history import history_of
from registry.structures import positions
from registry.structures.fastpath.group_counts import counts_without, is_grouped, structure_fact_change
from registry.structures.filtering.filter import StructureFilter, conditions, where_of
from registry.structures.filtering.list_rows import with_owner_and_commune_id
from registry.structures.models import Structure, StructureGone
from registry.structures.positions.moment import When
from registry.structures.positions.versions import communes_in_force
from registry.territory.models import AdminUnit, UnitLevel

#: The commune of a structure in the units of the time.
COMMUNE_THEN: Final = "commune_then"
#: Structures up to which the history is read one by one; beyond it the plain query is no slower.
MOST_RECORDED = 50_000
_INSTANT: Final = timedelta(microseconds=1)
_MEMO: Final = "structures.recorded_after"


def count_at(
    ctx: Ctx, structure_filter: StructureFilter, *names: str, without: Select[Any] | None = None
) -> dict[tuple[Any, ...], int]:
    """Structures of a filter of a past time by some of their columns: as many as its list shows, cells included.

    Of names, COMMUNE_THEN is the commune in the units of the time; None for cells and outside the province. `without`
    is a query of ids that are not counted.
    """
    if structure_filter.when is None:
        raise ValueError("a filter of the present")
    if _can_subtract(ctx, structure_filter, structure_filter.when, names):
        ids = select(
            _recorded_after(ctx, structure_filter.when, by_commune=COMMUNE_THEN in names).cte("recorded_after").c.id
        )
        parts = [
            _lasting(ctx, structure_filter, names, ids),
            _from_history(ctx, structure_filter, structure_filter.when, names, ids),
        ]
    else:
        parts = [_from_history(ctx, structure_filter, structure_filter.when, names)]
    if without is not None:
        excluded = _from_history(ctx, structure_filter, structure_filter.when, names, without).subquery("excluded")
        parts.append(select(*(excluded.c[name] for name in names), (-excluded.c.number).label("number")))
    counts = union_all(*parts).subquery("each")
    groups = [counts.c[name] for name in names]
    number = func.sum(counts.c.number)
    query = select(*groups, number.label("number")).group_by(*groups).having(number > 0)
    return {tuple(row[:-1]): int(row.number) for row in positions.run(ctx, query)}


def _can_subtract(ctx: Ctx, structure_filter: StructureFilter, when: When, names: Sequence[str]) -> bool:
    """Whether groups know all that the filter asks, and few structures were recorded after the time."""
    plain = StructureFilter(
        choices=structure_filter.choices,
        flags=structure_filter.flags,
        without_restricted=structure_filter.without_restricted,
        owner_id=structure_filter.owner_id,
        when=when,
    )
    asked = [name for name in names if name != COMMUNE_THEN]
    if structure_filter != plain or not is_grouped(replace(plain, when=None), asked):
        return False
    return _count_recorded(ctx, when, by_commune=COMMUNE_THEN in names) <= MOST_RECORDED


def _recorded_after(ctx: Ctx, when: When, *, by_commune: bool) -> CompoundSelect[Any]:
    """Ids of the structures whose counts of today may differ from those of the time.

    What is valid later was recorded later, too: no change holds from a day to come. Those noted for the counts
    (`structure_fact_change`) are not in the counts of today yet, and those that left the register are in none.
    `by_commune`: also those filed under a unit that was not in force.
    """
    point, history = when.at(ctx.now), history_of(Structure)
    since = min(point.known_at + _INSTANT, point.valid_before)
    queries = [select(history.c.id).where(history.c.recorded_from >= since), select(structure_fact_change.c.id)]
    if when.recorded_at is not None:
        queries.append(select(StructureGone.id))
    if by_commune:
        # Named one by one, so that the planner knows how few structures are filed there.
        queries.append(select(Structure.id).where(Structure.commune_id.in_(_communes_not_in_force(ctx, when))))
    return union(*queries)


def _communes_not_in_force(ctx: Ctx, when: When) -> list[int]:
    key = f"{_MEMO}.{when.query}.units"
    if key not in ctx.memo:
        communes = select(AdminUnit.id).where(AdminUnit.level == UnitLevel.COMMUNE)
        others = communes.where(AdminUnit.id.not_in(communes_in_force(when.at(ctx.now)))).order_by(AdminUnit.id)
        ctx.memo[key] = list(ctx.session.scalars(others))
    commune_ids: list[int] = ctx.memo[key]
    return commune_ids


def _count_recorded(ctx: Ctx, when: When, *, by_commune: bool) -> int:
    """The number of these structures, up to one more than are read one by one."""
    key = f"{_MEMO}.{when.query}.{by_commune}"
    recorded = ctx.memo.get(key) if ctx.read_only else None
    if recorded is None:
        some = _recorded_after(ctx, when, by_commune=by_commune).limit(MOST_RECORDED + 1).subquery()
        recorded = int(positions.run(ctx, select(func.count()).select_from(some)).scalar_one())
        ctx.memo[key] = recorded
    return int(recorded)


def _lasting(ctx: Ctx, structure_filter: StructureFilter, names: Sequence[str], ids: Select[Any]) -> Select[Any]:
    """The counts of the structures that are not among these ids, which are today what they were then."""
    remaining_rows = counts_without(ctx, ids)
    groups = [_group(remaining_rows.c["commune_id" if name == COMMUNE_THEN else name]).label(name) for name in names]
    number = func.sum(remaining_rows.c.count).label("number")
    return (
        select(*groups, number)
        .where(*conditions(remaining_rows, structure_filter, owned=(), unit_ids=[]))
        .group_by(*groups)
    )


def _group(attribute: ColumnElement[Any]) -> ColumnElement[Any]:
    """A group stores none as 0 or an empty text."""
    none = {BigInteger: 0, Text: ""}.get(type(attribute.type))
    return attribute if none is None else func.nullif(attribute, none, type_=attribute.type)


def _from_history(
    ctx: Ctx, structure_filter: StructureFilter, when: When, names: Sequence[str], ids: Select[Any] | None = None
) -> Select[Any]:
    """The counts of the structures with these ids, or of all."""
    counted_rows = positions.counted(ctx, when, among=ids)
    apart = () if ids is None else (counted_rows.c.id.in_(ids),)
    rows = select(counted_rows).where(*apart, *where_of(ctx, counted_rows, structure_filter)).subquery("versions")
    if COMMUNE_THEN in names:
        rows = with_owner_and_commune_id(ctx, rows, when)
    groups = [rows.c[name].label(name) for name in names]
    return select(*groups, func.count().label("number")).group_by(*groups)
