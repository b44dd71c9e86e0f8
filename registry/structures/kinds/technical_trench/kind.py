"""The kind technical_trench as the rest of the registry knows it."""

from __future__ import annotations

from registry.kernel.i18n import _l
from registry.kernel.units import PLACE
from registry.structures.contract import Hosting, Kind, PlaceTemplate, Shape
from registry.structures.kinds.technical_trench.examples import EXAMPLE
from registry.structures.kinds.technical_trench.model import TechnicalTrench

KIND = Kind(
    code="technical_trench",
    label=_l("Hào kỹ thuật"),
    prefix="HKT",
    shape=Shape.LINE,
    model=TechnicalTrench,
    rules=(),
    place=PlaceTemplate(_l("Tầng giá cáp"), PLACE),
    hosting=Hosting.LAID_CABLES,
    example=EXAMPLE,
    icon="rows-3",
    ofds_type="trench",
)
