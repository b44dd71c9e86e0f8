"""Reads of areas: those of a day, what lies in them, and those without a structure to share."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, and_, exists, func, select
from sqlalchemy.orm import Session

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import holds, require
from registry.kernel.dated_rows import Unconfirmed
from registry.kernel.dated_settings import setting
from registry.kernel.errors import NotFound
from registry.kernel.i18n import _, _l
from registry.priority_areas.models import AreaKind, PriorityArea
from registry.priority_areas.settings import DISTANCES
from registry.structures import positions
from registry.structures.filtering.extra import ExtraFilter
from registry.structures.models import PROVINCE_GRID, Structure
from registry.structures.positions.areas import has_structure_within, stands_in
from registry.structures.positions.points import grid_point
from registry.structures.visibility import IS_PUBLISHED, IS_THERE

AREA: Final = PriorityArea.__tablename__
_UNSERVED: Final = "priority_areas.unserved"
_DECIMALS: Final = 6
_AREA_M: Final = PriorityArea.__table__.c.area_m


def areas_query(ctx: Ctx) -> Select[Any]:
    """All areas, of all days."""
    require(ctx, P.PRIORITY_AREA_READ)
    return select(PriorityArea)


def get_area(ctx: Ctx, area_id: int) -> PriorityArea:
    """NotFound if there is none."""
    require(ctx, P.PRIORITY_AREA_READ)
    area = ctx.session.get(PriorityArea, area_id)
    if area is None:
        raise NotFound(_("Không có khu vực này."))
    return area


def is_in_economic_zone(session: Session, lon: Any, lat: Any, day: date) -> bool:
    """Whether an economic zone of a day holds a point (WGS 84); its border belongs to it."""
    here = grid_point(lon, lat)
    query = exists().where(
        PriorityArea.kind == AreaKind.ECONOMIC_ZONE,
        PriorityArea.in_force(day),
        func.ST_DWithin(PriorityArea.area_m, here, 0),
    )
    return bool(session.scalar(select(query)))


def outline_of(ctx: Ctx, area: PriorityArea) -> str:
    """The border of an area as GeoJSON of lines."""
    border = func.ST_Multi(func.ST_Transform(func.ST_Boundary(PriorityArea.area_m), 4326))
    query = select(func.ST_AsGeoJSON(border, _DECIMALS)).where(PriorityArea.id == area.id)
    return str(ctx.session.scalars(query).one())


def unconfirmed_areas(ctx: Ctx) -> Sequence[Unconfirmed]:
    """The areas whose source is still to be confirmed."""
    areas = ctx.session.scalars(
        select(PriorityArea).where(PriorityArea.needs_verification).order_by(PriorityArea.kind, PriorityArea.name)
    )
    return [
        Unconfirmed(str(area.kind.label), area.name, area.source, "priority_areas.detail", {"area_id": area.id})
        for area in areas
    ]


# --- structures ----------------------------------------------------------------------------------------------------
def lies_in_area(ctx: Ctx, line: Any) -> ColumnElement[bool]:
    """SQL: a shape (WGS 84) meets an area of today."""
    meeting = func.ST_Intersects(PriorityArea.area_m, func.ST_Transform(line, PROVINCE_GRID))
    return (
        select(PriorityArea.id).where(PriorityArea.in_force(ctx.today), meeting).correlate_except(PriorityArea).exists()
    )


def _stands_in_area(ctx: Ctx, readable_rows: Any, value: str) -> ColumnElement[bool]:
    """Of any kind, or of one. A structure known by its cell is in none: its cell would narrow down where it stands."""
    of_kind = () if value == ANY else (PriorityArea.kind == value,)
    standing = select(Structure.id).where(stands_in(_AREA_M, PriorityArea.in_force(ctx.today), *of_kind))
    return and_(readable_rows.c.exact, IS_THERE.clause(readable_rows), readable_rows.c.id.in_(standing))


#: The value of the filter that stands for all kinds.
ANY: Final = "1"
IN_AREA: Final = ExtraFilter(
    "priority",
    _l("Khu vực ưu tiên"),
    _stands_in_area,
    {ANY: _l("Trong khu vực ưu tiên"), **{kind.value: kind.label for kind in AreaKind}},
)


def areas_of_structure(ctx: Ctx, structure_id: int) -> Sequence[Row[Any]]:
    """Id, name and kind of the areas of today that meet a structure, which the actor sees exactly."""
    if not holds(ctx.actor, P.PRIORITY_AREA_READ):
        return []
    around = has_structure_within(_AREA_M, 0, Structure.id == structure_id, positions.sees_exactly(ctx))
    areas = select(PriorityArea.id, PriorityArea.name, PriorityArea.kind)
    return positions.run(ctx, areas.where(PriorityArea.in_force(ctx.today), around).order_by(PriorityArea.name)).all()


def _is_served(ctx: Ctx) -> ColumnElement[bool]:
    """SQL: a published structure, which every reader of these figures sees exactly, is near enough to an area."""
    metres = float(setting(ctx.session, DISTANCES, ctx.today)["served_m"])
    return has_structure_within(_AREA_M, metres, IS_PUBLISHED.clause(Structure))


def unserved_ids(ctx: Ctx) -> list[int]:
    """The areas of today without a structure to share within the distance of the setting; read once a request."""
    require(ctx, P.PRIORITY_AREA_FIGURES)
    if _UNSERVED not in ctx.memo:
        query = select(PriorityArea.id).where(PriorityArea.in_force(ctx.today), ~_is_served(ctx))
        ctx.memo[_UNSERVED] = list(positions.run(ctx, query).scalars())
    ids: list[int] = ctx.memo[_UNSERVED]
    return ids


def served_metres(ctx: Ctx) -> int:
    """How far a structure to share may be from an area."""
    return int(setting(ctx.session, DISTANCES, ctx.today)["served_m"])
