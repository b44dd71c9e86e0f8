"""The job worker: a job exists if its transaction committed, and a killed worker leaves nothing half done."""

import io
import subprocess
import sys
import time
from functools import partial

import pytest
from sqlalchemy import NullPool, create_engine, func, select, text
from sqlalchemy.orm import Session

from config.settings import CHECKOUT
from registry.accounts.actor import actor_of
from registry.audit.chain import write_pending
from registry.authz.actors import SYSTEM_ACTOR
from registry.files.storage import FileStore
from registry.imports.commands import SetMapping, UploadFile
from registry.imports.jobs import FOLDER, defer_work, run_work
from registry.imports.mapping import System
from registry.imports.models import BatchState, ImportBatch
from registry.imports.service import check_batch, read_batch, request_apply, set_mapping, upload
from registry.kernel.clock import utc_now
from registry.kernel.db.session import WEB_ROLE, WORKER_ROLE, Database, abort
from registry.kernel.jobs import defer, retry_stalled, run_worker
from registry.notices.models import Notice
from registry.notices.readers import read
from registry.structures.models import Structure
from tests.factories.structures import organisation_id
from tests.support.fixtures import account
from tests.support.import_files import as_csv, site
from tests.support.patience import PATIENCE_S

#: The lock of the audit chain, the last thing before a commit.
CHAIN_LOCK = 7_204_001
WORKER = """
import sys
from pathlib import Path
from registry import wiring
from registry.kernel.db.session import WORKER_ROLE, Database
from registry.kernel.jobs import run_worker
database = Database(sys.argv[1], role=WORKER_ROLE)
database.before_commit.append(wiring.write_pending)
sys.exit(run_worker(database, Path(sys.argv[2])))
"""


@pytest.fixture
def web(live_url):
    database = Database(live_url, role=WEB_ROLE)
    database.before_commit.append(write_pending)
    yield database
    database.dispose()


@pytest.fixture
def worker(live_url):
    database = Database(live_url, role=WORKER_ROLE)
    database.before_commit.append(write_pending)
    yield database
    database.dispose()


def operator(session: Session):
    return actor_of(session, account(session, "viettel"), utc_now())


def checked_batch(web, folder, rows):
    """A batch of Viettel that is ready to be applied; returns its id."""
    store = FileStore(folder / FOLDER)
    with web.transaction(operator) as ctx:
        owner = organisation_id(ctx.session, "viettel")
        batch = upload(ctx, store, UploadFile(owner, "antenna_tower", "a.csv", io.BytesIO(as_csv(rows))))
        read_batch(ctx, store, batch.id)
        set_mapping(ctx, SetMapping(batch.id, batch.version, batch.mapping, System.VN2000))
        check_batch(ctx, batch.id)
        return batch.id


def ask(web, batch_id, *, give_up=False):
    with web.transaction(operator) as ctx:
        request_apply(ctx, batch_id)
        defer_work(ctx, "apply", batch_id)
        if give_up:
            abort(ctx)


def state_of(database, batch_id):
    with database.transaction(operator, read_only=True) as ctx:
        batch = ctx.session.get_one(ImportBatch, batch_id)
        structures = ctx.session.scalar(select(func.count()).select_from(Structure))
        return batch.state, structures


def jobs(database):
    with database.transaction(operator, read_only=True) as ctx:
        return list(ctx.session.execute(text("SELECT status::text, task_name FROM procrastinate_jobs ORDER BY id")))


def test_a_job_of_a_transaction_that_was_rolled_back_never_was(web, tmp_path):
    batch_id = checked_batch(web, tmp_path, [site(1)])
    ask(web, batch_id, give_up=True)
    assert jobs(web) == []
    assert state_of(web, batch_id) == (BatchState.CHECKED, 0)


def test_the_worker_applies_what_was_asked_for(web, worker, tmp_path):
    batch_id = checked_batch(web, tmp_path, [site(1), site(2)])
    ask(web, batch_id)
    assert state_of(web, batch_id) == (BatchState.APPLYING, 0)
    assert run_worker(worker, tmp_path, wait=False) == 0
    assert state_of(web, batch_id) == (BatchState.APPLIED, 2)
    assert ("succeeded", "imports.work") in [tuple(job) for job in jobs(worker)]


def test_a_job_that_runs_twice_has_one_effect(web, worker, tmp_path):
    batch_id = checked_batch(web, tmp_path, [site(1)])
    ask(web, batch_id)
    with web.transaction(operator, read_only=True) as ctx:
        user_id = ctx.actor.id
    for _again in range(2):
        run_work(worker, FileStore(tmp_path / FOLDER), "apply", batch_id, user_id)
    assert state_of(web, batch_id) == (BatchState.APPLIED, 1)


def test_what_became_forbidden_meanwhile_fails_in_words(web, worker, tmp_path):
    batch_id = checked_batch(web, tmp_path, [site(1)])
    ask(web, batch_id)
    with web.transaction(operator) as ctx:
        user = account(ctx.session, "viettel")
        user.is_active, user.disabled_at = False, ctx.now
        ctx.before_commit.clear()
    run_worker(worker, tmp_path, wait=False)
    with web.transaction(operator, read_only=True) as ctx:
        batch = ctx.session.get_one(ImportBatch, batch_id)
        assert (batch.state, "đã bị khóa" in batch.failure) == (BatchState.FAILED, True)
    assert state_of(web, batch_id)[1] == 0


def test_a_worker_killed_in_the_middle_leaves_nothing_and_the_next_one_finishes(web, worker, live_url, tmp_path):
    batch_id = checked_batch(web, tmp_path, [site(number) for number in range(1, 101)])
    ask(web, batch_id)
    engine = create_engine(live_url, poolclass=NullPool)
    with engine.connect() as holder:
        # The worker stops at this lock with its structures written and nothing committed.
        holder.execute(text("SELECT pg_advisory_lock(:key)"), {"key": CHAIN_LOCK})
        process = subprocess.Popen([sys.executable, "-c", WORKER, live_url, str(tmp_path)], cwd=CHECKOUT)
        try:
            _wait_for(partial(_is_waiting, holder))
        finally:
            process.kill()
            process.wait(10)
        assert state_of(web, batch_id) == (BatchState.APPLYING, 0)
        holder.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": CHAIN_LOCK})
        _wait_for(lambda: not _is_waiting(holder))
    engine.dispose()
    assert state_of(web, batch_id) == (BatchState.APPLYING, 0)
    finish_work(worker, tmp_path)
    assert state_of(web, batch_id) == (BatchState.APPLIED, 100)


@pytest.mark.parametrize("moment", [0.8, 1.6, 2.4])
def test_a_worker_killed_at_any_moment_leaves_all_or_nothing(web, worker, live_url, tmp_path, moment):
    kill_and_finish(web, worker, live_url, tmp_path, [site(number) for number in range(1, 61)], moment)


def kill_and_finish(web, worker, live_url, folder, rows, moment):
    """Kill the worker so many seconds after its start; all or nothing is there, and the next worker does the rest."""
    before = structure_count(web)
    batch_id = checked_batch(web, folder, rows)
    ask(web, batch_id)
    process = subprocess.Popen([sys.executable, "-c", WORKER, live_url, str(folder)], cwd=CHECKOUT)
    try:
        process.wait(moment)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(10)
    # Its connection may still be ending.
    _wait_for(
        lambda: state_of(web, batch_id) in ((BatchState.APPLYING, before), (BatchState.APPLIED, before + len(rows)))
    )
    finish_work(worker, folder)
    assert state_of(web, batch_id) == (BatchState.APPLIED, before + len(rows))


def structure_count(database):
    with database.transaction(operator, read_only=True) as ctx:
        return ctx.session.scalar(select(func.count()).select_from(Structure))


def finish_work(worker, folder):
    """Let the queue notice that its worker is dead, and the next one take over."""
    with worker.transaction(operator) as ctx:
        ctx.session.execute(text("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 hour'"))
        waiting = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'kernel.retry_stalled' AND status = 'todo'"
        # The killed worker may have put it there already, as every worker does each minute.
        if not ctx.session.scalar(text(waiting)):
            defer(ctx, retry_stalled, timestamp=0)
    assert run_worker(worker, folder, wait=False) == 0


def test_who_asked_is_told_of_the_end_once(web, worker, tmp_path):
    batch_id = checked_batch(web, tmp_path, [site(1)])
    ask(web, batch_id)
    with web.transaction(operator, read_only=True) as ctx:
        user_id = ctx.actor.id
    for _again in range(2):
        run_work(worker, FileStore(tmp_path / FOLDER), "apply", batch_id, user_id)
    with web.transaction(operator, read_only=True) as ctx:
        notices = list(ctx.session.scalars(select(Notice).where(Notice.subject_kind == "import_batch")))
        assert [(notice.event, notice.user_ids) for notice in notices] == [("applied", [user_id])]
        assert read(notices[0]).sentence == f"Lô nhập số {batch_id} đã nhập xong."


def test_a_wish_to_stop_is_heard_and_leaves_nothing(web, worker, tmp_path):
    batch_id = checked_batch(web, tmp_path, [site(1)])
    ask(web, batch_id)
    with web.transaction(operator, read_only=True) as ctx:
        user_id = ctx.actor.id
    with web.transaction(SYSTEM_ACTOR) as ctx:
        ctx.session.execute(
            text(
                "INSERT INTO import_progress (batch_id, step, done, started_at, updated_at, cancel_requested)"
                " VALUES (:id, '', 0, now(), now(), true)"
            ),
            {"id": batch_id},
        )
    run_work(worker, FileStore(tmp_path / FOLDER), "apply", batch_id, user_id)
    assert state_of(web, batch_id) == (BatchState.CANCELLED, 0)


def _is_waiting(connection):
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory'"
    found = connection.execute(text(query)).scalar_one()
    connection.commit()
    return bool(found)


def _wait_for(condition):
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)
