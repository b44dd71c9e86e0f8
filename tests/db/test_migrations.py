"""Migrations on a populated database: down to nothing, up again, and on from the head before the baseline (P13)."""

from datetime import timedelta

import pytest
from sqlalchemy import create_engine, inspect, text

from registry.audit.chain import record
from registry.cables.models import CableMember
from registry.kernel.clock import last_day
from registry.kernel.db import migrations
from registry.kernel.db.migrations import BASELINE, FORMER_HEAD, UnknownRevisionError
from registry.kernel.db.session import WEB_ROLE, Database
from registry.wiring import use_database
from registry.workflow.referrals import ReferralRow, process_referral
from tests.factories import occupations
from tests.factories.colocation import accept, case, filed, tower
from tests.factories.structures import make
from tests.factories.tariffs import publish, replace
from tests.support.database import cloned
from tests.support.live import context
from tests.support.revisions import contents, objects, set_revision

OWN_FUNCTIONS = (
    "SELECT count(*) FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
    " AND proowner = current_user::regrole AND NOT EXISTS"
    " (SELECT FROM pg_depend d WHERE d.objid = pg_proc.oid AND d.deptype = 'e')"
)
#: The day by which an occupant is to remove what it has.
PROMISED = occupations.NOW.date() + timedelta(days=60)
#: A revision of the history before the baseline, of the present one before its first, and of a later release.
OTHERS = ("0001", "0049", "r0000", "r9999")


@pytest.fixture(scope="module")
def populated_once(application, module_url):
    """A database with structures and their history, prices, a case whose clock runs, a cable, and occupations."""
    database = Database(module_url, role=WEB_ROLE)
    use_database(application, database)
    with context(database, "so.khcn") as ctx:
        for kind in ("antenna_tower", "cable_duct", "power_pole_shared", "manhole"):
            make(ctx, kind=kind, owner="viettel")
    with context(database, "viettel") as ctx:
        code = tower(ctx).code
        replace(ctx, publish(ctx, 200_000).id, 250_000, ctx.today)
        publish(ctx, 300_000, code=code)
        lay_a_cable(ctx)
    with context(database, "vnpt") as ctx:
        request = filed(ctx, code)
    with context(database, "viettel") as ctx:
        accept(ctx, case(ctx, request.id))
    occupy(database)
    database.dispose()
    return module_url.rpartition("/")[2].partition("?")[0]


@pytest.fixture
def populated(cluster, populated_once):
    """A copy of it for this one test."""
    with cloned(cluster, populated_once, "populated") as url:
        yield url


def test_a_history_function_that_lacks_a_column_is_named_until_it_is_made_anew(populated):
    engine = create_engine(populated)
    stale, table = text("SELECT stale_histories()"), "village"
    with engine.begin() as connection:
        assert connection.scalars(stale).all() == []
        for name in (table, f"{table}_history"):
            connection.execute(text(f"ALTER TABLE {name} ADD COLUMN added_later text"))
        assert connection.scalars(stale).all() == [table]
        connection.execute(text(f"SELECT refresh_history('{table}')"))
        assert connection.scalars(stale).all() == []
        connection.rollback()
    engine.dispose()


def lay_a_cable(ctx):
    """A cable of Viettel over one of its poles."""
    pole, cable = make(ctx, kind="cable_pole"), make(ctx, kind="cable_route")
    owner_id = cable.owner_organisation_id
    ctx.session.add(CableMember(organisation_id=owner_id, cable_id=cable.id, ordinal=1, structure_id=pole.id))
    ctx.session.flush()
    record(ctx, "cable.members", "structure", cable.id, on_behalf_of_id=owner_id)


def occupy(database):
    """Occupations: to be answered, of an unknown owner, with a promised removal, and one that became a violation."""

    def ctx_of(username, *, now=None, read_only=False):
        return context(database, username, now=now, read_only=read_only)

    occupations.told(ctx_of)
    occupations.move(ctx_of, "vnpt", occupations.told(ctx_of), "promise_removal", remove_by=PROMISED)
    occupations.move(ctx_of, "dienluc", occupations.told(ctx_of, occupant=None), "deny")
    referred = occupations.told(ctx_of)
    occupations.move(ctx_of, "vnpt", referred, "show_contract", **occupations.CONTRACT)
    occupations.move(ctx_of, "viettel", referred, "dispute", text="Đã hết hạn")
    occupations.move(ctx_of, "so.khcn", referred, "refer")
    with ctx_of("so.khcn", read_only=True) as ctx:
        (finding,) = ctx.session.query(ReferralRow.id).one()
    process_referral(database, finding, occupations.NOW)


def test_a_promised_removal_has_a_term_of_law_below_its_revision_and_its_own_day_above(populated):
    clock = "SELECT {} FROM case_clock WHERE workflow = 'occupation' AND name = 'removal'"
    migrations.downgrade(populated, "r0054")
    assert scalar(populated, clock.format("term_id IS NOT NULL AND reminders IS NULL"))
    assert scalar(populated, "SELECT length FROM legal_term WHERE key = 'occupation.removal'") == 3
    migrations.upgrade(populated)
    assert scalar(populated, clock.format("term_id IS NULL AND reminders = '{3,0}'"))
    assert last_day(scalar(populated, "SELECT due_at FROM occupation WHERE state = 'removing'")) == PROMISED
    assert last_day(scalar(populated, clock.format("due_at"))) == PROMISED
    assert scalar(populated, "SELECT count(*) FROM legal_term WHERE key = 'occupation.removal'") == 0


def tables(url):
    engine = create_engine(url)
    names = set(inspect(engine).get_table_names())
    engine.dispose()
    return names


def scalar(url, query):
    engine = create_engine(url)
    with engine.connect() as connection:
        value_read = connection.scalar(text(query))
    engine.dispose()
    return value_read


def test_a_populated_database_goes_down_to_nothing_and_up_again(populated):
    everything = tables(populated)
    assert scalar(populated, "SELECT count(*) FROM occupation") == 4

    migrations.downgrade(populated, "base")
    assert tables(populated) - {"alembic_version", "spatial_ref_sys"} == set()
    assert scalar(populated, OWN_FUNCTIONS) == 0

    migrations.upgrade(populated)
    assert tables(populated) == everything
    assert migrations.current(populated) == migrations.head()
    assert migrations.problems(populated) == [], "the schema of the newest revision is that of the models"
    assert scalar(populated, "SELECT count(*) FROM occupation") == 0
    assert scalar(populated, "SELECT length FROM legal_term WHERE key = 'occupation.answer'") == 15
    target = "SELECT value FROM indicator_target t JOIN indicator i ON i.id = t.indicator_id WHERE code = "
    assert scalar(populated, f"{target}'kpi_underground_cable'") == 20
    assert scalar(populated, "SELECT count(*) FROM violation_kind") == 47


def test_a_database_at_the_head_before_the_baseline_goes_on_without_any_other_change(populated):
    migrations.downgrade(populated, BASELINE)
    set_revision(populated, FORMER_HEAD)
    before = contents(populated), objects(populated)
    with migrations.connected(populated) as connection:
        migrations.stamp_former_head(connection)
        connection.commit()
    assert migrations.current(populated) == BASELINE
    assert (contents(populated), objects(populated)) == before
    migrations.upgrade(populated)
    assert migrations.current(populated) == migrations.head()


def test_a_stamp_that_is_interrupted_leaves_the_database_as_it_was(live_url):
    set_revision(live_url, FORMER_HEAD)
    with migrations.connected(live_url) as connection:
        migrations.stamp_former_head(connection)
        assert migrations.current_on(connection) == BASELINE
        # Closed without a commit, as by a kill.
    assert migrations.current(live_url) == FORMER_HEAD


def test_only_an_upgrade_stamps(live_url):
    set_revision(live_url, FORMER_HEAD)
    for command in (migrations.problems, lambda url: migrations.downgrade(url, "base")):
        with pytest.raises(UnknownRevisionError, match=f"{FORMER_HEAD}.*{migrations.head()}.*db upgrade"):
            command(live_url)
    assert migrations.current(live_url) == FORMER_HEAD


def test_a_database_at_any_other_revision_is_refused_and_stays_as_it_is(live_url):
    before = contents(live_url), objects(live_url)
    for revision in OTHERS:
        set_revision(live_url, revision)
        for command in (migrations.upgrade, migrations.problems, lambda url: migrations.downgrade(url, "base")):
            named = f"{revision}.*{FORMER_HEAD}.*{BASELINE}.*{migrations.head()}"
            with pytest.raises(UnknownRevisionError, match=named):
                command(live_url)
        assert migrations.current(live_url) == revision
    assert (contents(live_url), objects(live_url)) == before
