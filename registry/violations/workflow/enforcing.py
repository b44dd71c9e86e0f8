"""Moves after the decision: delivery, payment with relief and interest, enforcement, remedy and its check."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Final

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.kernel.days import DaySpan
from registry.kernel.errors import Invalid
from registry.kernel.fields import Field
from registry.kernel.i18n import _, _l, format_date, format_money
from registry.violations import known_facts
from registry.violations.codes import (
    HEAD_SIGNS,
    DelegatedPower,
    Offender,
    PaperDelivery,
    PaperKind,
    Relief,
    ViolationState,
)
from registry.violations.law import term_end
from registry.violations.models import Violation, ViolationKind
from registry.violations.numbers import issue_paper
from registry.violations.rules import late_interest, unpaid_fine
from registry.violations.workflow.common import (
    IN_FORCE,
    NOTIFIED,
    SPAN,
    check_after_decision,
    check_paper,
    check_photo,
    check_proof,
    day_problem,
    delivery_needs,
    is_paid,
    money,
    paper_needs,
    payment_needs,
    procedure_day,
    proof_needs,
)
from registry.violations.workflow.signing import chosen_delegation, deputy_need, deputy_problem
from registry.violations.workflow.terms import (
    DEFER_TERM,
    INSTALMENTS_TERM,
    deemed_day,
    execution_end,
    midnight,
    payment_due,
)
from registry.workflow.definition import Branch, Data, FilesNeed, Move, same_state, text_need

S = ViolationState
#: Fines of organisations from which relief is possible, and by how much those of individuals are lower (Đ76, Đ79).
_RELIEF_FROM: Final = {Relief.DEFERRAL: Decimal(100_000_000), Relief.INSTALMENTS: Decimal(150_000_000)}
_PERSON_SHARE: Final = {Relief.DEFERRAL: 50, Relief.INSTALMENTS: 10}
_RELIEF_TERMS: Final = {Relief.DEFERRAL: DEFER_TERM, Relief.INSTALMENTS: INSTALMENTS_TERM}
#: The first of several instalments (Đ79).
_FIRST_PART: Final = Decimal("0.4")


def may_order_remedy(ctx: Ctx, case: Violation, data: Data) -> None:
    """A remedy is due after the decision, within the years that a remedy takes."""
    due: date = data["remedy_due_on"]
    if case.decision_on is not None and due < case.decision_on:
        raise Invalid(
            {
                "remedy_due_on": _(
                    "Hạn khắc phục %(day)s trước ngày quyết định (%(decision)s); hãy ghi một ngày sau đó.",
                    day=format_date(due),
                    decision=format_date(case.decision_on),
                )
            }
        )
    del ctx


def may_renew_remedy(ctx: Ctx, case: Violation, data: Data) -> None:
    """Photos show the state, and the new day is after today."""
    del case
    check_photo(data)
    due: date = data["remedy_due_on"]
    if due <= ctx.today:
        raise Invalid(
            {
                "remedy_due_on": _(
                    "Hạn khắc phục mới %(day)s không sau hôm nay (%(today)s); hãy ghi một ngày sau đó.",
                    day=format_date(due),
                    today=format_date(ctx.today),
                )
            }
        )


def order_remedy(ctx: Ctx, case: Violation, data: Data) -> None:
    """Store the deadline of the remedy."""
    del ctx
    case.remedy_due_on = data["remedy_due_on"]


def may_pay(ctx: Ctx, case: Violation, data: Data) -> None:
    """What is left of the fine was paid, after the decision and not in the future; parts only with instalments."""
    problem = day_problem(ctx, data["paid_on"], case.decision_on, _("ngày quyết định"))
    errors = {"paid_on": problem} if problem else {}
    left = unpaid_fine(case)
    if data["paid_vnd"] > left or (data["paid_vnd"] < left and case.deferred_until is None):
        errors["paid_vnd"] = _(
            "Số tiền đã nộp %(paid)s khác số còn phải nộp %(fine)s; nộp từng phần chỉ khi đã được nộp phạt nhiều lần,"
            " tiền chậm nộp ghi riêng.",
            paid=format_money(data["paid_vnd"]),
            fine=format_money(left),
        )
    elif case.deferred_until is not None and not case.paid_vnd and data["paid_vnd"] < left * _FIRST_PART:
        errors["paid_vnd"] = _(
            "Lần nộp đầu %(paid)s dưới 40%% tiền phạt %(fine)s (Điều 79).",
            paid=format_money(data["paid_vnd"]),
            fine=format_money(left),
        )
    if errors:
        raise Invalid(errors)


def interest_on(ctx: Ctx, case: Violation, day: date) -> Decimal:
    """The interest of a day for what is left of the fine, by the term of payment and the relief that was granted."""
    due = payment_due(ctx, case)
    return late_interest(unpaid_fine(case), (day - due).days) if due is not None else Decimal(0)


def hints_for_payment(ctx: Ctx, case: Violation) -> Mapping[str, str]:
    """What is left, and the interest of today."""
    interest = interest_on(ctx, case, ctx.today)
    left = format_money(unpaid_fine(case))
    if not interest:
        return {"paid_vnd": _("Còn phải nộp %(left)s.", left=left)}
    return {
        "paid_vnd": _(
            "Còn phải nộp %(left)s, chưa kể tiền chậm nộp đến hôm nay %(interest)s (0,05%%/ngày).",
            left=left,
            interest=format_money(interest),
        )
    }


def pay(ctx: Ctx, case: Violation, data: Data) -> None:
    """Store day and receipt of the payment; the last part pays the fine as a whole."""
    del ctx
    case.paid_vnd = (case.paid_vnd or Decimal(0)) + data["paid_vnd"]
    if case.paid_vnd == case.fine_vnd:
        case.paid_on, case.receipt_number = data["paid_on"], data["receipt_number"]


def may_relieve(ctx: Ctx, case: Violation, data: Data) -> None:
    """The sum is high enough for the relief, and it ends within its longest term (Đ76, Đ79)."""
    is_person = case.offender is Offender.INDIVIDUAL
    relief = Relief(data["relief"])
    least = _RELIEF_FROM[relief] / (_PERSON_SHARE[relief] if is_person else 1)
    errors = {}
    if (case.fine_vnd or 0) < least:
        errors["relief"] = _(
            "“%(relief)s” cần tiền phạt từ %(least)s; tiền phạt của quyết định này là %(fine)s.",
            relief=relief.label,
            least=format_money(least),
            fine=format_money(case.fine_vnd),
        )
    granted: date = data["granted_on"]
    if wrong := day_problem(ctx, granted, case.decision_on, _("ngày quyết định")):
        errors["granted_on"] = wrong
    last = term_end(ctx, _RELIEF_TERMS[relief], midnight(granted))
    if not granted < data["until"] <= last:
        errors["until"] = _(
            "Ngày cuối %(day)s không dùng được; cần sau %(first)s và không sau %(last)s.",
            day=format_date(data["until"]),
            first=format_date(granted),
            last=format_date(last),
        )
    if errors:
        raise Invalid(errors)


def relieve(ctx: Ctx, case: Violation, data: Data) -> None:
    """Interest and overdue payment begin after the last day of the relief."""
    del ctx
    case.deferred_until = data["until"]


def decision_delivered(ctx: Ctx, case: Violation) -> str | None:
    del ctx
    if case.decision_delivered_on is None:
        return None
    return _("Quyết định đã giao ngày %(day)s.", day=format_date(case.decision_delivered_on))


def may_deliver_decision(ctx: Ctx, case: Violation, data: Data) -> None:
    check_after_decision(ctx, case, data, "delivered_on")


def deliver_decision(ctx: Ctx, case: Violation, data: Data) -> None:
    """From the receipt, or the day on which it is deemed received, the terms of payment and complaint run."""
    case.decision_delivered_on = deemed_day(ctx, data["delivered_on"], PaperDelivery(data["how"]))


def executed(ctx: Ctx, case: Violation) -> str | None:
    """Nothing is left to be enforced, or the term of payment still runs."""
    due = payment_due(ctx, case)
    if due is not None and due >= ctx.today:
        return _("Hạn nộp phạt còn đến %(day)s; chưa cưỡng chế được.", day=format_date(due))
    if case.state is not S.REMEDY_OVERDUE and (due is None):
        return _("Chưa có nghĩa vụ quá hạn để cưỡng chế; hãy ghi ngày giao quyết định trước.")
    return None


def may_enforce(ctx: Ctx, case: Violation, data: Data) -> None:
    """A fine is executed within a year of the decision (Đ74); remedies have no such end."""
    day: date = data["enforced_on"]
    problem = None
    check_paper(
        ctx,
        PaperKind.ENFORCEMENT,
        data,
        ("enforcement_number", "enforced_on"),
        case.decision_on,
        _("ngày quyết định"),
    )
    last = execution_end(ctx, case)
    if problem is None and last is not None and day > last and case.state is not S.REMEDY_OVERDUE:
        problem = _(
            "Ngày %(day)s sau thời hiệu thi hành quyết định (%(last)s); tiền phạt không cưỡng chế được nữa.",
            day=format_date(day),
            last=format_date(last),
        )
    sector = ctx.session.get_one(ViolationKind, case.kind_id).sector
    problems = {
        "enforced_on": problem,
        "deputy": deputy_problem(ctx, data, DelegatedPower.ENFORCE, [sector], case.authority, day),
    }
    if errors := {name: sentence for name, sentence in problems.items() if sentence}:
        raise Invalid(errors)


def enforce(ctx: Ctx, case: Violation, data: Data) -> None:
    """Store the day; the decision to enforce is a paper of its own."""
    delegation = chosen_delegation(ctx, data)
    case.enforced_on = data["enforced_on"]
    case.enforced_by = delegation.deputy_name if delegation is not None else None
    issue_paper(ctx, case, PaperKind.ENFORCEMENT, data["enforced_on"], data.get("enforcement_number"))


def confirm_remedy(ctx: Ctx, case: Violation, data: Data) -> None:
    del ctx
    case.remedied_on = data["remedied_on"]


MOVES: Final = (
    Move(
        "pay",
        _l("Ghi nhận nộp phạt"),
        _l("Đã nộp phạt"),
        IN_FORCE,
        Branch(IN_FORCE, same_state),
        P.VIOLATION_HANDLE,
        needs=payment_needs(
            _l("Tiền phạt đã nộp"), money("interest_vnd", _l("Tiền chậm nộp đã nộp thêm"), required=False)
        ),
        obstacle=is_paid,
        guard=may_pay,
        effect=pay,
        notifies=("accused", "commune"),
        presets=known_facts.known_for_payment,
        hints=hints_for_payment,
    ),
    Move(
        "deliver_decision",
        _l("Ghi nhận giao quyết định"),
        _l("Đã giao quyết định"),
        IN_FORCE,
        Branch(IN_FORCE, same_state),
        P.VIOLATION_HANDLE,
        needs=delivery_needs(_l("Ngày nhận, trả lại hoặc niêm yết")),
        obstacle=decision_delivered,
        guard=may_deliver_decision,
        effect=deliver_decision,
        notifies=("accused",),
        presets=lambda ctx, _case: {"delivered_on": ctx.today},
    ),
    Move(
        "relieve",
        _l("Ghi nhận hoãn, nộp phạt nhiều lần"),
        _l("Đã cho hoãn hoặc nộp phạt nhiều lần"),
        IN_FORCE,
        Branch(IN_FORCE, same_state),
        P.VIOLATION_DECIDE,
        needs=(
            Field("relief", _l("Hình thức"), choices=Relief, required=True),
            procedure_day("granted_on", _l("Ngày quyết định")),
            Field("until", _l("Đến hết ngày"), required=True, python_type=date, span=SPAN),
            text_need("text", _l("Căn cứ, các lần nộp")),
            FilesNeed("files", _l("Đơn có xác nhận, quyết định")),
        ),
        obstacle=is_paid,
        guard=may_relieve,
        effect=relieve,
        notifies=("accused",),
        presets=lambda ctx, _case: {"granted_on": ctx.today},
    ),
    Move(
        "enforce",
        _l("Ghi nhận quyết định cưỡng chế"),
        _l("Đã ra quyết định cưỡng chế"),
        IN_FORCE,
        Branch(IN_FORCE, same_state),
        P.VIOLATION_DECIDE,
        needs=(
            *paper_needs(
                "enforcement_number", "enforced_on", _l("Số quyết định cưỡng chế"), _l("Ngày quyết định cưỡng chế")
            ),
            text_need("text", _l("Biện pháp cưỡng chế")),
            deputy_need(DelegatedPower.ENFORCE, _l("Người ký quyết định cưỡng chế")),
            FilesNeed("files", _l("Bản chụp quyết định")),
        ),
        obstacle=executed,
        guard=may_enforce,
        effect=enforce,
        notifies=NOTIFIED,
        presets=lambda ctx, _case: {"enforced_on": ctx.today, "deputy": HEAD_SIGNS},
    ),
    Move(
        "remedy",
        _l("Ấn định thời hạn khắc phục"),
        _l("Đã ấn định thời hạn khắc phục"),
        (S.DECIDED,),
        S.REMEDYING,
        P.VIOLATION_HANDLE,
        needs=(
            Field("remedy_due_on", _l("Hạn khắc phục"), required=True, python_type=date, span=DaySpan(back=1, ahead=5)),
        ),
        guard=may_order_remedy,
        effect=order_remedy,
        notifies=("accused",),
        tone="primary",
    ),
    Move(
        "remedied",
        _l("Xác nhận đã khắc phục"),
        _l("Đã khắc phục"),
        (S.REMEDYING, S.REMEDY_OVERDUE),
        S.REMEDIED,
        P.VIOLATION_HANDLE,
        needs=proof_needs(_l("Kết quả khắc phục")),
        guard=check_proof,
        effect=confirm_remedy,
        presets=lambda ctx, _case: {"remedied_on": ctx.today},
        notifies=("accused", "commune"),
        tone="primary",
    ),
    Move(
        "remedy_failed",
        _l("Kiểm tra: chưa khắc phục"),
        _l("Kiểm tra: chưa khắc phục, ấn định lại thời hạn"),
        (S.REMEDYING, S.REMEDY_OVERDUE),
        S.REMEDYING,
        P.VIOLATION_HANDLE,
        needs=(
            Field(
                "remedy_due_on", _l("Hạn khắc phục mới"), required=True, python_type=date, span=DaySpan(back=1, ahead=5)
            ),
            text_need("text", _l("Kết quả kiểm tra")),
            FilesNeed("photos", _l("Ảnh khi kiểm tra"), required=True, must_be_new=True),
        ),
        guard=may_renew_remedy,
        effect=order_remedy,
        notifies=("accused", "commune"),
    ),
)
