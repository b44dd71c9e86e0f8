"""The last free place, asked for by many at once over HTTP: it is given once, and the ledger adds up (PROMISES P3)."""

import contextlib
import subprocess
import sys
import time
from collections import Counter
from statistics import quantiles
from urllib.parse import urlencode

import pytest
from sqlalchemy import select, text

from config.settings import CHECKOUT
from registry.capacity.commands import AddEntry
from registry.capacity.models import CapacityPlace
from registry.capacity.service import add_entry
from tests.db.test_serve import environment, free_port, served
from tests.factories.colocation import LABEL, tower
from tests.factories.colocation_copies import filed_many
from tests.support.live import context
from tests.support.patience import PATIENCE_S

RACER = (sys.executable, "-I", str(CHECKOUT / "tests" / "support" / "racer.py"))
#: Whoever is first here did not file first.
OUT_OF_TURN = urlencode({"out_of_turn": "Thử nhiều người cùng lúc"})
#: Positions of the tower of a round; all but one are in use.
TOTAL = 3
LEDGER = text("""
    SELECT p.total, p.used, p.reserved, p.blocked, p.free,
           coalesce(sum(e.quantity) FILTER (WHERE e.state = 'used'), 0) AS hung,
           coalesce(sum(e.quantity) FILTER (WHERE e.state = 'reserved'), 0) AS held,
           count(e.id) AS entries
      FROM capacity_place p LEFT JOIN capacity_entry e ON e.place_id = p.id
     WHERE p.id = :place GROUP BY p.id
""")
STATES = text("SELECT state FROM colocation_request WHERE id = ANY(:ids)")


class Racers:
    """Browsers in processes of their own, all of the owner."""

    def __init__(self, count, address, member):
        self.processes = [
            subprocess.Popen(
                [*RACER, address, member.username], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
            )
            for _number in range(count)
        ]
        for process in self.processes:
            # One after the other: many tries at one account at once are what the counter of tries is there against.
            tell(process, member.password)
            assert hear(process) == "in"

    def race(self, paths):
        """Let each open its form, then all send theirs; (status, seconds) of each."""
        return at_once(list(zip(self.processes, paths, strict=True)))

    def stop(self):
        for process in self.processes:
            process.kill()
            process.communicate()


def at_once(runners):
    """(process, path) each: all open their forms, then all send them; (status, seconds) of each."""
    for process, path in runners:
        tell(process, path)
    assert {hear(process) for process, _path in runners} == {"ready"}
    for process, _path in runners:
        tell(process, "go")
    answers = [hear(process).split() for process, _path in runners]
    return [(int(status), float(seconds)) for status, seconds in answers]


def tell(process, words):
    process.stdin.write(f"{words}\n")


def hear(process):
    return process.stdout.readline().strip()


@contextlib.contextmanager
def racers(count, address, member):
    made = Racers(count, address, member)
    try:
        yield made
    finally:
        made.stop()


@pytest.fixture
def address(live_url, tmp_path):
    """Where the program answers, served as an installation serves it."""
    port = str(free_port())
    env = environment(tmp_path, PORT=port, DATABASE_URL=live_url, SECRET_KEY="k" * 40, REGISTRY_WEB_WORKERS="2")
    with served(env | {"REGISTRY_LOG_LEVEL": "WARNING"}) as process:
        yield f"http://127.0.0.1:{port}"
        process.terminate()
        process.wait(timeout=PATIENCE_S)


def prepared(database, count):
    """A tower of which one position is free, and so many requests for it: the place's id and the requests' ids."""
    with context(database, "viettel") as ctx:
        made = tower(ctx, total=TOTAL)
        place_id = ctx.session.scalars(select(CapacityPlace.id).where(CapacityPlace.structure_id == made.id)).one()
        add_entry(ctx, AddEntry(made.code, LABEL, TOTAL - 1, holder="MobiFone"))
        code = made.code
    with context(database, "vnpt") as ctx:
        return place_id, filed_many(ctx, code, count)


@pytest.mark.parametrize(
    ("count", "rounds"), [pytest.param(64, 20, marks=pytest.mark.trial, id="many"), pytest.param(16, 3, id="few")]
)
def test_the_last_free_place_is_given_once(live_app, address, cast, capsys, count, rounds):
    database = live_app.extensions["registry.database"]
    began, times = time.monotonic(), []
    with racers(count, address, cast["viettel"]) as owners:
        for _round in range(rounds):
            place_id, ids = prepared(database, count)
            answers = owners.race([f"/cases/colocation/{number}/accept {OUT_OF_TURN}" for number in ids])
            assert Counter(status for status, _seconds in answers) == {303: 1, 409: count - 1}
            times += [seconds for _status, seconds in answers]
            with context(database, "so.khcn", read_only=True) as ctx:
                row = ctx.session.execute(LEDGER, {"place": place_id}).one()
                states = Counter(ctx.session.scalars(STATES, {"ids": ids}))
            assert row.total == row.used + row.reserved + row.blocked + row.free
            assert (row.used, row.reserved, row.blocked, row.free) == (TOTAL - 1, 1, 0, 0)
            assert (row.hung, row.held, row.entries) == (TOTAL - 1, 1, 2)
            assert states == {"accepted": 1, "under_review": count - 1}
    with capsys.disabled():
        sys.stdout.write(
            f"{rounds} rounds of {count}: {time.monotonic() - began:.0f} s in all; an answer came within"
            f" {quantiles(times, n=20)[-1]:.2f} s (p95), {max(times):.2f} s (worst)\n"
        )
