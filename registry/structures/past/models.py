"""What only the past needs: structures that are gone, and the index of versions by place."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from registry.kernel.db.base import Base
from registry.kernel.db.history import history_of
from registry.structures.models import Structure

Index("ix_structure_history_geom", history_of(Structure).c["geom"], postgresql_using="gist")


class StructureGone(Base):
    """A structure that is no longer in the register; the database keeps this table by a trigger."""

    __tablename__ = "structure_gone"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    #: The last version: what decides who may still be shown it.
    history_id: Mapped[int] = mapped_column(ForeignKey("structure_history.history_id"))
    gone_at: Mapped[datetime]
