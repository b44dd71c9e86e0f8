"""Writes of offered sites and requests other than moves."""

from __future__ import annotations

from sqlalchemy import select

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import ALL, require, scopes_of, visible
from registry.kernel.errors import Forbidden, Invalid, NotFound
from registry.kernel.i18n import _
from registry.offered_sites.codes import OPEN_REQUESTS, OfferedSiteState
from registry.offered_sites.commands import OfferSite, RequestSite
from registry.offered_sites.models import OfferedSite, SiteRequest
from registry.offered_sites.workflow import REQUEST, SITE
from registry.territory.models import UnitLevel
from registry.territory.queries import point, unit_at
from registry.workflow.engine import open_case


def offer_site(ctx: Ctx, command: OfferSite) -> OfferedSite:
    """Offer a site; Invalid for a place outside of all communes, or of a commune that is not the office's."""
    require(ctx, P.OFFERED_SITE_KEEP)
    if ctx.actor.organisation_id is None:
        raise Forbidden
    unit = unit_at(ctx.session, command.position.lon, command.position.lat, UnitLevel.COMMUNE, ctx.today)
    if unit is None:
        raise Invalid({"position": _("Vị trí không thuộc xã, phường nào của tỉnh; cần kiểm tra lại tọa độ.")})
    is_provincial = ALL in scopes_of(ctx.actor, P.OFFERED_SITE_ANYWHERE)
    if not is_provincial and unit.id not in ctx.actor.unit_ids:
        sentence = _("Vị trí thuộc %(unit)s, ngoài địa bàn của cơ quan; cần vị trí trong địa bàn.", unit=unit.name)
        raise Invalid({"position": sentence})
    site = OfferedSite(
        organisation_id=ctx.actor.organisation_id,
        unit_id=unit.id,
        place_point=point(command.position.lon, command.position.lat),
        given_position=command.position.original_text,
        title=command.values["name"],
        version=1,
        **command.values,
    )
    offered: OfferedSite = open_case(ctx, SITE, site, numbered=True)
    return offered


def request_site(ctx: Ctx, command: RequestSite) -> SiteRequest:
    """Ask for a site that is offered; Invalid for one that is not any more, and for a second open request."""
    require(ctx, P.SITE_REQUEST_SEND)
    if ctx.actor.organisation_id is None:
        raise Forbidden
    query = select(OfferedSite).where(OfferedSite.id == command.site_id, visible(ctx, OfferedSite, P.OFFERED_SITE_READ))
    # A withdrawal of this moment waits, or is seen.
    site = ctx.session.scalars(query.with_for_update()).one_or_none()
    if site is None:
        raise NotFound
    if site.state is not OfferedSiteState.OFFERED:
        sentence = _(
            "%(number)s “%(name)s” đang ở trạng thái “%(state)s”; chỉ đề nghị được địa điểm đang cung cấp.",
            number=site.number,
            name=site.name,
            state=site.state.label,
        )
        raise Invalid({"": sentence})
    other = ctx.session.scalar(
        select(SiteRequest.number).where(
            SiteRequest.site_id == site.id,
            SiteRequest.organisation_id == ctx.actor.organisation_id,
            SiteRequest.state.in_(OPEN_REQUESTS),
        )
    )
    if other is not None:
        raise Invalid({"": _("Đơn vị đã có đề nghị %(number)s về địa điểm này, đang chờ trả lời.", number=other)})
    request = SiteRequest(
        organisation_id=ctx.actor.organisation_id,
        site_id=site.id,
        office_id=site.organisation_id,
        title=site.name,
        version=1,
        **command.values,
    )
    opened: SiteRequest = open_case(ctx, REQUEST, request, numbered=True)
    return opened
