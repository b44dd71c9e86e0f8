"""What the lead department does with a dispute: mediate, consult on the price, decide for this case."""

from __future__ import annotations

from collections.abc import Sequence

from registry.authz.actors import Ctx
from registry.capacity.reservations import prolong, still_reserved
from registry.colocation.agreements.service import open_agreement
from registry.colocation.codes import ItemDecision, RefusalGround
from registry.colocation.models import ColocationRequest
from registry.colocation.moves.answers import check_promisable, grant
from registry.colocation.moves.common import (
    chosen_of,
    decide_item,
    decisions_of,
    entry_ids,
    items_named,
    reserved_until,
)
from registry.colocation.moves.offers import supersede_offers
from registry.colocation.queries import item_options, list_items
from registry.colocation.rules import OPEN
from registry.kernel.clock import local_date
from registry.kernel.errors import Invalid, MoveRefused
from registry.kernel.i18n import _, format_date
from registry.workflow.definition import Data


def grantable_items(ctx: Ctx, case: ColocationRequest) -> Sequence[tuple[int, str]]:
    """The items that a decision may grant: all that the owner has not accepted."""
    return item_options(ctx, case, (*OPEN, ItemDecision.REJECTED))


def may_decide(ctx: Ctx, case: ColocationRequest, data: Data) -> None:
    """A decision is made on a possible day, names items of the case, and says a price whole."""
    is_day_of_decision(ctx, case, data)
    chosen = chosen_of(data, grantable_items(ctx, case), "granted")
    if (data.get("price_vnd") is None) != (data.get("price_period") is None):
        raise Invalid({"price_vnd": _("Giá theo quyết định cần cả số tiền và kỳ tính.")})
    check_promisable(ctx, case, chosen)


def is_day_of_decision(ctx: Ctx, case: ColocationRequest, data: Data) -> None:
    """A decision is made after the request and not in the future."""
    day = data["decided_on"]
    if case.filed_at is not None and not local_date(case.filed_at) <= day <= ctx.today:
        raise Invalid(
            {
                "decided_on": _(
                    "Ngày quyết định %(day)s không hợp lý; cần từ ngày gửi đề nghị %(filed)s đến hôm nay %(today)s.",
                    day=format_date(day),
                    filed=format_date(local_date(case.filed_at)),
                    today=format_date(ctx.today),
                )
            }
        )


def decide(ctx: Ctx, case: ColocationRequest, data: Data) -> None:
    """The decision binds this case: what it grants is held, the rest is refused, its price binds the contract."""
    supersede_offers(ctx, case)
    chosen = set(data.get("granted") or ())
    words = _(
        "Quyết định số %(number)s ngày %(day)s", number=data["decision_number"], day=format_date(data["decided_on"])
    )
    grant(ctx, case, items_named(ctx, case, chosen), words)
    for item, _row in list_items(ctx, case):
        if item.decision in OPEN:
            decide_item(ctx, item, ItemDecision.REJECTED, data["text"])
            item.ground, item.evidence = RefusalGround.OTHER, words
    ctx.session.flush()
    prolong(ctx, entry_ids(ctx, case), reserved_until(ctx, case))
    case.decided_at, case.decided_by_id, case.upgrade_by = ctx.now, ctx.actor.id, None
    case.decided_price_vnd, case.decided_price_period = data.get("price_vnd"), data.get("price_period")


def has_accepted(ctx: Ctx, case: ColocationRequest, data: Data) -> None:
    """A contract is about what was granted and is still held."""
    del data
    if ItemDecision.ACCEPTED not in decisions_of(ctx, case):
        raise MoveRefused(
            _("%(number)s không có công trình nào được chấp thuận nên không lập được hợp đồng.", number=case.number)
        )
    held = entry_ids(ctx, case)
    if len(still_reserved(ctx, held)) < len(held):
        raise MoveRefused(
            _("%(number)s có chỗ giữ đã hết hạn nên không lập được hợp đồng; hãy gửi đề nghị mới.", number=case.number)
        )


def contract(ctx: Ctx, case: ColocationRequest, data: Data) -> None:
    """The agreement on what was granted begins; what is held is from now on its business."""
    del data
    open_agreement(ctx, case)
