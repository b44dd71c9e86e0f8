"""The revision of cables on a database that holds one: down it goes with its members, and up again empty."""

import pytest

from registry.audit.chain import record
from registry.cables.models import CableMember
from registry.kernel.db import migrations
from registry.kernel.db.session import WEB_ROLE, Database
from registry.wiring import use_database
from tests.db.test_migrations import scalar
from tests.factories.structures import make
from tests.support.live import context

BEFORE, REVISION = "0018", "0019"


@pytest.fixture
def populated(app, live_url):
    """A cable of Viettel over one of its poles."""
    database = Database(live_url, role=WEB_ROLE)
    use_database(app, database)
    with context(database, "viettel") as ctx:
        pole = make(ctx, kind="cable_pole")
        cable = make(ctx, kind="cable_route")
        owner_id = cable.owner_organisation_id
        ctx.session.add(CableMember(organisation_id=owner_id, cable_id=cable.id, ordinal=1, structure_id=pole.id))
        ctx.session.flush()
        record(ctx, "cable.members", "structure", cable.id, on_behalf_of_id=owner_id)
    database.dispose()
    return live_url


def test_a_cable_goes_down_with_its_revision_and_what_carried_it_stays(populated):
    migrations.downgrade(populated, BEFORE)
    assert scalar(populated, "SELECT string_agg(kind, ' ') FROM structure") == "cable_pole"
    assert scalar(populated, "SELECT to_regclass('cable_member')") is None
    migrations.upgrade(populated, REVISION)
    assert scalar(populated, "SELECT count(*) FROM cable_member") == 0
    assert scalar(populated, "SELECT value FROM dated_setting WHERE key = 'kpi.underground_cable_pct'") == 20
