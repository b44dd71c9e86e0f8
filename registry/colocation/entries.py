"""What a requester has on a structure already: what a change or a removal is about."""

from __future__ import annotations

from sqlalchemy import select

from registry.authz.actors import Ctx
from registry.capacity.models import CapacityEntry, CapacityPlace, EntryState
from registry.colocation.codes import RequestKind
from registry.colocation.models import ColocationItem, ColocationRequest
from registry.kernel.i18n import _

#: Kinds of request that are about something that hangs there.
ABOUT_FORMER = (RequestKind.MODIFY, RequestKind.REMOVE)

#: What the ledger and a request say alike of what hangs there.
_SHARED = ("equipment", "technology", "cable_diameter_mm", "attach_height_m", "exposed_area_m2", "tray_width_mm")


def own_entries(ctx: Ctx, structure_id: int, holder_id: int) -> list[tuple[CapacityEntry, CapacityPlace]]:
    """What an organisation has in use on a structure, with the places, by label."""
    query = (
        select(CapacityEntry, CapacityPlace)
        .join(CapacityPlace, CapacityPlace.id == CapacityEntry.place_id)
        .where(
            CapacityPlace.structure_id == structure_id,
            CapacityEntry.holder_id == holder_id,
            CapacityEntry.state == EntryState.USED,
        )
        .order_by(CapacityPlace.label, CapacityEntry.id)
    )
    return [(row[0], row[1]) for row in ctx.session.execute(query)]


def take_from_ledger(ctx: Ctx, request: ColocationRequest, item: ColocationItem) -> None:
    """Let an item of a removal say what the ledger has there: what was chosen, or the only thing that there is."""
    own = {entry.id: entry for entry, _place in own_entries(ctx, item.structure_id, request.requester_organisation_id)}
    if item.replaces_entry_id not in own:
        item.replaces_entry_id = next(iter(own)) if len(own) == 1 else None
    if item.replaces_entry_id is None:
        return
    entry = own[item.replaces_entry_id]
    item.place_id, item.quantity = entry.place_id, entry.quantity
    for name in _SHARED:
        setattr(item, name, getattr(entry, name))


def entry_options(ctx: Ctx, structure_id: int, holder_id: int) -> list[tuple[int, str]]:
    """What can be changed or taken down, in words."""
    unnamed = _("chưa ghi thiết bị")
    return [
        (entry.id, f"{place.label}: {entry.quantity} {place.unit.label}, {entry.equipment or unnamed}")
        for entry, place in own_entries(ctx, structure_id, holder_id)
    ]


def entry_problem(ctx: Ctx, request: ColocationRequest, item: ColocationItem, code: str) -> str | None:
    """Why an item does not fit the kind of its request; None where it does."""
    if request.kind is RequestKind.NEW:
        return None
    known = {entry.id for entry, _place in own_entries(ctx, item.structure_id, request.requester_organisation_id)}
    if not known:
        return _(
            "%(code)s: đơn vị bạn chưa có thiết bị nào trên công trình này; loại đề nghị phải là «%(new)s».",
            code=code,
            new=RequestKind.NEW.label,
        )
    if request.kind in ABOUT_FORMER and item.replaces_entry_id not in known:
        return _("%(code)s: chưa chọn thiết bị đang lắp cần thay đổi hoặc tháo dỡ.", code=code)
    return None
