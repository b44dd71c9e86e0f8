"""How long the dashboard takes after a change and without one, beside its own statements on the same rows.

    python -m bench.dashboard                      10,000 structures
    SIZES=100000,1000000 python -m bench.dashboard

The floor is all charts computed one after another without a page and a cache. After a change the page may take 1.5
times the floor and 50 ms; an unchanged one reads no structure. A past day is computed within two seconds, or by a job.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from functools import partial
from typing import Final

import registry.wiring
from bench.base import BASE, Base
from bench.places import TOWNS
from config.settings import CHECKOUT, Settings
from registry.audit.chain import record
from registry.authz.actors import SYSTEM_ACTOR
from registry.dashboard import board
from registry.dashboard.board import View, build_charts
from registry.dashboard.cables import cable_figures
from registry.dashboard.sharing import sharing_ratio
from registry.kernel.db.cluster import Cluster
from registry.upkeep.queries import freshness
from tests.support.live import browser, context

FOLDER: Final = CHECKOUT / "var" / "bench-dashboard"
SIZES: Final = [int(size) for size in (os.environ.get("SIZES") or "10000").split(",")]
ROUNDS: Final = 5
READERS: Final = ("so.khcn", "viettel")


def took(work: Callable[[], object]) -> float:
    """Milliseconds of one turn."""
    begun = time.perf_counter()
    work()
    return (time.perf_counter() - begun) * 1000


def report(base: Base, existing: int) -> None:
    """One line a reader."""
    if not os.environ.get("REUSE"):
        base.prepare(existing, scripts=("towns",), values=TOWNS)
    database = base.database(base.url(BASE))
    app = registry.wiring.create_app(Settings(secret_key="k" * 40, data_dir=FOLDER, testing=True), database)
    print(f"\n{existing} structures; medians of {ROUNDS}, in milliseconds")
    print(f"{'':12}{'floor':>9}{'changed':>9}{'allowed':>9}{'unchanged':>11}{'past':>9}{'KB':>7}")
    # Nothing is left to a job here: the whole is measured.
    board.PRESENT_S = 600.0
    for reader in READERS:
        client = browser(app, reader)

        def change() -> None:
            with database.transaction(SYSTEM_ACTOR) as ctx:
                record(ctx, "bench.change", "structure", None)

        def floor(reader: str = reader) -> None:
            with app.test_request_context(), context(database, reader) as ctx:
                build_charts(ctx, View(ctx.today), lambda _done, _of: None)
                sharing_ratio(ctx, ctx.today)
                cable_figures(ctx, ctx.today)
                freshness(ctx)

        size = len(client.get("/dashboard").data)
        floors, changed, unchanged = [], [], []
        for _round in range(ROUNDS):
            floors.append(took(floor))
            change()
            changed.append(took(partial(client.get, "/dashboard")))
            unchanged.append(took(partial(client.get, "/dashboard")))
        past = took(partial(client.get, "/dashboard?as_of=2026-01-01"))
        least, first, again = (statistics.median(found) for found in (floors, changed, unchanged))
        allowed = 1.5 * least + 50
        print(
            f"{reader:12}{least:9.0f}{first:9.0f}{allowed:9.0f}{again:11.0f}{past:9.0f}{size / 1024:7.0f}", flush=True
        )
    database.dispose()


def main() -> None:
    """Measure and print."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    cluster = Cluster(FOLDER)
    cluster.start()
    try:
        for existing in SIZES:
            report(Base(cluster, FOLDER), existing)
    finally:
        cluster.stop()


if __name__ == "__main__":
    main()
