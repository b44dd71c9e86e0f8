"""Rounds of confirmation, opened by the job as on the day of the setting."""

from datetime import UTC, datetime

from sqlalchemy import select, text

from registry.accounts.models import Organisation
from registry.upkeep.jobs import run_rounds
from registry.upkeep.models import AttestationRound

#: The first morning of a round by the seeded settings, and the same of the year before.
OPENING = datetime(2026, 10, 1, 2, tzinfo=UTC)
#: Structures made then are a year old at the opening.
LONG_AGO = datetime(2025, 1, 15, 2, tzinfo=UTC)


def open_all(database, now=OPENING):
    """Run the daily job; how many rounds it opened."""
    return run_rounds(database, now)


def round_of(ctx, owner):
    """The latest round of an organisation by its code."""
    query = (
        select(AttestationRound)
        .join(Organisation, Organisation.id == AttestationRound.organisation_id)
        .where(Organisation.code == owner)
        .order_by(AttestationRound.opened_on.desc())
    )
    return ctx.session.scalars(query).first()


def events_of(ctx, round_id):
    """The notices of a round, in order."""
    query = text("SELECT event FROM notice WHERE subject_kind = 'attestation_round' AND subject_id = :id ORDER BY id")
    return list(ctx.session.scalars(query, {"id": round_id}))
