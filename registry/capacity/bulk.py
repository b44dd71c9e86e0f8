"""Places of many structures at once, with their use; the caller writes the audit record.

It works on scratch tables of the connection: `check_row` (capacity_total, capacity_used, holder and the measures
capacity_height_m, capacity_diameter_mm, capacity_level by `number`), `check_made` (id of new structures),
`check_capacity` (place_id, entry_id, total_to, used_to, measured of existing structures), and `check_holder` (holder ->
holder_id), which it fills itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Row, select, text

from registry.accounts.queries import find_organisation
from registry.authz.actors import Ctx
from registry.capacity.models import CapacityPlace, PlaceUnit
from registry.capacity.use_notices import EVENTS, notify_holders
from registry.structures.models import Structure

_CREATE_HOLDERS: Final = text("CREATE TEMPORARY TABLE check_holder (holder text, holder_id bigint) ON COMMIT DROP")
_NEW_PLACES: Final = text(
    "INSERT INTO capacity_place (organisation_id, structure_id, label, unit, total, height_m, diameter_mm, level)"
    " SELECT :owner, made.id, :label, :unit, row.capacity_total, row.capacity_height_m, row.capacity_diameter_mm,"
    "  row.capacity_level FROM check_made made JOIN check_row row ON row.number = made.number"
    " WHERE row.capacity_total IS NOT NULL OR row.capacity_used > 0 OR num_nonnulls(row.capacity_height_m,"
    "  row.capacity_diameter_mm, row.capacity_level) > 0 ORDER BY made.number"
)
_NEW_ENTRIES: Final = text(
    "INSERT INTO capacity_entry (organisation_id, place_id, state, quantity, holder_id, holder_name)"
    " SELECT :owner, place.id, 'used', row.capacity_used, known.holder_id,"
    "  CASE WHEN known.holder_id IS NULL THEN row.holder END"
    " FROM check_made made JOIN check_row row ON row.number = made.number AND row.capacity_used > 0"
    " JOIN capacity_place place ON place.structure_id = made.id AND place.label = :label"
    " LEFT JOIN check_holder known ON known.holder = row.holder ORDER BY made.number"
)
_GROW: Final = text(
    "UPDATE capacity_place place SET total = room.total_to FROM check_capacity room, check_outcome found"
    " WHERE place.id = room.place_id AND found.number = room.number AND found.outcome = 'changed'"
    "  AND room.total_to > coalesce(room.total, -1)"
)
_SHRINK: Final = text(
    "UPDATE capacity_place place SET total = room.total_to FROM check_capacity room, check_outcome found"
    " WHERE place.id = room.place_id AND found.number = room.number AND found.outcome = 'changed'"
    "  AND room.total_to < room.total"
)
_ADD_PLACES: Final = text(
    "INSERT INTO capacity_place (organisation_id, structure_id, label, unit, total, height_m, diameter_mm, level)"
    " SELECT :owner, match.structure_id, :label, :unit, row.capacity_total, row.capacity_height_m,"
    "  row.capacity_diameter_mm, row.capacity_level FROM check_capacity room"
    " JOIN check_outcome found ON found.number = room.number AND found.outcome = 'changed'"
    " JOIN check_match match ON match.number = room.number JOIN check_row row ON row.number = room.number"
    " WHERE room.place_id IS NULL AND (row.capacity_total IS NOT NULL OR row.capacity_used > 0 OR room.measured)"
    " ORDER BY room.number"
)
_MEASURE: Final = text(
    "UPDATE capacity_place place SET height_m = coalesce(row.capacity_height_m, place.height_m),"
    "  diameter_mm = coalesce(row.capacity_diameter_mm, place.diameter_mm),"
    "  level = coalesce(row.capacity_level, place.level)"
    " FROM check_capacity room, check_outcome found, check_row row"
    " WHERE place.id = room.place_id AND room.measured AND found.number = room.number AND row.number = room.number"
    "  AND found.outcome = 'changed'"
)
_SET_USED: Final = text(
    "UPDATE capacity_entry entry SET quantity = room.used_to FROM check_capacity room, check_outcome found"
    " WHERE entry.id = room.entry_id AND found.number = room.number AND found.outcome = 'changed' AND room.used_to > 0"
    "  AND room.used_to >= room.used"
)
_CUT_USED: Final = text(
    "UPDATE capacity_entry entry SET quantity = room.used_to FROM check_capacity room, check_outcome found"
    " WHERE entry.id = room.entry_id AND found.number = room.number AND found.outcome = 'changed' AND room.used_to > 0"
    "  AND room.used_to < room.used RETURNING entry.holder_id, entry.place_id"
)
_END_USED: Final = text(
    "UPDATE capacity_entry entry SET state = 'ended', ended_on = :today FROM check_capacity room, check_outcome found"
    " WHERE entry.id = room.entry_id AND found.number = room.number AND found.outcome = 'changed' AND room.used_to = 0"
    " RETURNING entry.holder_id, entry.place_id"
)
_ADD_USED: Final = text(
    "INSERT INTO capacity_entry (organisation_id, place_id, state, quantity, holder_id, holder_name)"
    " SELECT :owner, place.id, 'used', room.used_to, known.holder_id,"
    "  CASE WHEN known.holder_id IS NULL THEN row.holder END"
    " FROM check_capacity room JOIN check_outcome found ON found.number = room.number AND found.outcome = 'changed'"
    " JOIN check_match match ON match.number = room.number JOIN check_row row ON row.number = room.number"
    " JOIN capacity_place place ON place.structure_id = match.structure_id AND place.label = :label"
    " LEFT JOIN check_holder known ON known.holder = row.holder"
    " WHERE room.used_to > 0 AND room.entries = 0 ORDER BY room.number"
)


def find_holders(ctx: Ctx) -> None:
    """Fill `check_holder` with the organisations of the names in the file."""
    run = ctx.session.execute
    run(text("DROP TABLE IF EXISTS pg_temp.check_holder"))
    run(_CREATE_HOLDERS)
    names = ctx.session.scalars(text("SELECT DISTINCT holder FROM check_row WHERE holder IS NOT NULL")).all()
    organisations = ((name, find_organisation(ctx.session, name)) for name in names)
    rows = [{"holder": name, "id": organisation.id} for name, organisation in organisations if organisation is not None]
    if rows:
        run(text("INSERT INTO check_holder VALUES (:holder, :id)"), rows)
    run(text("ANALYZE check_holder"))


def add_places(ctx: Ctx, owner_id: int, label: str, unit: PlaceUnit) -> None:
    """Places of new structures and their entries in use; the database sums up and refuses what exceeds the total."""
    values = _values(owner_id, label, unit)
    ctx.session.execute(_NEW_PLACES, values)
    ctx.session.execute(_NEW_ENTRIES, _without_unit(values))


def change_places(ctx: Ctx, owner_id: int, label: str, unit: PlaceUnit) -> None:
    """Totals and uses of existing structures: increases of totals first, decreases last."""
    values = _values(owner_id, label, unit)
    run = ctx.session.execute
    run(_GROW)
    run(_ADD_PLACES, values)
    run(_MEASURE)
    run(_SET_USED)
    ended = [*run(_CUT_USED), *run(_END_USED, {"today": ctx.today})]
    run(_ADD_USED, _without_unit(values))
    run(_SHRINK)
    _notify(ctx, [row for row in ended if row.holder_id is not None])


def _notify(ctx: Ctx, ended: Sequence[Row[Any]]) -> None:
    """Tell each organisation of the uses that a file ended or reduced."""
    if not ended:
        return
    structures = select(CapacityPlace.id, Structure).join(Structure, Structure.id == CapacityPlace.structure_id)
    by_place = {
        row.id: row.Structure
        for row in ctx.session.execute(structures.where(CapacityPlace.id.in_({row.place_id for row in ended})))
    }
    for row in ended:
        notify_holders(ctx, EVENTS["ended"], by_place[row.place_id], [row])


def _values(owner_id: int, label: str, unit: PlaceUnit) -> dict[str, Any]:
    return {"owner": owner_id, "label": label, "unit": unit.value}


def _without_unit(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name != "unit"}
