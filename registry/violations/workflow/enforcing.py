"""Moves after the decision: payment, remedy, its check."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Final

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.files.types import is_photo
from registry.kernel.days import DaySpan
from registry.kernel.errors import Invalid
from registry.kernel.fields import Field
from registry.kernel.i18n import _, _l, format_date, format_money
from registry.kernel.units import VND
from registry.violations import known_facts
from registry.violations.codes import ViolationState
from registry.violations.models import Violation
from registry.violations.rules import past_day_problem
from registry.violations.workflow.common import NUMBER, is_paid
from registry.workflow.definition import Branch, Data, FilesNeed, Move, same_state, text_need

S = ViolationState


def may_order_remedy(ctx: Ctx, case: Violation, data: Data) -> None:
    """A remedy is due after the decision."""
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
    has_photo(ctx, case, data)
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


def has_photo(ctx: Ctx, case: Violation, data: Data) -> None:
    """At least one photo shows the remedy."""
    del ctx, case
    names: list[str] = data["photos"]
    if not any(is_photo(name) for name in names):
        raise Invalid({"photos": _("Chưa có ảnh sau khi khắc phục; hãy gửi ít nhất một ảnh (JPG, PNG, WEBP, HEIC).")})


def may_pay(ctx: Ctx, case: Violation, data: Data) -> None:
    """The whole fine was paid, after the decision and not in the future."""
    problem = past_day_problem(data["paid_on"], case.decision_on or data["paid_on"], _("ngày quyết định"), ctx.today)
    errors = {"paid_on": problem} if problem else {}
    if data["paid_vnd"] != case.fine_vnd:
        errors["paid_vnd"] = _(
            "Số tiền đã nộp %(paid)s khác mức phạt %(fine)s; chỉ ghi nhận khi đã nộp đủ.",
            paid=format_money(data["paid_vnd"]),
            fine=format_money(case.fine_vnd),
        )
    if errors:
        raise Invalid(errors)


def pay(ctx: Ctx, case: Violation, data: Data) -> None:
    """Store day and receipt of the payment."""
    del ctx
    case.paid_on, case.receipt_number = data["paid_on"], data["receipt_number"]


MOVES: Final = (
    Move(
        "pay",
        _l("Ghi nhận nộp phạt"),
        _l("Đã nộp phạt"),
        (S.DECIDED, S.REMEDYING, S.REMEDY_OVERDUE, S.REMEDIED),
        Branch((S.DECIDED, S.REMEDYING, S.REMEDY_OVERDUE, S.REMEDIED), same_state),
        P.VIOLATION_HANDLE,
        needs=(
            Field("paid_on", _l("Ngày nộp phạt"), required=True, python_type=date, span=DaySpan(back=10, ahead=1)),
            Field(
                "paid_vnd",
                _l("Số tiền đã nộp"),
                unit=VND,
                minimum=Decimal(1),
                maximum=Decimal(10) ** 12,
                required=True,
                python_type=Decimal,
            ),
            Field("receipt_number", _l("Số biên lai, chứng từ"), max_length=NUMBER, required=True),
            FilesNeed("files", _l("Bản chụp biên lai")),
        ),
        obstacle=is_paid,
        guard=may_pay,
        effect=pay,
        notifies=("accused", "commune"),
        presets=known_facts.known_for_payment,
    ),
    Move(
        "settle_elsewhere",
        _l("Đóng theo kết quả nơi nhận"),
        _l("Đóng hồ sơ theo kết quả của nơi nhận chuyển"),
        (S.TRANSFERRED, S.DECISION_OVERDUE),
        S.CLOSED,
        P.VIOLATION_TAKE_OVER,
        needs=(text_need("text", _l("Kết quả xử lý của nơi nhận")),),
        notifies=("inspector", "commune"),
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
        needs=(
            text_need("text", _l("Kết quả khắc phục")),
            FilesNeed("photos", _l("Ảnh sau khi khắc phục"), required=True, must_be_new=True),
        ),
        guard=has_photo,
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
