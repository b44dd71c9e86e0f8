"""What the policies of rows cost: pages of the demonstration with them and without, in turns, in one process.

    python -m bench.row_policies          ROUNDS=20; REUSE=1 takes the databases of the last run

Both registers are the same demonstration; the tables of the second have no row-level security. Time is that of the
processors, of this process and of its backend, so that other work on the machine counts little. The least of the rounds
of each page is taken; the ratio is of their sums.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from sqlalchemy import text

from bench.base import Base
from config.settings import CHECKOUT, Settings
from registry.kernel.db import migrations
from registry.kernel.db.cluster import Cluster
from registry.kernel.db.session import WEB_ROLE, Database
from registry.kernel.feature import mount
from registry.wiring import create_app
from registry.wiring.features import FEATURES
from tests.support.demo import start
from tests.support.live import browser

FOLDER: Final = CHECKOUT / "var" / "bench-policies"
ROUNDS: Final = int(os.environ.get("ROUNDS") or 20)
WITH, WITHOUT = "with_policies", "without_policies"
READERS: Final = ("viettel", "so.khcn", "ubnd.xa")
PAGES: Final = (
    *("/", "/structures", "/colocation", "/colocation/agreements", "/violations", "/incidents", "/notices"),
    *("/search?q=treo+c%C3%A1p", "/imports"),
)
#: How much longer the pages may take together.
MOST: Final = 1.03
_PROTECTED: Final = text("SELECT relname FROM pg_class WHERE relrowsecurity ORDER BY relname")


class Register:
    """An application on one of the databases, with a browser for each reader."""

    def __init__(self, base: Base, name: str) -> None:
        self._database = Database(base.url(name), role=WEB_ROLE, pool_size=1)
        settings = Settings(secret_key="x" * 40, data_dir=FOLDER / name, testing=True)
        self._browsers = {reader: browser(create_app(settings, self._database), reader) for reader in READERS}

    def is_open(self, reader: str, page: str) -> bool:
        """Whether the reader has the right to a page; RuntimeError where it is broken."""
        status = self._browsers[reader].get(page).status_code
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise RuntimeError(f"{page} answered {status} to {reader}")
        return status == HTTPStatus.OK

    def take(self, reader: str, page: str) -> float:
        """Seconds of the processors for a page; again where its backend was exchanged meanwhile."""
        while True:
            with self._database.session() as opened:
                backend = opened.scalar(text("SELECT pg_backend_pid()"))
            with suppress(FileNotFoundError):
                begun = _seconds(backend)
                self._browsers[reader].get(page)
                return _seconds(backend) - begun

    def close(self) -> None:
        """Let the database go."""
        self._database.dispose()


def _seconds(backend: int) -> float:
    of_backend = Path(f"/proc/{backend}/schedstat").read_text(encoding="utf-8").split()[0]
    return time.process_time() + int(of_backend) / 1e9


def prepare(base: Base) -> None:
    """The demonstration, and a copy of it whose tables are open."""
    mount(FEATURES)
    url = base.fresh(WITH)
    migrations.upgrade(url)
    start(url)
    base.fresh(WITHOUT, WITH)
    with base.owner(WITHOUT) as connection:
        for row in connection.execute(_PROTECTED.text).fetchall():
            connection.execute(f"ALTER TABLE {row.relname} DISABLE ROW LEVEL SECURITY".encode())


def measure(registers: tuple[Register, Register], reader: str, page: str) -> tuple[float, float]:
    """The least seconds of a page with the policies and without."""
    rounds: tuple[list[float], list[float]] = ([], [])
    for turn in range(ROUNDS + 2):
        for at in (0, 1) if turn % 2 else (1, 0):
            rounds[at].append(registers[at].take(reader, page))
    # The first two of each fill caches and plan statements.
    return min(rounds[0][2:]), min(rounds[1][2:])


def main() -> None:
    """Print each page and the ratio of all; RuntimeError where they take longer than they may."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    cluster = Cluster(FOLDER)
    cluster.start()
    try:
        base = Base(cluster, FOLDER)
        if not os.environ.get("REUSE"):
            prepare(base)
        registers = Register(base, WITH), Register(base, WITHOUT)
        sums: list[Any] = [0.0, 0.0]
        print(f"{'page':32}{'reader':12}{'with ms':>10}{'without ms':>12}{'ratio':>8}")
        for page in PAGES:
            for reader in READERS:
                if not all(register.is_open(reader, page) for register in registers):
                    continue
                times = measure(registers, reader, page)
                sums = [total + each for total, each in zip(sums, times, strict=True)]
                cells = f"{times[0] * 1000:10.1f}{times[1] * 1000:12.1f}{times[0] / times[1]:8.3f}"
                print(f"{page:32}{reader:12}{cells}", flush=True)
        for register in registers:
            register.close()
    finally:
        cluster.stop()
    ratio = sums[0] / sums[1]
    print(f"all pages: {ratio:.3f} times, at most {MOST}")
    if ratio > MOST:
        raise RuntimeError("the policies of rows cost more than they may")


if __name__ == "__main__":
    main()
