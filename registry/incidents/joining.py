"""Which case a new report joins by itself: a near-identical one, or in a crowd a dangerous one of the same cell.

Only cases that are not triaged yet, so that every step that the reporter is shown comes after the report. A report
never joins a less urgent case: danger is not buried in it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from sqlalchemy import ColumnElement, func, select, text

from registry.authz.actors import Ctx
from registry.incidents.codes import KIND_FACTS, IncidentKind, IncidentState, Severity
from registry.incidents.commands import SendReport
from registry.incidents.models import Incident
from registry.kernel.db.session import patience
from registry.structures.positions.points import grid_point
from registry.territory.queries import point

#: Near-identical: as far apart as two phones that stand before the same thing, within so long.
_SAME_M: Final = 15
_SAME_TERM: Final = timedelta(minutes=30)
#: A dangerous case of a cell takes further reports without proof for so long.
_DANGER_TERM: Final = timedelta(hours=6)
#: Degrees of the cell in which reports without proof are counted; that of the limits.
_CELL: Final = 0.01
_LOCK: Final = text("SELECT pg_advisory_xact_lock(CAST(:half AS int), hashtext(:kind))")
_HALF: Final = 0x7E61_0011
_WAIT_S: Final = 25


def severity_of(command: SendReport) -> Severity:
    is_urgent = command.is_dangerous or KIND_FACTS[command.kind].is_hazard
    return Severity.URGENT if is_urgent else Severity.NORMAL


def lock_kind(ctx: Ctx, kind: IncidentKind) -> None:
    """Until the commit no other report of this kind is compared: of two at one instant the second joins the first."""
    with patience(ctx.session, _WAIT_S):
        ctx.session.execute(_LOCK, {"half": _HALF, "kind": kind.value})


def near_identical(ctx: Ctx, command: SendReport, unit_id: int) -> int | None:
    """The newest case of the same kind at the same spot, structure or address, reported a short while ago."""
    where = command.where
    if where.place is not None:
        here = grid_point(where.place.lon, where.place.lat)
        same: ColumnElement[bool] = func.ST_DWithin(Incident.place_m, here, _SAME_M)
    elif where.structure_id is not None:
        same = (Incident.structure_id == where.structure_id) & Incident.place.is_(None)
    else:
        same = (Incident.unit_id == unit_id) & (func.lower(Incident.address) == (where.address or "").lower())
    return _newest(ctx, command, same, _SAME_TERM)


def dangerous_case(ctx: Ctx, command: SendReport, unit_id: int) -> int | None:
    """The newest urgent case of this kind in the cell of the report, or in its commune where it has no position."""
    where = command.where
    if where.place is not None:
        lon, lat = float(where.place.lon), float(where.place.lat)
        reach = func.ST_Expand(point(lon, lat), _CELL / 2)
        return _newest(ctx, command, Incident.place.op("&&")(reach), _DANGER_TERM)
    return _newest(ctx, command, Incident.unit_id == unit_id, _DANGER_TERM)


def _newest(ctx: Ctx, command: SendReport, same: ColumnElement[bool], term: timedelta) -> int | None:
    query = select(Incident.id).where(
        same,
        Incident.kind == command.kind,
        Incident.severity.in_((severity_of(command), Severity.URGENT)),
        Incident.state == IncidentState.REPORTED,
        Incident.storm_id.is_(None),
        Incident.reported_at > ctx.now - term,
    )
    return ctx.session.scalar(query.order_by(Incident.id.desc()).limit(1))
