"""No audit row, no action (P20): when the database refuses the audit row of a change, nothing of the change stays.

Every endpoint that changes something, as one who may do it and with a body that its form accepts.
"""

import sys
from datetime import timedelta

import pytest
from sqlalchemy import text

from tests.permissions.cases import KEYS, LEAVE_A_NOTE, LEAVE_NOTHING, TAKEN, address, body, table, waiting
from tests.support.offenders import no_offenders

#: Written apart from the request on purpose: notes of refusals and sign-ins, tries of passwords.
WRITTEN_APART = ("audit_note", "sign_in_counter")
REASON = "the disk of the audit fails"
FAILURE = (
    "CREATE FUNCTION fail_audit() RETURNS trigger LANGUAGE plpgsql AS"
    f" $$ BEGIN RAISE EXCEPTION '{REASON}' USING ERRCODE = 'io_error'; END $$",
    "CREATE TRIGGER fail_audit BEFORE INSERT ON audit_event FOR EACH ROW EXECUTE FUNCTION fail_audit()",
)
TABLES = text(
    "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public'"
    " AND c.relkind = 'r' AND c.relname <> ALL(:apart)"
    " AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e') ORDER BY c.relname"
)
#: Of this transaction, parts of it that were rolled back included.
WRITES = text("SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables")


@pytest.fixture
def signature(database):
    """A function: the number of rows of tables with a digest of them, read as the owner of the tables.

    The digest is of where each row lies: within a transaction a change writes the row at another place, even where it
    says the same, and what was there before keeps its own. The first call reads every table, later ones those that
    were written to since, whether it was taken back or not.
    """
    connection = database._bind
    tables = list(connection.execute(TABLES, {"apart": list(WRITTEN_APART)}).scalars())
    last = {}

    def read():
        savepoint = connection.begin_nested()
        connection.execute(text("RESET ROLE"))
        writes = dict(connection.execute(WRITES).all())
        touched = [name for name in tables if not last or writes.get(name) != last.get(name)]
        last.update(writes)
        digests = " UNION ALL ".join(
            f"SELECT '{name}', count(*), sum(hashtid(ctid)::bigint) FROM {name}"  # noqa: S608 - own
            for name in touched
        )
        digests_by_table = (
            {name: (rows, digest) for name, rows, digest in connection.execute(text(digests))} if touched else {}
        )
        # The roll-back puts the application's role in force again.
        savepoint.rollback()
        return digests_by_table

    return read


@pytest.fixture
def broken_audit(database):
    """A function after whose call the database takes no more audit events."""
    connection = database._bind

    def break_it():
        connection.execute(text("RESET ROLE"))
        for statement in FAILURE:
            connection.execute(text(statement))
        connection.execute(text("SET LOCAL ROLE registry_web"))

    return break_it


def cases():
    """(Endpoint, method, object, the first of those who may) for each row of the reviewed table that somebody takes."""
    rows, cast = table()
    takers = {tuple(row[key] for key in KEYS): [name for name in cast if row[name] in TAKEN] for row in rows}
    return [
        (*key, names[0])
        for key, names in takers.items()
        if key[1] == "POST" and key[0] not in LEAVE_A_NOTE | LEAVE_NOTHING and names
    ]


def test_every_endpoint_that_changes_something_is_tried(app):
    posts = {rule.endpoint for rule in app.url_map.iter_rules() if "POST" in rule.methods}
    assert {endpoint for endpoint, *_rest in cases()} | LEAVE_A_NOTE | LEAVE_NOTHING | waiting() == posts


@pytest.fixture
def later(clock):
    """What is tried comes after what made its objects."""
    clock.advance(timedelta(milliseconds=1))


@pytest.mark.usefixtures("later")
@pytest.mark.parametrize("is_whole", [False, pytest.param(True, marks=pytest.mark.trial)], ids=["each", "whole"])
def test_without_its_audit_row_no_change_stays(
    app, database, objects, members, signature, broken_audit, capsys, is_whole
):
    """Each endpoint and each move of a workflow once; the whole form with each object."""
    connection = database._bind
    before, wrong = signature(), []

    def post(endpoint, method, kind, name):
        """The answer, and the tables that are not as before."""
        values = objects[""] | objects[kind] | members[name].given
        savepoint = connection.begin_nested()
        answer = members[name].open(address(app, endpoint, values), method, body(endpoint, kind, values))
        after = signature()
        savepoint.rollback()
        return answer, sorted(table for table in after if after[table] != before[table])

    # That each is taken and leaves an event, the table of permissions proves; some of all kinds, that it is seen here.
    each = {(case[0], objects[case[2]].get("workflow"), objects[case[2]].get("move")): case for case in cases()}
    tried = cases() if is_whole else [*each.values()]
    for case in tried if is_whole else tried[::8]:
        answer, changed = post(*case)
        if str(answer.status_code) not in TAKEN or "audit_event" not in changed:
            wrong.append((*case, "changes nothing here", answer.status_code, changed))
    broken_audit()
    for case in tried:
        answer, changed = post(*case)
        calm = "Hệ thống gặp lỗi" in answer.text and answer.headers["Content-Type"].startswith("text/html")
        told = [word for word in (REASON, "Traceback", "audit_event", "psycopg", "io_error") if word in answer.text]
        if answer.status_code != 500 or not calm or told or changed:
            wrong.append((*case, answer.status_code, calm, told, changed))
    with capsys.disabled():
        sys.stdout.write(f"changes without their audit row: {len(tried)}, wrong: {len(wrong)}\n")
    no_offenders(
        "without its audit row no change stays", wrong, "write the audit event in the transaction of the change"
    )
