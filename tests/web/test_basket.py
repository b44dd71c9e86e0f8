"""The basket: structures of several owners are collected, filled in once, and sent as one request for each owner."""

import re
from decimal import Decimal

import pytest
from sqlalchemy import select

from registry.capacity.commands import AddEntry
from registry.capacity.service import add_entry
from registry.colocation.codes import ColocationState
from registry.colocation.commands import EditItem
from registry.colocation.models import ColocationItem, ColocationRequest
from registry.colocation.rules import item_fields
from registry.colocation.service import edit_item
from registry.structures.commands import ChangeStatus
from registry.structures.models import Structure
from registry.structures.queries import get_structure
from registry.structures.writing import decommission, suspend
from tests.factories.colocation import LABEL, draft, filed, tower, unpublish
from tests.support import shared
from tests.support.every_page import PageChecker, recorded
from tests.support.statements import statements_of

database, app, ctx_of, client_of, taken_back = shared.FIXTURES
pytestmark = pytest.mark.usefixtures("towers")

CONTENT = {
    "contact_name": "Trần Thị Hoa",
    "contact_phone": "0912 345 678",
    "purpose": "Phủ sóng 5G",
    "wanted_from": "01/01/2030",
    "term_months": "60",
}
EQUIPMENT = {
    "antennas__quantity": "1",
    "antennas__equipment": "Trạm 5G",
    "antennas__technology": "5g",
    "antennas__antennas": "3",
    "antennas__attach_height_m": "32",
    "antennas__weight_kg": "180",
}
BASKET = "/colocation/basket"


@pytest.fixture(scope="module")
def towers(ctx_of):
    """Two towers of Viettel and one of the power company, all published with room."""
    with ctx_of("viettel") as ctx:
        two = [tower(ctx, name="Trạm Đông Sơn").code, tower(ctx).code]
    with ctx_of("dienluc") as ctx:
        return [*two, tower(ctx, owner="pc_thanhhoa").code]


@pytest.fixture
def client(client_of):
    return client_of("vnpt")


@pytest.fixture
def requests_of(ctx_of):
    """A function: state and codes of the requests of VNPT, except those given up."""

    def requests():
        query = (
            select(ColocationRequest.id, ColocationRequest.state, Structure.code)
            .join(ColocationItem, ColocationItem.request_id == ColocationRequest.id)
            .join(Structure, Structure.id == ColocationItem.structure_id)
            .where(ColocationRequest.state != ColocationState.WITHDRAWN)
            .order_by(ColocationRequest.id, Structure.code)
        )
        codes_by_request = {}
        with ctx_of("so.khcn", read_only=True) as ctx:
            for number, state, code in ctx.session.execute(query):
                codes_by_request.setdefault((number, state.value), []).append(code)
        return sorted((state, *codes) for (_number, state), codes in codes_by_request.items())

    return requests


def token(client):
    return {"csrf_token": re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get(BASKET).text).group(1)}


def add(client, codes, **more):
    return client.post(f"{BASKET}/items", data=token(client) | {"code": codes} | more)


def page_form(client):
    """The hidden fields and the suggested slots of the page, as a browser would send them."""
    page = client.get(BASKET).text
    fields = {"draft": re.findall(r'name="draft" value="(\d+:\d+)"', page)}
    for name in ("csrf_token", "request_key"):
        fields[name] = re.search(rf'name="{name}"[^>]*value="([^"]+)"', page[page.index('id="basket-form"') :]).group(1)
    for name, options in re.findall(r'<select[^>]*name="(place__\d+)"[^>]*>(.*?)</select>', page, re.DOTALL):
        fields[name] = re.search(r'selected value="(\d+)"', options).group(1)
    return fields


def save(client, send="", **changes):
    return client.post(BASKET, data=page_form(client) | CONTENT | EQUIPMENT | {"send": send} | changes)


def said(client):
    """The messages of the next page."""
    return client.get(BASKET).text


def test_structures_of_two_owners_are_filled_in_once_and_sent_as_two_requests(client, towers, requests_of):
    assert add(client, towers, then="form").headers["Location"] == BASKET
    assert requests_of() == sorted([("draft", *sorted(towers[:2])), ("draft", towers[2])])
    assert save(client, send="all").status_code == 303
    page = said(client)
    assert len(re.findall(r"Đã gửi DC-\d{4}-\d{6} tới", page)) == 2
    assert "Giỏ đề nghị đang trống" in page
    assert requests_of() == sorted([("under_review", *sorted(towers[:2])), ("under_review", towers[2])])


def test_one_owner_is_sent_and_the_other_stays(client, towers, requests_of):
    add(client, towers)
    number = page_form(client)["draft"][0].partition(":")[0]
    save(client, send=number)
    assert sorted(state for state, *_codes in requests_of()) == ["draft", "under_review"]


def test_collecting_again_from_anywhere_adds_to_the_same_drafts(client, towers, requests_of):
    add(client, towers[:1])
    add(client, towers)
    add(client, towers[:2])
    assert requests_of() == sorted([("draft", *sorted(towers[:2])), ("draft", towers[2])])


def test_what_cannot_be_requested_is_named_and_the_rest_is_added(ctx_of, client, towers, requests_of):
    with ctx_of("vnpt") as ctx:
        own = tower(ctx, owner="vnpt").code
    with ctx_of("viettel") as ctx:
        hidden = tower(ctx, sharing_status="not_assessed", name="Trạm không công bố").code
    answer = client.post(
        f"{BASKET}/items",
        data=token(client) | {"code": [towers[0], own, hidden, "X-0", "a\0b"]},
        headers={"HX-Request": "true"},
    )
    assert "Đã thêm 1 công trình" in answer.text
    assert f"{own} là công trình của chính đơn vị" in answer.text
    assert "Bỏ qua 2 công trình: không có, hoặc chủ sở hữu chưa công bố" in answer.text
    assert hidden not in answer.text
    assert "Trạm không công bố" not in answer.text
    assert requests_of() == [("draft", towers[0])]


def test_the_map_names_structures_by_number_and_takes_them_out_again(ctx_of, client, towers, requests_of):
    with ctx_of("vnpt", read_only=True) as ctx:
        ids = dict(ctx.session.execute(select(Structure.code, Structure.id).where(Structure.code.in_(towers))).all())
    script = {"HX-Request": "true"}
    bar = client.post(f"{BASKET}/items", data=token(client) | {"id": [ids[code] for code in towers]}, headers=script)
    assert f'data-basket="{",".join(str(number) for number in sorted(ids.values()))}"' in bar.text
    assert "2 chủ sở hữu" in bar.text
    bar = client.post(f"{BASKET}/remove", data=token(client) | {"id": ids[towers[2]]}, headers=script)
    assert "1 chủ sở hữu" in bar.text
    again = client.post(f"{BASKET}/remove", data=token(client) | {"id": ids[towers[2]]}, headers=script)
    assert "không còn trong giỏ" in again.text
    # A draft without structures is given up.
    assert requests_of() == [("draft", *sorted(towers[:2]))]


def test_the_basket_is_bounded_with_a_sentence(client, towers, requests_of):
    def asked(codes):
        return add(client, codes)

    add(client, towers[:1])
    answer = asked([f"X-{number}" for number in range(101)])
    assert (answer.status_code, "giỏ" in answer.text.lower(), "100" in answer.text) == (422, True, True)
    assert asked([]).status_code == 422
    assert requests_of() == [("draft", towers[0])]


# --- what happened meanwhile

UNSEEN = "không còn được công bố dùng chung"
#: What happens, and whether the requester still sees the structure by another open case -> what its line says.
SENTENCES = {
    ("suspended", True): "đang tạm ngừng khai thác",
    ("gone", True): "chỉ đề nghị được công trình còn tồn tại",
    ("full", False): "không còn đủ 1 chỗ",
    ("suspended", False): UNSEEN,
    ("hidden", False): UNSEEN,
}


def change(ctx, code, what):
    """The owner suspends a structure, ends it, fills it or publishes it no longer."""
    version = get_structure(ctx, code).version
    if what == "suspended":
        suspend(ctx, ChangeStatus(code, version, "Sửa chữa"))
    elif what == "gone":
        decommission(ctx, ChangeStatus(code, version, "Hết thời hạn thuê đất", on=ctx.today))
    elif what == "full":
        add_entry(ctx, AddEntry(code, LABEL, 3, "Mạng khác"))
    else:
        unpublish(ctx, code)


@pytest.mark.parametrize(("what", "is_seen"), SENTENCES)
def test_a_structure_that_changed_is_said_at_its_line_and_left_out_of_the_sending(
    ctx_of, client, towers, requests_of, what, is_seen
):
    with ctx_of("vnpt") as ctx:
        earlier = [filed(ctx, towers[0]).number] if is_seen else []
    add(client, towers)
    save(client)
    with ctx_of("viettel") as ctx:
        change(ctx, towers[0], what)
        name = get_structure(ctx, towers[0]).name
    sentence = SENTENCES[what, is_seen]
    page = client.get(BASKET).text
    line = page[page.index("basket-line-out") :].partition("</li>")[0]
    assert sentence in line
    assert towers[0] in line
    assert save(client, send="all").status_code == 303
    assert sentence in said(client)
    sent = [("under_review", towers[number]) for number in (1, 2, *range(len(earlier)))]
    assert requests_of() == sorted([("draft", towers[0]), *sent])
    assert (name in page) is (sentence != UNSEEN)


def test_a_basket_of_which_nothing_can_be_sent_stays(ctx_of, client, towers, requests_of):
    add(client, towers[:1])
    save(client)
    with ctx_of("viettel") as ctx:
        unpublish(ctx, towers[0])
    save(client, send="all")
    assert "Chưa gửi tới" in said(client)
    assert requests_of() == [("draft", towers[0])]


def test_what_is_missing_keeps_only_the_drafts_that_miss_it(ctx_of, client, towers, requests_of):
    with ctx_of("dienluc") as ctx:
        pole = tower(ctx, owner="pc_thanhhoa", kind="power_pole_shared").code
    add(client, [towers[0], pole])
    # Nothing is typed for the cable on the pole.
    save(client, send="all", hung_cables__quantity="1")
    page = said(client)
    assert re.search(r"Chưa gửi tới .*: .*[Cc]hưa nhập", page)
    assert requests_of() == sorted([("draft", pole), ("under_review", towers[0])])


# --- two windows, double clicks, bad input


def test_a_page_sent_twice_sends_each_request_once(client, towers, requests_of):
    add(client, towers)
    form = page_form(client) | CONTENT | EQUIPMENT | {"send": "all"}
    assert [client.post(BASKET, data=form).status_code for _click in range(3)] == [303] * 3
    stale = client.post(BASKET, data=form | {"request_key": "0" * 32})
    assert stale.status_code == 409
    assert re.search(r"Đã gửi ở cửa sổ khác: DC-\d{4}-\d{6}, DC-\d{4}-\d{6}; không gửi lần nữa", stale.text)
    assert len(requests_of()) == 2


def test_two_windows_lose_nothing(client, towers, requests_of):
    add(client, towers[:1])
    first = page_form(client) | CONTENT | EQUIPMENT | {"purpose": "Cửa sổ một", "send": "all"}
    # The other window collects one more and saves a value of its own.
    add(client, towers[1:])
    save(client, purpose="Cửa sổ hai")
    answer = client.post(BASKET, data=first)
    assert answer.status_code == 409
    assert "Giỏ đã thay đổi ở cửa sổ khác" in answer.text
    assert "Cửa sổ một" in answer.text
    assert [state for state, *_codes in requests_of()] == ["draft", "draft"]
    assert all(code in answer.text for code in towers)
    with_new = re.findall(r'name="draft" value="(\d+:\d+)"', answer.text)
    assert with_new == page_form(client)["draft"]


def test_a_structure_with_an_entry_of_its_own_keeps_it(ctx_of, client, towers):
    add(client, towers[:2])
    save(client)
    with ctx_of("vnpt") as ctx:
        item = ctx.session.scalars(select(ColocationItem).order_by(ColocationItem.id.desc())).first()
        request = ctx.session.get_one(ColocationRequest, item.request_id)
        values = {name: getattr(item, name) for name in item_fields("antenna_tower")} | {"weight_kg": Decimal(90)}
        edit_item(ctx, EditItem(request.id, item.id, request.version, item.place_id, values))
    save(client, antennas__weight_kg="200")
    with ctx_of("vnpt", read_only=True) as ctx:
        weights = ctx.session.scalars(select(ColocationItem.weight_kg)).all()
    assert sorted(weights) == [90, 200]


WRONG = {
    "contact_phone": "12",
    "wanted_from": "01/01/2020",
    "term_months": "nhiều",
    "antennas__weight_kg": "-5",
    "antennas__technology": "9g",
    "purpose": "x\0y",
    "place__": "999999999",
}


def test_bad_values_are_said_at_their_fields_and_nothing_is_sent(client, towers, requests_of):
    add(client, towers)
    form = page_form(client) | CONTENT | EQUIPMENT | {"send": "all"}
    answers = {}
    for start, value in WRONG.items():
        name = next(each for each in form if each.startswith(start))
        answer = client.post(BASKET, data=form | {name: value})
        answers[name] = answer.status_code, f'href="#{name}"' in answer.text
    assert answers == dict.fromkeys(answers, (422, True))
    assert {state for state, *_codes in requests_of()} == {"draft"}


def test_the_drafts_of_others_cannot_be_touched(ctx_of, client_of, client, towers, requests_of):
    with ctx_of("dienluc") as ctx:
        theirs = draft(ctx, towers[0])
    add(client, towers[2:])
    form = page_form(client) | CONTENT | EQUIPMENT
    foreign = form | {"draft": [*form["draft"], f"{theirs.id}:{theirs.version}"], "send": str(theirs.id)}
    assert client.post(BASKET, data=foreign).status_code == 409
    data = token(client) | {"draft": str(theirs.id), "version": str(theirs.version)}
    assert client.post(f"{BASKET}/remove", data=data).status_code == 404
    assert requests_of() == sorted([("draft", towers[0]), ("draft", towers[2])])


def test_the_page_asks_no_more_for_more_structures(ctx_of, database, client, towers):
    def count():
        with statements_of(database) as asked:
            assert client.get(BASKET).status_code == 200
        return len(asked)

    add(client, towers)
    client.get(BASKET)
    few = count()
    with ctx_of("viettel") as ctx:
        more = [tower(ctx).code for _number in range(5)]
    add(client, more)
    client.get(BASKET)
    assert count() == few <= 16


def test_the_page_reads_without_scripts_and_has_a_label_for_every_slot(app, client, towers):
    add(client, towers)
    with recorded(app) as names:
        page = client.get(BASKET)
        assert PageChecker(app).faults("vnpt", BASKET, page, names) == ()
    assert page.status_code == 200
    for number in re.findall(r'id="(place__\d+)"', page.text):
        assert f'for="{number}"' in page.text
    assert len(page.data) < 250_000
