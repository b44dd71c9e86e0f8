"""The part of a structure's page that tells of occupations, and where one is written down."""

from __future__ import annotations

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import allowed
from registry.occupations.queries import list_on_structure
from registry.occupations.workflow import OCCUPATION
from registry.structures.models import Structure
from registry.structures.pages.panels import Panel


def occupations_panel(ctx: Ctx, structure: Structure) -> Panel | None:
    """The open occupations of a structure, for its owner, those named and the authorities, and the way to a new one."""
    may_open = structure.commune_id is not None and allowed(ctx, P.OCCUPATION_OPEN, structure)
    found = list_on_structure(ctx, structure.id)
    if not found and not may_open:
        return None
    data = {"occupations": found, "may_open_occupation": may_open, "occupation_tones": OCCUPATION.tones}
    return Panel("occupations", "occupations/panel.html", data)
