"""Rounds of confirmation that the lead department opens by hand."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from registry.kernel.errors import Forbidden, Invalid
from registry.structures.bulk_edit.queries import digest_of
from registry.upkeep.commands import CloseRound, OpenRounds, RoundPart
from registry.upkeep.models import AttestationRound, RoundState, Statement
from registry.upkeep.queries import unconfirmed_ids
from registry.upkeep.service import close_round, open_rounds, open_rounds_by_hand
from tests.factories.structures import make, organisation_id
from tests.factories.upkeep import events_of, round_of
from tests.support import shared

database, app, ctx_of, client_of, taken_back = shared.FIXTURES
pytestmark = pytest.mark.usefixtures("old")

#: No day of a yearly round is near.
NOW = datetime(2026, 3, 10, 2, tzinfo=UTC)
DAY = timedelta(days=1)
REGISTERED = NOW - 500 * DAY


@pytest.fixture(scope="module")
def old(ctx_of):
    """Two old poles of Viettel and one of VNPT."""
    with ctx_of("so.khcn", now=REGISTERED) as ctx:
        for owner in ("viettel", "viettel", "vnpt"):
            make(ctx, owner=owner, kind="cable_pole")


def open_for(ctx_of, owner=None, *, now=NOW, due_in=None):
    """Open rounds as the lead department does; how many."""
    with ctx_of("so.khcn", now=now) as ctx:
        owner_id = organisation_id(ctx.session, owner) if owner else None
        due_on = ctx.today + due_in if due_in is not None else None
        return len(open_rounds_by_hand(ctx, OpenRounds(owner_id, due_on)))


def test_one_owner_is_asked_of_all_that_it_holds_by_the_usual_term(ctx_of):
    assert open_for(ctx_of, "viettel") == 1
    with ctx_of("viettel", now=NOW, read_only=True) as ctx:
        opened = round_of(ctx, "viettel")
        assert (opened.opened_on, opened.due_on) == (ctx.today, ctx.today + 30 * DAY)
        assert (opened.total, opened.confirmed, opened.state) == (2, 0, RoundState.OPEN)
        assert round_of(ctx, "vnpt") is None
        assert events_of(ctx, opened.id) == ["opened"]


def test_all_owners_without_a_running_round_are_asked_in_one_change(ctx_of):
    open_for(ctx_of, "viettel")
    count = open_for(ctx_of)
    assert count >= 2
    with ctx_of("so.khcn", now=NOW, read_only=True) as ctx:
        rounds = list(ctx.session.scalars(select(AttestationRound.organisation_id)))
        assert len(rounds) == len(set(rounds)) == count + 1
    with pytest.raises(Invalid, match="Mọi chủ sở hữu"):
        open_for(ctx_of)


def test_an_owner_that_is_asked_already_is_not_asked_again(ctx_of):
    open_for(ctx_of, "viettel")
    with pytest.raises(Invalid, match=r"Viettel.* đã có đợt xác nhận mở ngày 10/03/2026, hạn cuối 09/04/2026"):
        open_for(ctx_of, "viettel", now=NOW + DAY)
    assert open_for(ctx_of, "viettel", now=NOW + 31 * DAY) == 1


def test_an_owner_that_has_answered_can_be_asked_again_the_next_day(ctx_of):
    open_for(ctx_of, "viettel")
    with ctx_of("viettel", now=NOW) as ctx:
        opened = round_of(ctx, "viettel")
        digest = digest_of(ctx, unconfirmed_ids(ctx, opened, RoundPart()))
        close_round(ctx, CloseRound(opened.id, Statement.NO_CHANGE, digest))
    with pytest.raises(Invalid, match="sớm nhất là ngày mai"):
        open_for(ctx_of, "viettel")
    assert open_for(ctx_of, "viettel", now=NOW + DAY) == 1


def test_the_yearly_round_comes_all_the_same(ctx_of):
    morning = datetime(2026, 10, 1, 2, tzinfo=UTC)
    open_for(ctx_of, "viettel", now=morning - 5 * DAY)
    with ctx_of("so.khcn", now=morning) as ctx:
        viettel = organisation_id(ctx.session, "viettel")
        assert viettel in {each.organisation_id for each in open_rounds(ctx)}


@pytest.mark.parametrize("due_in", [timedelta(0), -DAY, 367 * DAY])
def test_a_last_day_that_cannot_be_is_refused_with_what_is_expected(ctx_of, due_in):
    with pytest.raises(Invalid, match=r"Hạn cuối \d\d/\d\d/\d{4} không dùng được: cần một ngày sau hôm nay") as refused:
        open_for(ctx_of, "viettel", due_in=due_in)
    assert set(refused.value.fields) == {"due_on"}


def test_an_organisation_that_owns_nothing_is_refused(ctx_of):
    with pytest.raises(Invalid, match="không có công trình nào"):
        open_for(ctx_of, "so_khcn")


@pytest.mark.parametrize("username", ["viettel", "so.xaydung", "quantri", "ubnd.tinh"])
def test_only_the_lead_department_opens_rounds(ctx_of, username):
    with pytest.raises(Forbidden), ctx_of(username, now=NOW) as ctx:
        open_rounds_by_hand(ctx, OpenRounds())


def test_the_page_offers_it_to_the_lead_department_and_says_what_was_opened(client_of, ctx_of):
    lead = client_of("so.khcn")
    page = lead.get("/upkeep").text
    assert "Mở đợt xác nhận" in page
    assert 'action="/upkeep/rounds"' not in client_of("viettel").get("/upkeep").text
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page).group(1)
    sent = {"csrf_token": token, "owner": "", "due_on": "01/03/2026"}
    refused = lead.post("/upkeep/rounds", data=sent)
    assert (refused.status_code, "Hạn cuối 01/03/2026 không dùng được" in refused.text) == (422, True)
    with ctx_of("so.khcn", read_only=True) as ctx:
        viettel = organisation_id(ctx.session, "viettel")
    answer = lead.post("/upkeep/rounds", data=sent | {"owner": str(viettel), "due_on": ""})
    assert answer.status_code == 303
    assert "Đã mở 1 đợt xác nhận" in lead.get("/upkeep").text
