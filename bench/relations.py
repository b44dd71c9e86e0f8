"""How long the rules of relations take over a whole register and for one change, compared with their bare joins.

    python -m bench.relations                      10,000 structures, a fifth as many cables
    SIZES=1000000 python -m bench.relations

Floor: the joins alone of what carries each cable with its line, with the distance and the state of each pair. The whole
register may take three times that. One change: the rules of one cable after an edit, in milliseconds.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from functools import partial
from typing import Final

from sqlalchemy import text

from bench.base import BASE, Base
from config.settings import CHECKOUT
from registry.authz.actors import Ctx
from registry.cables.carriers import flag_cables, recorded_findings
from registry.kernel.db.cluster import Cluster
from registry.kernel.feature import mount
from registry.structures import positions
from registry.upkeep.findings import find_broken
from registry.wiring.features import FEATURES
from tests.support.live import context

FOLDER: Final = CHECKOUT / "var" / "bench-relations"
SIZES: Final = [int(size) for size in (os.environ.get("SIZES") or "10000").split(",")]
ROUNDS: Final = int(os.environ.get("ROUNDS") or 3)
#: Carriers of each cable; there is one cable for so many structures.
_CARRIERS: Final = 5
_ONES: Final = 50
_FLOOR: Final = text(
    "SELECT count(*), sum(ST_Distance(line.geom_m, carrier.geom_m)), count(*) FILTER (WHERE carrier.status <> 'active')"
    " FROM cable_member m JOIN cable_route c ON c.id = m.cable_id JOIN structure line ON line.id = m.cable_id"
    " JOIN structure carrier ON carrier.id = m.structure_id"
)


def took(work: Callable[[], object]) -> float:
    """Milliseconds of one turn."""
    begun = time.perf_counter()
    work()
    return (time.perf_counter() - begun) * 1000


def least(work: Callable[[], object]) -> float:
    """The least of some rounds."""
    return min(took(work) for _round in range(ROUNDS))


def check_cables(ctx: Ctx) -> None:
    """What a run over the whole register reads for the rules of cables."""
    positions.run(ctx, flag_cables(ctx, None)).all()


def check_all(ctx: Ctx) -> None:
    """The same for all recorded checks."""
    for _code, _broken in find_broken(ctx, None):
        pass


def report(base: Base, existing: int) -> None:
    """One table of a size."""
    if not os.environ.get("REUSE"):
        base.prepare(existing, scripts=("province", "existing", "cables"), values={"carriers": _CARRIERS})
    database = base.database(base.url(BASE))
    with context(database, "so.khcn", read_only=True) as ctx:
        cables = ctx.session.scalars(text("SELECT id FROM cable_route ORDER BY id")).all()
        floor = least(lambda: positions.run(ctx, _FLOOR).all())
        whole = least(partial(check_cables, ctx))
        every = least(partial(check_all, ctx))
        ones = [took(partial(recorded_findings, ctx, cable_id)) for cable_id in cables[:: len(cables) // _ONES]]
    database.dispose()
    print(f"{existing} structures, {len(cables)} cables over {_CARRIERS} each; milliseconds, the least of {ROUNDS}")
    print(f"bare joins {floor:.0f}; rules of cables over all {whole:.0f} ({whole / floor:.1f} times)")
    print(
        f"all recorded checks {every:.0f}; one cable {statistics.median(ones):.1f} (median of {len(ones)})", flush=True
    )


def main() -> None:
    """Measure and print."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    mount(FEATURES)
    cluster = Cluster(FOLDER)
    cluster.start()
    try:
        for existing in SIZES:
            report(Base(cluster, FOLDER), existing)
    finally:
        cluster.stop()


if __name__ == "__main__":
    main()
