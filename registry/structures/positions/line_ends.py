"""The structures at which a line ends, as its record names them: found by their code, and how far they are from it.

Only structures of the line's owner and published ones are found: the answer for a hidden one is that for none.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from geoalchemy2 import Geometry
from sqlalchemy import FromClause, Subquery, and_, cast, func, null, or_, select

from registry.authz.actors import Ctx
from registry.structures.models import Structure
from registry.structures.positions.reader_role import run
from registry.structures.visibility import IS_PUBLISHED, IS_THERE


def facts_of_ends(ends: FromClause, junction: str) -> Subquery:
    """The facts of each end of each line. To be read within `run`.

    `ends` has `key`, `line_m` as of `facts_along`, `owner_id`, `field` and `code`; `junction` is the kind
    at which the lines end. The result has these, `junction_id` (NULL: none by this code) and `metres` from the nearer
    end of the line.
    """
    junctions = Structure.__table__.alias("junction")
    is_own = junctions.c.owner_organisation_id == ends.c.owner_id
    named = or_(
        and_(is_own, func.code_key(junctions.c.own_code) == func.code_key(ends.c.code)),
        and_(junctions.c.code == func.upper(func.btrim(ends.c.code)), or_(is_own, IS_PUBLISHED.clause(junctions))),
    )
    nearest = (
        select(junctions.c.id, junctions.c.geom_m)
        .where(junctions.c.kind == junction, IS_THERE.clause(junctions), named)
        .order_by(is_own.desc(), junctions.c.id)
        .limit(1)
        .correlate(ends)
        .lateral("nearest")
    )
    shape = cast(nearest.c.geom_m, Geometry)
    line_m = cast(ends.c.line_m, Geometry)
    metres = func.least(
        func.ST_Distance(func.ST_StartPoint(line_m), shape), func.ST_Distance(func.ST_EndPoint(line_m), shape)
    )
    return (
        select(
            *(column for column in ends.c if column.name != "line_m"),
            nearest.c.id.label("junction_id"),
            metres.label("metres"),
        )
        .select_from(ends)
        .outerjoin(nearest, ends.c.code.is_not(None))
        .subquery("ends_facts")
    )


@dataclass(frozen=True)
class JunctionChoice:
    """A structure at which a line may end: the code that names it, and its distance from the line, if there is one."""

    code: str
    name: str
    metres: float | None
    owner_id: int


#: Farther junctions are at the end of no line.
_WITHIN_M: Final = 500
_MOST: Final = 200


def choices_of_ends(ctx: Ctx, junction: str, owner_ids: Collection[int], line_id: int | None) -> list[JunctionChoice]:
    """Junctions of these owners, for a drawn line with published ones, those next to its ends first."""
    junctions, line = Structure.__table__.alias("junction"), Structure.__table__.alias("line")
    is_own = junctions.c.owner_organisation_id.in_(owner_ids)
    columns = (junctions.c.code, junctions.c.own_code, junctions.c.name, junctions.c.owner_organisation_id)
    is_there = (junctions.c.kind == junction, IS_THERE.clause(junctions))
    if line_id is None:
        query = select(*columns, null().label("metres")).where(*is_there, is_own)
        query = query.order_by(junctions.c.own_code.nulls_last(), junctions.c.code)
    else:
        shape, line_m = cast(junctions.c.geom_m, Geometry), cast(line.c.geom_m, Geometry)
        metres = func.least(
            func.ST_Distance(func.ST_StartPoint(line_m), shape), func.ST_Distance(func.ST_EndPoint(line_m), shape)
        ).label("metres")
        query = (
            select(*columns, metres)
            .join(line, and_(line.c.id == line_id, func.ST_DWithin(line.c.geom_m, junctions.c.geom_m, _WITHIN_M)))
            .where(*is_there, or_(is_own, IS_PUBLISHED.clause(junctions)))
            .order_by(metres, junctions.c.code)
        )
    return [
        JunctionChoice(
            row.own_code if row.owner_organisation_id in owner_ids and row.own_code else row.code,
            row.name,
            row.metres,
            row.owner_organisation_id,
        )
        for row in run(ctx, query.limit(_MOST))
    ]
