"""Lists that take changes: their lock, and the refusal of those that are issued."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from sqlalchemy import select

from registry.authz.actors import Ctx
from registry.kernel.errors import MoveRefused
from registry.kernel.i18n import _, format_date
from registry.routelists.models import ListState, RouteList

_SHARED: Final = "routelists.shared"


def share_list_lock(ctx: Ctx, list_id: int) -> RouteList:
    """The current list, which cannot be issued or reopened until the transaction ends."""
    shared: Mapping[int, RouteList] = ctx.memo.get(_SHARED, {})
    return shared[list_id] if list_id in shared else _share_locks(ctx, {list_id})[list_id]


@contextmanager
def shared_lists(ctx: Ctx, list_ids: Collection[int]) -> Iterator[None]:
    """Take `share_list_lock` of these lists at once, for the block."""
    ctx.memo[_SHARED] = _share_locks(ctx, list_ids)
    try:
        yield
    finally:
        del ctx.memo[_SHARED]


def _share_locks(ctx: Ctx, list_ids: Collection[int]) -> dict[int, RouteList]:
    query = select(RouteList).where(RouteList.id.in_(sorted(list_ids))).order_by(RouteList.id)
    query = query.with_for_update(read=True, of=RouteList).execution_options(populate_existing=True)
    return {each.id: each for each in ctx.session.scalars(query)}


def require_open(route_list: RouteList) -> None:
    """MoveRefused if the list has been issued."""
    if route_list.state is ListState.ISSUED:
        raise MoveRefused(
            _(
                "Danh mục năm %(year)d đã ban hành theo Quyết định %(number)s ngày %(day)s; Sở Xây dựng phải mở lại"
                " danh mục trước.",
                year=route_list.year,
                number=route_list.decision_number,
                day=format_date(route_list.decided_on),
            )
        )
