"""Commands: the input of writes of structures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from registry.structures.codes import Provenance


@dataclass(frozen=True)
class GivenPosition:
    """A geometry in WGS 84 with the text and the coordinate system it was given in.

    `geojson` is the text of a Point or LineString with longitude first; `operation` names the datum conversion, or "".
    """

    geojson: str
    text: str
    srid: int
    operation: str
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class CreateStructure:
    """A new structure of `kind`; `values` are its declared fields, already parsed."""

    kind: str
    owner_id: int
    values: Mapping[str, Any]
    position: GivenPosition
    #: Commune as the owner states it; a position outside it is refused with the distance.
    stated_commune_id: int | None = None
    outside_area: bool = False
    provenance: Provenance = Provenance.DECLARED
    is_sample: bool = False
    manager_id: int | None = None
    #: Start of validity of a late record; None: now.
    effective_on: date | None = None


@dataclass(frozen=True)
class EditStructure:
    """New values of an existing structure; `version` is the one that was read; fields left out stay as they are."""

    code: str
    version: int
    values: Mapping[str, Any] = field(default_factory=dict)
    position: GivenPosition | None = None
    stated_commune_id: int | None = None
    outside_area: bool = False
    #: Start of validity of a change that is recorded late or corrects the past; None: now.
    effective_on: date | None = None


@dataclass(frozen=True)
class ChangeStatus:
    """Confirm, suspend, resume or decommission: one step in a structure's life, with the version that was read."""

    code: str
    version: int
    reason: str = ""
    on: date | None = None
    #: What happens to occupants when it goes out of service: "end", or "move" to the structure `move_to`.
    occupants: str = ""
    move_to: str = ""
