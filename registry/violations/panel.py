"""The part of a structure's page that tells of violations, for who may read them."""

from __future__ import annotations

from registry.authz.actors import Ctx
from registry.structures.models import Structure
from registry.structures.pages.panels import Panel
from registry.violations.queries import list_on_structure
from registry.violations.workflow import VIOLATION


def violations_panel(ctx: Ctx, structure: Structure) -> Panel | None:
    """The newest violations on a structure; nothing where there are none that the reader may see."""
    found = list_on_structure(ctx, structure.id)
    if not found:
        return None
    return Panel("violations", "violations/panel.html", {"violations": found, "violation_tones": VIOLATION.tones})
