"""Issued lists for everyone: the agreed streets, without who proposed them, the papers and the steps before."""

from __future__ import annotations

from typing import Any, Final

from flask import render_template, request
from sqlalchemy import Row, Select, func, select

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.kernel.errors import NotFound
from registry.kernel.fields import labels_of
from registry.kernel.i18n import _
from registry.routelists.models import RouteEditionItem, RouteItem, RouteList, RouteListEdition
from registry.routelists.pages import bp, shape_of
from registry.territory.models import AdminUnit

_DECIMALS: Final = 7


def issued_lists(ctx: Ctx) -> list[Row[Any]]:
    """Year, edition, decision and totals of the last issued edition of each list, latest year first.

    A list that is being amended stays with the edition in force.
    """
    latest = (
        select(RouteListEdition.route_list_id, func.max(RouteListEdition.edition).label("edition"))
        .group_by(RouteListEdition.route_list_id)
        .subquery("latest")
    )
    in_force = (RouteListEdition.route_list_id == latest.c.route_list_id) & (
        RouteListEdition.edition == latest.c.edition
    )
    return list(ctx.session.execute(_editions().join(latest, in_force)))


def issued_editions_of(ctx: Ctx, year: int) -> list[Row[Any]]:
    """The issued editions of the list of a year, the last one first, each with decision and totals."""
    query = _editions().where(RouteList.year == year).order_by(RouteListEdition.edition.desc())
    return list(ctx.session.execute(query))


def _editions() -> Select[Any]:
    columns: tuple[Any, ...] = (
        RouteListEdition.id,
        RouteListEdition.route_list_id,
        RouteList.year,
        RouteListEdition.edition,
        RouteListEdition.decision_number,
        RouteListEdition.decided_on,
        RouteListEdition.sha256,
        func.count(RouteEditionItem.route_item_id).label("streets"),
        func.coalesce(func.sum(RouteEditionItem.length_m), 0).label("length_m"),
    )
    return (
        select(*columns)
        .join(RouteList, RouteList.id == RouteListEdition.route_list_id)
        .outerjoin(RouteEditionItem, RouteEditionItem.edition_id == RouteListEdition.id)
        .group_by(RouteListEdition.id, RouteList.id)
        .order_by(RouteList.year.desc())
    )


def issued_streets(ctx: Ctx, edition_id: int) -> list[Row[Any]]:
    """The streets of an issued edition as it listed them, by commune and name."""
    query = (
        select(
            *(
                RouteEditionItem.street_name,
                RouteEditionItem.from_place,
                RouteEditionItem.to_place,
                RouteEditionItem.work_kind,
                RouteEditionItem.is_urban,
                RouteEditionItem.length_m,
            ),
            AdminUnit.name.label("commune"),
        )
        .join(AdminUnit, AdminUnit.id == RouteEditionItem.commune_id)
        .where(RouteEditionItem.edition_id == edition_id)
        .order_by(AdminUnit.name, RouteEditionItem.street_name, RouteEditionItem.route_item_id)
    )
    return list(ctx.session.execute(query))


def edition_lines(ctx: Ctx, edition_id: int) -> list[Row[Any]]:
    """The streets of an issued edition with their lines as GeoJSON text, by id."""
    query = (
        select(
            AdminUnit.code,
            AdminUnit.name.label("commune"),
            func.ST_AsGeoJSON(RouteEditionItem.line, _DECIMALS).label("line"),
            *(
                getattr(RouteEditionItem, name)
                for name in (
                    *("route_item_id", "street_name", "from_place", "to_place", "work_kind", "is_urban", "length_m"),
                )
            ),
        )
        .join(AdminUnit, AdminUnit.id == RouteEditionItem.commune_id)
        .where(RouteEditionItem.edition_id == edition_id)
        .order_by(RouteEditionItem.route_item_id)
    )
    return list(ctx.session.execute(query))


def shown_edition(ctx: Ctx, year: int) -> Row[Any]:
    """The edition in force of the list of a year, or the one of the argument `edition`; NotFound without it."""
    editions = issued_editions_of(ctx, year)
    if not editions:
        raise NotFound(_("Không có danh mục tuyến đường đã ban hành của năm %(year)d.", year=year))
    wanted = request.args.get("edition", str(editions[0].edition))
    selected = next((each for each in editions if str(each.edition) == wanted), None)
    if selected is None:
        raise NotFound(
            _("Danh mục năm %(year)d không có bản ban hành lần “%(edition)s”.", year=year, edition=wanted[:20])
        )
    return selected


@bp.get("/route-lists/issued/<int:year>", permission=P.PUBLIC)
def issued(ctx: Ctx, year: int) -> str:
    """An issued list as everyone may read it, with its map: the edition in force, or that of the argument `edition`.

    NotFound for a list or an edition that was not issued.
    """
    edition = shown_edition(ctx, year)
    collected = func.ST_AsGeoJSON(func.ST_Collect(RouteEditionItem.line), _DECIMALS)
    lines = ctx.session.scalar(select(collected).where(RouteEditionItem.edition_id == edition.id))
    outline, bounds = shape_of(lines) if lines else (None, None)
    return render_template(
        "routelists/issued.html",
        labels=labels_of(RouteItem),
        found=edition,
        editions=issued_editions_of(ctx, year),
        streets=issued_streets(ctx, edition.id),
        outline=outline,
        bounds=bounds,
    )
