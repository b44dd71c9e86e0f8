"""Whether a cable could be led along a structure, and if not, why in words."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from registry.authz.actors import Ctx
from registry.capacity.queries import Totals, place_totals
from registry.kernel.i18n import _
from registry.structures.codes import Condition, SharingStatus
from registry.structures.nearby.along_line import Carrier, carriers

_OFFERED: Final = (SharingStatus.AVAILABLE, SharingStatus.SHARED_AVAILABLE)


@dataclass(frozen=True)
class Offer:
    """A structure along a route: what is free on it, and why it cannot be used ("" where it can)."""

    carrier: Carrier
    free: int | None
    refusal: str

    @property
    def is_usable(self) -> bool:
        """Whether there is room for what is needed."""
        return not self.refusal


def offers(ctx: Ctx, ids: Collection[int], need: int) -> dict[int, Offer]:
    """Each structure with its room for `need` places; only those that the reader sees exactly."""
    known = carriers(ctx, ids)
    totals = place_totals(ctx, known)
    own = ctx.actor.organisation_ids
    return {key: _offer(carrier, totals, need, is_own=carrier.owner_id in own) for key, carrier in known.items()}


def _offer(carrier: Carrier, totals: Mapping[int, Totals], need: int, *, is_own: bool) -> Offer:
    found = totals.get(carrier.id)
    free = found.free if found else None
    return Offer(carrier, free, _refusal(carrier, free, need, is_own=is_own))


def _refusal(carrier: Carrier, free: int | None, need: int, *, is_own: bool) -> Any:
    """An owner decides about its own; of others' only what they offer counts. Unknown room is never room."""
    if carrier.condition is Condition.DANGEROUS:
        return _("đang nguy hiểm")
    if not is_own and carrier.sharing_status not in _OFFERED:
        return str(carrier.sharing_status.label)
    if free is None:
        return _("chưa rõ còn bao nhiêu chỗ")
    if free < need:
        return _("còn %(free)d chỗ, cần %(need)d", free=free, need=need)
    return ""
