"""Exact positions told to the parties of open cases ("those named in their own open cases", head of the promises)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ForeignKey, Index, ScalarSelect, UniqueConstraint, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from registry.authz.actors import Ctx
from registry.kernel.db.base import Base, BigId
from registry.kernel.db.history import versioned


@versioned
class StructureDisclosure(Base):
    """An organisation sees a structure exactly for as long as one of its cases is open."""

    __tablename__ = "structure_disclosure"

    id: Mapped[BigId]
    structure_id: Mapped[int] = mapped_column(ForeignKey("structure.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    #: Code of the workflow and row of the case.
    subject_kind: Mapped[str]
    subject_id: Mapped[int]
    #: When the case ended; NULL while it is open.
    until: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint(
            "structure_id", "organisation_id", "subject_kind", "subject_id", name="uq_structure_disclosure_case"
        ),
        Index(None, "subject_kind", "subject_id"),
        Index(
            "ix_structure_disclosure_open",
            "organisation_id",
            "structure_id",
            postgresql_where="until IS NULL",
        ),
    )


def disclosed_to(organisation_ids: Collection[int]) -> ScalarSelect[int]:
    """The structures that open cases tell these organisations of."""
    named = select(StructureDisclosure.structure_id).where(
        StructureDisclosure.organisation_id.in_(organisation_ids), StructureDisclosure.until.is_(None)
    )
    return named.scalar_subquery()


def disclose(
    ctx: Ctx, structure_ids: Collection[int], organisation_id: int, subject_kind: str, subject_id: int
) -> None:
    """Let an organisation see structures exactly until `end_disclosures` of the case; twice changes nothing."""
    rows = [
        {
            "structure_id": structure_id,
            "organisation_id": organisation_id,
            "subject_kind": subject_kind,
            "subject_id": subject_id,
        }
        for structure_id in sorted(structure_ids)
    ]
    if rows:
        ctx.session.execute(insert(StructureDisclosure).values(rows).on_conflict_do_nothing())


def end_disclosures(ctx: Ctx, subject_kind: str, subject_id: int, structure_id: int | None = None) -> None:
    """The case is over, or no longer about this one structure: nobody sees it on its account any more."""
    ending = update(StructureDisclosure).where(
        StructureDisclosure.subject_kind == subject_kind,
        StructureDisclosure.subject_id == subject_id,
        StructureDisclosure.until.is_(None),
    )
    if structure_id is not None:
        ending = ending.where(StructureDisclosure.structure_id == structure_id)
    ctx.session.execute(ending.values(until=ctx.now))
