"""A report that is sent while the register is being changed can be computed again, whichever commits first."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date, timedelta
from functools import partial

import pytest
from sqlalchemy import text

from registry.audit.chain import record
from registry.authz.blueprint import DATABASE
from registry.campaigns.codes import ReportState
from registry.campaigns.submission import former_submission, freeze_moment, recompute
from registry.kernel.db.session import WEB_ROLE, Database, abort
from registry.kernel.errors import Conflict
from registry.wiring import use_database
from tests.factories.campaigns import at, campaign, move, report_of, save
from tests.factories.structures import make
from tests.support.clock import NOW
from tests.support.database import cloned
from tests.support.live import context, wait_until_blocked
from tests.support.processes import LIMIT_S

#: Before the report is sent, and written as valid since before its cut-off day.
BEGUN, VALID_ON = NOW - timedelta(minutes=2), date(2026, 11, 2)


@pytest.fixture(scope="module")
def prepared(application, module_url):
    """The name of a database with a report of an operator with one tower, filled in and not sent; and its id."""
    database = Database(module_url, role=WEB_ROLE)
    use_database(application, database)

    def contexts(username, **more):
        return context(database, username, **more)

    with application.app_context():
        with contexts("viettel", now=at(date(2026, 11, 1))) as ctx:
            make(ctx)
        report = report_of(contexts, campaign(contexts, codes=("viettel",)), "viettel")
        save(contexts, "viettel", report)
    database.dispose()
    return module_url.rpartition("/")[2].partition("?")[0], report


@pytest.fixture
def live_url(cluster, prepared):
    """The owner's address of a copy of it for this one test."""
    with cloned(cluster, prepared[0], "prepared") as url:
        yield url


@pytest.fixture
def rival(live_url):
    database = Database(live_url, role=WEB_ROLE)
    yield database
    database.dispose()


@pytest.fixture
def ctx_of(live_app):
    """Contexts that commit."""

    @contextmanager
    def opened(username, **more):
        with live_app.app_context(), context(DATABASE.of(live_app), username, **more) as ctx:
            yield ctx

    return opened


@pytest.fixture
def report_id(prepared):
    return prepared[1]


def change(ctx):
    """Every tower is planned since a day before the cut-off: the report counts none."""
    ctx.session.execute(text("SELECT set_config('registry.effective_at', :at, true)"), {"at": at(VALID_ON).isoformat()})
    ctx.session.execute(text("UPDATE structure SET status = 'planned'"))
    record(ctx, "structure.edit", "structure", None)


def differences(ctx_of, report_id):
    """The figures of the register that were sent and are not computed again."""
    with ctx_of("viettel", read_only=True) as ctx:
        submission = former_submission(ctx, report_id)
        return [figure for figure in recompute(ctx, submission) if not figure.is_equal]


def test_a_change_that_is_being_written_is_awaited(ctx_of, rival, report_id):
    send = partial(move, ctx_of, "viettel", report_id, "submit")
    with ThreadPoolExecutor(1) as pool:
        with context(rival, "viettel", now=BEGUN) as ctx:
            change(ctx)
            sending = pool.submit(send)
            wait_until_blocked(ctx.session)
        assert sending.result(timeout=LIMIT_S) is ReportState.SUBMITTED
    assert differences(ctx_of, report_id) == []


def test_a_change_begun_before_and_written_after_is_known_after(ctx_of, rival, report_id):
    with context(rival, "viettel", now=BEGUN) as ctx:
        assert move(ctx_of, "viettel", report_id, "submit") is ReportState.SUBMITTED
        change(ctx)
    assert differences(ctx_of, report_id) == []


def test_a_change_that_takes_long_refuses_the_report_in_words(ctx_of, rival, report_id):
    with context(rival, "viettel", now=BEGUN) as ctx:
        change(ctx)
        with ctx_of("vnpt") as other:
            other.session.execute(text("SET LOCAL lock_timeout = '50ms'"))
            with pytest.raises(Conflict, match="đang được ghi"):
                freeze_moment(other)
            abort(other)
