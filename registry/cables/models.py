"""The structures that carry a cable, in order from end to end."""

from __future__ import annotations

from typing import ClassVar

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from registry.kernel.db.base import Base, BigId
from registry.kernel.db.history import versioned


@versioned
class CableMember(Base):
    """One structure that a cable passes over or through; a cable may return to the same one."""

    __tablename__ = "cable_member"
    SIDES: ClassVar[dict[str, str]] = {"owner": "organisation_id"}
    AREA: ClassVar[str | None] = None

    id: Mapped[BigId]
    #: The cable's owner: part of the key, so that row-level policies can follow.
    organisation_id: Mapped[int]
    cable_id: Mapped[int]
    #: From 1 at the first end, without gaps.
    ordinal: Mapped[int]
    structure_id: Mapped[int] = mapped_column(ForeignKey("structure.id"))

    __table_args__ = (
        ForeignKeyConstraint(["cable_id"], ["cable_route.id"], name="fk_cable_member_cable_id"),
        ForeignKeyConstraint(
            ["cable_id", "organisation_id"],
            ["structure.id", "structure.owner_organisation_id"],
            name="fk_cable_member_cable_id_organisation_id",
            onupdate="CASCADE",
        ),
        UniqueConstraint("cable_id", "ordinal"),
        CheckConstraint("ordinal > 0", name="ordinal"),
        CheckConstraint("structure_id <> cable_id", name="not_itself"),
        Index(None, "structure_id"),
    )
