"""Pages of violations: list, mobile form, detail, corrections, catalogue of acts; the panel of a structure."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from http import HTTPStatus
from typing import Final

from flask import Response as FlaskResponse
from flask import jsonify, redirect, render_template, request, url_for

from registry.authz.actors import Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.authz.scopes import allowed, holds, require
from registry.files.pages import STORE
from registry.files.queries import list_files
from registry.files.questions import ask_once
from registry.files.service import add_photo
from registry.kernel.clock import local_date
from registry.kernel.fields import day_in, labels_of
from registry.kernel.forms.answers import Page, flash_done
from registry.kernel.forms.submit import submit
from registry.kernel.geo.coordinates import (
    ParsedPosition,
    PositionRefused,
    System,
    format_vn2000,
    format_wgs84,
    parse_position,
)
from registry.kernel.http.errors import html_errors
from registry.kernel.http.map_data import pack_tile, tile_response
from registry.kernel.i18n import _, _n
from registry.kernel.i18n.stored import stored_text
from registry.kernel.lists.page import list_page
from registry.structures.map.extent import place_map
from registry.structures.map.page import describe_position
from registry.structures.models import Structure
from registry.structures.pages.panels import Panel, case_entries
from registry.structures.positions.input import as_point
from registry.structures.writing.locate import acceptance_bounds, working_bounds
from registry.violations.acts import further_acts, list_group
from registry.violations.codes import Offender
from registry.violations.evidence import photo_remarks, used_photos
from registry.violations.forms import (
    FactsForm,
    LogForm,
    as_typed,
    fill_kinds,
    fill_organisations,
    fill_structures,
    fill_usual,
    photo_of,
    structure_options,
)
from registry.violations.known_facts import rules_broken
from registry.violations.law import case_law, permit_regime_on
from registry.violations.list_view import VIOLATIONS
from registry.violations.location import (
    NearbyViolation,
    describe_area,
    describe_nearby,
    list_crossed_units,
    list_nearby,
    list_nearby_of_others,
    position_of,
    show_nearby_structures,
)
from registry.violations.map import CODE as LAYER_CODE
from registry.violations.map import tile
from registry.violations.models import Violation, ViolationKind
from registry.violations.queries import (
    acts_of_office,
    close_acts,
    get_violation,
    kind_code,
    list_competence,
    list_earlier_decisions,
    list_kinds,
    list_on_structure,
    list_possible_offenders,
    structure_code_of,
    usual_acts,
    view_violation,
)
from registry.violations.rules import (
    format_fine_range,
    format_found,
    format_remedies,
    is_outdated_without_range,
    law_day,
)
from registry.violations.served import served_events
from registry.violations.service import EDITABLE, check_editable, edit_violation, log_violation
from registry.violations.term_texts import term_texts
from registry.violations.workflow import VIOLATION
from registry.violations.workflow.enforcing import interest_on
from registry.violations.workflow.terms import complaint_due, decision_due, execution_end, payment_due
from registry.workflow.referrals import referral_origin
from registry.workflow.views import case_view

bp = GuardedBlueprint("violations", __name__, errors=html_errors)
#: Zoom of the map of a case, by whether its reader knows the place or its public cell.
_MAP_ZOOM: Final = {True: 17, False: 13}
_SYSTEMS: dict[str, System] = {"auto": "auto", "wgs84": "wgs84", "vn2000": "vn2000"}


@bp.get("/violations", permission=P.VIOLATION_READ)
def index(ctx: Ctx) -> str:
    may_log = holds(ctx.actor, P.VIOLATION_LOG)
    return render_template(
        "violations/list.html",
        listing=list_page(ctx, VIOLATIONS),
        may_log=may_log,
        may_decide=holds(ctx.actor, P.VIOLATION_DECIDE),
    )


@bp.get("/violations/tiles/<int:zoom>/<int:x>/<int:y>.mvt", permission=P.VIOLATION_READ)
def tile_of(ctx: Ctx, zoom: int, x: int, y: int) -> FlaskResponse:
    return tile_response(pack_tile(tile(ctx, zoom, x, y)))


@bp.get("/violations/<int:case_id>", permission=P.VIOLATION_READ)
def detail(ctx: Ctx, case_id: int) -> str:
    """One violation; the accused sees only what was served, not notes, suspects or photos."""
    case = get_violation(ctx, case_id)
    violation_view = view_violation(ctx, case)
    view = case_view(ctx, VIOLATION, case)
    handles = allowed(ctx, P.VIOLATION_HANDLE, case)
    links = list_files(ctx, VIOLATION.code, case.id) if violation_view.evidence else []
    if not violation_view.evidence:
        view = replace(view, events=served_events(ctx, case, view.events, knows_place=violation_view.knows_place))
    zoom = _MAP_ZOOM[bool(violation_view.knows_place)]
    return render_template(
        "violations/detail.html",
        case=case,
        seen=violation_view,
        view=view,
        origin=referral_origin(ctx, VIOLATION.code, case.id),
        steps=view.steps,
        place=(
            format_wgs84(violation_view.lon, violation_view.lat),
            *format_vn2000(violation_view.lon, violation_view.lat),
        ),
        place_map=place_map(violation_view.lon, violation_view.lat) if violation_view.knows_place else None,
        map_url=url_for(
            "structures.list",
            layer=LAYER_CODE,
            view="map",
            _anchor=f"map={zoom}/{violation_view.lat:.5f}/{violation_view.lon:.5f}",
        ),
        street_rules=rules_broken(ctx, case) if violation_view.knows_place else (),
        law=case_law(ctx, case),
        payment_due=payment_due(ctx, case),
        is_person=case.offender is Offender.INDIVIDUAL,
        interest=interest_on(ctx, case, ctx.today),
        execution_end=execution_end(ctx, case),
        complaint_due=complaint_due(ctx, case),
        decision_due=decision_due(ctx, case) if case.minutes_on and case.decision_on is None else None,
        found=format_found(case),
        explained=term_texts(ctx, case),
        acts=further_acts(ctx, case),
        group=list_group(ctx, case) if violation_view.evidence else (),
        earlier=list_earlier_decisions(ctx, case) if violation_view.evidence else (),
        today=ctx.today,
        fine=format_fine_range(case.kind),
        fine_words=format_fine_range,
        remedy_words=format_remedies,
        editable=case.state in EDITABLE and handles,
        **({name: partial(make, case.id) for name, make in _FILE_URLS.items()} if handles else {}),
        links=links,
        may_read_papers=allowed(ctx, P.VIOLATION_PAPERS, case),
        remarks=photo_remarks(ctx, case, links),
        crossed=list_crossed_units(ctx, case),
        labels=labels_of(Violation),
        subject_kind=VIOLATION.code,
        subject_id=case.id,
        can_add=False,
    )


@bp.get("/violations/new", permission=P.VIOLATION_LOG)
def log(ctx: Ctx) -> str:
    """The empty form; the query arguments `on` and `continuing` select the acts that it offers."""
    day = day_in(request.args.get("on", "")) or ctx.today
    form = LogForm(formdata=None, occurred_on=day, found_on=ctx.today)
    form.is_continuing.data = request.args.get("continuing") == "1"
    return _log_page(ctx, form, None)


@bp.post("/violations/new", permission=P.VIOLATION_LOG, endpoint="log_post")
def log_post(ctx: Ctx) -> Page:
    """Report a violation with photos; 422 keeps the typed values. Nearby violations are shown once before saving."""
    form = LogForm()
    _fill(ctx, form)
    position = form.read_point(acceptance_bounds(ctx.session, ctx.today))
    if position is None:
        return _log_page(ctx, form, None), form.refusal_status
    near = [] if form.was_compared() else _list_near(ctx, position.lon, position.lat)
    if near and form.validate_on_submit():
        return _log_page(ctx, form, position, near)
    violation = submit(ctx, form, lambda: _logged(ctx, form, position))
    if violation is None:
        return _log_page(ctx, form, position), form.refusal_status
    done = _("Đã tiếp nhận vi phạm %(number)s.", number=violation.number)
    flash_done(ctx, done)
    address = url_for("violations.detail", case_id=violation.id)
    if request.accept_mimetypes.best_match(("text/html", "application/json")) == "application/json":
        # field.mjs keeps the page with its photos until the server has confirmed them.
        answer: FlaskResponse = jsonify(location=address)
        answer.status_code, answer.headers["Location"] = HTTPStatus.CREATED, address
        return answer
    return redirect(address, code=303)


@bp.get("/violations/locate", permission=P.VIOLATION_LOG)
def locate(ctx: Ctx) -> FlaskResponse:
    """Position, nearby violations and structures for a typed text, as JSON (for picker.mjs)."""
    system = _SYSTEMS.get(request.args.get("system", "auto"), "auto")
    try:
        position = parse_position(
            request.args.get("text", ""), system, bounds=acceptance_bounds(ctx.session, ctx.today)
        )
    except PositionRefused as refused:
        return jsonify(error=refused.message, warnings=[])
    near = [
        {"text": describe_nearby(item)}
        | ({} if item.office else {"href": url_for("violations.detail", case_id=item.id)})
        for item in _list_near(ctx, position.lon, position.lat)
    ]
    structures = structure_options(show_nearby_structures(ctx, position.lon, position.lat))
    return jsonify(**describe_position(ctx, as_point(position)), near=near, structures=structures)


@bp.get("/violations/<int:case_id>/edit", permission=P.VIOLATION_HANDLE)
def edit(ctx: Ctx, case_id: int) -> str:
    case = get_violation(ctx, case_id)
    require(ctx, P.VIOLATION_HANDLE, case)
    check_editable(case)
    typed = as_typed(case, case.kind, structure_code_of(ctx, case))
    return _edit_page(ctx, case, FactsForm(formdata=None, data=typed))


@bp.post("/violations/<int:case_id>/edit", permission=P.VIOLATION_HANDLE, endpoint="edit_post")
def edit_post(ctx: Ctx, case_id: int) -> Page:
    """Save the facts; 422 and 409 (the case has changed) keep the typed values."""
    case, form = get_violation(ctx, case_id), FactsForm()
    require(ctx, P.VIOLATION_HANDLE, case)
    _fill_edit(ctx, case, form)
    saved = submit(ctx, form, lambda: edit_violation(ctx, form.to_edit(case_id)), current=case)
    if saved is None:
        return _edit_page(ctx, case, form), form.refusal_status
    flash_done(ctx, _("Đã lưu hồ sơ %(number)s.", number=saved.number))
    return redirect(url_for("violations.detail", case_id=case_id), code=303)


@bp.get("/violations/kinds", permission=P.VIOLATION_READ)
def kinds(ctx: Ctx) -> str:
    """The acts, fines and competences in force on a day."""
    typed = request.args.get("on", "")
    on = day_in(typed) or ctx.today
    return render_template(
        "violations/kinds.html",
        on=on,
        wrong=bool(typed.strip()) and day_in(typed) is None,
        kinds=list_kinds(ctx.session, on),
        powers=list_competence(ctx.session, on),
        regime=permit_regime_on(ctx.session, on),
        fine_words=format_fine_range,
        remedy_words=format_remedies,
        may_edit=holds(ctx.actor, P.SETTING_EDIT),
    )


def _list_near(ctx: Ctx, lon: float, lat: float) -> list[NearbyViolation]:
    """What may be the same act: cases that the actor reads, then those of other offices."""
    return [*list_nearby(ctx, lon, lat), *list_nearby_of_others(ctx, lon, lat)]


def _redact_url(case_id: int, attachment_id: int) -> str:
    return url_for("violation_photos.redact", case_id=case_id, attachment_id=attachment_id)


def _original_url(case_id: int, attachment_id: int) -> str:
    return url_for("violation_photos.original", case_id=case_id, attachment_id=attachment_id)


#: What the office that handles a case may do with its files.
_FILE_URLS: Final = {"redact_url": _redact_url, "original_url": _original_url}


def _logged(ctx: Ctx, form: LogForm, position: ParsedPosition) -> Violation:
    violation = log_violation(ctx, form.to_command(position))
    sent = form.sent_photos()
    # A refusal becomes an error of the form field of the photo.
    added = [add_photo(ctx, STORE.current(), photo_of(file, violation.id), name) for name, file in sent]
    if added:
        # Of the form, not of the field: the phone stays on its last screen, where it is sent once more.
        ask_once(form.asked_files, "", used_photos(ctx, violation, [photo.id for photo in added]))
    return violation


def _fill(ctx: Ctx, form: LogForm) -> list[ViolationKind]:
    """Fill the lists; returns the acts of the day that lie close to another one."""
    day = form.occurred_on.data or ctx.today
    found_on = form.found_on.data or ctx.today
    in_force = list_kinds(ctx.session, law_day(day, found_on, is_continuing=bool(form.is_continuing.data)), day)
    acts = acts_of_office(ctx, in_force)
    fill_kinds(form, acts)
    fill_usual(form, usual_acts(ctx, acts))
    fill_organisations(form, list_possible_offenders(ctx))
    if outdated := [act for act in acts if is_outdated_without_range(act)]:
        form.kind.description = _n(
            "%(num)d hành vi của %(decree)s không có trong danh sách vì chưa có khung phạt đã đối chiếu.",
            len(outdated),
            decree=stored_text(outdated[0].decree),
        )
    return close_acts(acts)


def _log_page(
    ctx: Ctx, form: LogForm, position: ParsedPosition | None, near: list[NearbyViolation] | None = None
) -> str:
    close = _fill(ctx, form)
    fill_structures(form, show_nearby_structures(ctx, position.lon, position.lat) if position else [])
    if near:
        form.compared.data = (form.position.data or "").strip()
    return render_template(
        "violations/log.html",
        form=form,
        bounds=working_bounds(ctx),
        near=near or [],
        near_words=describe_nearby,
        area=describe_area(ctx),
        close_acts=close,
        fine_words=format_fine_range,
    )


def _fill_edit(ctx: Ctx, case: Violation, form: FactsForm) -> list[ViolationKind]:
    day = law_day(case.occurred_on, local_date(case.found_at), is_continuing=case.is_continuing)
    acts = list_kinds(ctx.session, day, case.occurred_on)
    fill_kinds(form, acts)
    fill_organisations(form, list_possible_offenders(ctx))
    return close_acts(acts)


def _edit_page(ctx: Ctx, case: Violation, form: FactsForm) -> str:
    close = _fill_edit(ctx, case, form)
    # A case that can no longer be corrected keeps its texts, but shows no new structures.
    fill_structures(form, show_nearby_structures(ctx, *position_of(ctx, case.id)) if case.state in EDITABLE else [])
    return render_template(
        "violations/edit.html",
        form=form,
        case=case,
        close_acts=close,
        chosen=kind_code(ctx.session, case.kind_id),
        fine_words=format_fine_range,
    )


def violations_panel(ctx: Ctx, structure: Structure) -> Panel | None:
    """The newest visible violations on a structure; None without any."""
    violations = list_on_structure(ctx, structure.id)
    if not violations:
        return None
    data = {"violations": violations, "violation_tones": VIOLATION.tones}
    return Panel("violations", "violations/panel.html", data, entries=case_entries("violations.detail", violations))
