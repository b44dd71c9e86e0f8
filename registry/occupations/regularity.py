"""Whether a use has an agreement after all, by the capacity ledger and by requests to share."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select

from registry.authz.actors import Ctx
from registry.capacity.models import CapacityEntry, EntryState
from registry.kernel.errors import Invalid
from registry.kernel.feature import ExtensionPoint
from registry.kernel.i18n import _

#: Whether a request to share with this number exists: (ctx, number, structure, requester, owner).
#: Requests are a sibling feature, so the wiring provides the function.
RequestLookup = Callable[[Ctx, str, int, int, int], bool]
REQUEST_LOOKUPS = ExtensionPoint[RequestLookup]("occupations.request_lookups")


def has_request(ctx: Ctx, number: str, structure_id: int, requester_id: int, owner_id: int) -> bool:
    return any(lookup(ctx, number, structure_id, requester_id, owner_id) for lookup in REQUEST_LOOKUPS)


def agreed_case(ctx: Ctx, place_id: int, organisation_id: int) -> str | None:
    """Number of the case by which an organisation uses a place, from the ledger; None if there is none.

    An entry without a case number proves no contract, and one at another place proves nothing for this one.
    """
    number: str | None = ctx.session.scalar(
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
    return number


def check_no_agreement(ctx: Ctx, place_id: int | None, occupant_id: int | None, *, field: str = "occupant") -> None:
    """Invalid if the ledger has an agreement of the occupant for this place."""
    number = None if place_id is None or occupant_id is None else agreed_case(ctx, place_id, occupant_id)
    if number is not None:
        raise Invalid(
            {
                field: _(
                    "Sổ sức chứa ghi đơn vị này sử dụng vị trí đã chọn theo hồ sơ %(number)s nên không thuộc trường "
                    "hợp sử dụng không có hợp đồng; hãy chọn vị trí hoặc đơn vị khác.",
                    number=number,
                )
            }
        )
