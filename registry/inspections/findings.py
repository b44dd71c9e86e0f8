"""Findings: each failed item of an inspection, which an officer turns into a case or not; its owner may dispute it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import select

from registry.audit.chain import record
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import get_visible, holds, require, visible
from registry.inspections.codes import CODE, FINDING, ITEM, RAISED, Answer, FindingState, OwnerStatement
from registry.inspections.commands import AnswerFinding, DecideFinding
from registry.inspections.models import InspectionFinding, InspectionPlan
from registry.inspections.queries import ItemView, acts_on, find_item
from registry.inspections.rules import CheckItem
from registry.kernel.errors import Conflict, Invalid, NotFound
from registry.kernel.i18n import _, _l, format_date
from registry.notices.events import Recipients, declare_events, organisation_party
from registry.notices.models import Notice
from registry.notices.service import notify
from registry.notices.texts import NoticeText
from registry.structures.models import Structure
from registry.workflow.calendar import ONE_DAY
from registry.workflow.clocks import working_calendar
from registry.workflow.referrals import Referral, create_referral

#: Why an undecided finding falls with a later result; stored, hence in Vietnamese.
_PASSED_LATER: Final = "Kết quả ghi lại: đạt."


def raise_findings(
    ctx: Ctx, view: ItemView, checks: Mapping[str, CheckItem], answers: Sequence[Mapping[str, Any]]
) -> None:
    """Bring the findings of a structure to its result: a failure is one, an undecided one that passed now falls."""
    item = view.item
    if item.inspected_on is None:
        message = f"item {item.id} has no result"
        raise RuntimeError(message)
    query = select(InspectionFinding).where(InspectionFinding.item_id == item.id)
    findings = {row.code: row for row in ctx.session.scalars(query)}
    failed = {answer["code"]: answer for answer in answers if answer["answer"] == Answer.NO.value}
    for code, finding in findings.items():
        if code not in failed and finding.state is FindingState.WAITING:
            finding.state, finding.reason = FindingState.DROPPED, _PASSED_LATER
            finding.decided_at, finding.decided_by_id = ctx.now, ctx.actor.id
    for code, answer in failed.items():
        finding = findings.get(code) or InspectionFinding(
            item_id=item.id,
            structure_id=view.structure.id,
            owner_organisation_id=view.structure.owner_organisation_id,
            code=code,
        )
        if finding.state is FindingState.CASE:
            continue
        is_new = finding.id is None
        ctx.session.add(finding)
        check = checks[code]
        finding.text, finding.basis, finding.note = check.text, check.basis, answer["note"]
        finding.suggested_act, finding.is_of_owner = check.act, check.owner
        finding.inspected_on, finding.raised_at, finding.raised_by_id = item.inspected_on, ctx.now, ctx.actor.id
        finding.state = FindingState.WAITING
        finding.reason = finding.decided_at = finding.decided_by_id = finding.remedy_due_on = None
        ctx.session.flush()
        if is_new:
            notify(ctx, FINDING_EVENTS[RAISED], finding.id, finding, code=view.structure.code)
    ctx.session.flush()


FINDING_EVENTS: Final = declare_events(
    FINDING,
    _l("Phát hiện khi kiểm tra"),
    {"owner": organisation_party(_l("Chủ sở hữu công trình"), lambda finding: finding.owner_organisation_id)},
    {RAISED: (_l("Có mục kiểm tra không đạt"), Recipients(act=("owner",)), _l("Thừa nhận hoặc không đồng ý"))},
)


def read_finding_notice(notice: Notice) -> NoticeText:
    """The sentence of a notice about a finding."""
    sentence = _("Kết quả kiểm tra công trình %(code)s có mục không đạt.", code=notice.params["code"])
    return NoticeText(sentence, "inspection_findings.statement", {"finding_id": notice.subject_id})


def find_for_officer(ctx: Ctx, finding_id: int) -> tuple[InspectionPlan, ItemView, InspectionFinding]:
    """A finding with its plan and structure, for who records results there; NotFound for others."""
    finding = ctx.session.get(InspectionFinding, finding_id)
    if finding is None:
        raise NotFound(_("Không có phát hiện này, hoặc không có quyền xem."))
    plan, view = find_item(ctx, finding.item_id)
    require(ctx, P.INSPECTION_RECORD, plan)
    return plan, view, finding


def find_for_owner(ctx: Ctx, finding_id: int) -> InspectionFinding:
    """A finding on a structure of the actor's organisation; NotFound for others."""
    message = _("Không có phát hiện này, hoặc không có quyền xem.")
    finding: InspectionFinding = get_visible(
        ctx, InspectionFinding, P.INSPECTION_ANSWER, InspectionFinding.id == finding_id, message=message
    )
    return finding


def code_of(ctx: Ctx, finding: InspectionFinding) -> str:
    """The code of the structure of a finding that the actor has read."""
    return ctx.session.get_one(Structure, finding.structure_id).code


def decide_finding(ctx: Ctx, command: DecideFinding) -> InspectionFinding:
    """Turn a finding into a case, which the worker opens with photos, officer and day, or drop it with a reason.

    Needs INSPECTION_RECORD. Conflict if it was decided meanwhile; Invalid for an act that the law of its days lacks.
    """
    plan, _view, finding = find_for_officer(ctx, command.finding_id)
    ctx.session.refresh(finding, with_for_update=True)
    if finding.state is not FindingState.WAITING:
        raise Conflict(_("Phát hiện này đã được xử lý: %(state)s.", state=finding.state.label))
    due = command.remedy_due_on
    if due is not None and due < finding.inspected_on:
        sentence = _(
            "Hạn khắc phục %(day)s trước ngày kiểm tra %(inspected)s; hãy ghi một ngày sau đó.",
            day=format_date(due),
            inspected=format_date(finding.inspected_on),
        )
        raise Invalid({"remedy_due_on": sentence})
    if command.act is None:
        if not command.reason:
            raise Invalid({"reason": _("Chưa nhập lý do; hãy nêu lý do không lập hồ sơ vi phạm.")})
        finding.state = FindingState.DROPPED
    else:
        occurred_on = command.occurred_on or finding.inspected_on
        _check_act(ctx, finding, command.act, occurred_on, is_continuing=command.is_continuing)
        finding.state, finding.act = FindingState.CASE, command.act
    finding.reason, finding.remedy_due_on = command.reason or None, due
    finding.decided_at, finding.decided_by_id = ctx.now, ctx.actor.id
    ctx.session.flush()
    if command.act is not None:
        create_referral(ctx, _referral(ctx, plan, finding, command))
    record(ctx, f"{FINDING}.{finding.state.value}", FINDING, finding.id, on_behalf_of_id=finding.owner_organisation_id)
    return finding


def _check_act(ctx: Ctx, finding: InspectionFinding, act: str, occurred_on: date, *, is_continuing: bool) -> None:
    if occurred_on > finding.inspected_on:
        sentence = _(
            "Ngày xảy ra %(day)s sau ngày kiểm tra %(inspected)s; hãy kiểm tra lại.",
            day=format_date(occurred_on),
            inspected=format_date(finding.inspected_on),
        )
        raise Invalid({"occurred_on": sentence})
    law_day = finding.inspected_on if is_continuing else occurred_on
    if act not in acts_on(ctx, law_day, occurred_on):
        sentence = _(
            "Hành vi đã chọn không áp dụng được cho ngày xảy ra %(day)s; hãy chọn hành vi khác hoặc sửa ngày.",
            day=format_date(occurred_on),
        )
        raise Invalid({"act": sentence})


def _referral(ctx: Ctx, plan: InspectionPlan, finding: InspectionFinding, command: DecideFinding) -> Referral:
    return Referral(
        kind=finding.act or "",
        structure_id=finding.structure_id,
        accused_organisation_id=finding.owner_organisation_id if finding.is_of_owner else None,
        origin=CODE,
        origin_id=plan.id,
        origin_number=plan.number or "",
        text=f"kiểm tra không đạt mục “{finding.text}”. {finding.note or ''}".strip(),
        found_on=finding.inspected_on,
        occurred_on=command.occurred_on or finding.inspected_on,
        is_continuing=command.is_continuing,
        raised_by_id=ctx.actor.id,
        photos_kind=ITEM,
        photos_id=finding.item_id,
    )


def answer_finding(ctx: Ctx, command: AnswerFinding) -> InspectionFinding:
    """The owner's statement, once; a dispute says why. Needs INSPECTION_ANSWER."""
    finding = find_for_owner(ctx, command.finding_id)
    require(ctx, P.INSPECTION_ANSWER, finding)
    ctx.session.refresh(finding, with_for_update=True)
    if finding.statement is not None:
        raise Conflict(_("Phát hiện này đã được trả lời lúc %(day)s.", day=format_date(finding.stated_at)))
    if not command.accept and not command.text:
        raise Invalid({"text": _("Chưa nhập lý do; hãy nêu lý do không đồng ý.")})
    finding.statement = OwnerStatement.ACCEPTED if command.accept else OwnerStatement.DISPUTED
    finding.statement_text = command.text or None
    finding.stated_at, finding.stated_by_id = ctx.now, ctx.actor.id
    ctx.session.flush()
    record(
        ctx, f"{FINDING}.{finding.statement.value}", FINDING, finding.id, on_behalf_of_id=finding.owner_organisation_id
    )
    return finding


def reinspection_day(ctx: Ctx, finding: InspectionFinding) -> date | None:
    """The day on which a finding is inspected again: the working day after its remedy is due; None without a term."""
    if finding.remedy_due_on is None:
        return None
    day = finding.remedy_due_on + ONE_DAY
    while not working_calendar(ctx).is_working(day):
        day += ONE_DAY
    return day


def list_findings(ctx: Ctx, view: ItemView) -> Sequence[InspectionFinding]:
    """The findings of one structure of a plan that the actor has read."""
    query = select(InspectionFinding).where(InspectionFinding.item_id == view.item.id)
    return ctx.session.scalars(query.order_by(InspectionFinding.id)).all()


def list_unanswered(ctx: Ctx, structure: Structure) -> Sequence[InspectionFinding]:
    """The findings of a structure that its owner has not answered; only for the owner."""
    if not holds(ctx.actor, P.INSPECTION_ANSWER):
        return ()
    query = select(InspectionFinding).where(
        InspectionFinding.structure_id == structure.id,
        InspectionFinding.statement.is_(None),
        InspectionFinding.state != FindingState.DROPPED,
        visible(ctx, InspectionFinding, P.INSPECTION_ANSWER),
    )
    return ctx.session.scalars(query.order_by(InspectionFinding.id)).all()
