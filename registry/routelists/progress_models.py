"""What becomes of a street after the decision: its work, the board of its operators, what was built."""

from __future__ import annotations

from datetime import date, datetime
from itertools import combinations
from typing import Final

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from registry.kernel.days import PAPER, DayOrder, DaySpan
from registry.kernel.db.base import Base, BigId, Choice, Metres, choice_type
from registry.kernel.db.history import versioned
from registry.kernel.fields import col
from registry.kernel.i18n import _l
from registry.kernel.units import M
from registry.routelists.models import MOST_METRES, RouteItem

#: What an operator does in a street, in this order.
_STEPS: Final = ("present_on", "signed_on", "moved_on", "cleared_on")


class WorkState(Choice):
    """How far the work on a listed street has come."""

    STARTED = "started", _l("Đã khởi công")
    IN_WORK = "in_work", _l("Đang thi công")
    DONE = "done", _l("Đã hoàn thành")
    DROPPED = "dropped", _l("Dừng, không thực hiện")


@versioned
class RouteWork(Base):
    """The work on one listed street; a street without a row has not been started."""

    __tablename__ = "route_work"

    id: Mapped[BigId]
    route_item_id: Mapped[int] = mapped_column(ForeignKey(RouteItem.id))
    state: Mapped[WorkState] = mapped_column(choice_type(WorkState))
    started_on: Mapped[date | None] = col(_l("Ngày khởi công"), span=PAPER)
    due_on: Mapped[date | None] = col(_l("Hoàn thành trước ngày"), span=DaySpan(back=10, ahead=10))
    ended_on: Mapped[date | None] = col(_l("Ngày hoàn thành hoặc dừng"), span=PAPER)
    removed_m: Mapped[Metres | None] = col(_l("Cáp treo đã tháo"), unit=M, min=0, max=10 * MOST_METRES, decimals=0)
    laid_m: Mapped[Metres | None] = col(_l("Cống bể đã xây"), unit=M, min=0, max=10 * MOST_METRES, decimals=0)

    DAY_ORDERS = (DayOrder("started_on", "due_on"), DayOrder("started_on", "ended_on"))
    __table_args__ = (
        UniqueConstraint("route_item_id"),
        CheckConstraint("(state IN ('done', 'dropped')) = (ended_on IS NOT NULL)", name="ended_if_over"),
        CheckConstraint("state = 'dropped' OR started_on IS NOT NULL", name="started"),
        CheckConstraint("removed_m >= 0 AND laid_m >= 0", name="metres"),
    )


@versioned
class RouteBoardEntry(Base):
    """An operator with plant in a listed street, and the days on which it did what the work asks of it."""

    __tablename__ = "route_board_entry"

    id: Mapped[BigId]
    route_item_id: Mapped[int] = mapped_column(ForeignKey(RouteItem.id))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    present_on: Mapped[date] = col(_l("Có mặt, xác nhận cáp của đơn vị"), span=PAPER, required=True)
    signed_on: Mapped[date | None] = col(_l("Ký thỏa thuận"), span=PAPER)
    moved_on: Mapped[date | None] = col(_l("Chuyển cáp xuống ngầm"), span=PAPER)
    cleared_on: Mapped[date | None] = col(_l("Tháo hết cáp cũ"), span=PAPER)
    version: Mapped[int]

    DAY_ORDERS = tuple(
        DayOrder(earlier, later)
        for earlier, later in combinations(("present_on", "signed_on", "moved_on", "cleared_on"), 2)
    )
    __table_args__ = (
        UniqueConstraint("route_item_id", "organisation_id"),
        CheckConstraint("version > 0", name="version_positive"),
        Index(None, "organisation_id"),
    )


class RouteStreetWork(Base):
    """An announced work of others that is done together with a street; the link may be taken back."""

    __tablename__ = "route_street_work"

    route_item_id: Mapped[int] = mapped_column(ForeignKey(RouteItem.id), primary_key=True)
    street_work_id: Mapped[int] = mapped_column(ForeignKey("street_work.id"), primary_key=True)
    linked_at: Mapped[datetime]
    linked_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))

    __table_args__ = (Index(None, "street_work_id"),)


class StructureRole(Choice):
    """What a structure is to a street."""

    PLANNED = "planned", _l("Công trình dự kiến")
    BUILT = "built", _l("Công trình hoàn thành")


class RouteStructure(Base):
    """A structure that a proposed street plans, or that the work on a listed one built; a link may be taken back."""

    __tablename__ = "route_structure"

    route_item_id: Mapped[int] = mapped_column(ForeignKey(RouteItem.id), primary_key=True)
    structure_id: Mapped[int] = mapped_column(ForeignKey("structure.id"), primary_key=True)
    role: Mapped[StructureRole] = mapped_column(choice_type(StructureRole), primary_key=True)
    linked_at: Mapped[datetime]
    linked_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))

    __table_args__ = (Index(None, "structure_id"),)
