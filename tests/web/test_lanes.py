"""A crowd of visitors fills its lane: the next are refused with when to come again, and members work on."""

import pytest

from registry.authz.lanes import LANES, Lane, LaneLimits, ThreadLanes
from registry.kernel.db.session import Database
from tests.support.exports import token_in


@pytest.fixture
def full(app, monkeypatch):
    """Lanes in which visitors hold all that there is for them."""
    limits = dict.fromkeys(Lane, LaneLimits(1, 0, 0.0)) | {Lane.MEMBERS: LaneLimits(2, 0, 0.0)}
    lanes = ThreadLanes(limits)

    def fill():
        monkeypatch.setitem(app.extensions, LANES.name, lanes)
        return [lanes.enter(lane) for lane in Lane if lane is not Lane.MEMBERS]

    return fill


def test_visitors_beyond_their_lane_are_refused_and_members_are_not(client_of, full):
    member, visitor = client_of("viettel"), client_of(None)
    visitor.get("/report")
    seats = full()
    refused = visitor.get("/structures")
    assert (refused.status_code, refused.headers["Cache-Control"]) == (503, "no-store")
    assert int(refused.headers["Retry-After"]) > 0
    assert member.get("/structures").status_code == 200
    for seat in seats:
        seat.leave()
    assert visitor.get("/structures").status_code == 200


def test_a_refused_form_shows_what_was_typed(client_of, full):
    visitor = client_of(None)
    token = token_in(visitor.get("/report"))
    full()
    sent = {"csrf_token": token, "description": "Cột đổ ngang đường"}
    refused = visitor.post("/report/send", data=sent, headers={"Referer": "http://localhost/report"})
    assert refused.status_code == 503
    assert "Cột đổ ngang đường" in refused.text


def test_a_forged_cookie_enters_the_lane_of_visitors(client_of, full):
    visitor = client_of(None)
    visitor.set_cookie("session", "eyJfdXNlcl9pZCI6ImEifQ.aaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbb")
    full()
    assert visitor.get("/structures").status_code == 503


def test_a_program_is_refused_in_its_own_form(client_of, full):
    full()
    refused = client_of(None).get("/api/structures")
    assert (refused.status_code, refused.mimetype) == (503, "application/problem+json")


def test_style_sheets_come_without_a_seat(client_of, full):
    full()
    with client_of(None).get("/static/css/site.css") as sheet:
        assert sheet.status_code == 200


def test_a_browser_that_signed_in_before_signs_in_again(client_of, cast, full):
    browser = client_of(None)
    account = {"username": cast["viettel"].username, "password": cast["viettel"].password}
    browser.post("/login", data={"csrf_token": token_in(browser.get("/login"))} | account)
    browser.delete_cookie("session")
    full()
    assert browser.get("/login").status_code == 200


def test_a_sign_in_does_not_wait_for_visitors(client_of, full):
    seats = {seat.lane: seat for seat in full()}
    assert client_of(None).get("/login").status_code == 503
    seats[Lane.SIGN_IN].leave()
    assert client_of(None).get("/login").status_code == 200
    assert client_of(None).get("/structures").status_code == 503


def test_no_connection_is_taken_for_a_refusal(client_of, full, monkeypatch):
    client_of(None).get("/structures")
    full()

    def connects(*_arguments, **_options):
        raise AssertionError("a refusal asked the database")

    monkeypatch.setattr(Database, "_connect", connects)
    assert client_of(None).get("/structures").status_code == 503
