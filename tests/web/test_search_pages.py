"""The page of results: its groups, what is marked in them, where they lead, and what each reader finds."""

import re
from html import unescape
from itertools import cycle
from urllib.parse import quote

import pytest

from registry.kernel.search import SEARCH_SOURCES
from tests.factories.colocation import filed, tower
from tests.factories.routelists import a_list, propose
from tests.factories.structures import make
from tests.support import shared
from tests.support.exports import as_rows, download
from tests.support.offenders import for_each
from tests.support.outsider import Outsider

HOSTILE = (
    "%", "%%", "_", "\\", "%_\\", "'", '"', "''\"", "<b>", "<script>alert(1)</script>", "&amp;", "{{ 7*7 }}",
    "🗼", "🏗️🏗️", "\u202eabc\u202c", "abc\u200bdef", "ﬁ", "ＡＢＣ", "％＿＼", "٣٤٥٦", "a" * 5000, "từ " * 300,
    "()&|!:*", "a:*", "-", "--", "/*", ";", "1e309", "0x00", "NaN", "°°°", "9" * 199, "9" * 60 + "; " + "9" * 60,
    "19,807; 105,776; 3", "999; 999", "-19; -105", "X=1;Y=2", "x=;y=", "°'\"°'\"",
)  # fmt: skip

database, app, ctx_of, client_of, taken_back = shared.FIXTURES
pytestmark = pytest.mark.usefixtures("places")


@pytest.fixture(scope="module")
def places(ctx_of):
    """Codes by names: what Viettel has and does not publish, and what VNPT publishes."""
    with ctx_of("so.khcn") as ctx:
        structures = {
            "hidden": make(ctx, name="Trạm Hàm Rồng", own_code="HR-001", road_name="Đường Bà Trưng"),
            "shared": make(ctx, owner="vnpt", name="Cột <Lam> & Sơn", own_code="LS-9", sharing_status="available"),
        }
        return {name: structure.code for name, structure in structures.items()}


def ask(client, typed):
    answer = client.get("/search?q=" + quote(typed))
    assert answer.status_code == 200
    return answer.text


def group(page, key):
    """The part of a page that one group fills; empty where it is not there."""
    match = re.search(rf'<section class="panel" id="{key}".*?</section>', page, re.DOTALL)
    return match.group() if match else ""


def links(part):
    return [unescape(link) for link in re.findall(r'<a[^>]* href="([^"]+)"', part)]


# --- groups -------------------------------------------------------------------------------------------------------
def test_a_structure_is_found_with_its_words_marked(client_of, places):
    part = group(ask(client_of("viettel"), "ham rong"), "structures")
    assert f"/structures/{places['hidden']}" in links(part)
    assert "<mark>Hàm</mark> <mark>Rồng</mark>" in part
    assert "Đường Bà Trưng" in part


def test_what_is_marked_is_escaped(client_of, places):
    page = ask(client_of("vnpt"), "<lam> & son")
    part = group(page, "structures")
    assert places["shared"] in part
    assert "<mark>&lt;Lam&gt;</mark> <mark>&amp;</mark> <mark>Sơn</mark>" in part
    assert "<Lam>" not in page
    assert 'value="&lt;lam&gt; &amp; son"' in page


def test_what_is_only_alike_is_said_to_be(client_of, places):
    page = ask(client_of("viettel"), "tram ham rogn")
    assert places["hidden"] in group(page, "structures")
    assert "gần giống" in page
    assert "gần giống" not in ask(client_of("viettel"), "ham rong")


def test_the_rest_is_in_the_list_under_the_same_words(client_of, ctx_of):
    with ctx_of("so.khcn") as ctx:
        for number in range(10):
            make(ctx, name=f"Cột dãy Ba Đình {number}")
    client = client_of("viettel")
    part = group(ask(client, "Ba Đình"), "structures")
    (more,) = [link for link in links(part) if link.startswith("/structures?")]
    assert more == "/structures?q=Ba+%C4%90%C3%ACnh"
    assert "10 công trình" in client.get(more).text


def test_an_owner_leads_to_its_structures(client_of, places):
    client = client_of("so.khcn")
    (address,) = links(group(ask(client, "viettel thanh hoa"), "owners"))
    listed = client.get(address).text
    assert places["hidden"] in listed
    assert places["shared"] not in listed


def test_an_administrator_is_led_to_the_organisation(client_of):
    page = ask(client_of("quantri"), "viettel")
    assert group(page, "owners") == ""
    assert re.match(r"/admin/organisations/\d+$", links(group(page, "organisations"))[0])


def test_a_commune_is_found_by_everybody(client_of):
    part = group(ask(client_of(), "P. Hạc Thành"), "units")
    assert "Phường <mark>Hạc</mark> <mark>Thành</mark>" in part
    assert client_of().get(links(part)[0]).status_code == 200


def test_a_request_is_found_by_its_parties_alone(client_of, ctx_of):
    with ctx_of("viettel") as ctx:
        code = tower(ctx).code
    with ctx_of("vnpt") as ctx:
        request = filed(ctx, code)
        number, address = request.number, f"/colocation/{request.id}"
    for username in ("vnpt", "viettel", "so.khcn"):
        assert links(group(ask(client_of(username), number), "colocation")) == [address], username
    for username in ("dienluc", "kiemtra1", "so.xaydung", "quantri", None):
        page = ask(client_of(username), number)
        assert group(page, "colocation") == "", username
        assert address not in page, username


# --- coordinates --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "typed",
    ["19.807135, 105.776313", "19,807135; 105,776313", "105.776313 19.807135", "19°48'25.69\"N 105°46'34.73\"E",
     "19°48'25,69\"B 105°46'34,73\"Đ", "X = 2.191.091,8; Y = 581.135,0", "2191091.8 581135.0"],
)  # fmt: skip
def test_coordinates_in_any_form_show_the_place(client_of, typed):
    part = group(ask(client_of(), typed), "place")
    point = [float(value) for value in re.search(r'data-point="\[([^"]+)\]"', part).group(1).split(", ")]
    assert point == pytest.approx([105.776313, 19.807135], abs=2e-5)
    assert "Phường Hạc Thành" in part
    assert "19.8071" in part
    near, shown = [link for link in links(part) if link.startswith("/structures") and "#map=17/19.807" in link]
    assert "bbox=105.77" in near
    assert shown.startswith("/structures#")
    assert client_of().get(near.split("#")[0]).status_code == 200


def test_a_place_outside_the_province_is_refused_in_words(client_of):
    part = group(ask(client_of(), "21,0285; 105,8542"), "place")
    assert "nằm ngoài tỉnh Thanh Hóa" in part
    assert "data-point" not in part


@pytest.mark.parametrize("typed", ["12/3", "2026", "0100109106-001", "12, 13", "47"])
def test_numbers_of_other_things_are_no_place(client_of, typed):
    assert group(ask(client_of("viettel"), typed), "place") == ""


def test_what_stands_near_is_graded_as_everywhere(client_of, places, ctx_of):
    near = next(link for link in links(group(ask(client_of(), "19,807; 105,776"), "place")) if "bbox" in link)
    page = client_of().get(near.split("#")[0]).text
    assert places["hidden"] in page
    assert "Trạm Hàm Rồng" not in page


# --- readers ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("username", ["vnpt", "bo.khcn", "ubnd.tinh", "quantri", None], ids=str)
def test_an_outsider_finds_the_cell_by_the_whole_code_and_nothing_more(client_of, places, username):
    client = client_of(username)
    part = group(ask(client, places["hidden"].lower()), "structures")
    assert "Chỉ hiển thị theo ô lưới" in part
    assert not re.search("Trạm|HR-001|Bà Trưng", part)
    for typed in (
        "Trạm Hàm Rồng",
        "ham rogn",
        "HR-001",
        "hr-00",
        "ba trung",
        places["hidden"][:-1],
        places["hidden"] + "x",
    ):
        outsider = Outsider(client, places["hidden"], "antenna_tower")
        assert f'/structures/{places["hidden"]}"' not in outsider.get("/search?q=" + quote(typed)), typed


def test_a_search_by_words_says_to_the_public_that_names_are_not_for_it(client_of):
    page = ask(client_of(), "xyzzyx")
    assert "Không tìm thấy kết quả" in page
    assert "chỉ dành cho đơn vị có thẩm quyền" in page


def test_the_owner_reads_who_found_its_published_tower(client_of, places):
    ask(client_of("viettel"), "lam son")
    text = client_of("vnpt").get("/looks").text
    assert "Tìm kiếm" in text.split("<main", 1)[1]
    del places


# --- the box ------------------------------------------------------------------------------------------------------
def test_every_page_has_the_box_and_the_answer_keeps_its_words(client_of):
    for address in ("/", "/structures", "/territory", "/structures/no-such-code", "/search"):
        page = client_of().get(address).text
        assert page.count('id="site-search"') == 1, address
        assert 'action="/search"' in page, address
    assert 'value="hàm rồng"' in ask(client_of(), "hàm rồng")


def test_an_empty_search_says_what_can_be_typed(client_of):
    for typed in ("", "   ", "\u200b"):
        page = ask(client_of("viettel"), typed)
        assert "Có thể tìm theo" in page
        assert 'class="hits"' not in page


def test_short_words_say_what_they_were_looked_for_in(client_of):
    assert "dưới 3 chữ" in ask(client_of("viettel"), "tu")
    assert "dưới 3 chữ" not in ask(client_of(), "tu")


def test_a_long_text_is_cut_and_said_to_be(client_of):
    page = ask(client_of("viettel"), "trạm " * 100)
    assert "200 ký tự đầu" in page


def test_what_is_no_text_is_refused_with_its_character_named(client_of):
    answer = client_of("viettel").get("/search?q=Ho%C3%A0%00")
    assert answer.status_code == 422
    assert "U+0000" in answer.text


@for_each(
    "username, typed",
    # Of readers who see much and little each is asked every other text.
    tuple(zip(cycle(("so.khcn", None)), HOSTILE)),
    mend="read what was typed as text",
)
def test_no_text_however_odd_breaks_it(client_of, places, username, typed):
    del places
    page = ask(client_of(username), typed)
    assert "<script>alert" not in page
    assert "49" not in group(page, "structures")


def test_every_source_is_asked_once_and_wiring_names_them_all(app):
    del app
    assert list(SEARCH_SOURCES)[:2] == ["place", "structures"]
    assert {"owners", "streets", "units", "organisations", "colocation", "routeitems", "violations"} <= set(
        SEARCH_SOURCES
    )


# --- the rest of other groups -------------------------------------------------------------------------------------
def test_streets_of_all_years_have_the_rest_in_their_list(client_of, ctx_of):
    for number in range(10):
        propose(ctx_of, year=2027 + number % 2, street_name=f"Đường Dãy Thử {number}")
    client = client_of("ubnd.xa")
    *hits, more = links(group(ask(client, "dãy thử"), "routeitem"))
    assert len(hits) == 8
    assert more == "/route-lists/items?year=all&q=d%C3%A3y+th%E1%BB%AD"
    page = client.get(more).text
    assert "10 hồ sơ" in page
    assert "Danh mục năm 2028" in page
    rows, about = as_rows("csv", download(client, "route-items", "csv", year="all", q="dãy thử").data)
    assert len(rows) == 10
    assert "dãy thử" in about
    assert client.get("/route-lists/items?year=none").status_code == 404


def test_lists_of_streets_have_the_rest_in_their_list(client_of, ctx_of):
    for year in range(2023, 2032):
        a_list(ctx_of, year)
    client = client_of("so.xaydung")
    part = group(ask(client, "danh muc tuyen"), "routelist")
    more = links(part)[-1]
    assert more.startswith("/route-lists?q=danh")
    assert "2031" in client.get(more).text
    page = client.get("/route-lists?q=2031").text
    assert "1 danh mục" in page
    assert ">2030</a>" not in page
    assert "Không có danh mục nào khớp" in client.get("/route-lists?q=xyzzy").text
    rows, _said = as_rows("csv", download(client, "route-lists", "csv", q="2031").data)
    assert len(rows) == 1


def test_an_owner_and_other_words_find_its_structures_with_both_marked(client_of, places):
    part = group(ask(client_of("viettel"), "viettel ham rong"), "structures")
    assert places["hidden"] in part
    assert "<mark>Viettel</mark>" in part
    assert "<mark>Hàm</mark>" in part
