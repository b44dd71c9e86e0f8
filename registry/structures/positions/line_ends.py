"""The structures at which a line ends, as its record names them: found by their code, and how far they are from it.

Only structures of the line's owner and published ones are found: the answer for a hidden one is that for none.
"""

from __future__ import annotations

from geoalchemy2 import Geometry
from sqlalchemy import FromClause, Subquery, and_, cast, func, or_, select

from registry.structures.models import Structure
from registry.structures.visibility import IS_PUBLISHED, IS_THERE


def facts_of_ends(ends: FromClause, junction: str) -> Subquery:
    """The facts of each end of each line. To be read within `run`.

    `ends` has `key`, `line_id` and `line_m` as of `facts_along`, `owner_id`, `field` and `code`; `junction` is the kind
    at which the lines end. The result has these, `junction_id` (NULL: none by this code) and `metres` from the nearer
    end of the line.
    """
    line, junctions = Structure.__table__.alias("line"), Structure.__table__.alias("junction")
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
    line_m = cast(func.coalesce(ends.c.line_m, line.c.geom_m), Geometry)
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
        .outerjoin(line, line.c.id == ends.c.line_id)
        .outerjoin(nearest, ends.c.code.is_not(None))
        .subquery("ends_facts")
    )
