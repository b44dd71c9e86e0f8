"""The kind cable_duct as the rest of the registry knows it."""

from __future__ import annotations

from registry.kernel.i18n import _l
from registry.kernel.units import PIECE
from registry.structures.contract import Hosting, Kind, PlaceTemplate, Shape
from registry.structures.kinds.cable_duct.examples import EXAMPLE
from registry.structures.kinds.cable_duct.model import CableDuct
from registry.structures.kinds.cable_duct.rules import RULES

KIND = Kind(
    code="cable_duct",
    label=_l("Cống cáp (ống cáp)"),
    prefix="CCA",
    shape=Shape.LINE,
    model=CableDuct,
    rules=RULES,
    place=PlaceTemplate(_l("Ống"), PIECE),
    hosting=Hosting.PULLED_CABLES,
    example=EXAMPLE,
    icon="cable",
    ofds_type="duct",
    references=frozenset({"from_manhole_code", "to_manhole_code"}),
)
