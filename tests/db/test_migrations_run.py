"""The migrated database that every database test gets, and the way migrations are run."""

import subprocess
import sys

import psycopg
import pytest

from registry.audit.verifier import reading, verify
from registry.kernel.clock import utc_now
from registry.kernel.db import migrations
from registry.kernel.installation import CHECKOUT
from tests.support.processes import LIMIT_S
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


def test_what_a_revision_changes_in_versioned_tables_is_an_event_of_the_audit(live_url):
    plain = live_url.replace("+psycopg", "")
    settings = "SELECT set_config('registry.' || name, value, true) FROM (VALUES {}) AS given (name, value)"
    now = "('now', now()::text), ('effective_at', now()::text), ('change_id', nextval('change_id_seq')::text)"
    with psycopg.connect(plain) as connection:
        connection.execute(settings.format(now))
        connection.execute(
            "UPDATE violation_kind SET withdrawn_at = now(), withdrawn_reason = 'x' WHERE code = 'no_permit'"
        )
    migrations.downgrade(live_url, "r0004")
    with psycopg.connect(plain) as connection:
        (payload,) = connection.execute("SELECT payload FROM audit_payload ORDER BY number DESC LIMIT 1").fetchone()
    assert payload["entries"] == [{"action": "schema.revise", "kind": "schema", "id": None, "revision": "r0005"}]
    assert list(payload["deleted"]) == payload["tables"] == ["violation_kind"]
    migrations.upgrade(live_url)
    with reading(live_url) as connection:
        assert [one for one in verify(connection, utc_now()).findings if "không có thay đổi" in one] == []


def test_two_at_once_stamp_one_database(live_url):
    migrations.downgrade(live_url, migrations.BASELINE)
    set_revision(live_url, migrations.FORMER_HEAD)
    program = "import sys; from registry.kernel.db import migrations; migrations.upgrade(sys.argv[1])"
    processes = [subprocess.Popen([sys.executable, "-c", program, live_url], cwd=CHECKOUT) for _ in range(2)]
    assert [process.wait(LIMIT_S) for process in processes] == [0, 0]
    assert migrations.current(live_url) == migrations.head()


def test_the_commands_refuse_an_older_database_in_one_sentence_and_go_on_from_the_former_head(
    app, live_url, monkeypatch
):
    monkeypatch.setattr("registry.kernel.cli.db.owner_url", lambda _chosen: live_url)
    migrations.downgrade(live_url, migrations.BASELINE)
    runner = app.test_cli_runner()
    set_revision(live_url, "0049")
    for command in ("upgrade", "check"):
        answer = runner.invoke(args=["db", command])
        assert answer.exit_code == 1
        refused_in_one_sentence(answer.stderr)
    set_revision(live_url, migrations.FORMER_HEAD)
    answer = runner.invoke(args=["db", "upgrade"])
    assert (answer.exit_code, migrations.head() in answer.stdout) == (0, True), answer.stderr
    assert runner.invoke(args=["db", "check"]).exit_code == 0


def test_serve_refuses_an_older_database(folder, live_url):
    set_revision(live_url, "0049")
    answer = run(["serve"], environment(folder, PORT=str(free_port()), DATABASE_URL=live_url, SECRET_KEY="k" * 40))
    assert answer.returncode == 1
    refused_in_one_sentence(answer.stderr)


def refused_in_one_sentence(shown):
    (sentence,) = shown.strip().splitlines()
    for named in ("0049", migrations.FORMER_HEAD, migrations.BASELINE):
        assert named in sentence
