"""Tables of the second factor of accounts; secrets are sealed or stored as hashes only."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from registry.accounts.models import UserAccount
from registry.kernel.db.base import Base, BigId, Choice, choice_type
from registry.kernel.i18n import _l

#: Longest name that a person gives a factor.
LABEL_MAX: Final = 60
REASON_MAX: Final = 500


class FactorKind(Choice):
    """What proves the second factor."""

    TOTP = "totp", _l("Mã 6 chữ số của ứng dụng xác thực")
    PASSKEY = "passkey", _l("Khóa truy cập")


class SecondFactor(Base):
    """One second factor of an account; one that was removed stays for inquiries."""

    __tablename__ = "second_factor"

    id: Mapped[BigId]
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    kind: Mapped[FactorKind] = mapped_column(choice_type(FactorKind))
    label: Mapped[str]
    #: TOTP: the shared secret, sealed with the key of the installation.
    secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    #: TOTP: the last accepted step of 30 s, so that no code is taken twice.
    last_step: Mapped[int | None]
    #: Passkey: its id and public key, and how often it has signed (0 where it does not count).
    credential_id: Mapped[bytes | None] = mapped_column(LargeBinary)
    public_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    sign_count: Mapped[int | None]
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]
    removed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))

    __table_args__ = (
        CheckConstraint("(kind = 'totp') = (secret IS NOT NULL AND last_step IS NOT NULL)", name="totp"),
        CheckConstraint(
            "(kind = 'passkey') = (credential_id IS NOT NULL AND public_key IS NOT NULL AND sign_count IS NOT NULL)",
            name="passkey",
        ),
        Index("uq_second_factor_totp", "user_id", unique=True, postgresql_where="kind = 'totp' AND removed_at IS NULL"),
        UniqueConstraint("credential_id"),
        Index(None, "user_id"),
    )


class RecoveryCode(Base):
    """One recovery code by its SHA-256; good once, until a new set replaces it."""

    __tablename__ = "recovery_code"

    id: Mapped[BigId]
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    code_hash: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    replaced_at: Mapped[datetime | None]

    __table_args__ = (UniqueConstraint("user_id", "code_hash"),)


class RememberedBrowser(Base):
    """A browser that signs in with the password alone for some days; its cookie holds a token, this row the hash."""

    __tablename__ = "remembered_browser"

    id: Mapped[BigId]
    token_hash: Mapped[bytes] = mapped_column(LargeBinary)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    #: As `UserSession.device`.
    device: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    __table_args__ = (UniqueConstraint("token_hash", "user_id"), Index(None, "user_id"))


class DayPass(Base):
    """A code of one's own office that stands in for a lost second factor until the end of the day."""

    __tablename__ = "day_pass"

    id: Mapped[BigId]
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    given_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    code_hash: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("given_by_id <> user_id", name="another_person"),
        Index("uq_day_pass_user_id", "user_id", unique=True, postgresql_where="ended_at IS NULL"),
    )


class FactorReset(Base):
    """That all factors of an account are to be removed: one administrator asks, another one confirms."""

    __tablename__ = "factor_reset"

    id: Mapped[BigId]
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    asked_at: Mapped[datetime]
    reason: Mapped[str]
    ended_at: Mapped[datetime | None]
    #: The other administrator who confirmed it; None where it was taken back.
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))

    user: Mapped[UserAccount] = relationship(lazy="raise_on_sql", foreign_keys=[user_id])
    asked_by: Mapped[UserAccount] = relationship(lazy="raise_on_sql", foreign_keys=[asked_by_id])

    __table_args__ = (
        CheckConstraint("asked_by_id <> user_id", name="another_person"),
        CheckConstraint("confirmed_by_id <> asked_by_id AND confirmed_by_id <> user_id", name="second_person"),
        CheckConstraint("confirmed_by_id IS NULL OR ended_at IS NOT NULL", name="confirmed"),
        Index("uq_factor_reset_user_id", "user_id", unique=True, postgresql_where="ended_at IS NULL"),
    )
