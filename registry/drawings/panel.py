"""The drawing on a structure's page, of today and of the past."""

from __future__ import annotations

from registry.authz.actors import Ctx
from registry.capacity.queries import list_places_at
from registry.drawings.drawing import route_drawing, structure_drawing
from registry.drawings.queries import cable_facts, facts_from, picture_of, places_from, structure_facts
from registry.structures.history import HistoryRecord
from registry.structures.kinds.kind import Picture
from registry.structures.models import Structure
from registry.structures.pages.panels import Panel, Section
from registry.structures.positions.moment import When

_TEMPLATE = "drawings/panel.html"


def drawing_panel(ctx: Ctx, structure: Structure) -> Panel | None:
    """The drawing of a structure or a cable; None for kinds without one."""
    picture = picture_of(structure.kind)
    if picture is None:
        return None
    is_route = picture is Picture.ROUTE
    drawn = (
        route_drawing(cable_facts(ctx, structure)) if is_route else structure_drawing(structure_facts(ctx, structure))
    )
    return Panel("drawing", _TEMPLATE, {"drawn": drawn}, Section.OVERVIEW)


def past_drawing_panel(ctx: Ctx, record: HistoryRecord, when: When) -> Panel | None:
    """The drawing of a structure as it was, with sums and without entries, as the panel of its places."""
    if picture_of(record.row.kind) in (None, Picture.ROUTE):
        return None
    places = places_from(list_places_at(ctx, record.row.id, when), names=False)
    facts = facts_from(record.row.kind, record.row.id, record.row.code, record.values, places)
    return Panel("drawing", _TEMPLATE, {"drawn": structure_drawing(facts)})
