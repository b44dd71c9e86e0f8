"""Systems of files that PROJ converts, since the house has no zone for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from registry.kernel.geo.proj import Conversion
from registry.kernel.geo.vn2000 import OPERATION
from registry.kernel.i18n import LazyText, _, _l, format_number

UNIT_NAMES: Final[Mapping[str, LazyText]] = {
    "metre": _l("mét"),
    "foot": _l("foot quốc tế"),
    "US survey foot": _l("foot trắc địa Mỹ"),
}


@dataclass(frozen=True)
class OtherSystem:
    """A system that PROJ knows and the house has no zone for; converted by PROJ, VN-2000 by the national parameters."""

    #: "epsg:3857", or "declared" for the definition that the file brings.
    value: str
    conversion: Conversion

    @property
    def label(self) -> str:
        """Name, code, unit and the order of the axes."""
        code = f"EPSG:{self.epsg}, " if self.epsg else ""
        name = self.conversion.name
        if self.is_geographic:
            return _("%(code)s%(name)s (vĩ độ, kinh độ)", code=code, name=name)
        unit = UNIT_NAMES.get(self.conversion.unit)
        return _(
            "%(code)s%(name)s (X là Đông, Y là Bắc, đơn vị %(unit)s)",
            code=code,
            name=name,
            unit=unit or self.conversion.unit,
        )

    @property
    def epsg(self) -> int:
        """Code in the EPSG registry, 0 where the definition has none."""
        return self.conversion.srid

    @property
    def is_geographic(self) -> bool:
        """Whether its numbers are degrees."""
        return self.conversion.is_geographic

    @property
    def is_vn2000(self) -> bool:
        """Whether the datum shift of the house leads from it to WGS 84."""
        return self.conversion.operation == OPERATION

    @property
    def zone(self) -> None:
        """None: no zone of the house."""
        return

    @property
    def operation(self) -> str:
        """The datum operation; of a definition without a code also what it calls itself."""
        named = self.conversion.operation
        return named if self.epsg else f"{self.conversion.name}: {named}".removesuffix(": ")

    @property
    def sentence(self) -> str:
        """The operation to WGS 84 with its stated accuracy."""
        named, accuracy = self.conversion.operation, self.conversion.accuracy_m
        if not named:
            return _("Chuyển sang WGS 84 bằng phép chiếu ngược, không đổi gốc tọa độ (0 m).")
        if accuracy is None:
            return _("Chuyển sang WGS 84 bằng phép %(name)s; không công bố độ chính xác.", name=named)
        metres = format_number(Decimal(str(accuracy)))
        return _("Chuyển sang WGS 84 bằng phép %(name)s, độ chính xác công bố %(metres)s m.", name=named, metres=metres)
