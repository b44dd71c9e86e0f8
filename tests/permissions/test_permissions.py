"""Every endpoint and method, tried by the whole cast on objects of its own and of others, equals the reviewed table.

Cells of expected.csv: the status of the answer, `login` for the way to the sign-in page. Posts carry a valid body
(`FIELDS` of cases.py), so a cell says 303 (or 200) where the member may do it, and then proves that the change left
exactly one audit event; 409 where the object is in no state for it. Refusals are reviewed once more with an empty body:
who may not do a thing is told so before anything that was typed is looked at.
"""

import re

import pytest
from sqlalchemy import func, select

from registry.audit.models import AuditEvent, AuditNote
from tests.permissions.cases import (
    ASK_OF_OTHERS,
    KEYS,
    LEAVE_A_NOTE,
    LEAVE_NOTHING,
    REFUSED,
    SHOW_THE_ROW,
    TAKEN,
    address,
    body,
    outcome,
    table,
    waiting,
)


def test_every_route_has_a_row_and_every_row_a_route(app):
    routes = {
        (rule.endpoint, method) for rule in app.url_map.iter_rules() for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    rows, _cast = table()
    assert {(row["endpoint"], row["method"]) for row in rows} == routes


def test_every_row_is_there_once():
    rows, cast = table()
    assert len({tuple(row[key] for key in KEYS) for row in rows}) == len(rows)
    assert all(re.fullmatch(r"login|[2-4]\d\d", row[name]) for row in rows for name in cast)


def test_every_endpoint_that_changes_something_is_taken_from_somebody():
    """So that each is tried with a body that its form accepts, and not only with one that it refuses."""
    rows, cast = table()
    posted = {row["endpoint"] for row in rows if row["method"] == "POST"}
    taken = {row["endpoint"] for row in rows if row["method"] == "POST" and any(row[name] in TAKEN for name in cast)}
    assert taken | waiting() == posted | waiting()


def left(database):
    """How many events the audit chain holds, and how many notes there are."""
    count = select(func.count())
    query = select(count.select_from(AuditEvent).scalar_subquery(), count.select_from(AuditNote).scalar_subquery())
    return tuple(database._bind.execute(query).one())


def minus(after, before):
    """What came to each of two counts."""
    return tuple(later - earlier for later, earlier in zip(after, before, strict=True))


def expected_of(row, name, member, cell):
    """How many events and notes a post leaves: a change one event, sign-in, sign-out, refusals and looks one note."""
    if row["endpoint"] in LEAVE_A_NOTE:
        # Who is signed out already ends nothing.
        noted = row["endpoint"] == "accounts.login_submit" or member.is_signed_in or cell not in TAKEN
        return 0, int(noted)
    is_owner = name in row["object"].split()
    looked = row["endpoint"] in SHOW_THE_ROW and cell in (*TAKEN, "409") and not is_owner
    asked = row["endpoint"] in ASK_OF_OTHERS and cell in TAKEN and is_owner
    return int(cell in TAKEN and row["endpoint"] not in LEAVE_NOTHING), int(cell in ("401", "403") or looked or asked)


@pytest.mark.parametrize("name", table()[1])
def test_the_whole_cast_equals_the_reviewed_table(app, database, objects, members, disabled, name):
    member, wrong = members[name], []
    if name == "disabled":
        disabled()
    before = left(database)
    for row in table()[0]:
        given = objects[""] | objects[row["object"]] | member.given
        where, method = address(app, row["endpoint"], given), row["method"]
        bodies = [body(row["endpoint"], row["object"], given)]
        if method == "POST" and row[name] in REFUSED and bodies[0]:
            bodies.append({})
        for sent in bodies:
            savepoint = database._bind.begin_nested()
            answer = member.open(where, method, sent)
            found = minus(left(database), before) if method == "POST" else None
            savepoint.rollback()
            said = (*(row[key] for key in KEYS), name, "with a body" if sent else "without a body")
            if outcome(answer) != row[name]:
                wrong.append((*said, f"is {outcome(answer)}, reviewed {row[name]}"))
            elif method == "POST" and found != expected_of(row, name, member, row[name]):
                wrong.append((*said, f"left {found} events and notes"))
    assert not wrong, "\n".join(map(str, wrong))


def test_no_address_answers_a_method_that_it_does_not_name(app, client_of, objects):
    client = client_of("quantri")
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        given = {name: objects["viettel unpublished"].get(name, objects[""].get(name, 1)) for name in rule.arguments}
        for method in ("PUT", "PATCH", "DELETE"):
            answer = client.open(adapter.build(rule.endpoint, given, method=next(iter(rule.methods))), method=method)
            assert answer.status_code in (400, 405), (rule.endpoint, method)
