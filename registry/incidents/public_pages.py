"""Pages for people without an account: three screens of a report, its state by code, published incidents.

A form works without scripts. Screens one and three are sent; the second is an address, so that the way back works. The
token of the draft is in the address; its row and its photos in quarantine know its digest.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from flask import Response, current_app, g, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response as BaseResponse
from wtforms import SelectChoice

from registry.authz.actors import Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.files.storage import FileStore
from registry.incidents.codes import KIND_FACTS, IncidentKind
from registry.incidents.commands import FollowUp, SendReport, Whereabouts
from registry.incidents.drafts import left_out_of, lock_draft
from registry.incidents.forms import (
    OFFERED,
    DraftForm,
    MeTooForm,
    PhotoForm,
    ReopenForm,
    ReportForm,
    ReportPlaceForm,
)
from registry.incidents.limits import Topic
from registry.incidents.models import IncidentPhoto
from registry.incidents.photos import add_photos, photos_of_draft, published_photo
from registry.incidents.public_forms import (
    check_draft,
    has_ticket,
    is_dangerous_report,
    is_proved,
    is_worked,
    limits_of_app,
    photos_of_request,
    sender_of_request,
    topic_of,
    work_of,
)
from registry.incidents.queries import NearReport, PublicView, get_published, list_near
from registry.incidents.reporting import (
    OUTSIDE_PROVINCE,
    add_me_too,
    commune_of,
    draft_notice,
    reopen_report,
    reopening_problem_of,
    send_report,
    sent_code,
)
from registry.incidents.rules import is_draft, new_draft
from registry.kernel.base32 import grouped
from registry.kernel.dated_settings import setting
from registry.kernel.errors import Invalid
from registry.kernel.feature import ExtensionPoint
from registry.kernel.forms.answers import Page
from registry.kernel.forms.submit import submit
from registry.kernel.geo.coordinates import ParsedPosition, PositionRefused, parse_position
from registry.kernel.http.errors import html_errors
from registry.kernel.i18n import _
from registry.kernel.numbers import parse_id
from registry.kernel.services import Service
from registry.structures.writing.locate import acceptance_bounds, working_bounds
from registry.territory.queries import commune_choices

bp = GuardedBlueprint("report", __name__, errors=html_errors, url_prefix="/report")
#: The structure of a printed code: id and what its card shows; None for a code that is not valid.
LABEL_READER = ExtensionPoint[Callable[[Ctx, str], tuple[int, str] | None]]("incidents.label_reader")
#: The photos of reports.
STORE = Service[FileStore]("registry.incidents.store")
#: Photos of drafts are counted in bytes; their work follows from all messages and those of the network.
_PHOTOS: Final = Topic("", ())
#: Seconds from the request to the answer of a report; opening a case takes less.
_ANSWER_S: Final = 0.2
_MOST_ACCURACY: Final = 100_000
_CARRIED: Final = ("draft", "label", "at", "accuracy", "unit", "address")
_FILE_POLICY: Final = "default-src 'none'; frame-ancestors 'none'; sandbox"


@bp.get("", permission=P.PUBLIC)
def photo(ctx: Ctx) -> Page:
    """Screen one: photos; `label` is the code of a sticker. With a draft in the address, its photos are shown."""
    form = PhotoForm(formdata=None, draft=_draft(), label=request.args.get("label", "")[:60])
    return _photo_page(ctx, form)


@bp.post("/photo", permission=P.PUBLIC, endpoint="photo_post", costly=photos_of_request)
def photo_post(ctx: Ctx) -> Page:
    """Put photos into quarantine; without any the report goes on."""
    sender = sender_of_request()
    form = PhotoForm()
    check_draft(form)
    if photos_of_request() and not is_proved(ctx, form, _PHOTOS):
        return _photo_page(ctx, form), form.refusal_status
    done = submit(ctx, form, lambda: add_photos(ctx, _store(), form.draft.data, form.sent(), sender.network))
    if done is None:
        return _photo_page(ctx, form), form.refusal_status
    return redirect(url_for("report.place", draft=form.draft.data, label=form.label.data or None), code=303)


@bp.get("/place", permission=P.PUBLIC)
def place(ctx: Ctx) -> Page:
    """Screen two: the place; that of a photo is proposed."""
    form = _place_form(ctx)
    if not form.at.data:
        form.at.data = _place_of_photos(ctx, form.draft.data)
    return _place_page(ctx, form)


@bp.get("/kind", permission=P.PUBLIC)
def kind(ctx: Ctx) -> Page:
    """Screen three: what it is. 422 leads back to the place where it is not usable."""
    form = _place_form(ctx)
    where = _whereabouts(ctx, form)
    if where is None:
        return _place_page(ctx, form), Invalid.status
    carried = {name: form[name].data or "" for name in _CARRIED}
    return _report_page(ctx, ReportForm(formdata=None, data=carried), where)


@bp.post("/send", permission=P.PUBLIC)
def send(ctx: Ctx) -> Page:
    """Send the report. A dangerous one shows the emergency numbers first, one like others shows these; both go on."""
    g.report_begun = time.monotonic()
    form = ReportForm()
    check_draft(form)
    before = _sent_before(ctx, form)
    if before is not None:
        return before
    back = _place_form(ctx, form)
    where = _whereabouts(ctx, back)
    if where is None:
        return _place_page(ctx, back), form.refusal_status
    if not form.validate_on_submit():
        return _report_page(ctx, form, where), form.refusal_status
    incident_kind = IncidentKind(form.kind.data)
    topic = Topic(where.cell, (incident_kind.value,))
    # Danger is heard in any crowd, by program or not; without the work it only joins what its cell reported.
    is_dangerous = is_dangerous_report(form, incident_kind)
    has_worked = is_worked(ctx, form, topic)
    if not is_dangerous and not is_proved(ctx, form, topic):
        return _report_page(ctx, form, where), form.refusal_status
    pause = _pause(ctx, form, where, incident_kind)
    if pause is not None:
        return pause
    command = SendReport(
        draft=form.draft.data,
        where=where,
        kind=incident_kind,
        is_dangerous=form.danger.data == "yes",
        contact=form.contact(),
        is_unproved=is_dangerous and not has_worked and not has_ticket(ctx, form, topic),
        **form.texts(),
    )
    code = submit(ctx, form, lambda: send_report(ctx, _secret(), command))
    _answer_evenly(ctx)
    if code is not None and not command.is_unproved:
        limits_of_app().count(ctx, sender_of_request(), topic)
    return _refused_report(ctx, form, back, where) if code is None else _taken(code)


def _refused_report(ctx: Ctx, form: ReportForm, back: ReportPlaceForm, where: Whereabouts) -> Page:
    """The screen whose fields were refused."""
    of_place = ("at", "unit", "address")
    for name in of_place:
        back[name].errors = list(form[name].errors)
    is_of_place = any(back[name].errors for name in of_place)
    return (_place_page(ctx, back) if is_of_place else _report_page(ctx, form, where)), form.refusal_status


@bp.get("/incidents/<number>", permission=P.PUBLIC)
def incident(ctx: Ctx, number: str) -> str:
    """A published incident: kind, state, age, cleared photos; for who may have met the same one."""
    return _incident_page(ctx, get_published(ctx, number))


@bp.post("/incidents/<number>/me-too", permission=P.PUBLIC)
def me_too(ctx: Ctx, number: str) -> Page:
    """Follow a published incident."""
    view, form = get_published(ctx, number), MeTooForm()
    check_draft(form)
    before = _sent_before(ctx, form)
    if before is not None:
        return before
    topic = topic_of(view)
    if not is_proved(ctx, form, topic):
        return _incident_page(ctx, view, form), form.refusal_status
    code = submit(ctx, form, lambda: add_me_too(ctx, _secret(), view.incident_id, form.to_command()))
    if code is None:
        return _incident_page(ctx, view, form), form.refusal_status
    limits_of_app().count(ctx, sender_of_request(), topic)
    return _taken(code)


@bp.post("/incidents/<number>/reopen", permission=P.PUBLIC, endpoint="reopen_published", costly=photos_of_request)
def reopen_published(ctx: Ctx, number: str) -> Page:
    """The same as with a code, for anyone who stands there."""
    view = get_published(ctx, number)
    return reopened(ctx, view, lambda form: _incident_page(ctx, view, reopening=form))


@bp.get("/photos/<int:photo_id>", permission=P.PUBLIC)
def picture(ctx: Ctx, photo_id: int) -> Response:
    """A cleared photo of a published incident."""
    photo_row = published_photo(ctx, photo_id)
    return serve_photo(_store(), photo_row, photo_row.cleared_name or "")


def serve_photo(store: FileStore, photo: IncidentPhoto, name: str) -> Response:
    """A stored photo, which runs and loads nothing."""
    response = send_file(store.path(name), mimetype=photo.media_type, etag=False, conditional=False, max_age=0)
    response.headers["Content-Security-Policy"] = _FILE_POLICY
    response.headers["Cache-Control"] = "no-store"
    return response


def reopened(ctx: Ctx, view: PublicView, page: Callable[[ReopenForm], str]) -> Page:
    """Reopen an incident with a photo; `page` shows the form again where it was refused."""
    form = ReopenForm()
    check_draft(form)
    before = _sent_before(ctx, form)
    if before is not None:
        return before
    topic = topic_of(view)
    if not is_proved(ctx, form, topic):
        return page(form), form.refusal_status
    command = FollowUp(draft=form.draft.data, text=form.text.data)

    def run() -> str:
        lock_draft(ctx, form.draft.data)
        sent = sent_code(ctx, _secret(), form.draft.data)
        if sent is not None:
            return sent
        add_photos(ctx, _store(), form.draft.data, form.sent(), sender_of_request().network)
        return reopen_report(ctx, _secret(), view.incident_id, command)

    incident_id = submit(ctx, form, run)
    if incident_id is None:
        return page(form), form.refusal_status
    limits_of_app().count(ctx, sender_of_request(), topic)
    return _taken(incident_id)


def _answer_evenly(ctx: Ctx) -> None:
    """Answer a report after the same time whether it opened a case or joined one; nothing is held meanwhile."""
    begun = g.report_begun
    ctx.after_commit.append(lambda: time.sleep(max(0.0, begun + _ANSWER_S - time.monotonic())))


def _sent_before(ctx: Ctx, form: DraftForm) -> BaseResponse | None:
    """The answer to a form whose draft became a report already: the same as the first time, and nothing is counted."""
    code = sent_code(ctx, _secret(), form.draft.data)
    return None if code is None else _taken(code)


def _taken(code: str) -> BaseResponse:
    return redirect(url_for("report.status", code=grouped(code), new=1), code=303)


def _pause(ctx: Ctx, form: ReportForm, where: Whereabouts, incident_kind: IncidentKind) -> str | None:
    """The page that is shown once before a report is taken; None where there is nothing to show."""
    is_dangerous = is_dangerous_report(form, incident_kind)
    warning = is_dangerous and not form.warned.data
    near = [] if form.compared.data == incident_kind.value else _near(ctx, where, incident_kind) or []
    if not warning and not near:
        return None
    form.warned.data = "1" if is_dangerous else form.warned.data
    form.compared.data = incident_kind.value
    return render_template(
        "incidents/report_check.html",
        form=form,
        warning=warning,
        near=near,
        emergency=setting(ctx.session, "incident.emergency", ctx.today),
        is_hazard=KIND_FACTS[incident_kind].is_hazard,
    )


def _photo_page(ctx: Ctx, form: PhotoForm) -> str:
    return render_template(
        "incidents/report_photo.html",
        form=form,
        draft_notice=draft_notice(ctx, _secret(), request.args.get("draft", "")[:100]),
        kept=photos_of_draft(ctx, form.draft.data or ""),
        left_out=left_out_of(ctx, form.draft.data or ""),
        structure=_structure_label(ctx, form.label.data),
        most=setting(ctx.session, "incident.quota", ctx.today)["photos"],
        emergency=setting(ctx.session, "incident.emergency", ctx.today),
        **work_of(ctx, form),
    )


def _place_page(ctx: Ctx, form: ReportPlaceForm) -> str:
    return render_template(
        "incidents/report_place.html",
        form=form,
        draft_notice=draft_notice(ctx, _secret(), request.args.get("draft", "")[:100]),
        bounds=working_bounds(ctx),
        left_out=left_out_of(ctx, form.draft.data or ""),
        structure=_structure_label(ctx, form.label.data),
    )


def _report_page(ctx: Ctx, form: ReportForm, where: Whereabouts) -> str:
    return render_template(
        "incidents/report_kind.html",
        form=form,
        draft_notice=draft_notice(ctx, _secret(), request.args.get("draft", "")[:100]),
        near=_near(ctx, where),
        structure=_structure_label(ctx, form.label.data),
        kept=photos_of_draft(ctx, form.draft.data or ""),
        left_out=left_out_of(ctx, form.draft.data or ""),
        days=setting(ctx.session, "incident.contact_days", ctx.today),
        **work_of(ctx, form, Topic(where.cell, [kind.value for kind in OFFERED])),
    )


def _incident_page(
    ctx: Ctx, view: PublicView, form: MeTooForm | None = None, reopening: ReopenForm | None = None
) -> str:
    draft = new_draft()
    shown = form or MeTooForm(formdata=None, draft=draft)
    return render_template(
        "incidents/published.html",
        view=view,
        form=shown,
        reopening=reopening or ReopenForm(formdata=None, draft=draft),
        problem=reopening_problem_of(ctx, view.incident_id),
        days=setting(ctx.session, "incident.contact_days", ctx.today),
        **work_of(ctx, reopening or shown, topic_of(view)),
    )


def _draft() -> str:
    draft = request.args.get("draft", "")
    return draft if is_draft(draft) else new_draft()


def _place_form(ctx: Ctx, sent: ReportForm | None = None) -> ReportPlaceForm:
    carried = {name: sent[name].data for name in _CARRIED} if sent is not None else request.args.to_dict()
    form = ReportPlaceForm(formdata=None, data={name: str(carried.get(name) or "")[:300] for name in _CARRIED})
    if not is_draft(form.draft.data):
        form.draft.data = new_draft()
    communes = (SelectChoice(str(number), name) for number, name in commune_choices(ctx.session, ctx.today))
    form.unit.choices = [SelectChoice("", _("Chọn xã, phường")), *communes]
    return form


def _whereabouts(ctx: Ctx, form: ReportPlaceForm) -> Whereabouts | None:
    """What the second screen says; None with its errors where it says nothing usable."""
    position: ParsedPosition | None = None
    form.at.errors, form.unit.errors = [], []
    structure = _structure_of(ctx, form.label.data)
    if (form.at.data or "").strip():
        try:
            position = _read_place(ctx, form.at.data)
        except PositionRefused as refused:
            form.at.errors = [refused.message]
            return None
    unit_id = parse_id(form.unit.data)
    if position is None and unit_id is None and structure is None:
        form.at.errors = [_("Chưa có vị trí; hãy lấy vị trí của điện thoại, chọn trên bản đồ, hoặc chọn xã, phường.")]
        return None
    return Whereabouts(
        structure_id=structure[0] if structure else None,
        place=position,
        accuracy_m=_accuracy(form.accuracy.data),
        unit_id=unit_id,
        address=(form.address.data or "").strip() or None,
    )


def _read_place(ctx: Ctx, text: str) -> ParsedPosition:
    """The typed position; PositionRefused for one outside the province."""
    position = parse_position(text, "auto", bounds=acceptance_bounds(ctx.session, ctx.today))
    if commune_of(ctx, position) is None:
        raise PositionRefused(str(OUTSIDE_PROVINCE))
    return position


def _accuracy(text: str | None) -> float | None:
    with suppress(ValueError):
        metres = float((text or "").replace(",", "."))
        return round(metres, 1) if 0 <= metres <= _MOST_ACCURACY else None
    return None


def _near(ctx: Ctx, where: Whereabouts, kind: IncidentKind | None = None) -> list[NearReport] | None:
    """The near reports; None where too many were asked for today."""
    position = (where.place.lon, where.place.lat) if where.place else None
    if position is None and where.structure_id is None:
        return []
    return (
        list_near(ctx, position=position, structure_id=where.structure_id, kind=kind)
        if limits_of_app().may_ask(ctx, sender_of_request())
        else None
    )


def _place_of_photos(ctx: Ctx, draft: str) -> str:
    """The position that the camera wrote into a photo of this draft; "" without one."""
    located = next((photo for photo in photos_of_draft(ctx, draft) if photo.lon is not None), None)
    return f"{located.lat:.6f}, {located.lon:.6f}" if located is not None else ""


def _structure_of(ctx: Ctx, label: str | None) -> tuple[int, str] | None:
    reader = LABEL_READER.only()
    return reader(ctx, label) if reader is not None and label else None


def _structure_label(ctx: Ctx, label: str | None) -> str:
    labelled = _structure_of(ctx, label)
    return labelled[1] if labelled is not None else ""


def _store() -> FileStore:
    return STORE.current()


def _secret() -> str:
    return str(current_app.config["SECRET_KEY"])
