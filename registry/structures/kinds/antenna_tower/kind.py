"""The kind antenna_tower as the rest of the registry knows it."""

from __future__ import annotations

from registry.kernel.i18n import _l
from registry.kernel.units import PLACE
from registry.structures.contract import Hosting, Kind, PlaceTemplate, Shape
from registry.structures.kinds.antenna_tower.examples import EXAMPLE
from registry.structures.kinds.antenna_tower.model import AntennaTower
from registry.structures.kinds.antenna_tower.rules import NON_BULKY, RULES

KIND = Kind(
    code="antenna_tower",
    label=_l("Cột ăng ten"),
    prefix="CAT",
    shape=Shape.POINT,
    model=AntennaTower,
    rules=RULES,
    place=PlaceTemplate(_l("Vị trí lắp ăng ten"), PLACE),
    hosting=Hosting.ANTENNAS,
    example=EXAMPLE,
    icon="radio-tower",
    ofds_type="tower",
    limit_keys=(NON_BULKY,),
)
