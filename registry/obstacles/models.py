"""The table of obstacles."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from registry.kernel.db.base import Base, choice_type
from registry.kernel.db.history import versioned
from registry.kernel.fields import col
from registry.kernel.i18n import _l
from registry.obstacles.codes import AnswerKind, ObstacleField, ObstacleState, Rating
from registry.workflow.models import Case, search_text_index


@versioned
class Obstacle(Case, Base):
    """What keeps an organisation from building, sharing or keeping its infrastructure, and what an agency did."""

    __tablename__ = "obstacle"
    SIDES: ClassVar[dict[str, str]] = {"owner": "organisation_id", "agency": "agency_id"}
    AREA: ClassVar[str | None] = None

    state: Mapped[ObstacleState] = mapped_column(choice_type(ObstacleState))
    #: The organisation that raised it.
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    #: The agency that answers it; NULL until it is assigned.
    agency_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("admin_unit.id"))
    subject: Mapped[str] = col(
        _l("Tên vướng mắc"),
        max_length=200,
        required=True,
        hint=_l("Một dòng; ví dụ: chưa được thuê đất đặt trạm ở thôn Na Chừa."),
    )
    field: Mapped[ObstacleField] = col(_l("Lĩnh vực"), choices=ObstacleField, required=True)
    address: Mapped[str | None] = col(
        _l("Tuyến đường, địa điểm"), max_length=300, hint=_l("Ví dụ: đường tỉnh 521, đoạn qua trung tâm xã.")
    )
    description: Mapped[str] = col(
        _l("Nội dung vướng mắc"),
        multiline=True,
        required=True,
        hint=_l("Nêu công việc bị đình trệ, cơ quan đã làm việc và đề nghị tháo gỡ."),
    )
    #: When its present agency got it, and when the clock passed it to the committee of the province.
    assigned_at: Mapped[datetime | None]
    escalated_at: Mapped[datetime | None]
    answer_kind: Mapped[AnswerKind | None] = col(_l("Kết quả"), choices=AnswerKind)
    answer: Mapped[str | None] = col(_l("Nội dung trả lời"), multiline=True)
    answered_at: Mapped[datetime | None] = col(_l("Trả lời lúc"))
    rating: Mapped[Rating | None] = col(_l("Đánh giá"), choices=Rating)

    __table_args__ = (
        CheckConstraint("version > 0", name="version_positive"),
        CheckConstraint("number IS NOT NULL", name="numbered"),
        CheckConstraint("char_length(btrim(subject)) > 0 AND char_length(btrim(description)) > 0", name="described"),
        CheckConstraint("(agency_id IS NULL) = (assigned_at IS NULL)", name="assigned"),
        CheckConstraint("agency_id <> organisation_id", name="other_agency"),
        CheckConstraint("state <> 'raised' OR agency_id IS NULL", name="raised"),
        CheckConstraint("state NOT IN ('assigned', 'answered', 'closed') OR agency_id IS NOT NULL", name="has_agency"),
        CheckConstraint("num_nonnulls(answer_kind, answer, answered_at) IN (0, 3)", name="answered_whole"),
        CheckConstraint("(state IN ('answered', 'closed')) = (answered_at IS NOT NULL)", name="answered"),
        CheckConstraint("rating IS NULL OR state = 'closed'", name="rated"),
        CheckConstraint("state <> 'escalated' OR escalated_at IS NOT NULL", name="escalated"),
        Index(None, "organisation_id", "state"),
        Index(None, "agency_id", "state"),
        Index(None, "unit_id"),
        search_text_index("obstacle"),
    )

    @classmethod
    def is_escalated_rule(cls) -> ColumnElement[bool]:
        """SQL: it was late once, so that the committee of the province follows it."""
        return cls.escalated_at.is_not(None)
