"""Planned structures written to the register in bulk, as of the moment at which each is said to have entered it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from registry.accounts.models import Organisation
from registry.authz.actors import Ctx
from registry.cables.service import write_members
from registry.capacity.models import CapacityEntry, CapacityPlace
from registry.demo import ground, words
from registry.demo.ground import Line
from registry.demo.plan import Planned
from registry.kernel.clock import local_date
from registry.structures.codes import Provenance
from registry.structures.kinds import KINDS
from registry.structures.kinds.cable_duct import CableDuct
from registry.structures.models import WGS84, Structure
from registry.structures.writing.create_edit import code_prefix, draw_numbers, format_code

Placed = tuple[Planned, int]


def place(session: Session, planned: Sequence[Planned]) -> list[Placed]:
    """Each structure with the commune of its day; one whose place had none known then enters after the reform."""
    middles = [ground.middle(each.line) for each in planned]
    days = [local_date(words.REGISTERED[each.registered][0]) for each in planned]
    found: list[Placed] = []
    late: list[Planned] = []
    for each, unit_id in zip(planned, ground.units_then(session, middles, days), strict=True):
        if unit_id is None:
            late.append(replace(each, registered=words.FIRST_OF_TODAYS_COMMUNES))
        else:
            found.append((each, unit_id))
    if not late:
        return found
    day = local_date(words.REGISTERED[words.FIRST_OF_TODAYS_COMMUNES][0])
    units = ground.units_then(session, [ground.middle(each.line) for each in late], [day] * len(late))
    return found + [(each, unit_id) for each, unit_id in zip(late, units, strict=True) if unit_id is not None]


def write(ctx: Ctx, placed: Sequence[Placed], owners: dict[str, Organisation]) -> int:
    """Add the structures, places and entries of one moment; how many structures it added."""
    # A duct names its manholes by id, so they come first; cables come last, over what is there by then.
    ordered = sorted(placed, key=lambda one: (one[0].kind == "cable_duct", bool(one[0].members)))
    beginnings = {code: code_prefix(ctx.session, kind.prefix, ctx.today) for code, kind in KINDS.items()}
    numbers = draw_numbers(ctx.session, len(ordered))
    manholes: dict[str | None, int] = {}
    written: list[tuple[Planned, Structure]] = []
    for ducts in (False, True):
        batch = [
            (one, _structure(ctx, one, unit_id, owners[one.owner], number, beginnings[one.kind]))
            for (one, unit_id), number in zip(ordered, numbers, strict=True)
            if (one.kind == "cable_duct") is ducts
        ]
        _join(manholes, (row for _one, row in batch))
        ctx.session.add_all([row for _one, row in batch])
        ctx.session.flush()
        manholes.update({row.own_code: row.id for one, row in batch if one.kind == "manhole"})
        written += batch
    _write_places(ctx, written, owners)
    _write_members(ctx, [(one, row) for one, row in written if one.members])
    return len(written)


def _write_members(ctx: Ctx, cables: Sequence[tuple[Planned, Structure]]) -> None:
    codes = {code for planned, _row in cables for code in planned.members}
    query = select(Structure.own_code, Structure.id).where(Structure.own_code.in_(codes), Structure.is_sample)
    known = {row.own_code: row.id for row in ctx.session.execute(query)}
    write_members(ctx, {row.id: [known[code] for code in planned.members] for planned, row in cables})


def _structure(ctx: Ctx, planned: Planned, unit_id: int, owner: Organisation, number: int, begins: str) -> Structure:
    kind = KINDS[planned.kind]
    return kind.model(
        **planned.values,
        id=number,
        code=format_code(begins, number),
        owner_organisation_id=owner.id,
        owner_category=owner.owner_category,
        geom=f"SRID={WGS84};{ground.as_wkt(planned.line)}",
        given_position=_as_given(planned.line),
        given_srid=WGS84,
        position_operation="",
        commune_id=unit_id,
        outside_area=False,
        provenance=Provenance.SAMPLE,
        is_sample=True,
        created_at=ctx.now,
        updated_at=ctx.now,
    )


def _as_given(line: Line) -> str:
    return "\n".join(f"{lat:.7f}, {lon:.7f}" for lon, lat in line)


def _join(manholes: dict[str | None, int], rows: Iterable[Structure]) -> None:
    for row in rows:
        if isinstance(row, CableDuct):
            row.from_manhole_id = manholes.get(row.from_manhole_code)
            row.to_manhole_id = manholes.get(row.to_manhole_code)


def _write_places(ctx: Ctx, written: Iterable[tuple[Planned, Structure]], owners: dict[str, Organisation]) -> None:
    places = [
        (
            given,
            CapacityPlace(
                organisation_id=row.owner_organisation_id,
                structure_id=row.id,
                label=given.label,
                unit=given.unit,
                total=given.total,
                **given.measures,
            ),
        )
        for planned, row in written
        for given in planned.places
    ]
    ctx.session.add_all([place for _given, place in places])
    ctx.session.flush()
    ctx.session.add_all(_entries(places, owners))
    ctx.session.flush()


def _entries(places: Iterable[tuple[Any, CapacityPlace]], owners: dict[str, Organisation]) -> list[CapacityEntry]:
    return [
        CapacityEntry(
            organisation_id=place.organisation_id,
            place_id=place.id,
            state=hung.state,
            quantity=hung.quantity,
            holder_id=owners[hung.holder].id if hung.holder else None,
            holder_name=hung.holder_name or None,
            equipment=hung.equipment or None,
            technology=hung.technology,
            started_on=hung.started_on,
            ended_on=hung.ended_on,
            **dict(hung.loads),
        )
        for given, place in places
        for hung in given.hung
    ]
