"""Writes of inspections outside of moves: plan, structures, results, proposed changes of the register."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import func, or_, select

from registry.audit.chain import record
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import require
from registry.inspections.codes import CORRECTION, Answer, CorrectionState, PlanState, Reach
from registry.inspections.commands import AnswerCorrection, EditPlan, OpenPlan, ProposeCorrection, RecordResult
from registry.inspections.findings import raise_findings
from registry.inspections.models import InspectionCorrection, InspectionItem, InspectionPlan
from registry.inspections.papers import freeze_minutes
from registry.inspections.queries import (
    ItemView,
    checklist_of,
    correctable_fields,
    get_correction,
    get_item,
    get_plan,
    list_plan_units,
    may_plan_province,
)
from registry.inspections.risk import rate
from registry.inspections.rules import day_problem, outcome_of, period_problems
from registry.inspections.workflow import INSPECTION
from registry.kernel.errors import Conflict, Forbidden, Invalid, MoveRefused
from registry.kernel.fields import ValueRefused, display_value, parse_value
from registry.kernel.i18n import DEFAULT_LANGUAGE, _, _l, _n, force_locale, format_date
from registry.notices.events import Audience, Party, Recipients, declare_events, organisation_party
from registry.notices.models import Notice
from registry.notices.service import notify
from registry.notices.texts import NoticeText
from registry.structures.commands import EditStructure
from registry.structures.kinds import KINDS
from registry.structures.kinds.ordered_days import before_start
from registry.structures.models import Structure
from registry.structures.writing.create_edit import edit_structure
from registry.territory.queries import area_unit_ids
from registry.workflow.engine import check_version, lock_case, open_case, touch
from registry.workflow.undo import undo_of_case

#: Most structures that are added at once, and of one plan.
AT_ONCE: Final = 200
ASKED: Final = "asked"
ANSWERED: Final = "answered"


def open_plan(ctx: Ctx, command: OpenPlan) -> InspectionPlan:
    """A new draft with its number; Invalid names every wrong field."""
    require(ctx, P.INSPECTION_PLAN)
    area = _checked_area(ctx, command)
    if ctx.actor.organisation_id is None:
        raise Forbidden
    plan = InspectionPlan(organisation_id=ctx.actor.organisation_id, version=1)
    _write_facts(plan, command, area)
    inspection_plan: InspectionPlan = open_case(ctx, INSPECTION, plan, numbered=True)
    return inspection_plan


def edit_plan(ctx: Ctx, command: EditPlan) -> InspectionPlan:
    """Change the facts of a draft; what is issued stays as its paper says.

    Conflict if the plan has changed since it was read; Invalid names every wrong field, such as an area without some
    of its structures.
    """
    plan = _draft(ctx, command.plan_id)
    check_version(plan, command.version)
    area = _checked_area(ctx, command.facts)
    if command.facts.unit_id is None and plan.organisation_id not in ctx.actor.organisation_ids:
        raise Invalid({"unit": _("Kế hoạch toàn tỉnh do Sở lập; hãy chọn xã, phường của đơn vị.")})
    if command.facts.unit_id is not None and command.facts.unit_id != plan.unit_id:
        inside = Structure.commune_id.in_(sorted(area_unit_ids(ctx.session, [command.facts.unit_id])))
        outside = (
            select(func.count())
            .select_from(InspectionItem)
            .join(Structure, Structure.id == InspectionItem.structure_id)
            .where(InspectionItem.plan_id == plan.id, or_(Structure.commune_id.is_(None), ~inside))
        )
        count = ctx.session.scalar(outside)
        if count:
            sentence = _n(
                "Kế hoạch có %(num)d công trình ngoài %(area)s; hãy bỏ các công trình đó trước, hoặc chọn địa bàn"
                " khác.",
                count,
                area=area,
            )
            raise Invalid({"unit": sentence})
    _write_facts(plan, command.facts, area)
    touch(ctx, INSPECTION, plan, "edit")
    return plan


def _checked_area(ctx: Ctx, facts: OpenPlan) -> str:
    """The name of the area; Invalid names every wrong field."""
    errors: dict[str, str] = period_problems(facts.starts_on, facts.ends_on, ctx.today)
    units = {unit.id: unit.name for unit in list_plan_units(ctx)}
    if facts.unit_id is None:
        if not may_plan_province(ctx):
            errors["unit"] = _("Kế hoạch toàn tỉnh do Sở lập; hãy chọn xã, phường của đơn vị.")
    elif facts.unit_id not in units:
        errors["unit"] = _("Địa bàn đã chọn không thuộc phạm vi của đơn vị; hãy chọn trong danh sách.")
    if errors:
        raise Invalid(errors)
    return "toàn tỉnh" if facts.unit_id is None else units[facts.unit_id]


def _write_facts(plan: InspectionPlan, facts: OpenPlan, area: str) -> None:
    plan.unit_id, plan.purpose = facts.unit_id, facts.purpose
    plan.starts_on, plan.ends_on = facts.starts_on, facts.ends_on
    plan.title = f"{facts.purpose.splitlines()[0][:120]} – {area}"


def add_structures(ctx: Ctx, plan_id: int, codes: Sequence[str]) -> int:
    """Put structures into a draft, with their risks of today; returns how many were new.

    Invalid if none is named, too many, or one is unknown, gone, or outside the area: all that the actor may not see is
    unknown.
    """
    plan = _draft(ctx, plan_id)
    wanted = list(dict.fromkeys(code.strip().upper() for code in codes if code.strip()))
    if not wanted:
        raise Invalid({"codes": _("Chưa chọn công trình nào.")})
    if len(wanted) > AT_ONCE:
        raise Invalid(
            {
                "codes": _n(
                    "Có %(count)d mã; mỗi lần thêm tối đa %(most)d mã.", len(wanted), count=len(wanted), most=AT_ONCE
                )
            }
        )
    rated = rate(ctx, plan, wanted)
    missing = sorted(set(wanted) - {rated_structure.code for rated_structure in rated})
    if missing:
        sentence = _(
            "Không thấy công trình %(codes)s đang tồn tại trong địa bàn của kế hoạch; hãy kiểm tra lại mã.",
            codes=", ".join(code[:40] for code in missing[:5]),
        )
        raise Invalid({"codes": sentence})
    present = set(ctx.session.scalars(select(InspectionItem.structure_id).where(InspectionItem.plan_id == plan.id)))
    new = [rated_structure for rated_structure in rated if rated_structure.id not in present]
    if not new:
        raise Invalid({"codes": _("Các công trình đã chọn đều có trong kế hoạch.")})
    for rated_structure in new:
        ctx.session.add(
            InspectionItem(
                plan_id=plan.id,
                structure_id=rated_structure.id,
                risks=[risk.value for risk in rated_structure.risks],
                score=rated_structure.score,
                added_at=ctx.now,
                added_by_id=ctx.actor.id,
                answers=[],
            )
        )
    touch(ctx, INSPECTION, plan, "add_items", count=len(new))
    return len(new)


def remove_structure(ctx: Ctx, plan_id: int, item_id: int) -> None:
    """Take a structure out of a draft."""
    plan = _draft(ctx, plan_id)
    item = get_item(ctx, plan, item_id).item
    ctx.session.delete(item)
    touch(ctx, INSPECTION, plan, "remove_item", item_id=item_id)


def record_result(ctx: Ctx, command: RecordResult) -> InspectionItem:
    """Store the result of a structure, with a finding for each failure; a later result replaces an earlier one.

    Conflict if somebody else stored one meanwhile; Invalid names every wrong field.
    """
    plan, view = _running(ctx, command.plan_id, command.item_id)
    item, structure = view.item, view.structure
    ctx.session.refresh(item, with_for_update=True)
    if item.version != command.version:
        raise Conflict(
            _(
                "Kết quả của %(code)s đã được người khác ghi sau khi trang này được mở; hãy đọc lại.",
                code=structure.code,
            )
        )
    errors: dict[str, str] = {}
    wrong_day = day_problem(command.inspected_on, plan.decided_on, plan.starts_on, min(plan.ends_on, ctx.today))
    if wrong_day:
        errors["inspected_on"] = wrong_day
    elif early := before_start(_("Ngày kiểm tra"), command.inspected_on, structure, KINDS[structure.kind]):
        errors["inspected_on"] = early
    checklist = checklist_of(ctx, structure, command.inspected_on) if not wrong_day else []
    answers: list[dict[str, Any]] = []
    stated_answers = command.answers if command.reach is Reach.INSPECTED else {}
    for check in checklist if command.reach is Reach.INSPECTED else ():
        answer = stated_answers.get(check.key)
        if answer is None:
            errors[f"answer_{check.key}"] = _("Chưa chọn kết quả cho mục “%(text)s”.", text=check.text)
            continue
        note = command.notes.get(check.key) or ""
        stored = {"code": check.key, "text": check.text, "basis": check.basis, "answer": answer.value}
        answers.append(stored | {"note": note or None, "act": check.act})
    if errors:
        raise Invalid(errors)
    item.outcome = outcome_of(command.reach, [Answer(answer_row["answer"]) for answer_row in answers])
    item.inspected_on = command.inspected_on
    item.recorded_at, item.recorded_by_id = ctx.now, ctx.actor.id
    item.answers = answers
    item.note = command.note
    ctx.session.flush()
    raise_findings(ctx, view, {check.key: check for check in checklist}, answers)
    if command.reach is Reach.INSPECTED:
        _note_inspection(ctx, structure, command.inspected_on)
    with force_locale(DEFAULT_LANGUAGE):
        freeze_minutes(ctx, plan, view)
    touch(ctx, INSPECTION, plan, "result", new_version=False, item_id=item.id, outcome=item.outcome.value)
    return item


def _note_inspection(ctx: Ctx, structure: Structure, inspected_on: date) -> None:
    """The register says at once when the structure was inspected last."""
    if structure.last_inspected_on is not None and structure.last_inspected_on >= inspected_on:
        return
    ctx.session.refresh(structure, with_for_update=True)
    structure.last_inspected_on = inspected_on
    structure.updated_at = ctx.now
    ctx.session.flush()


def propose_correction(ctx: Ctx, command: ProposeCorrection) -> InspectionCorrection:
    """Ask the owner to change a value of the register to the found one; Invalid names the wrong field."""
    plan, view = _running(ctx, command.plan_id, command.item_id)
    structure = view.structure
    declared = correctable_fields(structure).get(command.field)
    if declared is None:
        raise Invalid({"field": _("Không có trường “%(field)s” để đề nghị sửa.", field=command.field[:60])})
    try:
        value = parse_value(declared, command.found)
    except ValueRefused as refused:
        raise Invalid({"found": str(refused)}) from refused
    current = getattr(structure, command.field)
    if value is None:
        raise Invalid({"found": _("Chưa nhập; nội dung này là bắt buộc.")})
    if value == current:
        sentence = _("Cơ sở dữ liệu đang ghi đúng “%(value)s”; không cần sửa.", value=display_value(declared, current))
        raise Invalid({"found": sentence})
    waiting = select(InspectionCorrection.id).where(
        InspectionCorrection.structure_id == structure.id,
        InspectionCorrection.field == command.field,
        InspectionCorrection.state == CorrectionState.WAITING,
    )
    if ctx.session.scalar(waiting) is not None:
        sentence = _("“%(field)s” đang có một đề nghị chờ chủ sở hữu trả lời.", field=declared.label)
        raise Invalid({"field": sentence})
    correction = InspectionCorrection(
        item_id=view.item.id,
        structure_id=structure.id,
        owner_organisation_id=structure.owner_organisation_id,
        field=command.field,
        recorded=display_value(declared, current),
        found=command.found.strip(),
        remark=command.remark or None,
        state=CorrectionState.WAITING,
        asked_at=ctx.now,
        asked_by_id=ctx.actor.id,
    )
    ctx.session.add(correction)
    ctx.session.flush()
    touch(ctx, INSPECTION, plan, "correct_record", new_version=False, item_id=view.item.id)
    notify(ctx, EVENTS[ASKED], correction.id, correction, code=structure.code)
    return correction


def answer_correction(ctx: Ctx, command: AnswerCorrection) -> InspectionCorrection:
    """The owner's answer: an accepted value is written into the register as an ordinary edit.

    Conflict if the structure has changed since it was read; Invalid if its rules refuse the value.
    """
    correction = get_correction(ctx, command.correction_id)
    require(ctx, P.INSPECTION_ANSWER, correction)
    ctx.session.refresh(correction, with_for_update=True)
    if correction.state is not CorrectionState.WAITING:
        raise Conflict(_("Đề nghị này đã được trả lời lúc %(day)s.", day=format_date(correction.answered_at)))
    structure = ctx.session.get_one(Structure, correction.structure_id)
    if command.accept:
        _apply(ctx, correction, structure, command.version)
        correction.state = CorrectionState.ACCEPTED
    else:
        if not command.reason:
            raise Invalid({"reason": _("Chưa nhập lý do; hãy nêu lý do không đồng ý.")})
        correction.state = CorrectionState.DECLINED
    correction.answer = command.reason or None
    correction.answered_at, correction.answered_by_id = ctx.now, ctx.actor.id
    ctx.session.flush()
    record(
        ctx,
        f"{CORRECTION}.{correction.state.value}",
        CORRECTION,
        correction.id,
        on_behalf_of_id=correction.owner_organisation_id,
    )
    plan_of = select(InspectionPlan.organisation_id, InspectionPlan.id).join(
        InspectionItem, InspectionItem.plan_id == InspectionPlan.id
    )
    plan = ctx.session.execute(plan_of.where(InspectionItem.id == correction.item_id)).one()
    facts = {"plan_id": plan.id, "item_id": correction.item_id, "code": structure.code}
    notify(ctx, EVENTS[ANSWERED], correction.id, correction, **facts)
    return correction


def _office(ctx: Ctx, asked: InspectionCorrection) -> Audience:
    """The office of the plan, and the inspector who asked."""
    query = select(InspectionPlan.organisation_id).join(InspectionItem, InspectionItem.plan_id == InspectionPlan.id)
    office = ctx.session.scalars(query.where(InspectionItem.id == asked.item_id)).one()
    asker = frozenset() if asked.asked_by_id is None else frozenset({asked.asked_by_id})
    return Audience(organisation_ids=frozenset({office}), user_ids=asker)


EVENTS: Final = declare_events(
    CORRECTION,
    _l("Đề nghị sửa số liệu sau kiểm tra"),
    {
        "owner": organisation_party(_l("Chủ sở hữu công trình"), lambda asked: asked.owner_organisation_id),
        "office": Party(_l("Cơ quan kiểm tra"), _office),
    },
    {
        ASKED: (_l("Có đề nghị sửa số liệu"), Recipients(act=("owner",)), _l("Đồng ý hoặc không đồng ý sửa")),
        ANSWERED: (_l("Chủ sở hữu đã trả lời"), Recipients(affected=("office",))),
    },
)


def _apply(ctx: Ctx, correction: InspectionCorrection, structure: Structure, version: int) -> None:
    declared = correctable_fields(structure).get(correction.field)
    if declared is None:
        raise Invalid({"accept": _("Trường “%(field)s” không còn trong cơ sở dữ liệu.", field=correction.field)})
    try:
        value = parse_value(declared, correction.found)
    except ValueRefused as refused:
        raise Invalid({"accept": str(refused)}) from refused
    # The one event of this change is that of the answer.
    edit_structure(ctx, EditStructure(structure.code, version, {correction.field: value}), announce=False)


def read_notice(notice: Notice) -> NoticeText:
    """The sentence of a notice about a proposed change."""
    code = notice.params["code"]
    if notice.event == ASKED:
        sentence = _("Đoàn kiểm tra đề nghị sửa số liệu của công trình %(code)s.", code=code)
        return NoticeText(sentence, "inspections.correction", {"correction_id": notice.subject_id})
    sentence = _("Chủ sở hữu đã trả lời đề nghị sửa số liệu của công trình %(code)s.", code=code)
    item = {"case_id": notice.params["plan_id"], "item_id": notice.params["item_id"]}
    return NoticeText(sentence, "inspections.item", item)


def _draft(ctx: Ctx, plan_id: int) -> InspectionPlan:
    """The plan, locked; MoveRefused unless it is a draft."""
    plan: InspectionPlan = lock_case(ctx, INSPECTION, plan_id)
    require(ctx, P.INSPECTION_PLAN, plan)
    check_draft(plan)
    return plan


def check_draft(plan: InspectionPlan) -> None:
    """MoveRefused unless the plan is a draft."""
    if plan.state is not PlanState.DRAFT:
        raise MoveRefused(_refusal(plan))


def _running(ctx: Ctx, plan_id: int, item_id: int) -> tuple[InspectionPlan, ItemView]:
    """An issued plan that cannot be finished until the transaction ends, and one of its structures."""
    plan = get_plan(ctx, plan_id)
    require(ctx, P.INSPECTION_RECORD, plan)
    query = select(InspectionPlan).where(InspectionPlan.id == plan.id).with_for_update(read=True, of=InspectionPlan)
    plan = ctx.session.scalars(query.execution_options(populate_existing=True)).one()
    view = get_item(ctx, plan, item_id)
    if plan.state is not PlanState.ISSUED:
        raise MoveRefused(_refusal(plan))
    return plan, view


def _refusal(plan: InspectionPlan) -> str:
    return _(
        "Kế hoạch %(number)s đang ở trạng thái “%(state)s” nên không thay đổi được nội dung này.",
        number=plan.number,
        state=plan.state.label,
    )


UNDO: Final = undo_of_case(INSPECTION, P.INSPECTION_PLAN, lambda _ctx, plan: check_draft(plan))
