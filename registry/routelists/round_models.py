"""Rounds of a list: the call for proposals and the comments on its draft; who is asked, who has answered, comments."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar

from geoalchemy2 import Geometry
from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from registry.kernel.db.base import Base, BigId, Choice, choice_type
from registry.kernel.i18n import _l
from registry.routelists.models import RouteItem, RouteList
from registry.territory.models import WGS84


class RoundKind(Choice):
    """What a round asks for."""

    CALL = "call", _l("Đề xuất tuyến đường")
    COMMENTS = "comments", _l("Góp ý dự thảo danh mục")


class RouteRound(Base):
    """One round of an edition; never changed. A later round of the same kind replaces its day."""

    __tablename__ = "route_round"

    id: Mapped[BigId]
    route_list_id: Mapped[int] = mapped_column(ForeignKey(RouteList.id))
    edition: Mapped[int] = mapped_column(SmallInteger)
    kind: Mapped[RoundKind] = mapped_column(choice_type(RoundKind))
    #: The last day to answer, included.
    due_on: Mapped[date]
    text: Mapped[str | None]
    opened_at: Mapped[datetime]

    __table_args__ = (CheckConstraint("edition >= 1", name="edition"), Index(None, "route_list_id"))


class RouteAsked(Base):
    """An organisation that a round asks; never changed."""

    __tablename__ = "route_asked"
    SIDES: ClassVar[dict[str, str]] = {"owner": "organisation_id"}
    AREA: ClassVar[None] = None

    id: Mapped[BigId]
    round_id: Mapped[int] = mapped_column(ForeignKey(RouteRound.id))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))

    __table_args__ = (UniqueConstraint("round_id", "organisation_id"), Index(None, "organisation_id"))


class RouteAnswer(Base):
    """An answer to the rounds of one kind of an edition; never changed, the last one of an organisation counts."""

    __tablename__ = "route_answer"

    id: Mapped[BigId]
    route_list_id: Mapped[int] = mapped_column(ForeignKey(RouteList.id))
    edition: Mapped[int] = mapped_column(SmallInteger)
    kind: Mapped[RoundKind] = mapped_column(choice_type(RoundKind))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    text: Mapped[str]
    answered_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("edition >= 1", name="edition"),
        Index(None, "route_list_id"),
        Index(None, "organisation_id"),
    )


class RouteComment(Base):
    """A comment on an item, of an organisation; with a point or a stretch where it is about a place. Never changed."""

    __tablename__ = "route_comment"
    SIDES: ClassVar[dict[str, str]] = {"owner": "organisation_id", "proposer": "proposer_id"}
    AREA: ClassVar[None] = None

    id: Mapped[BigId]
    route_item_id: Mapped[int] = mapped_column(ForeignKey(RouteItem.id))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    #: The proposer of the item, where it reads the comment; operators and owners write to the departments alone.
    proposer_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    text: Mapped[str]
    shape: Mapped[Any] = mapped_column(Geometry("GEOMETRY", srid=WGS84, spatial_index=False), nullable=True)
    written_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("char_length(btrim(text)) > 0", name="worded"),
        CheckConstraint("geometrytype(shape) IN ('POINT', 'LINESTRING')", name="shape"),
        Index(None, "route_item_id"),
        Index(None, "organisation_id"),
        Index(None, "proposer_id"),
    )


class RouteCommentReply(Base):
    """An answer to a comment, read by those who read the comment; the one that closes it is the last. Never changed."""

    __tablename__ = "route_comment_reply"

    id: Mapped[BigId]
    comment_id: Mapped[int] = mapped_column(ForeignKey(RouteComment.id))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    text: Mapped[str]
    closes: Mapped[bool]
    written_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("char_length(btrim(text)) > 0", name="worded"),
        Index(None, "comment_id"),
        Index("uq_route_comment_reply_closing", "comment_id", unique=True, postgresql_where="closes"),
    )
