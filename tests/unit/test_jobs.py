"""Each task of the queue is called with what its function takes, and those that the hour begins wait once."""

import inspect

from registry.kernel.jobs import queue
from tests.support.offenders import no_offenders


def own():
    """Name, task and parameters of each task that the features declare."""
    for name, task in sorted(queue.tasks.items()):
        if task.func.__module__.startswith("registry."):
            yield name, task, inspect.signature(task.func).parameters


def test_a_task_is_given_its_job_where_its_function_takes_one():
    wrong = [
        (name, f"pass_context={task.pass_context}")
        for name, task, takes in own()
        if ("job" in takes) != task.pass_context
    ]
    assert len(list(own())) > 20
    no_offenders("a task is given its job where its function takes one", wrong, "set pass_context of the task")


def test_a_task_that_the_hour_begins_waits_once():
    wrong = [
        (name, "no queueing_lock") for name, task, takes in own() if "timestamp" in takes and not task.queueing_lock
    ]
    no_offenders("of a task that the hour begins one waits, which does all", wrong, "give it a queueing_lock")
