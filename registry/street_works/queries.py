"""Reads of announced works: one, its names and lines, those along a street."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, Select, func, select

from registry.accounts.models import Organisation
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import get_visible
from registry.kernel.geo import linear
from registry.kernel.i18n import _
from registry.street_works.workflow import STREET_WORK
from registry.streets.models import Street
from registry.streets.work_models import GOING_ON, StreetWork
from registry.structures.nearby.corridor import StreetCorridor
from registry.territory.models import AdminUnit
from registry.workflow.lists import count_query

_DECIMALS = 7


def get_work(ctx: Ctx, case_id: int) -> StreetWork:
    """Announced work that the actor may read; NotFound otherwise."""
    message = _("Không có thông báo thi công này, hoặc không có quyền xem.")
    work: StreetWork = get_visible(ctx, StreetWork, P.STREET_WORK_READ, StreetWork.id == case_id, message=message)
    return work


def names_of(ctx: Ctx, work: StreetWork) -> Row[Any]:
    """The announcer, the commune and the street (or None) of announced work."""
    query: Any = (
        select(Organisation.name.label("announcer"), AdminUnit.name.label("commune"), Street)
        .select_from(StreetWork)
        .join(Organisation, Organisation.id == StreetWork.organisation_id)
        .join(AdminUnit, AdminUnit.id == StreetWork.unit_id)
        .outerjoin(Street, Street.id == StreetWork.street_id)
        .where(StreetWork.id == work.id)
    )
    row: Row[Any] = ctx.session.execute(query).one()
    return row


def shape_of_work(ctx: Ctx, work: StreetWork) -> Row[Any]:
    """The lines of announced work as GeoJSON, and their metres."""
    query: Select[Any] = select(
        func.ST_AsGeoJSON(StreetWork.shape.expression, _DECIMALS).label("geojson"),
        func.ST_Length(linear.in_metres(StreetWork.shape.expression)).label("length_m"),
    ).where(StreetWork.id == work.id)
    return ctx.session.execute(query).one()


def count_on_street(ctx: Ctx, corridor: StreetCorridor) -> Select[Any]:
    """The number of the works within a corridor that are not over."""
    return count_query(ctx, STREET_WORK, StreetWork.state.in_(GOING_ON), corridor.holds(StreetWork.shape.expression))
