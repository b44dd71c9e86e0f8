"""The job worker: a job exists if its transaction committed, and a killed worker leaves nothing half done."""

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
from registry.files.storage import FileStore
from registry.imports.commands import SetMapping, UploadFile
from registry.imports.jobs import FOLDER, defer_work, run_work
from registry.imports.mapping import System
from registry.imports.models import BatchState, ImportBatch
from registry.imports.service import check_batch, request_apply, set_mapping, upload
from registry.kernel.clock import utc_now
from registry.kernel.db.session import WEB_ROLE, WORKER_ROLE, Database, abort
from registry.kernel.jobs import defer, retry_stalled, run_worker
from registry.structures.models import Structure
from tests.factories.structures import organisation_id
from tests.support.fixtures import account
from tests.support.import_files import as_csv, site

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
        batch = upload(ctx, store, UploadFile(owner, "antenna_tower", "a.csv", as_csv(rows)))
        set_mapping(ctx, SetMapping(batch.id, batch.version, batch.mapping, System.VN2000))
        check_batch(ctx, store, batch.id)
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
    with worker.transaction(operator) as ctx:
        ctx.session.execute(text("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 hour'"))
        waiting = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'kernel.retry_stalled' AND status = 'todo'"
        # The killed worker may have put it there already, as every worker does each minute.
        if not ctx.session.scalar(text(waiting)):
            defer(ctx, retry_stalled, timestamp=0)
    assert run_worker(worker, tmp_path, wait=False) == 0
    assert state_of(web, batch_id) == (BatchState.APPLIED, 100)


def _is_waiting(connection):
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory'"
    found = connection.execute(text(query)).scalar_one()
    connection.commit()
    return bool(found)


def _wait_for(condition, seconds=30):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)
