"""The verifier: a thousand forgeries are all found, and a million rows raise no alarm.

`FORGERIES`, `ROWS` and `AMONG_MANY` of the environment shorten a trial; each prints what it measured.
"""

import os
import random
import resource
import subprocess
import sys
import time
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.audit.chain import record, write_pending
from registry.audit.checkpoints import take_checkpoint, write_checkpoint
from registry.audit.seals import seal_notes
from registry.audit.verifier import verify
from registry.cables.commands import SetMembers
from registry.cables.service import set_members
from registry.kernel.clock import utc_now
from registry.kernel.db.session import WORKER_ROLE, Database
from registry.kernel.installation import CHECKOUT
from registry.structures.commands import EditStructure
from registry.structures.writing import edit_structure
from tests.factories.cables import cable, poles
from tests.factories.structures import make
from tests.support.forgery import WHOLE, forge, forging, whole_forgery
from tests.support.live import context

pytestmark = pytest.mark.trial
FORGERIES, ROWS = int(os.environ.get("FORGERIES", "1000")), int(os.environ.get("ROWS", "1000000"))
#: Forgeries of the large register, each verified whole.
AMONG_MANY = int(os.environ.get("AMONG_MANY", "7"))
CHANGES = 60
#: Of a thousand rows of the large register: so many structures, single changes, and bulk changes of all structures.
STRUCTURES, SINGLE, BULK = max(ROWS // 1000, 100), ROWS // 50, 250
#: After an hour a note put among sealed ones differs from one that commits late.
LATER = timedelta(hours=2)
_COUNTED = ("audit_event", "audit_payload", "audit_note", "audit_seal", "structure_history", "antenna_tower_history")
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
    for _number in range(5):
        with context(database, "viettel") as ctx:
            codes = [pole.code for pole in poles(ctx, 4)]
            cable_route = cable(ctx, *codes)
            made_code, version = cable_route.code, cable_route.version
        with context(database, "viettel") as ctx:
            set_members(ctx, SetMembers(made_code, version, codes[:2]))
    add_notes(database, 500)
    yield database
    database.dispose()


def add_notes(database, count):
    with database.engine.begin() as connection:
        connection.execute(text("RESET ROLE"))
        connection.execute(_MANY_NOTES, {"count": count})
        connection.execute(text("SET LOCAL ROLE registry_worker"))
    seal_notes(database, utc_now())


def add_changes(database):
    """Single and bulk changes, each recorded, with history rows that the triggers of the database write."""
    ids = []
    for _number in range(STRUCTURES // 50):
        with context(database, "viettel") as ctx:
            ids += [make(ctx).id for _each in range(50)]
    for number in range(SINGLE):
        change(database, [ids[number % len(ids)]], f"Đổi lẻ {number}")
    for number in range(BULK):
        change(database, ids[: len(ids) * 4 // 5], f"Đổi loạt {number}")


def change(database, ids, name):
    with context(database, "viettel") as ctx:
        ctx.session.execute(text("UPDATE structure SET name = :name WHERE id = ANY(:ids)"), {"name": name, "ids": ids})
        record(ctx, "structure.edit", "structure", ids[0], rows=len(ids))


def test_a_thousand_forgeries_are_found(register):
    seed = os.environ.get("SEED", str(random.randrange(10**6)))  # noqa: S311
    chance, unseen, kinds = random.Random(seed), [], Counter()  # noqa: S311
    with register.engine.connect() as connection:
        connection.execute(text("RESET ROLE"))
        kept = take_checkpoint(Session(connection), utc_now())
        assert verify(connection, utc_now() + LATER, [kept]).findings == []
        started = time.monotonic()
        for number in range(FORGERIES):
            if number % 50 == 0:
                # What a run that is stopped had found by then.
                sys.stdout.write(f"seed {seed}: {number} forgeries, unseen: {unseen}\n")
                sys.stdout.flush()
            with forging(connection):
                what = forge(connection, chance)
                kinds[" ".join(what.split()[:2])] += 1
                if not verify(connection, utc_now() + LATER, [kept]).findings:
                    unseen.append(what)
        sys.stdout.write(
            f"seed {seed}: {FORGERIES} forgeries in {time.monotonic() - started:.0f} s, unseen: {unseen}\n"
            f"kinds: {dict(kinds.most_common(12))}\n"
        )
    assert unseen == []


def test_a_million_rows_raise_no_alarm_and_hide_no_forgery(register, live_url, tmp_path):
    """The command itself, as a process of its own; then each kind of whole forgery among all rows."""
    started = time.monotonic()
    add_changes(register)
    with register.engine.connect() as connection:
        add_notes(register, max(ROWS - count(connection), 1_000))
    with register.engine.connect() as connection:
        connection.execute(text("RESET ROLE"))
        rows, kept = count(connection), take_checkpoint(Session(connection), utc_now())
    write_checkpoint(tmp_path / "outside" / "checkpoints.jsonl", kept)
    wrote = time.monotonic()
    answer = subprocess.run(
        [
            *(sys.executable, "-m", "flask", "--app", "app", "audit", "verify"),
            "--checkpoint",
            tmp_path / "outside" / "checkpoints.jsonl",
        ],
        cwd=CHECKOUT,
        env=os.environ | {"DATABASE_URL": live_url, "DATA_DIR": str(tmp_path / "data"), "SECRET_KEY": "k" * 40},
        capture_output=True,
        text=True,
        check=False,
    )
    verified = time.monotonic()
    peak_mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    sys.stdout.write(
        f"{rows} rows written in {wrote - started:.0f} s, verified in {verified - wrote:.0f} s,"
        f" largest process {peak_mb:.0f} MB\n{answer.stdout}"
    )
    assert answer.returncode == 0, answer.stderr
    assert rows >= ROWS
    chance, unseen = random.Random(19), []  # noqa: S311
    with register.engine.connect() as connection:
        for number in range(AMONG_MANY):
            with forging(connection):
                what = whole_forgery(connection, chance, WHOLE[number % len(WHOLE)])
                begun = time.monotonic()
                findings = verify(connection, utc_now() + LATER, [kept]).findings
                sys.stdout.write(f"{what}: {len(findings)} findings in {time.monotonic() - begun:.0f} s\n")
                if what and not findings:
                    unseen.append(what)
    assert unseen == []


def count(connection):
    """Rows of the audit records and of the histories that the changes wrote."""
    return sum(connection.scalar(text(f"SELECT count(*) FROM {table}")) for table in _COUNTED)  # noqa: S608
