"""The table of tokens."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from registry.accounts.models import UserAccount
from registry.kernel.db.base import Base, BigId, ExclusiveEnd


class AccessToken(Base):
    """One token; its text is shown once, this row has only its SHA-256.

    It acts with the rights of `user`, who answers for it, as far as scopes and units leave them. One of the
    organisation is listed to all colleagues, and any of them may revoke it.
    """

    __tablename__ = "access_token"

    id: Mapped[BigId]
    token_hash: Mapped[bytes] = mapped_column(LargeBinary)
    #: The last characters of its text, to tell tokens apart.
    ending: Mapped[str]
    name: Mapped[str]
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    #: That of the account when it was issued: a token does not follow its owner into another organisation.
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id", ondelete="RESTRICT"))
    is_of_organisation: Mapped[bool]
    #: Codes of TokenScope.
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    #: Units whose rows it reads; empty: the whole area of its owner.
    unit_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    created_at: Mapped[datetime]
    #: Exclusive.
    expires_at: Mapped[ExclusiveEnd]
    #: Renewed once a minute at most.
    last_used_at: Mapped[datetime | None]
    #: The address of that use.
    last_used_from: Mapped[str | None]
    revoked_at: Mapped[datetime | None]
    revoked_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))

    user: Mapped[UserAccount] = relationship(lazy="raise_on_sql", foreign_keys=[user_id])

    __table_args__: Any = (
        UniqueConstraint("token_hash"),
        CheckConstraint("char_length(btrim(name)) BETWEEN 1 AND 100", name="name_given"),
        CheckConstraint(
            "cardinality(scopes) > 0 AND scopes <@ ARRAY['structures', 'routes', 'violations', 'incidents']",
            name="scopes",
        ),
        CheckConstraint("expires_at > created_at", name="expires_later"),
        CheckConstraint("(revoked_at IS NULL) = (revoked_by_id IS NULL)", name="revoked_by"),
        Index(None, "user_id"),
        Index(None, "organisation_id"),
    )
