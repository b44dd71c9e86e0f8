"""Moves between the minutes and the decision: delivery of the minutes, explanation, especially complex cases."""

from __future__ import annotations

from datetime import date
from typing import Final

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.kernel.errors import Invalid
from registry.kernel.fields import Field
from registry.kernel.i18n import _, _l, format_date
from registry.violations.acts import kinds_of
from registry.violations.codes import Offender, PaperDelivery, PaperKind, ViolationState
from registry.violations.models import Violation
from registry.violations.numbers import issue_paper
from registry.violations.rules import may_explain_fine
from registry.violations.workflow.common import (
    SPAN,
    UNDECIDED,
    check_day,
    check_paper,
    day_problem,
    delivery_needs,
    paper_needs,
    procedure_day,
)
from registry.violations.workflow.terms import deemed_day, explanation_due, longest_explanation
from registry.workflow.definition import Branch, Data, FilesNeed, Move, same_state, text_need

S = ViolationState


def without_explanation(ctx: Ctx, case: Violation) -> str | None:
    """The range of the act gives no right to explain, or it was used."""
    if case.explained_on is not None:
        return _("Đã ghi yêu cầu giải trình ngày %(day)s.", day=format_date(case.explained_on))
    return without_right_to_explain(ctx, case)


def without_right_to_explain(ctx: Ctx, case: Violation) -> str | None:
    """The range of the act gives no right to explain."""
    highest = [kind.fine_max_vnd for kind in kinds_of(ctx, case)]
    if any(most is None or may_explain_fine(most, case.offender or Offender.ORGANISATION) for most in highest):
        return None
    return _(
        "Mức phạt cao nhất của hành vi đối với %(offender)s dưới mức có quyền giải trình (Điều 61).",
        offender=str((case.offender or Offender.ORGANISATION).label).lower(),
    )


def explanation_problem(ctx: Ctx, case: Violation, day: date) -> str | None:
    """A request comes after the minutes, within the term to explain."""
    problem = day_problem(ctx, day, case.minutes_on, _("ngày lập biên bản"))
    last = explanation_due(ctx, case)
    if problem is None and day > last:
        problem = _(
            "Ngày yêu cầu giải trình %(day)s sau hạn cuối (%(last)s); hãy kiểm tra lại.",
            day=format_date(day),
            last=format_date(last),
        )
    return problem


def may_explain(ctx: Ctx, case: Violation, data: Data) -> None:
    if problem := explanation_problem(ctx, case, data["explained_on"]):
        raise Invalid({"explained_on": problem})


def explain(ctx: Ctx, case: Violation, data: Data) -> None:
    """Store the day of the request: the term of the decision is longer from here on."""
    del ctx
    case.explained_on = data["explained_on"]


def has_more_time(ctx: Ctx, case: Violation) -> str | None:
    """There is no right to explain, or more time was granted already."""
    if case.explain_until is None:
        return without_right_to_explain(ctx, case)
    return _("Đã gia hạn giải trình đến hết ngày %(day)s.", day=format_date(case.explain_until))


def may_grant_time(ctx: Ctx, case: Violation, data: Data) -> None:
    """It was asked for within the term to explain, and does not go beyond the longest extension (Đ61)."""
    first, last = explanation_due(ctx, case), longest_explanation(ctx, case)
    problems = {"requested_on": explanation_problem(ctx, case, data["requested_on"])}
    if not first < data["until"] <= last:
        problems["until"] = _(
            "Ngày cuối %(day)s không dùng được; thời hạn giải trình hết ngày %(first)s, gia hạn không quá %(last)s.",
            day=format_date(data["until"]),
            first=format_date(first),
            last=format_date(last),
        )
    if errors := {name: problem for name, problem in problems.items() if problem}:
        raise Invalid(errors)


def grant_time(ctx: Ctx, case: Violation, data: Data) -> None:
    """Who asks for more time asks to explain: the term of the decision is longer from here on."""
    del ctx
    case.explain_until = data["until"]
    case.explained_on = case.explained_on or data["requested_on"]


def may_hold_hearing(ctx: Ctx, case: Violation, data: Data) -> None:
    names = ("hearing_number", "heard_on")
    check_paper(ctx, PaperKind.HEARING, data, names, case.explained_on, _("ngày yêu cầu giải trình"))


def hold_hearing(ctx: Ctx, case: Violation, data: Data) -> None:
    """The record of the hearing joins the file (MBB03)."""
    issue_paper(ctx, case, PaperKind.HEARING, data["heard_on"], data.get("hearing_number"))


def is_especially_complex(ctx: Ctx, case: Violation) -> str | None:
    """The term of an especially complex case is given once."""
    del ctx
    if case.complex_on is None:
        return None
    return _("Vụ việc đã được xác định đặc biệt phức tạp ngày %(day)s.", day=format_date(case.complex_on))


def find_especially_complex(ctx: Ctx, case: Violation, data: Data) -> None:
    """From here on the decision has the term of especially complex cases."""
    del data
    case.complex_on = ctx.today


def minutes_delivered(ctx: Ctx, case: Violation) -> str | None:
    del ctx
    if case.minutes_delivered_on is None:
        return None
    return _("Biên bản đã giao ngày %(day)s.", day=format_date(case.minutes_delivered_on))


def may_deliver_minutes(ctx: Ctx, case: Violation, data: Data) -> None:
    check_day(ctx, data, "delivered_on", case.minutes_on, _("ngày lập biên bản"))


def deliver_minutes(ctx: Ctx, case: Violation, data: Data) -> None:
    case.minutes_delivered_on = deemed_day(ctx, data["delivered_on"], PaperDelivery(data["how"]))


MOVES: Final = (
    Move(
        "deliver_minutes",
        _l("Ghi nhận giao biên bản"),
        _l("Đã giao biên bản"),
        UNDECIDED,
        Branch(UNDECIDED, same_state),
        P.VIOLATION_HANDLE,
        needs=delivery_needs(_l("Ngày giao, trả lại hoặc niêm yết")),
        obstacle=minutes_delivered,
        guard=may_deliver_minutes,
        effect=deliver_minutes,
        notifies=("accused",),
        presets=lambda ctx, _case: {"delivered_on": ctx.today},
    ),
    Move(
        "explain",
        _l("Ghi nhận yêu cầu giải trình"),
        _l("Bên vi phạm giải trình"),
        (S.MINUTES_MADE,),
        S.EXPLAINING,
        P.VIOLATION_HANDLE,
        needs=(
            procedure_day("explained_on", _l("Ngày yêu cầu giải trình")),
            text_need("text", _l("Nội dung giải trình")),
            FilesNeed("files", _l("Văn bản giải trình")),
        ),
        obstacle=without_explanation,
        guard=may_explain,
        effect=explain,
        notifies=("accused", "commune"),
    ),
    Move(
        "hold_hearing",
        _l("Lập biên bản giải trình trực tiếp"),
        _l("Đã tổ chức phiên giải trình trực tiếp"),
        (S.EXPLAINING,),
        S.EXPLAINING,
        P.VIOLATION_HANDLE,
        needs=(
            *paper_needs("hearing_number", "heard_on", _l("Số biên bản giải trình"), _l("Ngày giải trình trực tiếp")),
            Field("representative", _l("Người đại diện bên giải trình"), max_length=200),
            text_need("facts", _l("Căn cứ pháp lý, tình tiết, chứng cứ do cơ quan nêu")),
            text_need("text", _l("Ý kiến của bên giải trình")),
            FilesNeed("files", _l("Bản chụp biên bản")),
        ),
        guard=may_hold_hearing,
        effect=hold_hearing,
        notifies=("accused", "commune"),
        presets=lambda ctx, _case: {"heard_on": ctx.today},
    ),
    Move(
        "grant_time",
        _l("Ghi nhận gia hạn giải trình"),
        _l("Đã gia hạn giải trình"),
        (S.MINUTES_MADE, S.EXPLAINING),
        S.EXPLAINING,
        P.VIOLATION_DECIDE,
        needs=(
            procedure_day("requested_on", _l("Ngày đề nghị gia hạn")),
            Field("until", _l("Được giải trình đến hết ngày"), required=True, python_type=date, span=SPAN),
            text_need("text", _l("Lý do gia hạn")),
            FilesNeed("files", _l("Văn bản đề nghị, văn bản gia hạn")),
        ),
        obstacle=has_more_time,
        guard=may_grant_time,
        effect=grant_time,
        notifies=("accused", "commune"),
        presets=lambda ctx, case: {"requested_on": ctx.today, "until": longest_explanation(ctx, case)},
    ),
    Move(
        "find_complex",
        _l("Xác định vụ việc đặc biệt phức tạp"),
        _l("Vụ việc đặc biệt phức tạp, thời hạn ra quyết định dài hơn"),
        (S.MINUTES_MADE, S.EXPLAINING),
        Branch((S.MINUTES_MADE, S.EXPLAINING), same_state),
        P.VIOLATION_DECIDE,
        needs=(
            text_need("text", _l("Lý do vụ việc đặc biệt nghiêm trọng, phức tạp")),
            FilesNeed("files", _l("Văn bản của người có thẩm quyền")),
        ),
        obstacle=is_especially_complex,
        effect=find_especially_complex,
        notifies=("accused", "commune"),
    ),
)
