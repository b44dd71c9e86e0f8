"""Approvals by many at once, while others withdraw and the owner cuts its capacity, all over HTTP (PROMISES P3).

No place is ever given twice, and no free one refused: of what was free at the start and is left by the cuts, as many
approvals as it holds must succeed, whatever else happens meanwhile.
"""

import random
import sys
import time
from statistics import quantiles
from urllib.parse import urlencode

import pytest
from sqlalchemy import select, text

from registry.capacity.models import CapacityPlace
from registry.colocation.models import ColocationRequest
from tests.factories.colocation import LABEL, accept, tower
from tests.factories.colocation_copies import filed_many
from tests.support.live import context
from tests.trials.test_race import LEDGER, OUT_OF_TURN, Racers, address, at_once  # noqa: F401 - the fixture

SEED = 20261126
STATES = text("SELECT id, state FROM colocation_request WHERE id = ANY(:ids)")


def prepared(database, dice, asked, held):
    """A tower on which `held` requests hold a place each, with some free, and `asked` more wait: facts of a round."""
    free = dice.randint(1, asked)
    with context(database, "viettel") as ctx:
        made = tower(ctx, total=held + free)
        code = made.code
        place_id = ctx.session.scalars(select(CapacityPlace.id).where(CapacityPlace.structure_id == made.id)).one()
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


@pytest.mark.parametrize(
    ("owners", "askers", "approvals"),
    [pytest.param(49, 15, 10_000, marks=pytest.mark.trial, id="many"), pytest.param(21, 7, 300, id="few")],
)
def test_nothing_is_given_twice_and_nothing_free_is_refused(
    live_app,
    address,  # noqa: F811
    cast,
    capsys,
    owners,
    askers,
    approvals,
):
    database, dice = live_app.extensions["registry.database"], random.Random(SEED)  # noqa: S311 - the same rounds each time
    asked, done, times, began = owners - 1, 0, [], time.monotonic()
    owning, asking = Racers(owners, address, cast["viettel"]), Racers(askers, address, cast["vnpt"])
    try:
        while done < approvals:
            code, place_id, held, waiting, free = prepared(database, dice, asked, askers)
            less = dice.randint(0, free)
            runners = [
                *zip(
                    owning.processes[1:], [f"/cases/colocation/{n}/accept {OUT_OF_TURN}" for n in waiting], strict=True
                ),
                *zip(asking.processes, [f"/cases/colocation/{n}/withdraw" for n in held], strict=True),
                (owning.processes[0], cut(code, askers + free - less)),
            ]
            dice.shuffle(runners)
            answers = at_once(runners)
            done += asked
            times += [seconds for _status, seconds in answers]
            assert {status for status, _seconds in answers} <= {200, 303, 409, 422}
            with context(database, "so.khcn", read_only=True) as ctx:
                row = ctx.session.execute(LEDGER, {"place": place_id}).one()
                states = dict(ctx.session.execute(STATES, {"ids": held + waiting}).all())
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
    finally:
        owning.stop()
        asking.stop()
    with capsys.disabled():
        rounds, seconds = done // asked, time.monotonic() - began
        sys.stdout.write(
            f"{done} approvals, {rounds * askers} withdrawals, {rounds} cuts in {seconds:.0f} s; an answer came within"
            f" {quantiles(times, n=20)[-1]:.2f} s (p95), {max(times):.2f} s (worst), seed {SEED}\n"
        )
