"""Where streets run: which of them a line crosses or follows, and which lie within an area."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import shapely
from sqlalchemy import Subquery, func, select
from sqlalchemy.orm import Session

from registry.kernel.geo import linear
from registry.streets.models import RoadClass, Street, StreetLine


@dataclass
class Met:
    """A street that a line meets: at which metres it is crossed, along how many metres it is followed."""

    id: int
    label: str
    road_class: RoadClass
    crossed_at: list[float] = field(default_factory=list)
    along_m: float = 0


@dataclass(frozen=True)
class StreetPart:
    """A part of a street with its line in metres of the province's grid."""

    label: str
    shape: Any


def streets_met(session: Session, geojson: str, metres: float, degrees: float) -> list[Met]:
    """The streets that a line crosses, or follows within `metres`, in the order in which it meets them."""
    along = linear.legs(geojson, metres)
    crossed = session.execute(linear.crossings(along, _shapes())).all()
    followed = session.execute(linear.runs(along, _shapes(), metres, degrees)).all()
    first: dict[int, float] = {}
    for street_id, at in [(row.id, row.at_m) for row in crossed] + [(row.id, row.from_m) for row in followed]:
        first[street_id] = min(at, first.get(street_id, at))
    query = select(Street).where(Street.id.in_(sorted(first)))
    found = {street.id: Met(street.id, _label(street), street.road_class) for street in session.scalars(query)}
    for row in crossed:
        places = found[row.id].crossed_at
        # A street drawn in two lines that both end at the crossing is crossed once.
        if not any(abs(place - row.at_m) < metres for place in places):
            places.append(row.at_m)
    for row in followed:
        found[row.id].along_m += row.to_m - row.from_m
    return sorted(found.values(), key=lambda met: (first[met.id], met.label))


def streets_within(session: Session, geojson: str, metres: float, most: int) -> list[StreetPart]:
    """The parts of streets that lie within `metres` of a line, one more than `most` where there are too many."""
    inside = linear.around(geojson, metres)
    query = (
        select(Street, func.ST_AsBinary(linear.in_metres(StreetLine.line)).label("shape"))
        .join(Street, Street.id == StreetLine.street_id)
        .where(StreetLine.line.op("&&")(inside), func.ST_Intersects(StreetLine.line, inside))
        .order_by(StreetLine.id)
        .limit(most + 1)
    )
    return [StreetPart(_label(row.Street), shapely.from_wkb(bytes(row.shape))) for row in session.execute(query)]


def _shapes() -> Subquery:
    return select(StreetLine.street_id.label("id"), StreetLine.line.label("shape")).subquery("street_shapes")


def _label(street: Street) -> str:
    """Number and name, each once."""
    return street.name if street.code in (None, street.name) else f"{street.code} – {street.name}"
