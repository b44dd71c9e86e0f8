"""Pages of offered sites and of requests for them."""

from __future__ import annotations

from typing import Any

from flask import Response as FlaskResponse
from flask import render_template

from registry.accounts.queries import short_name_of
from registry.authz.actors import Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.authz.scopes import holds
from registry.files.pages import STORE, files_part
from registry.files.service import add_file
from registry.kernel.errors import Invalid, errors_at
from registry.kernel.forms.answers import Page, go
from registry.kernel.forms.submit import submit
from registry.kernel.geo.bounds import widened
from registry.kernel.geo.coordinates import ParsedPosition
from registry.kernel.http.errors import html_errors
from registry.kernel.http.map_data import pack_tile, tile_response
from registry.kernel.i18n import _
from registry.kernel.lists.page import list_page
from registry.offered_sites.codes import REQUEST_TONES, OfferedSiteState
from registry.offered_sites.forms import SiteForm, SiteRequestForm, to_request
from registry.offered_sites.list_view import REQUESTS, SITES
from registry.offered_sites.map import tile
from registry.offered_sites.models import OfferedSite
from registry.offered_sites.queries import (
    figures_by_office,
    get_request,
    get_site,
    requests_for,
)
from registry.offered_sites.service import offer_site, request_site
from registry.offered_sites.workflow import REQUEST, SITE
from registry.structures.positions.points import lon_lat_of
from registry.structures.writing.locate import acceptance_bounds, working_bounds
from registry.territory.queries import unit_names
from registry.workflow.views import case_view

bp = GuardedBlueprint("offered_sites", __name__, errors=html_errors, url_prefix="/offered-sites")
requests_bp = GuardedBlueprint("site_requests", __name__, errors=html_errors, url_prefix="/site-requests")
#: Degrees around a site on its map, about 500 m.
_MARGIN = 0.005


@bp.get("", permission=P.OFFERED_SITE_READ)
def index(ctx: Ctx) -> str:
    return render_template(
        "offered_sites/list.html",
        listing=list_page(ctx, SITES),
        may_keep=holds(ctx.actor, P.OFFERED_SITE_KEEP),
        may_follow=holds(ctx.actor, P.SITE_REQUEST_READ),
    )


@bp.get("/<int:case_id>", permission=P.OFFERED_SITE_READ)
def detail(ctx: Ctx, case_id: int) -> str:
    """One site with its terms, papers and the requests that the reader sees."""
    case = get_site(ctx, case_id)
    view = case_view(ctx, SITE, case)
    lon, lat = lon_lat_of(ctx.session, case)
    return render_template(
        "offered_sites/detail.html",
        case=case,
        view=view,
        steps=view.steps,
        office=short_name_of(ctx.session, case.organisation_id),
        unit=unit_names(ctx.session, {case.unit_id}).get(case.unit_id),
        requests=requests_for(ctx, case),
        request_tones=REQUEST_TONES,
        may_request=holds(ctx.actor, P.SITE_REQUEST_SEND) and case.state is OfferedSiteState.OFFERED,
        point=[lon, lat],
        bounds=widened([lon, lat, lon, lat], _MARGIN),
        **files_part(ctx, SITE.code, case.id),
    )


@bp.get("/new", permission=P.OFFERED_SITE_KEEP)
def new(ctx: Ctx) -> str:
    return _form_page(ctx, SiteForm(formdata=None))


@bp.post("/new", permission=P.OFFERED_SITE_KEEP)
def create(ctx: Ctx) -> Page:
    """Offer a site with its papers; a refusal keeps what was typed."""
    form = SiteForm()
    position = form.read_point(acceptance_bounds(ctx.session, ctx.today))
    if position is None:
        return _form_page(ctx, form), form.refusal_status
    site = submit(ctx, form, lambda: _offered(ctx, form, position))
    if site is None:
        return _form_page(ctx, form), form.refusal_status
    return go(ctx, "offered_sites.detail", _("Đã ghi %(number)s.", number=site.number), case_id=site.id)


@bp.get("/figures", permission=P.SITE_REQUEST_READ)
def figures(ctx: Ctx) -> str:
    """Days from request to answer by office and year; of the requests that the reader sees."""
    return render_template("offered_sites/figures.html", rows=figures_by_office(ctx), now=ctx.now)


@bp.get("/<int:case_id>/request", permission=P.SITE_REQUEST_SEND)
def ask(ctx: Ctx, case_id: int) -> str:
    return _ask_page(SiteRequestForm(formdata=None), get_site(ctx, case_id))


@bp.post("/<int:case_id>/request", permission=P.SITE_REQUEST_SEND)
def send(ctx: Ctx, case_id: int) -> Page:
    """Send a request; a refusal keeps what was typed."""
    site = get_site(ctx, case_id)
    form = SiteRequestForm()
    request = submit(ctx, form, lambda: request_site(ctx, to_request(form, site.id)))
    if request is None:
        return _ask_page(form, site), form.refusal_status
    return go(
        ctx, "site_requests.detail_of_request", _("Đã gửi %(number)s.", number=request.number), case_id=request.id
    )


@bp.get("/tiles/<int:zoom>/<int:x>/<int:y>.mvt", permission=P.OFFERED_SITE_READ)
def tile_of(ctx: Ctx, zoom: int, x: int, y: int) -> FlaskResponse:
    return tile_response(pack_tile(tile(ctx, zoom, x, y)))


@requests_bp.get("", permission=P.SITE_REQUEST_READ)
def index_of_requests(ctx: Ctx) -> str:
    return render_template("lists/list.html", listing=list_page(ctx, REQUESTS))


@requests_bp.get("/<int:case_id>", permission=P.SITE_REQUEST_READ)
def detail_of_request(ctx: Ctx, case_id: int) -> str:
    """One request with its answer."""
    case = get_request(ctx, case_id)
    view = case_view(ctx, REQUEST, case)
    return render_template(
        "offered_sites/request.html",
        case=case,
        view=view,
        steps=view.steps,
        site=get_site(ctx, case.site_id),
        asker=short_name_of(ctx.session, case.organisation_id),
        office=short_name_of(ctx.session, case.office_id),
        **files_part(ctx, REQUEST.code, case.id),
    )


def _offered(ctx: Ctx, form: Any, position: ParsedPosition) -> OfferedSite:
    if not form.files.data:
        raise Invalid({"files": _("Chưa chọn tệp văn bản cho phép.")})
    site = offer_site(ctx, form.to_command(position))
    with errors_at("files"):
        for file in form.sent_files(site.id):
            add_file(ctx, STORE.current(), file)
    return site


def _form_page(ctx: Ctx, form: Any) -> str:
    return render_template("offered_sites/form.html", form=form, bounds=working_bounds(ctx))


def _ask_page(form: Any, site: OfferedSite) -> str:
    return render_template("offered_sites/ask.html", form=form, site=site)
