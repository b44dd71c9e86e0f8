"""Announced works by place and period: for the street of a list, a planned route, a site, a rule against digging."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import shapely
from sqlalchemy import ColumnElement, and_, func, or_, select, true

from registry.accounts.models import Organisation
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import visible
from registry.kernel.dated_settings import setting
from registry.kernel.geo import linear
from registry.kernel.i18n import _, format_date
from registry.kernel.units import M
from registry.streets.rule_queries import REACH, touches
from registry.streets.work_models import GOING_ON, StreetWork, StreetWorkKind, StreetWorkState

_MOST: Final = 50


@dataclass(frozen=True)
class WorkInPlace:
    """An announced work as other pages show it."""

    id: int
    number: str
    kind: StreetWorkKind
    state: StreetWorkState
    is_dug: bool
    sentence: str
    endpoint: str = "street_works.detail"


@dataclass(frozen=True)
class WorkShape:
    """Work that digs, with its lines in metres of the province's grid."""

    work: WorkInPlace
    shape: Any


def goes_on(first: date, last: date | None, row: Any = StreetWork) -> ColumnElement[bool]:
    """SQL: work that is not over and has days in common with a period; None: a period without an end.

    Work that has begun and runs past its planned end still goes on.
    """
    begins = true() if last is None else row.starts_on <= last
    late = row.state == StreetWorkState.IN_WORK
    return and_(row.state.in_(GOING_ON), begins, or_(row.ends_on >= first, late))


def works_at(ctx: Ctx, geojson: str, first: date, last: date | None = None) -> list[WorkInPlace]:
    """The works of the streets at a place (GeoJSON of a point or a line) in a period, by their first day."""
    reach = float(setting(ctx.session, REACH, ctx.today))
    location = linear.shape_of(geojson)
    return _in_place(ctx, goes_on(first, last), touches(StreetWork.shape, location, reach))


def works_of_ids(ctx: Ctx, ids: list[int]) -> list[WorkInPlace]:
    """The works of these ids, whatever became of them, by their first day."""
    return _in_place(ctx, StreetWork.id.in_(ids)) if ids else []


def dug_within(ctx: Ctx, geojson: str, metres: float, most: int) -> list[WorkShape]:
    """The works within `metres` of a line (GeoJSON) that dig from today on, with lines; at most `most`."""
    area = linear.around(geojson, metres)
    query = (
        _select(
            ctx,
            goes_on(ctx.today, None),
            StreetWork.is_dug.is_(True),
            StreetWork.shape.op("&&")(area),
            func.ST_Intersects(StreetWork.shape, area),
        )
        .add_columns(func.ST_AsBinary(linear.in_metres(StreetWork.shape)).label("wkb"))
        .limit(most)
    )
    return [WorkShape(_shown(row), shapely.from_wkb(bytes(row.wkb))) for row in ctx.session.execute(query)]


def describe_work(work: StreetWork, announcer: str) -> str:
    """The work in one sentence: what, who, from when to when, how deep."""
    named = {
        "work": work.work,
        "office": announcer,
        "since": format_date(work.started_on or work.starts_on),
        "until": format_date(work.finished_on or work.ends_on),
    }
    if work.depth_m is not None:
        return _(
            "%(work)s (%(office)s), từ ngày %(since)s đến ngày %(until)s, đào sâu %(depth)s.",
            depth=M.display(work.depth_m),
            **named,
        )
    if work.is_dug:
        return _("%(work)s (%(office)s), từ ngày %(since)s đến ngày %(until)s, có đào đường.", **named)
    return _("%(work)s (%(office)s), từ ngày %(since)s đến ngày %(until)s, không đào đường.", **named)


def _select(ctx: Ctx, *where: ColumnElement[bool]) -> Any:
    return (
        select(StreetWork, Organisation.short_name.label("announcer"))
        .join(Organisation, Organisation.id == StreetWork.organisation_id)
        .where(visible(ctx, StreetWork, P.STREET_WORK_READ), *where)
        .order_by(StreetWork.starts_on, StreetWork.id)
    )


def _in_place(ctx: Ctx, *where: ColumnElement[bool]) -> list[WorkInPlace]:
    return [_shown(row) for row in ctx.session.execute(_select(ctx, *where).limit(_MOST))]


def _shown(row: Any) -> WorkInPlace:
    work = row.StreetWork
    return WorkInPlace(work.id, work.number, work.kind, work.state, work.is_dug, describe_work(work, row.announcer))
