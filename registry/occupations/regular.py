"""When an occupation is regular after all: the capacity ledger and the requests to share say so."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select

from registry.authz.actors import Ctx
from registry.capacity.models import CapacityEntry, EntryState
from registry.kernel.feature import ExtensionPoint

#: Whether a request to share of this number goes from an asker to an owner for a structure: (ctx, number, structure,
#: asker, owner). Requests are a sibling feature, so wiring names the function.
RequestLookup = Callable[[Ctx, str, int, int, int], bool]
REQUEST_LOOKUPS = ExtensionPoint[RequestLookup]("occupations.request_lookups")


def has_request(ctx: Ctx, number: str, structure_id: int, asker_id: int, owner_id: int) -> bool:
    """Whether there is a request of this number between the two for the structure."""
    return any(lookup(ctx, number, structure_id, asker_id, owner_id) for lookup in REQUEST_LOOKUPS)


def agreed_case(ctx: Ctx, place_id: int, organisation_id: int) -> str | None:
    """The number of the case by which an organisation uses a place, from its entry in the ledger; None for none.

    An entry that names no case is no proof of a contract, and one at another place says nothing of this one.
    """
    found: str | None = ctx.session.scalar(
        select(CapacityEntry.case_number)
        .where(
            CapacityEntry.place_id == place_id,
            CapacityEntry.holder_id == organisation_id,
            CapacityEntry.state.in_((EntryState.USED, EntryState.RESERVED)),
            CapacityEntry.case_number.is_not(None),
        )
        .order_by(CapacityEntry.id)
        .limit(1)
    )
    return found
