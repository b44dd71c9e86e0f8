"""Streets by name, and the streets that a line crosses, follows or has near."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import shapely
from sqlalchemy import Select, Subquery, func, or_, select
from sqlalchemy.orm import Session

from registry.kernel.db.matching import TextTest, matches
from registry.kernel.geo import linear
from registry.kernel.search import GROUP_SIZE, Query
from registry.kernel.text import fold
from registry.streets.models import RoadClass, Street, StreetLine


def find_streets(session: Session, name: str, *, unit_id: int | None = None) -> list[Street]:
    """Streets of a name or number, regardless of case and diacritics, in the commune `unit_id` if given.

    Roads that belong to no single commune are always included.
    """
    folded = fold(name)
    query = select(Street).where(or_(func.fold(Street.name) == folded, func.fold(Street.code) == folded))
    if unit_id is not None:
        query = query.where(or_(Street.unit_id == unit_id, Street.unit_id.is_(None)))
    return list(session.scalars(query.order_by(Street.name, Street.id)))


def match_streets(session: Session, query: Query, size: int = GROUP_SIZE) -> list[Street]:
    """Streets with every word of the query in their number or name, or similar to it."""
    exact = or_(func.fold(Street.name) == query.folded, func.fold(Street.code) == query.folded)

    def statement(passes: TextTest) -> Select[Any]:
        return (
            select(Street)
            .where(passes(Street.search_text()))
            .order_by(exact.desc(), Street.name, Street.id)
            .limit(size)
        )

    return matches(session, query, Street.search_text(), statement)


@dataclass
class MetStreet:
    """A street that a line crosses (at these metres of the line) or follows (for so many metres)."""

    id: int
    label: str
    road_class: RoadClass
    crossed_at: list[float] = field(default_factory=list)
    along_m: float = 0


@dataclass(frozen=True)
class StreetPart:
    """A part of a street; `shape` is a shapely geometry in metres of the province's grid."""

    label: str
    shape: Any


def streets_met(session: Session, geojson: str, metres: float, degrees: float) -> list[MetStreet]:
    """The streets that a line (GeoJSON) crosses, or follows within `metres`, in their order along the line."""
    along = linear.legs(geojson, metres)
    crossed = session.execute(linear.crossings(along, _shapes())).all()
    followed = session.execute(linear.runs(along, _shapes(), metres, degrees)).all()
    first: dict[int, float] = {}
    for street_id, at in [(row.id, row.at_m) for row in crossed] + [(row.id, row.from_m) for row in followed]:
        first[street_id] = min(at, first.get(street_id, at))
    query = select(Street).where(Street.id.in_(sorted(first)))
    met_streets = {
        street.id: MetStreet(street.id, label_of(street), street.road_class) for street in session.scalars(query)
    }
    for row in crossed:
        crossings = met_streets[row.id].crossed_at
        # A street drawn in two lines that both end at the crossing is crossed once.
        if not any(abs(crossing - row.at_m) < metres for crossing in crossings):
            crossings.append(row.at_m)
    for row in followed:
        met_streets[row.id].along_m += row.to_m - row.from_m
    return sorted(met_streets.values(), key=lambda met: (first[met.id], met.label))


def streets_within(session: Session, geojson: str, metres: float, most: int) -> list[StreetPart]:
    """The parts of streets within `metres` of a line (GeoJSON), at most `most` + 1."""
    inside = linear.around(geojson, metres)
    query = (
        select(Street, func.ST_AsBinary(linear.in_metres(StreetLine.line)).label("shape"))
        .join(Street, Street.id == StreetLine.street_id)
        .where(StreetLine.line.op("&&")(inside), func.ST_Intersects(StreetLine.line, inside))
        .order_by(StreetLine.id)
        .limit(most + 1)
    )
    return [StreetPart(label_of(row.Street), shapely.from_wkb(bytes(row.shape))) for row in session.execute(query)]


def _shapes() -> Subquery:
    return select(StreetLine.street_id.label("id"), StreetLine.line.label("shape")).subquery("street_shapes")


def label_of(street: Street) -> str:
    """A street as pages name it: number and name."""
    return street.name if street.code in (None, street.name) else f"{street.code} – {street.name}"
