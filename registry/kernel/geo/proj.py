"""Other coordinate systems, converted by PROJ: one fixed operation to WGS 84 per system, with its accuracy.

VN-2000 in any projection uses the national parameters (`vn2000`). For other datums the best operation of PROJ for this
country is used, or for the system's own area where that is elsewhere. A system without a published operation is
refused: PROJ would ignore the datum, with an unknown error.
"""

from __future__ import annotations

import functools
import math
import re
import warnings
from dataclasses import dataclass, field
from typing import Any, Final

from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError, ProjError
from pyproj.transformer import AreaOfInterest, TransformerGroup

from registry.kernel.geo.vn2000 import OPERATION, WGS84_SRID, OutsideProjection, geographic_to_wgs84

_COUNTRY: Final = (102.0, 8.0, 110.0, 24.0)
_VN2000_DATUM: Final = re.compile(r"vn[\s_-]*2000|viet\s?nam[\s_-]*2000", re.IGNORECASE)
#: Keywords of a definition that can refer to files.
_FILE_KEYWORDS: Final = re.compile(r"EXTENSION|PARAMETERFILE|nadgrids|geoidgrids|\+init", re.IGNORECASE)
_MAX_TEXT: Final = 20_000
_SURE_ENOUGH: Final = 70
#: The shift along the axes of the national parameters, in metres.
_NATIONAL: Final = (-191.90441429, -39.30318279, -111.45032835)
_CENTIMETRE: Final = 0.01
#: Steps of an operation that do not change the datum.
_NO_DATUM: Final = re.compile(
    r"^(?:Inverse of (?!.* to )|axis order change|Conversion from|Null geographic)|UTM zone \d+[NS]$"
)


class UnknownSystem(ValueError):
    """A definition that PROJ cannot read, or without a published operation to WGS 84."""


@dataclass(frozen=True)
class Conversion:
    """One operation to WGS 84; input is longitude or easting first, in the units of the system."""

    name: str
    #: EPSG code, 0 where the definition has none.
    srid: int
    is_geographic: bool
    #: Name of the unit of its axes: "metre", "US survey foot", "degree".
    unit: str
    #: Names of the datum operations, "" where the datum is that of WGS 84.
    operation: str
    #: Stated accuracy in metres; None where none is stated.
    accuracy_m: float | None
    _steps: Any = field(repr=False, compare=False)

    def to_wgs84(self, across: float, up: float) -> tuple[float, float]:
        """Longitude and latitude in degrees; OutsideProjection for coordinates outside the system."""
        try:
            lon, lat = self._steps(across, up)
        except ProjError as error:
            raise OutsideProjection(str(error)) from error
        if not (math.isfinite(lon) and math.isfinite(lat)):
            raise OutsideProjection(f"{across}, {up} is no place of {self.name}")
        return lon, lat


@functools.lru_cache(maxsize=64)
def conversion_of(definition: str | int) -> Conversion:
    """The conversion of an EPSG code or a WKT definition; UnknownSystem names a refused one."""
    crs = _read(definition)
    if not (crs.is_geographic or crs.is_projected):
        raise UnknownSystem(crs.name)
    srid = int(definition) if isinstance(definition, int) else _code(crs)
    steps, operation, accuracy = _pinned(crs) if _is_vn2000(crs) else _best(crs)
    name = crs.name if crs.name != "unknown" else crs.to_proj4()
    return Conversion(name[:200], srid, bool(crs.is_geographic), crs.axis_info[0].unit_name, operation, accuracy, steps)


def code_of(definition: str) -> int | None:
    """The EPSG code of a WKT definition; None without one and for an unreadable definition."""
    try:
        return _code(_read(definition)) or None
    except UnknownSystem:
        return None


def name_of(definition: str | int) -> str:
    """The name of a definition, for messages; an unknown code by its number."""
    try:
        return str(_read(definition).name)[:100]
    except UnknownSystem:
        return f"EPSG:{definition}" if isinstance(definition, int) else definition[:60]


def _read(definition: str | int) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if isinstance(definition, int):
                return _flat(CRS.from_epsg(definition))
            if len(definition) > _MAX_TEXT or _FILE_KEYWORDS.search(definition):
                raise UnknownSystem(definition[:60])
            return _flat(CRS.from_wkt(definition))
    except CRSError as error:
        raise UnknownSystem(str(definition)[:60]) from error


def _flat(crs: Any) -> Any:
    """The horizontal part of a compound system; a system bound to the national parameters without them."""
    if crs.is_bound and _are_national(crs.coordinate_operation.towgs84):
        crs = crs.source_crs
    if crs.is_compound:
        return crs.sub_crs_list[0]
    return crs.to_2d() if len(crs.axis_info) > 2 and not crs.is_geocentric else crs  # noqa: PLR2004  # two dimensions


def _are_national(shift: list[float]) -> bool:
    return len(shift) > 2 and all(abs(a - b) < _CENTIMETRE for a, b in zip(shift, _NATIONAL, strict=False))  # noqa: PLR2004


def _code(crs: Any) -> int:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return int(crs.to_epsg(min_confidence=_SURE_ENOUGH) or 0)


def _is_vn2000(crs: Any) -> bool:
    datum = crs.geodetic_crs.datum if crs.geodetic_crs is not None else None
    return not crs.is_bound and datum is not None and _VN2000_DATUM.search(datum.name) is not None


def _pinned(crs: Any) -> tuple[Any, str, float]:
    """VN-2000: unprojected by PROJ, its datum transformed with the national parameters."""
    flat = Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True)

    def steps(across: float, up: float) -> tuple[float, float]:
        lon, lat = flat.transform(across, up, errcheck=True)
        return geographic_to_wgs84(lon, lat)

    return steps, OPERATION, 1.0


def _best(crs: Any) -> tuple[Any, str, float | None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        group = TransformerGroup(crs, WGS84_SRID, always_xy=True, area_of_interest=_area(crs), allow_ballpark=False)
    if not group.transformers:
        raise UnknownSystem(crs.name)
    best = group.transformers[0]
    named = [step.name for step in best.operations or () if not _NO_DATUM.search(step.name)]
    accuracy = None if best.accuracy is None or best.accuracy < 0 else float(best.accuracy)
    return functools.partial(best.transform, errcheck=True), " + ".join(named), accuracy


def _area(crs: Any) -> AreaOfInterest:
    """This country, or the area of the system where the two do not overlap."""
    west, south, east, north = _COUNTRY
    used = crs.area_of_use
    if used is None:
        return AreaOfInterest(west, south, east, north)
    # An area over the antimeridian has its west end in the east.
    meets = used.west < east or used.east > west if used.west > used.east else used.west < east and used.east > west
    meets = meets and used.south < north and used.north > south
    box = _COUNTRY if meets else used.bounds
    return AreaOfInterest(*box)
