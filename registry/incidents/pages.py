"""Pages of incidents for officials, responsible organisations and tenants; the clearing of photos."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Response as FlaskResponse
from flask import redirect, render_template, url_for

from registry.accounts.rules import format_phone
from registry.authz.actors import Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.authz.scopes import require
from registry.files.queries import list_files
from registry.files.storage import FileStore
from registry.incidents.codes import SATISFACTION
from registry.incidents.forms import ClearForm
from registry.incidents.list_view import INCIDENTS
from registry.incidents.models import Incident, IncidentPhoto, IncidentReport
from registry.incidents.photos import COLUMNS, ROWS, case_of_photo
from registry.incidents.public_pages import STORE, serve_photo
from registry.incidents.queries import get_incident, list_on_structure, list_reports, rights_to, view_incident
from registry.incidents.service import decide_photo, note_reading
from registry.incidents.workflow import INCIDENT, SERVED
from registry.kernel.errors import NotFound
from registry.kernel.fields import labels_of
from registry.kernel.forms.answers import Page, flash_done
from registry.kernel.forms.submit import submit
from registry.kernel.geo.coordinates import format_vn2000, format_wgs84
from registry.kernel.http.errors import html_errors
from registry.kernel.i18n import _
from registry.kernel.lists.page import list_page
from registry.structures.map.extent import place_map
from registry.structures.models import Structure
from registry.structures.pages.panels import Panel, case_entries
from registry.workflow.referrals import referral_outcomes
from registry.workflow.views import case_view

bp = GuardedBlueprint("incidents", __name__, errors=html_errors, url_prefix="/incidents")


@bp.get("", permission=P.INCIDENT_READ)
def index(ctx: Ctx) -> str:
    return render_template("incidents/list.html", listing=list_page(ctx, INCIDENTS))


@bp.get("/<int:case_id>", permission=P.INCIDENT_READ)
def detail(ctx: Ctx, case_id: int) -> str:
    """One incident. Tenants see kind, state and time; the responsible organisation what was served; authorities all."""
    case = get_incident(ctx, case_id)
    incident_view = view_incident(ctx, case)
    view = case_view(ctx, INCIDENT, case)
    if not incident_view.moderates:
        served = tuple(event for event in view.events if event["move"] in SERVED)
        view = replace(view, events=served if incident_view.follows else ())
    return render_template(
        "incidents/detail.html",
        case=case,
        seen=incident_view,
        view=view,
        steps=view.steps,
        place=(format_wgs84(*incident_view.place), *format_vn2000(*incident_view.place))
        if incident_view.place
        else None,
        place_map=place_map(*incident_view.place) if incident_view.place else None,
        findings=referral_outcomes(ctx, INCIDENT.code, case.id) if incident_view.moderates else [],
        links=list_files(ctx, INCIDENT.code, case.id) if incident_view.follows else [],
        subject_kind=INCIDENT.code,
        subject_id=case.id,
        can_add=False,
        shown_phone=format_phone,
        labels=labels_of(Incident),
        levels=SATISFACTION,
    )


@bp.get("/<int:case_id>/reporters", permission=P.INCIDENT_TRIAGE)
def reporters(ctx: Ctx, case_id: int) -> str:
    """Who reported it, as far as they said; each look is noted."""
    case = _moderated(ctx, case_id)
    note_reading(ctx, case)
    return render_template(
        "incidents/reporters.html",
        case=case,
        reports=list_reports(ctx, case.id),
        labels=labels_of(IncidentReport),
        shown_phone=format_phone,
    )


@bp.get("/photos/<int:photo_id>", permission=P.INCIDENT_READ)
def photo(ctx: Ctx, photo_id: int) -> FlaskResponse:
    """A reported photo: as it came for moderators, the cleared copy for the responsible organisation."""
    photo_row, case_id = case_of_photo(ctx, photo_id)
    rights = rights_to(ctx, get_incident(ctx, case_id))
    name = photo_row.stored_name if rights.moderates else photo_row.cleared_name if rights.follows else None
    if name is None:
        raise NotFound
    return serve_photo(_store(), photo_row, name)


@bp.get("/photos/<int:photo_id>/clear", permission=P.INCIDENT_TRIAGE)
def clear(ctx: Ctx, photo_id: int) -> str:
    """Look at a photo, choose the cells to blacken, and decide."""
    photo_row, case = _photo(ctx, photo_id)
    return _clear_page(photo_row, case, ClearForm(formdata=None))


@bp.post("/photos/<int:photo_id>/clear", permission=P.INCIDENT_TRIAGE, endpoint="clear_post")
def clear_post(ctx: Ctx, photo_id: int) -> Page:
    photo_row, case = _photo(ctx, photo_id)
    form = ClearForm()
    done = submit(ctx, form, lambda: _decided(ctx, photo_row, case, form))
    if done is None:
        return _clear_page(photo_row, case, form), form.refusal_status
    flash_done(ctx, _("Đã lưu kết quả kiểm duyệt ảnh."))
    return redirect(url_for("incidents.detail", case_id=case.id, _anchor="photos"), code=303)


def _decided(ctx: Ctx, photo: IncidentPhoto, case: Incident, form: ClearForm) -> bool:
    cells = {int(cell) for cell in form.cells.data or []}
    decide_photo(ctx, _store(), photo, case, cells if form.decision.data == "clear" else None)
    return True


def _clear_page(photo: IncidentPhoto, case: Incident, form: ClearForm) -> str:
    return render_template(
        "incidents/clear.html", photo=photo, case=case, form=form, columns=COLUMNS, rows=ROWS, cells=COLUMNS * ROWS
    )


def _photo(ctx: Ctx, photo_id: int) -> tuple[IncidentPhoto, Incident]:
    photo_row, case_id = case_of_photo(ctx, photo_id)
    return photo_row, _moderated(ctx, case_id)


def _moderated(ctx: Ctx, case_id: int) -> Incident:
    case = get_incident(ctx, case_id)
    require(ctx, P.INCIDENT_TRIAGE, case)
    return case


def _store() -> FileStore:
    return STORE.current()


def incidents_panel(ctx: Ctx, structure: Structure) -> Panel | None:
    """The newest visible incidents on a structure; None without any."""
    incidents = list_on_structure(ctx, structure.id)
    if not incidents:
        return None
    data: dict[str, Any] = {"incidents": incidents, "incident_tones": INCIDENT.tones}
    return Panel("incidents", "incidents/panel.html", data, entries=case_entries("incidents.detail", incidents))
