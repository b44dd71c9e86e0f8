"""The verifier: a thousand forgeries are all found, and a million rows raise no alarm.

`FORGERIES` and `NOTES` of the environment shorten a trial; each prints what it measured.
"""

import os
import random
import sys
import time
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.audit.chain import write_pending
from registry.audit.checkpoints import take_checkpoint
from registry.audit.seals import seal_notes
from registry.audit.verifier import reading, verify
from registry.kernel.clock import utc_now
from registry.kernel.db.session import WORKER_ROLE, Database
from registry.structures.commands import EditStructure
from registry.structures.writing import edit_structure
from tests.factories.structures import make
from tests.support.forgery import forge, forging
from tests.support.live import context

pytestmark = pytest.mark.trial
FORGERIES, NOTES = int(os.environ.get("FORGERIES", "1000")), int(os.environ.get("NOTES", "1000000"))
CHANGES = 60
_MANY_NOTES = text("""
    INSERT INTO audit_note (occurred_at, actor_id, actor_label, organisation_id, action, owner_ids, request_id, origin,
                            details)
    SELECT now() - make_interval(secs => 0.001 * (:count - n)), n % 50, 'Người ' || n % 50, n % 7, 'look',
           ARRAY[n % 7, 9], md5(n::text), '10.0.0.1', jsonb_build_object('looks', jsonb_build_array(
               jsonb_build_object('what', 'list', 'owners', jsonb_build_array(n % 7), 'share', n / 1000.0)))
      FROM generate_series(1, :count) n
""")


@pytest.fixture
def register(live_url):
    """A database with changes and some sealed notes."""
    database = Database(live_url, role=WORKER_ROLE)
    database.before_commit.append(write_pending)
    for number in range(CHANGES // 2):
        with context(database, "viettel") as ctx:
            code = make(ctx).code
        with context(database, "viettel") as ctx:
            edit_structure(ctx, EditStructure(code, 1, {"name": f"Đổi tên {number}"}))
    add_notes(database, 500)
    yield database
    database.dispose()


def add_notes(database, count):
    with database.engine.begin() as connection:
        connection.execute(text("RESET ROLE"))
        connection.execute(_MANY_NOTES, {"count": count})
        connection.execute(text("SET LOCAL ROLE registry_worker"))
    seal_notes(database, utc_now())


def test_a_thousand_forgeries_are_found(register):
    seed = os.environ.get("SEED", str(random.randrange(10**6)))  # noqa: S311
    chance, unseen = random.Random(seed), []  # noqa: S311
    with register.engine.connect() as connection:
        connection.execute(text("RESET ROLE"))
        kept = take_checkpoint(Session(connection), utc_now())
        assert verify(connection, utc_now(), [kept]).findings == []
        started = time.monotonic()
        for _number in range(FORGERIES):
            with forging(connection):
                what = forge(connection, chance)
                if not verify(connection, utc_now(), [kept]).findings:
                    unseen.append(what)
        sys.stdout.write(
            f"seed {seed}: {FORGERIES} forgeries in {time.monotonic() - started:.0f} s, unseen: {unseen}\n"
        )
    assert unseen == []


def test_many_rows_raise_no_alarm(register, live_url):
    started = time.monotonic()
    add_notes(register, NOTES)
    sealed = time.monotonic()
    with reading(live_url) as connection:
        report = verify(connection, utc_now() + timedelta(minutes=1))
    write_s, verify_s = sealed - started, time.monotonic() - sealed
    sys.stdout.write(f"{report.notes} notes: written and sealed in {write_s:.0f} s, verified in {verify_s:.0f} s\n")
    assert report.findings == []
    assert report.notes == NOTES + 500
