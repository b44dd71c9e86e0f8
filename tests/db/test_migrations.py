"""Migrations on a populated database: down to nothing, up again, and the schema is that of the models (P13)."""

import pytest
from sqlalchemy import create_engine, inspect, text

from registry.kernel.db import migrations
from registry.kernel.db.session import WEB_ROLE, Database
from registry.wiring import use_database
from tests.factories.colocation import accept, case, filed, tower
from tests.factories.structures import make
from tests.factories.tariffs import publish, replace
from tests.support.live import context


@pytest.fixture
def populated(app, live_url):
    """A database with territory, cast, a few structures with history, prices, and a case whose clock runs."""
    database = Database(live_url, role=WEB_ROLE)
    use_database(app, database)
    with context(database, "so.khcn") as ctx:
        for kind in ("antenna_tower", "cable_pole", "cable_duct", "power_pole_shared", "manhole"):
            make(ctx, kind=kind, owner="viettel")
    with context(database, "viettel") as ctx:
        code = tower(ctx).code
        replace(ctx, publish(ctx, 200_000).id, 250_000, ctx.today)
        publish(ctx, 300_000, code=code)
    with context(database, "vnpt") as ctx:
        request = filed(ctx, code)
    with context(database, "viettel") as ctx:
        accept(ctx, case(ctx, request.id))
    database.dispose()
    return live_url


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


def test_every_revision_goes_down_and_up_again_on_a_populated_database(populated):
    everything = tables(populated)
    assert scalar(populated, "SELECT count(*) FROM structure_history") == 6
    for revision in range(int(migrations.head()) - 1, 0, -1):
        migrations.downgrade(populated, f"{revision:04d}")
        assert migrations.current(populated) == f"{revision:04d}"
    migrations.downgrade(populated, "base")
    assert tables(populated) - {"alembic_version", "spatial_ref_sys"} == set()
    assert (
        scalar(
            populated,
            "SELECT count(*) FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
            " AND proowner = current_user::regrole AND NOT EXISTS"
            " (SELECT FROM pg_depend d WHERE d.objid = pg_proc.oid AND d.deptype = 'e')",
        )
        == 0
    )
    for revision in range(1, int(migrations.head()) + 1):
        migrations.upgrade(populated, f"{revision:04d}")
    assert tables(populated) == everything
    assert migrations.problems(populated) == []


def test_the_newest_revision_keeps_what_is_there(populated):
    before = scalar(populated, "SELECT sum(hashtext(code)) FROM structure")
    migrations.downgrade(populated, f"{int(migrations.head()) - 1:04d}")
    migrations.upgrade(populated)
    assert scalar(populated, "SELECT sum(hashtext(code)) FROM structure") == before
    assert migrations.problems(populated) == []
