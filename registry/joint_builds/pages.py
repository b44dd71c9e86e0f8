"""Pages of joint building: announcements, one of them, its form, registrations, on the page of a structure."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from flask import Response as FlaskResponse
from flask import render_template

from registry.accounts.queries import short_name_of
from registry.authz.actors import Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.authz.scopes import holds
from registry.files.pages import STORE, files_part
from registry.files.service import add_file
from registry.joint_builds.codes import INTEREST_TONES, UNDECIDED, JointInterestState
from registry.joint_builds.forms import JointBuildForm
from registry.joint_builds.interest_workflow import INTEREST
from registry.joint_builds.list_view import BUILDS, INTERESTS
from registry.joint_builds.map import tile
from registry.joint_builds.models import JointBuild, JointInterest
from registry.joint_builds.queries import (
    builds_of_structure,
    get_build,
    get_interest,
    interests_in,
    names_of,
)
from registry.joint_builds.service import announce_build, default_last_day, take_part
from registry.joint_builds.workflow import BUILD
from registry.kernel.errors import errors_at
from registry.kernel.forms.answers import Page, go
from registry.kernel.forms.base import BaseForm
from registry.kernel.forms.submit import submit
from registry.kernel.geo.bounds import widened
from registry.kernel.geo.coordinates import ParsedPosition
from registry.kernel.http.errors import html_errors
from registry.kernel.http.map_data import pack_tile, tile_response
from registry.kernel.i18n import _, typed_date
from registry.kernel.lists.page import list_page
from registry.structures.kinds import KINDS
from registry.structures.models import Structure
from registry.structures.pages.panels import Panel, case_entries
from registry.structures.positions.points import lon_lat_of
from registry.structures.writing.locate import acceptance_bounds, working_bounds
from registry.workflow.views import case_view

bp = GuardedBlueprint("joint_builds", __name__, errors=html_errors, url_prefix="/joint-builds")
interests_bp = GuardedBlueprint("joint_interests", __name__, errors=html_errors, url_prefix="/joint-interests")
#: Degrees around a place on its map, about 500 m.
_MARGIN: Final = 0.005


@bp.get("", permission=P.JOINT_BUILD_READ)
def index(ctx: Ctx) -> str:
    return render_template(
        "joint_builds/list.html",
        listing=list_page(ctx, BUILDS),
        may_announce=holds(ctx.actor, P.JOINT_BUILD_ANNOUNCE),
        may_follow=holds(ctx.actor, P.JOINT_INTEREST_READ),
    )


@bp.get("/<int:case_id>", permission=P.JOINT_BUILD_READ)
def detail(ctx: Ctx, case_id: int) -> str:
    return _build_page(ctx, get_build(ctx, case_id))


@bp.get("/new", permission=P.JOINT_BUILD_ANNOUNCE)
def new(ctx: Ctx) -> str:
    return _form_page(ctx, JointBuildForm(formdata=None, data={"closes_on": typed_date(default_last_day(ctx))}))


@bp.post("/new", permission=P.JOINT_BUILD_ANNOUNCE)
def create(ctx: Ctx) -> Page:
    """Announce a structure with its files; a refusal keeps what was typed."""
    form = JointBuildForm()
    position = form.read_point(acceptance_bounds(ctx.session, ctx.today))
    if position is None:
        return _form_page(ctx, form), form.refusal_status
    build = submit(ctx, form, lambda: _announced(ctx, form, position))
    if build is None:
        return _form_page(ctx, form), form.refusal_status
    return go(ctx, "joint_builds.detail", _("Đã thông báo %(number)s.", number=build.number), case_id=build.id)


@bp.post("/<int:case_id>/interest", permission=P.JOINT_INTEREST_STATE)
def join(ctx: Ctx, case_id: int) -> Page:
    """Open the registration of an organisation that was not asked, and lead to it."""
    build, form = get_build(ctx, case_id), BaseForm()
    interest = submit(ctx, form, lambda: take_part(ctx, build.id))
    if interest is None:
        return _build_page(ctx, build, form), form.refusal_status
    return go(ctx, "joint_interests.detail_of_interest", "", case_id=interest.id)


@bp.get("/tiles/<int:zoom>/<int:x>/<int:y>.mvt", permission=P.JOINT_BUILD_READ)
def tile_of(ctx: Ctx, zoom: int, x: int, y: int) -> FlaskResponse:
    return tile_response(pack_tile(tile(ctx, zoom, x, y)))


@interests_bp.get("", permission=P.JOINT_INTEREST_READ)
def index_of_interests(ctx: Ctx) -> str:
    return render_template("lists/list.html", listing=list_page(ctx, INTERESTS))


@interests_bp.get("/<int:case_id>", permission=P.JOINT_INTEREST_READ)
def detail_of_interest(ctx: Ctx, case_id: int) -> str:
    """One registration with its answer."""
    case = get_interest(ctx, case_id)
    view = case_view(ctx, INTEREST, case)
    build = get_build(ctx, case.build_id)
    return render_template(
        "joint_builds/interest.html",
        case=case,
        view=view,
        steps=view.steps,
        build=build,
        kind=KINDS[build.kind].label,
        asked=short_name_of(ctx.session, case.organisation_id),
        announcer=short_name_of(ctx.session, case.announcer_id),
        answers_from=case.closes_on + timedelta(days=1) if _answers_later(ctx, case) else None,
        **files_part(ctx, INTEREST.code, case.id),
    )


def _answers_later(ctx: Ctx, case: JointInterest) -> bool:
    """Whether the reader is to answer, and the window is open still."""
    is_announcer = case.announcer_id in ctx.actor.organisation_ids
    return is_announcer and case.state is JointInterestState.STATED and case.closes_on >= ctx.today


def builds_panel(ctx: Ctx, structure: Structure) -> Panel | None:
    """The announcement that a structure was built by; None where there is none."""
    if not holds(ctx.actor, P.JOINT_BUILD_READ):
        return None
    builds = builds_of_structure(ctx, structure.id)
    if not builds:
        return None
    data = {"joint_builds": builds, "joint_build_tones": BUILD.tones}
    return Panel("joint_builds", "joint_builds/panel.html", data, entries=case_entries("joint_builds.detail", builds))


def _announced(ctx: Ctx, form: Any, position: ParsedPosition) -> JointBuild:
    build = announce_build(ctx, form.to_command(position))
    with errors_at("files"):
        for sent in form.sent_files(build.id):
            add_file(ctx, STORE.current(), sent)
    return build


def _build_page(ctx: Ctx, case: JointBuild, join_form: BaseForm | None = None) -> str:
    """One announcement with the registrations that the reader may know."""
    view = case_view(ctx, BUILD, case)
    interests = interests_in(ctx, case)
    own = ctx.actor.organisation_ids
    lon, lat = lon_lat_of(ctx.session, case)
    states = [row.JointInterest.state for row in interests]
    return render_template(
        "joint_builds/detail.html",
        case=case,
        view=view,
        steps=view.steps,
        names=names_of(ctx, case),
        kind=KINDS[case.kind].label,
        interests=interests,
        interest_tones=INTEREST_TONES,
        counts=[
            (state.label, states.count(state))
            for state in (JointInterestState.AGREED, JointInterestState.STATED, JointInterestState.SILENT)
        ],
        waiting=[row.JointInterest for row in interests if row.JointInterest.state is JointInterestState.STATED],
        own=next((row.JointInterest for row in interests if row.JointInterest.organisation_id in own), None),
        is_own=case.organisation_id in own,
        may_join=holds(ctx.actor, P.JOINT_INTEREST_STATE) and case.state in UNDECIDED,
        join_form=join_form,
        point=[lon, lat],
        bounds=widened([lon, lat, lon, lat], _MARGIN),
        **files_part(ctx, BUILD.code, case.id),
    )


def _form_page(ctx: Ctx, form: Any) -> str:
    form.offer(ctx.today)
    return render_template("joint_builds/form.html", form=form, bounds=working_bounds(ctx))
