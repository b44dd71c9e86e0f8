"""Figures of incidents: open, unsafe, overdue, time to make safe; by commune, organisation and kind; for the public."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Double, Select, and_, case, cast, func, or_, select

from registry.accounts.models import Organisation
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import visible
from registry.incidents.codes import ENDED, UNTRIAGED, IncidentState
from registry.incidents.models import Incident
from registry.incidents.public_place import cell_middle, is_public, knows_place, public_unit, unit_for
from registry.incidents.rules import time_reached_by
from registry.incidents.workflow import INCIDENT
from registry.kernel.clock import LOCAL_ZONE
from registry.kernel.db.row_access import sees_all_rows
from registry.kernel.i18n import _
from registry.kernel.lists.board import BoardLine, Counted, read_lines, read_total
from registry.structures import positions
from registry.structures.models import PROVINCE_GRID
from registry.territory.models import AdminUnit
from registry.workflow.lists import overdue_clause

S = IncidentState
_YEAR: Final = timedelta(days=365)
_HOUR: Final = 3600
_MEDIAN, _P90 = 0.5, 0.9
#: Metres of a cell of the heat map.
CELL_M: Final = 500
_MOST_CELLS: Final = 5000
#: States of a case that is open, as the argument of its list.
OPEN_STATES: Final = tuple(state.value for state in S if state not in ENDED)
#: What the public is shown of a state; of the untriaged ones only what was opened again.
PUBLIC_STATES: Final[Mapping[str, tuple[IncidentState, ...]]] = {
    "open": (*UNTRIAGED, S.VERIFIED, S.ASSIGNED, S.ACKNOWLEDGED, S.OVERDUE),
    "safe": (S.SAFE, S.FIX_OVERDUE, S.FIXED),
    "closed": (S.CLOSED,),
}


@dataclass(frozen=True)
class IncidentFigures:
    """Numbers of incidents. Hours count those that are not safe yet, too (`rules.time_reached_by`).

    None: too few have been made safe.
    """

    open: int
    unsafe: int
    late: int
    reported: int
    made_safe: int
    #: Reported in the period, not safe yet.
    still_unsafe: int
    median_h: float | None = None
    p90_h: float | None = None


@dataclass(frozen=True)
class IncidentBoard:
    """Open, unsafe and overdue incidents are those of now; the rest are those reported since `since`."""

    since: date
    total: IncidentFigures
    urgent: int
    units: Sequence[BoardLine[IncidentFigures]]
    organisations: Sequence[BoardLine[IncidentFigures]]
    kinds: Sequence[BoardLine[IncidentFigures]]


def first_day(ctx: Ctx) -> date:
    """The first day of the period without another choice: a year ago."""
    return ctx.today - _YEAR


def read_board(ctx: Ctx, since: date) -> IncidentBoard:
    """The figures of the incidents that the actor may read; by organisation of those that it may follow."""
    read, followed = _counted(ctx, since, P.INCIDENT_READ), _counted(ctx, since, P.INCIDENT_FOLLOW)
    in_units = replace(read, rows=read.rows.join(AdminUnit, AdminUnit.id == unit_for(ctx)))
    of_organisations = replace(
        followed, rows=followed.rows.outerjoin(Organisation, Organisation.id == Incident.organisation_id)
    )
    times, times_followed = _times(ctx, since, P.INCIDENT_READ), _times(ctx, since, P.INCIDENT_FOLLOW)
    urgent = select(func.count()).where(
        Incident.is_unsafe_rule(), Incident.severity == "urgent", visible(ctx, Incident, P.INCIDENT_READ)
    )
    return IncidentBoard(
        since,
        _timed(read_total(ctx, read), times),
        int(ctx.session.scalar(urgent) or 0),
        _with_times(read_lines(ctx, in_units, AdminUnit.id, AdminUnit.name), times, "unit"),
        _with_times(
            read_lines(
                ctx,
                of_organisations,
                Organisation.id,
                Organisation.short_name,
                label=lambda name: name or _("Chưa rõ đơn vị"),
            ),
            times_followed,
            "organisation",
        ),
        _with_times(
            read_lines(ctx, read, Incident.kind, Incident.kind, label=lambda kind: str(kind.label)), times, "kind"
        ),
    )


def _times(ctx: Ctx, since: date, permission: P) -> Sequence[Any]:
    """Of the incidents reported since a day that were made safe or are to be: hours until then, or until now."""
    started = func.coalesce(Incident.began_at, Incident.reported_at)
    is_safe = Incident.was_made_safe_rule()
    ended = case((is_safe, Incident.safe_at), else_=ctx.now)
    query = select(
        unit_for(ctx).label("unit"),
        Incident.organisation_id.label("organisation"),
        Incident.kind,
        is_safe.label("is_safe"),
        (cast(func.extract("epoch", ended - started), Double) / _HOUR).label("hours"),
    ).where(_is_recent(since), or_(is_safe, Incident.is_unsafe_rule()), visible(ctx, Incident, permission))
    return ctx.session.execute(query).all()


def _timed(figures: IncidentFigures, times: Sequence[Any]) -> IncidentFigures:
    ended, still_open = ([row.hours for row in times if row.is_safe is is_safe] for is_safe in (True, False))
    return replace(
        figures,
        median_h=time_reached_by(_MEDIAN, ended, still_open),
        p90_h=time_reached_by(_P90, ended, still_open),
    )


def _with_times(
    lines: Sequence[BoardLine[IncidentFigures]], times: Sequence[Any], name: str
) -> list[BoardLine[IncidentFigures]]:
    by_key: dict[Any, list[Any]] = defaultdict(list)
    for row in times:
        by_key[getattr(row, name)].append(row)
    return [replace(line, figures=_timed(line.figures, by_key[line.key])) for line in lines]


def _is_recent(since: date) -> ColumnElement[bool]:
    return Incident.reported_at >= datetime.combine(since, time.min, tzinfo=LOCAL_ZONE)


def _counted(ctx: Ctx, since: date, permission: P) -> Counted[IncidentFigures]:
    recent = _is_recent(since)
    counts = {
        "open": func.count().filter(Incident.state.not_in(ENDED)),
        "unsafe": func.count().filter(Incident.is_unsafe_rule()),
        "late": func.count().filter(overdue_clause(ctx, INCIDENT)),
        "reported": func.count().filter(recent),
        "made_safe": func.count().filter(and_(recent, Incident.was_made_safe_rule())),
        "still_unsafe": func.count().filter(and_(recent, Incident.is_unsafe_rule())),
    }
    rows = select(Incident.id).select_from(Incident).where(visible(ctx, Incident, permission))
    return Counted(rows, counts, IncidentFigures, ("unsafe", "open", "reported"))


def heat_cells(ctx: Ctx, since: date) -> dict[str, Any]:
    """Incidents reported since a day in cells of CELL_M metres, as GeoJSON points with `count` and `unsafe`.

    Where the reporter gave a position it is that, for readers who may not read it the middle of its public cell; else
    the cell of the structure, for readers who see it exactly.
    """
    recent = (
        _is_recent(since),
        Incident.state.not_in((S.REJECTED, S.DUPLICATE)),
        visible(ctx, Incident, P.INCIDENT_FOLLOW),
    )
    counts = (func.count(), func.count().filter(Incident.is_unsafe_rule()))
    shown = case((knows_place(ctx), Incident.place_m), else_=cell_middle())
    recent_incidents = select(*_cell(shown), *counts).where(*recent, Incident.place_m.is_not(None))
    on_structures = select(Incident.structure_id, *counts).where(*recent, Incident.place_m.is_(None))
    cells: dict[tuple[float, float], list[int]] = {}

    def add(lon: float, lat: float, count: int, unsafe: int) -> None:
        cell = cells.setdefault((round(lon, 5), round(lat, 5)), [0, 0])
        cell[0] += count
        cell[1] += unsafe

    by_cell = recent_incidents.group_by("lon", "lat").order_by("lon", "lat").limit(_MOST_CELLS)
    for lon, lat, count, unsafe in ctx.session.execute(by_cell):
        add(lon, lat, count, unsafe)
    # Only the role that reads positions sees structures, and no incidents.
    grouped = on_structures.where(Incident.structure_id.is_not(None)).group_by(Incident.structure_id)
    grouped = grouped.order_by(Incident.structure_id)
    of_structure = {row[0]: (row[1], row[2]) for row in ctx.session.execute(grouped.limit(_MOST_CELLS))}
    readable_rows = positions.readable(ctx)
    middle = func.ST_Transform(func.ST_PointOnSurface(readable_rows.c.geom), PROVINCE_GRID)
    placed: Select[Any] = select(*_cell(middle), readable_rows.c.id).where(
        readable_rows.c.exact, readable_rows.c.id.in_(of_structure)
    )
    for row in positions.run(ctx, placed):
        add(row.lon, row.lat, *of_structure[row.id])
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": list(at)},
            "properties": {"count": count, "unsafe": out},
        }
        for at, (count, out) in cells.items()
    ]
    return {"type": "FeatureCollection", "features": features}


def _cell(geometry: Any) -> tuple[Any, Any]:
    """Longitude and latitude of the middle of the cell of a place."""
    middle = func.ST_Transform(func.ST_SnapToGrid(geometry, CELL_M), 4326)
    return func.ST_X(middle).label("lon"), func.ST_Y(middle).label("lat")


@dataclass(frozen=True)
class PublicUnit:
    """Published incidents of a commune by what the public is shown of their state."""

    id: int
    name: str
    open: int
    safe: int
    closed: int


@sees_all_rows(Incident.__tablename__)
def public_units(ctx: Ctx, since: date) -> list[PublicUnit]:
    """Published incidents reported since a day, or still open, by commune."""
    counts = [func.count().filter(Incident.state.in_(states)).label(name) for name, states in PUBLIC_STATES.items()]
    query = (
        select(AdminUnit.id, AdminUnit.name, *counts)
        .select_from(Incident)
        .join(AdminUnit, AdminUnit.id == public_unit(ctx))
        .where(*_is_public(since))
        .group_by(AdminUnit.id)
        .order_by(func.count().filter(Incident.state.in_(PUBLIC_STATES["open"])).desc(), AdminUnit.name)
    )
    return [PublicUnit(**row._mapping) for row in ctx.session.execute(query)]


@sees_all_rows(Incident.__tablename__)
def public_incidents(ctx: Ctx, since: date, unit_id: int | None, state: str, most: int) -> Sequence[Any]:
    """Published incidents, newest first: number, kind, state, moment, commune (None where none is public)."""
    query = (
        select(Incident.number, Incident.kind, Incident.state, Incident.reported_at, AdminUnit.name.label("unit"))
        .outerjoin(AdminUnit, AdminUnit.id == public_unit(ctx))
        .where(*_is_public(since), Incident.state.in_(PUBLIC_STATES[state]))
    )
    if unit_id is not None:
        query = query.where(AdminUnit.id == unit_id)
    return ctx.session.execute(query.order_by(Incident.id.desc()).limit(most)).all()


def _is_public(since: date) -> tuple[ColumnElement[bool], ...]:
    recent = _is_recent(since)
    shown = [state for states in PUBLIC_STATES.values() for state in states]
    return (
        is_public(),
        Incident.state.in_(shown),
        recent | Incident.state.in_(PUBLIC_STATES["open"]),
    )
