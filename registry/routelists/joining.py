"""The joining window of a listed street: operators are asked what they need before the work begins.

An office reads what each has stated. An operator reads its own statement; the sum only after the window, and only where
enough operators need something that the sum less its own gives no single one away.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Final

from sqlalchemy import select

from registry.accounts.models import Organisation, OrganisationKind
from registry.accounts.queries import may_own
from registry.audit.chain import record
from registry.authz.actors import Ctx, Role
from registry.authz.permissions import P
from registry.authz.scopes import ALL, AREA, require, scopes_of
from registry.kernel.days import DaySpan
from registry.kernel.errors import Conflict, Forbidden, Invalid, MoveRefused
from registry.kernel.fields import Field, fields_of
from registry.kernel.i18n import _, _l, format_date
from registry.routelists.joining_models import RouteJoinWindow, RouteNeed
from registry.routelists.models import ItemState, RouteItem
from registry.routelists.progress import work_of
from registry.routelists.progress_models import WorkState
from registry.workflow.definition import Data, Move

NEED: Final = "route_need"
#: A statement has both, 0 where nothing is needed.
NEED_FIELDS: Final = {name: replace(field, required=True) for name, field in fields_of(RouteNeed).items()}
#: So many operators with a need, at least, make a sum that is shown to operators.
LEAST_SUMMED: Final = 3
_ASKED: Final = (OrganisationKind.OPERATOR, OrganisationKind.TOWER_COMPANY)
_CLOSES_ON: Final = Field(
    "closes_on",
    _l("Doanh nghiệp đăng ký đến hết ngày"),
    required=True,
    python_type=date,
    span=DaySpan(back=1, ahead=2),
)


@dataclass(frozen=True)
class StatedNeed:
    """What an operator stated, or that it is silent."""

    row: RouteNeed
    organisation: str


@dataclass(frozen=True)
class Joining:
    """A window with the statements that the reader may know; the sums are None where it may not know them."""

    window: RouteJoinWindow
    is_over: bool
    needs: tuple[StatedNeed, ...]
    bores: int | None
    metres: Decimal | None
    own: RouteNeed | None


def window_of(ctx: Ctx, item_id: int) -> RouteJoinWindow | None:
    """The window of a street; None before one is opened."""
    return ctx.session.scalars(select(RouteJoinWindow).where(RouteJoinWindow.route_item_id == item_id)).one_or_none()


def joining_of(ctx: Ctx, item_id: int) -> Joining | None:
    """The window of a visible street with what the actor may know; None before one is opened."""
    window = window_of(ctx, item_id)
    if window is None:
        return None
    query = (
        select(RouteNeed, Organisation.short_name)
        .join(Organisation, Organisation.id == RouteNeed.organisation_id)
        .where(RouteNeed.route_item_id == item_id)
        .order_by(Organisation.short_name)
    )
    needs = tuple(StatedNeed(row, name) for row, name in ctx.session.execute(query))
    is_over = window.closes_on < ctx.today
    reads_all = any(scope in (ALL, AREA) for scope in scopes_of(ctx.actor, P.ROUTELIST_PAPERS))
    with_need = [need.row for need in needs if need.row.bores]
    sums_shown = reads_all or (is_over and len(with_need) >= LEAST_SUMMED)
    own = next((need.row for need in needs if need.row.organisation_id in ctx.actor.organisation_ids), None)
    return Joining(
        window,
        is_over,
        needs if reads_all else tuple(need for need in needs if need.row is own),
        sum(row.bores or 0 for row in with_need) if sums_shown else None,
        sum((row.metres or Decimal(0) for row in with_need), Decimal(0)) if sums_shown else None,
        own,
    )


@dataclass(frozen=True)
class StateNeed:
    """What the actor's organisation needs; `version`: of the row that the form showed."""

    item: RouteItem
    version: int | None
    bores: int
    metres: Decimal


def require_asked(ctx: Ctx, item_id: int) -> tuple[RouteJoinWindow, RouteNeed]:
    """The window and the row of the actor's organisation, locked; Forbidden where it was not asked."""
    window = window_of(ctx, item_id)
    query = select(RouteNeed).where(
        RouteNeed.route_item_id == item_id, RouteNeed.organisation_id.in_(sorted(ctx.actor.organisation_ids))
    )
    need = ctx.session.scalars(query.with_for_update()).one_or_none()
    if window is None or need is None:
        raise Forbidden(_("Đơn vị không được hỏi nhu cầu trên tuyến này."))
    return window, need


def state_need(ctx: Ctx, command: StateNeed) -> RouteNeed:
    """State or correct a need until the work begins; after the last day of the window it is late."""
    require(ctx, P.ROUTELIST_BOARD, command.item)
    window, need = require_asked(ctx, command.item.id)
    work = work_of(ctx, command.item.id)
    if work is not None and work.state is not WorkState.DROPPED:
        raise MoveRefused(_("Tuyến đã khởi công; không nhận thêm nhu cầu."))
    if need.version != command.version:
        raise Conflict(_("Nhu cầu của đơn vị vừa được ghi; hãy đọc lại rồi ghi."), {})
    if bool(command.bores) != bool(command.metres):
        raise Invalid({"metres": _("Số ống và chiều dài phải cùng lớn hơn 0, hoặc cùng bằng 0 khi không có nhu cầu.")})
    need.bores, need.metres, need.stated_at = command.bores, command.metres, ctx.now
    need.is_late = window.closes_on < ctx.today
    need.version += 1
    ctx.session.flush()
    record(ctx, f"{NEED}.state", NEED, need.id)
    return need


def _may_open(ctx: Ctx, case: RouteItem) -> str | None:
    if case.decision_number is None:
        return _("Tuyến chưa có trong danh mục đã ban hành; ghi tiến độ sau khi có quyết định.")
    if work_of(ctx, case.id) is not None or window_of(ctx, case.id) is not None:
        return _("Tuyến đã khởi công, hoặc đã hỏi nhu cầu của các doanh nghiệp.")
    return None


def _day_to_come(ctx: Ctx, case: RouteItem, data: Data) -> None:
    del case
    if data["closes_on"] < ctx.today:
        raise Invalid(
            {
                "closes_on": _(
                    "Ngày %(day)s đã qua; cần từ hôm nay (%(today)s) trở đi.",
                    day=format_date(data["closes_on"]),
                    today=format_date(ctx.today),
                )
            }
        )


def _open(ctx: Ctx, case: RouteItem, data: Data) -> None:
    """The operators of today are asked; who is silent stays on record."""
    ctx.session.add(RouteJoinWindow(route_item_id=case.id, opened_at=ctx.now, closes_on=data["closes_on"]))
    query = select(Organisation.id).where(may_own(ctx.today), Organisation.kind.in_(_ASKED)).order_by(Organisation.id)
    ctx.session.add_all(
        RouteNeed(route_item_id=case.id, organisation_id=organisation_id, is_late=False, version=1)
        for organisation_id in ctx.session.scalars(query)
    )
    ctx.session.flush()


MOVES: Final[Sequence[Move]] = (
    Move(
        "open_joining",
        _l("Hỏi nhu cầu của các doanh nghiệp"),
        _l("Đã hỏi nhu cầu của các doanh nghiệp"),
        (ItemState.AGREED,),
        ItemState.AGREED,
        P.ROUTELIST_PROGRESS,
        needs=(_CLOSES_ON,),
        obstacle=_may_open,
        guard=_day_to_come,
        effect=_open,
        notifies=(Role.OPERATOR.value,),
    ),
)
