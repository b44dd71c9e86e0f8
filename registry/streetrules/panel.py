"""The rules of the street on the page of a structure."""

from __future__ import annotations

from registry.authz.actors import Ctx
from registry.streets.rule_models import StreetAct
from registry.streets.rule_queries import rules_at
from registry.structures import positions
from registry.structures.models import Structure
from registry.structures.pages.panels import Panel


def rules_panel(ctx: Ctx, structure: Structure) -> Panel | None:
    """What may not be hung or dug where the structure stands; None without a rule, or for who knows its cell only."""
    stated = positions.given_once(ctx, structure.id)
    if stated is None:
        return None
    rules = rules_at(ctx.session, stated.geojson, tuple(StreetAct), ctx.today)
    return Panel("street_rules", "street_rules/panel.html", {"street_rules": rules}) if rules else None
