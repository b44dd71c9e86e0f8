"""Tables of passwords, sessions, tries and one-time links: working data without history."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ARRAY, CheckConstraint, DateTime, ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from registry.accounts.models.users import UserAccount
from registry.kernel.db.base import Base, BigId, Choice, choice_type
from registry.kernel.i18n import _l


class LinkPurpose(Choice):
    """What a one-time link is for."""

    SET_PASSWORD = "set_password", _l("Đặt mật khẩu")
    FIRST_ADMINISTRATOR = "first_administrator", _l("Quản trị viên đầu tiên")


class RevokeReason(Choice):
    """Why a session ended before its time."""

    SIGNED_OUT = "signed_out", _l("Đã đăng xuất")
    SIGNED_OUT_ELSEWHERE = "signed_out_elsewhere", _l("Đăng xuất từ thiết bị khác")
    REPLACED = "replaced", _l("Đăng nhập lại trên cùng trình duyệt")
    PASSWORD_CHANGED = "password_changed", _l("Đã đổi mật khẩu")
    ROLE_CHANGED = "role_changed", _l("Vai trò đã thay đổi")
    DISABLED = "disabled", _l("Tài khoản đã bị khóa")


class UserPassword(Base):
    """The argon2id hash of an account's password: no history keeps it, no page reads it."""

    __tablename__ = "user_password"

    user_id: Mapped[int] = mapped_column(
        ForeignKey("user_account.id", ondelete="RESTRICT"), primary_key=True, autoincrement=False
    )
    password_hash: Mapped[str]


class UserSession(Base):
    """One signed-in browser; the cookie holds a random token, this row only its SHA-256."""

    __tablename__ = "user_session"

    id: Mapped[BigId]
    token_hash: Mapped[bytes] = mapped_column(LargeBinary)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    #: Absolute end; the idle limit is counted from `last_seen_at`.
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    revoked_reason: Mapped[RevokeReason | None] = mapped_column(choice_type(RevokeReason))
    #: Browser and system as the browser names them, cut to 200 characters.
    device: Mapped[str]
    address: Mapped[str]

    user: Mapped[UserAccount] = relationship(lazy="raise_on_sql")

    __table_args__ = (
        UniqueConstraint("token_hash"),
        CheckConstraint("(revoked_at IS NULL) = (revoked_reason IS NULL)", name="revoked_reason"),
        Index(None, "user_id"),
        Index(None, "expires_at"),
    )


class SignInCounter(Base):
    """The failed tries of one account name in the last minutes, wherever they came from."""

    __tablename__ = "sign_in_counter"

    #: SHA-256 (hex) of the folded name: people type passwords into the wrong field.
    key: Mapped[str] = mapped_column(primary_key=True)
    tries: Mapped[list[datetime]] = mapped_column(ARRAY(DateTime(timezone=True)))
    last_try_at: Mapped[datetime]

    __table_args__ = (Index(None, "last_try_at"),)


class OneTimeLink(Base):
    """A link that lets one person set a password once, within minutes."""

    __tablename__ = "one_time_link"

    id: Mapped[BigId]
    token_hash: Mapped[bytes] = mapped_column(LargeBinary)
    purpose: Mapped[LinkPurpose] = mapped_column(choice_type(LinkPurpose))
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    __table_args__ = (UniqueConstraint("token_hash"), Index(None, "user_id"))
