"""The pages of planned sites as people click them: everything in the address, each refusal in words."""

import re
from urllib.parse import parse_qsl, urlencode

import pytest

from registry.structures.nearby.nearest import COMPARISON_COLUMNS, ComparisonCell, ComparisonColumn
from tests.factories.colocation import tower
from tests.factories.sites import away, hosting
from tests.factories.structures import HAC_THANH, make
from tests.support.extensions import adding

AT = f"{HAC_THANH[1]}; {HAC_THANH[0]}"
FLOOR = ("Sàn 32 m", "position", 3)


def sites(client, **query):
    return client.get("/planned-sites?" + urlencode({"at": AT} | query))


def words_of(page):
    """The text of a page without its markup."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.text)).replace("\N{NO-BREAK SPACE}", " ")


@pytest.fixture
def offered(ctx_of):
    """A tower with three free positions 120 m away, and one that is not published."""
    with ctx_of("viettel") as ctx:
        make(ctx, at=away(200), name="Trạm kín", sharing_status="not_assessed")
        return hosting(ctx, 120, FLOOR, name="Trạm Hàm Rồng 1")


def test_the_empty_form_is_open_to_everybody_and_the_list_leads_to_it(client_of):
    page = client_of(None).get("/planned-sites")
    assert page.status_code == 200
    assert 'name="at"' in page.text
    assert 'value="500"' in page.text
    assert "new-mast" not in page.text
    assert 'href="/planned-sites"' in client_of(None).get("/structures").text


@pytest.mark.parametrize(
    "at",
    [
        AT,
        f"{str(HAC_THANH[1]).replace('.', ',')}; {str(HAC_THANH[0]).replace('.', ',')}",
        "19°48'25.2\"N 105°46'33.6\"E",
        "X = 2.191.076,73; Y = 581.102,24",
    ],
)
def test_the_place_may_be_typed_in_any_form(client_of, offered, at):
    page = sites(client_of("vnpt"), at=at, radius_m=1500)
    assert page.status_code == 200
    assert offered.code in page.text


def test_the_answer_says_how_far_how_much_whose_and_asks_in_one_click(client_of, offered):
    client = client_of("vnpt")
    page = sites(client, quantity=2)
    words = words_of(page)
    assert "1 trên 1 công trình đáp ứng" in words
    assert "120 m" in words
    assert "Còn trống 3 vị trí; cần 2." in words
    assert "Trống 3 / 3 vị trí" in words
    assert "Viettel" in words
    button = re.search(r'<form class="inline-form".*?</form>', page.text, re.DOTALL).group(0)
    sent = dict(re.findall(r'name="([^"]+)" value="([^"]+)"', button))
    assert sent["code"] == offered.code
    answer = client.post(re.search(r'action="([^"]+)"', button).group(1), data=sent)
    assert answer.status_code == 303
    assert offered.code in client.get(answer.headers["Location"]).text


def test_several_may_be_ticked_and_asked_for_together(client_of, offered):
    page = sites(client_of("vnpt")).text
    assert f'form="selection-colocation-create" name="code" value="{offered.code}"' in page
    own = sites(client_of("viettel")).text
    assert "selection-colocation-create" not in own
    lead = sites(client_of("so.khcn")).text
    assert "selection-colocation-create" not in lead


def test_the_unpublished_one_is_a_cell_with_kind_and_category(client_of, offered):
    words = words_of(sites(client_of("vnpt")))
    assert "Chỉ hiển thị theo ô lưới" in words
    assert "Doanh nghiệp viễn thông" in words
    assert "Trạm kín" not in words
    public = words_of(sites(client_of(None)))
    assert offered.code not in public
    assert "Không có công trình nào được xem vị trí" in public
    (address,) = re.findall(r'href="(/structures\?kind=[^"]+within=500)"', sites(client_of(None)).text)
    listed = client_of(None).get(address.replace("&amp;", "&"))
    assert listed.status_code == 200
    assert offered.code in listed.text


def test_the_circle_and_the_place_are_drawn_without_a_style_of_their_own(client_of, offered):
    page = sites(client_of("vnpt"), radius_m=300).text
    outline = re.search(r'data-outline-now="([^"]+)"', page).group(1)
    assert "Polygon" in outline
    assert 'data-point-now="' in page
    assert 'data-tiles-now="/structures/tiles/{z}/{x}/{y}.mvt?kind=antenna_tower"' in page
    assert " style=" not in page


def test_what_means_nothing_for_the_kind_is_said_to_be_left_out(client_of):
    words = words_of(sites(client_of("vnpt"), kind="cable_pole", height_m=30, diameter_mm=110))
    assert "Cao độ chỉ xét với cột ăng ten" in words
    assert "Đường kính ống chỉ xét với cống cáp" in words


REFUSED = [
    ({"at": ""}, "Vị trí dự kiến: Chưa nhập vị trí"),
    ({"at": "abc"}, "không rõ thuộc hệ nào"),
    ({"at": "10.5; 106.7"}, "nằm ngoài tỉnh Thanh Hóa"),
    ({"at": "x" * 5000}, "quá dài"),
    ({"at": "19.8\0; 105.7"}, "ký tự điều khiển"),
    ({"radius_m": "5001"}, "Bán kính: 5001 nằm ngoài khoảng cho phép; cần từ 10 đến 5.000 m."),
    ({"radius_m": "9"}, "cần từ 10 đến 5.000 m"),
    ({"radius_m": "1e9"}, "không dùng dạng lũy thừa"),
    ({"radius_m": "99999999999999999999999"}, "quá 20 chữ số"),
    ({"kind": "cable_route"}, "Loại công trình: “cable_route” không có trong danh mục"),
    ({"kind": "'; DROP TABLE"}, "không có trong danh mục"),
    ({"quantity": "0"}, "Số lượng cần: 0 nằm ngoài khoảng cho phép; cần từ 1 đến 10.000."),
    ({"quantity": "1,5"}, "không phải số nguyên"),
    ({"height_m": "-3"}, "Cao độ tối thiểu"),
    ({"diameter_mm": "NaN"}, "không phải là số"),
    ({"system": "utm"}, "Hệ tọa độ: “utm” không có trong danh mục"),
]


@pytest.mark.parametrize(("query", "sentence"), REFUSED)
def test_each_refusal_names_the_field_and_keeps_what_was_typed(client_of, query, sentence):
    page = sites(client_of("vnpt"), **query)
    assert page.status_code == 422
    summary = re.search(r'<section class="error-summary".*?</section>', page.text, re.DOTALL).group(0)
    assert sentence in re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", summary)).replace("&#39;", "'")
    (name, value), *_ = query.items()
    if name in ("radius_m", "quantity", "height_m"):
        assert f'value="{value}"' in page.text


@pytest.mark.parametrize(
    "query",
    [
        "at=%ED%A0%80",
        "at=19.8;105.7&at=1;2&kind=antenna_tower&kind=x",
        "at=19.8%3B105.77&system=vn2000",
        "unknown=1",
        "at=nan;nan",
        "at=inf;105",
        "at=19.807%3B105.776&radius_m=%F0%9F%92%A9",
        "at=19.807%3B105.776&on=32/13/2026&operator=99999999999999999999",
    ],
)
@pytest.mark.parametrize("path", ["/planned-sites", "/planned-sites/new-mast"])
def test_hostile_addresses_are_answered_in_words(client_of, path, query):
    page = client_of("vnpt").get(f"{path}?{query}")
    assert page.status_code in (200, 422)
    assert "Traceback" not in page.text


def test_the_mast_page_names_the_rule_and_what_must_be_shared_first(client_of, ctx_of, offered):
    with ctx_of("viettel") as ctx:
        near = tower(ctx, at=away(100), name="Trạm sát bên")
    page = client_of("vnpt").get("/planned-sites/new-mast?" + urlencode({"at": AT, "height_m": "42"}))
    words = words_of(page)
    assert "Có 1 cột gần hơn khoảng cách quy định" in words
    assert "theo cấu hình của Sở" in words
    assert "Cần kiểm chứng" in words
    assert near.code in words
    assert f'name="code" value="{near.code}"' in page.text
    assert "Cột chưa công bố của đơn vị khác Có ," in words
    assert "Trạm kín" not in words


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"height_m": "3"}, "không quá 3 m nên không phải giữ khoảng cách"),
        ({"on": "01/01/2024"}, "Tại ngày 01/01/2024 chưa có quy định nào"),
        ({"at": "20.66; 105.99"}, "nằm ngoài địa bàn tỉnh nên không có quy định"),
    ],
)
def test_where_no_distance_is_to_be_kept_it_says_why(client_of, query, sentence):
    page = client_of("vnpt").get("/planned-sites/new-mast?" + urlencode({"at": AT} | query))
    assert page.status_code == 200
    assert sentence in words_of(page)


def test_only_who_builds_none_itself_is_asked_whose_mast_it_is(client_of, offered):
    assert 'name="operator"' in client_of("so.khcn").get("/planned-sites/new-mast").text
    assert 'name="operator"' not in client_of("vnpt").get("/planned-sites/new-mast").text
    wrong = client_of("so.khcn").get("/planned-sites/new-mast?" + urlencode({"at": AT, "operator": "0"}))
    assert wrong.status_code == 422
    assert "Đơn vị dựng cột: “0” không có trong danh mục" in words_of(wrong)


def test_one_tab_takes_its_place_to_the_other(client_of):
    page = sites(client_of("vnpt"), system="wgs84").text
    (address,) = re.findall(r'href="(/planned-sites/new-mast\?[^"]+)"', page)
    assert dict(parse_qsl(address.partition("?")[2].replace("&amp;", "&"))) == {"at": AT, "system": "wgs84"}


@pytest.fixture
def queue():
    """A column that another feature registers."""
    asked = []

    def source(ctx, wish, rows):
        asked.append((wish.kind, wish.quantity, [row.code for row in rows]))
        return {rows[0].id: ComparisonCell("2 đề nghị", "/colocation")}

    column = ComparisonColumn("queue", "Thứ tự xét", source)
    with adding(COMPARISON_COLUMNS, column):
        yield asked


def test_other_features_add_columns_which_see_only_what_the_reader_sees_exactly(client_of, offered, queue):
    page = sites(client_of("vnpt"), quantity=2)
    assert re.search(r'data-label="Thứ tự xét"[^>]*>\s*<a href="/colocation">2 đề nghị</a>', page.text)
    assert queue == [("antenna_tower", 2, [offered.code])]
    public = sites(client_of(None)).text
    assert "Thứ tự xét" not in public
    assert len(queue) == 1


def test_english_is_complete(client_of, offered):
    client = client_of("vnpt")
    client.get("/language/en")
    words = words_of(sites(client, quantity=2))
    assert "1 of 1 structure meets the needs" in words
    assert "3 free" in words
