"""Tables of notices: the inbox of all readers, what was read, and the mails."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, ForeignKey, Index, SmallInteger, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from registry.kernel.db.base import Base, BigId, Choice, choice_type
from registry.kernel.i18n import _l


class MailState(Choice):
    """State of a mail."""

    PENDING = "pending", _l("Chờ gửi")
    SENT = "sent", _l("Đã gửi")
    FAILED = "failed", _l("Không gửi được")


class Delivery(Choice):
    """When notices are mailed to a person."""

    AT_ONCE = "at_once", _l("Gửi thư ngay")
    DAILY = "daily", _l("Gộp một thư mỗi ngày")
    OFF = "off", _l("Không gửi thư")


class Notice(Base):
    """A message to organisations, roles (of areas) and persons; never changed.

    It is written in the transaction of its event, so that it exists if and only if the event happened.
    """

    __tablename__ = "notice"

    id: Mapped[BigId]
    #: Part of the Message-ID, so that duplicates can be recognised.
    uid: Mapped[UUID] = mapped_column(Uuid, unique=True)
    #: Subject: code of a workflow and row of its case, and the move or other event.
    subject_kind: Mapped[str]
    subject_id: Mapped[int]
    event: Mapped[str]
    #: Values for the text of the notice.
    params: Mapped[dict[str, Any]] = mapped_column(JSONB)
    organisation_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    roles: Mapped[list[str]] = mapped_column(ARRAY(Text))
    #: Roles that count only with one of the units in their area.
    area_roles: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    unit_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    user_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), server_default=text("'{}'"))
    #: The recipients by party and standing, the most urgent first (`events.group_of`).
    groups: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
    #: The author does not get the notice.
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    created_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint(
            "cardinality(organisation_ids) + cardinality(roles) + cardinality(area_roles) + cardinality(user_ids) > 0",
            name="addressed",
        ),
        CheckConstraint("(cardinality(area_roles) > 0) = (cardinality(unit_ids) > 0)", name="area"),
        Index("ix_notice_organisation_ids", "organisation_ids", postgresql_using="gin"),
        Index("ix_notice_roles", "roles", postgresql_using="gin"),
        Index("ix_notice_area_roles", "area_roles", postgresql_using="gin"),
        Index("ix_notice_user_ids", "user_ids", postgresql_using="gin"),
        Index(None, "subject_kind", "subject_id"),
        Index(None, "created_at"),
        # A notice names others: its author may write it, not read it.
        {"implicit_returning": False},
    )


class NoticeRead(Base):
    """A person has read a notice."""

    __tablename__ = "notice_read"

    notice_id: Mapped[int] = mapped_column(ForeignKey("notice.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    read_at: Mapped[datetime]

    __table_args__ = (Index(None, "user_id"),)


class NoticeMail(Base):
    """A notice to be mailed to one person."""

    __tablename__ = "notice_mail"

    id: Mapped[BigId]
    notice_id: Mapped[int] = mapped_column(ForeignKey("notice.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    state: Mapped[MailState] = mapped_column(choice_type(MailState))
    attempts: Mapped[int] = mapped_column(SmallInteger)
    #: While pending: not before this moment.
    next_try_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    #: Last error of the mail server.
    failure: Mapped[str | None]
    #: Mails of a person with the same value go together, once they are due.
    bundle: Mapped[str] = mapped_column(server_default=text("''"))

    __table_args__ = (
        CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name="sent_at"),
        Index("uq_notice_mail_notice_id_user_id", "notice_id", "user_id", unique=True),
        Index(None, "user_id", "bundle"),
        Index("ix_notice_mail_pending", "next_try_at", postgresql_where="state = 'pending'"),
    )


class NoticeChoice(Base):
    """How a person gets mails of the notices of one standing (`events.Standing`); without a row: at once."""

    __tablename__ = "notice_choice"

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    standing: Mapped[str] = mapped_column(primary_key=True)
    delivery: Mapped[Delivery] = mapped_column(choice_type(Delivery))

    __table_args__ = (
        CheckConstraint("standing IN ('act', 'affected', 'watch')", name="standing"),
        CheckConstraint("standing = 'watch' OR delivery <> 'off'", name="owed"),
    )


class NoticeKindChoice(Base):
    """How a person gets mails about one kind of subject, instead of by standing; off only where it watches."""

    __tablename__ = "notice_kind_choice"

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    delivery: Mapped[Delivery] = mapped_column(choice_type(Delivery))


class MailBounce(Base):
    """An address that the mail server refuses for good; no mail goes to it until the account has another one."""

    __tablename__ = "mail_bounce"

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    email: Mapped[str]
    refused_at: Mapped[datetime]
    #: The reply of the server.
    reply: Mapped[str]
