"""Lists of a year: opened once, issued when all is settled, reopened as a further edition, compared."""

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import OperationalError

from registry.authz.blueprint import DATABASE
from registry.kernel.clock import utc_now
from registry.kernel.errors import Forbidden, Invalid, MoveRefused
from registry.routelists.commands import EditRouteItem, OpenList
from registry.routelists.models import ListState
from registry.routelists.queries import get_item, get_list, length_totals, list_differences
from registry.routelists.service import edit_item, open_list
from registry.routelists.workflow import ITEM, LIST
from registry.workflow.engine import fire, touch
from registry.workflow.models import CaseClock
from tests.factories.routelists import (
    APART,
    a_list,
    agreed,
    issue,
    move,
    propose,
    sent,
    street_at,
    values,
)
from tests.factories.structures import place_inside
from tests.support.live import context


@pytest.fixture
def point_inside(ctx_of):
    """A place in the area of ubnd.xa."""
    with ctx_of("ubnd.xa") as ctx:
        return place_inside(ctx.session, ctx.actor.unit_ids)


def test_a_year_has_one_list(ctx_of):
    a_list(ctx_of, 2028)
    for year, words in ((2028, "đã có"), (2019, "2023"), (2099, "hợp lệ")):
        with pytest.raises(Invalid, match=words), ctx_of("so.xaydung") as ctx:
            open_list(ctx, OpenList(year))
    with pytest.raises(Forbidden), ctx_of("ubnd.xa") as ctx:
        open_list(ctx, OpenList(2029))


def test_a_list_has_its_number_from_the_start(ctx_of):
    list_id = a_list(ctx_of)
    with ctx_of("so.xaydung") as ctx:
        assert get_list(ctx, list_id).number == f"DM-{ctx.today.year}-000001"


def test_a_list_is_not_issued_while_an_item_waits_or_without_any(ctx_of):
    list_id = a_list(ctx_of)
    today = utc_now().date()
    with pytest.raises(MoveRefused, match="chưa có tuyến đường nào"):
        issue(ctx_of, list_id, today)
    item_id = sent(ctx_of)
    with pytest.raises(MoveRefused, match="còn 1 đề xuất chưa thẩm tra xong"):
        issue(ctx_of, list_id, today)
    move(ctx_of, "so.xaydung", item_id, "return", text="x")
    with pytest.raises(MoveRefused, match="còn 1 đề xuất"):
        issue(ctx_of, list_id, today)
    move(ctx_of, "so.xaydung", item_id, "reject", reason="Không bổ sung")
    agreed(ctx_of, street_name="Phố Lê Lai")
    with pytest.raises(Invalid, match="chưa đến"):
        issue(ctx_of, list_id, today + timedelta(days=9))
    with pytest.raises(Invalid, match="Số quyết định"):
        issue(ctx_of, list_id, today, number="")
    issue(ctx_of, list_id, date(2026, 10, 1))


def test_agreed_items_carry_the_decision_and_an_issued_list_takes_no_more(ctx_of, point_inside):
    good, draft = agreed(ctx_of), propose(ctx_of, street_name="Phố Lê Lai")
    list_id = a_list(ctx_of)
    issue(ctx_of, list_id, date(2026, 10, 1))
    with ctx_of("so.xaydung") as ctx:
        item = get_item(ctx, good)
        assert (item.decision_number, item.decided_on) == ("12/QĐ-SXD", date(2026, 10, 1))
    with ctx_of("ubnd.xa") as ctx:
        assert get_item(ctx, draft).decision_number is None
    refused = "đã ban hành theo Quyết định 12/QĐ-SXD ngày 01/10/2026"
    with pytest.raises(MoveRefused, match=refused):
        move(ctx_of, "ubnd.xa", draft, "submit")
    with pytest.raises(MoveRefused, match=refused):
        move(ctx_of, "so.xaydung", good, "review_again", reason="Sai chiều dài")
    with pytest.raises(MoveRefused, match=refused):
        propose(ctx_of)
    with pytest.raises(MoveRefused, match=refused), ctx_of("ubnd.xa") as ctx:
        edit_item(ctx, EditRouteItem(draft, 1, values(), ()))


def test_an_item_is_not_agreed_while_its_list_is_issued(ctx_of):
    """It cannot come about by moves; were it there, the review would still be refused in words."""
    item_id, list_id = sent(ctx_of), a_list(ctx_of)
    with ctx_of("so.xaydung") as ctx:
        route_list = get_list(ctx, list_id)
        route_list.state, route_list.decision_number, route_list.decided_on = (
            ListState.ISSUED,
            "1/QĐ",
            date(2026, 10, 1),
        )
        touch(ctx, LIST, route_list, "edit")
    with pytest.raises(MoveRefused, match="đã ban hành"):
        move(ctx_of, "so.xaydung", item_id, "agree")


def test_a_reopened_list_is_a_further_edition_that_takes_items_again(ctx_of):
    good, list_id = agreed(ctx_of), a_list(ctx_of)
    issue(ctx_of, list_id, date(2026, 10, 1))
    with pytest.raises(Invalid, match="Lý do mở lại"):
        move(ctx_of, "so.xaydung", list_id, "reopen", workflow=LIST)
    move(ctx_of, "so.xaydung", list_id, "reopen", workflow=LIST, reason="Bổ sung tuyến")
    with ctx_of("so.xaydung") as ctx:
        route_list = get_list(ctx, list_id)
        assert (route_list.state.value, route_list.edition, route_list.decision_number) == (
            "collecting",
            2,
            "12/QĐ-SXD",
        )
        assert get_item(ctx, good).decision_number == "12/QĐ-SXD"
    move(ctx_of, "so.xaydung", good, "review_again", reason="Sai chiều dài")
    with ctx_of("so.xaydung") as ctx:
        item = get_item(ctx, good)
        assert (item.decision_number, item.decided_at, item.state.value) == ("12/QĐ-SXD", None, "under_review")
    sent(ctx_of, street_name="Phố Lê Lai")


def test_totals_are_by_commune_and_work_kind_and_differences_name_streets(ctx_of, point_inside):
    lon, lat = point_inside
    agreed(ctx_of, year=2027, street_name="Phố Cũ", position=street_at(lon, lat))
    agreed(ctx_of, year=2027, street_name="Phố Chung", position=street_at(lon, lat - APART))
    agreed(ctx_of, year=2027, street_name="Phố Dài Ra", position=street_at(lon, lat - 2 * APART))
    agreed(ctx_of, year=2028, street_name="PHỐ CHUNG", position=street_at(lon, lat - APART))
    agreed(ctx_of, year=2028, street_name="Phố Dài Ra", position=street_at(lon, lat - 2 * APART, 0.003))
    agreed(ctx_of, year=2028, street_name="Phố Mới", position=street_at(lon, lat), work_kind="tidy")
    with ctx_of("so.xaydung") as ctx:
        before, now = (get_list(ctx, a_list(ctx_of, year)) for year in (2027, 2028))
        rows = length_totals(ctx, now)
        assert [(row.work_kind.value, row.items) for row in rows] in (
            [("underground", 2), ("tidy", 1)],
            [("tidy", 1), ("underground", 2)],
        )
        differences = {
            row.street: (row.before_m is None, row.now_m is None) for row in list_differences(ctx, now, before)
        }
        assert differences == {"Phố Cũ": (False, True), "Phố Dài Ra": (False, False), "Phố Mới": (True, False)}


def test_clocks_of_a_settled_item_stand_still(ctx_of):
    item_id = agreed(ctx_of)
    with ctx_of("so.khcn") as ctx:
        query = select(func.count()).select_from(CaseClock).where(CaseClock.case_id == item_id)
        mine = query.where(CaseClock.workflow == "routeitem")
        assert ctx.session.scalar(mine) == 1
        assert ctx.session.scalar(mine.where(CaseClock.ended_at.is_(None))) == 0


def test_a_list_cannot_be_issued_while_a_street_is_just_being_sent(live_app):
    """Whoever comes second waits for the first, and then sees what it did."""
    database = DATABASE.of(live_app)

    def live(username, **options):
        return context(database, username, **options)

    def issue_without_waiting():
        with live("so.xaydung") as ctx:
            ctx.session.execute(text("SET LOCAL lock_timeout = '200ms'"))
            data = {"decision_number": "1/QĐ", "decided_on": date(2026, 10, 1), "files": ["quyet-dinh.pdf"]}
            fire(ctx, LIST, list_id, "issue", data, version=1)

    agreed(live)
    item_id, list_id = propose(live, street_name="Phố Lê Lai"), a_list(live)
    with live("ubnd.xa") as sending:
        fire(sending, ITEM, item_id, "submit", {}, version=1)
        with pytest.raises(OperationalError, match="lock timeout"):
            issue_without_waiting()
    with pytest.raises(MoveRefused, match="còn 1 đề xuất"):
        issue(live, list_id, date(2026, 10, 1))
