"""The kind power_pole_shared as the rest of the registry knows it."""

from __future__ import annotations

from registry.kernel.i18n import _l
from registry.kernel.units import PLACE
from registry.structures.contract import Hosting, Kind, PlaceTemplate, Shape
from registry.structures.kinds.power_pole_shared.examples import EXAMPLE
from registry.structures.kinds.power_pole_shared.model import PowerPoleShared

KIND = Kind(
    code="power_pole_shared",
    label=_l("Cột điện dùng chung"),
    prefix="CDD",
    shape=Shape.POINT,
    model=PowerPoleShared,
    rules=(),
    place=PlaceTemplate(_l("Vị trí treo cáp"), PLACE),
    hosting=Hosting.HUNG_CABLES,
    example=EXAMPLE,
    icon="zap",
    ofds_type="pole",
)
