"""How long an import takes beside the best plain SQL, and what it does to a list page meanwhile.

    make bench                                   a small run of some two minutes
    make bench ROWS=200000 EXISTING=1000000      the size that the register is made for

Everything is made anew in a private cluster below var/bench, and nothing is random; with REUSE=1 the base and the files
of the last run are taken again. FORMATS=csv,geojson,gpkg chooses. One table of ratios comes out.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from typing import Any

import registry.wiring
from bench.base import HERE, Base
from bench.figures import filled, percentile
from bench.files import rows_of, write_csv, write_geojson, write_geopackage
from config.settings import CHECKOUT, Settings
from registry.accounts.queries import find_organisation
from registry.authz.actors import SYSTEM_ACTOR
from registry.files.storage import FileStore
from registry.imports.commands import SetMapping, UploadFile
from registry.imports.mapping.coordinate_systems import System
from registry.imports.models import ImportBatch
from registry.imports.service import request_apply, set_mapping, upload
from registry.kernel.db.cluster import Cluster
from registry.kernel.db.session import WEB_ROLE, Database
from tests.support.live import browser

FOLDER = CHECKOUT / "var" / "bench"
ROWS = int(os.environ.get("ROWS") or 10_000)
EXISTING = int(os.environ.get("EXISTING") or 5 * ROWS)
FORMATS = tuple((os.environ.get("FORMATS") or "csv,geojson,gpkg").split(","))
WRITERS = {"csv": write_csv, "geojson": write_geojson, "gpkg": write_geopackage}
STEPS = ("read", "check", "apply")
IDLE_PAGES = 40
KIND = "cable_pole"
OWNER = "viettel"


class Bench(Base):
    """A cluster with a base database from which every measurement starts anew."""

    def __init__(self, cluster: Cluster) -> None:
        super().__init__(cluster, FOLDER)
        self.store = FileStore(FOLDER / "files")
        #: Seconds of a list page, 95th of a hundred: idle, and while an import is applied.
        self.page = (float("nan"), float("nan"))

    def write_files(self) -> None:
        """The same rows in three formats."""
        with self.owner("base") as connection:
            places = connection.execute("SELECT * FROM bench_place WHERE number > %s ORDER BY number", [EXISTING])
            free = places.fetchall()
            known = connection.execute(
                "SELECT * FROM bench_place WHERE number <= %s AND number %% 5 = 0 ORDER BY number LIMIT %s",
                [EXISTING, ROWS // 8],
            ).fetchall()
        for name in FORMATS:
            WRITERS[name](FOLDER / f"poles.{name}", rows_of(free, known))

    # --- what is measured -----------------------------------------------------------------------------------------
    def floor(self) -> float:
        """Seconds of the plain SQL."""
        self.fresh("floor", "base")
        with self.owner("floor") as connection:
            owner_id = connection.execute("SELECT id FROM organisation WHERE code = %s", [OWNER]).fetchone()
            text = (HERE / "import_floor.sql").read_text(encoding="utf-8")
            before, after = filled(text, {"owner": owner_id.id if owner_id else 0}).split("--copy\n")
            begun = time.monotonic()
            connection.execute(before)
            statement = "COPY raw FROM STDIN WITH (FORMAT csv, DELIMITER ';', HEADER true)"
            with connection.cursor().copy(statement) as copy, (FOLDER / "poles.csv").open("rb") as file:
                file.read(3)
                while piece := file.read(1 << 20):
                    copy.write(piece)
            connection.execute(after)
            return time.monotonic() - begun

    def bare(self) -> float:
        """Seconds of a load that checks nothing, as ogr2ogr does it: COPY, geometry, one spatial index."""
        self.fresh("bare", "base")
        with self.owner("bare") as connection:
            begun = time.monotonic()
            connection.execute(
                "BEGIN; CREATE TABLE loaded (a text, b text, c text, d text, x text, y text, e text, f text, g text,"
                " h text)"
            )
            statement = "COPY loaded FROM STDIN WITH (FORMAT csv, DELIMITER ';', HEADER true)"
            with connection.cursor().copy(statement) as copy, (FOLDER / "poles.csv").open("rb") as file:
                file.read(3)
                while piece := file.read(1 << 20):
                    copy.write(piece)
            connection.execute(
                "CREATE TABLE poles AS SELECT row_number() OVER () AS id, loaded.*,"
                " ST_Transform(ST_SetSRID(ST_MakePoint(y::float8, x::float8), 5897), 4326) AS geom FROM loaded;"
                " ALTER TABLE poles ADD PRIMARY KEY (id); CREATE INDEX ON poles USING gist (geom); COMMIT"
            )
            return time.monotonic() - begun

    def imported(self, name: str) -> dict[str, Any]:
        """Seconds and memory of each step for one format, and what became of the rows."""
        url = self.fresh(f"import_{name}", "base")
        database = self.database(url)
        path = FOLDER / f"poles.{name}"
        with database.transaction(SYSTEM_ACTOR) as ctx, path.open("rb") as stream:
            owner = find_organisation(ctx.session, OWNER)
            batch_id = upload(ctx, self.store, UploadFile(owner.id if owner else 0, KIND, path.name, stream)).id
        found: dict[str, Any] = {"read": self.step(url, "read", batch_id)}
        with database.transaction(SYSTEM_ACTOR) as ctx:
            batch = ctx.session.get_one(ImportBatch, batch_id)
            system = System.VN2000 if name == "csv" else System.WGS84
            mapping = {field: word for field, word in batch.mapping.items() if name == "csv" or field not in "xy"}
            set_mapping(ctx, SetMapping(batch.id, batch.version, mapping, system))
        found["check"] = self.step(url, "check", batch_id)
        with database.transaction(SYSTEM_ACTOR) as ctx:
            request_apply(ctx, batch_id)
        database.dispose()
        if name == FORMATS[0]:
            self.page = self.busy_page(name, batch_id)
        found["apply"] = self.step(url, "apply", batch_id)
        with database.transaction(SYSTEM_ACTOR, read_only=True) as ctx:
            batch = ctx.session.get_one(ImportBatch, batch_id)
            found["counts"], found["failure"] = dict(batch.counts), batch.failure
        database.dispose()
        return found

    def busy_page(self, name: str, batch_id: int) -> tuple[float, float]:
        """How long the list page takes, idle and while the same import is applied to a copy: 95th of a hundred."""
        url = self.fresh("busy", f"import_{name}")
        pages = Pages(url)
        idle = pages.ask(IDLE_PAGES)
        with pages.asking():
            self.step(url, "apply", batch_id)
        pages.close()
        return percentile(idle), percentile(pages.times)

    def step(self, url: str, what: str, batch_id: int) -> dict[str, float]:
        """One step in a process of its own."""
        command = [sys.executable, "-m", "bench.step", url, str(self.store.root), what, str(batch_id)]
        done = subprocess.run(command, cwd=CHECKOUT, check=True, capture_output=True, text=True)
        sys.stderr.write(done.stderr)
        measured: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
        return measured


class Pages:
    """A reader who opens the list of structures again and again."""

    def __init__(self, url: str) -> None:
        database = Database(url, role=WEB_ROLE)
        app = registry.wiring.create_app(Settings(secret_key="x" * 40, data_dir=FOLDER, testing=True), database)
        self._database, self._client = database, browser(app, "so.khcn")
        self.times: list[float] = []
        self._stop = threading.Event()

    def ask(self, count: int) -> list[float]:
        """Seconds of so many pages."""
        return [self._once() for _again in range(count)]

    def asking(self) -> Pages:
        """For the length of a block, four pages a second."""
        return self

    def __enter__(self) -> None:
        self._stop.clear()
        self._thread = threading.Thread(target=self._go_on)
        self._thread.start()

    def __exit__(self, *_error: object) -> None:
        self._stop.set()
        self._thread.join()

    def close(self) -> None:
        """Let the database go."""
        self._database.dispose()

    def _go_on(self) -> None:
        while not self._stop.wait(0.25):
            self.times.append(self._once())

    def _once(self) -> float:
        begun = time.monotonic()
        if self._client.get("/structures").status_code != 200:  # noqa: PLR2004
            raise RuntimeError("the list page was refused")
        return time.monotonic() - begun


def main() -> None:
    """Measure and print."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    cluster = Cluster(FOLDER)
    cluster.start()
    try:
        report(Bench(cluster))
    finally:
        cluster.stop()


def report(bench: Bench) -> None:
    """One table of ratios."""
    if not os.environ.get("REUSE"):
        bench.prepare(EXISTING, ROWS)
        bench.write_files()
    floor, bare = bench.floor(), bench.bare()
    print(f"{ROWS} rows onto {EXISTING} structures: plain SQL {floor:.1f} s, bare COPY with one index {bare:.1f} s")
    heads = (
        "format",
        *STEPS,
        "total s",
        "rows/s",
        "x plain SQL",
        "x bare",
        "worker MB",
        "reader MB",
        "server MB",
    )
    print("  ".join(head.rjust(11) for head in heads))
    for name in FORMATS:
        found = bench.imported(name)
        if found["failure"]:
            print(f"{name}: {found['failure']}")
            continue
        seconds = [found[step]["seconds"] for step in STEPS]
        total = sum(seconds)
        peaks = [max(found[step][who] for step in STEPS) for who in ("worker_mb", "reader_mb", "backend_mb")]
        cells = [name, *(f"{each:.1f}" for each in (*seconds, total))]
        cells += [f"{ROWS / total:.0f}", f"{total / floor:.2f}", f"{total / bare:.1f}"]
        cells += [f"{each:.0f}" for each in peaks]
        print("  ".join(cell.rjust(11) for cell in cells), found["counts"], flush=True)
    idle, busy = bench.page
    print(f"list page while an import is applied, 95th of a hundred: {busy * 1000:.0f} ms = {busy / idle:.2f} x idle")


if __name__ == "__main__":
    main()
