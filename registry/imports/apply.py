"""Good rows become structures with their places."""

from __future__ import annotations

from registry.accounts.queries import find_organisation
from registry.authz.actors import Ctx
from registry.capacity.bulk import NewPlace, add_places
from registry.imports.check import Checked
from registry.imports.mapping import Plan
from registry.imports.models import ImportBatch
from registry.imports.rows import CheckedRow
from registry.structures.codes import Provenance
from registry.structures.commands import CreateStructure, GivenPosition
from registry.structures.kinds import KINDS
from registry.structures.service.bulk import Created, create_structures


def create_rows(ctx: Ctx, batch: ImportBatch, plan: Plan, checked: Checked) -> list[Created]:
    """Register the good rows of a file and what is in use there; each row learns its structure."""
    ready = [(row, row.place.position) for row in checked.good if row.place.position is not None]
    commands = [_command(batch, plan, row, position) for row, position in ready]
    created = create_structures(ctx, commands, [checked.hits[row.row.number] for row, _position in ready])
    for (row, _position), structure in zip(ready, created, strict=True):
        row.structure_id = structure.id
    add_places(ctx, _places(ctx, batch, [row for row, _position in ready]))
    return created


def _command(batch: ImportBatch, plan: Plan, row: CheckedRow, position: GivenPosition) -> CreateStructure:
    return CreateStructure(
        kind=batch.kind,
        owner_id=batch.organisation_id,
        values=row.values,
        position=position,
        stated_commune_id=row.stated_commune_id,
        outside_area=plan.outside_area,
        provenance=Provenance.IMPORTED,
    )


def _places(ctx: Ctx, batch: ImportBatch, rows: list[CheckedRow]) -> list[NewPlace]:
    known = {name: find_organisation(ctx.session, name) for name in {row.holder for row in rows if row.holder}}
    label = str(KINDS[batch.kind].place.label)
    places = []
    for row in rows:
        if row.structure_id is None or (row.total is None and not row.used):
            continue
        holder = known.get(row.holder)
        places.append(
            NewPlace(
                row.structure_id,
                batch.organisation_id,
                label,
                row.total,
                row.used or 0,
                holder.id if holder else None,
                None if holder else row.holder or None,
            )
        )
    return places
