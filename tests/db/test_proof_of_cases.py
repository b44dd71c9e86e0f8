"""`audit verify` on a register with cases: it reads them through the policies of rows, before and after an upgrade."""

import psycopg
import pytest
from sqlalchemy import text

from registry.audit.verifier import reading, verify
from registry.kernel.clock import utc_now
from registry.kernel.db import migrations
from tests.support.database import cloned
from tests.support.demo import demo_url

__all__ = ["demo_url"]

#: The last revision at which the policies hid cases from the verifier, and the one that opens them.
BLIND, OPENED = "r0108", "r0109"
FORGED = {
    "violation": "UPDATE violation SET address = 'chỗ khác' WHERE id = (SELECT min(id) FROM violation)",
    "violation_history": "UPDATE violation_history SET address = 'chỗ khác'"
    " WHERE history_id = (SELECT min(history_id) FROM violation_history)",
    "incident_history": "DELETE FROM incident_history"
    " WHERE history_id = (SELECT min(history_id) FROM incident_history)",
    "colocation_request_history": "UPDATE colocation_request_history"
    " SET recorded_from = recorded_from - interval '1 day'"
    " WHERE history_id = (SELECT min(history_id) FROM colocation_request_history)",
}


def findings(url):
    with reading(url) as connection:
        return verify(connection, utc_now()).findings


@pytest.fixture
def blind_url(cluster, demo_url):
    """The owner's address of the demonstration at the last revision that hid cases."""
    with cloned(cluster, demo_url.rpartition("/")[2].partition("?")[0], "blind") as url:
        migrations.downgrade(url, BLIND)
        yield url


def forge(url, statement):
    """As a superuser does who switches the triggers off."""
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        connection.execute("SET session_replication_role = replica")
        assert connection.execute(statement).rowcount == 1


def test_cases_in_every_state_are_found_intact(demo_url):
    assert findings(demo_url) == []


@pytest.mark.parametrize("table", sorted(FORGED))
def test_a_forged_case_is_found(cluster, demo_url, table):
    with cloned(cluster, demo_url.rpartition("/")[2].partition("?")[0], "forged") as url:
        forge(url, FORGED[table])
        assert findings(url)


def test_a_reader_without_all_rows_is_not_a_forgery_and_the_upgrade_heals_it(blind_url):
    (sentence,) = findings(blind_url)
    assert "pg_read_all_data" in sentence
    assert "violation_history" in sentence
    migrations.upgrade(blind_url, OPENED)
    assert findings(blind_url) == []
    with reading(blind_url) as connection:
        entries = connection.scalar(text("SELECT payload -> 'entries' FROM audit_payload ORDER BY number DESC LIMIT 1"))
    assert entries == [{"action": "schema.revise", "kind": "schema", "id": None, "revision": OPENED}]


@pytest.mark.parametrize(
    "policy",
    [
        "CREATE POLICY hidden ON violation AS RESTRICTIVE USING (id > 1)",
        "ALTER POLICY all_rows_to_verifier ON violation USING (id > 1)",
    ],
)
def test_a_policy_that_hides_rows_from_the_verifier_is_reported(cluster, demo_url, policy):
    """It could keep a forged row out of the comparison."""
    with cloned(cluster, demo_url.rpartition("/")[2].partition("?")[0], "hidden") as url:
        with psycopg.connect(url.replace("+psycopg", "")) as connection:
            connection.execute(policy)
        (sentence,) = findings(url)
        assert "các bảng violation," in sentence


@pytest.mark.parametrize("table", sorted(FORGED))
def test_what_was_forged_before_the_upgrade_is_still_found(blind_url, table):
    forge(blind_url, FORGED[table])
    migrations.upgrade(blind_url)
    assert findings(blind_url)
