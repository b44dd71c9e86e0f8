"""The places of a structure fit it from either end: a structure that changes stays with what its ledger states."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Final

from sqlalchemy import inspect, select

from registry.authz.actors import Ctx
from registry.capacity.models import MEASURES, CapacityEntry, CapacityPlace, EntryState
from registry.capacity.rules import BORE_COUNT, BORE_DIAMETER, BORE_UNITS, kind_problems, measure_problems
from registry.kernel.errors import Invalid
from registry.kernel.i18n import _
from registry.structures.heights import height_problem
from registry.structures.kinds import KINDS
from registry.structures.models import Structure

#: Measure of a place -> the field of the structure that limits it; heights are limited by the top of the kind.
_LIMITED_BY: Final = {"diameter_mm": BORE_DIAMETER, "total": BORE_COUNT}


def watch_places(
    ctx: Ctx, structure: Structure, changed: Collection[str], _is_moved: bool
) -> Callable[[], None] | None:
    """A `RelationWatch`: a structure whose height or bores change still has room for its places and their users.

    What did not fit before hinders no correction.
    """
    top_fields = KINDS[structure.kind].top_fields
    if inspect(structure).transient or not {*top_fields, *_LIMITED_BY.values()} & set(changed):
        return None
    before = set(_unfit(ctx, structure))

    def check() -> None:
        problems: dict[str, list[str]] = {}
        for key, sentence in _unfit(ctx, structure).items():
            if key not in before:
                name = _LIMITED_BY.get(key[0]) or next((each for each in top_fields if each in changed), top_fields[0])
                problems.setdefault(name, []).append(sentence)
        if problems:
            raise Invalid(problems)

    return check


def _unfit(ctx: Ctx, structure: Structure) -> dict[tuple[str, int], str]:
    """(measure, id of the place) -> what does not fit, by the rules to which the form of a place is held."""
    kind = KINDS[structure.kind]
    places = ctx.session.scalars(
        select(CapacityPlace).where(CapacityPlace.structure_id == structure.id).order_by(CapacityPlace.id)
    ).all()
    # A place of unknown size has at least the bores that are taken.
    sizes = {each.id: each.total or each.used + each.reserved + each.blocked for each in places}
    other_bores, unfit = 0, {}
    for slot in places:
        problems = measure_problems(slot.unit, {name: getattr(slot, name) for name in MEASURES}, kind.top_of(structure))
        problems |= kind_problems(kind, structure, slot.unit, sizes[slot.id], slot.diameter_mm, other_bores)
        for name, sentence in problems.items():
            if name in {"height_m", *_LIMITED_BY}:
                unfit[name, slot.id] = _("Vị trí “%(label)s”: %(problem)s", label=slot.label, problem=sentence)
        other_bores += sizes[slot.id] if slot.unit in BORE_UNITS else 0
    current = select(CapacityEntry.place_id, CapacityEntry.attach_height_m).where(
        CapacityEntry.place_id.in_(sizes), CapacityEntry.state != EntryState.ENDED
    )
    for place_id, height in ctx.session.execute(current.order_by(CapacityEntry.id)):
        problem = height_problem(structure, height)
        if problem:
            unfit.setdefault(("attach_height_m", place_id), problem)
    return unfit
