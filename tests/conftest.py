"""The database of the tests: a migrated template made once, and a clone of it for each process that runs tests."""

import contextlib
import fcntl
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from config.settings import CHECKOUT
from registry.kernel.db import migrations
from registry.kernel.db.cluster import Cluster

FOLDER = CHECKOUT / "var" / "tests"
TEMPLATE_PREFIX = "template_"
CLONE_PREFIX = "test_"


@contextlib.contextmanager
def file_lock(name: str, kind: int = fcntl.LOCK_EX) -> Iterator[int]:
    """Hold the lock file `name` among all processes that run tests in this checkout."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / name).open("w") as handle:
        fcntl.flock(handle, kind)
        yield handle.fileno()


def as_owner(cluster: Cluster, database: str = "postgres") -> psycopg.Connection:
    """A connection of the owner, each statement its own transaction."""
    return psycopg.connect(cluster.url(database=database).replace("+psycopg", ""), autocommit=True)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A running cluster for tests, shared by every process; the last one out stops it."""
    found = Cluster(FOLDER, fsync=False)
    with file_lock("in-use.lock", fcntl.LOCK_SH) as mark:
        with file_lock("start.lock"):
            found.start()
        yield found
        with file_lock("start.lock"), contextlib.suppress(BlockingIOError):
            fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
            found.stop()


@pytest.fixture(scope="session")
def template_database(cluster: Cluster) -> str:
    """The name of a database with the newest schema, kept for the next run while no migration changes."""
    sources = sorted(path for path in migrations.FOLDER.rglob("*") if path.suffix in {".py", ".sql"})
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:16]
    name = TEMPLATE_PREFIX + digest
    with file_lock("template.lock"), as_owner(cluster) as connection:
        names = {row[0] for row in connection.execute("SELECT datname FROM pg_database")}
        drop_leftovers(connection, names - {name})
        if name not in names:
            draft = f"{name}_draft"
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(draft)))
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(draft)))
            migrations.upgrade(cluster.url(database=draft))
            connection.execute(
                sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(draft), sql.Identifier(name))
            )
    return name


def drop_leftovers(connection: psycopg.Connection, names: set[str]) -> None:
    """Drop older templates and the clones of processes that are gone."""
    for name in names:
        dead_clone = name.startswith(CLONE_PREFIX) and not Path("/proc", name.rpartition("_")[2]).exists()
        if dead_clone or name.startswith(TEMPLATE_PREFIX):
            with contextlib.suppress(psycopg.errors.ObjectInUse):
                connection.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name)))


@pytest.fixture(scope="session")
def database_name(cluster: Cluster, template_database: str) -> Iterator[str]:
    """The name of this process's own copy of the template; dropped at the end."""
    name = f"{CLONE_PREFIX}{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_{os.getpid()}"
    with as_owner(cluster) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template_database))
        )
        yield name
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="session")
def database_url(cluster: Cluster, database_name: str) -> str:
    """The owner's SQLAlchemy address of this process's own migrated database."""
    return cluster.url(database=database_name)
