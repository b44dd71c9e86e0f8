"""What breaks an import in the worker that is no refusal: it ends in words, whoever asked is told, and none hangs."""

import os
from datetime import timedelta

import pytest
from sqlalchemy import NullPool, create_engine, select, text

from registry.files.storage import FileStore
from registry.imports import jobs as imports_jobs
from registry.imports.jobs import FOLDER, TRIES, fail_orphaned_batches, sweep_files
from registry.imports.models import BatchState, ImportBatch
from registry.imports.service import request_undo
from registry.imports.service.read import hold_off_sweep
from registry.kernel.clock import utc_now
from registry.kernel.jobs import run_worker
from registry.notices.models import Notice
from registry.notices.texts import notice_text
from tests.support.import_files import site
from tests.support.import_jobs import ask, batch_id, checked_batch, live_url, operator, prepared, state_of, web

__all__ = ["batch_id", "live_url", "prepared", "web"]


def break_step(monkeypatch, what, breaking):
    """Let a step of the worker do its work and then break."""
    whole = imports_jobs._WORKS[what]

    def broken(ctx, store, batch_id, progress):
        whole(ctx, store, batch_id, progress)
        breaking(ctx)

    monkeypatch.setitem(imports_jobs._WORKS, what, broken)


def of_our_own(_ctx):
    raise KeyError("a mistake of the program")


@pytest.fixture
def lose_the_connection(live_url):
    """A function: let the database end the connection of a context, as a restart of it does."""
    engine = create_engine(live_url, poolclass=NullPool)

    def lose(ctx):
        number = ctx.session.scalar(text("SELECT pg_backend_pid()"))
        with engine.connect() as owner:
            owner.execute(text("SELECT pg_terminate_backend(:number, 5000)"), {"number": number})
        ctx.session.execute(text("SELECT 1"))

    yield lose
    engine.dispose()


def failure_of(database, batch_id):
    with database.transaction(operator, read_only=True) as ctx:
        batch = ctx.session.get_one(ImportBatch, batch_id)
        return batch.state, batch.failure or "", list(batch.notes)


def told(database, batch_id):
    with database.transaction(operator, read_only=True) as ctx:
        query = select(Notice).where(Notice.subject_kind == "import_batch", Notice.subject_id == batch_id)
        return [notice_text(notice).sentence for notice in ctx.session.scalars(query.order_by(Notice.id))]


def at_once(database):
    """What waits for its next try is to be tried now."""
    with database.transaction(operator) as ctx:
        ctx.session.execute(text("UPDATE procrastinate_jobs SET scheduled_at = NULL WHERE status = 'todo'"))


def tries_were(database, number):
    """What waits was tried so many times already."""
    with database.transaction(operator) as ctx:
        ctx.session.execute(text("UPDATE procrastinate_jobs SET attempts = :tries"), {"tries": number})


def test_a_mistake_of_the_program_fails_the_import_in_words_and_tells_who_asked(
    web, worker, batch_id, tmp_path, monkeypatch
):
    ask(web, batch_id)
    break_step(monkeypatch, "apply", of_our_own)
    run_worker(worker, tmp_path, wait=False)
    state, failure, _notes = failure_of(web, batch_id)
    assert (state, state_of(web, batch_id)[1]) == (BatchState.FAILED, 0)
    assert failure == "Hệ thống gặp lỗi khi xử lý nên chưa ghi gì; hãy thử lại, nếu vẫn lỗi thì báo quản trị hệ thống."
    assert told(web, batch_id) == [f"Lô nhập số {batch_id} không thực hiện được; mở lô để xem lý do."]


def test_a_mistake_in_undoing_leaves_the_import_applied_and_tells_who_asked(
    web, worker, batch_id, tmp_path, monkeypatch
):
    apply(web, worker, batch_id, tmp_path)
    ask_undo(web, batch_id)
    break_step(monkeypatch, "undo", of_our_own)
    run_worker(worker, tmp_path, wait=False)
    state, _failure, notes = failure_of(web, batch_id)
    assert (state, state_of(web, batch_id)[1]) == (BatchState.APPLIED, 1)
    assert "Hệ thống gặp lỗi" in notes[-1]
    assert told(web, batch_id)[1:] == [f"Lô nhập số {batch_id} chưa được hoàn tác; mở lô để xem lý do."]


def test_a_lost_connection_is_tried_again_and_given_up_at_the_last_try(
    web, worker, batch_id, tmp_path, monkeypatch, lose_the_connection
):
    ask(web, batch_id)
    break_step(monkeypatch, "apply", lose_the_connection)
    for tried in (0, TRIES - 2, TRIES - 1):
        assert state_of(web, batch_id) == (BatchState.APPLYING, 0), f"after {tried} tries"
        tries_were(worker, tried)
        run_worker(worker, tmp_path, wait=False)
        at_once(worker)
    assert failure_of(web, batch_id)[0] is BatchState.FAILED
    assert state_of(web, batch_id)[1] == 0
    assert len(told(web, batch_id)) == 1


def test_a_connection_that_comes_back_lets_the_import_go_on(
    web, worker, batch_id, tmp_path, monkeypatch, lose_the_connection
):
    ask(web, batch_id)
    with monkeypatch.context() as once:
        break_step(once, "apply", lose_the_connection)
        run_worker(worker, tmp_path, wait=False)
    at_once(worker)
    run_worker(worker, tmp_path, wait=False)
    assert state_of(web, batch_id) == (BatchState.APPLIED, 1)


def test_an_import_that_kills_its_worker_each_time_is_given_up(web, worker, batch_id, tmp_path):
    ask(web, batch_id)
    tries_were(worker, TRIES)
    run_worker(worker, tmp_path, wait=False)
    state, failure, _notes = failure_of(web, batch_id)
    assert (state, state_of(web, batch_id)[1]) == (BatchState.FAILED, 0)
    assert f"{TRIES} lần" in failure


def test_an_import_that_no_job_works_on_any_more_is_ended(web, worker, batch_id, tmp_path):
    waiting, forsaken = batch_id, checked_batch(web, tmp_path, [site(2)])
    for each in (waiting, forsaken):
        ask(web, each)
    with worker.transaction(operator) as ctx:
        lost = "UPDATE procrastinate_jobs SET status = 'failed' WHERE lock = :key"
        ctx.session.execute(text(lost), {"key": f"imports.{forsaken}"})
    fail_orphaned_batches(worker)
    assert state_of(web, waiting)[0] is BatchState.APPLYING
    assert failure_of(web, forsaken)[0] is BatchState.FAILED
    assert told(web, forsaken) == [f"Lô nhập số {forsaken} không thực hiện được; mở lô để xem lý do."]


def test_files_that_no_import_names_are_swept_after_a_day(web, worker, batch_id, tmp_path):
    store = FileStore(tmp_path / FOLDER)
    orphan, fresh = store.keep_original(b"never committed"), store.keep_original(b"just sent")
    half = store.root / "incoming" / "half"
    half.write_bytes(b"half of an upl")
    with web.transaction(operator, read_only=True) as ctx:
        named = ctx.session.get_one(ImportBatch, batch_id).sha256
    long_ago = (utc_now() - timedelta(hours=25)).timestamp()
    for path in (store.original_path(orphan), store.original_path(named), half):
        os.utime(path, (long_ago, long_ago))
    assert sweep_files(worker, store) == 2
    there = [store.original_path(name).exists() for name in (named, orphan, fresh)]
    assert (there, half.exists()) == ([True, False, True], False)


def test_the_sweep_leaves_the_files_alone_while_somebody_sends_one(web, worker, tmp_path):
    store = FileStore(tmp_path / FOLDER)
    path = store.original_path(store.keep_original(b"sent again just now"))
    long_ago = (utc_now() - timedelta(hours=25)).timestamp()
    os.utime(path, (long_ago, long_ago))
    with web.transaction(operator) as ctx:
        hold_off_sweep(ctx)
        assert sweep_files(worker, store) == 0
    assert path.exists()
    assert sweep_files(worker, store) == 1


def apply(web, worker, batch_id, folder):
    ask(web, batch_id)
    run_worker(worker, folder, wait=False)
    assert state_of(web, batch_id) == (BatchState.APPLIED, 1)


def ask_undo(web, batch_id):
    with web.transaction(operator) as ctx:
        assert request_undo(ctx, batch_id)
        imports_jobs.defer_work(ctx, "undo", batch_id)
