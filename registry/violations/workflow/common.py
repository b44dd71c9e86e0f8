"""What moves of several phases share."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any, Final

from registry.authz.actors import Ctx
from registry.files.types import is_photo
from registry.kernel.days import PAPER
from registry.kernel.errors import Invalid
from registry.kernel.fields import Field
from registry.kernel.i18n import _, _l, format_date
from registry.kernel.units import VND
from registry.violations.codes import PaperDelivery, PaperKind, ViolationState
from registry.violations.models import Violation, ViolationKind
from registry.violations.numbers import number_problem
from registry.violations.rules import past_day_problem
from registry.workflow.definition import Branch, Data, FilesNeed, Need, text_need

S = ViolationState
NUMBER: Final = 100
DELIVERY_HINT: Final = _l("Ngày của sự việc đó; hệ thống tính ngày được coi là đã nhận từ ngày này.")
NOTIFIED: Final = ("accused", "inspector", "commune")
#: With minutes and no decision, at the office that holds the case.
UNDECIDED: Final = (S.MINUTES_MADE, S.EXPLAINING, S.DECISION_OVERDUE)
#: With a decision in force, no complaint pending.
IN_FORCE: Final = (S.DECIDED, S.REMEDYING, S.REMEDY_OVERDUE, S.REMEDIED)
#: With a complaint that is not settled.
COMPLAINED: Final = (S.APPEALED, S.COMPLAINT_OVERDUE)
SPAN: Final = PAPER


def number_need(name: str, label: Any) -> Field:
    """The number of a paper; left empty it is the next one of the agency."""
    return Field(
        name,
        label,
        max_length=NUMBER,
        needed_when=_l("khi văn bản có ngày trước văn bản được cấp số sau cùng"),
        hint=_l("Để trống thì hệ thống cấp số kế tiếp của cơ quan."),
    )


def procedure_day(name: str, label: Any, *, hint: Any = "") -> Field:
    """A day of the procedure; its order is the rule of the guard."""
    return Field(name, label, required=True, python_type=date, span=SPAN, hint=hint)


def paper_needs(number: str, day: str, number_label: Any, day_label: Any) -> tuple[Need, ...]:
    """Number and day of a paper that a move issues; without a number it gets the next of the agency."""
    return number_need(number, number_label), procedure_day(day, day_label)


def delivery_needs(day_label: Any) -> tuple[Need, ...]:
    """When and how a paper reached its addressee, with the proof of it."""
    return (
        procedure_day("delivered_on", day_label, hint=DELIVERY_HINT),
        Field("how", _l("Cách giao"), choices=PaperDelivery, required=True),
        text_need("text", _l("Người nhận, giấy báo nhận"), required=False),
        FilesNeed("files", _l("Bản chụp giấy báo nhận")),
    )


def payment_needs(sum_label: Any, *further: Need) -> tuple[Need, ...]:
    """When and how much was paid, with the receipt."""
    return (
        procedure_day("paid_on", _l("Ngày nộp phạt")),
        money("paid_vnd", sum_label, least=1),
        *further,
        Field("receipt_number", _l("Số biên lai, chứng từ"), max_length=NUMBER, required=True),
        FilesNeed("files", _l("Bản chụp biên lai")),
    )


def proof_needs(text_label: Any) -> tuple[Need, ...]:
    """When it was remedied and what was done, with photos that the case did not have."""
    return (
        procedure_day("remedied_on", _l("Ngày khắc phục xong")),
        text_need("text", text_label),
        FilesNeed("photos", _l("Ảnh sau khi khắc phục"), required=True, must_be_new=True),
    )


def money(name: str, label: Any, *, least: int = 0, required: bool = True, hint: Any = "") -> Field:
    """A sum in đồng."""
    return Field(
        name,
        label,
        unit=VND,
        minimum=Decimal(least),
        maximum=Decimal(10) ** 12,
        required=required,
        python_type=Decimal,
        hint=hint,
    )


def check_photo(data: Data) -> None:
    """Invalid unless at least one of the files is a photo."""
    names: list[str] = data["photos"]
    if not any(is_photo(name) for name in names):
        raise Invalid({"photos": _("Chưa có ảnh sau khi khắc phục; hãy gửi ít nhất một ảnh (JPG, PNG, WEBP, HEIC).")})


def check_proof(ctx: Ctx, case: Violation, data: Data) -> None:
    """Photos show the remedy, on a day after the decision."""
    check_photo(data)
    check_after_decision(ctx, case, data, "remedied_on")


def owner_problem(case: Violation, kind: ViolationKind) -> str | None:
    if not kind.owner_first or case.organisation_id is not None:
        return None
    return _(
        "Chưa xác định chủ sở hữu nên chưa lập biên bản, ra quyết định được;"
        " hãy sửa hồ sơ, ghi tổ chức và hành vi đã chứng minh."
    )


def is_paid(ctx: Ctx, case: Violation) -> str | None:
    """There is a fine that is not paid yet."""
    del ctx
    if case.paid_on is not None:
        return _("Đã ghi nhận nộp phạt ngày %(day)s.", day=format_date(case.paid_on))
    return None if case.fine_vnd else _("Quyết định không có tiền phạt phải nộp.")


def without_decision(ctx: Ctx, case: Violation) -> str | None:
    """A case that was closed before a decision has none to be changed or complained about."""
    del ctx
    if case.decision_number is not None:
        return None
    return _("%(number)s không có quyết định đang có hiệu lực.", number=case.number)


def day_problem(ctx: Ctx, day: date, first: date | None, first_text: str) -> str | None:
    """A day of the procedure is in the future, or before the day that it follows, where there is one."""
    return past_day_problem(day, first or day, first_text, ctx.today)


def check_day(ctx: Ctx, data: Data, name: str, first: date | None, first_text: str) -> None:
    """Invalid unless the day of the field `name` follows another one, and is not in the future."""
    if problem := day_problem(ctx, data[name], first, first_text):
        raise Invalid({name: problem})


def check_after_decision(ctx: Ctx, case: Violation, data: Data, name: str) -> None:
    """Invalid unless the day of the field `name` follows the decision, and is not in the future."""
    check_day(ctx, data, name, case.decision_on, _("ngày quyết định"))


def check_paper(
    ctx: Ctx, kind: PaperKind, data: Any, names: tuple[str, str], first: date | None, first_text: str
) -> None:
    """Invalid unless number and day (the fields `names`) of a paper that follows another day are possible."""
    number, on = names
    problems = {
        on: day_problem(ctx, data[on], first, first_text),
        number: number_problem(ctx, kind, data.get(number), data[on]),
    }
    errors = {name: problem for name, problem in problems.items() if problem}
    if errors:
        raise Invalid(errors)


def branch_to(*states: ViolationState, choose: Callable[[Ctx, Violation], ViolationState]) -> Branch:
    return Branch(states, choose)


def undecided_state(_ctx: Ctx, case: Violation) -> ViolationState:
    """Where a case goes on before its decision."""
    return S.EXPLAINING if case.explained_on is not None else S.MINUTES_MADE
