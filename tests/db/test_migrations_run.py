"""The migrated database that every database test gets, and the way migrations are run."""

import psycopg
import pytest

from registry.kernel.db import migrations


def test_it_gives_a_database_at_the_newest_revision(database_url):
    assert migrations.current(database_url) == migrations.head()


def test_the_noted_head_is_the_newest_revision():
    assert migrations.HEAD_FILE.read_text(encoding="ascii") == f"{migrations.head()}\n"


def test_it_waits_for_no_table_longer_than_four_seconds(database_url):
    plain = database_url.replace("+psycopg", "")
    with psycopg.connect(plain) as holder:
        holder.execute("LOCK TABLE alembic_version IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(Exception, match="lock timeout"):
            migrations.downgrade(database_url, "base")
    assert migrations.current(database_url) == migrations.head()
