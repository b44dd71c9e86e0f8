"""The works of the street on the page of a structure."""

from __future__ import annotations

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import holds
from registry.streets.work_queries import works_at
from registry.structures import positions
from registry.structures.models import Structure
from registry.structures.pages.panels import Panel


def works_panel(ctx: Ctx, structure: Structure) -> Panel | None:
    """The works in the street where a structure stands; None without one, or for who knows its cell only."""
    if not holds(ctx.actor, P.STREET_WORK_READ):
        return None
    stated = positions.given_once(ctx, structure.id)
    works = works_at(ctx, stated.geojson, ctx.today) if stated is not None else []
    return Panel("street_works", "street_works/panel.html", {"street_works": works}) if works else None
