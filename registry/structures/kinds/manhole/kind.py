"""The kind manhole as the rest of the registry knows it."""

from __future__ import annotations

from registry.kernel.i18n import _l
from registry.kernel.units import PLACE
from registry.structures.contract import Hosting, Kind, PlaceTemplate, Shape
from registry.structures.kinds.manhole.examples import EXAMPLE
from registry.structures.kinds.manhole.model import Manhole

KIND = Kind(
    code="manhole",
    label=_l("Bể cáp (hầm, hố cáp)"),
    prefix="BCA",
    shape=Shape.POINT,
    model=Manhole,
    rules=(),
    place=PlaceTemplate(_l("Vị trí măng xông"), PLACE),
    hosting=Hosting.PULLED_CABLES,
    example=EXAMPLE,
    icon="circle-dot",
    ofds_type="cableWell",
)
