"""Writes of the review desk: a decision with one text, acts on several streets, priority and year."""

from __future__ import annotations

from typing import Any, Final

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import require
from registry.kernel.errors import Invalid, MoveRefused
from registry.kernel.i18n import _
from registry.routelists.bulk import RouteBulkOutcome, act_on_each
from registry.routelists.commands import BulkReview, Rank
from registry.routelists.common import require_open, share_list_lock
from registry.routelists.models import FIRST_YEAR, LAST_YEAR, ItemState, RouteItem
from registry.routelists.rules import WAITING
from registry.routelists.workflow import ITEM, acceptance_needs
from registry.workflow.engine import check_version, fire, lock_case, touch

#: Acts of the desk that are moves, each with the need that its text fills.
MOVES: Final = {"agree": "text", "return": "text", "reject": "reason"}
#: Acts that set a value.
VALUES: Final = ("priority", "year")


def review(ctx: Ctx, item_id: int, version: int | None, act: str, text: str) -> RouteItem:
    """A move of the review; its text is also the reason to list a double or a road outside towns."""
    if act not in MOVES:
        raise Invalid({"text": _("Không có bước “%(act)s”; hãy chọn lại.", act=act[:20])})
    data: dict[str, Any] = {MOVES[act]: text}
    item: RouteItem = lock_case(ctx, ITEM, item_id)
    if act == "agree":
        needs = acceptance_needs(ctx, item)
        if needs and not text:
            raise Invalid({"text": f"{needs[0].hint} " + _("Hãy ghi lý do vẫn đưa vào danh mục.")})
        if needs:
            data["exception"] = text
    try:
        moved: RouteItem = fire(ctx, ITEM, item_id, act, data, version=version)
    except Invalid as refused:
        raise Invalid({"text": [sentence for texts in refused.fields.values() for sentence in texts]}) from refused
    return moved


def set_rank(ctx: Ctx, command: Rank) -> RouteItem:
    """Set priority or first year of a sent street; the list must be open."""
    item: RouteItem = lock_case(ctx, ITEM, command.item_id)
    require(ctx, P.ROUTELIST_REVIEW, item)
    check_version(item, command.version)
    if item.state not in (*WAITING, ItemState.AGREED):
        raise MoveRefused(
            _(
                "%(title)s đang ở trạng thái “%(state)s” nên không đổi được mức ưu tiên, năm thực hiện.",
                title=item.number or item.title,
                state=item.state.label,
            )
        )
    require_open(share_list_lock(ctx, item.route_list_id))
    if command.priority is not None:
        item.priority = command.priority
    if command.year is not None:
        if not FIRST_YEAR <= command.year <= LAST_YEAR:
            raise Invalid(
                {
                    "year": _(
                        "Năm %(year)d không hợp lệ; cần năm từ %(first)d đến %(last)d.",
                        year=command.year,
                        first=FIRST_YEAR,
                        last=LAST_YEAR,
                    )
                }
            )
        item.wanted_from_year = command.year
        if item.wanted_to_year is not None and item.wanted_to_year < command.year:
            item.wanted_to_year = command.year
    touch(ctx, ITEM, item, "edit")
    return item


def review_many(ctx: Ctx, command: BulkReview) -> RouteBulkOutcome:
    """One act on several streets, each by itself: what one is refused for keeps none of the others from being done."""
    require(ctx, P.ROUTELIST_REVIEW)
    if not command.items:
        raise Invalid({"act": _("Chưa đánh dấu tuyến nào; hãy đánh dấu các tuyến trong bảng.")})
    if command.act in VALUES and getattr(command, command.act) is None:
        raise Invalid({command.act: _("Chưa chọn; hãy chọn giá trị cho các tuyến được đánh dấu.")})
    if command.act not in (*MOVES, *VALUES):
        raise Invalid({"act": _("Không có bước “%(act)s”; hãy chọn lại.", act=command.act[:20])})

    def act(item_id: int, version: int) -> None:
        if command.act in VALUES:
            set_rank(ctx, Rank(item_id, version, **{command.act: getattr(command, command.act)}))
        else:
            review(ctx, item_id, version, command.act, command.text)

    return act_on_each(ctx, command.items, act)
