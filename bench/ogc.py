"""Items of `/ogc` beside tipg and pygeoapi on the same structures, above their own SQL, and the memory of a whole copy.

    EXISTING=1000000 python -m bench.ogc             everything anew below var/bench-ogc
    REUSE=1 EXISTING=1000000 python -m bench.ogc     on the last base

Each server has two workers; sixteen connections ask for SECONDS (5) at a time for pages of 100 items in boxes, one
server after the other: new boxes, then the same few over and over. The peers are installed into environments of their
own (PEERS, and PACKAGES of `bench/peer.py`; both are MIT). Not like for like: ours reads who asks and may see what,
logs it, answers all declared fields and counts all that match; the peers answer anybody from a flat copy.

The floor is every statement of an answer, in one transaction of one client by pgbench, prepared as the register has
them; an answer may take 4 ms more. The memory of a whole copy is read twenty times a second, also while pages are sent.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from itertools import pairwise
from pathlib import Path
from threading import Event, Thread
from typing import Any, Final
from urllib.parse import urlsplit

import psycopg
import psycopg.conninfo

import registry.wiring
from bench.base import BASE, Base
from bench.map import BOX, PORT, READER, serving, wait_for
from bench.peer import PEER_PORT, again, asked, box, install, new, peer
from bench.places import TOWNS
from bench.street import statements
from config.settings import CHECKOUT, Settings
from registry.kernel.db.cluster import Cluster
from registry.kernel.db.cluster.programs import candidates_in
from tests.support.live import browser

FOLDER: Final = CHECKOUT / "var" / "bench-ogc"
EXISTING: Final = int(os.environ.get("EXISTING") or 10_000)
ROUNDS: Final = int(os.environ.get("ROUNDS") or 60)
#: Pages of the whole copy; 0 for all.
PAGES: Final = int(os.environ.get("PAGES") or 0)
#: What `/ogc` is held to: times as many answers as either peer, milliseconds above its statements.
TIMES, ALLOWED_MS = 10, 4
PYGEOAPI_PORT: Final = 8793
PYGEOAPI_HOME: Final = FOLDER / "pygeoapi-env"
PEERS: Final = (
    *("pygeoapi==0.21.0", "sqlalchemy<2.1", "geoalchemy2", "pygeofilter[backend-sqlalchemy]", "psycopg2-binary"),
    "gunicorn",
)
OURS: Final = "/ogc/collections/structures/items?f=json&limit=100&bbox="
OF_TIPG: Final = "/collections/peer.structure/items?f=geojson&limit=100&bbox="
OF_PYGEOAPI: Final = "/collections/structure/items?f=json&limit=100&bbox="


def main() -> None:
    """Measure and print."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    cluster = Cluster(FOLDER)
    cluster.start()
    try:
        base = Base(cluster, FOLDER)
        if not os.environ.get("REUSE"):
            base.prepare(EXISTING, scripts=("towns",), values=TOWNS)
        for measure in (above_floor, beside_peers, whole_copy):
            read_files()
            measure(base)
    finally:
        cluster.stop()


def read_files() -> None:
    """Read the files of the base, so that none of the servers waits for the disk: its rows are at random places."""
    for file in (FOLDER / "postgres" / "data" / "base").rglob("*"):
        if file.is_file():
            with file.open("rb") as opened:
                while opened.read(1 << 20):
                    pass


def above_floor(base: Base) -> None:
    """Medians of answers in this process to boxes that were never asked for, and of their statements in pgbench."""
    database = base.database(base.url(BASE))
    app = registry.wiring.create_app(Settings(secret_key="k" * 40, data_dir=FOLDER, testing=True), database)
    client = browser(app, READER)
    addresses = list(dict.fromkeys(new(box(OURS))))[: 2 * ROUNDS]
    times, scripts = [], []
    for number, address in enumerate(addresses):
        with statements(database) as sent:
            begun = time.perf_counter()
            answer = client.get(address)
            took = (time.perf_counter() - begun) * 1000
        if answer.status_code != HTTPStatus.OK:
            raise RuntimeError(answer.text)
        # The first half makes plans and connections.
        if number >= ROUNDS:
            times.append(took)
            scripts.append(sent)
    page, least = statistics.median(times), _pgbench(base, scripts)
    database.dispose()
    print(f"{EXISTING} structures, as {READER}: {len(times)} pages of 100 in new boxes of {BOX} degrees, medians")
    print(
        f"statements {len(scripts[-1])}, floor {least:.1f} ms, answer {page:.1f} ms, above {page - least:.1f} ms",
        end="",
    )
    print(f" (allowed {ALLOWED_MS})", flush=True)


def _pgbench(base: Base, scripts: list[list[tuple[str, Any]]]) -> float:
    """The median of the statements of an answer in one transaction, in milliseconds."""
    files = []
    with psycopg.connect(base.plain_url(BASE)) as connection:
        cursor = psycopg.ClientCursor(connection)
        for number, sent in enumerate(scripts):
            reads = [pair for pair in sent if pair[0].lstrip().upper().startswith(("SELECT", "WITH"))]
            lines = [" ".join(cursor.mogrify(sql, values or None).split()) + ";" for sql, values in reads]
            file = FOLDER / f"ogc-{number}.sql"
            file.write_text("\n".join(["BEGIN;", *lines, "COMMIT;"]), encoding="utf-8")
            files += ["-f", str(file)]
    for old in FOLDER.glob("ogc-log.*"):
        old.unlink()
    program = max(candidates_in(None)).program("pgbench")
    command = [program, "-n", "-M", "prepared", "-c", "1", "-T", "10", "-l", "--log-prefix", str(FOLDER / "ogc-log")]
    environment = os.environ | {"PGOPTIONS": "-c max_parallel_workers_per_gather=0"}
    subprocess.run([*command, *files, base.plain_url(BASE)], env=environment, capture_output=True, check=True)
    logs = [row for log in FOLDER.glob("ogc-log.*") for row in log.read_text(encoding="ascii").splitlines()]
    return statistics.median(int(row.split()[2]) for row in logs) / 1000


def beside_peers(base: Base) -> None:
    """Answers a second and milliseconds of each server, for new boxes and for repeated ones."""
    install()
    if not PYGEOAPI_HOME.exists():
        subprocess.run([sys.executable, "-m", "venv", str(PYGEOAPI_HOME)], check=True)
        subprocess.run([str(PYGEOAPI_HOME / "bin" / "pip"), "install", "--quiet", *PEERS], check=True)
    print(f"{'':16}{'ours/s':>10}{'tipg/s':>10}{'pygeo/s':>10}{'x tipg':>8}{'x pygeo':>9}", end="")
    print(f"{'ours ms':>10}{'tipg ms':>10}{'pygeo ms':>10}   (bound: {TIMES} times)", flush=True)
    with serving(base, workers=2) as client, peer(base), pygeoapi(base):
        servers = ((PORT, client.cookie, OURS), (PEER_PORT, "", OF_TIPG), (PYGEOAPI_PORT, "", OF_PYGEOAPI))
        for name, addresses_of in (("new boxes", new), ("repeated boxes", again)):
            figures = []
            for port, cookie, path in servers:
                addresses = addresses_of(box(path))
                asked(port, cookie, addresses[::-1])
                figures.append(asked(port, cookie, addresses))
            (ours, took), (tipg, tipg_ms), (other, other_ms) = figures
            print(f"{name:16}{ours:10.0f}{tipg:10.0f}{other:10.0f}{ours / tipg:8.1f}{ours / other:9.1f}", end="")
            print(f"{took:10.1f}{tipg_ms:10.1f}{other_ms:10.1f}", flush=True)


@contextmanager
def pygeoapi(base: Base) -> Iterator[None]:
    """pygeoapi on the flat copy that `bench.peer.peer` makes."""
    address = psycopg.conninfo.conninfo_to_dict(base.plain_url(BASE))
    config = {
        "server": {
            "bind": {"host": "127.0.0.1", "port": PYGEOAPI_PORT},
            "url": f"http://127.0.0.1:{PYGEOAPI_PORT}",
            "mimetype": "application/json; charset=UTF-8",
            "encoding": "utf-8",
            "languages": ["en-US"],
            "limits": {"default_items": 100, "max_items": 1000},
            "map": {"url": "https://tile.example.org/{z}/{x}/{y}.png", "attribution": "none"},
        },
        "logging": {"level": "ERROR"},
        "metadata": {
            "identification": {"title": "bench", "description": "bench", "keywords": ["bench"],
                               "keywords_type": "theme", "terms_of_service": "none", "url": "http://127.0.0.1"},
            "license": {"name": "none", "url": "http://127.0.0.1"},
            "provider": {"name": "bench", "url": "http://127.0.0.1"},
            "contact": {"name": "bench"},
        },
        "resources": {
            "structure": {
                "type": "collection", "title": "structure", "description": "structure", "keywords": ["structure"],
                "extents": {"spatial": {"bbox": [104, 19, 107, 21]}},
                "links": [],
                "providers": [{
                    "type": "feature", "name": "PostgreSQL", "id_field": "id", "table": "structure",
                    "geom_field": "geom",
                    "data": {"host": address["host"], "port": int(address.get("port") or 5432), "dbname": BASE,
                             "user": address["user"], "password": "", "search_path": ["peer"]},
                }],
            }
        },
    }  # fmt: skip
    file, description = FOLDER / "pygeoapi.yml", FOLDER / "pygeoapi-openapi.yml"
    # JSON is YAML.
    file.write_text(json.dumps(config), encoding="utf-8")
    programs, environment = (
        PYGEOAPI_HOME / "bin",
        os.environ | {"PYGEOAPI_CONFIG": str(file), "PYGEOAPI_OPENAPI": str(description)},
    )
    command = [str(programs / "pygeoapi"), "openapi", "generate", str(file), "--output-file", str(description)]
    subprocess.run(command, env=environment, check=True, capture_output=True)
    command = [str(programs / "gunicorn"), "--workers", "2", "--bind", f"127.0.0.1:{PYGEOAPI_PORT}"]
    server = subprocess.Popen([*command, "--log-level", "error", "pygeoapi.flask_app:APP"], env=environment, cwd=FOLDER)
    try:
        wait_for(PYGEOAPI_PORT, "/collections")
        yield
    finally:
        server.terminate()
        server.wait(timeout=30)


def whole_copy(base: Base) -> None:
    """Memory of the one worker while everything is read in pages of 10,000."""
    with serving(base, workers=1) as client, resident() as samples:
        connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=120)
        address, pages, features, ends = "/ogc/collections/structures/items?f=json&limit=10000", 0, 0, [0]
        begun = time.perf_counter()
        while address and (not PAGES or pages < PAGES):
            connection.request("GET", address, headers={"Cookie": client.cookie})
            answer = json.loads(connection.getresponse().read())
            features += answer["numberReturned"]
            pages += 1
            ends.append(len(samples))
            following = [link["href"] for link in answer["links"] if link["rel"] == "next"]
            parts = urlsplit(following[0]) if following else None
            address = f"{parts.path}?{parts.query}" if parts else ""
        seconds = time.perf_counter() - begun
    by_page = [max(samples[first:last]) for first, last in pairwise(ends) if last > first]
    print(
        f"whole copy: {features} features in {pages} pages, {seconds:.0f} s, {features / seconds:.0f} features/s;",
        end="",
    )
    print(f" resident MB of the worker in {len(samples)} samples: before {samples[0]:.0f}, ", end="")
    print(
        f"most in the first page {by_page[0]:.0f}, in any {max(by_page):.0f}, in the last {by_page[-1]:.0f}", flush=True
    )


@contextmanager
def resident() -> Iterator[list[float]]:
    """The sizes of the worker in MB, one more every 50 ms."""
    status = Path(f"/proc/{_worker()}/status")
    samples, ended = [_megabytes(status)], Event()

    def sample() -> None:
        while not ended.wait(0.05):
            samples.append(_megabytes(status))

    sampler = Thread(target=sample)
    sampler.start()
    try:
        yield samples
    finally:
        ended.set()
        sampler.join()


def _worker() -> int:
    """The one process of the web server that is being measured whose parent is one of it, too."""
    parents = {}
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            command = (status.parent / "cmdline").read_bytes()
            if b"config/gunicorn.py" in command and (status.parent / "cwd").resolve() == CHECKOUT:
                parents[int(status.parent.name)] = int(re.findall(r"PPid:\s+(\d+)", status.read_text())[0])
        except OSError:
            # The process ended meanwhile.
            continue
    (worker,) = [process for process, parent in parents.items() if parent in parents]
    return worker


def _megabytes(status: Path) -> float:
    return int(re.findall(r"VmRSS:\s+(\d+) kB", status.read_text())[0]) / 1024


if __name__ == "__main__":
    main()
