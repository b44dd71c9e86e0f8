"""What is known of a case: its title, place, organisations, tenants and proofs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from sqlalchemy import and_, func, select

from registry.accounts.models import Organisation
from registry.accounts.queries import may_own
from registry.authz.actors import Ctx
from registry.capacity.models import CapacityEntry, CapacityPlace, EntryState
from registry.incidents.codes import ENDED, RATED, Basis, IncidentKind, Stance
from registry.incidents.models import Incident, IncidentProof
from registry.kernel.clock import local_date
from registry.kernel.dated_settings import setting
from registry.kernel.i18n import DEFAULT_LANGUAGE, in_language
from registry.structures.models import Structure


def title_of(kind: IncidentKind) -> str:
    """The kind in Vietnamese, as all stored titles; the commune of an exact place is not everybody's to read."""
    return in_language(kind.label, DEFAULT_LANGUAGE)


def organisation_options(ctx: Ctx, case: Incident) -> Sequence[tuple[int, str]]:
    """All organisations that own or use structures today, those of the structure first; the case shows candidates."""
    near = tenants_of(ctx, case)
    query = select(Organisation.id, Organisation.short_name).where(may_own(ctx.today)).order_by(Organisation.short_name)
    options = [(row.id, row.short_name) for row in ctx.session.execute(query)]
    return sorted(options, key=lambda option: option[0] not in near)


def organisation_names(ctx: Ctx, case: Incident | None = None) -> Mapping[int, str]:
    """The names of all organisations."""
    del case
    rows = ctx.session.execute(select(Organisation.id, Organisation.short_name))
    return {row.id: row.short_name for row in rows}


def log_proof(
    ctx: Ctx, case: Incident, organisation_id: int | None, stance: Stance, basis: Basis, text: str | None
) -> None:
    """Add a statement to the log of proof."""
    if organisation_id is None:
        return
    ctx.session.add(
        IncidentProof(
            incident_id=case.id,
            organisation_id=organisation_id,
            stance=stance,
            basis=basis,
            text=text or None,
            said_at=ctx.now,
            said_by_id=ctx.actor.id,
            said_by=ctx.actor.display_name,
        )
    )


def position_of_case(ctx: Ctx, case: Incident) -> tuple[float, float] | None:
    """Longitude and latitude that the reporter gave; the caller has read the case."""
    row = ctx.session.execute(
        select(func.ST_X(Incident.place), func.ST_Y(Incident.place)).where(
            Incident.id == case.id, Incident.place.is_not(None)
        )
    ).one_or_none()
    return None if row is None else (float(row[0]), float(row[1]))


def tenants_of(ctx: Ctx, case: Incident) -> frozenset[int]:
    """The organisations that own the structure of a case or have something on it."""
    if case.structure_id is None:
        return frozenset()
    holders = (
        select(CapacityEntry.holder_id)
        .join(CapacityPlace, CapacityPlace.id == CapacityEntry.place_id)
        .where(
            and_(CapacityPlace.structure_id == case.structure_id, CapacityEntry.state == EntryState.USED),
            CapacityEntry.holder_id.is_not(None),
        )
    )
    owner = select(Structure.owner_organisation_id).where(Structure.id == case.structure_id)
    organisation_ids = {*ctx.session.scalars(holders), *ctx.session.scalars(owner)}
    return frozenset(each for each in organisation_ids if each is not None)


def is_ended(case: Incident) -> bool:
    """Whether nothing more is to be done."""
    return case.state in ENDED


def rated_until(ctx: Ctx, incident: Incident) -> date | None:
    """The last day on which reporters may rate an incident, that of reopening it; None while it has not ended."""
    if incident.state not in RATED:
        return None
    days = timedelta(days=setting(ctx.session, "incident.reopen_days", ctx.today))
    return local_date(incident.state_since) + days
