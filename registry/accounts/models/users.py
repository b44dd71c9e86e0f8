"""Tables of accounts and their dated roles."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from registry.accounts.models.organisations import Organisation
from registry.authz.actors import Role, role_label
from registry.kernel.db.base import Base, BigId, choice_type
from registry.kernel.db.history import versioned


@versioned
class UserAccount(Base):
    """A person's account; its password is a hash in a table apart, outside the history."""

    __tablename__ = "user_account"
    SIDES: ClassVar[dict[str, str]] = {"owner": "organisation_id"}
    AREA: ClassVar[None] = None

    id: Mapped[BigId]
    #: Lower case ASCII, as `rules.read_username` gives it.
    username: Mapped[str]
    full_name: Mapped[str]
    email: Mapped[str | None]
    #: E.164, for example +84912345678.
    phone: Mapped[str | None]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id", ondelete="RESTRICT"))
    #: Since when it belongs to its organisation: it sees no notices from before.
    member_since: Mapped[datetime]
    is_active: Mapped[bool] = mapped_column(default=True)
    disabled_at: Mapped[datetime | None]
    disabled_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    #: None until a password has been set.
    password_changed_at: Mapped[datetime | None]
    language: Mapped[str] = mapped_column(default="vi")

    organisation: Mapped[Organisation] = relationship(lazy="raise_on_sql")
    roles: Mapped[list[RoleAssignment]] = relationship(
        lazy="raise_on_sql", foreign_keys="RoleAssignment.user_id", order_by="RoleAssignment.id", back_populates="user"
    )

    def role_names(self, day: date) -> str:
        """The names of the roles that count on a day."""
        return ", ".join(role.label_on(day) for role in self.roles if role.holds_on(day))

    __table_args__ = (
        UniqueConstraint("username"),
        CheckConstraint("username ~ '^[a-z0-9][a-z0-9._-]{2,63}$'", name="username_form"),
        CheckConstraint("is_active = (disabled_at IS NULL)", name="disabled_at"),
        CheckConstraint("language IN ('vi', 'en')", name="language"),
        Index(None, "organisation_id"),
    )


@versioned
class RoleAssignment(Base):
    """A role of an account from a day to a day; `ended_at` ends it at once, whatever the days say."""

    __tablename__ = "role_assignment"

    id: Mapped[BigId]
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    role: Mapped[Role] = mapped_column(choice_type(Role))
    valid_from: Mapped[date]
    #: Last day, included; None for no end.
    valid_to: Mapped[date | None]
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))

    user: Mapped[UserAccount] = relationship(lazy="raise_on_sql", foreign_keys=[user_id], back_populates="roles")
    areas: Mapped[list[RoleArea]] = relationship(lazy="raise_on_sql", order_by="RoleArea.id")

    def holds_on(self, day: date) -> bool:
        """Whether the role counts on a day."""
        begun = self.valid_from <= day
        return self.ended_at is None and begun and (self.valid_to is None or self.valid_to >= day)

    def label_on(self, day: date) -> str:
        """The role's name on a day; a role that had ended by then is called as on its last day."""
        return role_label(self.role, min(day, self.valid_to or day))

    __table_args__ = (
        CheckConstraint("valid_to >= valid_from", name="valid_period"),
        CheckConstraint("role <> 'public'", name="not_public"),
        Index(None, "user_id"),
    )


@versioned
class RoleArea(Base):
    """One administrative unit of a role's area; a former district stands for the group of its communes."""

    __tablename__ = "role_area"

    id: Mapped[BigId]
    assignment_id: Mapped[int] = mapped_column(ForeignKey("role_assignment.id", ondelete="RESTRICT"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("admin_unit.id", ondelete="RESTRICT"))

    __table_args__ = (UniqueConstraint("assignment_id", "unit_id"), Index(None, "unit_id"))
