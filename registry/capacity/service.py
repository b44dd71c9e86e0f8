"""Writes of capacity: places and entries; the database maintains `total = used + reserved + blocked + free`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import select

from registry.accounts.queries import find_organisation
from registry.audit.chain import record
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import get_visible, require
from registry.capacity.commands import AddEntry, EndEntry, SetPlace
from registry.capacity.models import LOADS, MEASURES, UNPLACED, CapacityEntry, CapacityPlace, EntryState
from registry.capacity.queries import place_fingerprint
from registry.capacity.rules import (
    BORE_UNITS,
    end_problems,
    entry_problems,
    kind_problems,
    measure_problems,
    out_of_service,
    place_problems,
    same_label,
    start_problems,
)
from registry.capacity.use_notices import EVENTS, notify_holders
from registry.kernel.errors import Conflict, Invalid
from registry.kernel.i18n import _
from registry.kernel.text import TextRefused, normalise
from registry.structures.heights import height_problem
from registry.structures.kinds import KINDS
from registry.structures.models import Structure
from registry.structures.queries import get_structure


def set_place(ctx: Ctx, command: SetPlace) -> CapacityPlace:
    """Add a place to a structure, or change unit, total and measures of the one with this label.

    Conflict for a new place of a structure that is out of service, and for a place that changed since the form showed
    it.
    """
    structure = _editable(ctx, command.structure_code)
    label = _clean("label", command.label)
    if same_label(label, UNPLACED):
        raise Invalid(
            {"label": _("Tên “%(label)s” dành cho cáp chưa rõ vị trí do hệ thống ghi; hãy đặt tên khác.", label=label)}
        )
    slot = _find_place(ctx, structure, label)
    if command.known is not None and slot is None:
        raise Invalid(
            {"label": _("Công trình không có vị trí “%(label)s”; tên vị trí đã khai không đổi được.", label=label)}
        )
    if slot is not None and command.known not in (None, place_fingerprint(slot)):
        raise Conflict(_("Vị trí “%(label)s” đã thay đổi kể từ khi mở trang; hãy xem lại rồi lưu.", label=label))
    taken = 0 if slot is None else slot.used + slot.reserved + slot.blocked
    current = {name: getattr(slot, name) for name in MEASURES} if slot is not None else {}
    measures = current | dict(command.measures)
    kind, others = KINDS[structure.kind], _other_places(ctx, structure, slot)
    bores = sum(other.total or 0 for other in others if other.unit in BORE_UNITS)
    unfit = kind_problems(kind, structure, command.unit, command.total, measures.get("diameter_mm"), bores)
    unfit |= measure_problems(command.unit, measures, kind.top_of(structure))
    _refuse(unfit | place_problems(label, command.total, taken))
    if slot is None:
        _refuse_respelt(label, others)
        _in_service(structure)
        slot = CapacityPlace(organisation_id=structure.owner_organisation_id, structure_id=structure.id, label=label)
        ctx.session.add(slot)
    elif (slot.unit, slot.total, current) == (command.unit, command.total, measures):
        return slot
    slot.unit, slot.total = command.unit, command.total
    for name, value in measures.items():
        setattr(slot, name, value)
    ctx.session.flush()
    _record(ctx, "capacity.set_place", structure, place_id=slot.id, label=label, total=command.total)
    return slot


def add_entry(ctx: Ctx, command: AddEntry) -> CapacityEntry:
    """Add an entry to a place; IntegrityError of `not_over` where it does not fit (message in capacity/forms.py).

    Conflict for a current entry on a structure that is out of service; ended ones may still be recorded.
    """
    structure = _editable(ctx, command.structure_code)
    if command.state is EntryState.RESERVED:
        raise Invalid({"state": _("Giữ chỗ chỉ phát sinh từ hồ sơ dùng chung; hãy chọn trạng thái khác.")})
    problems = entry_problems(command.quantity, command.started_on, command.ended_on, ctx.today)
    too_high = height_problem(structure, command.loads.get("attach_height_m"))
    _refuse(problems | ({"attach_height_m": too_high} if too_high else {}))
    if command.ended_on is None:
        _in_service(structure)
    _refuse(start_problems(command.started_on, structure))
    slot = _find_place(ctx, structure, _clean("label", command.place_label))
    if slot is None:
        raise Invalid(
            {"place": _("Công trình không có vị trí “%(label)s”; hãy khai vị trí trước.", label=command.place_label)}
        )
    holder = _clean("holder", command.holder)
    organisation = find_organisation(ctx.session, holder)
    entry = CapacityEntry(
        organisation_id=structure.owner_organisation_id,
        place_id=slot.id,
        state=EntryState.ENDED if command.ended_on else command.state,
        quantity=command.quantity,
        holder_id=organisation.id if organisation else None,
        holder_name=None if organisation else holder or None,
        equipment=_clean("equipment", command.equipment) or None,
        technology=command.technology,
        started_on=command.started_on,
        ended_on=command.ended_on,
        **{name: command.loads.get(name) for name in LOADS},
    )
    ctx.session.add(entry)
    ctx.session.flush()
    # The database has changed its sums.
    ctx.session.expire(slot)
    _record(ctx, "capacity.add_entry", structure, place_id=slot.id, entry_id=entry.id, quantity=entry.quantity)
    return entry


def end_entry(ctx: Ctx, command: EndEntry) -> CapacityEntry:
    """Free the units of an entry from a day on; the entry stays as history."""
    entry = cast(
        "CapacityEntry",
        get_visible(
            ctx,
            CapacityEntry,
            P.CAPACITY_EDIT,
            CapacityEntry.id == command.entry_id,
            message=_("Không có mục sử dụng số %(number)d, hoặc không có quyền sửa.", number=command.entry_id),
        ),
    )
    if entry.state is EntryState.ENDED:
        raise Conflict(_("Mục sử dụng này đã kết thúc trước đó."))
    if entry.case_number is not None:
        raise Conflict(_("Mục này thuộc hồ sơ %(number)s; hãy kết thúc trong hồ sơ.", number=entry.case_number))
    if entry.cable_id is not None:
        raise Conflict(
            _(
                "Mục này là cáp đang đi qua công trình; chủ tuyến cáp sửa danh sách công trình của cáp, hoặc lập hồ sơ"
                " “Chiếm dụng không hợp đồng”."
            )
        )
    _refuse(end_problems(command.ended_on, entry.started_on, ctx.today))
    entry.state = EntryState.ENDED
    entry.ended_on = command.ended_on
    entry.expires_at = None
    ctx.session.flush()
    slot = ctx.session.get_one(CapacityPlace, entry.place_id)
    ctx.session.expire(slot)
    structure = ctx.session.get_one(Structure, slot.structure_id)
    _record(ctx, "capacity.end_entry", structure, place_id=slot.id, entry_id=entry.id)
    notify_holders(ctx, EVENTS["ended"], structure, [entry])
    return entry


def _in_service(structure: Structure) -> None:
    problem = out_of_service(structure.code, structure.status)
    if problem is not None:
        raise Conflict(problem)


def _editable(ctx: Ctx, code: str) -> Structure:
    structure = get_structure(ctx, code)
    require(ctx, P.CAPACITY_EDIT, structure)
    return structure


def _other_places(ctx: Ctx, structure: Structure, slot: CapacityPlace | None) -> Sequence[CapacityPlace]:
    query = select(CapacityPlace).where(CapacityPlace.structure_id == structure.id)
    return ctx.session.scalars(query if slot is None else query.where(CapacityPlace.id != slot.id)).all()


def _refuse_respelt(label: str, others: Sequence[CapacityPlace]) -> None:
    """A new name that is an existing one in another spelling would be a second place for the same thing."""
    existing = next((other.label for other in others if same_label(other.label, label)), None)
    if existing is not None:
        raise Invalid(
            {
                "label": _(
                    "Tên vị trí “%(label)s” là cách viết khác của “%(existing)s” đã khai; hãy dùng đúng tên đó, hoặc"
                    " đặt tên khác hẳn.",
                    label=label,
                    existing=existing,
                )
            }
        )


def _find_place(ctx: Ctx, structure: Structure, label: str) -> CapacityPlace | None:
    """The place, locked: of two concurrent changes the second reads the result of the first."""
    query = select(CapacityPlace).where(CapacityPlace.structure_id == structure.id, CapacityPlace.label == label)
    return ctx.session.scalars(query.with_for_update(of=CapacityPlace)).one_or_none()


def _clean(field: str, text: str) -> str:
    try:
        return normalise(text)
    except TextRefused as refused:
        raise Invalid({field: str(refused)}) from refused


def _refuse(problems: dict[str, str]) -> None:
    if problems:
        raise Invalid(problems)


def _record(ctx: Ctx, action: str, structure: Structure, **details: Any) -> None:
    record(
        ctx,
        action,
        "structure",
        structure.id,
        on_behalf_of_id=structure.owner_organisation_id,
        code=structure.code,
        **details,
    )
