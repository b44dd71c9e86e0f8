"""Reads of occupations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from registry.accounts.models import Organisation
from registry.accounts.queries import may_own
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import allowed, get_visible, holds, require, visible
from registry.capacity.models import CapacityPlace
from registry.kernel.i18n import _
from registry.occupations.codes import CODE, ENDED, OwnershipStance
from registry.occupations.models import Occupation, OccupationClaim
from registry.structures.models import Structure
from registry.territory.models import AdminUnit
from registry.workflow.referrals import ReferralOutcome, referral_outcomes

#: Made once: the columns of an alias are copies, and take longer to make than the rows of a page to read.
OWNER: Final = aliased(Organisation)
_OPENER: Final = aliased(Organisation)
OCCUPANT: Final = aliased(Organisation)

_MOST_ON_STRUCTURE = 10


@dataclass(frozen=True)
class OwnershipStatement:
    """One statement about the ownership."""

    organisation: str
    stance: OwnershipStance
    text: str | None
    said_at: datetime


@dataclass(frozen=True)
class Parties:
    """Data for the parties and the authorities."""

    owner: str
    opener: str
    occupant: str | None
    place: str | None
    statements: Sequence[OwnershipStatement] = field(default_factory=tuple)
    findings: Sequence[ReferralOutcome] = field(default_factory=tuple)

    @property
    def claimants(self) -> list[str]:
        """Names with a standing claim; the newest statement comes first in `statements`."""
        statements = [statement for statement in self.statements if statement.stance is not OwnershipStance.NAMED]
        last = {statement.organisation: statement.stance for statement in reversed(statements)}
        return sorted(name for name, stance in last.items() if stance is OwnershipStance.CLAIMED)


@dataclass(frozen=True)
class OccupationView:
    """An occupation as its page shows it.

    `parties` is None for a reader who only helps to find the owner; `opens`: the reader may open the structure's page.
    """

    structure_code: str
    opens: bool
    unit: str
    parties: Parties | None
    #: The last statement of the reader's own organisation on whose equipment it is.
    own: OwnershipStatement | None = None


def get_occupation(ctx: Ctx, occupation_id: int) -> Occupation:
    """An occupation that the actor may see; NotFound otherwise."""
    message = _("Không có hồ sơ chiếm dụng này, hoặc không có quyền xem.")
    occupation: Occupation = get_visible(
        ctx, Occupation, P.OCCUPATION_READ, Occupation.id == occupation_id, message=message
    )
    return occupation


def get_structure(ctx: Ctx, code: str) -> Structure:
    """The structure for a new case; its position is not shown.

    NotFound if the actor does not see it exactly, Forbidden if it may not open a case on it.
    """
    message = _("Không có công trình nào mang mã “%(code)s”, hoặc không có quyền xem.", code=code)
    structure: Structure = get_visible(ctx, Structure, P.STRUCTURE_READ, Structure.code == code, message=message)
    require(ctx, P.OCCUPATION_OPEN, structure)
    return structure


def view_occupation(ctx: Ctx, occupation: Occupation) -> OccupationView:
    row = ctx.session.execute(
        select(
            Structure.code,
            visible(ctx, Structure, P.STRUCTURE_READ).label("opens"),
            AdminUnit.name.label("unit"),
        )
        .join(AdminUnit, AdminUnit.id == occupation.unit_id)
        .where(Structure.id == occupation.structure_id)
    ).one()
    follows = allowed(ctx, P.OCCUPATION_FOLLOW, occupation)
    parties = _parties(ctx, occupation) if follows else None
    return OccupationView(row.code, row.opens, row.unit, parties, _own_statement(ctx, occupation))


def _own_statement(ctx: Ctx, occupation: Occupation) -> OwnershipStatement | None:
    query = (
        select(OccupationClaim, Organisation.short_name)
        .join(Organisation, Organisation.id == OccupationClaim.organisation_id)
        .where(
            OccupationClaim.occupation_id == occupation.id,
            OccupationClaim.organisation_id.in_(ctx.actor.organisation_ids),
            OccupationClaim.stance != OwnershipStance.NAMED,
        )
        .order_by(OccupationClaim.id.desc())
        .limit(1)
    )
    row = ctx.session.execute(query).first()
    return None if row is None else OwnershipStatement(row[1], row[0].stance, row[0].text, row[0].said_at)


def structure_code_of(ctx: Ctx, occupation: Occupation) -> str:
    return ctx.session.scalars(select(Structure.code).where(Structure.id == occupation.structure_id)).one()


def list_on_structure(ctx: Ctx, structure_id: int) -> Sequence[Occupation]:
    """Open occupations of a structure that concern the actor, newest first."""
    if not holds(ctx.actor, P.OCCUPATION_FOLLOW):
        return ()
    query = (
        select(Occupation)
        .where(
            Occupation.structure_id == structure_id,
            Occupation.state.not_in(ENDED),
            visible(ctx, Occupation, P.OCCUPATION_FOLLOW),
        )
        .order_by(Occupation.id.desc())
        .limit(_MOST_ON_STRUCTURE)
    )
    return ctx.session.scalars(query).all()


def count_unanswered(ctx: Ctx) -> int:
    """Number of unclaimed cases that the actor may claim and has not answered."""
    if not holds(ctx.actor, P.OCCUPATION_CLAIM):
        return 0
    answered = select(OccupationClaim.id).where(
        OccupationClaim.occupation_id == Occupation.id,
        OccupationClaim.organisation_id.in_(ctx.actor.organisation_ids),
        OccupationClaim.stance != OwnershipStance.NAMED,
    )
    query = (
        select(func.count())
        .select_from(Occupation)
        .where(visible(ctx, Occupation, P.OCCUPATION_CLAIM), ~answered.exists())
    )
    return int(ctx.session.scalar(query) or 0)


def place_options(ctx: Ctx, structure_id: int) -> list[tuple[int, str]]:
    query = select(CapacityPlace.id, CapacityPlace.label).where(CapacityPlace.structure_id == structure_id)
    return [(row.id, row.label) for row in ctx.session.execute(query.order_by(CapacityPlace.label))]


def occupant_options(ctx: Ctx, owner_id: int) -> list[tuple[int, str]]:
    """Present organisations that may be the occupant, by name."""
    query = (
        select(Organisation.id, Organisation.short_name)
        .where(
            may_own(ctx.today),
            Organisation.id != owner_id,
        )
        .order_by(Organisation.short_name)
    )
    return [(row.id, row.short_name) for row in ctx.session.execute(query)]


def _parties(ctx: Ctx, occupation: Occupation) -> Parties:
    names = ctx.session.execute(
        select(
            OWNER.short_name.label("owner"),
            _OPENER.short_name.label("opener"),
            OCCUPANT.short_name.label("occupant"),
            CapacityPlace.label.label("place"),
        )
        .select_from(Occupation)
        .join(OWNER, OWNER.id == Occupation.owner_organisation_id)
        .join(_OPENER, _OPENER.id == Occupation.opener_organisation_id)
        .outerjoin(OCCUPANT, OCCUPANT.id == Occupation.occupant_organisation_id)
        .outerjoin(CapacityPlace, CapacityPlace.id == Occupation.place_id)
        .where(Occupation.id == occupation.id)
    ).one()
    statements = (
        select(OccupationClaim, Organisation.short_name)
        .join(Organisation, Organisation.id == OccupationClaim.organisation_id)
        .where(OccupationClaim.occupation_id == occupation.id)
        .order_by(OccupationClaim.id.desc())
    )
    return Parties(
        *names,
        [
            OwnershipStatement(name, claim.stance, claim.text, claim.said_at)
            for claim, name in ctx.session.execute(statements)
        ],
        referral_outcomes(ctx, CODE, occupation.id),
    )
