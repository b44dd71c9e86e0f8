"""The public place of an incident: its public cell, the commune of that cell, and the street that an officer cleared.

All that is said of an incident in public, or to readers who know structures as cells only, comes from here: an exact
point, or the commune that it lies in, would give away the structure that the incident is on (docs/hidden.md).

| an incident with | has in public |
| --- | --- |
| a position | the cell of the position, and the commune that the middle of this cell is in |
| a structure alone | the commune that the middle of the structure's public cells is in; none where it has none |
| neither | the commune that its reporter chose |
| a restricted structure | nothing: it is not public at all (`Incident.is_open_rule`) |
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import ColumnElement, and_, case, func, or_, select

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.incidents.models import Incident
from registry.kernel.errors import Invalid
from registry.kernel.i18n import _
from registry.structures import positions
from registry.structures.models import PROVINCE_GRID, WGS84, Structure
from registry.structures.positions import case_places
from registry.structures.positions.points import grid_point

#: Permissions that serve a case with its exact place: to authorities that triage it, to the responsible organisation.
_SERVED: Final = (P.INCIDENT_TRIAGE, P.INCIDENT_WORK)


def is_public() -> ColumnElement[bool]:
    """SQL: published incidents that an authority has triaged, on no restricted structure.

    One that was opened again stays public while it waits for triage once more.
    """
    triaged = or_(Incident.is_triaged_rule(), and_(Incident.triaged_at.is_not(None), Incident.reopened > 0))
    return and_(Incident.is_published.is_(True), triaged, Incident.is_open_rule())


def is_in_cell_of(lon: float, lat: float) -> ColumnElement[bool]:
    """SQL: incidents whose position is in the public cell of a place (WGS 84 degrees); a border belongs to one cell."""
    here = grid_point(lon, lat)
    side = func.coarse_grid_m()
    west, south = (func.floor(axis(here) / side) * side for axis in (func.ST_X, func.ST_Y))
    box = func.ST_MakeEnvelope(west, south, west + side, south + side, PROVINCE_GRID)
    # The box has all four borders, and is there for the index.
    return and_(
        Incident.place_m.op("&&")(box),
        func.ST_X(Incident.place_m) < west + side,
        func.ST_Y(Incident.place_m) < south + side,
    )


def public_unit(ctx: Ctx) -> ColumnElement[Any]:
    """SQL: the commune that is public; NULL where none is."""
    of_structure = (
        select(func.unit_of_cells(Structure.geom_coarse, ctx.today))
        .where(Structure.id == Incident.structure_id, positions.is_shown_as_cells())
        .correlate(Incident)
        .scalar_subquery()
    )
    return case((Incident.public_unit_id.is_not(None), Incident.public_unit_id), else_=of_structure)


def knows_place(ctx: Ctx) -> ColumnElement[bool]:
    """SQL: incidents whose exact place the actor may read."""
    return case_places.knows_place(ctx, Incident, *_SERVED)


def unit_for(ctx: Ctx) -> ColumnElement[Any]:
    """SQL: the commune that the actor is given: the recorded one where it may read the place, else the public one."""
    return case_places.unit_for(ctx, Incident, public_unit(ctx), *_SERVED)


def cell_middle() -> ColumnElement[Any]:
    """SQL: the middle of the public cell of a position, on the grid of the province."""
    return case_places.cell_middle(Incident)


def shown_point(ctx: Ctx) -> ColumnElement[Any]:
    """SQL: the position (WGS 84) where the actor may read it, else the middle of its public cell."""
    exact: ColumnElement[Any] = Incident.place.expression
    if case_places.knows_all_places(ctx, *_SERVED):
        return exact
    return case((knows_place(ctx), exact), else_=func.ST_Transform(cell_middle(), WGS84))


def check_street(ctx: Ctx, incident: Incident, street: str | None) -> None:
    """Invalid (`public_street`) for a street of an incident on a structure that is public as a cell, or not at all."""
    if not street or incident.structure_id is None:
        return
    published = select(Structure.id).where(Structure.id == incident.structure_id, Structure.is_published_rule())
    if ctx.session.scalar(published) is None:
        sentence = _(
            "Công trình của sự cố chưa được công bố vị trí nên không công khai tên đường “%(street)s”; hãy để trống"
            " ô này.",
            street=street,
        )
        raise Invalid({"public_street": [sentence]})


def public_street(ctx: Ctx, incident: Incident) -> str:
    """The street that an officer cleared; "" without one, and while the structure is not published."""
    try:
        check_street(ctx, incident, incident.public_street)
    except Invalid:
        return ""
    return incident.public_street or ""
