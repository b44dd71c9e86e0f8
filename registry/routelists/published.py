"""Issued lists for everyone: the agreed streets and their progress, without who proposed them and the steps before."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

from flask import render_template, request, url_for
from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import aliased

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.kernel.db.base import Choice
from registry.kernel.errors import NotFound
from registry.kernel.exports.open_data import DataTheme, OpenDataSet, OpenFile, UpdateFrequency
from registry.kernel.fields import labels_of
from registry.kernel.i18n import _, _l
from registry.routelists.item_view import shape_of
from registry.routelists.models import RouteEditionItem, RouteItem, RouteList, RouteListEdition
from registry.routelists.pages import bp
from registry.routelists.progress import NOT_STARTED, last_day_of
from registry.routelists.progress_models import RouteWork, WorkState
from registry.territory.models import AdminUnit

_DECIMALS: Final = 7
_STREET: Final = (*("route_item_id", "street_name", "from_place", "to_place", "work_kind", "is_urban", "length_m"),)
_DAYS: Final = ("started_on", "due_on", "ended_on")


class PublicState(Choice):
    """How far a street of an issued list has come."""

    WAITING = "waiting", NOT_STARTED
    STARTED = "started", WorkState.STARTED.label
    IN_WORK = "in_work", WorkState.IN_WORK.label
    DONE = "done", WorkState.DONE.label
    DROPPED = "dropped", WorkState.DROPPED.label
    REMOVED = "removed", _l("Đã đưa ra khỏi danh mục")


_OPEN: Final = (PublicState.WAITING, PublicState.STARTED, PublicState.IN_WORK)
_TONES: Final = {
    PublicState.WAITING: "neutral",
    PublicState.STARTED: "info",
    PublicState.IN_WORK: "info",
    PublicState.DONE: "good",
    PublicState.DROPPED: "dark",
    PublicState.REMOVED: "dark",
}


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
        func.coalesce(func.sum(func.round(RouteEditionItem.length_m)), 0).label("length_m"),
    )
    return (
        select(*columns)
        .join(RouteList, RouteList.id == RouteListEdition.route_list_id)
        .outerjoin(RouteEditionItem, RouteEditionItem.edition_id == RouteListEdition.id)
        .group_by(RouteListEdition.id, RouteList.id)
        .order_by(RouteList.year.desc())
    )


def issued_streets(ctx: Ctx, edition_id: int) -> list[Row[Any]]:
    """The streets of an issued edition as it listed them, with the state and the days of their work, by commune and
    name.

    `is_in_force`: the street stands in the last issued edition of its list, too. What operators have there, and metres
    of their cables, are in no row.
    """
    last = (
        select(func.max(RouteListEdition.id))
        .join(RouteItem, RouteItem.route_list_id == RouteListEdition.route_list_id)
        .where(RouteItem.id == RouteEditionItem.route_item_id)
        .correlate(RouteEditionItem)
        .scalar_subquery()
    )
    in_force = aliased(RouteEditionItem)
    query = (
        select(
            *(getattr(RouteEditionItem, name) for name in _STREET),
            AdminUnit.code,
            AdminUnit.name.label("commune"),
            func.ST_AsGeoJSON(RouteEditionItem.line, _DECIMALS).label("line"),
            in_force.route_item_id.is_not(None).label("is_in_force"),
            RouteWork.state.label("work_state"),
            *(getattr(RouteWork, name) for name in _DAYS),
            RouteItem.wanted_to_year,
        )
        .join(AdminUnit, AdminUnit.id == RouteEditionItem.commune_id)
        .join(RouteItem, RouteItem.id == RouteEditionItem.route_item_id)
        .outerjoin(
            in_force,
            (in_force.edition_id == last) & (in_force.route_item_id == RouteEditionItem.route_item_id),
        )
        .outerjoin(RouteWork, RouteWork.route_item_id == RouteEditionItem.route_item_id)
        .where(RouteEditionItem.edition_id == edition_id)
        .order_by(AdminUnit.name, RouteEditionItem.street_name, RouteEditionItem.route_item_id)
    )
    return list(ctx.session.execute(query))


def public_state(row: Any) -> PublicState:
    """How far a listed street has come, as everyone may know it."""
    if not row.is_in_force:
        return PublicState.REMOVED
    return PublicState.WAITING if row.work_state is None else PublicState(row.work_state.value)


def is_street_late(row: Any, today: date) -> bool:
    """In force, neither finished nor stopped, and its last day is over."""
    due = last_day_of(row.due_on, row.wanted_to_year)
    return public_state(row) in _OPEN and due is not None and due < today


def open_data(ctx: Ctx, streets: Sequence[Row[Any]]) -> list[dict[str, Any]]:
    """The properties of streets as the files of an edition have them."""
    return [
        {
            "commune_code": row.code,
            "commune": row.commune,
            "street_name": row.street_name,
            "from_place": row.from_place,
            "to_place": row.to_place,
            "work_kind": row.work_kind.value,
            "is_urban": row.is_urban,
            "length_m": round(row.length_m),
            "progress": public_state(row).value,
            **{name: day.isoformat() if (day := getattr(row, name)) else None for name in _DAYS},
            "is_overdue": is_street_late(row, ctx.today),
        }
        for row in streets
    ]


def issued_data_sets(ctx: Ctx) -> Iterator[OpenDataSet]:
    """The issued lists as data sets of the catalogue of open data, one a year."""
    for row in issued_lists(ctx):
        year = row.year
        yield OpenDataSet(
            code=f"route-list-{year}",
            title=_l("Danh mục tuyến đường đã ban hành năm %(year)s", year=year),
            description=_l(
                "Các tuyến đường phải ngầm hóa, chỉnh trang cáp theo Quyết định số %(number)s, với tiến độ hiện nay.",
                number=row.decision_number,
            ),
            theme=DataTheme.TRANSPORT,
            frequency=UpdateFrequency.CONTINUOUS,
            page=url_for("routelists.issued", year=year, _external=True),
            files=(
                OpenFile("CSV", url_for("routelists.issued_csv", year=year, _external=True), "text/csv", "CSV"),
                OpenFile(
                    "GeoJSON",
                    url_for("routelists.issued_geojson", year=year, _external=True),
                    "application/geo+json",
                    "GEOJSON",
                ),
            ),
            period=(date(year, 1, 1), date(year, 12, 31)),
            issued_on=row.decided_on,
        )


def progress_totals(streets: Sequence[Row[Any]]) -> list[tuple[PublicState, int, Decimal]]:
    """State, streets and metres of those that there are, in the order of the states."""
    totals = {state: [row.length_m for row in streets if public_state(row) is state] for state in PublicState}
    return [(state, len(lengths), sum(lengths, Decimal(0))) for state, lengths in totals.items() if lengths]


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


@bp.get("/route-lists/issued/<year:year>", permission=P.PUBLIC)
def issued(ctx: Ctx, year: int) -> str:
    """An issued list as everyone may read it, with its map: the edition in force, or that of the argument `edition`.

    NotFound for a list or an edition that was not issued.
    """
    edition = shown_edition(ctx, year)
    streets = issued_streets(ctx, edition.id)
    shapes = [json.loads(row.line)["coordinates"] for row in streets]
    collected = json.dumps({"type": "MultiLineString", "coordinates": shapes}) if shapes else None
    outline, bounds = shape_of(collected) if collected else (None, None)
    return render_template(
        "routelists/issued.html",
        labels=labels_of(RouteItem),
        work_labels=labels_of(RouteWork),
        found=edition,
        editions=issued_editions_of(ctx, year),
        streets=[(row, public_state(row), is_street_late(row, ctx.today)) for row in streets],
        totals=progress_totals(streets),
        tones=_TONES,
        as_of=ctx.now,
        outline=outline,
        bounds=bounds,
    )
