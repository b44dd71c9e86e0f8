"""The kind technical_tunnel as the rest of the registry knows it."""

from __future__ import annotations

from registry.kernel.i18n import _l
from registry.kernel.units import PLACE
from registry.structures.contract import Hosting, Kind, PlaceTemplate, Shape
from registry.structures.kinds.technical_tunnel.examples import EXAMPLE
from registry.structures.kinds.technical_tunnel.model import TechnicalTunnel

KIND = Kind(
    code="technical_tunnel",
    label=_l("Tuy nen kỹ thuật"),
    prefix="TNK",
    shape=Shape.LINE,
    model=TechnicalTunnel,
    rules=(),
    place=PlaceTemplate(_l("Tầng giá cáp"), PLACE),
    hosting=Hosting.LAID_CABLES,
    example=EXAMPLE,
    icon="train-front-tunnel",
    ofds_type="tunnel",
)
