"""The test cluster, the template that every test database is a copy of, and the copies."""

import contextlib
import fcntl
import hashlib
import os
from datetime import date, timedelta
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from config.settings import CHECKOUT
from registry.accounts.demo import create_demo_accounts
from registry.accounts.factors.rules import GROUPS
from registry.audit.chain import record, write_pending
from registry.authz.actors import SYSTEM_ACTOR
from registry.authz.second_factor import SETTING_KEY
from registry.kernel.dated_settings import DatedSetting, setting
from registry.kernel.db import migrations
from registry.kernel.db.cluster import Cluster
from registry.kernel.db.session import WEB_ROLE, Database
from registry.territory.seed import seed
from registry.workflow.seed import seed_calendar
from tests.support.clock import NOW
from tests.support.memory import FOLDER, cluster_folder

CAST_FILE = FOLDER / "cast.json"
PROVINCE = "38"
YEARS = range(2023, 2028)
TEMPLATE_PREFIX = "template_"
CLONE_PREFIX = "test_"
#: Whatever changes what the template holds changes its name.
INGREDIENTS = (
    "migrations",
    "registry/territory",
    "registry/accounts",
    "registry/audit",
    "registry/kernel/db",
    "registry/workflow/seed.py",
)


@contextlib.contextmanager
def file_lock(name, kind=fcntl.LOCK_EX):
    """Hold the lock file `name` among all processes that run tests of this share."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / name).open("w") as handle:
        fcntl.flock(handle, kind)
        yield handle.fileno()


def as_owner(cluster, database="postgres"):
    """A connection of the owner, each statement its own transaction."""
    return psycopg.connect(cluster.url(database=database).replace("+psycopg", ""), autocommit=True)


@pytest.fixture(scope="session")
def cluster():
    """A running cluster for tests, shared by every process of the share; the last one out stops it."""
    running_cluster = Cluster(cluster_folder(), fsync=False)
    with file_lock("in-use.lock", fcntl.LOCK_SH) as mark:
        with file_lock("start.lock"):
            running_cluster.start()
        yield running_cluster
        with file_lock("start.lock"), contextlib.suppress(BlockingIOError):
            fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
            running_cluster.stop()


def template_name():
    """The name of the template for the present sources."""
    digest = hashlib.sha256(NOW.isoformat().encode())
    for folder in INGREDIENTS:
        root = CHECKOUT / folder
        for path in [root] if root.is_file() else sorted(root.rglob("*")):
            if path.suffix in (".py", ".sql", ".toml", ".csv", ".json", ".geojson"):
                digest.update(path.read_bytes())
    return f"{TEMPLATE_PREFIX}{digest.hexdigest()[:16]}"


@pytest.fixture(scope="session")
def migrated_database(cluster):
    """The name of a database with tables and nothing in them, kept for the next run while its sources stay."""
    name = f"{template_name()}_empty"
    with file_lock("template.lock"), as_owner(cluster) as connection:
        names = {row[0] for row in connection.execute("SELECT datname FROM pg_database")}
        drop_leftovers(connection, names - {name, template_name()})
        if name not in names:
            with making(connection, name) as draft:
                migrations.upgrade(cluster.url(database=draft))
                fix_numbers(cluster, draft)
    return name


@pytest.fixture(scope="session")
def template_database(cluster, migrated_database):
    """The name of a migrated database with territory and cast, kept for the next run while its sources stay."""
    name = template_name()
    with file_lock("template.lock"), as_owner(cluster) as connection:
        names = {row[0] for row in connection.execute("SELECT datname FROM pg_database")}
        if name not in names or not CAST_FILE.exists():
            with making(connection, name, migrated_database) as draft:
                fill_template(cluster.url(database=draft))
    return name


def fix_numbers(cluster, name):
    """Give a database a key of its own choice, so that each run draws the same numbers."""
    with as_owner(cluster, name) as connection:
        connection.execute("UPDATE structure_number_key SET key = sha256('tests')")


@contextlib.contextmanager
def making(connection, name, template="template1"):
    """The name of a draft that the block fills, a copy of a template; it gets its own name when all went well."""
    draft = f"{name}_draft"
    for each in (draft, name):
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(each)))
    copy(connection, draft, template)
    yield draft
    # Plans follow from what is there, not from whether the server has looked at it by itself by then.
    with psycopg.connect(connection.info.dsn, dbname=draft, autocommit=True) as inside:
        inside.execute("ANALYZE")
    rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
    connection.execute(rename.format(sql.Identifier(draft), sql.Identifier(name)))


def copy(connection, name, template):
    """A database made of a template; copies are made one at a time, for one that is being copied takes no second."""
    create = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy").format(
        sql.Identifier(name), sql.Identifier(template)
    )
    with file_lock("copy.lock"):
        connection.execute(create)


def fill_template(url, cast_file=CAST_FILE):
    """Seed territory and calendar, and create the cast of the demonstration, its passwords in a file."""
    database = Database(url, role=WEB_ROLE)
    database.before_commit.append(write_pending)
    with database.transaction(SYSTEM_ACTOR) as ctx:
        seed(ctx, PROVINCE)
    with database.transaction(SYSTEM_ACTOR) as ctx:
        seed_calendar(ctx, YEARS)
    with database.transaction(SYSTEM_ACTOR) as ctx:
        create_demo_accounts(ctx, cast_file)
    with database.transaction(SYSTEM_ACTOR) as ctx:
        ask_for_factor(ctx, date(2000, 1, 2))
    database.dispose()


def ask_for_factor(ctx, since, **groups):
    """From a day on no role needs a second factor, but those of the groups that are given as true.

    In the tests the password alone signs in, but where a test asks for more.
    """
    value = setting(ctx.session, SETTING_KEY, since - timedelta(days=1)) | dict.fromkeys(GROUPS, False) | groups
    row = DatedSetting(key=SETTING_KEY, valid_from=since, value=value, source="tests", needs_verification=False)
    ctx.session.add(row)
    ctx.session.flush()
    record(ctx, "setting.add", "dated_setting", row.id)


def drop_leftovers(connection, names):
    """Drop older templates and the clones of processes that are gone."""
    for name in names:
        dead_clone = name.startswith(CLONE_PREFIX) and not Path("/proc", name.rpartition("_")[2]).exists()
        if dead_clone or name.startswith(TEMPLATE_PREFIX):
            with contextlib.suppress(psycopg.errors.ObjectInUse):
                connection.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name)))


@contextlib.contextmanager
def cloned(cluster, template, purpose):
    """A copy of the template for as long as the block runs; the owner's address of it."""
    name = f"{CLONE_PREFIX}{purpose}_{os.getpid()}"
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    with as_owner(cluster) as connection:
        connection.execute(drop)
        copy(connection, name, template)
        yield cluster.url(database=name)
        connection.execute(drop)


@pytest.fixture(scope="session")
def database_url(cluster, template_database):
    """The owner's address of this process's own database; tests leave nothing in it."""
    with cloned(cluster, template_database, os.environ.get("PYTEST_XDIST_WORKER", "main")) as url:
        yield url


@pytest.fixture
def live_url(cluster, template_database):
    """The owner's address of a database of this one test, for what must really commit."""
    with cloned(cluster, template_database, "live") as url:
        yield url


@pytest.fixture(scope="module")
def module_url(cluster, template_database):
    """The owner's address of a database of this one test file, for what must really commit."""
    with cloned(cluster, template_database, "module") as url:
        yield url
