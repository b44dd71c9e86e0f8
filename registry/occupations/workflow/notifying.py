"""Moves before the occupant knows of it: notify, discard."""

from __future__ import annotations

from typing import Final

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.kernel.i18n import _l
from registry.occupations.codes import OccupationState
from registry.occupations.models import Occupation
from registry.occupations.regularity import check_no_agreement
from registry.occupations.workflow.common import after_notice, disclose_place
from registry.workflow.definition import Branch, Data, Move

S = OccupationState


def may_notify(ctx: Ctx, case: Occupation, data: Data) -> None:
    """The ledger has no agreement for this use."""
    check_no_agreement(ctx, case.place_id, case.occupant_organisation_id)


def notify_occupant(ctx: Ctx, case: Occupation, data: Data) -> None:
    """The case counts from now on; a named occupant may see the structure."""
    case.notified_at = ctx.now
    disclose_place(ctx, case)


MOVES: Final = (
    Move(
        "notify",
        _l("Thông báo bên sử dụng"),
        _l("Đã thông báo có cáp, thiết bị sử dụng không hợp đồng"),
        (S.NOTED,),
        Branch((S.NOTIFIED, S.UNCLAIMED), after_notice),
        P.OCCUPATION_WRITE,
        guard=may_notify,
        effect=notify_occupant,
        notifies=("occupant", "candidates", "owner"),
        tone="primary",
        gives_number=True,
    ),
    Move(
        "discard",
        _l("Hủy bản ghi nhận"),
        _l("Đã hủy bản ghi nhận"),
        (S.NOTED,),
        S.WITHDRAWN,
        P.OCCUPATION_WRITE,
        tone="danger",
    ),
)
