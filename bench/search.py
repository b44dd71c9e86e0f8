"""How long the search of the site takes, by HTTP as each reader, beside the barest SQL of the same question.

    python -m bench.search                       50,000 structures, some two minutes
    make bench EXISTING=1000000                  the size that the register is made for, after the imports

Everything is made anew in a private cluster below var/bench-search, and nothing is random; with REUSE=1 the base of the
last run is taken again. Each question is asked AGAIN times, each time with another number or street in it.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import psycopg

import registry.wiring
from bench.base import BASE, Base
from bench.figures import percentile
from config.settings import CHECKOUT, Settings
from registry.kernel.db import migrations
from registry.kernel.db.cluster import Cluster
from registry.kernel.db.session import WEB_ROLE, Database
from tests.support.live import browser

FOLDER = CHECKOUT / "var" / "bench-search"
EXISTING = int(os.environ.get("EXISTING") or 50_000)
AGAIN = int(os.environ.get("AGAIN") or 15)
#: An operator with a fifth of all structures and the published ones of others, one that owns none, and the department.
READERS = ("viettel", "dienluc", "so.khcn", None)
SCRIPTS = ("province", "search_words", "existing", "search_unworded")
STREETS = ("Trần Phú", "Lê Lợi", "Nguyễn Trãi", "Hàm Rồng", "Bà Trưng", "Đông Sơn", "Quảng Xương", "Mường Lát")
#: The same with a letter wrong, missing, doubled or in the wrong place.
SLIPS = ("tran phuu", "le lio", "ngyen trai", "ham rogn", "ba trugn", "dong sown", "quang xuong o", "muong lta")
FOLDED = ("tran phu", "le loi", "nguyen trai", "ham rong", "ba trung", "dong son", "quang xuong", "muong lat")
PIECES = "SELECT id FROM structure WHERE search_text LIKE '%%' || %s || '%%' AND search_text LIKE '%%' || %s || '%%'"


@dataclass(frozen=True)
class Question:
    """What is typed for the nth time, and the barest SQL for it with its values."""

    name: str
    typed: Callable[[int], str]
    floor: str
    values: Callable[[str], tuple[Any, ...]]


def _number(turn: int) -> int:
    return 1 + turn * 7919 % EXISTING


def _two(typed: str) -> tuple[str, ...]:
    return tuple(typed.split()[:2])


QUESTIONS = (
    Question(
        "exact code",
        lambda turn: f"THA-CTC-{_number(turn):07d}",
        "SELECT id FROM structure WHERE code = %s",
        lambda typed: (typed,),
    ),
    Question(
        "own code",
        lambda turn: f"CT-{_number(turn)}",
        "SELECT id FROM structure WHERE fold(own_code) = %s",
        lambda typed: (typed.lower(),),
    ),
    Question(
        "name without marks",
        lambda turn: ("ham rong", "tran phu", "le loi", "muong lat", "dong son", "bim son", "sam son")[turn % 7],
        f"{PIECES} LIMIT 9",
        _two,
    ),
    Question("name with marks", lambda turn: STREETS[turn % 8], f"{PIECES} LIMIT 9", lambda typed: ("nam", "son")),
    Question("common words", lambda _turn: "cột treo", f"{PIECES} LIMIT 9", lambda _typed: ("cot", "treo")),
    Question(
        "typo",
        lambda turn: SLIPS[turn % 8],
        "SELECT id FROM structure WHERE %s <%% search_text LIMIT 9",
        lambda typed: (typed,),
    ),
    Question(
        "nothing alike",
        lambda turn: f"khongcogi xyzzy{turn}",
        "SELECT id FROM structure WHERE %s <%% search_text LIMIT 9",
        lambda typed: (typed,),
    ),
    Question(
        "owner",
        lambda _turn: "viettel",
        "SELECT id FROM organisation WHERE search_text LIKE '%%' || %s || '%%' LIMIT 9",
        lambda typed: (typed,),
    ),
    Question(
        "owner and words",
        lambda turn: f"viettel {FOLDED[turn % 8]}",
        f"{PIECES} LIMIT 9",
        lambda typed: tuple(typed.split()[1:3]),
    ),
    Question(
        "two letters",
        lambda _turn: "tu",
        "SELECT id FROM structure WHERE fold(own_code) = %s",
        lambda typed: (typed,),
    ),
    Question(
        "case number",
        lambda turn: f"DC-2026-{turn:06d}",
        "SELECT id FROM colocation_request WHERE number = %s",
        lambda typed: (typed,),
    ),
)


def floor_of(connection: psycopg.Connection[Any], question: Question) -> float:
    """The median in milliseconds of the barest SQL, by whoever may read everything."""
    times = []
    for turn in range(AGAIN):
        values = question.values(question.typed(turn))
        begun = time.monotonic()
        connection.execute(question.floor, values).fetchall()  # type: ignore[arg-type]
        times.append((time.monotonic() - begun) * 1000)
    return statistics.median(times)


def asked(client: Any, question: Question) -> list[float]:
    """Milliseconds of each page of results."""
    times = []
    for turn in range(AGAIN):
        begun = time.monotonic()
        answer = client.get(f"/search?q={quote(question.typed(turn))}")
        times.append((time.monotonic() - begun) * 1000)
        if answer.status_code != 200:  # noqa: PLR2004
            raise RuntimeError(f"{question.name} was refused")
    return times


def report(base: Base) -> None:
    """One line a question: the floor, then median and 95th of a hundred for each reader, in milliseconds."""
    if not os.environ.get("REUSE"):
        base.prepare(EXISTING, scripts=SCRIPTS)
    migrations.upgrade(base.url(BASE))
    database = Database(base.url(BASE), role=WEB_ROLE)
    app = registry.wiring.create_app(Settings(secret_key="x" * 40, data_dir=FOLDER, testing=True), database)
    clients = {reader: browser(app, reader) for reader in READERS}
    for client in clients.values():
        client.get("/search")
    heads = ["milliseconds".ljust(20), "floor".rjust(8)]
    heads += [f"{reader or 'public'} p50/p95".rjust(18) for reader in READERS]
    print(f"{EXISTING} structures, each question asked {AGAIN} times")
    print("  ".join(heads))
    with base.owner(BASE) as connection:
        connection.execute(
            "SET max_parallel_workers_per_gather = 0; SET plan_cache_mode = force_custom_plan;"
            " SET pg_trgm.word_similarity_threshold = 0.5"
        )
        for question in QUESTIONS:
            cells = [question.name.ljust(20), f"{floor_of(connection, question):.1f}".rjust(8)]
            for client in clients.values():
                times = asked(client, question)
                cells.append(f"{statistics.median(times):.0f} / {percentile(times):.0f}".rjust(18))
            print("  ".join(cells), flush=True)
    database.dispose()


def main() -> None:
    """Measure and print."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    cluster = Cluster(FOLDER)
    cluster.start()
    try:
        report(Base(cluster, FOLDER))
    finally:
        cluster.stop()


if __name__ == "__main__":
    main()
