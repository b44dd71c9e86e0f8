"""Offered sites and requests, made by the services as their users make them."""

from datetime import date

from registry.offered_sites.codes import OfferedSiteKind
from registry.offered_sites.commands import OfferSite, RequestSite
from registry.offered_sites.models import OfferedSite, SiteRequest
from registry.offered_sites.service import offer_site, request_site
from registry.offered_sites.workflow import REQUEST, SITE
from registry.workflow.engine import fire
from tests.factories.building_notices import parsed, spot
from tests.support.clock import NOW

VALUES = {
    "kind": OfferedSiteKind.ROOF,
    "name": "Mái nhà văn hóa",
    "address": None,
    "room": "40 m² mái bằng",
    "terms": "Năm năm, giá theo quyết định",
    "decision_number": "12/QĐ-UBND",
}
GRANTED = {"answer": "Đồng ý", "granted_until": date(2027, 12, 31)}


def offered(ctx_of, *, by="ubnd.xa", at=None):
    """The id of a site, in the area of ubnd.xa."""
    lon, lat = at or spot(ctx_of)
    with ctx_of(by, now=NOW) as ctx:
        return offer_site(ctx, OfferSite(VALUES, parsed(lat, lon))).id


def requested(ctx_of, site_id, *, by="viettel"):
    """The id of a request."""
    with ctx_of(by, now=NOW) as ctx:
        values = {"purpose": "Một cột A1 cao 3 m", "wanted_from": date(2026, 12, 15)}
        return request_site(ctx, RequestSite(site_id, values)).id


def move(ctx_of, username, workflow, case_id, name, *, now=NOW, **data):
    """Make a move with the version as it stands; the state after it."""
    with ctx_of(username, now=now) as ctx:
        version = ctx.session.get_one(workflow.model, case_id).version
        return fire(ctx, workflow, case_id, name, data, version=version).state


__all__ = ["GRANTED", "REQUEST", "SITE", "OfferedSite", "SiteRequest", "move", "offered", "requested"]
