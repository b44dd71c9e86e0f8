"""Databases at other revisions, and what a migration must leave as it is."""

import pytest
from sqlalchemy import inspect, text

from registry.kernel.db import migrations
from tests.support.database import cloned


@pytest.fixture(scope="session")
def baseline_database(cluster, template_database):
    """The name of a database at the last revision before the baseline, made once."""
    with cloned(cluster, template_database, "baseline") as url:
        migrations.downgrade(url, migrations.BASELINE)
        set_revision(url, migrations.FORMER_HEAD)
        yield url.rpartition("/")[2].partition("?")[0]


@pytest.fixture
def former_url(cluster, baseline_database):
    """The owner's address of such a database of this one test."""
    with cloned(cluster, baseline_database, "former") as url:
        yield url


def set_revision(url, revision):
    """Record another revision: the schema of the baseline is that of the head before it."""
    with migrations.connected(url) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})
        connection.commit()


def contents(url):
    """A digest of the rows of each table, except the revision."""
    with migrations.connected(url) as connection:
        return {
            table: connection.scalar(
                text(f"SELECT md5(string_agg(row::text, '' ORDER BY row::text)) FROM {table} row")  # noqa: S608
            )
            for table in inspect(connection).get_table_names()
            if table not in ("alembic_version", "spatial_ref_sys")
        }


def objects(url):
    """Tables, indexes, sequences, functions, triggers, constraints and rights; what is made again has another oid."""
    with migrations.connected(url) as connection:
        return [
            connection.execute(text(query)).all()
            for query in (
                "SELECT oid, relname, relacl::text FROM pg_class ORDER BY oid",
                "SELECT oid, proname, proacl::text FROM pg_proc ORDER BY oid",
                "SELECT oid, tgname FROM pg_trigger ORDER BY oid",
                "SELECT oid, conname FROM pg_constraint ORDER BY oid",
            )
        ]
