"""Lists that take changes: their lock, and the refusal of those that are issued."""

from __future__ import annotations

from sqlalchemy import select

from registry.authz.actors import Ctx
from registry.kernel.errors import MoveRefused
from registry.kernel.i18n import _, format_date
from registry.routelists.models import ListState, RouteList


def share_list_lock(ctx: Ctx, list_id: int) -> RouteList:
    """The current list, which cannot be issued or reopened until the transaction ends."""
    query = select(RouteList).where(RouteList.id == list_id).with_for_update(read=True, of=RouteList)
    return ctx.session.scalars(query.execution_options(populate_existing=True)).one()


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
