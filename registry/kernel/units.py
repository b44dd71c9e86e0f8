"""Units of measure: symbol, name and conversion; each column has one canonical unit."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from registry.kernel.i18n import NO_BREAK_SPACE, LazyText, _l, format_number
from registry.kernel.text import TextRefused, fold


def with_symbol(number: str, symbol: object) -> str:
    """A number with the symbol of its unit after a no-break space; the sign of per cent stands at the number."""
    return f"{number}{'' if str(symbol) == '%' else NO_BREAK_SPACE}{symbol}"


@dataclass(frozen=True)
class Unit:
    """A unit: `code` is the suffix of column names (`_m`), `symbol` and `label` are for people.

    `factor` converts a quantity to the base unit of its `dimension` (metre, kilogram, ...).
    """

    code: str
    symbol: str | LazyText
    label: LazyText
    dimension: str
    factor: Decimal = Decimal(1)

    def display(self, value: int | Decimal | None, decimals: int | None = None) -> str:
        """The quantity with its symbol, "45,5 m", "31%"; "" for None."""
        return "" if value is None else with_symbol(format_number(value, decimals), self.symbol)


M: Final = Unit("m", "m", _l("mét"), "length")
MM: Final = Unit("mm", "mm", _l("mi-li-mét"), "length", Decimal("0.001"))
CM: Final = Unit("cm", "cm", _l("xen-ti-mét"), "length", Decimal("0.01"))
KM: Final = Unit("km", "km", _l("ki-lô-mét"), "length", Decimal(1000))
DM: Final = Unit("dm", "dm", _l("đề-xi-mét"), "length", Decimal("0.1"))
#: The international foot and inch (1959), exact by definition.
FT: Final = Unit("ft", "ft", _l("foot"), "length", Decimal("0.3048"))
INCH: Final = Unit("in", "in", _l("inch"), "length", Decimal("0.0254"))
M2: Final = Unit("m2", "m²", _l("mét vuông"), "area")
KG: Final = Unit("kg", "kg", _l("ki-lô-gam"), "mass")
KG_M: Final = Unit("kg_m", "kg/m", _l("ki-lô-gam trên mét"), "mass_per_length")
TONNE: Final = Unit("t", _l("tấn"), _l("tấn"), "mass", Decimal(1000))
KVA: Final = Unit("kva", "kVA", _l("ki-lô-vôn-ampe"), "apparent_power")
KW: Final = Unit("kw", "kW", _l("ki-lô-oát"), "power")
KN: Final = Unit("kn", "kN", _l("ki-lô-niu-tơn"), "force")
N: Final = Unit("n", "N", _l("niu-tơn"), "force", Decimal("0.001"))
VOLT: Final = Unit("v", "V", _l("vôn"), "voltage")
KV: Final = Unit("kv", "kV", _l("ki-lô-vôn"), "voltage", Decimal(1000))
AH: Final = Unit("ah", "Ah", _l("ampe giờ"), "charge")
MPS: Final = Unit("mps", "m/s", _l("mét trên giây"), "speed")
DEGREE: Final = Unit("deg", "°", _l("độ"), "angle")
PERCENT: Final = Unit("pct", "%", _l("phần trăm"), "ratio", Decimal("0.01"))
HOUR: Final = Unit("h", _l("giờ"), _l("giờ"), "time", Decimal(3600))
PIECE: Final = Unit("count", _l("cái"), _l("cái"), "count")
PLACE: Final = Unit("place", _l("vị trí"), _l("vị trí"), "count")
DAY: Final = Unit("d", _l("ngày"), _l("ngày"), "days")
WORKING_DAY: Final = Unit("wd", _l("ngày làm việc"), _l("ngày làm việc"), "working_days")
MONTH: Final = Unit("mo", _l("tháng"), _l("tháng"), "months")
YEAR: Final = Unit("yr", _l("năm"), _l("năm"), "years")
PASCAL: Final = Unit("pa", "Pa", _l("pascal"), "pressure")
MPS2: Final = Unit("mps2", "m/s²", _l("mét trên giây bình phương"), "acceleration")
VND: Final = Unit("vnd", _l("đồng"), _l("đồng"), "money")

UNITS: Final = {
    unit.code: unit
    for unit in (
        *(M, MM, CM, DM, KM, FT, INCH, M2, KG, KG_M, TONNE, KVA, KW, KN, N, VOLT, KV, AH),
        *(MPS, DEGREE, PERCENT, HOUR, PIECE, PLACE, VND),
    )
}

#: Folded spellings of units after numbers and in headings; a symbol has its meaning for lengths.
_SPELLINGS: Final = {
    "m": ("m", "met", "mets", "metre", "metres", "meter", "meters"),
    "mm": ("mm", "mi-li-met", "milimet", "millimetre", "millimetres", "millimeter", "millimeters"),
    "cm": ("cm", "xen-ti-met", "xentimet", "centimet", "centimetre", "centimetres", "centimeter", "centimeters"),
    "dm": ("dm", "de-xi-met", "deximet", "decimetre", "decimetres"),
    "km": ("km", "ki-lo-met", "kilomet", "cay so", "kilometre", "kilometres", "kilometer", "kilometers"),
    "ft": ("ft", "foot", "feet", "bo", "'", "\u2032"),
    "in": ("in", "inch", "inches", '"', "\u2033", "''"),
    "m2": ("m2", "m²", "met vuong", "sqm"),
    "kg": ("kg", "kilogam", "kilogram"),
    "kg_m": ("kg/m",),
    "t": ("t", "tan", "tonne", "tonnes"),
    "kva": ("kva",),
    "kw": ("kw",),
    "kn": ("kn",),
    "n": ("n", "niu-ton", "newton", "newtons"),
    "v": ("v", "volt"),
    "kv": ("kv",),
    "ah": ("ah",),
    "mps": ("m/s", "mps"),
    "deg": ("°", "do", "deg"),
    "pct": ("%", "phan tram", "percent"),
    "h": ("h", "gio", "hour", "hours"),
}
_BY_SPELLING: Final = {spelling: UNITS[code] for code, spellings in _SPELLINGS.items() for spelling in spellings}


def unit_of(text: str) -> Unit | None:
    """The unit of a word or symbol ("feet", "mét", "'"); None for an unknown one."""
    try:
        return _BY_SPELLING.get(fold(text).rstrip("."))
    except TextRefused:
        return None


def convert(value: Decimal, source: Unit, target: Unit) -> Decimal:
    """The same quantity in another unit; ValueError when the dimensions differ."""
    if source.dimension != target.dimension:
        raise ValueError(f"cannot turn {source.code} into {target.code}: {source.dimension} is not {target.dimension}")
    return value * source.factor / target.factor
