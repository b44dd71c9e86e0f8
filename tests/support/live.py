"""Browsers and contexts on an application whose transactions really commit."""

from sqlalchemy import text

from registry.accounts.browser import limits
from registry.accounts.sessions import open_session
from registry.authz.actors import PUBLIC_ACTOR
from registry.authz.blueprint import DATABASE
from tests.support.fixtures import actor_named
from tests.support.processes import wait_for

#: Who waits for a row or a table in this database; others of the cluster do not count.
_WAITS = text("""
    SELECT count(*)
      FROM pg_locks
      JOIN pg_stat_activity USING (pid)
     WHERE NOT granted AND locktype IN ('transactionid', 'tuple', 'relation') AND datname = current_database()
""")

_LOOK_AGAIN = text("SELECT pg_stat_clear_snapshot()")


def context(database, username=None, *, now=None, read_only=False):
    """A context of one of the cast (None: the public) on a database."""

    def actor(session):
        return PUBLIC_ACTOR if username is None else actor_named(session, username, now)

    return database.transaction(actor, now=now, read_only=read_only, origin="test")


def browser(app, username=None):
    """A browser, signed in without the work of a password."""
    client = app.test_client()
    if username is not None:
        with app.test_request_context(), context(DATABASE.of(app), username) as ctx:
            token = open_session(ctx, ctx.actor.id, limits(), device="test", address="127.0.0.1")
        with client.session_transaction() as session:
            session["_user_id"] = token
    return client


def wait_until_blocked(session):
    """Return once somebody waits for a row or a table of this transaction."""

    def waits():
        # A transaction sees the connections that there were when it first looked, and no newer one.
        session.execute(_LOOK_AGAIN)
        return session.scalar(_WAITS)

    wait_for(waits, None, "no process: another connection has to wait for a row of this one")
