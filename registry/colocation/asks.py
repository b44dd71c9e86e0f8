"""What is asked of each structure: the fields of an item, and which of them must be filled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from registry.colocation.models import ColocationItem
from registry.kernel.fields import Field, fields_of
from registry.structures.kinds import KINDS
from registry.structures.kinds.kind import Hosting


@dataclass(frozen=True)
class Ask:
    """The fields that are asked for, `needed` ones first."""

    needed: tuple[str, ...]
    welcome: tuple[str, ...] = ()


#: What is installed -> what is asked: the least that an owner needs to answer.
ASKS: Final[Mapping[Hosting, Ask]] = {
    Hosting.ANTENNAS: Ask(
        ("equipment", "technology", "antennas", "attach_height_m", "weight_kg"),
        ("exposed_area_m2", "azimuth_deg", "feeders", "power_kw"),
    ),
    Hosting.HUNG_CABLES: Ask(
        ("equipment", "cables", "cable_diameter_mm"),
        ("attach_height_m", "span_m", "cable_mass_kg_m", "tension_n", "crosses", "fibre_count", "weight_kg"),
    ),
    Hosting.PULLED_CABLES: Ask(
        ("equipment", "cable_diameter_mm"), ("cables", "sub_ducts", "sub_duct_diameter_mm", "fibre_count")
    ),
    Hosting.LAID_CABLES: Ask(
        ("equipment", "cables"), ("cable_diameter_mm", "cable_mass_kg_m", "tray_width_mm", "fibre_count")
    ),
    Hosting.ROOM: Ask(("equipment", "rack_units"), ("weight_kg", "power_kw")),
}
_FIELDS: Final = fields_of(ColocationItem)


def ask_of(kind: str) -> Ask:
    """What is asked of a kind of structure."""
    hosting = KINDS[kind].hosting
    if hosting is None:
        raise LookupError(f"nobody asks to use a {kind}")
    return ASKS[hosting]


def item_fields(kind: str) -> dict[str, Field]:
    """The fields of an item on a structure of a kind, the number of places first, then the needed ones."""
    ask = ask_of(kind)
    names = ("quantity", *ask.needed, *ask.welcome)
    return {name: replace(_FIELDS[name], required=name == "quantity" or name in ask.needed) for name in names}
