"""A transaction begins with the first statement that needs it, as it was opened, and leaves nothing to the next."""

import pytest
from psycopg.errors import ReadOnlySqlTransaction
from sqlalchemy import event, text
from sqlalchemy.exc import InternalError, ProgrammingError

from registry.audit.access_log import note_statement
from registry.authz.actors import PUBLIC_ACTOR
from registry.kernel.db.compiled import CompiledStatement
from registry.kernel.db.session import WEB_ROLE, WORKER_ROLE, Database, abort, prefetched_row
from registry.kernel.errors import NotFound

SETTING = CompiledStatement.of("SELECT current_setting(%(name)s) AS said")
NOTES = text("SELECT count(*) FROM audit_note WHERE action = 'probe'")
NOTE = text(
    "INSERT INTO audit_note (occurred_at, actor_label, action, owner_ids, request_id, origin, details)"
    " VALUES (now(), '', 'probe', '{}', '', '', '{}')"
)
NOW = CompiledStatement.of("SELECT pg_backend_pid() AS pid, pg_current_xact_id_if_assigned() AS xid, 1 AS one")


@pytest.fixture
def pooled(live_url):
    """One connection under the role of the pages, on a database of its own."""
    database = Database(live_url, role=WEB_ROLE, pool_size=1)
    yield database
    database.dispose()


@pytest.fixture
def begun(pooled):
    """Every transaction that really began."""
    begins = []
    event.listen(pooled.engine, "begin", begins.append)
    return begins


def test_a_refused_read_ends_without_a_rollback_and_keeps_what_is_prepared(pooled):
    ends = []
    for name in ("commit", "rollback"):
        event.listen(pooled.engine, name, lambda _connection, name=name: ends.append(name))

    def refuse(ctx):
        ctx.session.scalar(text("SELECT 1"))
        raise NotFound

    with pytest.raises(NotFound), pooled.transaction(PUBLIC_ACTOR, read_only=True) as ctx:
        refuse(ctx)
    with pooled.transaction(PUBLIC_ACTOR, read_only=True) as ctx:
        ctx.session.scalar(text("SELECT 1"))
        abort(ctx)
    assert ends == ["commit", "commit"]
    with pytest.raises(NotFound), pooled.transaction(PUBLIC_ACTOR) as ctx:
        refuse(ctx)
    with pytest.raises(ProgrammingError), pooled.transaction(PUBLIC_ACTOR, read_only=True) as ctx:
        ctx.session.scalar(text("SELECT nothing"))
    assert ends[2] == "rollback"
    with pooled.transaction(PUBLIC_ACTOR, read_only=True) as ctx:
        assert ctx.session.scalar(text("SELECT 1")) == 1


def setting(ctx, name):
    return SETTING.execute(ctx.connection, {"name": name})[0].said


def looking(pooled, **more):
    """A page's read, that asked something before."""
    return pooled.transaction(PUBLIC_ACTOR, read_only=True, interactive=True, prefetch=[(NOW, {})], **more)


def notes_of(pooled):
    with pooled.session() as session:
        return session.scalar(NOTES)


def test_what_needs_no_statement_begins_nothing(pooled, begun):
    with looking(pooled) as ctx:
        assert prefetched_row(ctx.session, NOW).one == 1
    assert begun == []
    with looking(pooled) as ctx:
        ctx.session.scalar(text("SELECT 1"))
        ctx.session.scalar(text("SELECT 2"))
    assert len(begun) == 1


def test_it_begins_as_it_was_opened(pooled):
    with looking(pooled) as ctx:
        assert setting(ctx, "transaction_read_only") == "on"
        assert setting(ctx, "registry.now") == ctx.now.isoformat()
        assert (setting(ctx, "lock_timeout"), setting(ctx, "statement_timeout")) == ("3s", "10s")
    with looking(pooled) as ctx, pytest.raises(InternalError) as refused:
        ctx.session.execute(NOTE)
    assert isinstance(refused.value.orig, ReadOnlySqlTransaction)


def test_what_was_never_begun_is_not_the_beginning_of_the_next(pooled):
    with looking(pooled):
        pass
    with pooled.session() as session:
        assert session.scalar(text("SHOW transaction_read_only")) == "off"
    with pooled.transaction(PUBLIC_ACTOR) as ctx:
        assert setting(ctx, "transaction_read_only") == "off"
        assert setting(ctx, "statement_timeout") == "0"


@pytest.mark.parametrize(("role", "waits"), [(WEB_ROLE, ("3s", "10s")), (WORKER_ROLE, ("0", "0"))])
def test_what_is_asked_outside_a_transaction_waits_no_longer_than_a_page(live_url, role, waits):
    database = Database(live_url, role=role)
    statement = CompiledStatement.of(
        "SELECT current_setting('lock_timeout') AS locks, current_setting('statement_timeout') AS asks"
    )
    with database.transaction(PUBLIC_ACTOR, read_only=True, prefetch=[(statement, {})]) as ctx:
        row = prefetched_row(ctx.session, statement)
    assert (row.locks, row.asks) == waits
    database.dispose()


def test_what_nobody_commits_is_gone(pooled):
    with pooled.session() as session:
        session.execute(NOTE)
    with pooled.engine.connect() as connection:
        connection.execute(NOTE)

    def interrupted():
        with pooled.transaction(PUBLIC_ACTOR) as ctx:
            ctx.session.execute(NOTE)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        interrupted()
    with pooled.transaction(PUBLIC_ACTOR) as ctx:
        ctx.session.execute(NOTE)
        abort(ctx)
    assert notes_of(pooled) == 0
    with pooled.transaction(PUBLIC_ACTOR) as ctx:
        ctx.session.execute(NOTE)
    assert notes_of(pooled) == 1


@pytest.mark.parametrize("is_used", [True, False])
@pytest.mark.parametrize("ended", ["committed", "aborted", "raised"])
def test_a_note_is_left_by_a_read_that_came_to_an_answer(pooled, is_used, ended):
    def read():
        with looking(pooled) as ctx:
            if is_used:
                ctx.session.scalar(text("SELECT 1"))
            ctx.notes.append(note_statement(PUBLIC_ACTOR, "probe"))
            if ended == "aborted":
                abort(ctx)
            if ended == "raised":
                raise ZeroDivisionError

    if ended == "raised":
        with pytest.raises(ZeroDivisionError):
            read()
    else:
        read()
    assert notes_of(pooled) == (ended != "raised")


def test_a_note_is_written_when_all_is_over(pooled):
    with pooled.transaction(PUBLIC_ACTOR) as ctx:
        ctx.session.execute(text("SELECT pg_advisory_xact_lock(7)"))
        words, values = note_statement(PUBLIC_ACTOR, "probe")
        is_over = "NOT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = 7)"
        ctx.notes.append((CompiledStatement.of(f"{words.text} AND {is_over}", words.fixed), values))
        assert not ctx.is_over
    assert ctx.is_over
    assert notes_of(pooled) == 1
