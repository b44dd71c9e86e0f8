"""Writes of requests other than moves: start drafts, edit them, remove structures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Row, select

from registry.accounts.models import Organisation, UserAccount
from registry.accounts.rules import read_email, read_phone
from registry.authz.actors import Ctx, Role
from registry.authz.permissions import P
from registry.authz.scopes import require
from registry.capacity.models import UNPLACED, CapacityPlace
from registry.colocation.codes import ItemDecision, RequestKind
from registry.colocation.commands import EditItem, EditRequest, RemoveItem, StartRequests
from registry.colocation.models import ColocationItem, ColocationRequest
from registry.colocation.queries import contact_of, get_item, list_items, own_drafts, own_entries, structure_rows
from registry.colocation.rules import (
    ABOUT_EXISTING,
    EDITABLE,
    MAX_ITEMS,
    hidden_problem,
    nothing_selected,
    request_title,
    selection_problem,
    wanted_from_problem,
)
from registry.colocation.workflow import COLOCATION
from registry.kernel.errors import Forbidden, Invalid, MoveRefused
from registry.kernel.i18n import _, _n
from registry.structures.heights import height_problem
from registry.structures.kinds import KINDS
from registry.structures.models import Structure
from registry.structures.positions.disclosures import end_disclosures
from registry.workflow.engine import check_version, lock_case, open_case, touch
from registry.workflow.undo import undo_of_case

#: Fields that a ledger entry and an item share.
_LEDGER_FIELDS = ("equipment", "technology", "cable_diameter_mm", "attach_height_m", "exposed_area_m2", "tray_width_mm")


def start_requests(ctx: Ctx, command: StartRequests) -> list[ColocationRequest]:
    """Put structures into drafts, one for each owner; an existing draft of the actor to that owner is extended.

    Structures that are already in the draft are skipped, so a form sent twice adds nothing.
    """
    require(ctx, P.COLOCATION_REQUEST)
    if ctx.actor.organisation_id is None:
        raise Forbidden
    lock_drafts_of_actor(ctx)
    by_owner: dict[int, list[Row[Any]]] = {}
    for structure in _selected_structures(ctx, command.codes):
        by_owner.setdefault(structure.owner_organisation_id, []).append(structure)
    return [put_into_draft(ctx, owner_id, structures) for owner_id, structures in by_owner.items()]


def lock_drafts_of_actor(ctx: Ctx) -> None:
    """Serialise what one user does to its drafts: of two forms sent at once the second finds what the first made."""
    writer = select(UserAccount.id).where(UserAccount.id == ctx.actor.id)
    ctx.session.execute(writer.with_for_update(key_share=True))


def edit_request(ctx: Ctx, command: EditRequest) -> ColocationRequest:
    """Write contact, purpose and term."""
    request = _editable(ctx, command.request_id, command.version)
    values = read_contact(ctx, command.values)
    _set(request, values)
    if request.kind is RequestKind.REMOVE:
        for item, _row in list_items(ctx, request, ColocationItem.decision == ItemDecision.PENDING):
            take_from_ledger(ctx, request, item)
    touch(ctx, COLOCATION, request, "edit")
    return request


def edit_item(ctx: Ctx, command: EditItem) -> ColocationItem:
    """Write what is to be installed on a structure, and where."""
    request = _editable(ctx, command.request_id, command.version)
    item, structure = _open_item(ctx, request, command.item_id)
    check_published(structure)
    _check_place(ctx, item, command.place_id)
    problem = height_problem(ctx.session.get_one(Structure, item.structure_id), command.values.get("attach_height_m"))
    if problem:
        raise Invalid({"attach_height_m": problem})
    item.place_id = command.place_id
    item.replaces_entry_id = _existing_entry(ctx, request, item, command)
    _set(item, command.values)
    if request.kind is RequestKind.REMOVE:
        take_from_ledger(ctx, request, item)
    ctx.session.flush()
    also = copy_to_similar(ctx, request, item, command.values) if command.for_alike else []
    touch(ctx, COLOCATION, request, "edit_item", structure=structure.code, also=also)
    return item


def remove_item(ctx: Ctx, command: RemoveItem) -> ColocationRequest:
    request = _editable(ctx, command.request_id, command.version)
    item, structure = _open_item(ctx, request, command.item_id)
    ctx.session.delete(item)
    end_disclosures(ctx, COLOCATION.code, request.id, structure.id)
    ctx.session.flush()
    left = [row for _item, row in list_items(ctx, request)]
    if left:
        request.title = title_of(ctx, request, left)
    touch(ctx, COLOCATION, request, "remove_item", structure=structure.code)
    return request


def _selected_structures(ctx: Ctx, codes: Iterable[str]) -> Sequence[Row[Any]]:
    """The structures with these codes; Invalid lists every one that cannot be requested."""
    selected_codes = list(dict.fromkeys(code.strip() for code in codes if code.strip()))
    if not selected_codes:
        raise Invalid({"": nothing_selected()})
    if len(selected_codes) > MAX_ITEMS:
        raise Invalid(
            {
                "": _n(
                    "Đã chọn %(count)d công trình; mỗi lần tối đa %(most)d.",
                    len(selected_codes),
                    count=len(selected_codes),
                    most=MAX_ITEMS,
                )
            }
        )
    # PostgreSQL rejects a text with NUL.
    rows = {
        row.code: row
        for row in ctx.session.execute(
            structure_rows(ctx, Structure.code.in_([c for c in selected_codes if "\0" not in c]))
        )
    }
    problems = [
        problem for code in selected_codes if (problem := request_problem(ctx, code, rows.get(code))) is not None
    ]
    if problems:
        raise Invalid({"": problems})
    return list(rows.values())


def request_problem(ctx: Ctx, code: str, row: Row[Any] | None) -> str | None:
    """Why the structure with a typed code cannot be requested; None if it can."""
    if row is None or not row.exact:
        # The same message for missing and hidden structures.
        return _(
            "%(code)s: không có công trình này, hoặc chủ sở hữu chưa công bố dùng chung nên chưa đề nghị được.",
            code=code[:60],
        )
    return selection_problem(row, ctx.actor.organisation_ids)


def put_into_draft(ctx: Ctx, owner_id: int, structures: Sequence[Row[Any]]) -> ColocationRequest:
    """The actor's draft to an owner, with these structures; those that are in it already are skipped."""
    draft = _own_draft(ctx, owner_id)
    structure_ids = {row.id for _item, row in list_items(ctx, draft)} if draft else set()
    fresh = [row for row in structures if row.id not in structure_ids]
    if draft is None:
        draft = ColocationRequest(
            title="",
            version=1,
            requester_organisation_id=ctx.actor.organisation_id,
            owner_organisation_id=owner_id,
            is_defence=Role.DEFENCE_USER in ctx.actor.roles,
            kind=RequestKind.NEW,
            **contact_of(ctx),
        )
        draft.title = title_of(ctx, draft, fresh)
        open_case(ctx, COLOCATION, draft)
        _add(ctx, draft, fresh)
    elif fresh:
        if len(structure_ids) + len(fresh) > MAX_ITEMS:
            raise Invalid(
                {
                    "": _n(
                        "Bản nháp đã có %(count)d công trình; tối đa %(most)d.",
                        len(structure_ids),
                        count=len(structure_ids),
                        most=MAX_ITEMS,
                    )
                }
            )
        _add(ctx, draft, fresh)
        draft.title = title_of(ctx, draft, [row for _item, row in list_items(ctx, draft)])
        touch(ctx, COLOCATION, draft, "add_items", structures=[row.code for row in fresh])
    return draft


def _own_draft(ctx: Ctx, owner_id: int) -> ColocationRequest | None:
    query = (
        select(ColocationRequest)
        .where(
            *own_drafts(ctx),
            ColocationRequest.owner_organisation_id == owner_id,
        )
        .order_by(ColocationRequest.id.desc())
        .limit(1)
    )
    return ctx.session.scalars(query.with_for_update(of=ColocationRequest)).one_or_none()


def _add(ctx: Ctx, request: ColocationRequest, structures: Sequence[Row[Any]]) -> None:
    ctx.session.add_all(
        ColocationItem(
            request_id=request.id,
            structure_id=row.id,
            organisation_id=row.owner_organisation_id,
            quantity=1,
            decision=ItemDecision.PENDING,
        )
        for row in structures
    )
    ctx.session.flush()


def title_of(ctx: Ctx, request: ColocationRequest, structures: Sequence[Row[Any]]) -> str:
    """The title of a request for these structures; one that the actor no longer sees is named by its kind."""
    owner = ctx.session.scalar(select(Organisation.short_name).where(Organisation.id == request.owner_organisation_id))
    names = [row.name if row.exact else str(KINDS[row.kind].label) for row in structures]
    return request_title([row.code for row in structures], names, owner or "")


def _editable(ctx: Ctx, request_id: int, version: int | None) -> ColocationRequest:
    """The request, locked; checks permission, state and version."""
    request: ColocationRequest = lock_case(ctx, COLOCATION, request_id)
    require(ctx, P.COLOCATION_REQUEST, request)
    check_editable(request)
    check_version(request, version)
    return request


def check_editable(request: ColocationRequest) -> None:
    """MoveRefused in a state in which the content is fixed."""
    if request.state not in EDITABLE:
        raise MoveRefused(
            _(
                "%(title)s đang ở trạng thái “%(state)s” nên không sửa được nội dung.",
                title=request.number or request.title,
                state=request.state.label,
            )
        )


def check_published(structure: Row[Any]) -> None:
    """MoveRefused for a structure that is no longer published: its name and free places must not leak."""
    problem = hidden_problem(structure)
    if problem is not None:
        raise MoveRefused(problem)


def _open_item(ctx: Ctx, request: ColocationRequest, item_id: int) -> tuple[ColocationItem, Row[Any]]:
    item, structure = get_item(ctx, request, item_id)
    if item.decision is not ItemDecision.PENDING:
        raise MoveRefused(_("%(code)s đã được trả lời nên không sửa được nữa.", code=structure.code))
    return item, structure


def _check_place(ctx: Ctx, item: ColocationItem, place_id: int | None) -> None:
    if place_id is None:
        return
    query = select(CapacityPlace.id).where(
        CapacityPlace.id == place_id,
        CapacityPlace.structure_id == item.structure_id,
        CapacityPlace.label != UNPLACED,
    )
    if ctx.session.scalar(query) is None:
        raise Invalid({"place": _("Vị trí này không thuộc công trình; hãy chọn trong danh sách.")})


def _existing_entry(ctx: Ctx, request: ColocationRequest, item: ColocationItem, command: EditItem) -> int | None:
    """The entry that a change or removal is about, which must be the requester's; also fills the item's place."""
    if request.kind not in ABOUT_EXISTING or command.replaces_entry_id is None:
        return None
    own = own_entries(ctx, item.structure_id, request.requester_organisation_id)
    places = {entry.id: slot.id for entry, slot in own}
    if command.replaces_entry_id not in places:
        raise Invalid({"former": _("Thiết bị này không phải của đơn vị trên công trình; hãy chọn trong danh sách.")})
    item.place_id = item.place_id or places[command.replaces_entry_id]
    return command.replaces_entry_id


def read_contact(ctx: Ctx, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a request with its telephone number and address in their stored form; Invalid lists all errors."""
    contact = dict(values)
    problems: dict[str, list[str]] = {}
    for name, read in (("contact_phone", read_phone), ("contact_email", read_email)):
        try:
            contact[name] = read(contact.get(name))
        except Invalid as refused:
            problems[name] = refused.sentences
    late = wanted_from_problem(contact.get("wanted_from"), ctx.today)
    if late:
        problems["wanted_from"] = [late]
    if problems:
        raise Invalid(problems)
    return contact


def _set(row: Any, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        setattr(row, name, value)


def similar_open_items(
    ctx: Ctx, request: ColocationRequest, item: ColocationItem
) -> list[tuple[ColocationItem, Row[Any]]]:
    """Other open items of a request on structures that carry the same things."""
    items = list_items(ctx, request)
    kinds = {similar.id: KINDS[row.kind].hosting for similar, row in items}
    return [
        (similar, row)
        for similar, row in items
        if similar.id != item.id
        and kinds[similar.id] is kinds[item.id]
        and similar.decision is ItemDecision.PENDING
        and row.exact
    ]


def copy_to_similar(ctx: Ctx, request: ColocationRequest, item: ColocationItem, values: Mapping[str, Any]) -> list[str]:
    """Copy the values to all other open items on similar structures; returns their codes.

    Each item gets the place with the same label, or the only one, or none. The equipment to change or remove is set
    if the requester has exactly one entry there.
    """
    others = similar_open_items(ctx, request, item)
    structure_ids = [similar.structure_id for similar, _row in others]
    by_structure: dict[int, list[CapacityPlace]] = {}
    for slot in ctx.session.scalars(select(CapacityPlace).where(CapacityPlace.structure_id.in_(structure_ids))):
        by_structure.setdefault(slot.structure_id, []).append(slot)
    selected_slot = ctx.session.get(CapacityPlace, item.place_id) if item.place_id is not None else None
    for similar, _row in others:
        _set(similar, values)
        similar.place_id = _place(by_structure.get(similar.structure_id, []), selected_slot)
        if request.kind in ABOUT_EXISTING:
            own = own_entries(ctx, similar.structure_id, request.requester_organisation_id)
            similar.replaces_entry_id = own[0][0].id if len(own) == 1 else None
    return [row.code for _found, row in others]


def _place(places: list[CapacityPlace], selected_slot: CapacityPlace | None) -> int | None:
    if len(places) == 1:
        return places[0].id
    return next((slot.id for slot in places if selected_slot is not None and slot.label == selected_slot.label), None)


def take_from_ledger(ctx: Ctx, request: ColocationRequest, item: ColocationItem) -> None:
    """Fill an item of a removal from the chosen ledger entry, or from the only one."""
    own = {entry.id: entry for entry, _place in own_entries(ctx, item.structure_id, request.requester_organisation_id)}
    if item.replaces_entry_id not in own:
        item.replaces_entry_id = next(iter(own)) if len(own) == 1 else None
    if item.replaces_entry_id is None:
        return
    entry = own[item.replaces_entry_id]
    item.place_id, item.quantity = entry.place_id, entry.quantity
    for name in _LEDGER_FIELDS:
        setattr(item, name, getattr(entry, name))


UNDO: Final = undo_of_case(
    COLOCATION, P.COLOCATION_REQUEST, lambda _ctx, request: check_editable(request), parts=(ColocationItem,)
)
