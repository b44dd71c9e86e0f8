"""Where the towns of the measured province lie, and what is asked near them: for SQL, pgbench and HTTP alike.

Town number i has its middle in one tile of zoom 15; who looks at a map or plans a site does so where things stand.
"""

from __future__ import annotations

import math
import os
import random
from typing import Final

ZOOM: Final = 15
#: What `towns.sql` is filled with. Of a tenth of the structures in CENTRES=30 towns the one in the middle has
#: as many as that of a million in 200: what grows then is the register and not the answer.
TOWNS: Final = {
    "west": 25976, "north": 14508, "width": 45, "height": 57, "step_x": 37, "step_y": 23,
    "centres": int(os.environ.get("CENTRES") or 200),
}  # fmt: skip
_WORLD_M: Final = 20037508.342789244
_TILE_M: Final = 2 * _WORLD_M / 2**ZOOM

#: For pgbench: a tile :x, :y of zoom 15 in the middle of a town or beside it.
TILE: Final = (
    f"\\set i random(0, {TOWNS['centres'] - 1})\n"
    f"\\set x {TOWNS['west']} + :i * {TOWNS['step_x']} % {TOWNS['width']} + random(-1, 1)\n"
    f"\\set y {TOWNS['north']} + :i * {TOWNS['step_y']} % {TOWNS['height']} + random(-1, 1)\n"
)
#: For pgbench: a place :east, :north (metres, EPSG:3857) in such a tile.
PLACE: Final = (
    f"{TILE}\\set east (:x + random(0, 999) / 1000.0) * {_TILE_M} - {_WORLD_M}\n"
    f"\\set north {_WORLD_M} - (:y + random(0, 999) / 1000.0) * {_TILE_M}\n"
)


def tile(chance: random.Random, zoom: int) -> tuple[int, int]:
    """A tile of a zoom up to 15 over the middle of a town or beside it."""
    town = chance.randrange(TOWNS["centres"])
    x = TOWNS["west"] + town * TOWNS["step_x"] % TOWNS["width"] + chance.randint(-1, 1)
    y = TOWNS["north"] + town * TOWNS["step_y"] % TOWNS["height"] + chance.randint(-1, 1)
    return x >> ZOOM - zoom, y >> ZOOM - zoom


def place(chance: random.Random) -> tuple[float, float]:
    """Longitude and latitude of a place in such a tile."""
    x, y = tile(chance, ZOOM)
    turn = math.pi * (1 - 2 * (y + chance.random()) / 2**ZOOM)
    return (x + chance.random()) / 2**ZOOM * 360 - 180, math.degrees(math.atan(math.sinh(turn)))
