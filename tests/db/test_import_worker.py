"""The job worker: a job exists if its transaction committed, runs once, and ends in words."""

from sqlalchemy import select, text

from registry.authz.actors import SYSTEM_ACTOR
from registry.files.storage import FileStore
from registry.imports import jobs as import_jobs
from registry.imports.jobs import FOLDER, run_work
from registry.imports.models import BatchState, ImportBatch
from registry.kernel.jobs import run_worker
from registry.notices.models import Notice
from registry.notices.texts import notice_text
from tests.support.fixtures import account
from tests.support.import_jobs import ask, batch_id, live_url, operator, prepared, state_of, web

__all__ = ["batch_id", "live_url", "prepared", "web"]


def jobs(database):
    with database.transaction(operator, read_only=True) as ctx:
        return list(ctx.session.execute(text("SELECT status::text, task_name FROM procrastinate_jobs ORDER BY id")))


def test_a_job_of_a_transaction_that_was_rolled_back_never_was(web, batch_id, tmp_path):
    ask(web, batch_id, give_up=True)
    assert jobs(web) == []
    assert state_of(web, batch_id) == (BatchState.CHECKED, 0)


def test_the_worker_applies_what_was_asked_for(web, worker, batch_id, tmp_path):
    ask(web, batch_id)
    assert state_of(web, batch_id) == (BatchState.APPLYING, 0)
    assert run_worker(worker, tmp_path, wait=False) == 0
    assert state_of(web, batch_id) == (BatchState.APPLIED, 1)
    assert ("succeeded", "imports.work") in [tuple(job) for job in jobs(worker)]


def test_what_became_forbidden_meanwhile_fails_in_words(web, worker, batch_id, tmp_path):
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


def test_a_job_that_runs_twice_has_one_effect_and_tells_who_asked_once(web, worker, batch_id, tmp_path):
    ask(web, batch_id)
    with web.transaction(operator, read_only=True) as ctx:
        user_id = ctx.actor.id
    for _again in range(2):
        run_work(worker, FileStore(tmp_path / FOLDER), "apply", batch_id, user_id)
    assert state_of(web, batch_id) == (BatchState.APPLIED, 1)
    with web.transaction(operator, read_only=True) as ctx:
        notices = list(ctx.session.scalars(select(Notice).where(Notice.subject_kind == "import_batch")))
        assert [(notice.event, notice.user_ids) for notice in notices] == [("applied", [user_id])]
        assert notice_text(notices[0]).sentence == f"Lô nhập số {batch_id} đã nhập xong."


def test_a_wish_to_stop_is_heard_and_leaves_nothing(web, worker, batch_id, tmp_path):
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


def test_a_step_that_needs_more_memory_than_the_worker_may_have_fails_in_words(
    web, worker, batch_id, tmp_path, monkeypatch
):
    def out_of_memory(*_arguments):
        raise MemoryError

    monkeypatch.setitem(import_jobs._WORKS, "apply", out_of_memory)
    ask(web, batch_id)
    run_worker(worker, tmp_path, wait=False)
    with web.transaction(operator, read_only=True) as ctx:
        batch = ctx.session.get_one(ImportBatch, batch_id)
        assert batch.state is BatchState.FAILED
        assert "cần hơn 1.024 MB bộ nhớ" in batch.failure
