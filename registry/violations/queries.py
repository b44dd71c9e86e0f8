"""Reads of violations: one case with what belongs to it, the cases of a structure, organisations to choose from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import aliased, joinedload

from registry.accounts.models import Organisation, UserAccount
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import allowed, holds, visible
from registry.kernel.errors import NotFound
from registry.kernel.i18n import _
from registry.structures.models import Structure
from registry.structures.queries import OWNING_KINDS
from registry.territory.models import AdminUnit
from registry.violations.models import Violation
from registry.violations.places import place_of

_MOST_ON_STRUCTURE = 10


@dataclass(frozen=True)
class ViolationView:
    """A violation with the names that its page shows; None for what it does not name.

    `evidence` says whether the actor may see notes, suspects and photos; `structure_code` is None where the actor may
    not see the structure.
    """

    violation: Violation
    lon: float
    lat: float
    unit_name: str
    inspector: str | None
    handler: str | None
    organisation: str | None
    structure_code: str | None
    evidence: bool


def get_violation(ctx: Ctx, violation_id: int) -> Violation:
    """One case with its act; NotFound for whom it is not to be seen."""
    query = select(Violation).where(Violation.id == violation_id, visible(ctx, Violation, P.VIOLATION_READ))
    found = ctx.session.scalars(query.options(joinedload(Violation.kind, innerjoin=True))).one_or_none()
    if found is None:
        raise NotFound(_("Không có hồ sơ vi phạm này, hoặc bạn không có quyền biết đến nó."))
    return found


def view_violation(ctx: Ctx, violation: Violation) -> ViolationView:
    """The names around a case that was read."""
    handler, accused = aliased(Organisation), aliased(Organisation)
    names = ctx.session.execute(
        select(
            AdminUnit.name.label("unit"),
            UserAccount.full_name.label("inspector"),
            handler.short_name.label("handler"),
            accused.short_name.label("accused"),
        )
        .select_from(AdminUnit)
        .outerjoin(UserAccount, UserAccount.id == violation.created_by_id)
        .outerjoin(handler, handler.id == violation.handler_organisation_id)
        .outerjoin(accused, accused.id == violation.organisation_id)
        .where(AdminUnit.id == violation.unit_id)
    ).one()
    lon, lat = place_of(ctx, violation.id)
    return ViolationView(
        violation=violation,
        lon=lon,
        lat=lat,
        unit_name=names.unit,
        inspector=names.inspector,
        handler=names.handler,
        organisation=names.accused,
        structure_code=structure_code_of(ctx, violation),
        evidence=allowed(ctx, P.VIOLATION_EVIDENCE, violation),
    )


def structure_code_of(ctx: Ctx, violation: Violation) -> str | None:
    """The code of the structure that a case is about, where the actor sees it."""
    if violation.structure_id is None:
        return None
    query = select(Structure.code).where(
        Structure.id == violation.structure_id, visible(ctx, Structure, P.STRUCTURE_READ)
    )
    return ctx.session.scalar(query)


def list_on_structure(ctx: Ctx, structure_id: int) -> Sequence[Violation]:
    """The newest violations on a structure that the actor may see; none where it may see none at all."""
    if not holds(ctx.actor, P.VIOLATION_READ):
        return ()
    query = (
        select(Violation)
        .where(Violation.structure_id == structure_id, visible(ctx, Violation, P.VIOLATION_READ))
        .order_by(Violation.id.desc())
        .limit(_MOST_ON_STRUCTURE)
    )
    return ctx.session.scalars(query).all()


def list_possible_offenders(ctx: Ctx) -> Sequence[Organisation]:
    """The organisations that own or use structures today, by name."""
    query = (
        select(Organisation)
        .where(
            Organisation.kind.in_(OWNING_KINDS),
            or_(Organisation.valid_to.is_(None), Organisation.valid_to >= ctx.today),
        )
        .order_by(Organisation.short_name)
    )
    return ctx.session.scalars(query).all()
