"""Every endpoint and method, tried by the whole cast on objects of its own and of others, equals the reviewed table.

Cells of expected.csv: the status of the answer, `login` for the way to the sign-in page. Posts carry a valid body
(`FIELDS` of cases.py), so a cell says 303 (or 200) where the member may do it, and then proves that the change left
exactly one audit event; 409 where the object is in no state for it. Of each row the first refusal of a kind is reviewed
once more with an empty body: who may not do a thing is told so before anything that was typed is looked at. The pages
among the answers are checked as HTML; the page of an error is rendered once for each member and sentence, and once for
each route.
"""

import contextlib
import re
from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask import g, request

from config.settings import CHECKOUT
from registry.audit.models import AuditEvent, AuditNote
from registry.authz.actors import PUBLIC_ACTOR
from registry.kernel.clock import local_date, utc_now
from registry.kernel.db.compiled import CompiledStatement, execute_pipeline
from registry.kernel.http import errors
from tests.permissions.cases import (
    ASK_OF_OTHERS,
    KEYS,
    LEAVE_A_NOTE,
    LEAVE_NOTHING,
    REFUSED,
    SHOW_THE_FILE_ON_CONFLICT,
    SHOW_THE_ROW,
    TAKEN,
    address,
    body,
    outcome,
    table,
    waiting,
)
from tests.permissions.conftest import close_account
from tests.suite.endpoints import selected
from tests.support.clock import NOW, STANDING
from tests.support.every_page import ELSEWHERE, OF_A_DAY, PageChecker, page_templates, recorded
from tests.support.offenders import no_offenders


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


#: Asked after each post: made once.
_COUNTS = CompiledStatement.of(
    f"SELECT (SELECT count(*) FROM {AuditEvent.__tablename__}) AS events,"  # noqa: S608 - own
    f" (SELECT count(*) FROM {AuditNote.__tablename__}) AS notes"
)


#: What a post does is taken back to here.
_HERE = CompiledStatement.of("SAVEPOINT look")
_BACK = CompiledStatement.of("ROLLBACK TO SAVEPOINT look")


def left(database, *, taken_back=False):
    """How many events the audit chain holds, and how many notes there are; after that both may be taken back."""
    statements = [(_COUNTS, {}), (_BACK, {})] if taken_back else [(_COUNTS, {})]
    return tuple(execute_pipeline(database._bind, statements)[0][0])


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
    shows = (
        cell in (*TAKEN, "409")
        if row["endpoint"] in SHOW_THE_ROW
        else row["endpoint"] in SHOW_THE_FILE_ON_CONFLICT and cell == "409"
    )
    looked = shows and not is_owner
    asked = row["endpoint"] in ASK_OF_OTHERS and cell in TAKEN and is_owner
    return int(cell in TAKEN and row["endpoint"] not in LEAVE_NOTHING), int(cell in ("401", "403") or looked or asked)


@pytest.fixture(scope="package")
def walk(app, database, objects, members, ctx_of):
    """A function: one of the cast -> each answer to each row of the table; asked once for all tests of this file."""
    done, checker, rendered = {}, PageChecker(app), {}

    def of(name):
        if name not in done:
            whole = database._bind.begin_nested()
            with STANDING.at(NOW + timedelta(minutes=1)), errors_rendered_once(rendered):
                if name == "disabled":
                    close_account(ctx_of)
                done[name] = list(looks(app, database, objects, members[name], name, checker))
            whole.rollback()
        return done[name]

    of.checker = checker
    return of


@contextlib.contextmanager
def errors_rendered_once(rendered):
    """Thousands of refusals are the same few pages: each is rendered once for each member and sentence, and route."""
    render = errors.render_template

    def once(template, **context):
        what = (template, g.get("actor", PUBLIC_ACTOR).id, repr(sorted(context.items())))
        where = (request.endpoint, context["status"])
        if what not in rendered or where not in rendered:
            rendered[what] = rendered[where] = render(template, **context)
        return rendered[what]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(errors, "render_template", once)
        yield


@dataclass(frozen=True)
class Look:
    """One answer: its row, whether the cell speaks of it, what a post left (events, notes), its faults as a page."""

    row: dict
    is_reviewed: bool
    is_full: bool
    outcome: str
    left: tuple
    faults: tuple


def looks(app, database, objects, member, name, checker):
    """The answer to each row, on a register that was made a minute before; what a post does is taken back.

    The posts come first: a page that is opened leaves notes alone.
    """
    before = left(database)
    _HERE.execute(database._bind)
    rows = selected(table()[0]) or table()[0]
    for row in sorted(rows, key=lambda row: row["method"], reverse=True):
        values = objects[""] | objects[row["object"]] | member.given
        for where, sent, is_reviewed in tries(app, row, name, values):
            with recorded(app) as templates:
                answer, changes = answered(database, member, where, row["method"], sent, before)
            faults = checker.faults(name, where, answer, templates)
            yield Look(row, is_reviewed, bool(sent), outcome(answer), changes, faults)


def answered(database, member, where, method, sent, before):
    """One answer, and what a post left."""
    if method == "GET":
        return member.open(where, method), (0, 0)
    answer = member.open(where, method, sent)
    return answer, minus(left(database, taken_back=True), before)


def tries(app, row, name, values):
    """(address, body, whether the cell speaks of it) of each look; some are looked at as pages alone."""
    where, full = address(app, row["endpoint"], values), body(row["endpoint"], row["object"], values)
    yield where, full, True
    if row["method"] == "GET" and row["endpoint"] in OF_A_DAY and row[name] == "200":
        yield f"{where}?as_of={local_date(utc_now())}", full, False
    if row["method"] == "POST" and full:
        if row[name] in REFUSED and name == next(username for username in table()[1] if row[username] == row[name]):
            yield where, {}, True
        elif name == next((username for username in table()[1] if row[username] in TAKEN), None):
            # The form that the first who may send it is led back to.
            yield where, {}, False


@pytest.mark.parametrize("name", table()[1])
def test_the_whole_cast_equals_the_reviewed_table(walk, members, name):
    wrong = []
    for look in walk(name):
        row, post = look.row, look.row["method"] == "POST"
        if not look.is_reviewed:
            if look.outcome.startswith("5"):
                wrong.append((*(row[key] for key in KEYS), name, f"fails with {look.outcome} where nothing is sent"))
            continue
        description = (*(row[key] for key in KEYS), name, "with a body" if look.is_full else "without a body")
        if look.outcome != row[name]:
            wrong.append((*description, f"is {look.outcome}, reviewed {row[name]}"))
        elif post and look.left != expected_of(row, name, members[name], row[name]):
            wrong.append((*description, f"left {look.left} events and notes"))
    no_offenders(
        "every cell of the table is what the program answers",
        wrong,
        "correct the grant, or have the cell of expected.csv reviewed",
    )


def test_every_page_of_every_role_is_sound_html(walk):
    faults = {}
    for name in table()[1]:
        for look in walk(name):
            for where, fault in look.faults:
                faults.setdefault(fault, []).append(where)
    lines = [(fault, pages[0], f"and {len(pages) - 1} more") for fault, pages in sorted(faults.items())]
    no_offenders("every page of every role is sound HTML", lines, "mend the template that is named in brackets")


@pytest.mark.skipif("config.getoption('--endpoints')", reason="some endpoints show some templates")
def test_every_template_of_a_page_is_the_page_of_somebody(walk):
    for name in table()[1]:
        walk(name)
    unseen = page_templates(CHECKOUT / "templates") - walk.checker.templates - ELSEWHERE.keys()
    no_offenders(
        "every template of a page is the page of somebody",
        sorted(unseen),
        "give it a row in tests/permissions, or name its test in tests/support/every_page.py",
    )


def test_no_address_answers_a_method_that_it_does_not_name(app, client_of, objects):
    """No route names any of these; each address is asked with one of them, in turn."""
    client = client_of("quantri")
    adapter = app.url_map.bind("localhost")
    unnamed = ("PUT", "PATCH", "DELETE")
    for turn, rule in enumerate(app.url_map.iter_rules()):
        assert not rule.methods & {*unnamed}, rule.endpoint
        values = {name: objects["viettel unpublished"].get(name, objects[""].get(name, 1)) for name in rule.arguments}
        where, method = adapter.build(rule.endpoint, values, method=next(iter(rule.methods))), unnamed[turn % 3]
        assert client.open(where, method=method).status_code in (400, 405), (rule.endpoint, method)
