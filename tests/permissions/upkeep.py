"""A round of this day that asks Viettel about what it owned long before: what fills addresses and bodies."""

from datetime import timedelta

from sqlalchemy import text

from registry.audit.chain import record
from registry.structures.bulk_edit.queries import digest_of
from registry.upkeep.commands import RoundPart
from registry.upkeep.models import AttestationRound, RoundState
from registry.upkeep.queries import unconfirmed_ids
from tests.factories.structures import make, organisation_id

UPKEEP_FIELDS = {
    "upkeep.open": {"owner": ""},
    "upkeep.confirm": {"all": "1", "digest": "{round_digest}"},
    "upkeep.close": {"statement": "no_change", "digest": "{round_digest}"},
}
_LONG = timedelta(days=900)


def upkeep_objects(ctx_of, position):
    """Object of the table -> the round and the digest of what is left in it."""
    with ctx_of("viettel") as ctx:
        old = make(ctx, at=position)
        # Registered long ago, or nobody need say anything of it.
        ctx.session.execute(
            text("UPDATE structure SET created_at = :then WHERE id = :id"), {"then": ctx.now - _LONG, "id": old.id}
        )
        attestation_round = AttestationRound(
            organisation_id=organisation_id(ctx.session, "viettel"),
            opened_on=ctx.today,
            due_on=ctx.today + timedelta(days=30),
            state=RoundState.OPEN,
            total=1,
            confirmed=0,
        )
        ctx.session.add(attestation_round)
        ctx.session.flush()
        record(ctx, "upkeep.open", "attestation_round", attestation_round.id)
        digest = digest_of(ctx, unconfirmed_ids(ctx, attestation_round, RoundPart()))
        return {"viettel round": {"round_id": attestation_round.id, "round_digest": digest}}
