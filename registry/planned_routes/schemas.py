"""What may be asked along a line, read from an address for programs."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from registry.kernel.errors import Invalid
from registry.kernel.fields import Field, ValueRefused, parse_value
from registry.kernel.geo.coordinates import PositionRefused
from registry.kernel.geo.readings import Bounds
from registry.kernel.i18n import _, _l
from registry.kernel.units import M
from registry.structures.kinds.kind import Shape
from registry.structures.positions.input import read_position

WIDEST_M: Final = 100
CORRIDOR: Final = Field(
    "corridor",
    _l("Hành lang mỗi bên"),
    unit=M,
    minimum=Decimal(1),
    maximum=Decimal(WIDEST_M),
    python_type=int,
)


def read_line(args: Mapping[str, str], bounds: Bounds, usual_m: int) -> tuple[str, int]:
    """The line as GeoJSON and the metres beside it; Invalid with a sentence for each argument that cannot be used."""
    refused: dict[str, str] = {}
    metres, line = None, ""
    try:
        metres = parse_value(CORRIDOR, args.get(CORRIDOR.name))
    except ValueRefused as refusal:
        refused[CORRIDOR.name] = str(refusal)
    text = args.get("points", "")
    if not text.strip():
        refused["points"] = _("Còn trống; cần từ hai điểm, ví dụ «19.807,105.776;19.815,105.781».")
    else:
        try:
            line = read_position(text, "auto", Shape.LINE, bounds).geojson
        except PositionRefused as refusal:
            refused["points"] = refusal.message
    if refused:
        raise Invalid(refused)
    return line, metres or usual_m
