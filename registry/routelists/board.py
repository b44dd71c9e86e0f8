"""The board of a listed street: which operators have plant in it, and what each has done.

An office records the steps of any operator, an operator its own. An operator reads its own row alone: that another one
has plant in a street would give away structures that are not published.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_FLOOR, Decimal
from typing import Final

from sqlalchemy import ColumnElement, select, true

from registry.accounts.models import Organisation
from registry.accounts.queries import may_own
from registry.audit.chain import record
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import ALL, AREA, allowed, require, scopes_of
from registry.kernel.errors import Conflict, Forbidden, Invalid
from registry.kernel.fields import fields_of
from registry.kernel.i18n import _
from registry.routelists.models import ItemState, RouteItem
from registry.routelists.progress import day_problem
from registry.routelists.progress_models import RouteBoardEntry
from registry.routelists.workflow import ITEM
from registry.workflow.engine import lock_case

BOARD_FIELDS: Final = fields_of(RouteBoardEntry)
STEPS: Final = tuple(BOARD_FIELDS)
_HUNDRED: Final = 100
ENTRY: Final = "route_board_entry"


@dataclass(frozen=True)
class BoardRow:
    """An operator in a street and its days."""

    entry: RouteBoardEntry
    organisation: str

    @property
    def done(self) -> int:
        return sum(getattr(self.entry, name) is not None for name in STEPS)


@dataclass(frozen=True)
class Board:
    """The rows that the reader may know; `percent` of all steps of these rows is done, None without a row."""

    rows: tuple[BoardRow, ...]

    @property
    def percent(self) -> int | None:
        """Cut, so that only a finished board has 100."""
        if not self.rows:
            return None
        share = Decimal(_HUNDRED * sum(row.done for row in self.rows)) / (len(STEPS) * len(self.rows))
        return int(share.to_integral_value(ROUND_FLOOR))


def reads_all(ctx: Ctx) -> bool:
    """Whether the actor reads the rows of all operators: those who read lists for an office."""
    return any(scope in (ALL, AREA) for scope in scopes_of(ctx.actor, P.ROUTELIST_PAPERS))


def shown_entries(ctx: Ctx) -> ColumnElement[bool]:
    """SQL: the rows of the board that the actor may read."""
    if reads_all(ctx):
        return true()
    own: ColumnElement[bool] = RouteBoardEntry.organisation_id.in_(sorted(ctx.actor.organisation_ids))
    return own


def boards_of(ctx: Ctx, item_ids: list[int]) -> dict[int, Board]:
    """Item id -> its board, of visible items."""
    query = (
        select(RouteBoardEntry, Organisation.short_name)
        .join(Organisation, Organisation.id == RouteBoardEntry.organisation_id)
        .where(RouteBoardEntry.route_item_id.in_(item_ids), shown_entries(ctx))
        .order_by(Organisation.short_name)
    )
    rows: dict[int, list[BoardRow]] = {item_id: [] for item_id in item_ids}
    for entry, name in ctx.session.execute(query) if item_ids else ():
        rows[entry.route_item_id].append(BoardRow(entry, name))
    return {item_id: Board(tuple(board)) for item_id, board in rows.items()}


def operators(ctx: Ctx) -> list[Organisation]:
    """The organisations that may have plant in a street, by name."""
    return list(ctx.session.scalars(select(Organisation).where(may_own(ctx.today)).order_by(Organisation.short_name)))


@dataclass(frozen=True)
class SetBoardEntry:
    """The days of an operator in a street; `version`: of the row that the form showed, None for a new one."""

    item_id: int
    organisation_id: int
    version: int | None
    days: dict[str, date | None]


def set_entry(ctx: Ctx, command: SetBoardEntry) -> RouteBoardEntry:
    """Write the days of an operator; Forbidden for another one's, Conflict for a row that has changed."""
    item: RouteItem = lock_case(ctx, ITEM, command.item_id)
    require(ctx, P.ROUTELIST_BOARD, item)
    is_office = allowed(ctx, P.ROUTELIST_PROGRESS, item)
    if not is_office and command.organisation_id not in ctx.actor.organisation_ids:
        raise Forbidden(_("Doanh nghiệp chỉ ghi phần việc của chính mình."))
    require_listed(item)
    organisation = next((owner for owner in operators(ctx) if owner.id == command.organisation_id), None)
    if organisation is None:
        raise Invalid({"organisation": _("Chọn doanh nghiệp hoặc chủ sở hữu hạ tầng có cáp trên tuyến.")})
    problems = {
        name: sentence
        for name, day in command.days.items()
        if (sentence := day_problem(BOARD_FIELDS[name].label, day, ctx.today)) is not None
    }
    if problems:
        raise Invalid(problems)
    query = select(RouteBoardEntry).where(
        RouteBoardEntry.route_item_id == item.id, RouteBoardEntry.organisation_id == organisation.id
    )
    entry = ctx.session.scalars(query).one_or_none()
    if (entry.version if entry is not None else None) != command.version:
        raise Conflict(_("Phần việc của %(name)s vừa được ghi; hãy đọc lại rồi ghi.", name=organisation.short_name), {})
    if entry is None:
        entry = RouteBoardEntry(route_item_id=item.id, organisation_id=organisation.id, version=0)
        ctx.session.add(entry)
    for name, day in command.days.items():
        setattr(entry, name, day)
    entry.version += 1
    ctx.session.flush()
    record(ctx, f"{ENTRY}.set", ENTRY, entry.id, on_behalf_of_id=organisation.id)
    return entry


def require_listed(item: RouteItem) -> None:
    """Invalid unless an issued edition in force lists the item."""
    if item.state is not ItemState.AGREED or item.decision_number is None:
        raise Invalid({"": _("Tuyến chưa có trong danh mục đã ban hành; ghi tiến độ sau khi có quyết định.")})
