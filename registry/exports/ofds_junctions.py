"""The manholes that ducts store as their ends, as rows of the register that the reader may know exactly."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import FromClause, and_, or_, select

from registry.authz.actors import Ctx
from registry.exports.structures import query_of
from registry.structures import positions
from registry.structures.filtering.filter import StructureFilter
from registry.structures.kinds import KINDS
from registry.structures.models import Structure
from registry.structures.positions.moment import When
from registry.structures.positions.versions import rows_at

#: The kind that stores its ends, and the kind of these ends.
DUCT: Final = KINDS["cable_duct"]
MANHOLE: Final = KINDS["manhole"]
Row = dict[str, Any]


class Manholes(NamedTuple):
    """The manholes of one duct, None where it stores none or the reader does not know where it is."""

    start: Row | None
    end: Row | None


class _Stored(NamedTuple):
    """How a duct names one end: an id of the register, or a code as its owner writes it."""

    id: int | None
    code: str


def manholes_of(ctx: Ctx, owner_id: int, ducts: Sequence[Row], when: When | None) -> dict[int, Manholes]:
    """Duct -> its manholes, of the time asked about; `ducts` are rows of one owner's.

    An id names a manhole of any owner, and so does a code of the register. A code of the owner's own means the one
    manhole of that owner that has it; one that several have means none.
    """
    stored = _stored_ends(ctx, ducts, when)
    if not stored:
        return {}
    ends = [end for pair in stored.values() for end in pair]
    found = _rows(ctx, owner_id, {end.id for end in ends if end.id}, {end.code for end in ends if end.code}, when)
    by_id = {row["id"]: row for row in found}
    by_code = {row["code"]: row for row in found}
    by_own: dict[str, list[Row]] = defaultdict(list)
    for row in found:
        if row["owner_organisation_id"] == owner_id:
            by_own[row["own_code"]].append(row)

    def manhole(end: _Stored) -> Row | None:
        if end.id is not None:
            return by_id.get(end.id)
        same = by_own.get(end.code, ())
        return by_code.get(end.code) or (same[0] if len(same) == 1 else None)

    return {duct_id: Manholes(manhole(start), manhole(end)) for duct_id, (start, end) in stored.items()}


def _stored_ends(ctx: Ctx, ducts: Sequence[Row], when: When | None) -> Mapping[int, tuple[_Stored, _Stored]]:
    codes = {row["id"]: (row.get("from_manhole_code") or "", row.get("to_manhole_code") or "") for row in ducts}
    if not codes:
        return {}
    duct = _table(ctx, DUCT.model, when, "duct")
    query = select(duct.c.id, duct.c.from_manhole_id, duct.c.to_manhole_id).where(duct.c.id.in_(codes))
    return {
        duct_id: (_Stored(from_id, codes[duct_id][0]), _Stored(to_id, codes[duct_id][1]))
        for duct_id, from_id, to_id in ctx.session.execute(query)
        if from_id or to_id or any(codes[duct_id])
    }


def _rows(ctx: Ctx, owner_id: int, ids: set[int], codes: set[str], when: When | None) -> list[Row]:
    """The manholes that are meant and whose place the reader knows exactly."""
    table = _table(ctx, Structure, when, "named")
    own = and_(table.c.owner_organisation_id == owner_id, table.c.own_code.in_(codes))
    meant = select(table.c.id).where(
        table.c.kind == MANHOLE.code, or_(table.c.id.in_(ids), table.c.code.in_(codes), own)
    )
    query = query_of(ctx, StructureFilter(choices={"kind": (MANHOLE.code,)}, when=when))
    known = query.where(query.selected_columns["id"].in_(list(ctx.session.scalars(meant))))
    return [dict(row._mapping) for row in positions.run(ctx, known) if row.exact]


def _table(ctx: Ctx, model: type[Structure], when: When | None, name: str) -> FromClause:
    return rows_at(model, when.at(ctx.now), name) if when is not None else model.__table__.alias(name)
