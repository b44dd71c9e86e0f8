"""The migrated database that every database test gets, and the way migrations are run."""

import os
import signal

import psycopg
import pytest
from sqlalchemy import Engine, event

from registry.audit.verifier import reading, verify
from registry.kernel.clock import utc_now
from registry.kernel.db import migrations
from tests.support.forked_program import answer_of
from tests.support.ports import free_port
from tests.support.processes import LIMIT_S
from tests.support.revisions import set_revision
from tests.support.served import environment, folder

__all__ = ["folder"]
#: The first one after the baseline.
FIRST_REVISION = "r0002"


def test_it_gives_a_database_at_the_newest_revision(database_url):
    assert migrations.current(database_url) == migrations.head()


def test_the_noted_head_is_the_newest_revision():
    assert migrations.HEAD_FILE.read_text(encoding="ascii") == f"{migrations.head()}\n"


def test_it_waits_for_no_table_longer_than_four_seconds(database_url):
    plain = database_url.replace("+psycopg", "")
    statements = []

    def hundredth(_connection, _cursor, statement, parameters, _context, _executemany):
        statements.append(statement)
        return statement.replace("SET lock_timeout = '4s'", "SET lock_timeout = '40ms'"), parameters

    with psycopg.connect(plain) as holder:
        holder.execute("LOCK TABLE alembic_version IN ACCESS EXCLUSIVE MODE")
        event.listen(Engine, "before_cursor_execute", hundredth, retval=True)
        try:
            with pytest.raises(Exception, match="lock timeout"):
                migrations.downgrade(database_url, "base")
        finally:
            event.remove(Engine, "before_cursor_execute", hundredth)
    assert "SET lock_timeout = '4s'" in statements
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
        assert [finding for finding in verify(connection, utc_now()).findings if "không có thay đổi" in finding] == []


def test_two_at_once_stamp_one_database(former_url):
    """To the revision after the baseline: its work stays the same however many revisions there are."""
    ends = [os.waitpid(child, 0)[1] for child in forks(former_url, 2, FIRST_REVISION)]
    assert [os.waitstatus_to_exitcode(end) for end in ends] == [0, 0]
    assert migrations.current(former_url) == FIRST_REVISION


def forks(url, number, revision):
    """Processes that upgrade one database at the same time; their numbers."""
    children = []
    for _each in range(number):
        child = os.fork()
        if child == 0:
            status = 1
            try:
                signal.alarm(LIMIT_S)
                migrations.upgrade(url, revision)
                status = 0
            finally:
                os._exit(status)
        children.append(child)
    return children


def test_the_commands_refuse_an_older_database_in_one_sentence_and_go_on_from_the_former_head(
    app, former_url, monkeypatch
):
    monkeypatch.setattr("registry.kernel.cli.db.owner_url", lambda _chosen: former_url)
    runner = app.test_cli_runner()
    set_revision(former_url, "0049")
    for command in ("upgrade", "check"):
        answer = runner.invoke(args=["db", command])
        assert answer.exit_code == 1
        refused_in_one_sentence(answer.stderr)
    assert "0049" in runner.invoke(args=["db", "current"]).stdout
    set_revision(former_url, migrations.FORMER_HEAD)
    answer = runner.invoke(args=["db", "upgrade"])
    assert (answer.exit_code, migrations.head() in answer.stdout) == (0, True), answer.stderr
    assert runner.invoke(args=["db", "check"]).exit_code == 0


def test_serve_refuses_an_older_database(folder, live_url):
    set_revision(live_url, "0049")
    env = environment(folder, PORT=str(free_port()), DATABASE_URL=live_url, SECRET_KEY="k" * 40)
    answer = answer_of({"words": ["serve"], "env": env})
    assert answer["status"] == 1
    refused_in_one_sentence(answer["stderr"])


def refused_in_one_sentence(shown):
    (sentence,) = shown.strip().splitlines()
    for named in ("0049", migrations.FORMER_HEAD, migrations.BASELINE):
        assert named in sentence


def test_a_register_that_came_through_the_former_revisions_is_found_intact(former_url):
    """What a former revision did: it deleted a legal term, in a change of its own and without an event."""
    plain = former_url.replace("+psycopg", "")
    begin = (
        "SELECT set_config('registry.now', %(day)s, true), set_config('registry.effective_at', %(day)s, true),"
        " set_config('registry.change_id', nextval('change_id_seq')::text, true)"
    )
    with psycopg.connect(plain) as connection:
        connection.execute(begin, {"day": "2026-01-02T00:00:00Z"})
        connection.execute(
            "INSERT INTO legal_term SELECT (jsonb_populate_record(term, jsonb_build_object('id', 9015,"
            " 'key', 'agreement.end', 'valid_from', '2000-01-01'))).* FROM legal_term term LIMIT 1"
        )
        connection.commit()
        connection.execute(begin, {"day": "2026-01-03T00:00:00Z"})
        connection.execute("DELETE FROM legal_term WHERE id = 9015")
    migrations.upgrade(former_url)
    with reading(former_url) as connection:
        findings = verify(connection, utc_now()).findings
    # The copy came here by downgrades, which leave marks of their own.
    ends = [
        finding
        for finding in findings
        if "legal_term" in finding and ("thời điểm kết thúc" in finding or "dòng đã xóa" in finding)
    ]
    assert ends == []
