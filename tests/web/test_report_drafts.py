"""Drafts of every kind that is sent: made up, of another person, used up, expired; places at the border of a cell."""

import io
from random import Random
from urllib.parse import urlsplit

import pytest
from sqlalchemy import func, select

from registry.incidents.limits import HOUR
from registry.incidents.models import Incident, IncidentDraft, IncidentPhoto, IncidentReport
from registry.incidents.rules import digest_of, new_draft
from registry.kernel.clock import utc_now
from tests.factories.incidents import inside, triaged
from tests.permissions.cases import token_in
from tests.support.hidden_world import cell_of, place_in
from tests.web.test_reports import FORM, picture


@pytest.fixture
def at(ctx_of):
    lon, lat = inside(ctx_of, utc_now())
    return f"{lat:.6f}, {lon:.6f}"


@pytest.fixture
def phone(client_of, at):
    """A function: a phone that sends photos or a report under a draft."""

    class Phone:
        def __init__(self):
            self.client = client_of(None)
            self.token = token_in(self.client.get("/report"))

        def photo(self, draft, colour="navy"):
            content = (io.BytesIO(picture(colour)), "a.jpg")
            return self.client.post("/report/photo", data={"draft": draft, "csrf_token": self.token, "photos": content})

        def report(self, draft, **fields):
            return self.client.post(
                "/report/send", data=FORM | {"draft": draft, "at": at, "csrf_token": self.token} | fields
            )

    return Phone


def count(ctx_of, model, *where):
    with ctx_of("so.khcn", read_only=True) as ctx:
        return ctx.session.scalar(select(func.count()).select_from(model).where(*where))


@pytest.mark.parametrize("made_up", ["0" * 32, "", "5C" * 16, "x" * 4000, "' OR 1=1 --"])
def test_what_is_no_draft_becomes_a_new_one_and_the_report_goes_on(phone, ctx_of, made_up):
    first, other = phone(), phone()
    sent = [first.photo(made_up), first.report(made_up), other.report(made_up)]
    assert [answer.status_code for answer in sent] == [303, 303, 303]
    assert "draft=" in sent[0].location
    assert f"draft={made_up}&" not in f"{sent[0].location}&" or not made_up
    # Two people who send the same nonsense have a report each.
    assert sent[1].location != sent[2].location
    assert count(ctx_of, IncidentDraft, IncidentDraft.digest == digest_of(made_up)) == 0
    assert count(ctx_of, IncidentReport) == 2


def test_the_draft_of_another_is_as_good_as_ones_own_until_it_is_sent_and_changes_nothing_afterwards(phone, ctx_of):
    draft, first, other = new_draft(), phone(), phone()
    assert [first.photo(draft).status_code, other.photo(draft, "red").status_code] == [303, 303]
    mine = first.report(draft, text="Của tôi")
    theirs = other.report(draft, text="Của người khác", kind="obstruction")
    assert theirs.location == mine.location
    assert (count(ctx_of, Incident), count(ctx_of, IncidentReport)) == (1, 1)
    with ctx_of("so.khcn", read_only=True) as ctx:
        assert ctx.session.scalars(select(IncidentReport.text)).one() == "Của tôi"


def test_photos_sent_under_a_draft_that_was_used_up_reach_no_report(phone, ctx_of):
    draft, browser = new_draft(), phone()
    code = urlsplit(browser.report(draft).location).path
    assert browser.photo(draft).status_code == 303
    assert urlsplit(browser.report(draft).location).path == code
    assert count(ctx_of, IncidentPhoto, IncidentPhoto.report_id.is_not(None)) == 0


def test_an_expired_draft_is_sent_without_the_photos_that_are_gone(phone, ctx_of, clock):
    draft, browser = new_draft(), phone()
    browser.photo(draft)
    clock.advance(2 * HOUR)
    phone().photo(new_draft())
    sent = phone().report(draft)
    assert sent.status_code == 303
    assert "ảnh" in browser.client.get(sent.location).text
    with ctx_of("so.khcn", read_only=True) as ctx:
        assert ctx.session.scalars(select(IncidentReport.photos_left_out)).one() == 1


def test_a_place_a_few_centimetres_from_a_border_has_the_near_reports_of_its_own_cell_only(client_of, ctx_of):
    here = inside(ctx_of, utc_now())
    triaged(ctx_of, at=here, now=utc_now())
    person, random, cell = client_of(None), Random(3), cell_of(here)  # noqa: S311
    for _each in range(6):
        inner, outer = place_in(random, cell), place_in(random, (cell[0] + 1, cell[1]))
        # Halved until a few centimetres lie between them, with the border in between.
        for _step in range(14):
            middle = ((inner[0] + outer[0]) / 2, (inner[1] + outer[1]) / 2)
            inner, outer = (middle, outer) if cell_of(middle) == cell else (inner, middle)
        pages = [
            person.get(f"/report/kind?draft={new_draft()}&at={lat:.9f},{lon:.9f}").text for lon, lat in (inner, outer)
        ]
        assert ["near-reports" in page for page in pages] == [True, False]
