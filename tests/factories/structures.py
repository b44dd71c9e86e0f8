"""Structures of any kind, owner and place, made by the service as its users make them."""

import contextlib
import json
from functools import cache
from itertools import count

from sqlalchemy import bindparam, select, text

from registry.accounts.models import Organisation
from registry.kernel.db.compiled import compile_statement
from registry.kernel.fields import parse_value
from registry.structures.commands import CreateStructure, GivenPosition
from registry.structures.forms import fields_for
from registry.structures.kinds import KINDS
from registry.structures.kinds.kind import Shape
from registry.structures.writing import create_structure

#: Inside Phường Hạc Thành.
HAC_THANH = (105.776, 19.807)
_numbers = count(1)
_prefixes = ["M"]


@contextlib.contextmanager
def own_codes(prefix):
    """Own codes that are made in the block begin so: what a prepared database holds meets none that a test makes."""
    _prefixes.append(prefix)
    try:
        yield
    finally:
        _prefixes.pop()


@cache
def typed(kind):
    """The texts of a complete record of a kind: its example and what every record needs."""
    return dict(KINDS[kind].example) | {
        "position_method": "gps",
        "is_public_asset": "false",
        "status": "active",
        "sharing_status": KINDS[kind].sharing[0].value,
    }


@cache
def parsed(kind):
    """The values of that record."""
    return {name: parse_value(field, typed(kind).get(name)) for name, field in fields_for(kind).items()}


def values_for(kind, **texts):
    """Parsed values of all fields of a kind; `texts` replace those of the example."""
    stated = {"own_code": f"{_prefixes[-1]}-{next(_numbers):05d}"} | texts
    if stated.get("sharing_status") == "restricted":
        stated = {"restriction_basis": "Công văn 12/BCH ngày 05/01/2026"} | stated
    fields = fields_for(kind)
    return parsed(kind) | {name: parse_value(fields[name], text) for name, text in stated.items() if name in fields}


def position_at(lon, lat, shape=Shape.POINT):
    """A given position: a point, or a line of about 400 m to the north-east."""
    points = [[lon, lat]] if shape is Shape.POINT else [[lon, lat], [lon + 0.003, lat + 0.003]]
    if shape is Shape.POINT:
        geojson = {"type": "Point", "coordinates": points[0]}
    else:
        geojson = {"type": "LineString", "coordinates": points}
    # As a person types it: one point on each line.
    position_text = "\n".join(f"{y:.6f}, {x:.6f}" for x, y in points)
    return GivenPosition(json.dumps(geojson), position_text, 4326, "")


_ORGANISATION = compile_statement(select(Organisation.id).where(Organisation.code == bindparam("code")))


def organisation_id(session, code):
    """The id of one of the demonstration's organisations."""
    (row,) = _ORGANISATION.execute(session.connection(), {"code": code})
    return row.id


def make(ctx, *, owner="viettel", kind="antenna_tower", at=HAC_THANH, **texts):
    """Register a structure for an organisation (by its code); `texts` are typed values."""
    command = CreateStructure(
        kind=kind,
        owner_id=organisation_id(ctx.session, owner),
        values=values_for(kind, **texts),
        position=position_at(*at, KINDS[kind].shape),
    )
    return create_structure(ctx, command)


_PLACE = text(
    "SELECT ST_X(place), ST_Y(place) FROM admin_unit unit, ST_PointOnSurface(unit.geom) place"
    " WHERE unit.level = 'commune' AND unit.valid_to IS NULL AND (unit.id = ANY(:inside)) = :wanted"
    " AND unit_at(place, 'commune', current_date) = unit.id ORDER BY unit.code LIMIT 1"
)


def place_inside(session, unit_ids):
    """Longitude and latitude of a place in one of the communes."""
    return tuple(session.execute(_PLACE, {"inside": sorted(unit_ids), "wanted": True}).one())


def place_outside(session, unit_ids):
    """Longitude and latitude of a place in the province but in none of the communes."""
    return tuple(session.execute(_PLACE, {"inside": sorted(unit_ids), "wanted": False}).one())
