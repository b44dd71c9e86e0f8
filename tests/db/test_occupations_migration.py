"""The revisions of findings and occupations on a database that holds both: down they go, and up again empty."""

import pytest

from registry.kernel.db import migrations
from registry.kernel.db.session import WEB_ROLE, Database
from registry.wiring import use_database
from registry.workflow.findings import FindingRow, handle_finding
from tests.db.test_migrations import scalar
from tests.factories.occupations import CONTRACT, NOW, move, told
from tests.support.live import context

BEFORE = "0035"


@pytest.fixture
def populated(app, live_url):
    """One occupation that its occupant is to answer, one whose owner is looked for, one that became a violation."""
    database = Database(live_url, role=WEB_ROLE)
    use_database(app, database)

    def ctx_of(username, *, now=None, read_only=False):
        return context(database, username, now=now, read_only=read_only)

    told(ctx_of)
    move(ctx_of, "dienluc", told(ctx_of, occupant=None), "deny")
    referred = told(ctx_of)
    move(ctx_of, "vnpt", referred, "show_contract", **CONTRACT)
    move(ctx_of, "viettel", referred, "dispute", text="Đã hết hạn")
    move(ctx_of, "so.khcn", referred, "refer")
    with ctx_of("so.khcn", read_only=True) as ctx:
        (finding,) = ctx.session.query(FindingRow.id).one()
    handle_finding(database, finding, NOW)
    database.dispose()
    return live_url


def test_they_go_down_with_their_clocks_and_terms_and_come_up_again(populated):
    assert scalar(populated, "SELECT count(*) FROM occupation") == 3
    migrations.downgrade(populated, BEFORE)
    assert scalar(populated, "SELECT to_regclass('occupation') IS NULL AND to_regclass('finding') IS NULL")
    assert scalar(populated, "SELECT count(*) FROM case_clock WHERE workflow = 'occupation'") == 0
    assert scalar(populated, "SELECT count(*) FROM legal_term WHERE key LIKE 'occupation.%'") == 0
    # What the authority made of it is its own.
    assert scalar(populated, "SELECT description FROM violation").startswith("CD-2026-000003: ")
    migrations.upgrade(populated)
    assert scalar(populated, "SELECT count(*) FROM occupation") == 0
    assert scalar(populated, "SELECT length FROM legal_term WHERE key = 'occupation.answer'") == 15
    assert migrations.problems(populated) == []
