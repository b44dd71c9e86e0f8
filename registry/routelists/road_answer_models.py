"""What the manager of the road answers to work in a stretch of a listed street."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Any, ClassVar

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from registry.kernel.days import PAPER, DayOrder
from registry.kernel.db.base import Base, BigId, Choice, choice_type
from registry.kernel.db.history import versioned
from registry.kernel.fields import col
from registry.kernel.i18n import _l
from registry.routelists.models import RouteItem


class RoadManager(Choice):
    """Who decides on works in a road (NĐ 165/2024 as amended by NĐ 241/2026)."""

    ROAD_ADMINISTRATION = "road_administration", _l("Cục Đường bộ, khu quản lý đường bộ")
    CONSTRUCTION = "construction", _l("Sở Xây dựng")
    COMMUNE = "commune", _l("UBND xã, phường")


class RoadAnswerState(Choice):
    """How far the answer has come; `TERM_OVER` follows from the day and is not stored."""

    NEW = "new", _l("Mới gửi")
    IN_TREATMENT = "in_treatment", _l("Đang giải quyết")
    AGREED = "agreed", _l("Đã chấp thuận")
    NOT_AGREED = "not_agreed", _l("Không chấp thuận")
    TERM_OVER = "term_over", _l("Quá hạn trả lời")
    NOT_COMPETENT = "not_competent", _l("Không thuộc thẩm quyền, đã chuyển")
    WITHDRAWN = "withdrawn", _l("Đã rút")


@versioned
class RoadAnswer(Base):
    """One request to a manager for a stretch, with its answer."""

    __tablename__ = "road_answer"

    id: Mapped[BigId]
    route_item_id: Mapped[int] = mapped_column(ForeignKey(RouteItem.id))
    stretch: Mapped[str] = col(
        _l("Đoạn đường"),
        max_length=300,
        required=True,
        hint=_l("Điểm đầu, điểm cuối của đoạn; ví dụ: Km 3+200 – Km 4+100."),
    )
    manager: Mapped[RoadManager] = col(_l("Cơ quan quyết định"), choices=RoadManager, required=True)
    sent_on: Mapped[date] = col(_l("Ngày gửi"), span=PAPER, required=True)
    #: The last day of the term.
    due_on: Mapped[date]
    state: Mapped[RoadAnswerState] = mapped_column(choice_type(RoadAnswerState))
    answered_on: Mapped[date | None] = col(_l("Ngày trả lời"), span=PAPER)
    number: Mapped[str | None] = col(_l("Số văn bản trả lời"), max_length=100)
    note: Mapped[str | None] = col(_l("Nội dung, điều kiện"), multiline=True)
    #: The request that a manager without competence handed over.
    handed_from_id: Mapped[int | None] = mapped_column(ForeignKey("road_answer.id"))
    version: Mapped[int]

    DAY_LABELS: ClassVar[Mapping[str, Any]] = MappingProxyType({"due_on": _l("Trả lời trước hết ngày")})
    DAY_ORDERS = (DayOrder("sent_on", "answered_on"), DayOrder("sent_on", "due_on"))
    __table_args__ = (
        CheckConstraint("char_length(btrim(stretch)) > 0", name="stretch"),
        CheckConstraint("(state IN ('new', 'in_treatment')) = (answered_on IS NULL)", name="answered"),
        CheckConstraint("version > 0", name="version_positive"),
        Index(None, "route_item_id"),
        Index(None, "handed_from_id"),
    )
