"""Violations that another case has shown: opened by the machine where the structure stands, told to the officials."""

from __future__ import annotations

import json
from typing import Final

from sqlalchemy import func, select

from registry.accounts.actor import in_force
from registry.accounts.models import RoleAssignment, UserAccount
from registry.authz.actors import Ctx, Role
from registry.notices.service import Audience, notify
from registry.structures import positions
from registry.structures.models import WGS84, Structure
from registry.territory.models import AdminUnit, UnitLevel
from registry.territory.queries import unit_at
from registry.violations.catalogue import kind_on
from registry.violations.models import Violation
from registry.violations.workflow import VIOLATION
from registry.workflow.engine import OPENED, open_case
from registry.workflow.findings import Finding

_DECIMALS: Final = 7


def open_from_finding(ctx: Ctx, finding: Finding) -> tuple[str, int]:
    """Report the act of a finding as going on since today; returns workflow and id of the case.

    The law of today counts, as of every act that goes on when it is found. The lead department handles it until an
    inspector of the area takes it up. LookupError where the catalogue of today does not know the act, or the registry
    no lead department: the job is run again once somebody has mended that.
    """
    kind = kind_on(ctx.session, finding.kind, ctx.today, ctx.today)
    if kind is None:
        message = f"finding of {finding.origin_number}: no act {finding.kind!r} is in force on {ctx.today}"
        raise LookupError(message)
    structure = ctx.session.get_one(Structure, finding.structure_id)
    lon, lat = _middle(ctx, structure.id)
    unit = _unit(ctx, structure, lon, lat)
    violation = Violation(
        handler_organisation_id=_lead_organisation_id(ctx),
        kind_id=kind.id,
        title=f"{kind.act} – {unit.name}",
        occurred_on=ctx.today,
        is_continuing=True,
        found_at=ctx.now,
        place=func.ST_SetSRID(func.ST_GeomFromGeoJSON(json.dumps({"type": "Point", "coordinates": [lon, lat]})), WGS84),
        given_place=f"{lat:.6f}, {lon:.6f}",
        given_srid=WGS84,
        place_operation="",
        unit_id=unit.id,
        description=f"{finding.origin_number}: {finding.text}",
        structure_id=structure.id,
        organisation_id=finding.accused_organisation_id,
        version=1,
    )
    open_case(ctx, VIOLATION, violation, numbered=True)
    officials = Audience(roles=frozenset({Role.AREA_INSPECTOR}), unit_ids=frozenset({unit.id}))
    notify(ctx, VIOLATION.code, violation.id, OPENED, officials, number=violation.number, title=violation.title)
    return VIOLATION.code, violation.id


def _middle(ctx: Ctx, structure_id: int) -> tuple[float, float]:
    """A point of the structure: itself, the middle of a line, one inside an area."""
    seen = positions.readable(ctx)
    inside = func.ST_PointOnSurface(seen.c.geom)
    query = select(func.ST_X(inside).label("lon"), func.ST_Y(inside).label("lat")).where(seen.c.id == structure_id)
    row = positions.run(ctx, query).one()
    return round(row.lon, _DECIMALS), round(row.lat, _DECIMALS)


def _unit(ctx: Ctx, structure: Structure, lon: float, lat: float) -> AdminUnit:
    """The commune of the structure; that of its place today, where the recorded one has ended or none was recorded."""
    recorded = None if structure.commune_id is None else ctx.session.get(AdminUnit, structure.commune_id)
    if recorded is not None and recorded.is_in_force(ctx.today):
        return recorded
    hit = unit_at(ctx.session, lon, lat, UnitLevel.COMMUNE, ctx.today)
    found = recorded if hit is None else ctx.session.get_one(AdminUnit, hit.id)
    if found is None:
        message = f"structure {structure.code} lies in no commune"
        raise LookupError(message)
    return found


def _lead_organisation_id(ctx: Ctx) -> int:
    query = (
        select(UserAccount.organisation_id)
        .join(RoleAssignment, RoleAssignment.user_id == UserAccount.id)
        .where(RoleAssignment.role == Role.LEAD_DEPARTMENT, UserAccount.is_active, *in_force(ctx.today))
        .order_by(RoleAssignment.id)
        .limit(1)
    )
    found = ctx.session.scalar(query)
    if found is None:
        message = "no open account has the role of the lead department, which would handle the violation"
        raise LookupError(message)
    return found
