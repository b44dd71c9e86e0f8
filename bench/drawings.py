"""Time and bytes of each picture: empty, in usual use, with twenty-four occupants. `python -m bench.drawings`."""

from __future__ import annotations

import gzip
import statistics
from decimal import Decimal
from time import perf_counter
from typing import Any

from jinja2 import Environment, FileSystemLoader

from registry.capacity.models import EntryState, PlaceUnit
from registry.drawings.drawing import PICTURES, route_drawing, structure_drawing
from registry.drawings.facts import Load, Place, RouteFacts, Run, StructureFacts
from registry.kernel.i18n import _
from registry.kernel.installation import CHECKOUT
from registry.structures.kinds.kind import Picture

ROUNDS = 50
#: Bytes of a drawing with its table: eight of them and the rest of a request stay under 250 KB.
MOST_BYTES = 24_000
MEASURES: dict[Picture, dict[str, Any]] = {
    Picture.MAST: {"top": Decimal(42)},
    Picture.POLE: {"length": Decimal("8.5"), "depth": Decimal("1.4"), "lowest_cable": Decimal("5.8")},
    Picture.BORES: {"bores": 24, "outer": Decimal(110), "cover": Decimal("0.7")},
    Picture.TRAYS: {"width": Decimal("2.4"), "height": Decimal("2.4")},
}
UNITS = {Picture.BORES: PlaceUnit.BORE, Picture.TRAYS: PlaceUnit.LEVEL}


def facts_with(picture: Picture, occupants: int) -> StructureFacts:
    loads = tuple(Load(EntryState.USED, 1, f"Doanh nghiệp {number}", "Trạm 5G") for number in range(occupants))
    unit = UNITS.get(picture, PlaceUnit.POSITION)
    place = Place("Vị trí", unit, 24, 24 - occupants, loads, Decimal(2))
    return StructureFacts("d1", "Bản vẽ", picture, MEASURES[picture], (), (place,) if occupants else ())


def measured(make: Any, template: Any) -> tuple[float, int, int]:
    """Milliseconds (median), bytes, bytes compressed."""
    times, html = [], ""
    for _round in range(ROUNDS):
        start = perf_counter()
        html = str(template.module.drawing(make()))
        times.append((perf_counter() - start) * 1000)
    data = html.encode()
    return statistics.median(times), len(data), len(gzip.compress(data))


def main() -> None:
    environment = Environment(loader=FileSystemLoader(CHECKOUT / "templates"), autoescape=True)
    environment.globals["_"] = _
    template = environment.get_template("drawings/_drawing.html")
    runs = tuple(Run("new" if number % 3 else "reused", f"Đoạn {number}", 100.0 + number) for number in range(12))
    cases: list[tuple[str, Any]] = [
        (f"{picture.value}, {occupants} occupants", lambda p=picture, n=occupants: structure_drawing(facts_with(p, n)))
        for picture in PICTURES
        for occupants in (0, 3, 24)
    ]
    cases.append(("route, 12 parts", lambda: route_drawing(RouteFacts("r", "Tuyến", runs))))
    print(f"{'drawing':<24}{'ms':>8}{'bytes':>8}{'gzip':>8}")
    for name, make in cases:
        milliseconds, size, compressed = measured(make, template)
        remark = "" if size <= MOST_BYTES else f"  over {MOST_BYTES}"
        print(f"{name:<24}{milliseconds:>8.2f}{size:>8}{compressed:>8}{remark}")


if __name__ == "__main__":
    main()
