"""What the side that asks does: send, send again, dispute, withdraw."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from registry.authz.actors import Ctx
from registry.colocation.codes import ColocationState, ItemDecision, RequestKind
from registry.colocation.entries import entry_problem
from registry.colocation.models import ColocationItem, ColocationRequest
from registry.colocation.moves.common import CODE, answered, decisions_of, entry_ids, give_back
from registry.colocation.moves.offers import supersede_offers
from registry.colocation.queries import list_items, structures_with_places
from registry.colocation.rules import (
    SETTLING,
    hidden_problem,
    missing_of_item,
    missing_of_request,
    selection_problem,
    state_after_answer,
    wanted_from_problem,
)
from registry.colocation.screening.service import screen_request
from registry.kernel.errors import Invalid, MoveRefused
from registry.kernel.i18n import _
from registry.structures.disclosures import disclose, end_disclosures
from registry.workflow.definition import Data
from registry.workflow.views import last_moves_into


def is_complete(ctx: Ctx, case: ColocationRequest, data: Data) -> None:
    """Nothing that the owner must know is missing, and what is asked for can still be asked for; all said at once."""
    del data
    problems = problems_of(ctx, case)
    if problems:
        raise Invalid({"": problems})


def problems_of(ctx: Ctx, case: ColocationRequest) -> list[str]:
    """Why a request cannot be sent as it is, each as one sentence."""
    problems = missing_of_request(case)
    late = wanted_from_problem(case.wanted_from, ctx.today)
    if late:
        problems.append(late)
    items = list_items(ctx, case)
    if not items:
        problems.append(_("Chưa chọn công trình nào; hãy thêm ít nhất một công trình."))
    placed = structures_with_places(ctx, [row.id for _item, row in items])
    for item, structure in items:
        problems += _problems_of(case, item, structure, has_places=structure.id in placed)
        refused = entry_problem(ctx, case, item, structure.code)
        problems += [refused] if refused else []
    return problems


def _problems_of(case: ColocationRequest, item: ColocationItem, structure: Row[Any], *, has_places: bool) -> list[str]:
    if item.decision is not ItemDecision.PENDING:
        return []
    hidden = hidden_problem(structure)
    if hidden is not None:
        return [hidden]
    refused = selection_problem(structure, frozenset())
    if case.kind is RequestKind.REMOVE:
        # What is there is in the ledger; `entry_problem` says where none of it was chosen.
        return [refused] if refused else []
    missing = missing_of_item(item, structure.kind, structure.code, has_places=has_places)
    return ([refused] if refused else []) + missing


def file_request(ctx: Ctx, case: ColocationRequest, data: Data) -> None:
    """The request counts from now on, screened as things stand; its parties see its structures while it is open."""
    del data
    structure_ids = [item.structure_id for item, _row in list_items(ctx, case)]
    disclose(ctx, structure_ids, case.requester_organisation_id, CODE, case.id)
    case.filed_at = ctx.now
    screen_request(ctx, case)


def resubmit(ctx: Ctx, case: ColocationRequest, data: Data) -> None:
    """Screened anew; where the structures that were open are taken out, the owner has answered all that is left."""
    del data
    screen_request(ctx, case)
    answered(ctx, case)


def after_resubmission(ctx: Ctx, case: ColocationRequest) -> ColocationState:
    """Back to the owner, unless nothing is left to answer."""
    return state_after_answer(ColocationState.UNDER_REVIEW, decisions_of(ctx, case))


def may_dispute(ctx: Ctx, case: ColocationRequest, data: Data) -> None:
    """Something was refused: what was granted whole is not disputed."""
    del data
    if ItemDecision.REJECTED not in decisions_of(ctx, case):
        raise MoveRefused(
            _("Không có công trình nào bị từ chối trong %(number)s nên không có gì để giải quyết.", number=case.number)
        )


def reopen(ctx: Ctx, case: ColocationRequest, data: Data) -> None:
    """A disputed answer is no decision; what was said of each item stays."""
    del ctx, data
    case.decided_at = case.decided_by_id = None


def disputed_by_requester(ctx: Ctx, case: ColocationRequest) -> str | None:
    """The requester itself has brought the case to the department, and nothing was answered since."""
    events = last_moves_into(ctx, CODE, case.id, [state.value for state in SETTLING])
    waiting = ItemDecision.PENDING in decisions_of(ctx, case)
    if events[:1] == ["dispute"] and not waiting:
        return None
    return _("%(number)s không do bên đề nghị đưa ra giải quyết nên không rút được.", number=case.number)


def let_stand(ctx: Ctx, case: ColocationRequest, data: Data) -> None:
    """What the owner answered stands as if it had not been disputed, and its terms run from that answer."""
    del data
    answered(ctx, case)


def end(ctx: Ctx, case: ColocationRequest, data: Data) -> None:
    """Free what was reserved; the requester sees the structures only as far as anybody else."""
    del data
    supersede_offers(ctx, case)
    give_back(ctx, entry_ids(ctx, case))
    end_disclosures(ctx, CODE, case.id)
