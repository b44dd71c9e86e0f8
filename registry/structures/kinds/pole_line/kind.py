"""The kind pole_line as the rest of the registry knows it."""

from __future__ import annotations

from registry.kernel.i18n import _l
from registry.kernel.units import PLACE
from registry.structures.contract import Hosting, Kind, PlaceTemplate, Shape
from registry.structures.kinds.pole_line.examples import EXAMPLE
from registry.structures.kinds.pole_line.model import PoleLine

KIND = Kind(
    code="pole_line",
    label=_l("Tuyến cột treo cáp"),
    prefix="TCT",
    shape=Shape.LINE,
    model=PoleLine,
    rules=(),
    place=PlaceTemplate(_l("Vị trí treo cáp"), PLACE),
    hosting=Hosting.HUNG_CABLES,
    example=EXAMPLE,
    icon="route",
    ofds_type="pole",
)
