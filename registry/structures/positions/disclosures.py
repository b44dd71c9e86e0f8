"""Exact positions disclosed to the parties of open cases, until the case ends."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert

from registry.authz.actors import Ctx
from registry.structures.models import StructureDisclosure


def disclose(
    ctx: Ctx, structure_ids: Collection[int], organisation_id: int, subject_kind: str, subject_id: int
) -> None:
    """Let an organisation see structures exactly until `end_disclosures` of the case; idempotent."""
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
    """End the disclosures of a case that is closed, or no longer about one structure."""
    ending = update(StructureDisclosure).where(
        StructureDisclosure.subject_kind == subject_kind,
        StructureDisclosure.subject_id == subject_id,
        StructureDisclosure.until.is_(None),
    )
    if structure_id is not None:
        ending = ending.where(StructureDisclosure.structure_id == structure_id)
    ctx.session.execute(ending.values(until=ctx.now))
