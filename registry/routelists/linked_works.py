"""Announced works of roads, power and water along a street: those of its period, and those that it is done with."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Final

from sqlalchemy import select

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import require
from registry.kernel.errors import Invalid, MoveRefused
from registry.kernel.i18n import _
from registry.routelists.models import RouteItem, RouteList
from registry.routelists.progress_models import RouteStreetWork
from registry.routelists.queries import geojson_of
from registry.routelists.rules import OUT
from registry.routelists.workflow import ITEM
from registry.streets.work_queries import WorkInPlace, works_at, works_of_ids
from registry.workflow.engine import check_version, lock_case, touch

_SHOWN: Final = 60


def period_of(ctx: Ctx, item: RouteItem) -> tuple[date, date]:
    """The first and last day on which a street may be worked in: its years, else that of its list."""
    year = ctx.session.get_one(RouteList, item.route_list_id).year
    first, last = item.wanted_from_year or year, item.wanted_to_year or max(item.wanted_from_year or year, year)
    return date(first, 1, 1), date(last, 12, 31)


def _works_along(ctx: Ctx, item: RouteItem, linked_ids: Collection[int]) -> list[WorkInPlace]:
    geojson = geojson_of(ctx, item)
    if geojson is None:
        return []
    return [work for work in works_at(ctx, geojson, *period_of(ctx, item)) if work.id not in linked_ids]


def works_of_street(ctx: Ctx, item: RouteItem) -> tuple[list[WorkInPlace], list[WorkInPlace]]:
    """The works that a street is done with, whatever became of them, and the others along it in its period."""
    linked_ids = _linked_ids(ctx, item.id)
    return works_of_ids(ctx, linked_ids), _works_along(ctx, item, linked_ids)


def link_work(ctx: Ctx, item_id: int, version: int | None, number: str) -> WorkInPlace:
    """Link a work along the street in its period; Invalid for any other number."""
    item = _locked(ctx, item_id, version)
    work = _numbered(_works_along(ctx, item, _linked_ids(ctx, item.id)), number)
    if work is None:
        sentence = _(
            "“%(number)s” không phải thông báo thi công dọc tuyến trong thời gian của tuyến; cần số như"
            " TC-2026-000001.",
            number=_shown(number),
        )
        raise Invalid({"code": sentence})
    ctx.session.add(
        RouteStreetWork(route_item_id=item.id, street_work_id=work.id, linked_at=ctx.now, linked_by_id=ctx.actor.id)
    )
    touch(ctx, ITEM, item, "link_work", street_work=work.number)
    return work


def unlink_work(ctx: Ctx, item_id: int, version: int | None, number: str) -> WorkInPlace:
    """Take back a link; Invalid for a work that is not linked."""
    item = _locked(ctx, item_id, version)
    work = _numbered(works_of_ids(ctx, _linked_ids(ctx, item.id)), number)
    if work is None:
        raise Invalid({"code": _("Tuyến chưa liên kết thông báo thi công “%(number)s”.", number=_shown(number))})
    ctx.session.delete(ctx.session.get_one(RouteStreetWork, (item.id, work.id)))
    touch(ctx, ITEM, item, "unlink_work", street_work=work.number)
    return work


def _linked_ids(ctx: Ctx, item_id: int) -> list[int]:
    query = select(RouteStreetWork.street_work_id).where(RouteStreetWork.route_item_id == item_id)
    return list(ctx.session.scalars(query))


def _locked(ctx: Ctx, item_id: int, version: int | None) -> RouteItem:
    item: RouteItem = lock_case(ctx, ITEM, item_id)
    require(ctx, P.ROUTELIST_PROGRESS, item)
    check_version(item, version)
    if item.state in OUT:
        raise MoveRefused(
            _(
                "%(title)s đang ở trạng thái “%(state)s” nên không liên kết được thông báo thi công.",
                title=item.number or item.title,
                state=item.state.label,
            )
        )
    return item


def _numbered(works: list[WorkInPlace], number: str) -> WorkInPlace | None:
    wanted = number.strip().upper()
    return next((work for work in works if work.number == wanted), None)


def _shown(number: str) -> str:
    return number.strip()[:_SHOWN]
