"""The barest SQL of what maps and lists ask for, by pgbench with prepared statements on the registry's own tables.

No rights, no sign-in, no notes, no page: what is left above it is ours.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Final

from registry.kernel.db.cluster.binaries import candidates_in

#: West, south, width and height in hundred thousandths of a degree: where the province is dense with structures.
_PLACE: Final = "\\set lon random(10540000, 10590000)\n\\set lat random(1960000, 2010000)\n"
_POINT: Final = "ST_SetSRID(ST_MakePoint(:lon / 100000.0, :lat / 100000.0), 4326)"
_BOUNDS: Final = (
    "WITH bounds AS MATERIALIZED (SELECT ST_TileEnvelope(15, :x, :y) AS envelope,"
    " ST_Transform(ST_TileEnvelope(15, :x, :y), 4326) AS seen)"
)


def _squares(zoom: int) -> str:
    """Counts of one tile, without asking whose."""
    first, last = {8: ((202, 203), (112, 113)), 12: ((3247, 3252), (1815, 1825))}[zoom]
    return (
        f"\\set x random{first}\n\\set y random{last}\n"
        "SELECT ST_AsMVT(square.*, 'clusters', 4096, 'geom') FROM (SELECT sum(count) AS count,"
        " ST_MakePoint((x - :x * 8 + 0.5) * 512, (y - :y * 8 + 0.5) * 512) AS geom FROM structure_tally"
        f" WHERE level = {zoom + 3} AND x = ANY(ARRAY(SELECT generate_series(:x * 8, :x * 8 + 7)))"
        " AND y BETWEEN :y * 8 AND :y * 8 + 7 AND NOT is_coarse GROUP BY x, y) square;\n"
    )


SCRIPTS: Final = {
    "tile z8": _squares(8),
    "tile z12": _squares(12),
    "tile z15": (
        "\\set x random(25976, 26020)\n\\set y random(14520, 14600)\n"
        f"{_BOUNDS} SELECT ST_AsMVT(feature.*, 'structures', 4096, 'geom') FROM (SELECT id, kind, sharing_status,"
        " status, ST_AsMVTGeom(ST_Transform(geom, 3857), (SELECT envelope FROM bounds), 4096, 64, true) AS geom"
        " FROM structure"
        " WHERE geom && (SELECT seen FROM bounds)) feature;\n"
    ),
    "list page": (
        "\\set n random(1, :existing)\n"
        "SELECT id, code, kind, name, status, sharing_status, owner_organisation_id, commune_id, updated_at"
        " FROM structure WHERE code >= 'THA-CTC-' || lpad(:n::text, 7, '0') ORDER BY code LIMIT 51;\n"
    ),
    "nearest 20": (
        f"{_PLACE}WITH site AS MATERIALIZED (SELECT ST_Transform({_POINT}, 5897) AS g)"
        " SELECT id, code, ST_Distance(geom_m, (SELECT g FROM site)) FROM structure WHERE is_published"
        " AND kind = 'cable_pole' AND ST_DWithin(geom_m, (SELECT g FROM site), 500) ORDER BY"
        " geom_m <-> (SELECT g FROM site) LIMIT 20;\n"
    ),
    "corridor": (
        f"{_PLACE}WITH line AS MATERIALIZED (SELECT ST_Transform(ST_MakeLine({_POINT},"
        f" ST_Translate({_POINT}, 0.013, 0.013)), 5897) AS g)"
        " SELECT id, code, kind, owner_organisation_id FROM structure"
        " WHERE ST_DWithin(geom_m, (SELECT g FROM line), 15);\n"
    ),
}


def milliseconds(url: str, name: str, folder: Path, existing: int, seconds: int) -> float:
    """The mean of one client, as pgbench tells it."""
    script = folder / "floor.sql"
    script.write_text(SCRIPTS[name], encoding="utf-8")
    program = max(candidates_in(None)).program("pgbench")
    command = [program, "-n", "-M", "prepared", "-c", "1", "-T", str(seconds), "-D", f"existing={existing}"]
    done = subprocess.run(
        [*command, "-f", str(script), url], capture_output=True, text=True, check=True, env={"PGOPTIONS": _OPTIONS}
    )
    found = re.search(r"latency average = ([\d.]+) ms", done.stdout)
    if found is None:
        raise RuntimeError(done.stdout)
    return float(found[1])


_OPTIONS: Final = "-c max_parallel_workers_per_gather=0"
