"""Guards, effects and known facts of the moves of a violation."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Final

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import ALL, scopes_of
from registry.files.types import is_photo
from registry.kernel.clock import LOCAL_ZONE, local_date
from registry.kernel.errors import Invalid
from registry.kernel.i18n import _, format_date, format_money
from registry.kernel.i18n.stored import stored_text
from registry.kernel.text import fold
from registry.violations.codes import Authority, Offender, PaperKind, Remedy
from registry.violations.evidence import list_originals
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
from registry.workflow.definition import Data

PAY_TERM: Final = "violation.pay"
EXPLAIN_TERM: Final = "violation.explain"
COMPLEX_TERM: Final = "violation.decide_complex"
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


def minutes_term_start(case: Violation) -> datetime:
    """The discovery; of what was found without owner, the day on which the owner was proved."""
    day = case.owner_proved_on or local_date(case.found_at)
    return datetime.combine(day, time.min, tzinfo=LOCAL_ZONE)


def may_make_minutes(ctx: Ctx, case: Violation, data: Data) -> None:
    """Minutes are made after the act was done, not in the future, against an owner who is known."""
    kind = ctx.session.get_one(ViolationKind, case.kind_id)
    on = data["minutes_on"]
    problems = {
        "minutes_on": past_day_problem(on, case.occurred_on, _("ngày xảy ra"), ctx.today),
        "minutes_number": number_problem(ctx, PaperKind.MINUTES, data["minutes_number"], on),
        "": _owner_problem(case, kind),
    }
    errors = {name: problem for name, problem in problems.items() if problem}
    if errors:
        raise Invalid(errors)


def make_minutes(ctx: Ctx, case: Violation, data: Data) -> None:
    """Store number (the next of the agency, if none is typed), day and offender, and the SHA-256 of the evidence."""
    case.minutes_evidence = [sha256 for _name, sha256 in list_originals(ctx, case)]
    on = data["minutes_on"]
    case.minutes_number = data["minutes_number"] or give_number(ctx, case, PaperKind.MINUTES, on)
    case.minutes_on, case.is_electronic = on, bool(data.get("is_electronic"))
    case.offender, case.offender_name = Offender(data["offender"]), data["offender_name"]


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
        "": _owner_problem(case, kind) or _unsigned_problem(case),
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


def _owner_problem(case: Violation, kind: ViolationKind) -> str | None:
    if not kind.owner_first or case.organisation_id is not None:
        return None
    return _(
        "Chưa xác định chủ sở hữu nên chưa lập biên bản, ra quyết định được;"
        " hãy sửa hồ sơ, ghi tổ chức và hành vi đã chứng minh."
    )


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


def may_hold_open(ctx: Ctx, case: Violation, data: Data) -> None:
    """The act is one without a known owner."""
    del data
    kind = ctx.session.get_one(ViolationKind, case.kind_id)
    if not kind.owner_first or case.organisation_id is not None:
        raise Invalid(
            {
                "": _(
                    "Hành vi «%(act)s» có bên bị cho là vi phạm hoặc không thuộc loại chưa rõ chủ;"
                    " hãy sửa hồ sơ, chọn hành vi chưa rõ chủ sở hữu và để trống tổ chức.",
                    act=stored_text(kind.act),
                )
            }
        )


def may_name_owner(ctx: Ctx, case: Violation, data: Data) -> None:
    """The facts name an organisation and the act that was proved."""
    del data
    kind = ctx.session.get_one(ViolationKind, case.kind_id)
    if case.organisation_id is None or kind.owner_first:
        raise Invalid({"": _("Hồ sơ chưa ghi chủ sở hữu; hãy sửa hồ sơ, ghi tổ chức và hành vi đã chứng minh trước.")})


def name_owner(ctx: Ctx, case: Violation, data: Data) -> None:
    """From today the term of the minutes runs."""
    del data
    case.owner_proved_on = ctx.today


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


def is_paid(ctx: Ctx, case: Violation) -> str | None:
    """There is a fine that is not paid yet."""
    del ctx
    if case.paid_on is not None:
        return _("Đã ghi nhận nộp phạt ngày %(day)s.", day=format_date(case.paid_on))
    return None if case.fine_vnd else _("Quyết định không có tiền phạt phải nộp.")


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


def payment_due(ctx: Ctx, case: Violation) -> date | None:
    """The last day to pay the fine, by the term in force; None without a fine or after the payment."""
    if case.decision_on is None or not case.fine_vnd or case.paid_on is not None:
        return None
    return term_end(ctx, PAY_TERM, datetime.combine(case.decision_on, time.min, tzinfo=LOCAL_ZONE))


def is_unfinished(ctx: Ctx, case: Violation) -> str | None:
    """The fine is paid, and without a state of the remedy nothing is left to remedy."""
    if case.decision_on is None:
        return None
    if is_paid(ctx, case) is None:
        return _("Chưa ghi nhận nộp phạt; hãy ghi nhận nộp phạt trước khi đóng hồ sơ.")
    if case.state == "decided" and (case.remedies or fold(case.remedy or "").strip(". ") != "khong"):
        return _("Quyết định có nội dung phải khắc phục; hãy ấn định thời hạn và xác nhận khắc phục trước khi đóng.")
    return None


def remedy_start(case: Violation) -> datetime:
    """The day by which it was to be remedied."""
    if case.remedy_due_on is None:
        message = f"violation {case.id} has no day of the remedy, yet its term is asked for"
        raise RuntimeError(message)
    return datetime.combine(case.remedy_due_on, time.min, tzinfo=LOCAL_ZONE)


def decision_term_of(ctx: Ctx, case: Violation) -> str:
    """Longest of an especially complex case, then after an explanation, then of a transferred case."""
    del ctx
    if case.complex_on is not None:
        return COMPLEX_TERM
    if case.explained_on is not None:
        return "violation.decide_explained"
    return "violation.decide" if case.transferred_to is None else "violation.decide_transferred"


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


def limitation_of(ctx: Ctx, case: Violation) -> str:
    """The term of the field of law of the act."""
    return limitation_term(ctx.session.get_one(ViolationKind, case.kind_id).sector)
