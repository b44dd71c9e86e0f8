"""Moves that correct what was issued, each with a paper of its own: verification records, changes of decisions.

A record of the minutes is never written again (Đ58.8, 59): a verification record joins the file. A decision is
corrected, amended or annulled by who issued it or the committee of the province (Đ18.3; NĐ 118/2021 Đ13 to 15).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from sqlalchemy import select

from registry.accounts.models import Organisation
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.kernel.clock import local_date
from registry.kernel.errors import Invalid
from registry.kernel.fields import Field
from registry.kernel.i18n import _, _l, format_date
from registry.kernel.i18n.stored import stored_text
from registry.violations.acts import fines_of_acts, further_acts
from registry.violations.codes import CODE, DecisionForm, Offender, PaperKind, ViolationState
from registry.violations.law import (
    ProposedDecision,
    decision_errors,
    limitation_end,
    limitation_start,
    limitation_term,
    term_end,
)
from registry.violations.models import Violation, ViolationKind
from registry.violations.numbers import issue_paper
from registry.violations.queries import list_kinds, list_possible_offenders
from registry.violations.rules import law_day
from registry.violations.workflow.common import (
    COMPLAINED,
    IN_FORCE,
    NOTIFIED,
    UNDECIDED,
    branch_to,
    check_paper,
    money,
    paper_needs,
    undecided_state,
    without_decision,
)
from registry.violations.workflow.terms import midnight
from registry.workflow.definition import Branch, Data, FilesNeed, ItemsNeed, Move, text_need
from registry.workflow.models import CaseEvent

S = ViolationState
#: The option of a part that the record leaves as it is.
_UNCHANGED: Final = 0
CHANGE_TERM: Final = "violation.change_decision"


def act_options(ctx: Ctx, case: Violation) -> list[tuple[int, str]]:
    """The acts of the law of the case."""
    day = law_day(case.occurred_on, local_date(case.found_at), is_continuing=case.is_continuing)
    acts = [(row.id, stored_text(row.act)) for row in list_kinds(ctx.session, day, case.occurred_on)]
    return [(_UNCHANGED, _("Không thay đổi")), *acts]


def _act_names(ctx: Ctx, case: Violation) -> Mapping[int, str]:
    return dict(act_options(ctx, case))


def _offender_options(ctx: Ctx, case: Violation) -> list[tuple[int, str]]:
    del case
    organisations = [(row.id, row.short_name) for row in list_possible_offenders(ctx)]
    return [(_UNCHANGED, _("Không thay đổi")), *organisations]


def _offender_names(ctx: Ctx, case: Violation) -> Mapping[int, str]:
    return dict(_offender_options(ctx, case))


def may_record(ctx: Ctx, case: Violation, data: Data) -> None:
    """The record follows the minutes, and an offender is named as a whole or not at all."""
    check_paper(
        ctx,
        PaperKind.VERIFICATION,
        data,
        ("verification_number", "verified_on"),
        case.minutes_on,
        _("ngày lập biên bản"),
    )
    for name, options in (("act", act_options), ("organisation", _offender_options)):
        if _picked(data, name) not in {option for option, _label in options(ctx, case)}:
            raise Invalid({name: _("Mục đã chọn không có trong danh sách; hãy chọn lại.")})
    lacking = [name for name in ("offender", "offender_name") if not data.get(name)]
    if len(lacking) == 1:
        raise Invalid({lacking[0]: _("Bên vi phạm phải có cả loại và tên, hoặc để trống cả hai khi không thay đổi.")})


def record_facts(ctx: Ctx, case: Violation, data: Data) -> None:
    """Store what the record found; after an annulment the term of the decision begins with it."""
    on: date = data["verified_on"]
    if act := _picked(data, "act"):
        kind = ctx.session.get_one(ViolationKind, act)
        # Without the commune: it would narrow the public cell for readers who know that only.
        case.kind_id, case.title = kind.id, kind.act
    if number := _picked(data, "organisation"):
        organisation = ctx.session.get_one(Organisation, number)
        case.organisation_id = organisation.id
        case.offender, case.offender_name = Offender.ORGANISATION, organisation.name
    if data.get("offender_name"):
        case.offender, case.offender_name = Offender(data["offender"]), data["offender_name"]
    if case.state is S.ANNULLED:
        case.reopened_on = on
    issue_paper(ctx, case, PaperKind.VERIFICATION, on, data["verification_number"])


def _picked(data: Data, name: str) -> int:
    return int(next(iter(data.get(name) or ()), _UNCHANGED))


def _after_record(ctx: Ctx, case: Violation) -> ViolationState:
    return undecided_state(ctx, case) if case.state is S.ANNULLED else case.state


def may_annul(ctx: Ctx, case: Violation, data: Data) -> None:
    """The annulment follows the decision; no year limits it (NĐ 118/2021 Đ13)."""
    check_paper(
        ctx, PaperKind.ANNULMENT, data, ("annulment_number", "annulled_on"), case.decision_on, _("ngày quyết định")
    )


def annul(ctx: Ctx, case: Violation, data: Data) -> None:
    """The decision no longer stands: it leaves figures, lists and terms; its paper stays."""
    issue_paper(ctx, case, PaperKind.ANNULMENT, data["annulled_on"], data["annulment_number"])
    case.decision_number = case.decision_on = case.decision_delivered_on = case.decision_form = None
    case.authority = case.fine_vnd = case.remedy = case.decided_by_id = None
    for act in further_acts(ctx, case):
        act.fine_vnd = None
    case.mitigating = case.aggravating = case.deputy_name = case.delegation = case.delegation_id = None
    case.remedies = []
    case.remedy_due_on = case.remedied_on = case.closed_on = None
    case.paid_vnd = case.paid_on = case.receipt_number = case.deferred_until = case.enforced_on = case.enforced_by = (
        None
    )
    case.state_before_complaint = None


def may_amend(ctx: Ctx, case: Violation, data: Data) -> None:
    """Within the year of the decision and the limitation; the new fine in the range and competence of its day."""
    _check_change(ctx, case, data, PaperKind.AMENDMENT, ("amendment_number", "amended_on"))
    kind = ctx.session.get_one(ViolationKind, case.kind_id)
    if case.decision_form is not DecisionForm.FINE or case.authority is None or case.decision_on is None:
        if data["fine_vnd"]:
            raise Invalid({"fine_vnd": _("Quyết định này không phạt tiền; mức phạt sau sửa đổi phải là 0.")})
        return
    # The fines of further acts stay: what changes is that of the first one.
    first = data["fine_vnd"] - fines_of_acts(further_acts(ctx, case))
    proposed = ProposedDecision(case.authority, case.decision_on, case.offender or Offender.ORGANISATION, first)
    errors = decision_errors(ctx.session, kind, proposed)
    if case.paid_vnd and data["fine_vnd"] < case.paid_vnd:
        errors["fine_vnd"] = _(
            "Đã nộp nhiều hơn mức phạt sau sửa đổi; hãy hủy quyết định và hoàn trả phần đã nộp trước."
        )
    if errors:
        raise Invalid({"fine_vnd": next(iter(errors.values()))})


def amend(ctx: Ctx, case: Violation, data: Data) -> None:
    """Fine and remedy change from now on; the decision as issued and the amendment are two papers."""
    case.fine_vnd, case.remedy = data["fine_vnd"], data["remedy"]
    if case.state in COMPLAINED:
        case.complaint_settled_on = data["amended_on"]
    if case.paid_vnd is not None:
        is_paid = case.paid_vnd >= case.fine_vnd
        case.paid_on = data["amended_on"] if is_paid else None
        case.receipt_number = _last_receipt(ctx, case) if is_paid else None
    issue_paper(ctx, case, PaperKind.AMENDMENT, data["amended_on"], data["amendment_number"])


def _last_receipt(ctx: Ctx, case: Violation) -> str | None:
    """The receipt of the last payment: that of a part is kept in its event alone."""
    paid = select(CaseEvent.said["receipt_number"].astext).where(
        CaseEvent.workflow == CODE, CaseEvent.case_id == case.id, CaseEvent.move == "pay"
    )
    return ctx.session.scalar(paid.order_by(CaseEvent.id.desc()).limit(1))


def may_correct(ctx: Ctx, case: Violation, data: Data) -> None:
    _check_change(ctx, case, data, PaperKind.CORRECTION, ("correction_number", "corrected_on"))


def correct(ctx: Ctx, case: Violation, data: Data) -> None:
    """A drafting error is put right by a paper; no fact of the case changes."""
    issue_paper(ctx, case, PaperKind.CORRECTION, data["corrected_on"], data["correction_number"])


def _check_change(ctx: Ctx, case: Violation, data: Data, paper: PaperKind, names: tuple[str, str]) -> None:
    check_paper(ctx, paper, data, names, case.decision_on, _("ngày quyết định"))
    if case.decision_on is None:
        return
    kind = ctx.session.get_one(ViolationKind, case.kind_id)
    last = min(
        term_end(ctx, CHANGE_TERM, midnight(case.decision_on)),
        limitation_end(ctx, limitation_term(kind.sector), limitation_start(case)),
    )
    if data[names[1]] > last:
        raise Invalid(
            {
                names[1]: _(
                    "Ngày %(day)s sau ngày cuối được đính chính, sửa đổi quyết định (%(last)s); chỉ còn"
                    " hủy bỏ quyết định.",
                    day=format_date(data[names[1]]),
                    last=format_date(last),
                )
            }
        )


def back_from_complaint(_ctx: Ctx, case: Violation) -> ViolationState:
    """A change of the decision settles a pending complaint, and the case goes on where it was."""
    if case.state not in COMPLAINED or case.state_before_complaint is None:
        return case.state
    return S(case.state_before_complaint)


def _today(name: str) -> Any:
    return lambda ctx, _case: {name: ctx.today}


_CHANGED: Final = (*IN_FORCE, *COMPLAINED, S.CLOSED)
BACK: Final = (*IN_FORCE, S.CLOSED)
MOVES: Final = (
    Move(
        "record_facts",
        _l("Lập biên bản xác minh"),
        _l("Đã lập biên bản xác minh tình tiết"),
        (*UNDECIDED, S.ANNULLED),
        branch_to(*UNDECIDED, choose=_after_record),
        P.VIOLATION_HANDLE,
        needs=(
            *paper_needs("verification_number", "verified_on", _l("Số biên bản xác minh"), _l("Ngày lập")),
            ItemsNeed(
                "act",
                _l("Hành vi sau xác minh"),
                act_options,
                required=False,
                names=_act_names,
                is_preset=False,
                is_single=True,
                hint=_l("Để trống khi hành vi không thay đổi."),
            ),
            ItemsNeed(
                "organisation",
                _l("Tổ chức vi phạm sau xác minh"),
                _offender_options,
                required=False,
                names=_offender_names,
                is_preset=False,
                is_single=True,
                hint=_l("Để trống khi tổ chức không thay đổi; tổ chức đã được giao biên bản vẫn được xem hồ sơ."),
            ),
            Field(
                "offender",
                _l("Bên vi phạm sau xác minh là"),
                choices=Offender,
                needed_when=_l("khi bên vi phạm thay đổi"),
            ),
            Field(
                "offender_name",
                _l("Tên bên vi phạm sau xác minh"),
                max_length=200,
                needed_when=_l("khi bên vi phạm thay đổi"),
            ),
            text_need("text", _l("Nội dung xác minh")),
            FilesNeed("files", _l("Bản chụp biên bản")),
        ),
        guard=may_record,
        effect=record_facts,
        notifies=("accused", "commune"),
        presets=lambda ctx, _case: {"verified_on": ctx.today, "act": _UNCHANGED, "organisation": _UNCHANGED},
    ),
    Move(
        "correct",
        _l("Đính chính quyết định"),
        _l("Đã đính chính quyết định"),
        (*IN_FORCE, S.CLOSED),
        Branch(BACK, back_from_complaint),
        P.VIOLATION_REVIEW,
        needs=(
            *paper_needs("correction_number", "corrected_on", _l("Số quyết định đính chính"), _l("Ngày đính chính")),
            text_need("text", _l("Nội dung sai và nội dung đúng"), hint=_l("Chỉ lỗi kỹ thuật soạn thảo.")),
            FilesNeed("files", _l("Bản chụp quyết định")),
        ),
        obstacle=without_decision,
        guard=may_correct,
        effect=correct,
        notifies=NOTIFIED,
        presets=_today("corrected_on"),
    ),
    Move(
        "amend",
        _l("Sửa đổi, hủy một phần quyết định"),
        _l("Đã sửa đổi quyết định"),
        _CHANGED,
        Branch(BACK, back_from_complaint),
        P.VIOLATION_REVIEW,
        needs=(
            *paper_needs("amendment_number", "amended_on", _l("Số quyết định sửa đổi"), _l("Ngày sửa đổi")),
            money("fine_vnd", _l("Mức phạt sau sửa đổi")),
            text_need("remedy", _l("Nội dung phải khắc phục sau sửa đổi")),
            text_need("text", _l("Lý do sửa đổi")),
            FilesNeed("files", _l("Bản chụp quyết định")),
        ),
        obstacle=without_decision,
        guard=may_amend,
        effect=amend,
        notifies=NOTIFIED,
        presets=lambda ctx, case: {"amended_on": ctx.today, "fine_vnd": case.fine_vnd, "remedy": case.remedy},
    ),
    Move(
        "annul",
        _l("Hủy bỏ quyết định"),
        _l("Đã hủy bỏ quyết định"),
        _CHANGED,
        S.ANNULLED,
        P.VIOLATION_REVIEW,
        needs=(
            *paper_needs("annulment_number", "annulled_on", _l("Số quyết định hủy bỏ"), _l("Ngày hủy bỏ")),
            text_need("text", _l("Lý do hủy bỏ")),
            FilesNeed("files", _l("Bản chụp quyết định")),
        ),
        obstacle=without_decision,
        guard=may_annul,
        effect=annul,
        notifies=NOTIFIED,
        tone="danger",
        presets=_today("annulled_on"),
    ),
)
