"""What moves of several phases share."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, Final

from registry.authz.actors import Ctx
from registry.kernel.days import PAPER
from registry.kernel.errors import Invalid
from registry.kernel.fields import Field
from registry.kernel.i18n import _, _l, format_date
from registry.violations.codes import PaperKind, ViolationState
from registry.violations.models import Violation, ViolationKind
from registry.violations.numbers import number_problem
from registry.violations.rules import past_day_problem
from registry.workflow.definition import Branch, Data

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


def procedure_day(name: str, label: Any, *, hint: Any = "") -> Field:
    """A day of the procedure; its order is the rule of the guard."""
    return Field(name, label, required=True, python_type=date, span=SPAN, hint=hint)


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
