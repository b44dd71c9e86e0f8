"""What moves of streets and lists ask and change.

An item's move holds the row of its list in share mode, issuing holds it alone: an item cannot slip into a review
while its list is being decided.
"""

from __future__ import annotations

from sqlalchemy import func, select, update

from registry.authz.actors import Ctx
from registry.kernel.errors import Invalid, MoveRefused
from registry.kernel.i18n import _, format_date
from registry.routelists.models import ItemState, ListState, RouteItem, RouteList
from registry.workflow.definition import Data

#: States in which Sở Xây dựng or the proposer still owes something.
UNSETTLED = (ItemState.UNDER_REVIEW, ItemState.RETURNED, ItemState.OVERDUE)


def list_is_open(ctx: Ctx, case: RouteItem, data: Data) -> None:
    """Nothing of an issued list changes: it is reopened first."""
    del data
    require_open(hold_list(ctx, case.route_list_id))


def hold_list(ctx: Ctx, list_id: int) -> RouteList:
    """The list as it stands, which nobody can issue or reopen until the end of the transaction."""
    query = select(RouteList).where(RouteList.id == list_id).with_for_update(read=True, of=RouteList)
    return ctx.session.scalars(query.execution_options(populate_existing=True)).one()


def require_open(found: RouteList) -> None:
    """MoveRefused where the list has been issued."""
    if found.state is ListState.ISSUED:
        raise MoveRefused(
            _(
                "Danh mục năm %(year)d đã ban hành theo Quyết định %(number)s ngày %(day)s; Sở Xây dựng phải mở lại"
                " danh mục trước.",
                year=found.year,
                number=found.decision_number,
                day=format_date(found.decided_on),
            )
        )


def decide(ctx: Ctx, case: RouteItem, data: Data) -> None:
    """Who decided, and when."""
    del data
    case.decided_at, case.decided_by_id = ctx.now, ctx.actor.id


def take_back(ctx: Ctx, case: RouteItem, data: Data) -> None:
    """No decision stands any more, neither the review's nor that of an earlier edition of the list."""
    del ctx, data
    case.decided_at, case.decided_by_id = None, None
    case.decision_number, case.decided_on = None, None


def may_issue(ctx: Ctx, case: RouteList, data: Data) -> None:
    """Every item that was sent is settled, and the decision is not of a day to come."""
    decided_on = data["decided_on"]
    if decided_on > ctx.today:
        raise Invalid(
            {
                "decided_on": _(
                    "Ngày quyết định %(day)s chưa đến; cần ngày không sau hôm nay (%(today)s).",
                    day=format_date(decided_on),
                    today=format_date(ctx.today),
                )
            }
        )
    mine = RouteItem.route_list_id == case.id
    waiting = ctx.session.execute(
        select(func.count(), func.min(RouteItem.number)).where(mine, RouteItem.state.in_(UNSETTLED))
    ).one()
    if waiting[0]:
        raise MoveRefused(
            _(
                "Danh mục năm %(year)d còn %(count)d đề xuất chưa thẩm tra xong (ví dụ %(number)s);"
                " hãy trả lời hết rồi ban hành.",
                year=case.year,
                count=waiting[0],
                number=waiting[1],
            )
        )
    if ctx.session.scalar(select(RouteItem.id).where(mine, RouteItem.state == ItemState.AGREED).limit(1)) is None:
        raise MoveRefused(
            _("Danh mục năm %(year)d chưa có tuyến đường nào được thống nhất; chưa thể ban hành.", year=case.year)
        )


def issue(ctx: Ctx, case: RouteList, data: Data) -> None:
    """List and agreed items carry the decision."""
    said = {"decision_number": data["decision_number"], "decided_on": data["decided_on"]}
    case.decision_number, case.decided_on = said["decision_number"], said["decided_on"]
    items = update(RouteItem).where(RouteItem.route_list_id == case.id, RouteItem.state == ItemState.AGREED)
    ctx.session.execute(items.values(version=RouteItem.version + 1, **said))


def reopen(ctx: Ctx, case: RouteList, data: Data) -> None:
    """A further edition is being collected; items keep the decision that they were issued with until the next one."""
    del ctx, data
    case.edition += 1
    case.decision_number, case.decided_on = None, None
