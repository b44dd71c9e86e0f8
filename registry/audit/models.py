"""Tables of the audit chain and of notes; no role may change or delete their rows."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, text
from sqlalchemy.dialects.postgresql import ARRAY, INT8MULTIRANGE, JSONB, Range
from sqlalchemy.orm import Mapped, mapped_column

from registry.kernel.db.base import Base, BigId


class AuditEvent(Base):
    """One change: actor, action, object, time and origin; `digest` chains it to the previous event."""

    __tablename__ = "audit_event"

    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    occurred_at: Mapped[datetime]
    actor_id: Mapped[int | None]
    actor_label: Mapped[str]
    organisation_id: Mapped[int | None]
    on_behalf_of_id: Mapped[int | None]
    action: Mapped[str]
    object_kind: Mapped[str]
    object_id: Mapped[int | None]
    #: Joins the history rows that the same transaction wrote.
    change_id: Mapped[int] = mapped_column(BigInteger, unique=True)
    request_id: Mapped[str]
    origin: Mapped[str]
    payload_digest: Mapped[bytes] = mapped_column(LargeBinary)
    history_digest: Mapped[bytes] = mapped_column(LargeBinary)
    previous_digest: Mapped[bytes] = mapped_column(LargeBinary)
    digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)

    __table_args__ = (
        Index(None, "object_kind", "object_id"),
        Index(None, "actor_id", "occurred_at"),
    )


class AuditPayload(Base):
    """The details of an event; erasing it with its salt leaves the chain verifiable."""

    __tablename__ = "audit_payload"

    number: Mapped[int] = mapped_column(ForeignKey("audit_event.number"), primary_key=True)
    salt: Mapped[bytes] = mapped_column(LargeBinary)
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB)


class AuditNote(Base):
    """Access to exact positions of other owners, an export, a refusal or a sign-in attempt: one row per request."""

    __tablename__ = "audit_note"

    id: Mapped[BigId]
    occurred_at: Mapped[datetime]
    actor_id: Mapped[int | None]
    actor_label: Mapped[str]
    organisation_id: Mapped[int | None]
    action: Mapped[str]
    #: Owners of the shown structures; they may read the row.
    owner_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    request_id: Mapped[str]
    origin: Mapped[str]
    details: Mapped[dict[str, Any]] = mapped_column(JSONB)

    __table_args__ = (
        Index(None, "owner_ids", postgresql_using="gin"),
        Index(None, "action", "occurred_at"),
    )


class QuotaUse(Base):
    """How often a quota of a day was used; working data, written by `quotas.reserve` alone."""

    __tablename__ = "quota_use"

    #: Of networks a keyed digest: no address is stored.
    key: Mapped[str] = mapped_column(primary_key=True)
    day_start: Mapped[datetime] = mapped_column(primary_key=True)
    used: Mapped[int]


class AuditSeal(Base):
    """One batch of notes, sealed by the worker; `digest` chains it to the previous seal."""

    __tablename__ = "audit_seal"

    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    sealed_at: Mapped[datetime] = mapped_column(index=True)
    #: The ids of the batch; a note that committed late is in a later batch than its neighbours.
    notes: Mapped[list[Range[int]]] = mapped_column(INT8MULTIRANGE)
    note_count: Mapped[int]
    #: The highest id that this seal and those before it hold.
    up_to: Mapped[int]
    #: SHA-256 over the digests of the notes, in the order of their ids.
    notes_digest: Mapped[bytes] = mapped_column(LargeBinary)
    previous_digest: Mapped[bytes] = mapped_column(LargeBinary)
    digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)


class RegisterIdentity(Base):
    """The one row that distinguishes this register from others."""

    __tablename__ = "register_identity"

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=text("gen_random_uuid()"))

    __table_args__ = (Index("uq_register_identity_single", text("(true)"), unique=True),)
