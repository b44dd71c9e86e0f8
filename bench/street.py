"""How long the page of a proposed street takes with its figures, beside its own statements in pgbench.

    python -m bench.street                   10,000 structures
    EXISTING=1000000 python -m bench.street

The floor is every statement of the page, in one transaction with one client; the page may take 15 ms more.
"""

from __future__ import annotations

import math
import os
import random
import statistics
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http import HTTPStatus
from typing import Any, Final

import psycopg
from sqlalchemy import event

import registry.wiring
from bench.base import BASE, Base
from bench.places import TOWNS, tile
from config.settings import CHECKOUT, Settings
from registry.kernel.db.cluster import Cluster
from registry.kernel.db.cluster.programs import candidates_in
from registry.kernel.db.session import Database
from tests.factories.routelists import line, move, propose
from tests.support.live import browser, context

FOLDER: Final = CHECKOUT / "var" / "bench-street"
EXISTING: Final = int(os.environ.get("EXISTING") or 10_000)
ROUNDS: Final = int(os.environ.get("ROUNDS") or 15)
STREETS: Final = int(os.environ.get("STREETS") or 4)
#: Milliseconds that the page may take above its statements.
ALLOWED_MS: Final = 15
_ZOOM: Final = 15
_LONG: Final = 0.004


def place(chance: random.Random) -> tuple[float, float]:
    """Longitude and latitude of the middle of a tile in a town."""
    x, y = tile(chance, _ZOOM)
    side = 2**_ZOOM
    return (x + 0.5) / side * 360 - 180, math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * (y + 0.5) / side))))


@contextmanager
def statements(database: Database) -> Iterator[list[tuple[str, Any]]]:
    """The statements and their parameters that are sent meanwhile."""
    sent: list[tuple[str, Any]] = []

    def look(_connection: Any, cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
        del cursor
        sent.append((statement, parameters))

    event.listen(database.engine, "before_cursor_execute", look)
    yield sent
    event.remove(database.engine, "before_cursor_execute", look)


def floor(base: Base, sent: list[tuple[str, Any]], seconds: int) -> float:
    """The median of pgbench for the statements, in milliseconds."""
    with psycopg.connect(base.plain_url(BASE)) as connection:
        cursor = psycopg.ClientCursor(connection)
        reads = [pair for pair in sent if pair[0].lstrip().upper().startswith(("SELECT", "WITH"))]
        lines = [" ".join(cursor.mogrify(sql, values or None).split()) + ";" for sql, values in reads]
    script = FOLDER / "street.sql"
    script.write_text("\n".join(["BEGIN;", *lines, "COMMIT;"]), encoding="utf-8")
    for old in FOLDER.glob("street-log.*"):
        old.unlink()
    program = max(candidates_in(None)).program("pgbench")
    command = [program, "-n", "-M", "simple", "-c", "1", "-T", str(seconds), "-l", "--log-prefix"]
    command += [str(FOLDER / "street-log"), "-f", str(script), base.plain_url(BASE)]
    subprocess.run(command, capture_output=True, text=True, check=True)
    logs = [row for log in FOLDER.glob("street-log.*") for row in log.read_text(encoding="ascii").splitlines()]
    return statistics.median(int(row.split()[2]) for row in logs) / 1000


def main() -> None:
    """Measure and print."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    cluster = Cluster(FOLDER)
    cluster.start()
    try:
        base = Base(cluster, FOLDER)
        if not os.environ.get("REUSE"):
            base.prepare(EXISTING, scripts=("towns",), values=TOWNS)
        database = base.database(base.url(BASE))
        app = registry.wiring.create_app(Settings(secret_key="k" * 40, data_dir=FOLDER, testing=True), database)
        report(base, database, app)
        database.dispose()
    finally:
        cluster.stop()


def report(base: Base, database: Database, app: Any) -> None:
    """One line a street: structures in its corridor, statements, floor, page, and what the page takes above it."""
    chance = random.Random(7)  # noqa: S311 - the same in each run
    ctx_of, client = partial(context, database), browser(app, "so.xaydung")
    print(f"{EXISTING} structures; medians of {ROUNDS}, in milliseconds; allowed above the floor: {ALLOWED_MS}")
    print(f"{'street':>8}{'along':>8}{'reads':>8}{'floor':>8}{'page':>8}{'above':>8}", flush=True)
    for number in range(STREETS):
        lon, lat = place(chance)
        position = line((lon, lat), (lon + _LONG, lat + _LONG / 2))
        named = {"street_name": f"Phố {time.time()}", "exception_reason": "Đo"}
        with app.test_request_context():
            item_id = propose(ctx_of, position=position, username="so.xaydung", **named)
            move(ctx_of, "so.xaydung", item_id, "submit")
        address = f"/route-lists/items/{item_id}"
        client.get(address)
        times = []
        for _round in range(ROUNDS):
            begun = time.perf_counter()
            answer = client.get(address)
            times.append((time.perf_counter() - begun) * 1000)
        if answer.status_code != HTTPStatus.OK:
            raise RuntimeError(answer.text)
        with statements(database) as sent:
            client.get(address)
        least, page = floor(base, sent, 5), statistics.median(times)
        # As the owner: the application's role joins no positions with streets.
        with psycopg.connect(base.plain_url(BASE)) as connection:
            row = connection.execute(
                "SELECT count(*) FROM structure, route_item WHERE route_item.id = %s AND structure.geom &&"
                " ST_Expand(route_item.line, 0.0002)",
                [item_id],
            ).fetchone()
        along = row[0] if row else 0
        print(f"{number:>8}{along:>8}{len(sent):>8}{least:>8.1f}{page:>8.1f}{page - least:>8.1f}", flush=True)


if __name__ == "__main__":
    main()
