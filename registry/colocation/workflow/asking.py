"""Moves of the requester: send, answer an offer, dispute, withdraw; and what follows from its silence."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Row

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.colocation.codes import ColocationState, ItemDecision, RequestKind
from registry.colocation.models import ColocationItem, ColocationRequest
from registry.colocation.queries import entry_problem, list_items, structures_with_places
from registry.colocation.queue import CODE, release_reservations, reservation_ids
from registry.colocation.rules import (
    REQUIRED_FIELDS,
    SETTLING,
    RequestProblem,
    hidden_problem,
    missing_fields,
    missing_of_item,
    selection_problem,
    state_after_answer,
    wanted_from_problem,
)
from registry.colocation.screening.service import forbidding_rules, screen_request
from registry.colocation.workflow import offers
from registry.colocation.workflow.common import after_answer, conclude_answers, decisions_of
from registry.kernel.errors import Invalid, MoveRefused
from registry.kernel.i18n import _, _l, format_number
from registry.structures.positions.disclosures import disclose, end_disclosures
from registry.workflow.definition import Branch, Data, Move, text_need
from registry.workflow.views import last_moves_into

S = ColocationState
#: Why a cable is to be hung where a rule of the street forbids it.
_REASON: Final = text_need(
    "street_rule_reason",
    _l("Lý do vẫn đề nghị treo cáp nơi cấm treo"),
    needed_when=_l("khi tuyến phố có quy định cấm treo cáp"),
)
#: Rules that the form of the move names.
_NAMED_RULES: Final = 3
#: The requester may withdraw at any time before the contract.
_OPEN: Final = (
    S.UNDER_REVIEW,
    S.SURVEYING,
    S.RETURNED,
    S.OVERDUE,
    S.OFFERED,
    S.UPGRADING,
    *SETTLING,
    S.ACCEPTED,
)


def is_complete(ctx: Ctx, case: ColocationRequest, data: Data) -> None:
    """All required fields are filled, and every structure can still be requested; all errors are shown at once."""
    problems = problems_of(ctx, case)
    if problems:
        raise Invalid({"": [problem.sentence for problem in problems]})
    if not data.get(_REASON.name) and (sentences := _rules_against(ctx, case)):
        sentence = _("Chưa nhập lý do; tuyến phố có quy định cấm treo cáp, hãy ghi lý do vẫn đề nghị.")
        raise Invalid({_REASON.name: f"{sentence} {sentences}"})


def problems_of(ctx: Ctx, case: ColocationRequest) -> list[RequestProblem]:
    """Why a request cannot be sent."""
    problems = missing_fields(case, REQUIRED_FIELDS)
    late = wanted_from_problem(case.wanted_from, ctx.today)
    if late:
        problems.append(RequestProblem(late, "wanted_from"))
    items = list_items(ctx, case)
    if not items:
        problems.append(RequestProblem(_("Chưa chọn công trình nào; hãy thêm ít nhất một công trình.")))
    placed = structures_with_places(ctx, [row.id for _item, row in items])
    for item, structure in items:
        problems += _problems_of(case, item, structure, has_places=structure.id in placed)
        refused = entry_problem(ctx, case, item, structure.code)
        problems += [RequestProblem(refused, "", item.id)] if refused else []
    return problems


def _rules_against(ctx: Ctx, case: ColocationRequest) -> str:
    """The rules of streets that forbid what a request asks for, in sentences; "" without any."""
    rules = forbidding_rules(ctx, case)
    sentences = [f"{rule.sentence} ({rule.number})" for rule in rules[:_NAMED_RULES]]
    if len(rules) > _NAMED_RULES:
        more = format_number(len(rules) - _NAMED_RULES)
        sentences.append(_("Còn %(count)s quy định khác trong kết quả sàng lọc.", count=more))
    return " ".join(sentences)


def without_rules(ctx: Ctx, case: ColocationRequest) -> tuple[str, ...]:
    """No reason is asked for where no rule forbids it."""
    return () if _rules_against(ctx, case) else (_REASON.name,)


def rules_as_hint(ctx: Ctx, case: ColocationRequest) -> dict[str, str]:
    sentences = _rules_against(ctx, case)
    return {_REASON.name: sentences} if sentences else {}


def _problems_of(
    case: ColocationRequest, item: ColocationItem, structure: Row[Any], *, has_places: bool
) -> list[RequestProblem]:
    if item.decision is not ItemDecision.PENDING:
        return []
    hidden = hidden_problem(structure)
    if hidden is not None:
        return [RequestProblem(hidden)]
    refusal = selection_problem(structure, frozenset())
    refused = [RequestProblem(refusal)] if refusal else []
    if case.kind is RequestKind.REMOVE:
        # The equipment is in the ledger; `entry_problem` reports a missing choice.
        return refused
    missing = missing_of_item(item, structure.kind, structure.code, has_places=has_places)
    return refused + missing


def file_request(ctx: Ctx, case: ColocationRequest, data: Data) -> None:
    """The request is filed and screened; its parties see its structures while it is open."""
    structure_ids = [item.structure_id for item, _row in list_items(ctx, case)]
    disclose(ctx, structure_ids, case.requester_organisation_id, CODE, case.id)
    case.filed_at = ctx.now
    screen_request(ctx, case)


def resubmit(ctx: Ctx, case: ColocationRequest, data: Data) -> None:
    """Screened again; if all open structures were removed, the owner has answered the whole request."""
    screen_request(ctx, case)
    conclude_answers(ctx, case)


def after_resubmission(ctx: Ctx, case: ColocationRequest) -> ColocationState:
    """Back to the owner, unless every item is answered."""
    return state_after_answer(ColocationState.UNDER_REVIEW, decisions_of(ctx, case))


def may_dispute(ctx: Ctx, case: ColocationRequest, data: Data) -> None:
    """At least one item was refused."""
    if ItemDecision.REJECTED not in decisions_of(ctx, case):
        raise MoveRefused(
            _("Không có công trình nào bị từ chối trong %(number)s nên không có gì để giải quyết.", number=case.number)
        )


def reopen(ctx: Ctx, case: ColocationRequest, data: Data) -> None:
    """A disputed answer is no decision; the answers on the items stay."""
    case.decided_at = case.decided_by_id = None


def disputed_by_requester(ctx: Ctx, case: ColocationRequest) -> str | None:
    """The requester itself raised the dispute, and no item was reopened since."""
    events = last_moves_into(ctx, CODE, case.id, [state.value for state in SETTLING])
    waiting = ItemDecision.PENDING in decisions_of(ctx, case)
    if events[:1] == ["dispute"] and not waiting:
        return None
    return _("%(number)s không do bên đề nghị đưa ra giải quyết nên không rút được.", number=case.number)


def restore_answer(ctx: Ctx, case: ColocationRequest, data: Data) -> None:
    """The owner's answer stands as if it had not been disputed, and its terms run from that answer."""
    conclude_answers(ctx, case)


def close_request(ctx: Ctx, case: ColocationRequest, data: Data) -> None:
    """Reservations are released, and the requester's access to the structures ends."""
    offers.supersede_offers(ctx, case)
    release_reservations(ctx, reservation_ids(ctx, case))
    end_disclosures(ctx, CODE, case.id)


MOVES: Final = (
    Move(
        "submit",
        _l("Gửi đề nghị"),
        _l("Đã gửi đề nghị dùng chung"),
        (S.DRAFT,),
        S.UNDER_REVIEW,
        P.COLOCATION_REQUEST,
        needs=(_REASON,),
        leaves_out=without_rules,
        hints=rules_as_hint,
        guard=is_complete,
        effect=file_request,
        notifies=("owner", "lead"),
        tone="primary",
        gives_number=True,
    ),
    Move(
        "discard",
        _l("Bỏ bản nháp"),
        _l("Đã bỏ bản nháp"),
        (S.DRAFT,),
        S.WITHDRAWN,
        P.COLOCATION_REQUEST,
        tone="danger",
    ),
    Move(
        "resubmit",
        _l("Gửi lại"),
        _l("Đã bổ sung và gửi lại"),
        (S.RETURNED,),
        Branch((S.UNDER_REVIEW, S.OFFERED, S.UPGRADING, S.ACCEPTED, S.REJECTED), after_resubmission),
        P.COLOCATION_REQUEST,
        needs=(_REASON,),
        leaves_out=without_rules,
        hints=rules_as_hint,
        guard=is_complete,
        effect=resubmit,
        notifies=("owner",),
        tone="primary",
    ),
    Move(
        "withdraw",
        _l("Rút đề nghị"),
        _l("Bên đề nghị đã rút"),
        _OPEN,
        S.WITHDRAWN,
        P.COLOCATION_REQUEST,
        needs=(text_need("reason", _l("Lý do rút"), required=False),),
        effect=close_request,
        notifies=("owner", "lead"),
        tone="danger",
    ),
    Move(
        "dispute",
        _l("Đề nghị Sở giải quyết"),
        _l("Bên đề nghị không đồng ý, đề nghị Sở Khoa học và Công nghệ giải quyết"),
        (S.REJECTED, S.ACCEPTED),
        S.ESCALATED,
        P.COLOCATION_REQUEST,
        needs=(text_need("text", _l("Lý do không đồng ý")),),
        guard=may_dispute,
        effect=reopen,
        notifies=("owner", "lead"),
        tone="primary",
    ),
    Move(
        "withdraw_dispute",
        _l("Rút đề nghị giải quyết"),
        _l("Bên đề nghị rút đề nghị giải quyết; trả lời của chủ sở hữu được giữ nguyên"),
        SETTLING,
        Branch((S.ACCEPTED, S.REJECTED), after_answer),
        P.COLOCATION_REQUEST,
        needs=(text_need("reason", _l("Lý do rút"), required=False),),
        obstacle=disputed_by_requester,
        effect=restore_answer,
        notifies=("owner", "lead"),
    ),
    Move(
        "close",
        _l("Khép lại hồ sơ"),
        _l("Bên đề nghị khép lại hồ sơ"),
        (S.REJECTED, S.DECIDED),
        S.CLOSED,
        P.COLOCATION_REQUEST,
        effect=close_request,
        notifies=("owner",),
    ),
    *offers.ANSWER_MOVES,
    Move(
        "stand",
        _l("Giữ nguyên kết quả từ chối"),
        _l("Không có đề nghị giải quyết trong thời hạn; hồ sơ khép lại"),
        (S.REJECTED,),
        S.CLOSED,
        P.CLOCK,
        effect=close_request,
        notifies=("owner", "requester"),
    ),
)
