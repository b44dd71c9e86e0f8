"""Moves that lead to the decision: transfer, explanation, complex cases, the decision itself."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from typing import Final

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import ALL, scopes_of
from registry.kernel.clock import LOCAL_ZONE, local_date
from registry.kernel.days import DaySpan
from registry.kernel.errors import Invalid
from registry.kernel.fields import Field
from registry.kernel.i18n import _, _l, format_date
from registry.kernel.units import VND
from registry.violations import known_facts
from registry.violations.codes import Authority, Offender, PaperKind, Receiver, Remedy, ViolationState
from registry.violations.law import (
    ProposedDecision,
    decision_errors,
    limitation_end,
    limitation_start,
    limitation_term,
    term_end,
)
from registry.violations.models import Violation, ViolationKind
from registry.violations.numbers import give_number, number_problem
from registry.violations.queries import list_competence, who_may_order
from registry.violations.rules import late_decision_problem, past_day_problem
from registry.violations.workflow.common import NOTIFIED, NUMBER, owner_problem
from registry.workflow.definition import Branch, Data, FilesNeed, ItemsNeed, Move, Need, same_state, text_need

S = ViolationState
_UNDECIDED = (S.MINUTES_MADE, S.EXPLAINING, S.TRANSFERRED, S.DECISION_OVERDUE)
EXPLAIN_TERM: Final = "violation.explain"
#: Authorities whose decisions the commune records; the lead department records those of all others.
_COMMUNE: Final = frozenset({Authority.COMMUNE_CHAIR, Authority.DISTRICT_CHAIR})
#: Authorities whose decisions get their number from the agency of who records them.
_NUMBERED_HERE: Final = frozenset({Authority.COMMUNE_CHAIR, Authority.LEAD_DIRECTOR})
#: Stored in events by their places: new ones go to the end.
_REMEDIES: Final = tuple(Remedy)


def minutes_start(case: Violation) -> datetime:
    """The day of the minutes, whichever authority decides."""
    if case.minutes_on is None:
        message = f"violation {case.id} has no minutes, yet the term of its decision is asked for"
        raise RuntimeError(message)
    return datetime.combine(case.minutes_on, time.min, tzinfo=LOCAL_ZONE)


def transfer(ctx: Ctx, case: Violation, data: Data) -> None:
    """Store the receiver of the case."""
    del ctx
    case.transferred_to = data["receiver"]


def may_decide(ctx: Ctx, case: Violation, data: Data) -> None:
    """The authority is competent on that day, the fine is in range, an offender is named; all problems at once."""
    kind = ctx.session.get_one(ViolationKind, case.kind_id)
    day: date = data["decision_on"]
    problems = {
        "decision_on": past_day_problem(day, local_date(minutes_start(case)), _("ngày lập biên bản"), ctx.today)
        or late_decision_problem(day, limitation_end(ctx, limitation_term(kind.sector), limitation_start(case))),
        "authority": _authority_problem(ctx, case, Authority(data["authority"])),
        "decision_number": _decision_number_problem(ctx, data),
        "": owner_problem(case, kind) or _unsigned_problem(case),
    }
    errors = {name: problem for name, problem in problems.items() if problem}
    if "decision_on" not in errors:
        # The law of the day.
        offender = case.offender or Offender.ORGANISATION
        remedies = _ordered(data)
        decision = ProposedDecision(Authority(data["authority"]), day, offender, data["fine_vnd"], remedies)
        errors |= {**decision_errors(ctx.session, kind, decision), **errors}
    if "authority" in errors:
        # Its number is not asked for.
        errors.pop("decision_number", None)
    if errors:
        raise Invalid(errors)


def decide(ctx: Ctx, case: Violation, data: Data) -> None:
    """Store the decision (with the next number of the agency, if none is typed) and who recorded it."""
    on = data["decision_on"]
    case.decision_number = data["decision_number"] or give_number(ctx, case, PaperKind.DECISION, on)
    case.decision_on = on
    case.authority, case.fine_vnd, case.remedy = Authority(data["authority"]), data["fine_vnd"], data["remedy"]
    case.remedies = [remedy.value for remedy in _ordered(data)]
    case.decided_by_id = ctx.actor.id


def _decision_number_problem(ctx: Ctx, data: Data) -> str | None:
    """Only the agency that decides numbers its decisions."""
    authority, typed = Authority(data["authority"]), data["decision_number"]
    if not typed and authority not in _NUMBERED_HERE:
        return _(
            "Số quyết định còn trống; quyết định của %(authority)s do nơi ban hành cấp số, hãy ghi số đó.",
            authority=authority.label,
        )
    return number_problem(ctx, PaperKind.DECISION, typed, data["decision_on"])


def _unsigned_problem(case: Violation) -> str | None:
    if not case.is_electronic or case.signed_pdf is not None:
        return None
    return _(
        "Biên bản điện tử %(number)s chưa có bản ký số đã kiểm tra; hãy gửi bản ký số, hoặc chuyển sang biên bản giấy.",
        number=case.minutes_number,
    )


def _authority_problem(ctx: Ctx, case: Violation, authority: Authority) -> str | None:
    """An authority of the actor's own level, or the receiver of a transferred case, must decide."""
    sees_all = ALL in scopes_of(ctx.actor, P.VIOLATION_DECIDE)
    if (authority in _COMMUNE) is sees_all:
        return (
            _("Sở ghi quyết định của Giám đốc Sở hoặc Chủ tịch UBND tỉnh; quyết định cấp xã do UBND cấp xã ghi.")
            if sees_all
            else _("UBND cấp xã chỉ ghi quyết định của mình; vụ việc vượt thẩm quyền phải chuyển lên cấp trên.")
        )
    if case.transferred_to is not None and case.transferred_to.value != authority.value:
        return _(
            "Vụ việc đã chuyển cho %(receiver)s; chỉ nơi đó ra quyết định.", receiver=str(case.transferred_to.label)
        )
    return None


def _ordered(data: Data) -> tuple[Remedy, ...]:
    """The remedies of a decision: their places in the list of all."""
    return tuple(_REMEDIES[index] for index in data.get("remedies") or ())


def remedy_options(ctx: Ctx, case: Violation) -> list[tuple[int, str]]:
    """The remedies with who may order them today in the field of the act; those of the act come first."""
    kind = ctx.session.get_one(ViolationKind, case.kind_id)
    competences = list_competence(ctx.session, ctx.today)
    options = []
    for remedy_index, remedy in enumerate(_REMEDIES):
        offices = who_may_order(competences, remedy, kind.sector)
        if offices:
            foreseen = remedy.value in kind.remedies
            text = _("%(remedy)s (%(offices)s)", remedy=remedy.label, offices=", ".join(str(o.label) for o in offices))
            label = _("%(text)s – văn bản quy định cho hành vi này", text=text) if foreseen else text
            options.append((not foreseen, remedy_index, label))
    return [(remedy_index, label) for _later, remedy_index, label in sorted(options)]


def remedy_names(ctx: Ctx, case: Violation) -> dict[int, str]:
    """All remedies, for the timeline."""
    del ctx, case
    return {index: str(remedy.label) for index, remedy in enumerate(_REMEDIES)}


def may_explain(ctx: Ctx, case: Violation, data: Data) -> None:
    """The request came after the minutes, within the term to explain."""
    day, minutes_on = data["explained_on"], local_date(minutes_start(case))
    problem = past_day_problem(day, minutes_on, _("ngày lập biên bản"), ctx.today)
    last = term_end(ctx, EXPLAIN_TERM, minutes_start(case))
    if problem is None and day > last:
        problem = _(
            "Ngày yêu cầu giải trình %(day)s sau hạn cuối (%(last)s); hãy kiểm tra lại.",
            day=format_date(day),
            last=format_date(last),
        )
    if problem:
        raise Invalid({"explained_on": problem})


def explain(ctx: Ctx, case: Violation, data: Data) -> None:
    """Store the day of the request: the term of the decision is longer from here on."""
    del ctx
    case.explained_on = data["explained_on"]


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


_DECISION: Final[tuple[Need, ...]] = (
    Field("authority", _l("Người ra quyết định"), choices=Authority, required=True),
    Field("decision_number", _l("Số quyết định"), max_length=NUMBER),
    Field("decision_on", _l("Ngày quyết định"), required=True, python_type=date, span=DaySpan(back=10, ahead=1)),
    Field(
        "fine_vnd",
        _l("Mức phạt"),
        unit=VND,
        minimum=Decimal(0),
        maximum=Decimal(10) ** 12,
        required=True,
        python_type=Decimal,
        hint=_l("Trong khung của hành vi; cá nhân bằng một nửa tổ chức."),
    ),
    ItemsNeed(
        "remedies",
        _l("Biện pháp khắc phục hậu quả theo luật"),
        remedy_options,
        required=False,
        hint=_l("Chỉ người nêu trong ngoặc có thẩm quyền áp dụng."),
        names=remedy_names,
        is_preset=False,
    ),
    text_need("remedy", _l("Nội dung phải khắc phục"), hint=_l("Ví dụ: thu hồi cáp, gắn thẻ nhận biết; hoặc «Không».")),
    FilesNeed("files", _l("Bản chụp quyết định")),
)


MOVES: Final = (
    Move(
        "transfer",
        _l("Chuyển cấp có thẩm quyền"),
        _l("Đã chuyển cấp có thẩm quyền"),
        (S.MINUTES_MADE, S.EXPLAINING, S.DECISION_OVERDUE),
        S.TRANSFERRED,
        P.VIOLATION_HANDLE,
        needs=(
            Field("receiver", _l("Chuyển cho"), choices=Receiver, required=True),
            text_need(
                "text", _l("Lý do chuyển"), hint=_l("Ví dụ: mức phạt cao nhất của hành vi vượt thẩm quyền cấp xã.")
            ),
        ),
        effect=transfer,
        notifies=("lead", "commune", "province"),
    ),
    Move(
        "explain",
        _l("Ghi nhận yêu cầu giải trình"),
        _l("Bên vi phạm giải trình"),
        (S.MINUTES_MADE, S.TRANSFERRED),
        S.EXPLAINING,
        P.VIOLATION_HANDLE,
        needs=(
            Field(
                "explained_on",
                _l("Ngày yêu cầu giải trình"),
                required=True,
                python_type=date,
                span=DaySpan(back=10, ahead=1),
            ),
            text_need("text", _l("Nội dung giải trình")),
            FilesNeed("files", _l("Văn bản giải trình")),
        ),
        guard=may_explain,
        effect=explain,
        notifies=("accused", "commune"),
    ),
    Move(
        "find_complex",
        _l("Xác định vụ việc đặc biệt phức tạp"),
        _l("Vụ việc đặc biệt phức tạp, thời hạn ra quyết định dài hơn"),
        (S.MINUTES_MADE, S.EXPLAINING, S.TRANSFERRED),
        Branch((S.MINUTES_MADE, S.EXPLAINING, S.TRANSFERRED), same_state),
        P.VIOLATION_DECIDE,
        needs=(
            text_need("text", _l("Vì sao vụ việc đặc biệt nghiêm trọng, phức tạp")),
            FilesNeed("files", _l("Văn bản của người có thẩm quyền")),
        ),
        obstacle=is_especially_complex,
        effect=find_especially_complex,
        notifies=("accused", "commune"),
    ),
    Move(
        "decide",
        _l("Ghi quyết định xử phạt"),
        _l("Đã ra quyết định xử phạt"),
        _UNDECIDED,
        S.DECIDED,
        P.VIOLATION_DECIDE,
        needs=_DECISION,
        guard=may_decide,
        effect=decide,
        notifies=NOTIFIED,
        tone="primary",
        presets=known_facts.known_for_decision,
        hints=known_facts.hints_for_decision,
    ),
)
