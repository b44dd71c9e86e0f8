"""Maps and lists beside tipg, a server of the same kind without sign-in, rights or look-log, on the same structures.

    python -m bench.peer        after `python -m bench.map`: its last base is taken

The first line is the emptiest answer of Flask from the same server: what nothing in it can be faster than.

tipg is installed into an environment of its own below var/bench-map. Both have two workers; sixteen connections ask for
SECONDS (5) at a time, one server after the other. Not like for like: ours reads who asks and what they may see, counts
crowded tiles and has a page of the list in HTML, too; tipg answers anybody and cuts a tile at 10,000 structures.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
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
HOME: Final = FOLDER / "peer-env"
PACKAGES: Final = ("tipg==1.6.1", "uvicorn", "pycurl==7.49.0")
SECONDS: Final = float(os.environ.get("SECONDS") or 5)
#: What the peer tells of each: thirteen facts, those that our page of a box tells among them.
COLUMNS: Final = (
    "code, kind, name, own_code, owner_category, owner_organisation_id, status, sharing_status, condition, commune_id,"
    " road_name, address, updated_at"
)
#: Addresses for one asking, and different ones where they are asked again.
MOST, FEW = int(10_000 * SECONDS), 200
ZOOMS: Final = (8, 12, 13, 15)
#: Degrees of a side of a box: of a hundred structures on a page, a street's, a quarter's, a town's, a district's.
SIDES: Final = (BOX, 0.03, 0.1, 0.3)
Address = Callable[[random.Random], str]


def box(path: str, side: float = BOX) -> Address:
    def address(chance: random.Random) -> str:
        lon, lat = place(chance)
        return f"{path}{lon:.5f},{lat:.5f},{lon + side:.5f},{lat + side:.5f}"

    return address


def _tile(pattern: str, zoom: int) -> Address:
    def address(chance: random.Random) -> str:
        x, y = tile(chance, zoom)
        return pattern.format(z=zoom, x=x, y=y, turn=chance.random())

    return address


def new(address: Address) -> list[str]:
    """More addresses than a server answers in the time; hardly one of them twice."""
    chance = random.Random(0)  # noqa: S311 - the same places for both
    return [address(chance) for _number in range(MOST)]


def again(address: Address) -> list[str]:
    """The same few hundred addresses over and over, in no order."""
    chance = random.Random(1)  # noqa: S311
    few = [address(chance) for _number in range(FEW)]
    return [chance.choice(few) for _number in range(MOST)]


def cases() -> list[tuple[str, list[str], list[str]]]:
    """Name, addresses of ours and those of the peer."""
    tiles = "/structures/tiles/{z}/{x}/{y}.mvt"
    peers = "/collections/peer.structure/tiles/WebMercatorQuad/{z}/{x}/{y}"
    items, html = "/api/structures?limit=100&bbox=", "/structures?bbox="
    peers_items = "/collections/peer.structure/items?f=geojson&limit=100&bbox="
    return [
        ("page, HTML", new(box(html)), new(box(peers_items))),
        *((f"box of {side}", new(box(items, side)), new(box(peers_items, side))) for side in SIDES),
        *((f"{side} again", again(box(items, side)), again(box(peers_items, side))) for side in SIDES),
        # An argument that nobody reads: no answer is one that was kept.
        *((f"tile z{zoom}", new(_tile(tiles + "?turn={turn}", zoom)), new(_tile(peers, zoom))) for zoom in ZOOMS),
        # As maps ask in truth: most tiles were asked for before by somebody of the same rights, and nothing changed.
        *((f"tile z{zoom} again", again(_tile(tiles, zoom)), again(_tile(peers, zoom))) for zoom in ZOOMS),
    ]


def asked(port: int, cookie: str, addresses: list[str]) -> tuple[float, float]:
    """Answers a second and the median in milliseconds."""
    command = [str(HOME / "bin" / "python"), "-m", "bench.asker", str(port), str(SECONDS)]
    given = os.environ | {"COOKIE": cookie}
    told = subprocess.run(command, input="\n".join(addresses), env=given, check=True, capture_output=True, text=True)
    rate, took = told.stdout.split()
    return float(rate), float(took)


def install() -> None:
    """The peer, and what asks, in an environment of their own."""
    if not HOME.exists():
        subprocess.run([sys.executable, "-m", "venv", str(HOME)], check=True)
        subprocess.run([str(HOME / "bin" / "pip"), "install", "--quiet", *PACKAGES], check=True)


@contextmanager
def peer(base: Base) -> Iterator[None]:
    """The other server on a flat copy of the structures."""
    with base.owner(BASE) as connection:
        connection.execute(
            "CREATE SCHEMA IF NOT EXISTS peer; DROP TABLE IF EXISTS peer.structure; CREATE TABLE peer.structure AS"
            f" SELECT id, {COLUMNS}, geom FROM structure"
        )
        connection.execute("ALTER TABLE peer.structure ADD PRIMARY KEY (id)")
        connection.execute("CREATE INDEX ON peer.structure USING gist (geom)")
        connection.execute("VACUUM ANALYZE peer.structure")
    # Its settings take no address without a host: the folder of the socket stands in its place.
    address = psycopg.conninfo.conninfo_to_dict(base.plain_url(BASE))
    url = f"postgresql://{address['user']}@{quote(str(address['host']), safe='')}:{address.get('port', 5432)}/{BASE}"
    given = os.environ | {"DATABASE_URL": url, "TIPG_DB_SCHEMAS": '["peer"]'}
    command = [str(HOME / "bin" / "python"), "-m", "uvicorn", "tipg.main:app", "--workers", "2"]
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
    install()
    try:
        with serving(base, workers=2, app_path="bench.bare_app:app"):
            rate, took = asked(PORT, "", ["/login"] * MOST)
            print(f"{'bare Flask':16}{rate:10.0f}{'':18}{took:10.1f}", flush=True)
        with serving(base, workers=2) as client, peer(base):
            for name, ours, theirs in cases():
                for port, addresses in ((PORT, ours), (PEER_PORT, theirs)):
                    # First others of the kind, so that plans are made; where the same come again, these.
                    asked(port, client.cookie if port == PORT else "", addresses[::-1])
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
