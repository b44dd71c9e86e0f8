"""The pages of street lists as the cast sees them: proposing, reviewing, agreed streets on screen, file and paper."""

import csv
import html
import io
import json
import re
from datetime import date

import pytest

from registry.routelists.models import RouteItem
from registry.routelists.workflow import LIST
from registry.territory.queries import get_unit
from tests.factories.routelists import FORM, YEAR, a_list, agreed, issue, move, propose, sent, state_of, street_at
from tests.factories.structures import make, place_inside
from tests.permissions.cases import token_in
from tests.permissions.violations import photo


@pytest.fixture
def point_inside(ctx_of):
    """A place in the area of ubnd.xa."""
    with ctx_of("ubnd.xa", read_only=True) as ctx:
        return place_inside(ctx.session, ctx.actor.unit_ids)


@pytest.fixture
def proposing(ctx_of, client_of, point_inside):
    """A function: fields that replace typed ones -> the answer to the form of ubnd.xa; a place counts as shown."""
    list_id = a_list(ctx_of)
    client = client_of("ubnd.xa")

    def send(**texts):
        page = client.get("/route-lists/items/new")
        position_text = street_at(*point_inside).text
        sent_form = FORM | {"route_list": str(list_id), "position": position_text, "csrf_token": token_in(page)} | texts
        return client.post("/route-lists/items/new", data={"echoed": sent_form["position"]} | sent_form)

    return send


def errors(page):
    """The lines of the error summary, as people read them."""
    return html.unescape(" ".join(re.findall(r'<li><a href="#\w+">([^<]+)', page.text)))


def cells(page):
    """The texts of table cells, tags left out."""
    plain = (re.sub(r"<[^>]+>", " ", cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", page.text, re.DOTALL))
    return [" ".join(html.unescape(text).split()) for text in plain]


def test_a_commune_proposes_reads_again_and_sends(proposing, client_of, ctx_of):
    answer = proposing()
    assert answer.status_code == 303, errors(answer)
    client = client_of("ubnd.xa")
    page = client.get(answer.headers["Location"])
    shown = html.unescape(re.sub(r"<[^>]+>", "", page.text)).replace("\xa0", " ")
    for words in ("Đường Trần Phú", "Ngã tư Phú Sơn", "Ngầm hóa", "Điểm đầu, VN-2000", "X = ", "Cống cáp", "bản nháp"):
        assert words in shown, words
    item_id = int(answer.headers["Location"].rpartition("/")[2])
    sending = {"version": "1", "csrf_token": token_in(page)}
    assert client.post(f"/cases/routeitem/{item_id}/submit", data=sending).status_code == 303
    assert state_of(ctx_of, item_id) == "under_review"
    assert "còn 15 ngày làm việc" in client.get(answer.headers["Location"]).text


def test_without_scripts_the_place_is_shown_before_it_is_saved(proposing):
    page = proposing(echoed="")
    assert page.status_code == 200
    assert "Kiểm tra vị trí rồi lưu lần nữa" in page.text
    assert "VN-2000: X = " in html.unescape(page.text)


@pytest.mark.parametrize(
    ("position", "words"),
    [
        ("", "Chưa nhập"),
        ("19,807; 105,776", "cần từ 2"),
        ("19,807; 105,776\n19,807; 105,776", "trùng nhau"),
        ("105,776; 19,807\nX", "Dòng 2"),
        ("19,807; 105,776\n16,05; 108,2", "Dòng 2"),
        ("X = 581.102,24; Y = 2.191.076,73\nX = 581.202,24; Y = 2.191.176,73", "đổi chỗ"),
        ("19,80; 105,77\n19,80; 105,78\n19,81; 105,775\n19,79; 105,775", "tự cắt"),
    ],
)
def test_a_bad_line_is_refused_in_words_and_stays_as_typed(proposing, position, words):
    page = proposing(position=position, system="vn2000" if "Y =" in position else "wgs84")
    assert page.status_code == 422
    assert words in errors(page)
    assert html.unescape(page.text).count("Cáp treo sà thấp, mất mỹ quan") == 1
    for row in position.splitlines():
        assert row in html.unescape(page.text)


def test_all_refusals_are_shown_at_once(proposing):
    page = proposing(position="x", street_name="", wanted_from_year="1999")
    assert page.status_code == 422
    for label in ("Tọa độ của tuyến", "Tên đường, phố", "Dự kiến thực hiện từ năm"):
        assert label in errors(page)


def test_a_list_that_does_not_exist_or_is_issued_is_no_choice(proposing, ctx_of):
    assert "Danh mục năm" in errors(proposing(route_list="999999"))
    agreed(ctx_of, street_name="Phố Lê Lai")
    issue(ctx_of, a_list(ctx_of), date(2026, 10, 1))
    page = proposing()
    assert page.status_code == 422
    assert "Danh mục năm" in errors(page)
    assert "Cáp treo sà thấp" in html.unescape(page.text)


def test_a_form_sent_twice_makes_one_street(proposing, ctx_of, client_of):
    key = {"request_key": "a" * 32}
    first, second = proposing(**key), proposing(**key)
    assert first.headers["Location"] == second.headers["Location"]
    with ctx_of("so.khcn", read_only=True) as ctx:
        assert ctx.session.query(RouteItem).count() == 1


def test_a_stale_edit_keeps_what_was_typed_and_says_what_is_so(client_of, ctx_of):
    item_id = propose(ctx_of)
    client = client_of("ubnd.xa")
    address = f"/route-lists/items/{item_id}/edit"
    page = client.get(address)
    field = re.search(r'<textarea[^>]*name="position"[^>]*>\s*([^<]+)</textarea>', page.text).group(1)
    body = FORM | {"position": field, "echoed": field, "csrf_token": token_in(page), "street_name": "Phố Mới"}
    assert client.post(address, data=body | {"version": "1"}).status_code == 303
    again = client.post(address, data=body | {"version": "1", "street_name": "Phố Khác"})
    assert again.status_code == 409
    assert "Phố Khác" in again.text
    assert "đã thay đổi kể từ khi mở trang" in again.text
    move(ctx_of, "ubnd.xa", item_id, "submit")
    assert client.get(address).status_code == 409


def test_the_department_sees_what_stands_along_the_street_by_owner_and_kind(client_of, ctx_of, point_inside):
    lon, lat = point_inside
    with ctx_of("viettel") as ctx:
        make(ctx, owner="viettel", kind="cable_pole", at=(lon, lat), condition="good")
        make(ctx, owner="viettel", kind="cable_pole", at=(lon + 0.001, lat + 0.001), condition="degraded")
        # About 40 m beside the street: outside the corridor.
        make(ctx, owner="viettel", kind="cable_pole", at=(lon + 0.001, lat + 0.0016))
    with ctx_of("vnpt") as ctx:
        make(ctx, owner="vnpt", kind="manhole", at=(lon, lat), sharing_status="available")
    item_id = sent(ctx_of, position=street_at(lon, lat))
    page = client_of("so.xaydung").get(f"/route-lists/items/{item_id}")
    cell_texts = cells(page)
    vnpt, viettel = cell_texts[:5], cell_texts[5:10]
    assert vnpt == ["VNPT Thanh Hóa", "Bể cáp (hầm, hố cáp)", "1", "chưa khai: 1", "Còn khả năng dùng chung: 1"]
    assert viettel[1:3] == ["Cột treo cáp", "2"]
    assert viettel[3] in ("Tốt: 1; Xuống cấp: 1", "Xuống cấp: 1; Tốt: 1")
    assert "15 m" in html.unescape(page.text).replace("\u00a0", " ")
    links = re.findall(r'href="(/structures\?[^"]*kind=[^"]*)"', page.text)
    assert client_of("so.xaydung").get(html.unescape(links[0])).status_code == 200


def test_who_sees_positions_as_cells_is_told_that_the_counts_are_of_cells(client_of, ctx_of, point_inside):
    with ctx_of("viettel") as ctx:
        make(ctx, owner="viettel", kind="cable_pole", at=point_inside)
    item_id = agreed(ctx_of, position=street_at(*point_inside))
    page = client_of("ubnd.tinh").get(f"/route-lists/items/{item_id}")
    assert "không phải số công trình nằm đúng trong hành lang" in page.text
    assert "Viettel" not in page.text
    assert "Cột treo cáp (Doanh nghiệp viễn thông): 1" in html.unescape(page.text)


def test_photos_come_with_the_street_and_stay_among_officials_as_the_words_of_the_review_do(client_of, ctx_of):
    item_id = propose(ctx_of)
    commune, address = client_of("ubnd.xa"), f"/cases/routeitem/{item_id}/submit"
    body = {"version": "1", "csrf_token": token_in(commune.get(address))}
    taken = commune.post(address, data=body | {"photos": (io.BytesIO(photo()), "cáp sà.jpg")})
    assert taken.status_code == 303
    move(ctx_of, "so.xaydung", item_id, "return", text="Thiếu số cột của từng đơn vị")
    move(ctx_of, "ubnd.xa", item_id, "resubmit", text="Đã đếm lại")
    move(ctx_of, "so.xaydung", item_id, "agree", text="Ý kiến riêng")
    page = f"/route-lists/items/{item_id}"
    official = client_of("kiemtra1").get(page).text
    file = re.search(r'src="(/files/\d+)"', official).group(1)
    with client_of("kiemtra1").get(file) as answer:
        assert answer.status_code == 200
    operator = client_of("viettel")
    text = operator.get(page).text
    assert "Sở Xây dựng thống nhất đưa vào danh mục" in text
    for words in ("Thiếu số cột", "Đã đếm lại", "Ý kiến riêng"):
        assert words in official
        assert words not in text
    assert "/files/" not in text
    assert operator.get(file).status_code == 404


def test_the_line_is_given_as_geojson_to_whoever_may_read_the_item(client_of, ctx_of, point_inside):
    item_id = agreed(ctx_of, position=street_at(*point_inside))
    answer = client_of("viettel").get(f"/route-lists/items/{item_id}.geojson")
    feature = json.loads(answer.text)
    assert feature["geometry"]["type"] == "LineString"
    assert feature["geometry"]["coordinates"][0] == pytest.approx(point_inside)
    assert client_of("kiemtra2").get(f"/route-lists/items/{item_id}.geojson").status_code == 404


def test_the_list_of_a_year_shows_states_and_filters_them(client_of, ctx_of):
    sent(ctx_of, street_name="Phố Chờ")
    outside = {"is_urban": "false", "exception_reason": "Đường vào khu công nghiệp"}
    item_id = sent(ctx_of, street_name="Phố Được", **outside)
    move(ctx_of, "so.xaydung", item_id, "agree", exception="Nối hai khu đô thị")
    client = client_of("so.xaydung")
    page = client.get(f"/route-lists/items?year={YEAR}")
    assert "Phố Chờ" in page.text
    assert "ngoài đô thị" in page.text
    page = client.get(f"/route-lists/items?year={YEAR}&state=agreed")
    assert "Phố Chờ" not in page.text
    assert "Phố Được" in page.text
    assert client.get("/route-lists/items?year=1999").status_code == 404
    assert client.get("/route-lists/items?state=nowhere").status_code == 422


def test_the_agreed_streets_stand_with_totals_and_differences(client_of, ctx_of, point_inside):
    agreed(ctx_of, year=2027, street_name="Phố Cũ", position=street_at(*point_inside))
    agreed(ctx_of, year=2028, street_name="Phố Mới", position=street_at(*point_inside))
    page = client_of("so.xaydung").get(f"/route-lists/{a_list(ctx_of, 2028)}/agreed")
    cell_texts = cells(page)
    assert "Toàn danh mục" in cell_texts
    assert cell_texts[-10:][0] == "Không còn" or "Không còn" in cell_texts[-10:]
    assert "Thêm mới" in cell_texts[-10:]
    assert "So với danh mục năm 2027" in page.text


def test_the_file_has_marks_safe_cells_and_says_what_it_holds(client_of, ctx_of):
    agreed(ctx_of, street_name="=HYPERLINK(1)", linked_project="@dự án")
    answer = client_of("so.xaydung").get(f"/route-lists/{a_list(ctx_of)}/agreed.csv")
    assert answer.data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))
    assert rows[1][3] == "'=HYPERLINK(1)"
    assert rows[1][12] == "'@dự án"
    assert int(rows[1][6]) > 0
    text = " ".join(" ".join(row) for row in rows[2:])
    assert "đã thống nhất" in text
    assert "Trịnh Văn Thành" in text


def test_the_paper_names_the_decision_or_says_that_it_is_a_draft(client_of, ctx_of):
    agreed(ctx_of)
    client, list_id = client_of("so.xaydung"), a_list(ctx_of)
    address = f"/route-lists/{list_id}/agreed/print"
    draft = client.get(address)
    assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in draft.text
    assert "Dự thảo, phiên bản 1" in draft.text
    issue(ctx_of, list_id, date(2026, 10, 1))
    assert "Kèm theo Quyết định số 12/QĐ-SXD ngày 01 tháng 10 năm 2026 của Sở Xây dựng" in client.get(address).text


def test_a_list_cut_to_an_area_says_so_on_screen_file_and_paper(client_of, ctx_of):
    agreed(ctx_of)
    address = f"/route-lists/{a_list(ctx_of)}/agreed"
    for path, words in (
        ("", "Chỉ gồm các tuyến trong"),
        (".csv", "trong địa bàn"),
        ("/print", "(Trích các tuyến trong"),
    ):
        assert words in client_of("ubnd.xa").get(address + path).text, path
        assert words not in client_of("so.xaydung").get(address + path).text, path


def test_a_year_is_opened_once_and_the_refusal_keeps_the_year(client_of):
    client = client_of("so.xaydung")
    token = token_in(client.get("/route-lists"))
    assert client.post("/route-lists", data={"year": "2028", "csrf_token": token}).status_code == 303
    page = client.post("/route-lists", data={"year": "2028", "csrf_token": token})
    assert page.status_code == 422
    assert "Danh mục năm 2028 đã có" in page.text
    assert 'value="2028"' in page.text
    assert client.post("/route-lists", data={"year": "x", "csrf_token": token}).status_code == 422


def test_the_desk_of_the_department_holds_what_waits_for_it(client_of, ctx_of):
    item_id = sent(ctx_of, street_name="Phố Chờ Xét")
    page = client_of("so.xaydung").get("/")
    assert "Phố Chờ Xét" in page.text
    assert f"/route-lists/items/{item_id}" in page.text


def test_pages_are_complete_in_english(client_of, ctx_of):
    item_id, list_id = agreed(ctx_of), a_list(ctx_of)
    client = client_of("so.xaydung")
    client.set_cookie("language", "en")
    for address in ("", "/items", f"/{list_id}", f"/{list_id}/agreed", f"/items/{item_id}"):
        page = client.get(f"/route-lists{address}", headers={"Accept-Language": "en"})
        assert page.status_code == 200


def test_a_double_click_decides_once_and_a_stale_page_keeps_its_words(client_of, ctx_of):
    item_id = sent(ctx_of)
    client = client_of("so.xaydung")
    address = f"/cases/routeitem/{item_id}/return"
    body = {"version": "2", "text": "Thiếu ảnh hiện trạng", "csrf_token": token_in(client.get(address))}
    first, second = (client.post(address, data=body | {"request_key": "b" * 32}) for _ in range(2))
    assert (first.status_code, second.status_code) == (303, 303)
    with ctx_of("so.khcn", read_only=True) as ctx:
        assert ctx.session.get_one(RouteItem, item_id).version == 3
    stale = client.post(address, data=body)
    assert stale.status_code == 409
    assert "Thiếu ảnh hiện trạng" in stale.text


def test_an_amended_list_stays_public_with_its_editions(client_of, ctx_of):
    agreed(ctx_of, street_name="Phố Lê Lai")
    list_id = a_list(ctx_of)
    issue(ctx_of, list_id, date(2026, 10, 1))
    move(ctx_of, "so.xaydung", list_id, "reopen", workflow=LIST, reason="Bổ sung tuyến")
    address = f"/route-lists/issued/{YEAR}"
    public = client_of(None)
    assert "Phố Lê Lai" in public.get(address).text
    agreed(ctx_of, street_name="Phố Mới Thêm")
    assert "Phố Mới Thêm" not in public.get(address).text
    issue(ctx_of, list_id, date(2026, 11, 2), number="20/QĐ-SXD")
    assert "Phố Mới Thêm" in public.get(address).text
    first = public.get(f"{address}?edition=1")
    assert "Phố Mới Thêm" not in first.text
    assert "20/QĐ-SXD" in first.text
    assert public.get(f"{address}?edition=3").status_code == 404
    state = client_of("so.xaydung").get("/route-lists").text
    assert "20/QĐ-SXD" in state


def test_a_decision_leads_to_the_next_street_that_waits_the_last_one_stays_open(client_of, ctx_of):
    first, second = sent(ctx_of, street_name="Phố Một"), sent(ctx_of, street_name="Phố Hai")
    client = client_of("so.xaydung")

    def agree(item_id):
        address = f"/cases/routeitem/{item_id}/agree"
        return client.post(address, data={"version": "2", "csrf_token": token_in(client.get(address))}).location

    assert agree(first).endswith(f"/route-lists/items/{second}")
    assert agree(second).endswith(f"/route-lists/items/{second}")


def test_the_search_looks_into_communes_and_reasons(client_of, ctx_of):
    item_id = sent(ctx_of, street_name="Phố Lê Lai", reason="Cáp chùng xuống mặt đường")
    sent(ctx_of, street_name="Phố Khác")
    with ctx_of("so.xaydung", read_only=True) as ctx:
        item = ctx.session.get_one(RouteItem, item_id)
        commune = get_unit(ctx.session, item.commune_id).name
    client = client_of("so.xaydung")
    for text, is_narrow in (("cap chung", True), (f"{commune} le lai", True), (commune, False)):
        page = client.get("/route-lists/items", query_string={"year": YEAR, "q": text}).text
        assert "Phố Lê Lai" in page, text
        assert ("Phố Khác" not in page) is is_narrow, text
    assert "Phố Lê Lai" in client.get("/search", query_string={"q": "cáp chùng"}).text


def test_files_have_reason_whole_metres_and_the_opinion_for_officials_and_the_proposer_alone(client_of, ctx_of):
    item_id = sent(ctx_of, reason="Cáp chùng", cost_vnd="1200000000", funding="mixed")
    move(ctx_of, "so.xaydung", item_id, "agree", text="Làm cùng vỉa hè")

    def rows(username):
        with client_of(username).get(f"/exports/route-items.csv?year={YEAR}") as answer:
            lines = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))
        return [cells for cells in lines if len(cells) > 10]

    heads, line = rows("so.xaydung")
    row = dict(zip(heads, line, strict=True))
    assert row["Sự cần thiết"] == "Cáp chùng"
    assert row["Ý kiến thẩm tra"] == "Làm cùng vỉa hè"
    assert row["Chiều dài (m)"].isdigit()
    assert row["Nguồn vốn"] == "Ngân sách và doanh nghiệp"
    heads, line = rows("viettel")
    assert dict(zip(heads, line, strict=True))["Ý kiến thẩm tra"] == ""
    assert "Ý kiến thẩm tra" not in rows("bo.khcn")[0]
