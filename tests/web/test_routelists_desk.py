"""The review desk: all streets of a list with filters and order, decisions one by one and in bulk."""

import html
import json
import re

import pytest

from registry.routelists.comments import comment
from registry.routelists.models import RouteItem
from tests.factories.routelists import YEAR, a_list, agreed, propose, sent, state_of, street_at
from tests.factories.structures import place_inside
from tests.permissions.cases import token_in
from tests.support.statements import statements_of

DESK = f"/route-lists/desk?year={YEAR}"


@pytest.fixture
def desk(client_of):
    """A function: further arguments, fields of the decision (none: only read) -> the answer to so.xaydung."""
    client = client_of("so.xaydung")

    def ask(more="", **fields):
        page = client.get(DESK + more)
        if not fields:
            return page
        return client.post(DESK + more, data={"csrf_token": token_in(page)} | fields)

    return ask


def versions(ctx_of, *ids):
    """The boxes of streets as the page has them."""
    with ctx_of("so.xaydung", read_only=True) as ctx:
        return [f"{number}:{ctx.session.get_one(RouteItem, number).version}" for number in ids]


def streets(page):
    """The names of the rows in their order."""
    cells = re.findall(r'<td role="cell" data-label="Tuyến"[^>]*><a [^>]*>([^<]+)', html.unescape(page.text))
    return [text.strip() for text in cells]


def test_a_decision_shows_the_next_street_that_waits_and_counts(ctx_of, desk):
    first, second, third = (sent(ctx_of, street_name=name) for name in ("Phố A", "Phố B", "Phố C"))
    page = desk(f"&item={second}")
    assert "Phố B (" in page.text
    assert "Đã trả lời 0 / 3" in page.text
    answer = desk(f"&item={second}", item=str(second), version="2", act="agree")
    assert answer.location.endswith(f"&item={third}")
    assert state_of(ctx_of, second) == "agreed"
    answer = desk(f"&item={third}", item=str(third), version="2", act="return", text="Thiếu ảnh")
    assert answer.location.endswith(f"&item={first}")
    assert "Đã trả lời 2 / 3" in desk().text


def test_a_refusal_keeps_what_was_typed_and_a_stale_page_is_a_conflict(ctx_of, desk):
    item_id = sent(ctx_of)
    page = desk(f"&item={item_id}", item=str(item_id), version="2", act="reject")
    assert page.status_code == 422
    assert "Chưa nhập" in page.text
    page = desk(f"&item={item_id}", item=str(item_id), version="1", act="return", text="Thiếu số cột")
    assert page.status_code == 409
    assert "Thiếu số cột" in page.text
    assert state_of(ctx_of, item_id) == "under_review"
    assert desk(f"&item={item_id}", item=str(item_id), version="2", act="lapse").status_code == 422


def test_a_double_is_listed_with_a_reason_alone(ctx_of, desk):
    with ctx_of("ubnd.xa") as ctx:
        lon, lat = place_inside(ctx.session, ctx.actor.unit_ids)
    first = sent(ctx_of, position=street_at(lon, lat))
    double = {"position": street_at(lon, lat), "street_name": "Phố Khác", "exception_reason": "Bên kia đường"}
    sent(ctx_of, **double)
    alone = sent(ctx_of, street_name="Phố Riêng")
    page = desk(f"&item={first}")
    assert "trùng với" in page.text
    assert streets(desk("&doubles=1")) == ["Đường Trần Phú", "Phố Khác"]
    assert desk(f"&item={first}", item=str(first), version="2", act="agree").status_code == 422
    answer = desk(f"&item={first}", item=str(first), version="2", act="agree", text="Hai bên hai đơn vị làm")
    assert answer.status_code == 303
    assert state_of(ctx_of, alone) == "under_review"


def test_rows_are_filtered_and_sorted_by_each_column(ctx_of, desk):
    sent(ctx_of, street_name="Phố B", work_kind="tidy", priority="low")
    sent(ctx_of, street_name="Phố A", funding="state", priority="high")
    propose(ctx_of, street_name="Phố Nháp")
    assert streets(desk("&sort=street_name&order=asc")) == ["Phố A", "Phố B"]
    assert streets(desk("&sort=street_name&order=desc")) == ["Phố B", "Phố A"]
    assert streets(desk("&sort=priority&order=asc")) == ["Phố A", "Phố B"]
    for column in ("commune", "length_m", "work_kind", "funding", "state"):
        assert len(streets(desk(f"&sort={column}&order=asc"))) == 2, column
    assert desk("&sort=no_such").status_code == 422
    assert streets(desk("&kind=tidy")) == ["Phố B"]
    assert streets(desk("&funding=state")) == ["Phố A"]
    assert streets(desk("&priority=high")) == ["Phố A"]
    assert streets(desk("&state=agreed")) == []
    assert streets(desk("&outside=1")) == []
    assert desk("&state=nowhere").status_code == 422


def test_many_streets_are_decided_at_once_and_those_refused_are_named(ctx_of, desk):
    ids = [sent(ctx_of, street_name=f"Phố {number}") for number in range(4)]
    boxes = versions(ctx_of, *ids)
    assert desk(bulk="1", act="priority", priority="high", item=boxes[:2]).status_code == 303
    assert desk(bulk="1", act="agree", item=[]).status_code == 422
    assert desk(bulk="1", act="year", item=boxes[2:]).status_code == 422
    answer = desk(bulk="1", act="agree", item=boxes, text="Đạt")
    assert answer.status_code == 303
    page = desk(answer.location.removeprefix(DESK))
    assert "Đã ghi 2 tuyến" in page.text
    assert page.text.count("đã thay đổi") == 2
    assert [state_of(ctx_of, number) for number in ids] == ["under_review", "under_review", "agreed", "agreed"]
    assert desk(bulk="1", act="reject", item=versions(ctx_of, *ids[:2]), text="Ngoài kế hoạch").status_code == 303
    with ctx_of("so.xaydung", read_only=True) as ctx:
        assert ctx.session.get_one(RouteItem, ids[0]).priority.value == "high"
    assert state_of(ctx_of, ids[0]) == "rejected"


def features_of(page):
    """The features that the map draws, by tone."""
    shapes = json.loads(html.unescape(re.search(r'data-shapes-now="([^"]*)"', page.text)[1]))
    features = {}
    for feature in shapes["features"]:
        features.setdefault(feature["properties"]["tone"], []).append(feature)
    return features


def test_the_card_says_what_became_of_the_street_since_the_list_before(ctx_of, desk):
    with ctx_of("ubnd.xa") as ctx:
        lon, lat = place_inside(ctx.session, ctx.actor.unit_ids)
    agreed(ctx_of, year=YEAR - 1, street_name="Phố Cũ", position=street_at(lon, lat), duct_m="100")
    same = sent(ctx_of, street_name="PHỐ CŨ", position=street_at(lon, lat), duct_m="250")
    moved = sent(ctx_of, street_name="Phố Cũ", from_place="Số 9", position=street_at(lon, lat - 0.01))
    card = html.unescape(desk(f"&item={same}").text)
    assert f"So với danh mục năm {YEAR - 1}:" in card
    assert "Đổi nội dung: " in card
    assert re.search(r"100\D*→ 250", card)
    card = html.unescape(desk(f"&item={moved}").text)
    assert "Thêm mới" in card
    assert "Không còn: " in card


def test_the_first_list_of_all_has_none_before_to_be_switched_on(ctx_of, desk):
    item_id = sent(ctx_of, street_name="Phố Mới")
    page = desk(f"&earlier=1&item={item_id}")
    assert page.status_code == 200
    assert "earlier-switch" not in page.text
    assert "earlier" not in features_of(page)


def test_the_lines_of_the_list_before_are_switched_on_and_stay_under_the_filters(ctx_of, desk):
    former = agreed(ctx_of, year=YEAR - 1, street_name="Phố Cũ")
    sent(ctx_of, year=YEAR - 1, street_name="Phố Chờ")
    item_id = sent(ctx_of, street_name="Phố Mới")
    page = desk(f"&item={item_id}")
    assert "earlier" not in features_of(page)
    switch = html.unescape(re.search(r'<a href="([^"]*)" id="earlier-switch"', page.text)[1])
    page = desk(switch.removeprefix(DESK))
    assert [feature["properties"]["number"] for feature in features_of(page)["earlier"]] == [former]
    drawn = {each["properties"]["number"] for group in features_of(page).values() for each in group}
    assert drawn == {former, item_id}
    assert "route-earlier" in page.text
    assert f"&item={item_id}" in html.unescape(re.search(r'<a href="([^"]*)" id="earlier-switch"', page.text)[1])
    answer = desk("&earlier=1", item=str(item_id), version="2", act="agree")
    assert "earlier=1" in answer.location


def test_comments_stand_on_the_map_and_with_the_street_until_they_are_closed(ctx_of, desk):
    first, second = sent(ctx_of, street_name="Phố A"), sent(ctx_of, street_name="Phố B")
    shown = {"comment": str(first)}
    page = desk(f"&item={first}", **shown, text="Sát mép đường", position="xyz")
    assert page.status_code == 422
    assert "Sát mép đường" in html.unescape(page.text)
    answer = desk(f"&item={first}", **shown, text="Sát mép đường", position="19.807, 105.776")
    assert answer.location.endswith(f"&item={first}")
    assert (
        desk(f"&item={first}", **shown, text="Cả đoạn", position="19.807, 105.776\n19.808, 105.777").status_code == 303
    )
    page = desk(f"&item={first}")
    assert {each["geometry"]["type"] for each in features_of(page)["comment"]} == {"Point", "LineString"}
    assert "2 góp ý đang mở" in html.unescape(page.text)
    assert "comment" not in features_of(desk(f"&item={second}"))
    assert streets(desk("&comments=1")) == ["Phố A"]
    ids = re.findall(r'name="reply" value="(\d+)"', page.text)
    assert desk(f"&item={first}", reply=ids[0], text=" ").status_code == 422
    for comment_id in ids:
        assert desk(f"&item={first}", reply=comment_id, text="Đã chỉnh", close="1").status_code == 303
    page = desk(f"&item={first}")
    assert "comment" not in features_of(page)
    assert "Đã chỉnh" in html.unescape(page.text)
    assert streets(desk("&comments=1")) == []


def test_the_comments_of_an_operator_are_on_the_desk_and_not_on_the_page_of_the_proposer(ctx_of, client_of, desk):
    item_id = agreed(ctx_of)
    with ctx_of("viettel") as ctx:
        comment(ctx, item_id, "Cáp ngầm chưa công bố", None)
    assert "Cáp ngầm chưa công bố" in html.unescape(desk(f"&item={item_id}").text)
    page = client_of("ubnd.xa").get(f"/route-lists/items/{item_id}")
    assert "Cáp ngầm chưa công bố" not in html.unescape(page.text)


def test_the_desk_asks_as_many_queries_for_many_streets_as_for_few(ctx_of, desk, client_of, database):
    def count():
        with statements_of(database) as statements:
            assert client_of("so.xaydung").get(DESK).status_code == 200
        return len(statements)

    sent(ctx_of)
    desk()
    few = count()
    for number in range(4):
        sent(ctx_of, street_name=f"Phố {number}")
    desk()
    assert count() == few
    assert a_list(ctx_of)


def test_a_street_is_split_and_moved_on_the_desk_and_a_refusal_keeps_what_was_typed(ctx_of, desk):
    first, second = sent(ctx_of, street_name="Phố A"), sent(ctx_of, street_name="Phố B")
    shown = {"arrange": "1", "item": str(second), "version": "2"}
    page = desk(f"&item={second}", **shown, act="split", cut_at="Ngã tư Lạ")
    assert page.status_code == 422
    assert 'value="Ngã tư Lạ"' in html.unescape(page.text)
    assert desk(f"&item={second}", **shown, act="nothing").status_code == 422
    assert desk(f"&item={second}", **shown, act="before", other=str(first)).status_code == 303
    assert streets(desk()) == ["Phố B", "Phố A"]
    assert desk(f"&item={second}", **shown, act="before", other=str(first)).status_code == 409
