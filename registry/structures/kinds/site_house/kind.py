"""The kind site_house as the rest of the registry knows it."""

from __future__ import annotations

from registry.kernel.i18n import _l
from registry.kernel.units import PLACE
from registry.structures.contract import Hosting, Kind, PlaceTemplate, Shape
from registry.structures.kinds.site_house.examples import EXAMPLE
from registry.structures.kinds.site_house.model import SiteHouse

KIND = Kind(
    code="site_house",
    label=_l("Nhà trạm"),
    prefix="NTR",
    shape=Shape.POINT,
    model=SiteHouse,
    rules=(),
    place=PlaceTemplate(_l("Vị trí tủ máy"), PLACE),
    hosting=Hosting.ROOM,
    example=EXAMPLE,
    icon="warehouse",
    ofds_type="building",
)
