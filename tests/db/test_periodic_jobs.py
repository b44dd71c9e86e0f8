"""What runs every minute, hour or night, as the worker calls it, on a database that really commits."""

from inspect import signature

from sqlalchemy import text

from registry.kernel.jobs import defer, queue, run_worker
from tests.support.live import context

NOT_DONE = "SELECT task_name FROM procrastinate_jobs WHERE status <> 'succeeded'"


def test_each_periodic_job_comes_to_its_end_in_an_empty_register(live_app, worker, tmp_path):
    # The registry of periodic tasks is empty in tests (tests/support/clock.py); such tasks are told their moment.
    tasks = [task for task in queue.tasks.values() if "timestamp" in signature(task.func).parameters]
    assert {"workflow.clocks", "backup.nightly", "audit.checkpoint"} < {task.name for task in tasks}
    with context(worker) as ctx:
        for task in tasks:
            defer(ctx, task, timestamp=0)
    assert run_worker(worker, tmp_path, wait=False) == 0
    with context(worker, read_only=True) as ctx:
        assert ctx.session.scalars(text(NOT_DONE)).all() == []
