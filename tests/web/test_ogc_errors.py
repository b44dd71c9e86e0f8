"""Errors of the open interface: a page for people, a problem document for programs, with the same status."""

import json

import pytest

from registry.authz.lanes import LANES
from registry.kernel.errors import Busy
from registry.ogc import pages

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
#: Kind of error -> its status, method and address for a visitor.
ERRORS = {
    "parameter that does not exist": (400, "GET", "/ogc/collections/structures/items?nothing=1"),
    "box that cannot be read": (400, "GET", "/ogc/collections/structures/items?bbox=1,2"),
    "filter that cannot be read": (400, "GET", "/ogc/collections/structures/items?filter=kind+LIKE"),
    "parameter of a tile": (400, "GET", "/ogc/collections/structures/tiles/WebMercatorQuad/7/57/101?nothing=1"),
    "no such collection": (404, "GET", "/ogc/collections/nothing"),
    "no such feature": (404, "GET", "/ogc/collections/structures/items/999999999"),
    "number that is none": (404, "GET", "/ogc/collections/structures/items/abc"),
    "no such grid": (404, "GET", "/ogc/tileMatrixSets/Nothing"),
    "no such address": (404, "GET", "/ogc/nothing/at/all"),
    "sign-in required": (401, "GET", "/ogc/collections/violations/items"),
    "method that is not taken": (405, "DELETE", "/ogc/collections"),
}


def ask(client, method, address, **headers):
    return client.open(address, method=method, headers=headers)


@pytest.mark.parametrize("kind", ERRORS)
def test_a_browser_and_f_html_get_a_page_and_programs_a_problem(public, kind):
    status, method, address = ERRORS[kind]
    problem = ask(public, method, address)
    assert (problem.status_code, problem.mimetype) == (status, "application/problem+json")
    body = json.loads(problem.data)
    assert body["status"] == status
    page = ask(public, method, address, **BROWSER)
    of_parameter = ask(public, method, address + ("&" if "?" in address else "?") + "f=html")
    for answer in (page, of_parameter):
        assert (answer.status_code, answer.mimetype) == (status, "text/html")
        assert "Accept" in answer.headers["Vary"]
        assert "<h1>" in answer.text
        assert "Location" not in answer.headers
    assert body["detail"].replace("“", "").split("”")[0] in page.text.replace("“", "")
    with_json = ask(public, method, address + ("&" if "?" in address else "?") + "f=json", **BROWSER)
    assert (with_json.status_code, with_json.mimetype) == (status, "application/problem+json")


def test_a_format_that_does_not_exist_is_refused_in_the_form_that_the_client_prefers(public):
    assert ask(public, "GET", "/ogc/?f=xml").mimetype == "application/problem+json"
    page = ask(public, "GET", "/ogc/?f=xml", **BROWSER)
    assert (page.status_code, page.mimetype) == (400, "text/html")


def test_what_a_reader_may_not_read_is_a_page_for_people(client_of):
    client = client_of("nguoidan")
    address = "/ogc/collections/violations/items"
    problem, page = ask(client, "GET", address), ask(client, "GET", address, **BROWSER)
    assert (problem.status_code, problem.mimetype) == (403, "application/problem+json")
    assert (page.status_code, page.mimetype) == (403, "text/html")


def test_the_page_of_a_missing_sign_in_leads_to_it_and_opens_no_window(public):
    address = "/ogc/collections/violations/items"
    page = ask(public, "GET", address, **BROWSER)
    assert page.headers.getlist("WWW-Authenticate") == ['Bearer realm="so-dang-ky"']
    assert "/login?next=" in page.text
    problem = ask(public, "GET", address)
    assert [way.split()[0] for way in problem.headers.getlist("WWW-Authenticate")] == ["Basic", "Bearer"]


def test_a_method_that_is_not_taken_names_those_that_are(public):
    assert "GET" in ask(public, "DELETE", "/ogc/collections").headers["Allow"]


def test_a_failure_of_the_program_is_a_page_and_a_problem(public, app, monkeypatch):
    def fail():
        raise RuntimeError("no collections")

    monkeypatch.setattr(pages, "every_collection", fail)
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    problem, page = ask(public, "GET", "/ogc/collections"), ask(public, "GET", "/ogc/collections", **BROWSER)
    assert (problem.status_code, problem.mimetype) == (500, "application/problem+json")
    assert (page.status_code, page.mimetype) == (500, "text/html")
    assert "no collections" not in problem.text + page.text


def test_a_busy_server_says_when_to_come_again(public, app, monkeypatch):
    def full(_lane):
        raise Busy("Hệ thống bận.", 5)

    monkeypatch.setattr(LANES.of(app), "enter", full)
    problem, page = ask(public, "GET", "/ogc/collections"), ask(public, "GET", "/ogc/collections", **BROWSER)
    for answer, kind in ((problem, "application/problem+json"), (page, "text/html")):
        assert (answer.status_code, answer.mimetype) == (503, kind)
        assert answer.headers["Retry-After"] == "5"


def test_other_addresses_have_pages_as_before(public):
    assert ask(public, "GET", "/nothing/at/all").mimetype == "text/html"
    assert ask(public, "GET", "/ogcx").mimetype == "text/html"
