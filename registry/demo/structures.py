"""Write the sample structures with their places, changes, streets and prices, each as of its own moment."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from itertools import groupby
from typing import Any, Final

from sqlalchemy import (
    JSON,
    Column,
    ColumnClause,
    Table,
    Text,
    cast,
    column,
    func,
    insert,
    literal,
    literal_column,
    select,
    text,
)
from sqlalchemy.sql.schema import ScalarElementColumnDefault

from registry.accounts.models import Organisation
from registry.audit.chain import record
from registry.authz.actors import Ctx
from registry.cables.service import write_members
from registry.capacity.models import CapacityEntry, CapacityPlace, EntryState, Technology
from registry.demo.data import SampleStructure, column_values, points_of, read_rows
from registry.streets.models import RoadClass
from registry.streets.reading import ReadLine
from registry.streets.service import import_lines
from registry.structures.codes import Provenance
from registry.structures.kinds import KINDS
from registry.structures.models import WGS84, Structure
from registry.structures.writing.create_edit import code_prefix, draw_numbers, format_code
from registry.tariffs.models import Tariff
from registry.tariffs.rules import DAY
from registry.tariffs.service import KIND as TARIFF
from registry.territory.models import UnitLevel
from registry.territory.queries import find_units, list_units

#: Opens a transaction of a moment.
At = Callable[[datetime], AbstractContextManager[Ctx]]
Owners = Mapping[str, Organisation]

CREATED: Final = "demo.create"
#: Marks the street lines of the demonstration.
STREET_SOURCE: Final = "Dữ liệu mẫu"
#: The day on which 2G ended.
_2G_ENDED_ON: Final = date(2024, 10, 15)
#: The commune of each position (WKT) on a day; of a line the one of its middle.
_COMMUNES: Final = text(
    """
    SELECT unit_at(CASE ST_Dimension(geom) WHEN 0 THEN geom ELSE ST_LineInterpolatePoint(geom, 0.5) END,
                   'commune', :day)
      FROM unnest(CAST(:positions AS text[])) WITH ORDINALITY AS given(position, number),
           LATERAL ST_GeomFromText(position, 4326) AS geom
     ORDER BY number
    """
)


class StructureWriter:
    """Writes the structures moment by moment and knows the ids of those written before."""

    def __init__(self, owners: Owners) -> None:
        self._owners = owners
        self._ids: dict[str, int] = {}
        self._places: dict[str, list[dict[str, str]]] = defaultdict(list)
        self._entries: dict[tuple[str, str], list[dict[str, str]]] = defaultdict(list)
        for row in read_rows("capacity_places"):
            self._places[row["own_code"]].append(row)
        for row in read_rows("capacity_entries"):
            self._entries[row["own_code"], row["label"]].append(row)

    def write(self, ctx: Ctx, samples: Sequence[SampleStructure]) -> int:
        """Add structures with their places and entries; how many. A position outside all communes is left out."""
        communes = ctx.session.scalars(_COMMUNES, {"positions": [each.position for each in samples], "day": ctx.today})
        placed = [(each, unit_id) for each, unit_id in zip(samples, communes, strict=True) if unit_id is not None]
        beginnings = {code: code_prefix(ctx.session, kind.prefix, ctx.today) for code, kind in KINDS.items()}
        numbers = draw_numbers(ctx.session, len(placed))
        self._ids |= {sample.own_code: number for (sample, _unit), number in zip(placed, numbers, strict=True)}
        rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for sample, unit_id in placed:
            code = format_code(beginnings[sample.kind], self._ids[sample.own_code])
            rows[sample.kind].append(self._values(ctx, sample, code, unit_id))
        every = [row for each in rows.values() for row in each]
        # In an order in which those that others refer to come first.
        for table in Structure.metadata.sorted_tables:
            if written := every if table.name == Structure.__tablename__ else rows.get(table.name):
                _insert(ctx, table, written)
        self._write_places(ctx, [sample for sample, _unit in placed])
        members = {self._ids[each.own_code]: self._known(each.members) for each, _unit in placed if each.members}
        write_members(ctx, members, notifies=False)
        return len(placed)

    def _known(self, codes: Sequence[str]) -> list[int]:
        return [self._ids[code] for code in codes if code in self._ids]

    def _values(self, ctx: Ctx, sample: SampleStructure, code: str, unit_id: int) -> dict[str, Any]:
        owner, values = self._owners[sample.owner], dict(sample.values)
        for end in ("from_manhole", "to_manhole"):
            if f"{end}_code" in values:
                values[f"{end}_id"] = self._ids.get(values[f"{end}_code"])
        return values | {
            "kind": sample.kind,
            "version": 1,
            "id": self._ids[sample.own_code],
            "code": code,
            "owner_organisation_id": owner.id,
            "owner_category": owner.owner_category,
            "geom": f"SRID={WGS84};{sample.position}",
            "given_position": "\n".join(f"{lat:.7f}, {lon:.7f}" for lon, lat in points_of(sample.position)),
            "given_srid": WGS84,
            "position_operation": "",
            "commune_id": unit_id,
            "outside_area": False,
            "provenance": Provenance.SAMPLE,
            "is_sample": True,
            "created_at": ctx.now,
            "updated_at": ctx.now,
        }

    def _write_places(self, ctx: Ctx, samples: Sequence[SampleStructure]) -> None:
        places = [
            (
                row,
                CapacityPlace(
                    organisation_id=self._owners[sample.owner].id,
                    structure_id=self._ids[sample.own_code],
                    **column_values(CapacityPlace, row),
                ),
            )
            for sample in samples
            for row in self._places[sample.own_code]
        ]
        ctx.session.add_all([slot for _row, slot in places])
        ctx.session.flush()
        ctx.session.add_all(
            CapacityEntry(
                organisation_id=slot.organisation_id,
                place_id=slot.id,
                holder_id=self._owners[entry["holder"]].id if entry["holder"] else None,
                **column_values(CapacityEntry, entry),
            )
            for row, slot in places
            for entry in self._entries[row["own_code"], row["label"]]
        )
        ctx.session.flush()


def _insert(ctx: Ctx, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert many rows by a statement: history and counts are written once a statement, not once a row."""
    columns = {name: _default(table.c[name]) for row in rows for name in row if name in table.c}
    complete = [{name: row.get(name, default) for name, default in columns.items()} for row in rows]
    # As one value: of a parameter for each cell the driver would have to read a text of a million characters.
    names: list[ColumnClause[Any]] = [column(name) for name in columns]
    records = func.json_populate_recordset(
        literal_column(f"NULL::{table.name}"), cast(literal(json.dumps(complete, default=str), Text), JSON)
    )
    read = select(*names).select_from(records)
    ctx.session.execute(insert(table).from_select(list(columns), read))


def _default(column: Column[Any]) -> Any:
    return column.default.arg if isinstance(column.default, ScalarElementColumnDefault) else None


def write_structures(at: At, owners: Owners, structures: Iterable[SampleStructure]) -> int:
    """Write the structures and their later changes in the order of their moments; how many structures."""
    samples: dict[datetime, list[SampleStructure]] = defaultdict(list)
    changes: dict[datetime, list[dict[str, str]]] = defaultdict(list)
    for sample in structures:
        samples[sample.registered_at].append(sample)
    for row in read_rows("changes"):
        changes[datetime.fromisoformat(row["changed_at"])].append(row)
    writer, count = StructureWriter(owners), 0
    for moment in sorted(samples.keys() | changes.keys()):
        with at(moment) as ctx:
            if moment in samples:
                written = writer.write(ctx, samples[moment])
                record(ctx, CREATED, "structure", None, count=written)
                count += written
            if moment in changes:
                record(ctx, "structure.edit", "structure", None, sample=True, count=_change(ctx, changes[moment]))
    return count


def _change(ctx: Ctx, rows: Sequence[Mapping[str, str]]) -> int:
    """Change the structures of rows, and end the stations of 2G after its last day; how many structures changed."""
    by_code = {row["own_code"]: row for row in rows}
    query = select(Structure).where(Structure.is_sample, Structure.own_code.in_(by_code))
    structures = ctx.session.scalars(query).all()
    for structure in structures:
        for name, value in column_values(Structure, by_code[structure.own_code or ""]).items():
            setattr(structure, name, value)
        structure.updated_at = ctx.now
    if ctx.today >= _2G_ENDED_ON:
        stations = select(CapacityEntry).where(
            CapacityEntry.technology == Technology.G2, CapacityEntry.state == EntryState.USED
        )
        for entry in ctx.session.scalars(stations):
            entry.state, entry.ended_on = EntryState.ENDED, _2G_ENDED_ON
    ctx.session.flush()
    return len(structures)


def write_street_lines(ctx: Ctx) -> None:
    """Add the streets along which sample structures stand, and the main road of each commune that joins them."""
    communes = {unit.code for unit in list_units(ctx.session, ctx.today, UnitLevel.COMMUNE)}
    lines = [
        ReadLine(row["name"], None, RoadClass(row["road_class"]), row["commune"], points_of(row["line"]))
        for row in read_rows("street_lines")
        if row["commune"] in communes
    ]
    import_lines(ctx, lines, STREET_SOURCE)


def write_prices(at: At, owners: Owners) -> None:
    """Publish the sample prices; a later one replaces the former one of the same owner, kind, unit, period and ward."""
    current: dict[tuple[str, ...], Tariff] = {}
    for moment, rows in groupby(read_rows("prices"), key=lambda row: row["published_at"]):
        with at(datetime.fromisoformat(moment)) as ctx:
            action, count = "tariff.publish", 0
            for row in rows:
                wards = find_units(ctx.session, row["ward"], UnitLevel.COMMUNE, ctx.today)
                if row["ward"] and not wards:
                    continue
                key = tuple(row[name] for name in ("owner", "kind", "unit", "period", "ward"))
                tariff = Tariff(
                    organisation_id=owners[row["owner"]].id,
                    admin_unit_id=wards[0].id if wards else None,
                    **column_values(Tariff, row) | {"published_at": ctx.now},
                )
                if key in current:
                    action = "tariff.replace"
                    former = ctx.session.get_one(Tariff, current[key].id)
                    former.valid_to = tariff.valid_from - DAY
                    ctx.session.flush()
                ctx.session.add(tariff)
                ctx.session.flush()
                current[key], count = tariff, count + 1
            record(ctx, action, TARIFF, None, count=count)
