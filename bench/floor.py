"""The barest SQL of what maps and lists ask for, by pgbench with prepared statements on the registry's own tables.

No rights, no sign-in, no notes, no page: what is left above it is ours.
"""

from __future__ import annotations

import statistics
import subprocess
from pathlib import Path
from typing import Final

from bench.places import PLACE, TILE, ZOOM
from registry.kernel.db.cluster.programs import candidates_in

_POINT: Final = "ST_SetSRID(ST_MakePoint(:east, :north), 3857)"
_BOUNDS: Final = (
    "WITH bounds AS MATERIALIZED (SELECT ST_TileEnvelope(15, :x, :y) AS envelope,"
    " ST_Transform(ST_TileEnvelope(15, :x, :y), 4326) AS seen)"
)


def _bins(zoom: int) -> str:
    """Counts of one tile, without asking whose."""
    side = 2 ** (ZOOM - zoom)
    return (
        f"{TILE}\\set x :x / {side}\n\\set y :y / {side}\n"
        "SELECT ST_AsMVT(square.*, 'clusters', 4096, 'geom') FROM (SELECT sum(count) AS count,"
        " ST_MakePoint((x - :x * 8 + 0.5) * 512, (y - :y * 8 + 0.5) * 512) AS geom FROM structure_bin"
        f" WHERE level = {zoom + 3} AND x = ANY(ARRAY(SELECT generate_series(:x * 8, :x * 8 + 7)))"
        " AND y BETWEEN :y * 8 AND :y * 8 + 7 AND NOT is_coarse GROUP BY x, y) square;\n"
    )


SCRIPTS: Final = {
    "tile z8": _bins(8),
    "tile z12": _bins(12),
    "tile z15": (
        f"{TILE}{_BOUNDS} SELECT ST_AsMVT(feature.*, 'structures', 4096, 'geom') FROM (SELECT id, kind, sharing_status,"
        " status, ST_AsMVTGeom(ST_Transform(geom, 3857), (SELECT envelope FROM bounds), 4096, 64, true) AS geom"
        " FROM structure"
        " WHERE geom && (SELECT seen FROM bounds)) feature;\n"
    ),
    "list page": (
        "\\set n random(1, :existing)\n"
        "SELECT id, code, kind, name, status, sharing_status, owner_organisation_id, commune_id, updated_at"
        " FROM structure WHERE code >= 'THA-CTC-' || lpad(:n::text, 7, '0') ORDER BY code LIMIT 51;\n"
    ),
    "box page": (
        f"{PLACE}WITH box AS MATERIALIZED (SELECT ST_Expand(ST_Transform({_POINT}, 4326), 0.005) AS g)"
        " SELECT id, code, kind, name, status, sharing_status, owner_organisation_id, commune_id, updated_at"
        " FROM structure WHERE geom && (SELECT g FROM box) ORDER BY code LIMIT 51;\n"
    ),
    "nearest 20": (
        f"{PLACE}WITH site AS MATERIALIZED (SELECT ST_Transform({_POINT}, 5897) AS g)"
        " SELECT id, code, ST_Distance(geom_m, (SELECT g FROM site)) FROM structure WHERE is_published"
        " AND kind = 'cable_pole' AND sharing_status IN ('available', 'shared_available') AND ST_DWithin(geom_m,"
        " (SELECT g FROM site), 500) AND EXISTS (SELECT FROM capacity_place WHERE structure_id = structure.id"
        " AND unit = 'cable' AND free >= 1) ORDER BY"
        " geom_m <-> (SELECT g FROM site) LIMIT 20;\n"
    ),
    "corridor": (
        f"{PLACE}WITH line AS MATERIALIZED (SELECT ST_Transform(ST_MakeLine({_POINT},"
        f" ST_Translate({_POINT}, 1450, 1540)), 5897) AS g)"
        " SELECT id, code, kind, owner_organisation_id FROM structure"
        " WHERE ST_DWithin(geom_m, (SELECT g FROM line), 15);\n"
    ),
}


def milliseconds(url: str, name: str, folder: Path, existing: int, seconds: int) -> float:
    """The median of one client, from the log of pgbench."""
    script = folder / "floor.sql"
    script.write_text(SCRIPTS[name], encoding="utf-8")
    program = max(candidates_in(None)).program("pgbench")
    for old in folder.glob("floor-log.*"):
        old.unlink()
    command = [program, "-n", "-M", "prepared", "-c", "1", "-T", str(seconds), "-D", f"existing={existing}", "-l"]
    command += ["--log-prefix", str(folder / "floor-log"), "-f", str(script), url]
    subprocess.run(command, capture_output=True, text=True, check=True, env={"PGOPTIONS": _OPTIONS})
    # Microseconds of each transaction stand third in its line.
    lines = [line for log in folder.glob("floor-log.*") for line in log.read_text(encoding="ascii").splitlines()]
    return statistics.median(int(line.split()[2]) for line in lines) / 1000


_OPTIONS: Final = "-c max_parallel_workers_per_gather=0"
