"""Coast, lakes, rivers, roads and national borders as shapes in WGS 84, from the files of deploy/land.sh in data/."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import shapely

_FOLDER: Final = Path(__file__).with_name("data")
#: ISO 3166.
HOME: Final = "VN"


@dataclass(frozen=True)
class Land:
    """What the maps know of the land; `coast`, `lakes` and `rivers` only within `window`."""

    window: Any
    #: ISO 3166 code -> outline.
    countries: Mapping[str, Any]
    coast: Any
    lakes: Any
    rivers: Any
    #: National and provincial roads and the railway: attributes of the file and line of each.
    roads: Sequence[tuple[Mapping[str, str], Any]]
    #: Licences and sources of the files, each once.
    attribution: str

    @property
    def ground(self) -> Any:
        """All land of all countries: with the fine coast within the window, with the coarse one elsewhere."""
        beyond = shapely.difference(shapely.union_all(list(self.countries.values())), self.window)
        return shapely.union(beyond, self.coast)

    @property
    def home(self) -> Any:
        """The country that the register is of, with the same coasts."""
        abroad = shapely.union_all([shape for code, shape in self.countries.items() if code != HOME])
        inside = shapely.difference(self.coast, abroad)
        return shapely.union(shapely.difference(self.countries[HOME], self.window), inside)


@cache
def read_land() -> Land:
    """Read the files, once a process."""
    manifest = json.loads((_FOLDER / "manifest.json").read_text(encoding="utf-8"))
    coast, lakes, rivers = (_shapes(name)[0][1] for name in ("coast", "lakes", "rivers"))
    return Land(
        window=shapely.box(*manifest["window"]),
        countries={properties["code"]: shape for properties, shape in _shapes("countries")},
        coast=coast,
        lakes=lakes,
        rivers=rivers,
        roads=_shapes("roads"),
        attribution="Natural Earth; GSHHG, WDBII (LGPL-3.0); LegoCity open data (CTU-SematX), CC BY-SA 4.0",
    )


@cache
def land_version() -> str:
    """A digest of the files: maps made of other files are out of date."""
    return hashlib.sha256((_FOLDER / "manifest.json").read_bytes()).hexdigest()[:16]


def _shapes(name: str) -> list[tuple[dict[str, str], Any]]:
    document = json.loads((_FOLDER / f"{name}.geojson").read_text(encoding="utf-8"))
    return [
        (feature["properties"], shapely.from_geojson(json.dumps(feature["geometry"])))
        for feature in document["features"]
    ]
