"""The worker writes long lists: as the person of that moment, once, whole or not at all, and for a while."""

import os
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from registry.accounts.service import disable_user
from registry.audit.chain import write_pending
from registry.audit.models import AuditNote
from registry.authz.actors import SYSTEM_ACTOR
from registry.exports import jobs
from registry.exports.jobs import FOLDER, defer_work, run_export
from registry.exports.models import ExportJob, ExportState
from registry.exports.service import RequestExport, expire, note_progress, request_export
from registry.exports.storage import ExportStore
from registry.kernel.clock import utc_now
from registry.kernel.db.session import WEB_ROLE, Database
from registry.kernel.errors import TooManyRequests
from registry.kernel.exports.dataset import ExportFormat
from registry.kernel.jobs import run_worker
from registry.notices.models import Notice
from tests.factories.structures import make
from tests.support.exports import as_rows
from tests.support.fixtures import account, actor_named


@pytest.fixture
def web(live_url):
    database = Database(live_url, role=WEB_ROLE)
    database.before_commit.append(write_pending)
    yield database
    database.dispose()


@pytest.fixture
def store(tmp_path):
    return ExportStore(tmp_path / FOLDER)


def person(username):
    return lambda session: actor_named(session, username)


def ask(web, username="viettel", *, file_format=ExportFormat.CSV, pairs=(), language="vi"):
    with web.transaction(person(username)) as ctx:
        job, is_new = request_export(ctx, RequestExport("structures", file_format, tuple(pairs), language))
        if is_new:
            defer_work(ctx, job.id)
        return job.id


def towers(web, count=3, owner="viettel", **texts):
    with web.transaction(person(owner)) as ctx:
        for _number in range(count):
            make(ctx, owner=owner, **texts)


def look_at(web, job_id):
    with web.transaction(person("so.khcn"), read_only=True) as ctx:
        job = ctx.session.get_one(ExportJob, job_id)
        ctx.session.expunge(job)
        return job


def count_of(web, model, *where):
    with web.transaction(SYSTEM_ACTOR, read_only=True) as ctx:
        return ctx.session.scalar(select(func.count()).select_from(model).where(*where))


def test_a_file_is_written_told_of_and_noted(web, worker, store, tmp_path):
    towers(web)
    job_id = ask(web, pairs=[("kind", "antenna_tower")])
    assert run_worker(worker, tmp_path, wait=False) == 0
    job = look_at(web, job_id)
    assert (job.state, job.done, job.total) == (ExportState.DONE, 3, 3)
    assert job.expires_at - job.finished_at == timedelta(days=7)
    content = store.path(job_id).read_bytes()
    assert len(content) == job.size_bytes
    rows, about = as_rows("csv", content, "antenna_tower")
    assert len(rows) == 3
    assert "Loại công trình: Cột ăng ten" in about
    assert list((store.root / "work").iterdir()) == []
    assert count_of(web, AuditNote, AuditNote.action == "export") == 1
    with web.transaction(person("viettel"), read_only=True) as ctx:
        notice = ctx.session.scalars(select(Notice).where(Notice.subject_kind == "export_job")).one()
        assert notice.user_ids == [ctx.actor.id]
        assert (notice.organisation_ids, notice.roles) == ([], [])


def test_a_job_that_runs_twice_writes_once(web, worker, store):
    towers(web)
    job_id = ask(web)
    run_export(worker, store, job_id)
    before = store.path(job_id).stat().st_mtime_ns
    run_export(worker, store, job_id)
    assert store.path(job_id).stat().st_mtime_ns == before
    assert count_of(web, Notice, Notice.subject_kind == "export_job") == 1


def test_what_a_killed_worker_left_is_written_by_the_next(web, worker, store, monkeypatch):
    towers(web)
    job_id = ask(web)

    def die(*_args, **_more):
        raise KeyboardInterrupt

    monkeypatch.setattr(jobs, "write_list", die)
    with pytest.raises(KeyboardInterrupt):
        run_export(worker, store, job_id)
    assert look_at(web, job_id).state is ExportState.RUNNING
    assert not store.path(job_id).exists()
    monkeypatch.undo()
    run_export(worker, store, job_id)
    assert look_at(web, job_id).state is ExportState.DONE


def test_it_is_written_with_the_rights_of_the_moment_at_which_it_is_written(web, worker, store):
    towers(web, owner="vnpt", sharing_status="available")
    job_id = ask(web, file_format=ExportFormat.GEOJSON)
    with web.transaction(person("quantri")) as ctx:
        disable_user(ctx, account(ctx.session, "viettel").id)
    run_export(worker, store, job_id)
    job = look_at(web, job_id)
    assert job.state is ExportState.FAILED
    assert "bị khóa" in job.failure
    assert not store.path(job_id).exists()


def test_a_failure_of_ours_is_told_without_its_trace(web, worker, store, monkeypatch):
    job_id = ask(web)

    def fail(*_args, **_more):
        raise ZeroDivisionError("trace")

    monkeypatch.setattr(jobs, "write_list", fail)
    with pytest.raises(ZeroDivisionError):
        run_export(worker, store, job_id)
    job = look_at(web, job_id)
    assert job.state is ExportState.FAILED
    assert "trace" not in job.failure


def test_three_files_at_a_time_and_the_same_wish_is_one(web):
    first = ask(web)
    assert ask(web) == first
    ask(web, file_format=ExportFormat.GPKG)
    ask(web, pairs=[("q", "a")])
    with pytest.raises(TooManyRequests, match="tối đa 3"):
        ask(web, pairs=[("q", "b")])
    assert ask(web, "vnpt", pairs=[("q", "b")]) != first


def test_a_finished_wish_may_be_wished_again(web, worker, store):
    first = ask(web)
    run_export(worker, store, first)
    assert ask(web) != first


def test_files_are_deleted_when_their_time_is_over(web, worker, store):
    job_id = ask(web)
    run_export(worker, store, job_id)
    later = utc_now() + timedelta(days=7, minutes=1)
    orphan = store.path(987654)
    orphan.write_bytes(b"")
    os.utime(orphan, (utc_now().timestamp(),) * 2)
    with worker.transaction(person("quantri"), now=utc_now() + timedelta(days=6)) as ctx:
        assert expire(ctx, store) == 0
    assert store.path(job_id).exists()
    with worker.transaction(person("quantri"), now=later) as ctx:
        assert expire(ctx, store) == 1
    assert not store.path(job_id).exists()
    assert not orphan.exists()
    assert look_at(web, job_id).state is ExportState.EXPIRED


def test_progress_can_be_read_while_a_file_is_written(web, worker):
    job_id = ask(web)
    with worker.transaction(person("quantri")) as ctx:
        note_progress(ctx, job_id, 5_000, 12_000)
    job = look_at(web, job_id)
    assert (job.done, job.total, job.is_open) == (5_000, 12_000, True)


def test_a_list_is_read_in_portions_as_it_was_when_the_reading_began(web, worker, store, monkeypatch):
    towers(web, count=5)
    job_id = ask(web, file_format=ExportFormat.GEOJSON)
    monkeypatch.setattr("registry.exports.structures.PORTION", 2)
    progress_steps = []

    def another(done):
        progress_steps.append(done)
        towers(web, count=1)

    monkeypatch.setattr("registry.exports.writing.STEP", 2)
    original = jobs.note_progress
    monkeypatch.setattr(
        jobs, "note_progress", lambda ctx, i, done, total=None: (another(done), original(ctx, i, done, total))
    )
    run_export(worker, store, job_id)
    rows, _about = as_rows("geojson", store.path(job_id).read_bytes())
    # The first was told before the reading began.
    assert progress_steps == [0, 2, 4, 6]
    assert len(rows) == 6
