"""Pages of inspections: plans, suggested structures, results, proposed changes; board, panel of a structure."""

from __future__ import annotations

import re
from typing import Any

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from registry.authz.actors import Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.authz.scopes import allowed, holds, require
from registry.files.pages import STORE, files_part
from registry.inspections.board import read_board
from registry.inspections.codes import (
    CORRECTION_TONES,
    FINDING_TONES,
    ITEM,
    OUTCOME_TONES,
    Answer,
    Outcome,
    PlanState,
    Risk,
)
from registry.inspections.commands import EditPlan
from registry.inspections.findings import list_findings, list_unanswered
from registry.inspections.forms import AnswerForm, CorrectionForm, PlanForm, as_typed, plan_as_typed, result_form
from registry.inspections.item_list import ITEMS
from registry.inspections.list_view import PLANS
from registry.inspections.map import NAME, bounds_of_plan, bounds_of_structure
from registry.inspections.models import InspectionItem, InspectionPlan
from registry.inspections.photos import attach_photos
from registry.inspections.queries import (
    ItemView,
    checklist_of,
    checklist_rows,
    correctable_fields,
    count_outcomes,
    find_item,
    get_correction,
    get_item,
    get_plan,
    list_corrections,
    list_items,
    list_of_structure,
    list_plan_units,
    list_referrals,
    list_waiting_corrections,
    may_plan_province,
    view_correction,
    view_plan,
)
from registry.inspections.risk import SHOWN, risk_law, suggest
from registry.inspections.service import (
    add_structures,
    answer_correction,
    check_draft,
    edit_plan,
    open_plan,
    propose_correction,
    record_result,
    remove_structure,
)
from registry.inspections.workflow import INSPECTION
from registry.kernel.fields import day_in, display_value
from registry.kernel.forms.answers import Page, flash_done
from registry.kernel.forms.base import BaseForm
from registry.kernel.forms.submit import submit
from registry.kernel.http.errors import html_errors
from registry.kernel.i18n import _, _n
from registry.kernel.lists.page import list_page, list_url
from registry.structures.kinds import KINDS
from registry.structures.models import Structure
from registry.structures.pages.blueprint import code_labels
from registry.structures.pages.panels import Panel
from registry.workflow.forms import save_case_form
from registry.workflow.views import case_view

bp = GuardedBlueprint("inspections", __name__, errors=html_errors)
_BETWEEN_CODES = re.compile(r"[\s,;]+")


@bp.get("/inspections", permission=P.INSPECTION_READ)
def index(ctx: Ctx) -> str:
    may_plan = holds(ctx.actor, P.INSPECTION_PLAN)
    return render_template("inspections/list.html", listing=list_page(ctx, PLANS), may_plan=may_plan)


@bp.get("/inspections/new", permission=P.INSPECTION_PLAN)
def new(ctx: Ctx) -> str:
    return _plan_page(ctx, PlanForm(formdata=None))


@bp.post("/inspections/new", permission=P.INSPECTION_PLAN)
def create(ctx: Ctx) -> Page:
    form = PlanForm()
    form.offer(list_plan_units(ctx), province=may_plan_province(ctx))
    plan = submit(ctx, form, lambda: open_plan(ctx, form.to_command()))
    if plan is None:
        return _plan_page(ctx, form), form.refusal_status
    flash_done(ctx, _("Đã lập dự thảo kế hoạch %(number)s; hãy chọn công trình.", number=plan.number))
    return redirect(url_for("inspections.suggestions", case_id=plan.id), code=303)


@bp.get("/inspections/<int:case_id>/edit", permission=P.INSPECTION_PLAN)
def edit(ctx: Ctx, case_id: int) -> str:
    """The facts of a draft; MoveRefused once it is issued."""
    plan = get_plan(ctx, case_id)
    require(ctx, P.INSPECTION_PLAN, plan)
    check_draft(plan)
    return _plan_page(ctx, PlanForm(formdata=None, data=plan_as_typed(plan)), plan)


@bp.post("/inspections/<int:case_id>/edit", permission=P.INSPECTION_PLAN)
def edit_post(ctx: Ctx, case_id: int) -> Page:
    plan, form = get_plan(ctx, case_id), PlanForm()
    require(ctx, P.INSPECTION_PLAN, plan)
    form.offer(list_plan_units(ctx), province=may_plan_province(ctx))

    def save() -> InspectionPlan:
        return edit_plan(ctx, EditPlan(plan.id, form.read_version, form.to_command()))

    return save_case_form(ctx, plan, form, save, lambda: _plan_page(ctx, form, plan), "inspections.detail")


@bp.get("/inspections/<int:case_id>", permission=P.INSPECTION_READ)
def detail(ctx: Ctx, case_id: int) -> str:
    """One plan with the structures that the actor may see, their results, and what followed."""
    plan = get_plan(ctx, case_id)
    view, items = case_view(ctx, INSPECTION, plan), list_items(ctx, plan)
    counts = count_outcomes(items)
    return render_template(
        "inspections/detail.html",
        case=plan,
        view=view,
        steps=view.steps,
        seen=view_plan(ctx, plan),
        items=items,
        total=len(items),
        waiting=counts.get(None, 0),
        failed=counts.get(Outcome.FAILED, 0),
        referrals=list_referrals(ctx, plan, items),
        risks=Risk,
        tones=OUTCOME_TONES,
        may_choose=plan.state is PlanState.DRAFT and allowed(ctx, P.INSPECTION_PLAN, plan),
        form=BaseForm(formdata=None),
        bounds=bounds_of_plan(ctx, plan.id),
        map_filter=NAME,
        **code_labels(),
    )


@bp.get("/inspections/<int:case_id>/suggestions", permission=P.INSPECTION_PLAN)
def suggestions(ctx: Ctx, case_id: int) -> str:
    plan = get_plan(ctx, case_id)
    require(ctx, P.INSPECTION_PLAN, plan)
    return _suggestions_page(ctx, plan, BaseForm(formdata=None))


@bp.post("/inspections/<int:case_id>/items", permission=P.INSPECTION_PLAN)
def add(ctx: Ctx, case_id: int) -> Page:
    """Add the ticked structures and the typed codes; 422 keeps what was typed."""
    plan, form = get_plan(ctx, case_id), BaseForm()
    require(ctx, P.INSPECTION_PLAN, plan)
    typed = _BETWEEN_CODES.split(request.form.get("codes", ""))
    count = submit(ctx, form, lambda: add_structures(ctx, plan.id, [*request.form.getlist("code"), *typed]))
    if count is None:
        return _suggestions_page(ctx, plan, form), form.refusal_status
    flash_done(ctx, _n("Đã thêm %(num)d công trình vào kế hoạch.", count))
    return redirect(url_for("inspections.detail", case_id=plan.id), code=303)


@bp.post("/inspections/<int:case_id>/items/<int:item_id>/remove", permission=P.INSPECTION_PLAN)
def remove(ctx: Ctx, case_id: int, item_id: int) -> Page:
    plan = get_plan(ctx, case_id)
    require(ctx, P.INSPECTION_PLAN, plan)
    remove_structure(ctx, plan.id, item_id)
    flash_done(ctx, _("Đã bỏ công trình khỏi kế hoạch."))
    return redirect(url_for("inspections.detail", case_id=plan.id), code=303)


@bp.get("/inspections/<int:case_id>/items/<int:item_id>", permission=P.INSPECTION_READ)
def item(ctx: Ctx, case_id: int, item_id: int) -> str:
    """One structure of a plan: its checklist, or its result."""
    plan = get_plan(ctx, case_id)
    return _item_page(ctx, plan, get_item(ctx, plan, item_id))


@bp.get("/inspection-items/<int:item_id>", permission=P.INSPECTION_READ)
def item_by_id(ctx: Ctx, item_id: int) -> Response:
    """Leads to the page of a structure of a plan, from its files and lists."""
    plan, view = find_item(ctx, item_id)
    return redirect(url_for("inspections.item", case_id=plan.id, item_id=view.item.id), code=303)


@bp.post("/inspections/<int:case_id>/items/<int:item_id>", permission=P.INSPECTION_RECORD)
def record(ctx: Ctx, case_id: int, item_id: int) -> Page:
    """Save the result and its photos; 422 and 409 (somebody else saved one) keep what was typed."""
    plan = get_plan(ctx, case_id)
    require(ctx, P.INSPECTION_RECORD, plan)
    view = get_item(ctx, plan, item_id)
    checklist = checklist_of(ctx, view.structure, day_in(request.form.get("inspected_on", "")) or ctx.today)
    form = result_form(checklist)()

    def save() -> InspectionItem:
        saved = record_result(ctx, form.to_command(plan.id, item_id, checklist))
        attach_photos(ctx, STORE.current(), saved.id, form.sent_photos())
        return saved

    saved = submit(ctx, form, save, current=view.item)
    if saved is None:
        return _item_page(ctx, plan, view, result=form), form.refusal_status
    flash_done(ctx, _("Đã ghi kết quả kiểm tra %(code)s.", code=view.structure.code))
    return redirect(url_for("inspections.item", case_id=plan.id, item_id=item_id), code=303)


@bp.post("/inspections/<int:case_id>/items/<int:item_id>/corrections", permission=P.INSPECTION_RECORD)
def correct(ctx: Ctx, case_id: int, item_id: int) -> Page:
    """Ask the owner for a change of the register."""
    plan = get_plan(ctx, case_id)
    require(ctx, P.INSPECTION_RECORD, plan)
    view, form = get_item(ctx, plan, item_id), CorrectionForm()
    _offer_fields(form, view.structure)
    proposed = submit(ctx, form, lambda: propose_correction(ctx, form.to_command(plan.id, item_id)))
    if proposed is None:
        return _item_page(ctx, plan, view, correction=form), form.refusal_status
    flash_done(ctx, _("Đã gửi đề nghị sửa số liệu cho chủ sở hữu."))
    return redirect(url_for("inspections.item", case_id=plan.id, item_id=item_id), code=303)


@bp.get("/inspection-corrections/<int:correction_id>", permission=P.INSPECTION_ANSWER)
def correction(ctx: Ctx, correction_id: int) -> str:
    """A proposed change, for the owner of the structure."""
    return _correction_page(ctx, correction_id, None)


@bp.post("/inspection-corrections/<int:correction_id>", permission=P.INSPECTION_ANSWER)
def answer(ctx: Ctx, correction_id: int) -> Page:
    get_correction(ctx, correction_id)
    form = AnswerForm()
    saved = submit(ctx, form, lambda: answer_correction(ctx, form.to_command(correction_id)))
    if saved is None:
        return _correction_page(ctx, correction_id, form), form.refusal_status
    flash_done(ctx, _("Đã trả lời: %(state)s.", state=saved.state.label))
    return redirect(url_for("inspections.correction", correction_id=correction_id), code=303)


def inspections_panel(ctx: Ctx, structure: Structure) -> Panel | None:
    """The results of a structure for officials, and what its owner is asked to correct; None without any."""
    results, waiting = list_of_structure(ctx, structure), list_waiting_corrections(ctx, structure)
    findings = list_unanswered(ctx, structure)
    if not results and not waiting and not findings:
        return None
    data = {"inspection_results": results, "inspection_corrections": waiting, "inspection_tones": OUTCOME_TONES}
    data |= {"inspection_findings": findings}
    return Panel("inspections", "inspections/panel.html", data)


def _plan_page(ctx: Ctx, form: Any, plan: InspectionPlan | None = None) -> str:
    form.offer(list_plan_units(ctx), province=may_plan_province(ctx))
    return render_template("inspections/form.html", form=form, case=plan)


def _suggestions_page(ctx: Ctx, plan: InspectionPlan, form: Any) -> str:
    asked = request.args.get("kind", "")
    kind = asked if asked in KINDS else None
    return render_template(
        "inspections/suggestions.html",
        case=plan,
        seen=view_plan(ctx, plan),
        rows=suggest(ctx, plan, kind),
        law=risk_law(ctx),
        kinds=KINDS,
        kind=kind,
        shown=SHOWN,
        form=form,
        ticked=set(request.form.getlist("code")),
        typed=request.form.get("codes", ""),
    )


def _offer_fields(form: Any, structure: Structure) -> None:
    fields = correctable_fields(structure)
    recorded = {name: display_value(field, getattr(structure, name)) for name, field in fields.items()}
    form.offer(fields, {name: text[:60] for name, text in recorded.items()})


def _item_page(ctx: Ctx, plan: InspectionPlan, view: ItemView, *, result: Any = None, correction: Any = None) -> str:
    may_record = plan.state is PlanState.ISSUED and allowed(ctx, P.INSPECTION_RECORD, plan)
    checklist = checklist_of(ctx, view.structure, ctx.today)
    if may_record and result is None:
        form_class = result_form(checklist)
        result = form_class(formdata=None, data=as_typed(view.item, ctx.today))
    if may_record and correction is None:
        correction = CorrectionForm(formdata=None)
        _offer_fields(correction, view.structure)
    return render_template(
        "inspections/item.html",
        case=plan,
        view=view,
        bounds=bounds_of_structure(ctx, view.structure),
        map_filter=NAME,
        **files_part(ctx, ITEM, view.item.id),
        risks=[Risk(name) for name in view.item.risks],
        checklist=checklist,
        lists=checklist_rows(ctx, view.structure, ctx.today),
        corrections=list_corrections(ctx, view),
        findings=list_findings(ctx, view),
        finding_tones=FINDING_TONES,
        may_decide=allowed(ctx, P.INSPECTION_RECORD, plan),
        correction_tones=CORRECTION_TONES,
        tones=OUTCOME_TONES,
        answers=Answer,
        result=result,
        correction=correction,
        may_record=may_record,
        **code_labels(),
    )


def _correction_page(ctx: Ctx, correction_id: int, form: Any) -> str:
    view = view_correction(ctx, get_correction(ctx, correction_id))
    if form is None:
        form = AnswerForm(formdata=None, data={"version": str(view.structure_version)})
    if not form.version.data:
        form.version.data = str(view.structure_version)
    return render_template("inspections/correction.html", view=view, form=form, tones=CORRECTION_TONES)


board_bp = GuardedBlueprint("inspection_board", __name__, errors=html_errors)


@board_bp.get("/inspections/board", permission=P.INSPECTION_READ, endpoint="index")
def board(ctx: Ctx) -> str:
    """By commune, owner and kind, of plans that overlap a period; Invalid for a day that is none."""
    read = ITEMS.read(ctx, request.args)
    period = {name: read[name] for name in ("from", "to") if name in read}

    def opened(**more: Any) -> str:
        return list_url(ctx, ITEMS, period | more)

    return render_template(
        "inspections/board.html",
        board=read_board(ctx, period.get("from"), period.get("to")),
        first=period.get("from"),
        last=period.get("to"),
        now=ctx.now,
        list_url=opened,
    )


@board_bp.get("/inspections/items", permission=P.INSPECTION_READ, endpoint="items")
def board_items(ctx: Ctx) -> str:
    """The structures of issued plans with their results."""
    return render_template("lists/list.html", listing=list_page(ctx, ITEMS))
