"""Pages of notices before building: list, one notice, the form, on the page of a structure."""

from __future__ import annotations

from typing import Any

from flask import render_template

from registry.authz.actors import Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.authz.scopes import holds
from registry.building_notices.forms import NoticeForm
from registry.building_notices.list_view import NOTICES
from registry.building_notices.models import BuildingNotice
from registry.building_notices.queries import get_notice, names_of, notices_of_structure, verdict_of_notice
from registry.building_notices.service import send_notice
from registry.building_notices.workflow import BUILDING_NOTICE
from registry.files.pages import STORE, files_part
from registry.files.service import add_file
from registry.infra_plans.codes import VERDICT_TONES
from registry.joint_builds.queries import ended_builds
from registry.kernel.errors import errors_at
from registry.kernel.forms.answers import Page, go
from registry.kernel.forms.submit import submit
from registry.kernel.geo.coordinates import ParsedPosition
from registry.kernel.http.errors import html_errors
from registry.kernel.i18n import _
from registry.kernel.lists.page import list_page
from registry.structures.kinds import KINDS
from registry.structures.models import Structure
from registry.structures.pages.panels import Panel, case_entries
from registry.structures.writing.locate import acceptance_bounds, working_bounds
from registry.workflow.views import case_view

bp = GuardedBlueprint("building_notices", __name__, errors=html_errors, url_prefix="/building-notices")


@bp.get("", permission=P.BUILDING_NOTICE_READ)
def index(ctx: Ctx) -> str:
    may_send = holds(ctx.actor, P.BUILDING_NOTICE_SEND)
    return render_template("building_notices/list.html", listing=list_page(ctx, NOTICES), may_send=may_send)


@bp.get("/<int:case_id>", permission=P.BUILDING_NOTICE_READ)
def detail(ctx: Ctx, case_id: int) -> str:
    """One notice with its checklist and files."""
    case = get_notice(ctx, case_id)
    view = case_view(ctx, BUILDING_NOTICE, case)
    return render_template(
        "building_notices/detail.html",
        case=case,
        names=names_of(ctx, case),
        kind=KINDS[case.kind].label,
        computed=verdict_of_notice(ctx, case),
        verdict_tones=VERDICT_TONES,
        view=view,
        steps=view.steps,
        **files_part(ctx, BUILDING_NOTICE.code, case.id),
    )


@bp.get("/new", permission=P.BUILDING_NOTICE_SEND)
def new(ctx: Ctx) -> str:
    return _form_page(ctx, NoticeForm(formdata=None))


@bp.post("/new", permission=P.BUILDING_NOTICE_SEND)
def create(ctx: Ctx) -> Page:
    """Send a notice with its files; a refusal keeps what was typed."""
    form = NoticeForm()
    position = form.read_point(acceptance_bounds(ctx.session, ctx.today))
    if position is None:
        return _form_page(ctx, form), form.refusal_status
    notice = submit(ctx, form, lambda: _sent(ctx, form, position))
    if notice is None:
        return _form_page(ctx, form), form.refusal_status
    return go(ctx, "building_notices.detail", _("Đã gửi %(number)s.", number=notice.number), case_id=notice.id)


def _sent(ctx: Ctx, form: Any, position: ParsedPosition) -> BuildingNotice:
    notice = send_notice(ctx, form.to_command(position))
    with errors_at("files"):
        for sent in form.sent_files(notice.id):
            add_file(ctx, STORE.current(), sent)
    return notice


def _form_page(ctx: Ctx, form: Any) -> str:
    form.offer(ended_builds(ctx))
    return render_template("building_notices/form.html", form=form, bounds=working_bounds(ctx))


def notices_panel(ctx: Ctx, structure: Structure) -> Panel | None:
    """The notices of a structure; None where there is none."""
    if not holds(ctx.actor, P.BUILDING_NOTICE_READ):
        return None
    notices = notices_of_structure(ctx, structure.id)
    if not notices:
        return None
    data = {"building_notices": notices, "building_notice_tones": BUILDING_NOTICE.tones}
    entries = case_entries("building_notices.detail", notices)
    return Panel("building_notices", "building_notices/panel.html", data, entries=entries)
