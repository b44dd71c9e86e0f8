"""Many structures at once: the same checks as one by one, with a bounded number of statements."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from registry.accounts.models import Organisation
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import require
from registry.kernel.dated import setting
from registry.kernel.db.base import Base
from registry.kernel.errors import Invalid
from registry.kernel.i18n import _
from registry.structures.commands import CreateStructure, GivenPosition
from registry.structures.contract import RuleContext
from registry.structures.kinds import KINDS
from registry.structures.models import WGS84, Structure
from registry.structures.service.create import require_owner, street_of
from registry.structures.service.values import find_problems, rule_context
from registry.territory.models import UnitLevel
from registry.territory.queries import UnitHit

ItemT = TypeVar("ItemT")

_CHUNK: Final = 1_000
_LOCATE: Final = text(
    """
    SELECT unit.id, unit.code, unit.name, unit.extent_quality, ST_X(middle.place) AS lon, ST_Y(middle.place) AS lat
      FROM unnest(CAST(:documents AS text[])) WITH ORDINALITY AS given(document, number)
     CROSS JOIN LATERAL (SELECT ST_SetSRID(ST_GeomFromGeoJSON(given.document), 4326) AS geom) AS read
     CROSS JOIN LATERAL (SELECT CASE ST_Dimension(read.geom) WHEN 1 THEN ST_LineInterpolatePoint(read.geom, 0.5)
                                     ELSE read.geom END AS place) AS middle
      LEFT JOIN admin_unit unit ON unit.id = unit_at(middle.place, 'commune', :day)
     ORDER BY given.number
    """
)
_NUMBERS: Final = text(
    "SELECT nextval(pg_get_serial_sequence('structure', 'id')), nextval('structure_code_seq')"
    " FROM generate_series(1, :count)"
)


@dataclass(frozen=True)
class PlaceHit:
    """The commune of a position today (None outside the province), and the point that decided."""

    commune: UnitHit | None
    lon: float
    lat: float


@dataclass(frozen=True)
class Created:
    """A structure that was just registered."""

    id: int
    code: str


def chunks(items: Sequence[ItemT], size: int = _CHUNK) -> Iterator[Sequence[ItemT]]:
    """The items in runs of at most `size`."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def locate_many(ctx: Ctx, positions: Sequence[GivenPosition]) -> list[PlaceHit]:
    """Where positions lie, in their order; a line counts where its middle lies."""
    found = []
    for part in chunks(positions):
        documents = [position.geojson for position in part]
        for row in ctx.session.execute(_LOCATE, {"documents": documents, "day": ctx.today}):
            hit = None if row.id is None else UnitHit(row.id, row.code, row.name, UnitLevel.COMMUNE, row.extent_quality)
            found.append(PlaceHit(hit, row.lon, row.lat))
    return found


def own_codes_taken(session: Session, owner_id: int, codes: Sequence[str]) -> dict[str, tuple[int, str]]:
    """Of an owner's own codes, those that structures have by now: own code -> (id, provincial code)."""
    found: dict[str, tuple[int, str]] = {}
    for part in chunks(codes):
        query = select(Structure.own_code, Structure.id, Structure.code).where(
            Structure.owner_organisation_id == owner_id, Structure.own_code.in_(part)
        )
        found |= {str(row.own_code): (row.id, row.code) for row in session.execute(query)}
    return found


def create_structures(ctx: Ctx, commands: Sequence[CreateStructure], hits: Sequence[PlaceHit]) -> list[Created]:
    """Register structures of one owner and kind; `hits` are what `locate_many` said of their positions today.

    The caller writes the one audit record of the batch. Invalid where one of them breaks a blocking rule.
    """
    if not commands:
        return []
    require(ctx, P.STRUCTURE_CREATE)
    if any(command.outside_area for command in commands):
        require(ctx, P.STRUCTURE_OUTSIDE_AREA)
    kind = KINDS[commands[0].kind]
    owner = require_owner(ctx, commands[0].owner_id)
    context = rule_context(ctx.session, kind, ctx.today)
    province = setting(ctx.session, "province.code_prefix", ctx.today)
    base, own = (Base.metadata.tables[model.__tablename__] for model in (Structure, kind.model))
    created: list[Created] = []
    streets: dict[tuple[str, int | None], int | None] = {}
    for part in chunks(list(zip(commands, hits, strict=True))):
        numbers = ctx.session.execute(_NUMBERS, {"count": len(part)}).all()
        rows, own_rows = [], []
        for (command, hit), (row_id, number) in zip(part, numbers, strict=True):
            _check(command, owner, hit, context)
            code = f"{province}-{kind.prefix}-{number:06d}"
            values = _columns(ctx, command, owner, hit) | {"id": row_id, "code": code}
            values["street_id"] = _street(ctx.session, streets, command, values["commune_id"])
            rows.append({name: value for name, value in values.items() if name in base.c})
            own_rows.append({name: value for name, value in values.items() if name in own.c})
            created.append(Created(row_id, code))
        # RETURNING makes the driver send many rows in one statement, so that triggers run once for all of them.
        ctx.session.execute(insert(base).returning(base.c.id), rows).all()
        ctx.session.execute(insert(own).returning(own.c.id), own_rows).all()
    return created


def _check(command: CreateStructure, owner: Organisation, hit: PlaceHit, context: RuleContext) -> None:
    kind = KINDS[command.kind]
    refused: dict[str, list[str]] = {}
    for problem in find_problems(kind, command.values, context):
        if problem.blocks:
            refused.setdefault(problem.field, []).append(problem.sentence)
    if command.owner_id != owner.id:
        refused["owner"] = [_("Các công trình của một lô phải cùng một chủ sở hữu.")]
    if hit.commune is None and not command.outside_area:
        refused["position"] = [_("Vị trí nằm ngoài địa bàn tỉnh; hãy kiểm tra lại tọa độ và hệ tọa độ.")]
    if refused:
        raise Invalid(refused)


def _columns(ctx: Ctx, command: CreateStructure, owner: Organisation, hit: PlaceHit) -> dict[str, Any]:
    commune_id = hit.commune.id if hit.commune else None
    return {
        **command.values,
        "kind": command.kind,
        "owner_organisation_id": owner.id,
        "owner_category": owner.owner_category,
        "manager_organisation_id": command.manager_id,
        "geom": _ewkt(command.position.geojson),
        "given_position": command.position.text,
        "given_srid": command.position.srid,
        "position_operation": command.position.operation,
        "commune_id": commune_id,
        "outside_area": commune_id is None,
        "provenance": command.provenance,
        "is_sample": command.is_sample,
        "created_at": ctx.now,
        "created_by_id": ctx.actor.id,
        "updated_at": ctx.now,
        "version": 1,
    }


def _street(
    session: Session,
    known: dict[tuple[str, int | None], int | None],
    command: CreateStructure,
    commune_id: int | None,
) -> int | None:
    name = command.values.get("road_name")
    if not name:
        return None
    if (name, commune_id) not in known:
        known[name, commune_id] = street_of(session, name, commune_id)
    return known[name, commune_id]


def _ewkt(geojson: str) -> str:
    """The text form that the geometry column takes."""
    shape = json.loads(geojson)
    places = [shape["coordinates"]] if shape["type"] == "Point" else shape["coordinates"]
    pairs = ", ".join(f"{lon!r} {lat!r}" for lon, lat in places)
    return f"SRID={WGS84};{shape['type'].upper()}({pairs})"
