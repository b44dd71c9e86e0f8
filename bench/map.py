"""How long maps and lists take over HTTP, signed in as an operator, beside the barest SQL of the same question.

    python -m bench.map                              10,000 structures, some two minutes
    SIZES=10000,100000,1000000 python -m bench.map   the sizes that the register is made for

For each size everything is made anew in a private cluster below var/bench-map; nothing is random but the places that
are asked for, and those are the same in each run. The server is the one that `serve` starts, with one
worker. Rights, sign-in and look-log are on.
"""

from __future__ import annotations

import http.client
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from typing import Final

import registry.wiring
from bench.base import BASE, Base
from bench.floor import milliseconds
from bench.places import TOWNS, place, tile
from config.settings import CHECKOUT, Settings
from registry.kernel.db.cluster import Cluster
from registry.kernel.db.session import WEB_ROLE, Database
from registry.kernel.paging import Cursor, sign_cursor
from tests.support.live import browser

FOLDER: Final = CHECKOUT / "var" / "bench-map"
SIZES: Final = [int(size) for size in (os.environ.get("SIZES") or "10000").split(",")]
AGAIN: Final = int(os.environ.get("AGAIN") or 60)
ROUNDS: Final = 5
SECONDS: Final = int(os.environ.get("SECONDS") or 3)
READER: Final = "viettel"
PORT: Final = 8791
SECRET: Final = "k" * 40
PAGE: Final = 50
#: Degrees of a side of a box, about 1 km.
BOX: Final = 0.01


@dataclass(frozen=True)
class Case:
    """A question: its address the nth time, and the floor that it stands on."""

    name: str
    address: Callable[[int], str]
    floor: str = ""
    #: Sent back, so that an unchanged answer is not sent again.
    with_tag: bool = False


def _tile(zoom: int) -> Callable[[int], str]:
    chance, asked = random.Random(zoom), count()  # noqa: S311 - the same places in each run

    def address(_turn: int) -> str:
        x, y = tile(chance, zoom)
        # The argument is read by nobody: it makes each address a new one, so that no tile is found kept.
        return f"/structures/tiles/{zoom}/{x}/{y}.mvt?turn={next(asked)}"

    return address


def _place(turn: int) -> tuple[float, float]:
    return place(random.Random(turn))  # noqa: S311 - the same places in each run


def _near(path: str) -> Callable[[int], str]:
    def address(turn: int) -> str:
        lon, lat = _place(turn)
        return f"{path}?at={lat:.6f}%2C+{lon:.6f}&radius_m=500&kind=cable_pole&quantity=1"

    return address


def _box(path: str) -> Callable[[int], str]:
    asked = count()

    def address(turn: int) -> str:
        lon, lat = _place(turn)
        # An argument that nobody reads: no answer is one that was kept.
        return f"{path}{lon:.5f},{lat:.5f},{lon + BOX:.5f},{lat + BOX:.5f}&turn={next(asked)}"

    return address


def _along(path: str, more: str = "") -> Callable[[int], str]:
    def address(turn: int) -> str:
        lon, lat = _place(turn)
        return f"{path}?points={lat:.6f},{lon:.6f};{lat + 0.013:.6f},{lon + 0.013:.6f}&corridor=15{more}"

    return address


def _page(number: int) -> str:
    """The list from a page on: what a reader finds after so many pages."""
    code = f"THA-CTC-{number * PAGE:07d}"
    cursor = sign_cursor(SECRET, "structures:code", Cursor(code, number * PAGE))
    return f"/structures?cursor={cursor}"


def cases(existing: int) -> list[Case]:
    """What is measured on so many structures."""
    deep = min(9000, existing // PAGE - 20)
    return [
        Case("empty answer", lambda _turn: "/structures/locate"),
        Case("tile z8", _tile(8), "tile z8"),
        Case("tile z12", _tile(12), "tile z12"),
        Case("tile z15", _tile(15), "tile z15"),
        Case("tile z12 kept", lambda _turn: "/structures/tiles/12/3249/1821.mvt"),
        Case("tile z12, 304", lambda _turn: "/structures/tiles/12/3249/1821.mvt", with_tag=True),
        Case("list page 1", lambda turn: _page(turn % 10), "list page"),
        Case(f"list page {deep}", lambda turn: _page(deep + turn % 10), "list page"),
        Case("list by kind", lambda _turn: "/structures?kind=cable_pole&sharing_status=available", "list page"),
        Case("list in a box", _box("/structures?bbox="), "box page"),
        Case("box, GeoJSON", _box("/api/structures?limit=100&bbox="), "box page"),
        Case("same, kept", lambda _turn: "/api/structures?limit=100&bbox=105.77,19.80,105.78,19.81"),
        Case("nearest 20", _near("/api/nearest"), "nearest 20"),
        Case("corridor 15 m", _along("/api/corridor"), "corridor"),
        Case("nearest (HTML)", _near("/planned-sites"), "nearest 20"),
        Case("corridor (HTML)", _along("/planned-routes", "&need=1&option=any"), "corridor"),
    ]


class Client:
    """One keep-alive connection of a signed-in browser."""

    def __init__(self, cookie: str) -> None:
        self.cookie = cookie
        self._connection = http.client.HTTPConnection("127.0.0.1", PORT)

    def get(self, address: str, tag: str | None = None) -> tuple[float, int, str | None]:
        """Milliseconds, bytes, and the tag of the answer."""
        headers = {"Cookie": self.cookie, "Accept-Encoding": "gzip"} | ({"If-None-Match": tag} if tag else {})
        begun = time.perf_counter()
        self._connection.request("GET", address, headers=headers)
        answer = self._connection.getresponse()
        body = answer.read()
        took = (time.perf_counter() - begun) * 1000
        if answer.status not in ((304,) if tag else (200,)):
            raise RuntimeError(f"{address}: {answer.status}")
        return took, len(body), answer.headers.get("ETag")


def warm(client: Client, case: Case) -> None:
    """Ask as long as the floor has for it, so that connections, plans and the pages of the tables are as warm."""
    end, turn = time.monotonic() + SECONDS, 0
    while time.monotonic() < end:
        turn -= 1
        client.get(case.address(turn))


def measured(client: Client, case: Case) -> tuple[float, int]:
    """The median in milliseconds and the largest answer."""
    tag = client.get(case.address(0))[2] if case.with_tag else None
    answers = [client.get(case.address(turn), tag) for turn in range(AGAIN)]
    return statistics.median(took for took, _size, _tag in answers), max(size for _took, size, _tag in answers)


def in_rounds(client: Client, asked: list[Case]) -> Iterator[tuple[Case, float, int]]:
    """Each question with the median of its rounds: what else the machine does for a moment spoils one of them only."""
    for case in asked:
        warm(client, case)
    rounds = [[measured(client, case) for case in asked] for _round in range(ROUNDS)]
    for case, *found in zip(asked, *rounds, strict=True):
        yield case, statistics.median(took for took, _size in found), max(size for _took, size in found)


@contextmanager
def serving(base: Base, *, workers: int = 1, app_path: str = "app:app") -> Iterator[Client]:
    """The web server on the base, and a browser that is signed in."""
    url = base.url(BASE)
    database = Database(url, role=WEB_ROLE)
    app = registry.wiring.create_app(Settings(secret_key=SECRET, data_dir=FOLDER, testing=True), database)
    cookie = browser(app, READER).get_cookie("session")
    database.dispose()
    if cookie is None:
        raise RuntimeError("nobody is signed in")
    given = {"DATABASE_URL": url, "SECRET_KEY": SECRET, "DATA_DIR": str(FOLDER), "PORT": str(PORT), "DEMO": "0"}
    given |= {"REGISTRY_WEB_WORKERS": str(workers), "REGISTRY_LOG_LEVEL": "ERROR"}
    command = [sys.executable, "-m", "gunicorn", "--config", "config/gunicorn.py", app_path]
    server = subprocess.Popen(command, cwd=CHECKOUT, env=os.environ | given, stdout=subprocess.DEVNULL)
    try:
        wait_for(PORT, "/login")
        yield Client(f"session={cookie.value}")
    finally:
        server.terminate()
        server.wait(timeout=30)


def wait_for(port: int, address: str) -> None:
    """Wait until a server answers."""
    for _turn in range(100):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", address)
            connection.getresponse().read()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise RuntimeError("the server did not start")


def report(base: Base, existing: int, before: dict[str, float]) -> dict[str, float]:
    """One line a question; `before` are the medians of the size before."""
    if not os.environ.get("REUSE"):
        base.prepare(existing, scripts=("towns",), values=TOWNS)
    print(f"\n{existing} structures, one client, as {READER}; medians of {ROUNDS} x {AGAIN} in milliseconds")
    print(f"{'':18}{'floor':>9}{'HTTP':>9}{'above':>9}{'growth':>9}{'largest KB':>12}")
    found: dict[str, float] = {}
    with serving(base, app_path="bench.bare_app:app") as client:
        for case, took, size in in_rounds(client, [Case("bare Flask", lambda _turn: "/login")]):
            print(f"{case.name:18}{0:9.2f}{took:9.2f}{took:9.2f}{'':9}{size / 1024:12.1f}", flush=True)
    with serving(base) as client:
        for case, took, size in in_rounds(client, cases(existing)):
            floor = milliseconds(base.plain_url(BASE), case.floor, FOLDER, existing, SECONDS) if case.floor else 0.0
            # The deep page has another number for each size.
            known = case.name if "page" not in case.name or case.name == "list page 1" else "list page"
            growth = f"{took / before[known]:.2f}" if known in before else ""
            print(f"{case.name:18}{floor:9.2f}{took:9.2f}{took - floor:9.2f}{growth:>9}{size / 1024:12.1f}", flush=True)
            found[known] = took
    return found


def main() -> None:
    """Measure and print."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    cluster = Cluster(FOLDER)
    cluster.start()
    try:
        found: dict[str, float] = {}
        for existing in SIZES:
            found = report(Base(cluster, FOLDER), existing, found)
    finally:
        cluster.stop()


if __name__ == "__main__":
    main()
