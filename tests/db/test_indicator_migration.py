"""Targets that were settings before there was a catalogue of indicators."""

import psycopg
import pytest

from registry.kernel.db import migrations
from tests.support.database import cloned

BEFORE = "r0006"
ENTERED = (("2027-01-01", "18"), ("2027-06-01", '"20.5"'), ("2028-01-01", "25"))


@pytest.fixture
def earlier(cluster, migrated_database):
    """The address of a database at the revision before, with three targets of an office, two of one year."""
    with cloned(cluster, migrated_database, "earlier") as url:
        migrations.downgrade(url, BEFORE)
        with psycopg.connect(url.replace("+psycopg", ""), autocommit=False) as connection:
            connection.execute(
                "SELECT set_config('registry.now', now()::text, true), set_config('registry.effective_at',"
                " now()::text, true), set_config('registry.change_id', nextval('change_id_seq')::text, true)"
            )
            for day, value in ENTERED:
                connection.execute(
                    "INSERT INTO dated_setting (key, valid_from, value, source, needs_verification)"
                    " VALUES ('kpi.bts_shared_position_pct', %s, %s::jsonb, 'KH 178', false)",
                    (day, value),
                )
        yield url


def test_what_an_office_entered_goes_on_as_targets_of_their_years(earlier):
    migrations.upgrade(earlier)
    with psycopg.connect(earlier.replace("+psycopg", "")) as connection:
        query = "SELECT year, value::text FROM indicator_target WHERE plan = 'KH 178' ORDER BY year"
        assert connection.execute(query).fetchall() == [(2027, "20.50"), (2028, "25.00")]
        left = "SELECT count(*) FROM dated_setting WHERE key LIKE 'kpi.%%' AND withdrawn_at IS NULL"
        assert connection.execute(left.replace("%%", "%")).fetchone() == (0,)
