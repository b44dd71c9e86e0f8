"""The kind cable_pole as the rest of the registry knows it."""

from __future__ import annotations

from registry.kernel.i18n import _l
from registry.kernel.units import PLACE
from registry.structures.contract import Hosting, Kind, PlaceTemplate, Shape
from registry.structures.kinds.cable_pole.examples import EXAMPLE
from registry.structures.kinds.cable_pole.model import CablePole
from registry.structures.kinds.cable_pole.rules import CLEARANCE, RULES

KIND = Kind(
    code="cable_pole",
    label=_l("Cột treo cáp"),
    prefix="CTC",
    shape=Shape.POINT,
    model=CablePole,
    rules=RULES,
    place=PlaceTemplate(_l("Vị trí treo cáp"), PLACE),
    hosting=Hosting.HUNG_CABLES,
    example=EXAMPLE,
    icon="utility-pole",
    ofds_type="pole",
    limit_keys=(CLEARANCE,),
)
