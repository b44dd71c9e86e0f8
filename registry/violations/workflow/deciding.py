"""Moves that lead to the decision: delivery of the minutes, explanation, complex cases, decision or none."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Final

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.kernel.clock import local_date
from registry.kernel.errors import Invalid
from registry.kernel.fields import Field
from registry.kernel.i18n import _, _l, format_date, format_money
from registry.kernel.i18n.stored import stored_text
from registry.violations import known_facts
from registry.violations.acts import act_start, fine_field, fines_of_acts, further_acts, kinds_of
from registry.violations.codes import (
    Authority,
    DecisionForm,
    DelegatedPower,
    NoFineGround,
    Offender,
    PaperKind,
    Remedy,
    Sector,
    ViolationState,
)
from registry.violations.delegations import citation_of
from registry.violations.law import (
    ProposedDecision,
    decision_errors,
    defence_problem,
    limitation_end,
    limitation_start,
    limitation_term,
    remedy_errors,
    same_act_problem,
    sanction_errors,
)
from registry.violations.models import Violation, ViolationKind
from registry.violations.numbers import issue_paper, number_problem
from registry.violations.queries import list_competence, who_may_order
from registry.violations.rules import (
    expected_fine,
    fine_range,
    format_fine_range,
    late_decision_problem,
    past_day_problem,
)
from registry.violations.workflow.common import (
    NOTIFIED,
    UNDECIDED,
    money,
    number_need,
    owner_problem,
    procedure_day,
)
from registry.violations.workflow.signing import chosen_delegation, deputy_need, deputy_problem
from registry.violations.workflow.terms import decision_due, decision_start
from registry.workflow.definition import Data, FilesNeed, ItemsNeed, Move, Need, text_need

S = ViolationState
#: Authorities of the commune's level.
_COMMUNE: Final = frozenset({Authority.COMMUNE_CHAIR, Authority.DISTRICT_CHAIR})
#: Stored in events by their places: new ones go to the end.
_REMEDIES: Final = tuple(Remedy)
_MOST_CIRCUMSTANCES: Final = Decimal(12)


def holder_of(case: Violation) -> Authority:
    """The authority that decides where the case is held."""
    if case.transferred_to is None or case.transferred_to.value not in set(Authority):
        return Authority.COMMUNE_CHAIR
    return Authority(case.transferred_to.value)


def may_decide(ctx: Ctx, case: Violation, data: Data) -> None:
    """The authority is competent on that day, the fine is in range, an offender is named; all problems at once."""
    kind = ctx.session.get_one(ViolationKind, case.kind_id)
    day: date = data["decision_on"]
    errors = _common_errors(ctx, case, kind, data, PaperKind.DECISION)
    if "decision_on" not in errors and (late := _late_for_sanction(ctx, case, kind, day)):
        errors["decision_on"] = late
    if "decision_on" not in errors:
        # The law of the day.
        decision = ProposedDecision(
            Authority(data["authority"]), day, case.offender or Offender.ORGANISATION, data["fine_vnd"], _ordered(data)
        )
        law = decision_errors(ctx.session, kind, decision)
        if not law and (problem := _fine_rule_problem(kind, decision, data)):
            law = {"fine_reason": problem}
        errors |= {**_act_errors(ctx, case, decision, data), **law, **errors}
    _raise(errors)


def without_warning(ctx: Ctx, case: Violation) -> str | None:
    """The decree gives no warning for the act (Đ22)."""
    kind = next((kind for kind in kinds_of(ctx, case) if not kind.allows_warning), None)
    if kind is None:
        return None
    return _(
        "Danh mục không ghi hình thức cảnh cáo cho hành vi “%(act)s”; chỉ cảnh cáo khi văn bản quy định (Điều 22).",
        act=stored_text(kind.act),
    )


def may_warn(ctx: Ctx, case: Violation, data: Data) -> None:
    """A warning is given in the term of a fine, for a minor act with a mitigating fact (Đ22)."""
    kind = ctx.session.get_one(ViolationKind, case.kind_id)
    day: date = data["decision_on"]
    errors = _common_errors(ctx, case, kind, data, PaperKind.DECISION)
    if "decision_on" not in errors and (late := _late_for_sanction(ctx, case, kind, day)):
        errors["decision_on"] = late
    if "authority" not in errors:
        errors |= sanction_errors(ctx.session, kind, Authority(data["authority"]), day, _ordered(data))
    if not data.get("mitigating"):
        errors["mitigating"] = _("Cảnh cáo cần ít nhất một tình tiết giảm nhẹ (Điều 22); hãy ghi số tình tiết.")
    _raise(errors)


def warn(ctx: Ctx, case: Violation, data: Data) -> None:
    """Store a warning, which is a sanction without a fine."""
    number = issue_paper(ctx, case, PaperKind.DECISION, data["decision_on"], data["decision_number"])
    _store(ctx, case, data, number)
    case.decision_form, case.fine_vnd = DecisionForm.WARNING, Decimal(0)
    case.mitigating, case.aggravating = int(data.get("mitigating") or 0), int(data.get("aggravating") or 0)


def _late_for_sanction(ctx: Ctx, case: Violation, kind: ViolationKind, day: date) -> str | None:
    """The term of the decision or the limitation is over."""
    return _late_problem(ctx, case, day) or late_decision_problem(
        day, limitation_end(ctx, limitation_term(kind.sector), limitation_start(case))
    )


def _act_errors(ctx: Ctx, case: Violation, decision: ProposedDecision, data: Data) -> dict[str, str]:
    """What is wrong with the fines of the further acts, by field; one beyond the competence takes the case up."""
    errors: dict[str, str] = {}
    for act in further_acts(ctx, case):
        name = fine_field(act)
        fined = replace(decision, fine_vnd=data.get(name) or Decimal(0))
        last = limitation_end(ctx, limitation_term(act.kind.sector), act_start(case, act))
        problems = decision_errors(ctx.session, act.kind, fined)
        if "authority" in problems:
            errors["authority"] = f"{stored_text(act.kind.act)}: {problems['authority']}"
        problem = late_decision_problem(decision.decided_on, last) or problems.get("fine_vnd")
        if problem or (problem := _fine_rule_problem(act.kind, fined, data)):
            errors[name] = problem
    return errors


def _fines_of_acts(ctx: Ctx, case: Violation) -> tuple[Field, ...]:
    """A field for the fine of each further act."""
    return tuple(
        replace(
            _FINE,
            name=fine_field(act),
            label=_("Mức phạt của hành vi: %(act)s", act=stored_text(act.kind.act)),
            hint=_(
                "Khung phạt: %(fines)s.",
                fines=format_fine_range(act.kind, half=case.offender is Offender.INDIVIDUAL),
            ),
        )
        for act in further_acts(ctx, case)
    )


def may_order_remedies(ctx: Ctx, case: Violation, data: Data) -> None:
    """Remedies without a fine: the ground holds on the day of the decision, and the authority may order them."""
    kind = ctx.session.get_one(ViolationKind, case.kind_id)
    day: date = data["decision_on"]
    errors = _common_errors(ctx, case, kind, data, PaperKind.REMEDIES_DECISION)
    if "decision_on" not in errors:
        ground = NoFineGround(data["ground"])
        problem = None
        if ground is NoFineGround.LATE and day <= (due := decision_due(ctx, case)):
            problem = _("Thời hạn ra quyết định còn đến %(day)s; hãy ra quyết định xử phạt.", day=format_date(due))
        last = limitation_end(ctx, limitation_term(kind.sector), limitation_start(case))
        if ground is NoFineGround.TIME_BARRED and day <= last:
            problem = _("Thời hiệu xử phạt còn đến %(day)s; hãy ra quyết định xử phạt.", day=format_date(last))
        errors |= {"ground": problem} if problem else {}
        law = remedy_errors(ctx.session, kind, Authority(data["authority"]), day, _ordered(data))
        errors |= {**law, **errors}
    _raise(errors)


def _raise(errors: dict[str, str]) -> None:
    if "authority" in errors:
        # Its number is not asked for.
        errors.pop("decision_number", None)
    if errors:
        raise Invalid(errors)


def _common_errors(ctx: Ctx, case: Violation, kind: ViolationKind, data: Data, paper: PaperKind) -> dict[str, str]:
    day: date = data["decision_on"]
    authority = Authority(data["authority"])
    problems = {
        "decision_on": past_day_problem(day, local_date(decision_start(case)), _start_text(case), ctx.today),
        "authority": _authority_problem(case, authority) or _defence_problem(ctx, case, authority),
        "decision_number": number_problem(ctx, paper, data["decision_number"], day),
        "deputy": deputy_problem(ctx, data, DelegatedPower.SANCTION, _sectors(ctx, case), authority, day),
        "": owner_problem(case, kind) or _unsigned_problem(case) or same_act_problem(ctx, case, kinds_of(ctx, case)),
    }
    return {name: problem for name, problem in problems.items() if problem}


def _defence_problem(ctx: Ctx, case: Violation, authority: Authority) -> str | None:
    return defence_problem(ctx, case) if authority in _COMMUNE else None


def _start_text(case: Violation) -> str:
    return _("ngày lập biên bản") if case.reopened_on is None else _("ngày lập biên bản xác minh")


def _late_problem(ctx: Ctx, case: Violation, day: date) -> str | None:
    """After its term nothing is fined (Đ65.1.c)."""
    due = decision_due(ctx, case)
    if day <= due:
        return None
    return _(
        "Ngày quyết định %(day)s sau thời hạn ra quyết định xử phạt (%(last)s); không phạt tiền được nữa, chỉ áp dụng"
        " biện pháp khắc phục hậu quả bằng bước “Quyết định khắc phục, không phạt”.",
        day=format_date(day),
        last=format_date(due),
    )


def _fine_rule_problem(kind: ViolationKind, decision: ProposedDecision, data: Data) -> str | None:
    """The fine differs from what the circumstances give, without a reason."""
    allowed = fine_range(kind.fine_min_vnd, kind.fine_max_vnd, decision.offender)
    if allowed is None or data.get("fine_reason"):
        return None
    expected = expected_fine(allowed, int(data.get("mitigating") or 0), int(data.get("aggravating") or 0))
    if expected.least <= decision.fine_vnd <= expected.most:
        return None
    return _(
        "Với các tình tiết đã ghi, mức phạt theo quy tắc là %(least)s đến %(most)s; hãy ghi lý do của mức %(fine)s,"
        " hoặc sửa số tình tiết.",
        least=format_money(expected.least),
        most=format_money(expected.most),
        fine=format_money(decision.fine_vnd),
    )


def _sectors(ctx: Ctx, case: Violation) -> list[Sector]:
    """The fields of law of all acts of a case."""
    return list(dict.fromkeys(kind.sector for kind in kinds_of(ctx, case)))


def decide(ctx: Ctx, case: Violation, data: Data) -> None:
    """Store the decision (with the next number of the agency, if none is typed) and who recorded it."""
    number = issue_paper(ctx, case, PaperKind.DECISION, data["decision_on"], data["decision_number"])
    _store(ctx, case, data, number)
    acts = further_acts(ctx, case)
    for act in acts:
        act.fine_vnd = data[fine_field(act)]
    case.decision_form, case.fine_vnd = DecisionForm.FINE, data["fine_vnd"] + fines_of_acts(acts)
    case.mitigating, case.aggravating = int(data.get("mitigating") or 0), int(data.get("aggravating") or 0)


def order_remedies(ctx: Ctx, case: Violation, data: Data) -> None:
    """Store a decision that fines nothing, which is no sanction (Đ65.2)."""
    number = issue_paper(ctx, case, PaperKind.REMEDIES_DECISION, data["decision_on"], data["decision_number"])
    _store(ctx, case, data, number)
    case.decision_form, case.fine_vnd = DecisionForm.REMEDIES_ONLY, Decimal(0)


def _store(ctx: Ctx, case: Violation, data: Data, number: str) -> None:
    case.decision_number, case.decision_on = number, data["decision_on"]
    case.authority, case.remedy = Authority(data["authority"]), data["remedy"]
    delegation = chosen_delegation(ctx, data)
    case.delegation_id = case.deputy_name = case.delegation = None
    if delegation is not None:
        case.delegation_id, case.deputy_name = delegation.id, delegation.deputy_name
        case.delegation = citation_of(delegation)
    case.remedies = [remedy.value for remedy in _ordered(data)]
    case.decided_by_id = ctx.actor.id
    # The decision that was complained about was annulled; a complaint about this one is a first one.
    case.complaint_level = case.complained_on = case.complaint_accepted_on = case.complaint_settled_on = None


def _unsigned_problem(case: Violation) -> str | None:
    if not case.is_electronic or case.signed_pdf is not None:
        return None
    return _(
        "Biên bản điện tử %(number)s chưa có bản ký số đã kiểm tra; hãy gửi bản ký số, hoặc chuyển sang biên bản giấy.",
        number=case.minutes_number,
    )


def _authority_problem(case: Violation, authority: Authority) -> str | None:
    """The authority that holds the case decides; a district's chair of before 01/7/2025 is of the commune's level."""
    holder = holder_of(case)
    if authority is holder or (holder in _COMMUNE and authority in _COMMUNE):
        return None
    return _(
        "Vụ việc đang ở %(holder)s; chỉ nơi đó ra quyết định, hoặc chuyển vụ việc cho %(authority)s trước.",
        holder=holder.label,
        authority=authority.label,
    )


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


_REMEDIES_NEED: Final = ItemsNeed(
    "remedies",
    _l("Biện pháp khắc phục hậu quả theo luật"),
    remedy_options,
    required=False,
    hint=_l("Chỉ người nêu trong ngoặc có thẩm quyền áp dụng."),
    names=remedy_names,
    is_preset=False,
)
_REMEDY_NEEDS: Final[tuple[Need, ...]] = (
    _REMEDIES_NEED,
    Field(
        "remedy_term",
        _l("Thời hạn khắc phục ghi trong quyết định"),
        max_length=200,
        hint=_l("Ví dụ: 30 ngày kể từ ngày nhận quyết định."),
    ),
    text_need("remedy", _l("Nội dung phải khắc phục"), hint=_l("Ví dụ: thu hồi cáp, gắn thẻ nhận biết; hoặc “Không”.")),
)
_SIGNING: Final[tuple[Need, ...]] = (
    Field("signer_name", _l("Họ tên người ký"), max_length=200, hint=_l("Để trống khi cấp phó ký thay.")),
    deputy_need(DelegatedPower.SANCTION, _l("Người ký quyết định")),
    FilesNeed("files", _l("Bản chụp quyết định")),
)
_AUTHORITY: Final = Field("authority", _l("Người ra quyết định"), choices=Authority, required=True)


def _needs_of_decision(ctx: Ctx, case: Violation) -> tuple[Field, ...]:
    """The authority that holds the case, and a fine for each further act."""
    return (*_authority_of(ctx, case), *_fines_of_acts(ctx, case))


def _authority_of(_ctx: Ctx, case: Violation) -> tuple[Field, ...]:
    """Only the authority that holds the case is offered."""
    holder = holder_of(case)
    offered = sorted(_COMMUNE) if holder in _COMMUNE else [holder]
    return (replace(_AUTHORITY, offered=tuple(authority.value for authority in offered)),)


_HEAD: Final[tuple[Need, ...]] = (
    _AUTHORITY,
    number_need("decision_number", _l("Số quyết định")),
    procedure_day("decision_on", _l("Ngày quyết định")),
)


def _count(name: str, label: object, hint: object) -> Field:
    return Field(
        name,
        label,
        minimum=Decimal(0),
        maximum=_MOST_CIRCUMSTANCES,
        decimals=0,
        python_type=int,
        hint=hint,
    )


_FINE: Final = money("fine_vnd", _l("Mức phạt"), hint=_l("Trong khung của hành vi; cá nhân bằng một nửa tổ chức."))
_MITIGATING: Final = _count(
    "mitigating", _l("Số tình tiết giảm nhẹ"), _l("Theo Điều 9 Luật Xử lý vi phạm hành chính; để trống là 0.")
)
_CIRCUMSTANCES: Final[tuple[Need, ...]] = (
    _MITIGATING,
    _count("aggravating", _l("Số tình tiết tăng nặng"), _l("Theo Điều 10; tái phạm tính ở đây. Để trống là 0.")),
    Field("circumstances", _l("Các tình tiết"), max_length=1000, multiline=True),
)
_DECISION: Final[tuple[Need, ...]] = (
    *_HEAD,
    *_CIRCUMSTANCES,
    _FINE,
    Field(
        "fine_reason",
        _l("Lý do mức phạt khác quy tắc"),
        max_length=1000,
        multiline=True,
        needed_when=_l("khi mức phạt khác mức giữa khung hoặc mức theo các tình tiết"),
    ),
    *_REMEDY_NEEDS,
    *_SIGNING,
)


MOVES: Final = (
    Move(
        "decide",
        _l("Ghi quyết định xử phạt"),
        _l("Đã ra quyết định xử phạt"),
        UNDECIDED,
        S.DECIDED,
        P.VIOLATION_DECIDE,
        needs=_DECISION,
        guard=may_decide,
        effect=decide,
        notifies=NOTIFIED,
        tone="primary",
        case_needs=_needs_of_decision,
        presets=known_facts.known_for_decision,
        hints=known_facts.hints_for_decision,
    ),
    Move(
        "warn",
        _l("Ghi quyết định cảnh cáo"),
        _l("Đã ra quyết định xử phạt cảnh cáo"),
        UNDECIDED,
        S.DECIDED,
        P.VIOLATION_DECIDE,
        needs=(
            *_HEAD,
            replace(_MITIGATING, required=True, hint=_l("Ít nhất một, theo Điều 9 Luật Xử lý vi phạm hành chính.")),
            *_CIRCUMSTANCES[1:],
            *_REMEDY_NEEDS,
            text_need("text", _l("Lý do áp dụng hình thức cảnh cáo")),
            *_SIGNING,
        ),
        obstacle=without_warning,
        guard=may_warn,
        effect=warn,
        notifies=NOTIFIED,
        case_needs=_authority_of,
        presets=known_facts.known_for_remedies,
        hints=known_facts.hints_for_warning,
    ),
    Move(
        "order_remedies",
        _l("Quyết định khắc phục, không phạt"),
        _l("Đã ra quyết định áp dụng biện pháp khắc phục hậu quả"),
        UNDECIDED,
        S.DECIDED,
        P.VIOLATION_DECIDE,
        needs=(
            *_HEAD,
            Field("ground", _l("Lý do không phạt tiền"), choices=NoFineGround, required=True),
            replace(_REMEDIES_NEED, required=True),
            *_REMEDY_NEEDS[1:],
            text_need("text", _l("Lý do, trách nhiệm thực hiện")),
            *_SIGNING,
        ),
        guard=may_order_remedies,
        effect=order_remedies,
        notifies=NOTIFIED,
        case_needs=_authority_of,
        presets=known_facts.known_for_remedies,
        hints=known_facts.hints_for_remedies,
    ),
    Move(
        "stop",
        _l("Kết luận không vi phạm, dừng xử lý"),
        _l("Kết luận không vi phạm sau biên bản, dừng xử lý"),
        (*UNDECIDED, S.ANNULLED),
        S.NOT_VIOLATION,
        P.VIOLATION_DECIDE,
        needs=(text_need("text", _l("Lý do dừng xử lý")), FilesNeed("files", _l("Văn bản kèm theo"))),
        notifies=NOTIFIED,
    ),
)
