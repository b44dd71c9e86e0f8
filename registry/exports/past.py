"""The list of structures of a past time: the same columns as of the present, all of them as they were."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import ColumnElement, FromClause, Select, Subquery, and_, case, func, select

from registry.authz.actors import Ctx
from registry.cables.queries import listed_codes
from registry.capacity.models import CapacityPlace
from registry.capacity.rules import usual_measures
from registry.kernel.db.history import history_of
from registry.kernel.fields import fields_of
from registry.structures.filtering.filter import StructureFilter, where_at, window_of
from registry.structures.filtering.list_rows import with_owner_and_commune_id
from registry.structures.kinds import KINDS
from registry.structures.models import Structure
from registry.structures.positions import readable
from registry.structures.positions.moment import Point, When
from registry.structures.positions.references import visible_column
from registry.structures.positions.versions import rows_at, units_at

#: Sums of the places of a structure.
SUMS: Final = ("places_total", "places_used", "places_free")
#: By the name of a kind's relation: the list as one text, at a time.
_LISTS: Final = {"members": listed_codes}


def sums_of(places: FromClause) -> Subquery:
    """The sums of the places of each structure; total and free are unknown where one place's total is."""
    known = func.bool_and(places.c.total.is_not(None))
    return (
        select(
            places.c.structure_id,
            case((known, func.sum(places.c.total))).label("places_total"),
            func.sum(places.c.used).label("places_used"),
            case((known, func.sum(places.c.free))).label("places_free"),
        )
        .group_by(places.c.structure_id)
        .subquery("places")
    )


def measures_of(places: FromClause, kind: str | None) -> list[ColumnElement[Any]]:
    """The measures of the usual place of a kind, as an import reads them."""
    return [places.c[name].label(f"capacity_{name}") for name in usual_measures(KINDS[kind])] if kind else []


def query_at(ctx: Ctx, chosen: StructureFilter, when: When, usual_label: str | None) -> Select[Any]:
    """Every field of what the actor may see of a time, NULL in what is known as a cell only."""
    point = when.at(ctx.now)
    rows = readable(ctx, when, window=window_of(chosen))
    seen = with_owner_and_commune_id(
        ctx, select(rows).where(*where_at(ctx, rows, chosen, when)).subquery("found"), when
    )
    base, units = history_of(Structure).alias("base"), units_at(point, "units")
    places = sums_of(rows_at(CapacityPlace, point, "place"))
    usual = rows_at(CapacityPlace, point, "usual")
    query = (
        select(
            seen.c.id,
            seen.c.code,
            seen.c.kind,
            seen.c.owner_category,
            seen.c.owner_organisation_id,
            seen.c.exact,
            seen.c.confirmed_on,
            seen.c.is_published,
            func.ST_AsBinary(seen.c.geom, "NDR").label("wkb"),
            seen.c.owner_name.label("owner"),
            units.c.name.label("commune"),
            *(places.c[name] for name in SUMS),
            usual.c.total.label("capacity_total"),
            usual.c.used.label("capacity_used"),
            *measures_of(usual, chosen.kind),
            *(base.c[name] for name in fields_of(Structure)),
        )
        .select_from(seen)
        # Of what is known as a cell only there is no version, so nothing is read.
        .outerjoin(base, base.c.history_id == seen.c.history_id)
        .outerjoin(units, units.c.id == seen.c.commune_then)
        .outerjoin(places, and_(places.c.structure_id == seen.c.id, seen.c.exact))
        .outerjoin(usual, and_(usual.c.structure_id == seen.c.id, usual.c.label == usual_label, seen.c.exact))
    )
    return _with_kind(ctx, query, chosen.kind, seen, base, point).order_by(seen.c.code)


def _with_kind(
    ctx: Ctx, query: Select[Any], kind: str | None, seen: Subquery, base: FromClause, point: Point
) -> Select[Any]:
    """The fields and lists that only the one chosen kind has."""
    if kind is None:
        return query
    own = rows_at(KINDS[kind].model, point, "own")
    lists: list[ColumnElement[Any]] = [
        _LISTS[relation.name](ctx, base, point).label(relation.name) for relation in KINDS[kind].relations
    ]
    owner_id = seen.c.owner_organisation_id
    columns = [visible_column(ctx, kind, own, owner_id, name) for name in fields_of(KINDS[kind].model, own=True)]
    return query.add_columns(*columns, *lists).outerjoin(own, and_(own.c.id == seen.c.id, seen.c.exact))
