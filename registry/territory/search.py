"""What the search of the site says of administrative units; territory is public."""

from __future__ import annotations

from registry.authz.actors import Ctx
from registry.kernel.i18n import _l
from registry.kernel.search import Group, Hit, Link, Query
from registry.territory.finding import match_units
from registry.territory.rules import unit_label


def units(ctx: Ctx, query: Query) -> Group:
    """Communes, former communes, districts and the province by name and code."""
    found = match_units(ctx.session, query)
    hits = [
        Hit(
            unit_label(unit, ctx.today),
            Link("territory.unit", {"unit_id": unit.id}),
            unit.code,
            (str(unit.level.label),),
        )
        for unit in found
    ]
    return Group("units", _l("Địa bàn"), hits)
