"""Races over HTTP for what can be given once: browsers as processes, rounds, and what must hold after each."""

import contextlib
import subprocess
import sys
from collections import Counter
from urllib.parse import urlencode

from sqlalchemy import select, text

from config.settings import CHECKOUT
from registry.capacity.commands import AddEntry
from registry.capacity.models import CapacityPlace
from registry.capacity.service import add_entry
from registry.colocation.models import ColocationRequest
from tests.factories.colocation import LABEL, accept, tower
from tests.factories.colocation_copies import filed_many
from tests.support.live import context

RACER = (sys.executable, "-I", str(CHECKOUT / "tests" / "support" / "racer.py"))
#: The first of a race did not file first.
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
STATES = text("SELECT id, state FROM colocation_request WHERE id = ANY(:ids)")


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
    running = Racers(count, address, member)
    try:
        yield running
    finally:
        running.stop()


def one_free(database, count):
    """A tower of which one position is free, and so many requests for it: the place's id and the requests' ids."""
    with context(database, "viettel") as ctx:
        structure = tower(ctx, total=TOTAL)
        place_id = ctx.session.scalars(select(CapacityPlace.id).where(CapacityPlace.structure_id == structure.id)).one()
        add_entry(ctx, AddEntry(structure.code, LABEL, TOTAL - 1, holder="MobiFone"))
        code = structure.code
    with context(database, "vnpt") as ctx:
        return place_id, filed_many(ctx, code, count)


def race_for_the_last_place(database, owners):
    """Each of the owner's browsers accepts another request for the one free place; seconds of the answers."""
    count = len(owners.processes)
    place_id, ids = one_free(database, count)
    answers = owners.race([f"/cases/colocation/{number}/accept {OUT_OF_TURN}" for number in ids])
    assert Counter(status for status, _seconds in answers) == {303: 1, 409: count - 1}
    row, states = found(database, place_id, ids)
    assert row.total == row.used + row.reserved + row.blocked + row.free
    assert (row.used, row.reserved, row.blocked, row.free) == (TOTAL - 1, 1, 0, 0)
    assert (row.hung, row.held, row.entries) == (TOTAL - 1, 1, 2)
    assert Counter(states.values()) == {"accepted": 1, "under_review": count - 1}
    return [seconds for _status, seconds in answers]


def found(database, place_id, ids):
    """The ledger of a place, and the state of each request."""
    with context(database, "so.khcn", read_only=True) as ctx:
        row = ctx.session.execute(LEDGER, {"place": place_id}).one()
        return row, dict(ctx.session.execute(STATES, {"ids": ids}).all())


def some_free(database, dice, asked, held):
    """A tower on which `held` requests hold a place each, with some free, and `asked` more wait: facts of a round."""
    free = dice.randint(1, asked)
    with context(database, "viettel") as ctx:
        structure = tower(ctx, total=held + free)
        code = structure.code
        place_id = ctx.session.scalars(select(CapacityPlace.id).where(CapacityPlace.structure_id == structure.id)).one()
    with context(database, "vnpt") as ctx:
        ids = filed_many(ctx, code, held + asked)
    with context(database, "viettel") as ctx:
        for number in ids[:held]:
            accept(ctx, ctx.session.get_one(ColocationRequest, number), out_of_turn="Chuẩn bị")
    return code, place_id, ids[:held], ids[held:], free


def cut(code, total):
    """The owner's form that says a smaller total."""
    typed = urlencode({"label": LABEL, "unit": "position", "total": total})
    return f"/structures/{code}/places/new {typed}"


def race_with_withdrawals_and_a_cut(database, dice, owning, asking):
    """A round in which the owner accepts and cuts its capacity while tenants withdraw; seconds of the answers."""
    asked, askers = len(owning.processes) - 1, len(asking.processes)
    code, place_id, held, waiting, free = some_free(database, dice, asked, askers)
    less = dice.randint(0, free)
    accepts = [f"/cases/colocation/{n}/accept {OUT_OF_TURN}" for n in waiting]
    withdrawals = [f"/cases/colocation/{n}/withdraw" for n in held]
    runners = [
        *zip(owning.processes[1:], accepts, strict=True),
        *zip(asking.processes, withdrawals, strict=True),
        (owning.processes[0], cut(code, askers + free - less)),
    ]
    dice.shuffle(runners)
    answers = at_once(runners)
    assert {status for status, _seconds in answers} <= {200, 303, 409, 422}
    row, states = found(database, place_id, held + waiting)
    accepted = [n for n in waiting if states[n] == "accepted"]
    assert [states[n] for n in held] == ["withdrawn"] * askers
    assert (row.held, row.hung) == (row.reserved, row.used) == (len(accepted), 0)
    assert row.total == row.used + row.reserved + row.blocked + row.free
    assert len(accepted) >= min(asked, free - less), "a free place was refused"
    # What was refused was refused for want of room alone: asked again one by one, all that is free is given.
    refused = [n for n in waiting if states[n] == "under_review"]
    assert len(refused) + len(accepted) == asked
    again = [
        at_once([(owning.processes[1], f"/cases/colocation/{n}/accept {OUT_OF_TURN}")])[0][0]
        for n in refused[: row.free + 1]
    ]
    assert again == ([303] * row.free + [409])[: len(refused)]
    return [seconds for _status, seconds in answers]
