"""Migrations on a populated database: down to nothing, up again, and the schema is that of the models (P13)."""

from datetime import date

import pytest
from sqlalchemy import create_engine, inspect, text

from registry.audit.chain import record
from registry.cables.models import CableMember
from registry.kernel.db import migrations
from registry.kernel.db.session import WEB_ROLE, Database
from registry.wiring import use_database
from registry.workflow.calendar import TermUnit
from registry.workflow.calendar_service import AddTerm, add_term, get_term, withdraw_term
from registry.workflow.referrals import ReferralRow, process_referral
from tests.factories import occupations
from tests.factories.colocation import accept, case, filed, tower
from tests.factories.structures import make
from tests.factories.tariffs import publish, replace
from tests.support.live import context

#: The revisions after which cables, occupations and years without a day came.
BEFORE_CABLES, CABLES, BEFORE_OCCUPATIONS, BEFORE_YEARS = "0018", "0019", "0035", "0044"
BEFORE_WITHDRAWALS = "0047"
POLES = "SELECT count(*) FROM structure WHERE kind = 'cable_pole'"
OWN_FUNCTIONS = (
    "SELECT count(*) FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
    " AND proowner = current_user::regrole AND NOT EXISTS"
    " (SELECT FROM pg_depend d WHERE d.objid = pg_proc.oid AND d.deptype = 'e')"
)


@pytest.fixture
def populated(app, live_url):
    """A database with structures and their history, prices, a case whose clock runs, a cable, and occupations."""
    database = Database(live_url, role=WEB_ROLE)
    use_database(app, database)
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
    return live_url


def lay_a_cable(ctx):
    """A cable of Viettel over one of its poles."""
    pole, cable = make(ctx, kind="cable_pole"), make(ctx, kind="cable_route")
    owner_id = cable.owner_organisation_id
    ctx.session.add(CableMember(organisation_id=owner_id, cable_id=cable.id, ordinal=1, structure_id=pole.id))
    ctx.session.flush()
    record(ctx, "cable.members", "structure", cable.id, on_behalf_of_id=owner_id)


def occupy(database):
    """One occupation that its occupant is to answer, one whose owner is looked for, one that became a violation."""

    def ctx_of(username, *, now=None, read_only=False):
        return context(database, username, now=now, read_only=read_only)

    occupations.told(ctx_of)
    occupations.move(ctx_of, "dienluc", occupations.told(ctx_of, occupant=None), "deny")
    referred = occupations.told(ctx_of)
    occupations.move(ctx_of, "vnpt", referred, "show_contract", **occupations.CONTRACT)
    occupations.move(ctx_of, "viettel", referred, "dispute", text="Đã hết hạn")
    occupations.move(ctx_of, "so.khcn", referred, "refer")
    with ctx_of("so.khcn", read_only=True) as ctx:
        (finding,) = ctx.session.query(ReferralRow.id).one()
    process_referral(database, finding, occupations.NOW)


def tables(url):
    engine = create_engine(url)
    names = set(inspect(engine).get_table_names())
    engine.dispose()
    return names


def scalar(url, query):
    engine = create_engine(url)
    with engine.connect() as connection:
        found = connection.scalar(text(query))
    engine.dispose()
    return found


def test_the_schema_of_the_newest_revision_is_that_of_the_models(live_url):
    assert migrations.current(live_url) == migrations.head()
    assert migrations.problems(live_url) == []


def test_a_populated_database_goes_down_and_up_again(populated):
    everything = tables(populated)
    assert scalar(populated, "SELECT count(*) FROM occupation") == 3
    poles, structures = scalar(populated, POLES), scalar(populated, "SELECT sum(hashtext(code)) FROM structure")

    migrations.downgrade(populated, "-1")
    migrations.upgrade(populated)
    assert scalar(populated, "SELECT sum(hashtext(code)) FROM structure") == structures
    assert migrations.problems(populated) == []

    migrations.downgrade(populated, BEFORE_OCCUPATIONS)
    assert scalar(populated, "SELECT to_regclass('occupation') IS NULL AND to_regclass('finding') IS NULL")
    assert scalar(populated, "SELECT count(*) FROM case_clock WHERE workflow = 'occupation'") == 0
    assert scalar(populated, "SELECT count(*) FROM legal_term WHERE key LIKE 'occupation.%'") == 0
    # What the authority made of it is its own.
    assert scalar(populated, "SELECT description FROM violation").startswith("CD-2026-000003: ")

    migrations.downgrade(populated, BEFORE_CABLES)
    assert scalar(populated, "SELECT count(*) FROM structure WHERE kind = 'cable_route'") == 0
    assert scalar(populated, POLES) == poles
    assert scalar(populated, "SELECT to_regclass('cable_member')") is None

    migrations.downgrade(populated, "base")
    assert tables(populated) - {"alembic_version", "spatial_ref_sys"} == set()
    assert scalar(populated, OWN_FUNCTIONS) == 0

    migrations.upgrade(populated, CABLES)
    assert scalar(populated, "SELECT count(*) FROM cable_member") == 0
    assert scalar(populated, "SELECT value FROM dated_setting WHERE key = 'kpi.underground_cable_pct'") == 20
    migrations.upgrade(populated)
    assert scalar(populated, "SELECT count(*) FROM occupation") == 0
    assert scalar(populated, "SELECT length FROM legal_term WHERE key = 'occupation.answer'") == 15
    assert tables(populated) == everything
    assert migrations.problems(populated) == []


def test_a_year_of_service_becomes_the_day_of_building_where_years_are_not_known(app, live_url):
    database = Database(live_url, role=WEB_ROLE)
    use_database(app, database)
    built = date(2009, 3, 5)
    with context(database, "viettel") as ctx:
        code = make(ctx, built_on="05/03/2009", in_service_on="01/01/2009", in_service_year_only="có").code
    database.dispose()
    migrations.downgrade(live_url, BEFORE_YEARS)
    assert scalar(live_url, f"SELECT in_service_on FROM structure WHERE code = '{code}'") == built  # noqa: S608
    newest = "SELECT in_service_on FROM structure_history WHERE recorded_to IS NULL"
    assert scalar(live_url, newest) == built
    migrations.upgrade(live_url)
    assert migrations.problems(live_url) == []


@pytest.mark.trial
def test_every_revision_goes_down_and_up_again_on_a_populated_database(populated):
    everything = tables(populated)
    for revision in range(int(migrations.head()) - 1, 0, -1):
        migrations.downgrade(populated, f"{revision:04d}")
        assert migrations.current(populated) == f"{revision:04d}"
    migrations.downgrade(populated, "base")
    for revision in range(1, int(migrations.head()) + 1):
        migrations.upgrade(populated, f"{revision:04d}")
    assert tables(populated) == everything
    assert migrations.problems(populated) == []


def test_what_was_withdrawn_is_gone_in_the_older_program_and_one_successor_stands_in_the_newer(app, live_url):
    database = Database(live_url, role=WEB_ROLE)
    use_database(app, database)
    key = "colocation.answer"
    with context(database, "viettel") as ctx:
        code = tower(ctx).code
    with context(database, "so.khcn") as ctx:
        add_term(ctx, AddTerm(key, ctx.today, 70, TermUnit.WORKING_DAY, None, (), "Nhầm", needs_verification=True))
    with context(database, "vnpt") as ctx:
        filed(ctx, code)
    with context(database, "so.khcn") as ctx:
        withdraw_term(ctx, get_term(ctx, key).rows[0].id, "Gõ nhầm")
    database.dispose()

    migrations.downgrade(live_url, BEFORE_WITHDRAWALS)
    assert scalar(live_url, "SELECT count(*) FROM legal_term WHERE key = 'colocation.answer'") == 1
    engine = create_engine(live_url)
    with engine.begin() as connection:
        connection.execute(
            text(
                "SELECT set_config('registry.now', now()::text, true), set_config('registry.change_id', '1', true),"
                " set_config('registry.effective_at', now()::text, true)"
            )
        )
        connection.execute(
            text(
                "INSERT INTO organisation_succession (predecessor_id, successor_id, effective_on, legal_basis)"
                " SELECT old.id, new.id, day, 'QĐ' FROM organisation old, organisation new,"
                " (VALUES ('vnpt', date '2026-06-01'), ('pc_thanhhoa', date '2026-05-01')) row (code, day)"
                " WHERE old.code = 'viettel' AND new.code = row.code"
            )
        )
    engine.dispose()
    migrations.upgrade(live_url)
    assert migrations.problems(live_url) == []
    standing = (
        "SELECT string_agg(new.code, ' ') FROM organisation_succession step"
        " JOIN organisation old ON old.id = step.predecessor_id AND old.code = 'viettel'"
        " JOIN organisation new ON new.id = step.successor_id WHERE withdrawn_at IS NULL"
    )
    assert scalar(live_url, standing) == "pc_thanhhoa"
    assert scalar(live_url, "SELECT count(*) FROM user_account WHERE member_since IS NULL") == 0
