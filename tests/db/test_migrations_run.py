"""The migrated database that every database test gets, and the way migrations are run."""

import threading

import psycopg
import pytest

from registry.kernel.db import migrations
from tests.support.revisions import set_revision
from tests.support.served import environment, folder, free_port, run

__all__ = ["folder"]


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


def test_two_at_once_stamp_one_database(live_url):
    set_revision(live_url, migrations.FORMER_HEAD)
    failures = []

    def upgrade():
        try:
            migrations.upgrade(live_url)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=upgrade) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert migrations.current(live_url) == migrations.head()


def test_the_commands_refuse_an_older_database_in_one_sentence_and_go_on_from_the_former_head(folder, live_url):
    env = environment(folder, PORT=str(free_port()), DATABASE_URL=live_url, SECRET_KEY="k" * 40)
    set_revision(live_url, "0049")
    for command in (["db", "upgrade"], ["db", "check"], ["serve"]):
        answer = run(command, env)
        assert answer.returncode == 1
        (sentence,) = answer.stderr.strip().splitlines()
        for named in ("0049", migrations.FORMER_HEAD, migrations.BASELINE):
            assert named in sentence
    set_revision(live_url, migrations.FORMER_HEAD)
    answer = run(["db", "upgrade"], env)
    assert (answer.returncode, migrations.head() in answer.stdout) == (0, True), answer.stderr
    assert run(["db", "check"], env).returncode == 0
