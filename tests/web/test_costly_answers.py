"""Every costly answer waits for its turn: 429 for an account that has one in the making, 503 for a busy server.

The list of costly answers is made from the routes; what makes a file, a paper or a route must be on it.
"""

import ast
import inspect
import io
import sys
from contextlib import contextmanager

import pytest
from sqlalchemy import create_engine, text

from registry.authz.blueprint import COSTLY
from registry.authz.concurrency import PUBLIC_FILES, PUBLIC_SENDING, RUNNING, SIGNED_IN, WAITING, account_key
from registry.incidents.rules import digest_of, new_draft
from tests.support.exports import token_in

#: Functions that take long, by the name that views call them with.
COSTLY_WORK = frozenset(
    {
        *("make_pdf", "write_list", "write_error_file", "write_problems", "workbook", "csv_text"),
        *("plan_along", "plan_between", "list_along_line", "dossier_of", "printed"),
        *("apply_bulk_edit", "undo_bulk_edit"),
    }
)
#: What is asked for, where a route is costly for some requests only.
ASKED = {
    "planned_routes.index": "?points=19.8,105.7",
    "planned_routes.paths": "?points=19.8,105.7",
    "ogc.items": "?limit=10000",
}
#: Who may ask, where an operator may not.
#: What is sent, where a form is costly with a file only.
PHOTOS = frozenset({"report.photo_post", "report.reopen", "report.reopen_published"})
READERS = {
    "violation_papers": "ubnd.xa",
    "campaigns": "so.khcn",
    "indicators": "so.khcn",
    "inspection_papers": "so.khcn",
    "population": "so.khcn",
}
VALUES = {
    "list_code": "structures",
    "collection": "structures",
    "file_format": "csv",
    "kind": "manhole",
    "size": "a4",
}


def every_route():
    return sorted((endpoint, method) for endpoint, methods in COSTLY.items() for method in methods)


def address(app, endpoint):
    rule = next(rule for rule in app.url_map.iter_rules() if rule.endpoint == endpoint)
    arguments = {name: VALUES.get(name, 1) for name in rule.arguments}
    return app.url_map.bind("localhost").build(endpoint, arguments, method=next(iter(rule.methods))) + ASKED.get(
        endpoint, ""
    )


@pytest.fixture
def others(database_url):
    """A function: keys of locks that another process holds while the block runs."""
    engine = create_engine(database_url)

    @contextmanager
    def hold(*keys):
        with engine.connect() as connection, connection.begin():
            for half, key in keys:
                number = f"hashtext('{key}')" if isinstance(key, str) else str(key)
                connection.execute(text(f"SELECT pg_advisory_xact_lock({half}, {number})"))
            yield

    yield hold
    engine.dispose()


@pytest.mark.parametrize(("endpoint", "method"), every_route())
def test_a_costly_answer_beyond_the_bound_is_refused_with_when_to_come_again(
    app, client_of, ctx_of, others, endpoint, method
):
    reader = READERS.get(endpoint.partition(".")[0], "viettel")
    client, where = client_of(reader), address(app, endpoint)
    with ctx_of(reader) as ctx:
        own = account_key(ctx)
    token = token_in(client.get("/planned-routes"))

    def answer():
        return client.open(where, method=method, data=sent(endpoint, token) if method == "POST" else None)

    with others((RUNNING, own), (WAITING, own)):
        mine = answer()
    with others(*all_of(SIGNED_IN)):
        busy = answer()
    for answer, status in ((mine, 429), (busy, 503)):
        assert answer.status_code == status, (where, answer.text)
        assert int(answer.headers["Retry-After"]) > 0
        assert answer.headers["Cache-Control"] == "no-store" or answer.is_json


@pytest.mark.parametrize(
    ("headers", "more", "media"),
    [
        ({}, "", "application/problem+json"),
        ({"Accept": "text/html"}, "", "text/html"),
        ({}, "&f=html", "text/html"),
        ({"Accept": "text/html"}, "&f=json", "application/problem+json"),
    ],
)
def test_a_refused_page_of_the_interface_is_a_page_for_people_and_a_problem_for_programs(
    client_of, ctx_of, others, headers, more, media
):
    client = client_of("viettel")
    with ctx_of("viettel") as ctx:
        own = account_key(ctx)
    with others((RUNNING, own), (WAITING, own)):
        answer = client.get(f"/ogc/collections/structures/items?limit=10000{more}", headers=headers)
    assert (answer.status_code, answer.mimetype) == (429, media)
    assert answer.headers["Retry-After"] == "5"
    assert "Đang có một yêu cầu" in (answer.text if media == "text/html" else answer.json["detail"])


def sent(endpoint, token):
    return {"csrf_token": token} | ({"photos": (io.BytesIO(b"x"), "a.jpg")} if endpoint in PHOTOS else {})


#: Not stored, so that it takes a slot. One that a request of the tests has taken stays with their one connection, so
#: that each test holds others.
OWN = "/exports/structures.csv?kind=manhole"


def test_a_crowd_of_visitors_takes_no_slot_of_an_officer(client_of, others):
    with others(*all_of(PUBLIC_FILES), *all_of(PUBLIC_SENDING)):
        with client_of("viettel").get(OWN) as answer:
            assert answer.status_code == 200
        busy = client_of(None).get(OWN)
    assert busy.status_code == 503
    assert int(busy.headers["Retry-After"]) > 0


def test_busy_officers_take_no_slot_of_a_visitor(client_of, others):
    with others(*all_of(SIGNED_IN)), client_of(None).get(OWN) as answer:
        assert answer.status_code == 200


@pytest.mark.parametrize(("full", "status"), [(PUBLIC_FILES, 422), (PUBLIC_SENDING, 503)])
def test_files_for_visitors_take_no_slot_of_what_visitors_send(client_of, others, full, status):
    page = client_of(None)
    token = token_in(page.get("/report"))
    with others(*all_of(full), *waiting_for(full)):
        assert page.post("/report/photo", data=sent("report.photo_post", token)).status_code == status


def test_photos_of_one_address_take_slots_by_their_draft(client_of, others):
    page, draft = client_of(None), new_draft()
    own = f"draft {digest_of(draft)}"
    token = token_in(page.get("/report"))
    with others((RUNNING, "address 127.0.0.1"), (WAITING, "address 127.0.0.1"), (RUNNING, own), (WAITING, own)):
        answers = [
            page.post("/report/photo", data=sent("report.photo_post", token) | {"draft": each})
            for each in (draft, new_draft())
        ]
        bare = page.post("/report/photo", data={"csrf_token": token, "draft": draft})
    assert [answer.status_code for answer in (*answers, bare)] == [429, 422, 303]


def all_of(slots):
    """The keys of all slots of a kind."""
    return [(slots.half, number) for number in range(1, slots.most + 1)]


def waiting_for(slots):
    """The keys of all that may wait for a slot of a kind."""
    return [(slots.waiting_half, number) for number in range(1, slots.waiting + 1)]


def test_an_empty_form_takes_no_turn(client_of, ctx_of, others):
    with ctx_of("viettel") as ctx:
        own = account_key(ctx)
    with others((RUNNING, own), (WAITING, own)):
        for where in ("/planned-routes", "/planned-routes/paths", "/structures"):
            assert client_of("viettel").get(where).status_code == 200


def test_whatever_makes_a_file_a_paper_or_a_route_is_declared_costly(app):
    missing = [endpoint for endpoint in app.view_functions if works(app, endpoint) and endpoint not in COSTLY]
    assert missing == []


def works(app, endpoint):
    """Whether a view, or a function of its module that it calls, calls costly work by its name."""
    view = inspect.unwrap(app.view_functions[endpoint])
    if not view.__module__.startswith("registry."):
        return False
    functions = {
        node.name: node
        for node in ast.parse(inspect.getsource(sys.modules[view.__module__])).body
        if isinstance(node, ast.FunctionDef)
    }
    visited, left = set(), {view.__name__}
    while left:
        name = left.pop()
        visited.add(name)
        if name in functions:
            called = {node.id for node in ast.walk(functions[name]) if isinstance(node, ast.Name)}
            if called & COSTLY_WORK:
                return True
            left |= (called & functions.keys()) - visited
    return False


def test_the_names_of_costly_work_are_called_somewhere(app):
    sources = {
        inspect.getsource(sys.modules[inspect.unwrap(view).__module__])
        for view in app.view_functions.values()
        if inspect.unwrap(view).__module__.startswith("registry.")
    }
    assert {name for name in COSTLY_WORK if not any(name in source for source in sources)} == set()
