"""How long figures take after a change and without one, compared with their own statements on the same rows.

    python -m bench.dashboard                      10,000 structures
    SIZES=100000,1000000 python -m bench.dashboard

Floor: all figures of a page computed one after another, without the page and its cache. After a change the page may
take 1.5 times that and 50 ms; an unchanged one reads no structure. "one by one": the same counted from the rows. A past
day is computed within two seconds, or by a job. A change is one structure that moved to another state. A bare page
has the frame and no figures; each other tab is opened once after a change.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any, Final

from flask import Flask
from sqlalchemy import text

import registry.wiring
from bench.base import BASE, Base
from bench.places import TOWNS
from config.settings import CHECKOUT, Settings
from registry.accounts.models import Organisation
from registry.audit.chain import record
from registry.authz.actors import SYSTEM_ACTOR
from registry.campaigns.consolidation import register_figures
from registry.campaigns.measures import read_measures
from registry.capacity.sharing_ratio import sharing_ratio
from registry.dashboard import board, published
from registry.dashboard.board import TABS, View, build_charts
from registry.dashboard.cables import cable_figures
from registry.kernel.db.cluster import Cluster
from registry.kernel.db.session import WORKER_ROLE, Database
from registry.structures.fastpath import group_counts, past_counts
from registry.structures.jobs import add_up_now
from registry.structures.positions.moment import When
from registry.upkeep.queries import freshness
from tests.support.live import browser, context

FOLDER: Final = CHECKOUT / "var" / "bench-dashboard"
SIZES: Final = [int(size) for size in (os.environ.get("SIZES") or "10000").split(",")]
ROUNDS: Final = int(os.environ.get("ROUNDS") or 5)
_MONTH: Final = timedelta(days=30)
READERS: Final = ("so.khcn", "viettel", "ubnd.tinh")
_CHANGE: Final = text(
    "UPDATE structure SET condition = CASE condition WHEN 'good' THEN 'dangerous' ELSE 'good' END,"
    " version = version + 1 WHERE id = (SELECT id FROM structure WHERE kind = 'cable_pole' ORDER BY id LIMIT 1)"
)


def took(work: Callable[[], object]) -> float:
    """Milliseconds of one turn."""
    begun = time.perf_counter()
    work()
    return (time.perf_counter() - begun) * 1000


def charts_of(app: Flask, database: Database, reader: str | None) -> None:
    """All figures of a dashboard, or (None) the published ones, without the page and its cache."""
    with app.test_request_context(), context(database, reader, read_only=True) as ctx:
        if reader is None:
            published._read(ctx)
            return
        build_charts(ctx, View(ctx.today), lambda _done, _of: None)
        sharing_ratio(ctx, ctx.today)
        cable_figures(ctx, ctx.today)
        freshness(ctx)


@contextmanager
def one_by_one() -> Iterator[None]:
    """Counts by group are not used."""
    usual, group_counts.is_ready = group_counts.is_ready, lambda _ctx: False
    try:
        yield
    finally:
        group_counts.is_ready = usual


def pages(app: Flask, database: Database, reader: str | None) -> None:
    """One line of a reader."""
    client = browser(app, reader)
    address, bare_address = ("/figures", "/login") if reader is None else ("/dashboard", "/dashboard/compare")

    def change() -> None:
        with database.transaction(SYSTEM_ACTOR) as ctx:
            ctx.session.execute(_CHANGE)
            record(ctx, "bench.change", "structure", None)

    floors, changed, unchanged, bare = [], [], [], []
    size = len(client.get(address).data)
    for _round in range(ROUNDS):
        floors.append(took(partial(charts_of, app, database, reader)))
        change()
        changed.append(took(partial(client.get, address)))
        unchanged.append(took(partial(client.get, address)))
        bare.append(took(partial(client.get, bare_address)))
    past = "" if reader is None else f"{took(partial(client.get, f'{address}?as_of=2026-01-01')):.0f}"
    singly = ""
    if reader == READERS[0]:
        with one_by_one():
            singly = f"{took(partial(charts_of, app, database, reader)):.0f}"
    tabs = ""
    for tab in TABS[1:] if reader is not None else ():
        change()
        tabs += f"{took(partial(client.get, f'{address}?tab={tab}')):10.0f}"
    least, first, again, frame = (statistics.median(times) for times in (floors, changed, unchanged, bare))
    cells = (least, first, 1.5 * least + 50, again, frame)
    numbers = "".join(f"{cell:11.0f}" for cell in cells)
    print(
        f"{reader or 'public':12}{numbers}{past:>9}{singly:>12}{size / 1024:7.0f}{tabs}",
        flush=True,
    )


def reports(database: Database) -> None:
    """The figures of a consolidated report of a month ago and of one operator's, with and without counts by group."""

    def at() -> dict[str, float]:
        with context(database, "so.khcn", read_only=True) as ctx:
            when = When(ctx.today - _MONTH, ctx.now)
            whole = took(partial(register_figures, ctx, when))
        with context(database, "viettel", read_only=True) as ctx:
            owner = ctx.session.query(Organisation).filter_by(code="viettel").one().id
            return {
                "consolidated report": whole,
                "report of an operator": took(partial(read_measures, ctx, owner, when)),
            }

    kept = [at() for _round in range(ROUNDS)]
    usual, past_counts.MOST_RECORDED = past_counts.MOST_RECORDED, -1
    singly = at()
    past_counts.MOST_RECORDED = usual
    for name, alone in singly.items():
        middle = statistics.median(each[name] for each in kept)
        print(f"{name}: {middle:.0f} ms; from the history alone {alone:.0f} ms", flush=True)


def report(base: Base, existing: int) -> None:
    """One table of a size."""
    if not os.environ.get("REUSE"):
        base.prepare(existing, scripts=("towns", "history"), values=TOWNS)
    database = base.database(base.url(BASE))
    worker = Database(base.url(BASE), role=WORKER_ROLE)
    app = registry.wiring.create_app(Settings(secret_key="k" * 40, data_dir=FOLDER, testing=True), database)
    print(f"\n{existing} structures; medians of {ROUNDS}, in milliseconds; counts added up in {added(worker):.1f} s")
    heads = ("floor", "changed", "allowed", "unchanged", "bare page")
    tabs = "".join(tab.rjust(10) for tab in TABS[1:])
    print(f"{'':12}{''.join(head.rjust(11) for head in heads)}{'past':>9}{'one by one':>12}{'KB':>7}{tabs}")
    # Nothing is left to a job here: the whole is measured.
    board.PRESENT_S = 600.0
    for reader in (*READERS, None):
        pages(app, database, reader)
    reports(database)
    worker.dispose()
    database.dispose()


def added(worker: Database) -> float:
    """Seconds until nothing is left to be added up."""
    begun = time.perf_counter()
    found: Any = 1
    while found:
        found = add_up_now(worker)
    return time.perf_counter() - begun


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
