"""The facts of drawings, as far as their reader may know them: what the ledger's own pages show, no more."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, Final

from sqlalchemy import select

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import visible
from registry.cables.queries import MemberView, list_members
from registry.cables.rules import carried_at
from registry.capacity.models import EntryState
from registry.capacity.queries import (
    EntryView,
    PlaceView,
    holders_known,
    list_places,
    may_see_holders,
    places_by_structure,
)
from registry.drawings.facts import Load, Place, RouteFacts, Run, StructureFacts, amount, not_stated
from registry.kernel.fields import display_value
from registry.kernel.i18n import _, _n, format_number
from registry.structures import positions
from registry.structures.kinds import KINDS
from registry.structures.kinds.cable_route import Laying
from registry.structures.kinds.kind import Kind, Picture, Shape
from registry.structures.models import Structure

_NO_STATE: Final = EntryState.ENDED


def picture_of(kind: str) -> Picture | None:
    """The picture of a kind; None where it has no drawing."""
    drawing = KINDS[kind].drawing
    return drawing.picture if drawing is not None else None


def structure_facts(ctx: Ctx, structure: Structure) -> StructureFacts:
    """The facts of a structure that the reader sees exactly, read with the model of its kind."""
    places = list_places(ctx, structure)
    names = may_see_holders(ctx, structure)
    values = {name: getattr(structure, name) for name in _fields(KINDS[structure.kind])}
    return facts_from(structure.kind, structure.id, structure.code, values, places_from(places, names=names))


def facts_of_structures(ctx: Ctx, kinds: Mapping[int, str]) -> dict[int, StructureFacts]:
    """The same for several structures (id -> kind); those that the reader does not see exactly are left out."""
    drawn = {number: kind for number, kind in kinds.items() if picture_of(kind) not in (None, Picture.ROUTE)}
    structures: dict[int, Any] = {}
    named: set[int] = set()
    for kind in dict.fromkeys(drawn.values()):
        model = KINDS[kind].model
        ids = [number for number, its_kind in drawn.items() if its_kind == kind]
        query = select(model, holders_known(ctx, model)).where(model.id.in_(ids), visible(ctx, model, P.STRUCTURE_READ))
        for structure, is_named in ctx.session.execute(query):
            structures[structure.id] = structure
            named |= {structure.id} if is_named else set()
    if not structures:
        return {}
    places = places_by_structure(ctx, structures, named)
    return {
        number: facts_from(
            structure.kind,
            number,
            structure.code,
            {name: getattr(structure, name) for name in _fields(KINDS[structure.kind])},
            places_from(places[number], names=number in named),
        )
        for number, structure in structures.items()
    }


def facts_from(
    kind_code: str, number: int, code: str, values: Mapping[str, Any], places: Sequence[Place]
) -> StructureFacts:
    """Facts from the values of a record and its places."""
    kind = KINDS[kind_code]
    drawing = kind.drawing
    if drawing is None:
        message = f"a {kind_code} has no drawing"
        raise LookupError(message)
    fields = kind.fields()
    stated = tuple(
        (str(fields[name].label), display_value(fields[name], values.get(name)) or not_stated())
        for name in drawing.measures.values()
    )
    return StructureFacts(
        key=f"d{number}",
        title=_("Bản vẽ %(kind)s %(code)s", kind=kind.label, code=code),
        picture=drawing.picture,
        measures={measure: values.get(name) for measure, name in drawing.measures.items()},
        stated=stated,
        places=tuple(places),
    )


def _fields(kind: Kind) -> Collection[str]:
    return kind.drawing.measures.values() if kind.drawing is not None else ()


def places_from(views: Iterable[PlaceView], *, names: bool) -> list[Place]:
    """Places with the loads that a reader may know: entry by entry with `names`, else the sums of the ledger."""
    return [
        Place(
            label=view.label,
            unit=view.unit,
            total=view.total,
            free=view.free,
            loads=tuple(map(_load, _open(view.entries))) if names else tuple(_sums(view)),
            height_m=view.height_m,
            diameter_mm=view.diameter_mm,
            level=view.level,
        )
        for view in views
    ]


def _open(entries: Iterable[EntryView]) -> list[EntryView]:
    return [entry for entry in entries if entry.state is not _NO_STATE]


def _load(entry: EntryView) -> Load:
    return Load(
        entry.state, entry.quantity, entry.holder, entry.equipment, entry.attach_height_m, entry.cable_diameter_mm
    )


def _sums(view: PlaceView) -> list[Load]:
    sums = ((EntryState.USED, view.used), (EntryState.RESERVED, view.reserved), (EntryState.BLOCKED, view.blocked))
    return [Load(state, quantity) for state, quantity in sums if quantity]


def cable_facts(ctx: Ctx, cable: Structure) -> RouteFacts:
    """A cable over the structures that carry it, as far as the reader may know them."""
    kind = KINDS[cable.kind]
    fields, names = kind.fields(), _fields(kind)
    stated_position = positions.given_of(ctx, cable.id)
    length = getattr(stated_position, "length_m", None)
    stated = [
        (_("Chiều dài trên bản đồ"), not_stated() if length is None else amount(length, decimals=1)),
        *(
            (str(fields[name].label), display_value(fields[name], getattr(cable, name)) or not_stated())
            for name in names
        ),
    ]
    title = _("Bản vẽ %(kind)s %(code)s", kind=kind.label, code=cable.code)
    members = list_members(ctx, cable)
    return RouteFacts(f"d{cable.id}", title, tuple(runs_of(members, _lengths(ctx, members))), tuple(stated))


def _lengths(ctx: Ctx, members: Iterable[MemberView]) -> dict[str, float]:
    """Code -> metres of the members that are lines and that the reader sees exactly."""
    lines = {member.code for member in members if member.kind and KINDS[member.kind].shape is Shape.LINE}
    if not lines:
        return {}
    measured = positions.lengths(ctx)
    query = select(Structure.code, measured.c.length_m).join(measured, measured.c.id == Structure.id)
    return {row.code: row.length_m for row in positions.run(ctx, query.where(Structure.code.in_(lines)))}


def runs_of(members: Sequence[MemberView], lengths: Mapping[str, float]) -> list[Run]:
    """Neighbours of one kind and one owner as one part of the route, with its metres where all of them are known."""
    runs = []
    for (kind, owner), group in groupby(members, key=lambda member: (member.kind, member.owner)):
        listed = list(group)
        if kind is None:
            label = _n("%(count)s công trình không có quyền xem", len(listed), count=format_number(len(listed)))
            runs.append(Run("hidden", label))
            continue
        label = f"{format_number(len(listed))} × {KINDS[kind].label}" if len(listed) > 1 else str(KINDS[kind].label)
        codes = [member.code for member in listed if member.code]
        ends = " – ".join(dict.fromkeys((codes[0], codes[-1])))
        metres = sum(lengths[code] for code in codes) if set(codes) <= lengths.keys() else None
        runs.append(Run(_style(kind), label, metres, f"{ends} · {owner}" if owner else ends))
    return runs


def _style(kind: str) -> str:
    laying = carried_at(kind)
    if laying is None:
        return "end"
    return "aerial" if laying is Laying.AERIAL else "underground"
