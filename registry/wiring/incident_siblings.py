"""What incidents ask of labels and of violations, which they may not import."""

from __future__ import annotations

from registry.authz.actors import Ctx
from registry.incidents.workflow.referring import CatalogueAct
from registry.kernel.i18n.stored import stored_text
from registry.labels.queries import find_labelled
from registry.labels.rules import read_code
from registry.structures.kinds import KINDS
from registry.violations.queries import list_kinds


def acts_in_force(ctx: Ctx) -> list[CatalogueAct]:
    """The acts of the catalogue that are forbidden today."""
    return [
        CatalogueAct(kind.id, kind.code, stored_text(kind.act))
        for kind in list_kinds(ctx.session, ctx.today, ctx.today)
    ]


def labelled_structure(ctx: Ctx, label: str) -> tuple[int, str] | None:
    """The structure of a valid label: its id, and what its public card says; never where it is."""
    row = find_labelled(ctx, read_code(label))
    if row is None:
        return None
    return row.id, f"{KINDS[row.kind].label} {row.code}" if not row.restricted else ""
