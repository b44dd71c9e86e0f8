"""What lies where something else lies, or where its record says that it does not.

The comparisons run under the role that reads exact positions, and only between structures that the actor sees exactly:
of what others have not published not even yes or no is said, since a place can be moved until the answer changes.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, select
from sqlalchemy.orm import aliased

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import visible
from registry.structures import positions
from registry.structures.codes import SharingStatus, Status
from registry.structures.models import Structure
from registry.territory.models import AdminUnit, AdminUnitPiece, ExtentQuality

#: How far beyond the extent of its commune a place may lie, in degrees: about 50 m, about 5 km.
_OFFICIAL_DEGREES, _APPROXIMATE_DEGREES = 0.0005, 0.05


def has_twin(ctx: Ctx, metres: float, *, same_owner: bool) -> ColumnElement[bool]:
    """Another standing structure of the kind, seen exactly by the actor, lies on (all of) this one.

    `same_owner`: of its own owner, else of another one; of others only published structures count, unless the actor
    sees every structure, and never restricted ones.
    """
    other = aliased(Structure, flat=True)
    owner = other.owner_organisation_id == Structure.owner_organisation_id
    whose = owner if same_owner else and_(~owner, _is_open_to(ctx, other))
    return _twins(ctx, other, metres).where(whose).exists()


def owners_near(ctx: Ctx, metres: float) -> Select[Any]:
    """The owners of what `has_twin` finds of others at the actor's own structures."""
    mine = Structure.owner_organisation_id.in_(sorted(ctx.actor.organisation_ids))
    other = aliased(Structure, flat=True)
    theirs = other.owner_organisation_id.not_in(sorted(ctx.actor.organisation_ids))
    seen = (_stands(other), _is_open_to(ctx, other), visible(ctx, other, P.STRUCTURE_READ))
    return (
        select(other.owner_organisation_id)
        .join(Structure, _is_twin(other, metres))
        .where(mine, theirs, Structure.is_live_rule(), *seen)
        .distinct()
    )


def _twins(ctx: Ctx, other: Any, metres: float) -> Select[Any]:
    seen = visible(ctx, other, P.STRUCTURE_READ)
    return select(other.id).where(_is_twin(other, metres), _stands(other), seen).correlate(Structure)


def _is_open_to(ctx: Ctx, other: Any) -> ColumnElement[bool]:
    if positions.sees_all(ctx):
        is_open: ColumnElement[bool] = other.sharing_status != SharingStatus.RESTRICTED
        return is_open
    is_published: ColumnElement[bool] = other.is_published.is_(True)
    return is_published


def _stands(other: Any) -> ColumnElement[bool]:
    standing: ColumnElement[bool] = other.status.not_in((Status.DECOMMISSIONED, Status.REMOVED))
    return standing


def _is_twin(other: Any, metres: float) -> ColumnElement[bool]:
    return and_(
        other.kind == Structure.kind,
        other.id != Structure.id,
        func.ST_DWithin(other.geom_m, Structure.geom_m, metres),
        # Lines that only meet at an end are neighbours, not the same thing twice.
        func.ST_HausdorffDistance(other.geom_m, Structure.geom_m) <= metres,
    )


def outside_its_commune() -> ColumnElement[bool]:
    """The place lies beyond the extent of the commune of its record; an approximate extent is given 5 km more."""
    piece, unit = AdminUnitPiece, AdminUnit
    beyond = case((unit.extent_quality == ExtentQuality.OFFICIAL, _OFFICIAL_DEGREES), else_=_APPROXIMATE_DEGREES)
    known = select(piece.id).where(piece.unit_id == Structure.commune_id).correlate(Structure)
    inside = (
        select(piece.id)
        .join(unit, unit.id == piece.unit_id)
        .where(piece.unit_id == Structure.commune_id, func.ST_DWithin(piece.geom, Structure.geom, beyond))
        .correlate(Structure)
    )
    return and_(known.exists(), ~inside.exists())
