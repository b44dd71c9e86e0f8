"""The application, the cast and their browsers, on a database that forgets each test."""

import contextlib
import json
from dataclasses import dataclass

import pytest
from sqlalchemy import Text, bindparam, create_engine, select, text
from sqlalchemy.orm import Session, joinedload

from config.settings import Settings
from registry.accounts.actor import actor_columns, actor_from_row
from registry.accounts.browser import limits
from registry.accounts.models import Organisation, UserAccount
from registry.accounts.sessions import open_session
from registry.authz.actors import PUBLIC_ACTOR
from registry.kernel.clock import local_date, utc_now
from registry.kernel.db.compiled import compile_statement
from registry.kernel.db.row_access import EVERY_TABLE, FULL_ACCESS, access_statement, across_organisations
from registry.kernel.db.session import WEB_ROLE, Database
from registry.notices.models import Notice
from registry.wiring import create_app, use_database
from tests.support.database import CAST_FILE


@dataclass(frozen=True)
class Member:
    """One of the cast: who signs in as what."""

    username: str
    role: str
    password: str


@pytest.fixture(scope="session")
def cast(template_database):
    """The fixed cast by user name."""
    del template_database
    members = json.loads(CAST_FILE.read_text(encoding="utf-8"))
    return {m["username"]: Member(m["username"], m["role"], m["password"]) for m in members}


@pytest.fixture(scope="session")
def application(database_url, tmp_path_factory):
    settings = Settings(secret_key="x" * 40, data_dir=tmp_path_factory.mktemp("data"), testing=True)
    return create_app(settings, Database(database_url, role=WEB_ROLE))


@pytest.fixture(scope="session")
def loaded_app(tmp_path_factory):
    """The application without a database: for what follows from the sources alone."""
    settings = Settings(secret_key="x" * 40, data_dir=tmp_path_factory.mktemp("data"), testing=True)
    return create_app(settings, Database("postgresql+psycopg://nowhere/none", role=WEB_ROLE))


@pytest.fixture(scope="session")
def kept_engine(database_url):
    """Keeps one connection from test to test, with what it has compiled and planned by then."""
    kept = create_engine(database_url, pool_size=1, max_overflow=0, pool_pre_ping=True, query_cache_size=3000)
    yield kept
    kept.dispose()


@contextlib.contextmanager
def forgetting(database_url, kept_engine):
    """One connection under the application's role; everything on it is rolled back at the end of the block."""
    with kept_engine.connect() as connection:
        outer = connection.begin()
        connection.execute(text(f"SET LOCAL ROLE {WEB_ROLE}"))
        yield Database(database_url, role=WEB_ROLE, bind=connection)
        outer.rollback()


@pytest.fixture
def database(database_url, kept_engine):
    """The connection of this test; everything on it is rolled back."""
    with forgetting(database_url, kept_engine) as cleaned_database:
        yield cleaned_database


@contextlib.contextmanager
def on_database(application, database):
    """The application on a connection; whatever services the block puts in the place of others are put back."""
    services = dict(application.extensions)
    use_database(application, database)
    yield application
    application.extensions.update(services)


@pytest.fixture
def app(application, database):
    """The application on this test's connection."""
    with on_database(application, database) as used_application:
        yield used_application


@pytest.fixture(scope="session")
def live_application(tmp_path_factory):
    """The application for databases of one test each."""
    settings = Settings(secret_key="x" * 40, data_dir=tmp_path_factory.mktemp("live"), testing=True)
    return create_app(settings, Database("postgresql+psycopg://nowhere/none", role=WEB_ROLE))


@pytest.fixture
def live_app(live_application, live_url):
    """An application on a database of its own, where transactions really commit."""
    database = Database(live_url, role=WEB_ROLE)
    use_database(live_application, database)
    yield live_application
    database.dispose()


_PERSON = compile_statement(
    select(*actor_columns())
    .join(Organisation, Organisation.id == UserAccount.organisation_id)
    .where(UserAccount.username == bindparam("username", type_=Text))
)


def actor_named(session, username, now=None):
    """The actor of an account, read by one statement as requests do: most tests have many contexts."""
    today = local_date(now or utc_now())
    (row,) = _PERSON.execute(session.connection(), {"today": today, "username": username})
    return actor_from_row(session, row, today)


def contexts_on(database):
    """A function: user name (None: the public) -> context manager with a writing context of that actor.

    That of the public sees all rows, since tests look with it at what others have done, and each sees all notices:
    who was notified of an act is looked at where it is done. Browsers (`client_of`) see what policies of rows give.
    """

    @contextlib.contextmanager
    def transaction(username=None, *, now=None, read_only=False):
        def actor(session: Session):
            if username is None:
                return PUBLIC_ACTOR
            return actor_named(session, username, now)

        with (
            database.transaction(actor, now=now, read_only=read_only, origin="test") as ctx,
            across_organisations(ctx, EVERY_TABLE if username is None else Notice.__tablename__),
        ):
            yield ctx

    return transaction


def all_rows(database, statement, parameters=None):
    """The result of a statement that has the rows of everybody, whoever had the transaction before."""
    database._bind.execute(text(access_statement(FULL_ACCESS)))
    return database._bind.execute(statement, parameters)


@pytest.fixture
def ctx_of(app, database):
    """A function: user name (None: the public) -> context manager with a writing context of that actor."""
    del app
    return contexts_on(database)


def account(session, username):
    """The account with its organisation."""
    query = select(UserAccount).where(UserAccount.username == username).options(joinedload(UserAccount.organisation))
    return session.scalars(query).one()


def browsers_of(app, ctx_of):
    """A function: user name (None: the public) -> a browser that is signed in, without the work of a password."""

    def browser(username=None):
        client = app.test_client()
        if username is not None:
            with app.test_request_context(), ctx_of(username) as ctx:
                token = open_session(ctx, ctx.actor.id, limits(), device="test", address="127.0.0.1")
            with client.session_transaction() as session:
                session["_user_id"] = token
        return client

    return browser


@pytest.fixture
def client_of(app, ctx_of):
    """A function: user name (None: the public) -> a browser that is signed in, without the work of a password."""
    return browsers_of(app, ctx_of)


@pytest.fixture
def public(client_of):
    """A browser of nobody."""
    return client_of()
