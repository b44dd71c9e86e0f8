"""Whether structures lie in areas that a feature above keeps, such as items of a plan; no position is returned.

An area is a column with a geometry in metres of the grid; without `geometry_m` the question is about `structure`.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, false, func, select

from registry.structures.models import Structure


def is_within(area: Any, *where: ColumnElement[bool], geometry_m: Any = None) -> ColumnElement[bool]:
    """SQL: the areas that satisfy `where` together cover the whole position."""
    shape = Structure.geom_m if geometry_m is None else geometry_m
    together = select(func.ST_Union(area)).where(area.op("&&")(shape), *where).correlate(Structure).scalar_subquery()
    return func.coalesce(func.ST_Covers(together, shape), false())


def labels_met(
    area: Any, label: Any, *where: ColumnElement[bool], geometry_m: Any = None
) -> ColumnElement[list[str] | None]:
    """SQL: the labels of the areas that satisfy `where` and meet the position, in order; NULL without one."""
    shape = Structure.geom_m if geometry_m is None else geometry_m
    labels = func.array_agg(label.op("ORDER BY")(label))
    query = select(labels).where(func.ST_Intersects(area, shape), *where)
    return query.correlate(Structure).scalar_subquery()


def stands_in(area: Any, *where: ColumnElement[bool]) -> ColumnElement[bool]:
    """SQL over `structure`: an area that satisfies `where` meets the position."""
    areas = select(area).where(func.ST_Intersects(area, Structure.geom_m), *where)
    return areas.correlate(Structure).exists()


def has_structure_within(area: Any, metres: float, *where: ColumnElement[bool]) -> ColumnElement[bool]:
    """SQL over the table of `area`: a structure that satisfies `where` is at most so many metres away; 0: in it."""
    structures = select(Structure.id).where(func.ST_DWithin(Structure.geom_m, area, metres), *where)
    return structures.correlate(area.table).exists()
