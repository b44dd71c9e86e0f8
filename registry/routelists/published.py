"""Issued lists for everyone: the agreed streets, without who proposed them, the papers and the steps before."""

from __future__ import annotations

from typing import Any

from flask import render_template
from sqlalchemy import Row, func, select

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.kernel.errors import NotFound
from registry.kernel.fields import labels_of
from registry.kernel.i18n import _
from registry.routelists.models import ItemState, ListState, RouteItem, RouteList
from registry.routelists.pages import bp
from registry.territory.models import AdminUnit


def issued_lists(ctx: Ctx) -> list[Row[Any]]:
    """Year, edition, decision and the totals of the agreed streets of each issued list, latest first."""
    query = (
        select(
            RouteList.year,
            RouteList.edition,
            RouteList.decision_number,
            RouteList.decided_on,
            func.count(RouteItem.id).label("streets"),
            func.coalesce(func.sum(RouteItem.length_m), 0).label("length_m"),
        )
        .outerjoin(RouteItem, (RouteItem.route_list_id == RouteList.id) & (RouteItem.state == ItemState.AGREED))
        .where(RouteList.state == ListState.ISSUED)
        .group_by(RouteList.id)
        .order_by(RouteList.year.desc())
    )
    return list(ctx.session.execute(query))


def issued_streets(ctx: Ctx, year: int) -> list[Row[Any]]:
    """The agreed streets of an issued list, by commune and name."""
    query = (
        select(
            RouteItem.street_name,
            RouteItem.from_place,
            RouteItem.to_place,
            RouteItem.work_kind,
            RouteItem.length_m,
            AdminUnit.name.label("commune"),
        )
        .join(RouteList, RouteList.id == RouteItem.route_list_id)
        .join(AdminUnit, AdminUnit.id == RouteItem.commune_id)
        .where(RouteList.year == year, RouteList.state == ListState.ISSUED, RouteItem.state == ItemState.AGREED)
        .order_by(AdminUnit.name, RouteItem.street_name, RouteItem.id)
    )
    return list(ctx.session.execute(query))


@bp.get("/route-lists/issued/<int:year>", permission=P.PUBLIC)
def issued(ctx: Ctx, year: int) -> str:
    """An issued list as everyone may read it; NotFound for a list that is being collected."""
    issued_list = next((each for each in issued_lists(ctx) if each.year == year), None)
    if issued_list is None:
        raise NotFound(_("Không có danh mục tuyến đường đã ban hành của năm %(year)d.", year=year))
    return render_template(
        "routelists/issued.html", labels=labels_of(RouteItem), found=issued_list, streets=issued_streets(ctx, year)
    )
