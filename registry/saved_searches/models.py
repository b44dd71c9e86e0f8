"""A kept filter; what its owner's last look found; what was new at a look."""

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
    """One filter of one person, under a name."""

    __tablename__ = "saved_search"
    SIDES: ClassVar[dict[str, str]] = {}
    AREA: ClassVar[str | None] = None
    CREATOR: ClassVar[str] = "user_id"

    id: Mapped[BigId]
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    name: Mapped[str]
    #: What addresses call it; it stays when the name changes.
    slug: Mapped[str] = mapped_column(unique=True)
    #: The arguments of the list, as a query string.
    query: Mapped[str]
    #: Colleagues of the owner's organisation may use it.
    is_shared: Mapped[bool]
    #: The owner is told of what is new.
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
        """Shared by somebody who belongs to one of these organisations now."""
        colleagues = select(UserAccount.id).where(UserAccount.organisation_id.in_(sorted(organisation_ids)))
        return and_(cls.is_shared, cls.user_id.in_(colleagues))


class SearchLook(Base):
    """What the owner of a watched search would have seen at the last look; there is one as long as it is watched."""

    __tablename__ = "saved_search_look"

    search_id: Mapped[int] = mapped_column(ForeignKey("saved_search.id", ondelete="CASCADE"), primary_key=True)
    #: Grows with each look: of two looks that began together the second to end is dropped.
    number: Mapped[int]
    looked_at: Mapped[datetime]
    #: When a look was begun last, so that one that fails does not keep the others waiting.
    tried_at: Mapped[datetime]
    structure_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))

    __table_args__ = (Index(None, "tried_at"),)


class SearchFind(Base):
    """What was new at one look, for as long as its notice is fresh."""

    __tablename__ = "saved_search_find"

    id: Mapped[BigId]
    search_id: Mapped[int] = mapped_column(ForeignKey("saved_search.id", ondelete="CASCADE"))
    found_at: Mapped[datetime]
    structure_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))

    __table_args__ = (Index(None, "search_id"), Index(None, "found_at"))
