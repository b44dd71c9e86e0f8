"""Reads of offered sites and requests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Numeric, Row, cast, func, select
from sqlalchemy.orm import aliased

from registry.accounts.models import Organisation
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import get_visible, holds, visible
from registry.kernel.clock import LOCAL_ZONE
from registry.kernel.i18n import _
from registry.offered_sites.codes import OPEN_REQUESTS, OfferedSiteState
from registry.offered_sites.models import OfferedSite, SiteRequest
from registry.structures.positions.points import nearest_rows

ASKER: Final = aliased(Organisation)
OFFICE: Final = aliased(Organisation)
_MOST_REQUESTS: Final = 50
_DAY_SECONDS: Final = 86_400


@dataclass(frozen=True)
class OfficeYear:
    """The requests that an office got in a year; `days`: median from request to answer."""

    year: int
    office: str
    total: int
    open: int
    granted: int
    refused: int
    days: Decimal | None


def get_site(ctx: Ctx, case_id: int) -> OfferedSite:
    """A site that the actor may see; NotFound otherwise."""
    message = _("Không có địa điểm này, hoặc không có quyền xem.")
    site: OfferedSite = get_visible(ctx, OfferedSite, P.OFFERED_SITE_READ, OfferedSite.id == case_id, message=message)
    return site


def get_request(ctx: Ctx, case_id: int) -> SiteRequest:
    """A request that the actor may see; NotFound otherwise."""
    message = _("Không có đề nghị này, hoặc không có quyền xem.")
    request: SiteRequest = get_visible(
        ctx, SiteRequest, P.SITE_REQUEST_READ, SiteRequest.id == case_id, message=message
    )
    return request


def requests_for(ctx: Ctx, site: OfferedSite) -> Sequence[Row[Any]]:
    """The visible requests for a site with who asks, the newest first."""
    query: Any = (
        select(SiteRequest, ASKER.short_name.label("asker"))
        .join(ASKER, ASKER.id == SiteRequest.organisation_id)
        .where(SiteRequest.site_id == site.id, visible(ctx, SiteRequest, P.SITE_REQUEST_READ))
        .order_by(SiteRequest.id.desc())
    )
    rows: Sequence[Row[Any]] = ctx.session.execute(query.limit(_MOST_REQUESTS)).all()
    return rows


def sites_near(ctx: Ctx, lon: Any, lat: Any, metres: float) -> list[tuple[OfferedSite, int]]:
    """The offered sites within so many metres of a point, the nearest first, with their distance."""
    if not holds(ctx.actor, P.OFFERED_SITE_READ):
        return []
    standing = visible(ctx, OfferedSite, P.OFFERED_SITE_READ), OfferedSite.state == OfferedSiteState.OFFERED
    return nearest_rows(ctx.session, OfferedSite, lon, lat, metres, *standing)


def figures_by_office(ctx: Ctx) -> Sequence[OfficeYear]:
    """Of the requests that the actor sees, by year of sending and office; the last year first."""
    year = func.date_part("year", func.timezone(str(LOCAL_ZONE), SiteRequest.created_at))
    took = func.extract("epoch", SiteRequest.answered_at - SiteRequest.created_at) / _DAY_SECONDS
    query = (
        select(
            year,
            OFFICE.short_name,
            func.count(),
            func.count().filter(SiteRequest.state.in_(OPEN_REQUESTS)),
            func.count().filter(SiteRequest.state == "granted"),
            func.count().filter(SiteRequest.state == "refused"),
            func.round(cast(func.percentile_cont(0.5).within_group(took), Numeric), 1),
        )
        .join(OFFICE, OFFICE.id == SiteRequest.office_id)
        .where(visible(ctx, SiteRequest, P.SITE_REQUEST_READ))
        .group_by(year, OFFICE.short_name)
        .order_by(year.desc(), OFFICE.short_name)
    )
    return [OfficeYear(int(row[0]), *row[1:]) for row in ctx.session.execute(query)]
