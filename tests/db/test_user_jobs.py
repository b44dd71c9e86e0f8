"""Work that the worker does for a person: as that person, with the rights of the time of running."""

import re

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError, OperationalError

from registry.accounts.actor import actor_by_id
from registry.accounts.models import RoleAssignment
from registry.accounts.service import disable_user, end_role
from registry.accounts.user_jobs import USER_JOBS, JobProgress, Requested, Stopped, UserJob, expire_all
from registry.authz.permissions import P
from registry.kernel.errors import Conflict, Invalid
from tests.arch.sources import files, lines_with
from tests.support.fixtures import account
from tests.support.offenders import no_offenders


class Table:
    """What a kind of work records of itself."""

    def __init__(self, **options):
        self.failures, self.stops, self.actors = [], [], []
        self.job = UserJob(
            "test.work",
            lambda _ctx, requested, refused: self.failures.append((requested.id, refused.message)),
            P.STRUCTURE_EDIT,
            stop=lambda _ctx, requested: self.stops.append(requested.id),
            **options,
        )

    def run(self, database, user_id, work=None, **options):
        def counted(ctx):
            self.actors.append(ctx.actor.id)
            return work(ctx) if work else "done"

        return self.job.run(database, Requested(7, user_id), counted, **options)


@pytest.fixture
def user_id(ctx_of):
    with ctx_of("viettel", read_only=True) as ctx:
        return ctx.actor.id


def test_work_is_done_as_the_person_who_requested_it(database, user_id):
    table = Table()
    assert table.run(database, user_id) == "done"
    assert (table.actors, table.failures) == ([user_id], [])


def test_work_of_a_closed_account_is_refused_and_recorded(database, ctx_of, user_id):
    with ctx_of("quantri") as ctx:
        disable_user(ctx, user_id)
    table = Table()
    assert table.run(database, user_id) is None
    assert table.actors == []
    ((number, reason),) = table.failures
    assert (number, "đã bị khóa" in reason) == (7, True)


def test_work_is_refused_and_recorded_once_the_right_is_gone(database, ctx_of, user_id):
    with ctx_of("quantri") as ctx:
        for role in ctx.session.scalars(select(RoleAssignment).where(RoleAssignment.user_id == user_id)).all():
            end_role(ctx, user_id, role.id)
    table = Table()
    assert table.run(database, user_id) is None
    assert (table.actors, len(table.failures)) == ([], 1)


def test_a_refusal_of_the_work_takes_back_what_it_wrote(database, ctx_of, user_id):
    def work(ctx):
        account(ctx.session, "viettel").full_name = "Tên mới"
        ctx.session.flush()
        raise Invalid({"value": "Giá trị sai."})

    table = Table()
    assert table.run(database, user_id, work) is None
    assert len(table.failures) == 1
    with ctx_of("viettel", read_only=True) as ctx:
        assert actor_by_id(ctx.session, user_id, ctx.now).display_name != "Tên mới"


def test_an_error_that_was_not_foreseen_is_recorded_and_raised(database, user_id):
    table = Table()
    with pytest.raises(ZeroDivisionError):
        table.run(database, user_id, lambda _ctx: 1 / 0)
    assert [number for number, _reason in table.failures] == [7]


def test_an_error_that_may_pass_is_recorded_at_the_last_attempt_only(database, user_id):
    def work(_ctx):
        raise OperationalError("SELECT 1", {}, Exception("gone"))

    table = Table(passing=(OperationalError,))
    for is_last_try, count in ((False, 0), (True, 1)):
        with pytest.raises(OperationalError):
            table.run(database, user_id, work, is_last_try=is_last_try)
        assert len(table.failures) == count


def test_a_violated_constraint_is_explained(database, user_id):
    table = Table(explain=lambda _error: Conflict("Không hợp với dữ liệu đang có."))
    assert (
        table.run(database, user_id, lambda ctx: ctx.session.execute(text("INSERT INTO finding DEFAULT VALUES")))
        is None
    )
    assert table.failures == [(7, "Không hợp với dữ liệu đang có.")]
    with pytest.raises(IntegrityError):
        Table().run(database, user_id, lambda ctx: ctx.session.execute(text("INSERT INTO finding DEFAULT VALUES")))


def test_a_person_who_asks_to_stop_ends_the_work(database, user_id):
    table = Table()
    progress = JobProgress(database, lambda _ctx, done, _total: done == 2)
    steps = []

    def work(_ctx):
        for done in range(5):
            progress(done, 5)
            steps.append(done)

    assert table.run(database, user_id, work) is None
    assert (steps, table.stops, table.failures) == ([0, 1], [7], [])
    with pytest.raises(Stopped):
        progress(2)


def test_results_of_every_kind_of_work_expire(database, app, tmp_path):
    del app
    expire_all(database, tmp_path)
    assert {"exports.work", "dashboard.compute"} <= {job.name for job in USER_JOBS.values() if job.expire is not None}


def test_nothing_else_acts_as_a_person_who_is_not_there():
    allowed = ("registry/accounts/", "registry/demo/")
    no_offenders(
        "a job acts as a person through accounts/user_jobs.py alone",
        [
            line
            for line in lines_with(re.compile(r"\bactor_(by_id|of)\("), files(".py", under="registry/"))
            if not line.startswith(allowed)
        ],
        "declare a UserJob and run it, or open the transaction with acting_as",
    )
