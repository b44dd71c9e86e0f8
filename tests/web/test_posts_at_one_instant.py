"""Every post of the program sent twice at one instant has one effect and one answer (P15).

Each goes to a copy of one register, over two connections. The first request of both is held back at a table that all
idempotent posts use until both have come that far, so that they really meet.
"""

import contextlib
import os
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, text

from config.settings import CHECKOUT
from registry.accounts.browser import limits
from registry.accounts.sessions import open_session
from registry.audit.models import AuditEvent
from registry.incidents.models import IncidentPhoto
from registry.kernel.db.session import WEB_ROLE, Database
from registry.wiring import use_database
from tests.factories.structures import place_inside, place_outside
from tests.permissions.agreements import states_of
from tests.permissions.cases import TAKEN, address, body, table, token_in
from tests.permissions.conftest import BROWSER_OF, Member, made_objects, own_things
from tests.support.clock import NOW, STANDING
from tests.support.database import cloned
from tests.support.live import context
from tests.support.offenders import no_offenders
from tests.support.processes import wait_for
from tests.support.rounds import SUITE_SEED

#: Each answer of the sign-in carries a session of its own; each file that is made from an own template is noted.
EACH_ANSWER_COUNTS = {"accounts.login_submit", "campaigns.own"}
#: Sent once more they change nothing: signed out, read, in the basket.
NO_SECOND_EFFECT = ("accounts.logout", "notices.open", "basket.add")
#: What two forms of one thing may be answered: moved on, refused, changed meanwhile, not there or allowed any more.
IN_ORDER = frozenset({"200", "303", "302", "403", "404", "409", "422", "429"})
#: Each run tries all posts of the public and one of so many others, from a place on that follows from its seed.
_ONE_OF = 12
_WAITING = text(
    "SELECT count(*) FROM pg_locks WHERE NOT granted"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)
_GATE = text("LOCK TABLE request_key, incident_draft IN ACCESS EXCLUSIVE MODE")
_EFFECTS = text(
    f"SELECT (SELECT count(*) FROM {AuditEvent.__tablename__}), (SELECT count(*) FROM {IncidentPhoto.__tablename__})"  # noqa: S608 - own
)


def rows():
    """Each post of the reviewed table that somebody may send, with the first who may."""
    reviewed, cast = table()
    posts = [row for row in reviewed if row["method"] == "POST" and any(row[name] in TAKEN for name in cast)]
    first = int(os.environ.get(SUITE_SEED, "0"))
    for number, row in enumerate(posts, first):
        sender = next(name for name in cast if row[name] in TAKEN)
        is_small = row["public"] in TAKEN or number % _ONE_OF == 0
        marks = () if is_small else pytest.mark.trial
        yield pytest.param(row, sender, marks=marks, id=f"{row['endpoint']} {row['object']}")


@pytest.fixture(scope="module")
def tried(request):
    """The rows that this run tries, of all tests of this file."""
    items = [item for item in request.session.items if item.path == request.path and hasattr(item, "callspec")]
    return [item.callspec.params["row"] for item in items]


@pytest.fixture(scope="module")
def prepared(tried, live_application, module_url, cast, tmp_path_factory):
    """The name of a database with the objects of these rows, what fills in addresses and bodies, and the browsers."""
    database = Database(module_url, role=WEB_ROLE)
    use_database(live_application, database)

    def ctx_of(username=None, *, now=None, read_only=False):
        return context(database, username, now=now, read_only=read_only)

    areas = []
    for name in ("ubnd.xa", "kiemtra1", "kiemtra2"):
        with ctx_of(name, read_only=True) as ctx:
            areas.append(ctx.actor.unit_ids)
    with ctx_of(None, read_only=True) as ctx:
        places = place_inside(ctx.session, areas[0]), place_outside(ctx.session, frozenset().union(*areas))
    # What is made of indicators fills in addresses of rows without an object, too.
    wanted = {row["object"] for row in tried} | {"indicator value"}
    objects = made_objects(live_application, ctx_of, places, tmp_path_factory, states_of(wanted), wanted=wanted)
    members = {name: member(live_application, ctx_of, cast, name) for name in {each.values[1] for each in rows()}}
    database.dispose()
    return module_url.rpartition("/")[2].partition("?")[0], objects, members


def member(app, ctx_of, cast, name):
    """A browser of one of the cast, and what only this member would send."""
    username = BROWSER_OF.get(name, name)
    client = app.test_client()
    if username is not None:
        with app.test_request_context(), ctx_of(username) as ctx:
            session = open_session(ctx, ctx.actor.id, limits(), device="test", address="127.0.0.1")
        with client.session_transaction() as cookie:
            cookie["_user_id"] = session
    token = token_in(client.get("/account" if username else "/login"))
    own = own_things(app, ctx_of, username)
    own |= {"username": username or "viettel", "password": cast[username or "viettel"].password, "is_signed_in": True}
    return Member(client, token, client.get_cookie("session").value, own)


@contextlib.contextmanager
def copied(app, cluster, name):
    """The application on a copy of the register, a minute after it was made; an engine of its owner."""
    with cloned(cluster, name, "instant") as url, STANDING.at(NOW + timedelta(minutes=1)):
        database, owner = Database(url, role=WEB_ROLE), create_engine(url)
        use_database(app, database)
        try:
            yield owner
        finally:
            database.dispose()
            owner.dispose()


def sent_twice(app, owner, where, fields, cookie):
    """(status, address) of both answers to one form that is sent twice at one instant."""
    barrier = threading.Barrier(2)

    def send():
        window = app.test_client()
        window.set_cookie("session", cookie)
        barrier.wait()
        with window.post(where, data=fields()) as answer:
            return answer.status_code, answer.headers.get("Location")

    with ThreadPoolExecutor(2) as pool:
        with owner.begin() as gate:
            gate.execute(_GATE)
            answers = [pool.submit(send) for _time in range(2)]

            def met():
                gate.execute(text("SELECT pg_stat_clear_snapshot()"))
                return gate.scalar(_WAITING) + sum(answer.done() for answer in answers) >= len(answers)

            wait_for(met, None, "no process: both requests have to come as far as the gate")
        return [answer.result() for answer in answers]


def effects(owner):
    with owner.begin() as connection:
        return connection.execute(_EFFECTS).one()


@pytest.mark.parametrize(("row", "sender"), [*rows()])
def test_a_post_sent_twice_at_one_instant_has_one_effect_and_one_answer(
    live_application, cluster, prepared, row, sender
):
    name, objects, members = prepared
    values = objects[""] | objects[row["object"]] | members[sender].given
    hidden = {"csrf_token": members[sender].token, "request_key": uuid4().hex}

    def fields():
        return (body(row["endpoint"], row["object"], values) or {}) | hidden

    with copied(live_application, cluster, name) as owner:
        before = effects(owner)
        where = address(live_application, row["endpoint"], values)
        answers = sent_twice(live_application, owner, where, fields, members[sender].cookie)
        done = [later - earlier for later, earlier in zip(effects(owner), before, strict=True)]
    assert answers[0] == answers[1]
    assert str(answers[0][0]) == row[sender]
    assert max(done) <= 1 or row["endpoint"] in EACH_ANSWER_COUNTS


@pytest.mark.parametrize(("row", "sender"), [*rows()])
def test_two_forms_of_one_thing_at_one_instant_are_both_answered_in_order(
    live_application, cluster, prepared, row, sender
):
    """Two tabs, or two colleagues: the later form meets what the earlier one did, as a sentence."""
    name, objects, members = prepared
    values = objects[""] | objects[row["object"]] | members[sender].given

    def fields():
        hidden = {"csrf_token": members[sender].token, "request_key": uuid4().hex}
        return (body(row["endpoint"], row["object"], values) or {}) | hidden

    with copied(live_application, cluster, name) as owner:
        where = address(live_application, row["endpoint"], values)
        answers = sent_twice(live_application, owner, where, fields, members[sender].cookie)
    statuses = [str(status) for status, _location in answers]
    assert set(statuses) <= {row[sender], *IN_ORDER}
    # Else the form was refused for itself, and nothing was tried.
    assert row[sender] in statuses


def test_every_form_that_changes_something_has_a_key():
    """`hidden(form)` and `form_tag` write the key of their form; any other form names it."""
    wrong = []
    for path in sorted((CHECKOUT / "templates").rglob("*.html")):
        source = path.read_text(encoding="utf-8")
        for form in re.findall(r"<form\b.*?</form>", source, re.DOTALL):
            if any(endpoint in form for endpoint in NO_SECOND_EFFECT):
                continue
            if re.search(r'method="(post|\{\{ ?(selection\.)?method)', form) and not re.search(
                r"request_key|hidden\(|kept\.fields", form
            ):
                wrong.append((str(path.relative_to(CHECKOUT)), form[:80]))
    no_offenders("a form that changes something has a key", wrong, "write its request_key as a hidden field")
