"""Maps and lists beside tipg, a server of the same kind without sign-in, rights or look-log, on the same structures.

    python -m bench.peer        after `python -m bench.map`: its last base is taken

The first line is the emptiest answer of Flask from the same server: what nothing in it can be faster than.

tipg is installed into an environment of its own below var/bench-map. Both have two workers; sixteen connections ask for
SECONDS (5) at a time, one server after the other. Not like for like: ours reads who asks and what they may see, counts
crowded tiles and has a page of the list in HTML, too; tipg answers anybody and cuts a tile at 10,000 structures.
"""

from __future__ import annotations

import http.client
import os
import random
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final
from urllib.parse import quote

import psycopg.conninfo

from bench.base import BASE, Base
from bench.map import BOX, FOLDER, PORT, serving, wait_for
from bench.places import place, tile
from registry.kernel.db.cluster import Cluster

PEER_PORT: Final = 8792
CONNECTIONS: Final = 16
SECONDS: Final = float(os.environ.get("SECONDS") or 5)
ZOOMS: Final = (8, 12, 13, 15)
Address = Callable[[random.Random], str]


def _box(chance: random.Random) -> str:
    lon, lat = place(chance)
    return f"{lon:.5f},{lat:.5f},{lon + BOX:.5f},{lat + BOX:.5f}"


def _tile(pattern: str, zoom: int) -> Address:
    def address(chance: random.Random) -> str:
        x, y = tile(chance, zoom)
        return pattern.format(z=zoom, x=x, y=y, turn=chance.random())

    return address


def cases() -> list[tuple[str, Address, Address]]:
    """Name, our address and that of the peer."""
    ours = "/structures/tiles/{z}/{x}/{y}.mvt?turn={turn}"
    theirs = "/collections/peer.structure/tiles/WebMercatorQuad/{z}/{x}/{y}"
    items = "/collections/peer.structure/items?f=geojson&limit=100&bbox="
    boxes = [
        (name, (lambda chance, path=path: path + _box(chance)), lambda chance: items + _box(chance))
        for name, path in (("box page", "/api/structures?limit=100&bbox="), ("box page, HTML", "/structures?bbox="))
    ]
    again = "/structures/tiles/{z}/{x}/{y}.mvt"
    return [
        *boxes,
        *((f"tile z{zoom}", _tile(ours, zoom), _tile(theirs, zoom)) for zoom in ZOOMS),
        # As maps ask in truth: most tiles were asked for before by somebody of the same rights, and nothing changed.
        *((f"tile z{zoom} again", _tile(again, zoom), _tile(theirs, zoom)) for zoom in ZOOMS),
    ]


def asked(port: int, cookie: str, address: Address) -> tuple[float, float]:
    """Answers a second and the median in milliseconds."""
    times: list[float] = []
    until = time.monotonic() + SECONDS

    def ask(number: int) -> None:
        chance = random.Random(number)  # noqa: S311 - the same places for both
        connection = http.client.HTTPConnection("127.0.0.1", port)
        while time.monotonic() < until:
            begun = time.monotonic()
            connection.request("GET", address(chance), headers={"Cookie": cookie} if cookie else {})
            answer = connection.getresponse()
            answer.read()
            if answer.status not in (200, 204):
                raise RuntimeError(f"{port}: {answer.status}")
            times.append((time.monotonic() - begun) * 1000)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(times) / SECONDS, statistics.median(times)


@contextmanager
def peer(base: Base) -> Iterator[None]:
    """The other server on a flat copy of the structures."""
    with base.owner(BASE) as connection:
        connection.execute(
            "CREATE SCHEMA IF NOT EXISTS peer; DROP TABLE IF EXISTS peer.structure; CREATE TABLE peer.structure AS"
            " SELECT id, code, kind, name, status, sharing_status, owner_organisation_id, commune_id, geom"
            " FROM structure"
        )
        connection.execute("ALTER TABLE peer.structure ADD PRIMARY KEY (id)")
        connection.execute("CREATE INDEX ON peer.structure USING gist (geom)")
        connection.execute("VACUUM ANALYZE peer.structure")
    home = FOLDER / "peer-env"
    if not home.exists():
        subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
        subprocess.run([str(home / "bin" / "pip"), "install", "--quiet", "tipg==1.6.1", "uvicorn"], check=True)
    # Its settings take no address without a host: the folder of the socket stands in its place.
    address = psycopg.conninfo.conninfo_to_dict(base.plain_url(BASE))
    url = f"postgresql://{address['user']}@{quote(str(address['host']), safe='')}:{address.get('port', 5432)}/{BASE}"
    given = os.environ | {"DATABASE_URL": url, "TIPG_DB_SCHEMAS": '["peer"]'}
    command = [str(home / "bin" / "python"), "-m", "uvicorn", "tipg.main:app", "--workers", "2"]
    command += ["--port", str(PEER_PORT), "--log-level", "error"]
    server = subprocess.Popen(command, env=given)
    try:
        wait_for(PEER_PORT, "/collections")
        yield
    finally:
        server.terminate()
        server.wait(timeout=30)


def main() -> None:
    """Measure and print."""
    cluster = Cluster(FOLDER)
    cluster.start()
    base = Base(cluster, FOLDER)
    print(f"{'':16}{'ours/s':>10}{'tipg/s':>10}{'x':>8}{'ours ms':>10}{'tipg ms':>10}")
    try:
        with serving(base, workers=2, app_path="bench.bare_app:app"):
            rate, took = asked(PORT, "", lambda _chance: "/login")
            print(f"{'bare Flask':16}{rate:10.0f}{'':18}{took:10.1f}", flush=True)
        with serving(base, workers=2) as client, peer(base):
            for name, ours, theirs in cases():
                for port, address in ((PORT, ours), (PEER_PORT, theirs)):
                    asked(port, client.cookie if port == PORT else "", address)
                rate, took = asked(PORT, client.cookie, ours)
                peer_rate, peer_took = asked(PEER_PORT, "", theirs)
                print(
                    f"{name:16}{rate:10.0f}{peer_rate:10.0f}{rate / peer_rate:8.1f}{took:10.1f}{peer_took:10.1f}",
                    flush=True,
                )
    finally:
        cluster.stop()


if __name__ == "__main__":
    main()
