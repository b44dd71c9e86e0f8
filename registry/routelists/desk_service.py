"""Writes of the review desk: a decision with one text, acts on several streets, priority and year."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from functools import partial
from typing import Any, Final

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import require
from registry.kernel.errors import DomainError, Invalid, MoveRefused, errors_at
from registry.kernel.i18n import _
from registry.routelists.bulk import RouteBulkOutcome, keep_outcome
from registry.routelists.commands import BulkReview, Rank
from registry.routelists.common import require_open, share_list_lock, shared_lists
from registry.routelists.doubles import read_doubles
from registry.routelists.models import FIRST_YEAR, LAST_YEAR, ItemState, RouteItem
from registry.routelists.rules import WAITING
from registry.routelists.workflow import ITEM, acceptance_needs
from registry.workflow.engine import (
    Moved,
    check_version,
    fire,
    fire_many,
    lock_case,
    lock_cases,
    no_case,
    touch,
    touch_each,
)

#: Acts of the desk that are moves, each with the need that its text fills.
MOVES: Final = {"agree": "text", "return": "text", "reject": "reason"}
#: Acts that set a value.
VALUES: Final = ("priority", "year")


def review(ctx: Ctx, item_id: int, version: int | None, act: str, text: str) -> RouteItem:
    """A move of the review; its text is also the reason to list a double or a road outside towns."""
    if act not in MOVES:
        raise Invalid({"text": _("Không có bước “%(act)s”; hãy chọn lại.", act=act[:20])})
    item: RouteItem = lock_case(ctx, ITEM, item_id)
    with read_doubles(ctx, [item]) if act == "agree" else nullcontext():
        data = _review_data(ctx, item, act, text)
        with errors_at("text"):
            fire(ctx, ITEM, item_id, act, data, version=version)
    return item


def _review_data(ctx: Ctx, item: RouteItem, act: str, text: str) -> dict[str, Any]:
    """The data of a move of the review. Invalid without a text where the street needs a reason to be listed."""
    data: dict[str, Any] = {MOVES[act]: text}
    needs = acceptance_needs(ctx, item) if act == "agree" else []
    if needs and not text:
        raise Invalid({"text": f"{needs[0].hint} " + _("Hãy ghi lý do vẫn đưa vào danh mục.")})
    return data | {"exception": text} if needs else data


def set_rank(ctx: Ctx, command: Rank) -> RouteItem:
    """Set priority or first year of a sent street; the list must be open."""
    item: RouteItem = lock_case(ctx, ITEM, command.item_id)
    _check_rank(ctx, item, command)
    _put_rank(item, command)
    touch(ctx, ITEM, item, "edit")
    return item


def set_ranks(ctx: Ctx, commands: Sequence[Rank]) -> Moved:
    """`set_rank` for many streets with as many statements as for a few; what one is refused for keeps no other back."""
    ranks = {command.item_id: command for command in commands}
    items: dict[int, RouteItem] = lock_cases(ctx, ITEM, ranks)
    refused: dict[int, DomainError] = {item_id: no_case(ITEM) for item_id in ranks if item_id not in items}
    ranked = []
    with shared_lists(ctx, {item.route_list_id for item in items.values()}):
        for item_id, item in items.items():
            try:
                _check_rank(ctx, item, ranks[item_id])
            except DomainError as refusal:
                refused[item_id] = refusal
            else:
                _put_rank(item, ranks[item_id])
                ranked.append(item)
    touch_each(ctx, ITEM, ranked, "edit")
    return Moved(items, [item.id for item in ranked], refused)


def _check_rank(ctx: Ctx, item: RouteItem, command: Rank) -> None:
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
    if command.year is not None and not FIRST_YEAR <= command.year <= LAST_YEAR:
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


def _put_rank(item: RouteItem, command: Rank) -> None:
    if command.priority is not None:
        item.priority = command.priority
    if command.year is not None:
        item.wanted_from_year = command.year
        if item.wanted_to_year is not None and item.wanted_to_year < command.year:
            item.wanted_to_year = command.year


def review_many(ctx: Ctx, command: BulkReview) -> RouteBulkOutcome:
    """One act on several streets, each by itself: what one is refused for keeps none of the others from being done."""
    require(ctx, P.ROUTELIST_REVIEW)
    if not command.items:
        raise Invalid({"act": _("Chưa chọn tuyến nào; hãy chọn các tuyến trong bảng.")})
    if command.act in VALUES and getattr(command, command.act) is None:
        raise Invalid({command.act: _("Chưa chọn; hãy chọn giá trị cho các tuyến đã chọn.")})
    if command.act not in (*MOVES, *VALUES):
        raise Invalid({"act": _("Không có bước “%(act)s”; hãy chọn lại.", act=command.act[:20])})
    if command.act in VALUES:
        value = {command.act: getattr(command, command.act)}
        return keep_outcome(
            ctx, set_ranks(ctx, [Rank(item_id, version, **value) for item_id, version in command.items])
        )
    versions = dict(command.items)
    data_of = partial(_review_data, ctx, act=command.act, text=command.text)
    return keep_outcome(ctx, fire_many(ctx, ITEM, command.act, versions, data_of))
