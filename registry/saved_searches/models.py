"""Saved filters, the last result of watched ones, and the new matches of a check."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    UniqueConstraint,
    and_,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column

from registry.accounts.models import UserAccount
from registry.kernel.db.base import Base, BigId
from registry.kernel.db.history import versioned


@versioned
class SavedSearch(Base):
    """One named filter of one person."""

    __tablename__ = "saved_search"
    SIDES: ClassVar[dict[str, str]] = {}
    AREA: ClassVar[str | None] = None
    CREATOR: ClassVar[str] = "user_id"

    id: Mapped[BigId]
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    name: Mapped[str]
    #: Its name in addresses; stable when the name changes.
    slug: Mapped[str] = mapped_column(unique=True)
    #: The arguments of the list as a query string.
    query: Mapped[str]
    #: Colleagues of the owner's organisation may use it.
    is_shared: Mapped[bool]
    #: The owner is notified of new matches.
    is_watched: Mapped[bool]
    #: The owner's list opens with it.
    is_default: Mapped[bool]
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column()

    __mapper_args__: Any = {"version_id_col": version}
    __table_args__: Any = (
        UniqueConstraint("user_id", "name"),
        CheckConstraint("char_length(btrim(name)) BETWEEN 1 AND 100", name="name_given"),
        CheckConstraint("char_length(query) BETWEEN 1 AND 4000", name="query_length"),
        Index("uq_saved_search_default", "user_id", unique=True, postgresql_where="is_default"),
        Index("ix_saved_search_shared", "user_id", postgresql_where="is_shared"),
    )

    @classmethod
    def is_shared_rule(cls, organisation_ids: Collection[int]) -> ColumnElement[bool]:
        """Shared by a current member of one of these organisations."""
        colleagues = select(UserAccount.id).where(UserAccount.organisation_id.in_(sorted(organisation_ids)))
        return and_(cls.is_shared, cls.user_id.in_(colleagues))


class WatchState(Base):
    """The result of the last check of a watched search; exists as long as it is watched."""

    __tablename__ = "saved_search_look"

    search_id: Mapped[int] = mapped_column(ForeignKey("saved_search.id", ondelete="CASCADE"), primary_key=True)
    #: Incremented by each check: of two concurrent checks the second to finish is dropped.
    number: Mapped[int]
    looked_at: Mapped[datetime]
    #: Start of the last attempt, so that a failing check does not block the others.
    tried_at: Mapped[datetime]
    structure_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))

    __table_args__ = (Index(None, "tried_at"),)


class WatchResult(Base):
    """The new matches of one check, stored as long as its notice counts as new."""

    __tablename__ = "saved_search_find"

    id: Mapped[BigId]
    search_id: Mapped[int] = mapped_column(ForeignKey("saved_search.id", ondelete="CASCADE"))
    found_at: Mapped[datetime]
    structure_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))

    __table_args__ = (Index(None, "search_id"), Index(None, "found_at"))
