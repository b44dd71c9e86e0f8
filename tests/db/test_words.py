"""Statements in the words of the driver answer, fail and are heard of as those of SQLAlchemy."""

import psycopg
import pytest
from sqlalchemy import Text, bindparam, event, literal, select, text
from sqlalchemy.exc import DataError, IntegrityError, OperationalError

from registry.authz.actors import PUBLIC_ACTOR
from registry.kernel.db.compiled import CompiledStatement, compile_statement, execute_pipeline
from registry.kernel.db.session import Database, prefetched_row
from registry.structures.codes import Status


@pytest.fixture
def connection(database):
    with database.session() as session:
        yield session.connection()


def test_parameters_without_a_value_are_asked_for_and_all_others_kept(connection):
    statement = compile_statement(
        select((bindparam("left") + literal(40)).label("sum"), literal(Status.ACTIVE).label("status"))
    )
    assert [(row.sum, row.status) for row in statement.execute(connection, {"left": 2})] == [(42, "active")]
    assert [row.sum for row in statement.execute(connection, {"left": 5})] == [45]


def test_a_list_of_values_is_written_out_once(connection):
    statement = compile_statement(
        select(bindparam("sought", type_=Text).in_([Status.ACTIVE, Status.REMOVED]).label("found"))
    )
    assert [statement.execute(connection, {"sought": code})[0].found for code in ("active", "building")] == [
        True,
        False,
    ]


def test_a_sign_of_per_cent_stays_one(connection):
    assert compile_statement(select(literal("a").like("%a%"), text("5 % 3"))).execute(connection) == [(True, 2)]
    assert CompiledStatement.of("SELECT %(word)s AS word").execute(connection, {"word": "100 %"}) == [("100 %",)]


def test_what_gives_no_rows_answers_none(connection):
    assert CompiledStatement.of("SET LOCAL lock_timeout = '1s'").execute(connection) == []
    assert CompiledStatement.of("SELECT 1 WHERE false").execute(connection) == []


def test_statements_of_one_trip_answer_in_their_order(connection):
    keep = CompiledStatement.of("SELECT set_config('registry.probe', %(word)s, true)")
    read = CompiledStatement.of("SELECT current_setting('registry.probe') AS probe")
    nothing = CompiledStatement.of("SET LOCAL lock_timeout = '1s'")
    calls = [(keep, {"word": "one"}), (read, {}), (nothing, {}), (keep, {"word": "two"}), (read, {})]
    assert execute_pipeline(connection, calls) == [[("one",)], [("one",)], [], [("two",)], [("two",)]]


def test_what_is_asked_before_a_transaction_is_known_within_it(database):
    read = CompiledStatement.of("SELECT current_setting('transaction_read_only') AS read_only, %(word)s::text AS word")
    with database.transaction(PUBLIC_ACTOR, read_only=True, prefetch=[(read, {"word": "one"})]) as ctx:
        assert (prefetched_row(ctx.session, read).read_only, prefetched_row(ctx.session, read).word) == ("off", "one")
        other = CompiledStatement.of(read.text)
        assert prefetched_row(ctx.session, other) is None
    with database.transaction(PUBLIC_ACTOR) as ctx:
        assert prefetched_row(ctx.session, read) is None


def test_a_failure_within_one_trip_leaves_the_connection_usable(connection):
    late = CompiledStatement.of("SELECT 1 / %(number)s::int")
    read = CompiledStatement.of("SELECT 7 AS seven")
    with pytest.raises(DataError) as failed, connection.begin_nested():
        execute_pipeline(connection, [(read, {}), (late, {"number": 0}), (read, {})])
    assert isinstance(failed.value.orig, psycopg.errors.DivisionByZero)
    assert read.execute(connection) == [(7,)]


def test_who_listens_hears_of_it(connection):
    heard = []
    event.listen(connection, "before_cursor_execute", lambda *call: heard.append((call[2], dict(call[3]))))
    CompiledStatement.of("SELECT %(number)s::int").execute(connection, {"number": 1})
    assert heard == [("SELECT %(number)s::int", {"number": 1})]


def test_errors_are_those_of_sqlalchemy_and_tell_no_parameters(connection):
    CompiledStatement.of("SELECT set_config('statement_timeout', '20ms', true)").execute(connection)
    with pytest.raises(OperationalError) as late, connection.begin_nested():
        CompiledStatement.of("SELECT pg_sleep(%(seconds)s::float), %(secret)s::text").execute(
            connection, {"seconds": 5.0, "secret": "105.77"}
        )
    assert isinstance(late.value.orig, psycopg.errors.QueryCanceled)
    assert "105.77" not in str(late.value)
    twice = "INSERT INTO dated_setting SELECT * FROM dated_setting LIMIT 1"
    with pytest.raises(IntegrityError), connection.begin_nested():
        CompiledStatement.of(twice).execute(connection)


def test_a_lost_server_is_an_error_and_the_next_transaction_has_a_new_connection(live_url):
    database = Database(live_url)
    with database.session() as session, pytest.raises(OperationalError):
        CompiledStatement.of("SELECT pg_terminate_backend(pg_backend_pid())").execute(session.connection())
    with database.session() as session:
        assert CompiledStatement.of("SELECT 1 AS one").execute(session.connection()) == [(1,)]
    database.dispose()
