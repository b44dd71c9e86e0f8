"""A database as a first start with the demonstration leaves it, made once for all tests that look at it or clear it."""

import hashlib

import psycopg
import pytest
from psycopg import sql

from config.settings import CHECKOUT
from registry.audit.chain import write_pending
from registry.demo import service
from registry.demo.first_start import FirstStart
from registry.files.storage import FileStore
from registry.kernel.clock import local_date, utc_now
from registry.kernel.db.session import WEB_ROLE, Database
from tests.support.database import as_owner, cloned, file_lock, making
from tests.support.memory import FOLDER

DEMO_PREFIX = "demo_template_"


def demo_name():
    """The name of the template for the present sources and day: the demonstration ends today."""
    digest = hashlib.sha256(str(local_date(utc_now())).encode())
    for folder in ("registry", "migrations", "config"):
        for path in sorted((CHECKOUT / folder).rglob("*")):
            if path.suffix in (".py", ".sql", ".toml", ".csv", ".json", ".geojson"):
                digest.update(path.read_bytes())
    return f"{DEMO_PREFIX}{digest.hexdigest()[:16]}"


@pytest.fixture(scope="session")
def demo_database(cluster, template_database):
    """The name of a database with the demonstration, made by the first of the processes that asks for it."""
    name = demo_name()
    with file_lock("demo.lock"), as_owner(cluster) as connection:
        names = {row[0] for row in connection.execute("SELECT datname FROM pg_database")}
        for old in names - {name}:
            if old.startswith(DEMO_PREFIX):
                connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(old)))
        if name not in names:
            with making(connection, name, template_database) as draft:
                start(cluster.url(database=draft))
    return name


def start(url):
    """A first start with the demonstration; the cast has its accounts already."""
    web = Database(url, role=WEB_ROLE)
    web.before_commit.append(write_pending)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(service, "create_structures", analysing(url, service.create_structures))
        store = FileStore(FOLDER / "files")
        FirstStart(
            lambda: web, "38", demo=True, accounts_file=FOLDER / "none.json", key="k" * 40, store=lambda: store
        )()
    web.dispose()


def analysing(url, create):
    """The same, with the server's look at its tables afterwards: the reports of campaigns read all that was created."""

    def created(database):
        count = create(database)
        with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute("ANALYZE")
        return count

    return created


@pytest.fixture(scope="module")
def demo_url(cluster, demo_database):
    """The owner's address of a demonstration of this one test file."""
    with cloned(cluster, demo_database, "demo") as url:
        yield url


@pytest.fixture(scope="module")
def owner(demo_url):
    """The owner's pool on a demonstration that is only looked at."""
    database = Database(demo_url)
    yield database
    database.dispose()


@pytest.fixture
def cleared_later(cluster, demo_database):
    """The pools of the application and of the owner on a demonstration of this one test."""
    with cloned(cluster, demo_database, "demo_of_one") as url:
        yield from pools(url)


@pytest.fixture
def live(live_url):
    """The same on a database without a demonstration."""
    yield from pools(live_url)


def pools(url):
    """The pools of the application and of the owner, for as long as they are needed."""
    web, owner = Database(url, role=WEB_ROLE), Database(url)
    for database in (web, owner):
        database.before_commit.append(write_pending)
    yield web, owner
    web.dispose()
    owner.dispose()
