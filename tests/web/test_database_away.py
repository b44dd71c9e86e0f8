"""While the database restarts: every page says so, and when to come back."""

import psycopg
import pytest
from sqlalchemy.exc import OperationalError

from registry.authz.blueprint import AFTER_VIEW
from registry.kernel.db.session import WEB_ROLE, Database, is_away
from registry.wiring import use_database
from tests.support.database import as_owner

AWAY = "postgresql+psycopg://none@/nothing?host=/nowhere"


@pytest.fixture
def client(live_app):
    return live_app.test_client()


@pytest.mark.parametrize("path", ["/", "/structures", "/api/structures", "/territory", "/sign-in-that-is-not-there"])
def test_a_database_that_cannot_be_reached_is_a_503_with_retry_after(live_app, client, path):
    use_database(live_app, Database(AWAY, role=WEB_ROLE))
    with client.get(path) as answer:
        if answer.status_code == 404:
            return
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        assert "psycopg" not in answer.text
        assert "nowhere" not in answer.text


def test_a_connection_that_ends_in_the_middle_of_a_request_is_a_503(live_app, client, cluster, live_url, monkeypatch):
    def ended(*_arguments):
        with as_owner(cluster) as server:
            server.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()",
                [live_url.split("@/")[1].split("?")[0]],
            )

    monkeypatch.setitem(
        live_app.extensions,
        AFTER_VIEW.name,
        lambda ctx: (ended(), ctx.session.connection().exec_driver_sql("SELECT 1")),
    )
    with client.get("/") as answer:
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    monkeypatch.undo()
    with client.get("/") as answer:
        assert answer.status_code == 200


@pytest.mark.parametrize(
    ("cause", "away"),
    [
        (psycopg.OperationalError("connection refused"), True),
        (psycopg.errors.AdminShutdown(), True),
        (psycopg.errors.CannotConnectNow(), True),
        (psycopg.errors.TooManyConnections(), True),
        (psycopg.errors.LockNotAvailable(), False),
        (psycopg.errors.QueryCanceled(), False),
        (psycopg.errors.UniqueViolation(), False),
        (ValueError(), False),
    ],
)
def test_it_tells_a_database_that_is_away_from_a_statement_that_failed(cause, away):
    assert is_away(cause) is away
    assert is_away(OperationalError("SELECT 1", {}, cause)) is away


def test_a_statement_over_its_time_limit_is_a_503_that_says_what_to_do(live_app, client, monkeypatch):
    limit = "SELECT set_config('statement_timeout', '1ms', true)"
    monkeypatch.setitem(
        live_app.extensions,
        AFTER_VIEW.name,
        lambda ctx: [ctx.session.connection().exec_driver_sql(each) for each in (limit, "SELECT pg_sleep(1)")],
    )
    with client.get("/") as answer:
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        assert "10 giây" in answer.text
        assert "pg_sleep" not in answer.text
