"""Structures in the Open Fibre Data Standard 0.4 or 0.3: points are nodes, lines are spans; no session."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from math import dist, trunc
from typing import Any, Final, NamedTuple
from uuid import UUID, uuid5

from registry.kernel.exports.wkb import Geometry, Position, read_wkb
from registry.structures.codes import Status
from registry.structures.kinds.cable_route import Laying
from registry.structures.kinds.kind import Hosting, Kind


class Standard(Enum):
    """The supported versions of the standard; the first is the current one."""

    V04 = "0.4"
    V03 = "0.3"

    @property
    def schema(self) -> str:
        """URL of the network schema, which each network must link to."""
        return _SCHEMAS[self]


_SCHEMAS: Final = {
    Standard.V04: "https://standard.ofds.info/en/0__4__0/network-schema.json",
    Standard.V03: "https://raw.githubusercontent.com/Open-Telecoms-Data/open-fibre-data-standard/0__3__0/schema/"
    "network-schema.json",
}
#: UUID namespace: the id of a network is derived from it and the code of the owner, so it is stable.
_NETWORKS: Final = UUID("6f1b3c7e-2d0a-5b7f-9a54-0c1d7f4e8a21")
_CRS: Final = {"name": "urn:ogc:def:crs:OGC::CRS84", "uri": "http://www.opengis.net/def/crs/OGC/1.3/CRS84"}
_COUNTRY: Final = "VN"
_EXACT_DECIMALS: Final = 7
_STATUS: Final[Mapping[Status, str]] = {
    Status.PLANNED: "planned",
    Status.BUILDING: "underConstruction",
    Status.ACTIVE: "operational",
    Status.SUSPENDED: "inactive",
    Status.DECOMMISSIONED: "decommissioned",
    Status.REMOVED: "decommissioned",
}
#: Node types of 0.3. The code list is open: other kinds use their own code.
_NODE_TYPES: Final[Mapping[Hosting | None, str]] = {
    Hosting.ANTENNAS: "tower",
    Hosting.HUNG_CABLES: "pole",
    Hosting.PULLED_CABLES: "manhole",
    Hosting.LAID_CABLES: "manhole",
    Hosting.ROOM: "siteHouse",
}
_ABOVE, _BELOW = "aboveGround", "belowGround"
_DEPLOYMENTS: Final[Mapping[Hosting | None, list[str]]] = {
    Hosting.HUNG_CABLES: [_ABOVE],
    Hosting.PULLED_CABLES: [_BELOW],
    Hosting.LAID_CABLES: [_BELOW],
}
_LAYINGS: Final = {Laying.AERIAL: [_ABOVE], Laying.UNDERGROUND: [_BELOW], Laying.MIXED: [_ABOVE, _BELOW]}


@dataclass(frozen=True)
class Preset:
    """How much a file discloses: `decimals` of a degree to truncate coordinates to (None: exact), version."""

    is_public: bool = False
    decimals: int | None = None
    standard: Standard = Standard.V04

    def coordinates(self, position: Position) -> list[float]:
        """Longitude and latitude: truncated, never rounded, so that neighbours coincide."""
        if self.decimals is None:
            return [round(angle, _EXACT_DECIMALS) for angle in position]
        scale = 10**self.decimals
        return [round(trunc(angle * scale) / scale, self.decimals) for angle in position]


@dataclass(frozen=True)
class OfdsParty:
    """An organisation."""

    code: str
    name: str
    tax_code: str | None = None

    @property
    def reference(self) -> dict[str, str]:
        return {"id": self.code, "name": self.name}


class Ends(NamedTuple):
    """The ids of the nodes at the first and the last position of a line."""

    start: str
    end: str


class Junction(NamedTuple):
    """A manhole at an end of a duct: the id of its node and its position."""

    code: str
    position: Position


def network_of(
    owner: OfdsParty, published_on: str, publisher: str, language: str, standard: Standard
) -> dict[str, Any]:
    """The members of a network before its nodes; one network per owner."""
    network = {
        "id": str(uuid5(_NETWORKS, owner.code)),
        "name": owner.name,
        "publisher": {"name": publisher},
        "publicationDate": published_on,
        "crs": _CRS,
        "language": language,
        "links": [{"href": standard.schema, "rel": "describedby"}],
    }
    return network | ({"identifier": owner.code} if standard is Standard.V04 else {})


def organisation_of(party: OfdsParty, roles: Sequence[str]) -> dict[str, Any]:
    organisation: dict[str, Any] = {"id": party.code, "name": party.name, "country": _COUNTRY, "roles": sorted(roles)}
    if party.tax_code:
        organisation["identifier"] = {"id": party.tax_code, "legalName": party.name}
    return organisation


def ends_of(code: str, wkb: bytes, from_manhole: Junction | None, to_manhole: Junction | None) -> Ends:
    """The nodes at the ends of a line: its stored manholes, else nodes of its own.

    A line may be drawn from either end, so the manholes are assigned to the ends that minimise the distances.
    """
    line = read_wkb(wkb).parts[0]
    own = Ends(f"{code}:1", f"{code}:2")
    straight = _distance(from_manhole, line[0]) + _distance(to_manhole, line[-1])
    turned = _distance(to_manhole, line[0]) + _distance(from_manhole, line[-1])
    first, last = (to_manhole, from_manhole) if turned < straight else (from_manhole, to_manhole)
    return Ends(first.code if first else own.start, last.code if last else own.end)


def _distance(junction: Junction | None, position: Position) -> float:
    """Distance in degrees, good enough to compare; 0 where there is no manhole."""
    return dist(junction.position, position) if junction else 0.0


def point_node(
    kind: Kind, row: Mapping[str, Any], owner: OfdsParty, users: Sequence[OfdsParty], preset: Preset
) -> dict[str, Any]:
    node = _common(row, users) | {"location": _point(read_wkb(row["wkb"]), 0, preset)}
    if preset.standard is Standard.V03:
        node |= {
            "type": [_NODE_TYPES.get(kind.hosting, kind.code)],
            "physicalInfrastructureProvider": owner.reference,
        }
    else:
        node["supportingInfrastructure"] = _support(kind, owner)
    address = _address(row, preset)
    return node | ({"address": address} if address else {})


def end_nodes(
    row: Mapping[str, Any], ends: Ends, owner: OfdsParty, users: Sequence[OfdsParty], preset: Preset
) -> list[dict[str, Any]]:
    """Nodes for the ends of a line without a manhole, because a span connects two nodes."""
    point = read_wkb(row["wkb"])
    base = _common(row, users)
    if preset.standard is Standard.V03:
        base["physicalInfrastructureProvider"] = owner.reference
    own = ((f"{row['code']}:1", 0), (f"{row['code']}:2", -1))
    return [base | {"id": node_id, "location": _point(point, at, preset)} for node_id, at in own if node_id in ends]


def span_of(
    kind: Kind, row: Mapping[str, Any], ends: Ends, owner: OfdsParty, users: Sequence[OfdsParty], preset: Preset
) -> dict[str, Any]:
    geometry = read_wkb(row["wkb"])
    span = _common(row, users) | {
        "start": ends.start,
        "end": ends.end,
        "route": {
            "type": "LineString",
            "coordinates": [preset.coordinates(position) for position in geometry.coordinates],
        },
    }
    if preset.standard is Standard.V03:
        span["physicalInfrastructureProvider"] = owner.reference
    elif kind.ofds_type:
        span["supportingInfrastructure"] = _support(kind, owner)
    else:
        span["transmissionMediumOwner"] = owner.reference
    deployment = _LAYINGS.get(row["laying"]) if row.get("laying") else _DEPLOYMENTS.get(kind.hosting)
    if deployment:
        span["deployment"] = deployment
    if row.get("cable_kind"):
        span["transmissionMedium"] = [row["cable_kind"].value]
    if row.get("fibre_count"):
        span["fibreCount"] = row["fibre_count"]
    # The standard has full dates only: a bare year is left out.
    if row.get("in_service_on") and not row.get("in_service_year_only"):
        span["readyForServiceDate"] = row["in_service_on"].isoformat()
    return span


def _support(kind: Kind, owner: OfdsParty) -> dict[str, Any]:
    """The infrastructure that carries equipment or cable, with its owner (0.4)."""
    return {"type": kind.ofds_type or kind.code, "owner": owner.reference}


def _common(row: Mapping[str, Any], users: Sequence[OfdsParty]) -> dict[str, Any]:
    common_values: dict[str, Any] = {"id": row["code"], "name": row["name"], "status": _STATUS[row["status"]]}
    if users:
        common_values["networkProviders"] = [user.reference for user in users]
    return common_values


def _point(geometry: Geometry, at: int, preset: Preset) -> dict[str, Any]:
    return {"type": "Point", "coordinates": preset.coordinates(geometry.parts[0][at])}


def _address(row: Mapping[str, Any], preset: Preset) -> dict[str, str]:
    """Commune and country; in a full file the street address too."""
    members = {"streetAddress": None if preset.is_public else row.get("address"), "locality": row.get("commune")}
    parts = {name: value for name, value in members.items() if value}
    return parts | {"country": _COUNTRY} if parts else {}
