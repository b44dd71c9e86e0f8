"""Prices as owners publish them and as tenants compare them."""

import html
import re
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from registry.kernel.clock import local_date
from registry.tariffs.models import Tariff
from registry.territory.models import AdminUnit, UnitLevel
from tests.factories.structures import make
from tests.factories.tariffs import BASIS, publish, replace
from tests.support.clock import NOW
from tests.support.exports import as_rows, download
from tests.web.test_bulk_edit_pages import hidden

MONEY = "\N{NO-BREAK SPACE}đồng"
TYPED = {
    "kind": "antenna_tower",
    "unit": "position",
    "admin_unit": "0",
    "structure": "",
    "price": "3.300.000",
    "period": "year",
    "tax_included": "y",
    "tax_rate": "10",
    "valid_from": "25/11/2026",
    "valid_to": "",
    "legal_basis": BASIS,
    "note": "",
}


def words(answer):
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).replace("\N{NO-BREAK SPACE}", " ").split())


def rows(page):
    return re.findall(r'<tr role="row" ?[^>]*>\s*<td.*?</tr>', page.text, re.DOTALL)


@pytest.fixture
def tariff(ctx_of):
    """Viettel's rent of towers; its id."""
    with ctx_of("viettel") as ctx:
        return publish(ctx, 250_000).id


def sent(client, address, **fields):
    """The answer to a form that was opened first."""
    opened = client.get(address)
    assert opened.status_code == 200
    return client.post(
        re.search(r'action="([^"]*)" method="post" novalidate', opened.text)[1] or address, data=hidden(opened) | fields
    )


# --- publish


def test_an_owner_publishes_and_others_compare(client_of):
    answer = sent(client_of("viettel"), "/tariffs/new", **TYPED)
    assert answer.status_code == 303
    page = words(client_of("vnpt").get(answer.headers["Location"]))
    for text in ("3.300.000 đồng/vị trí/năm, đã gồm thuế 10%", "250.000 đồng", "Toàn tỉnh", BASIS, "Đang áp dụng"):
        assert text in page, text
    listed = words(client_of("vnpt").get("/tariffs"))
    assert "1 giá" in listed
    assert "Giá so sánh là giá của một đơn vị trong một tháng, chưa gồm thuế" in listed
    assert "(cần kiểm chứng)" in listed


def test_a_refused_form_keeps_what_was_typed(client_of, tariff):
    client = client_of("viettel")
    answer = sent(client, "/tariffs/new", **TYPED | {"note": "ghi chú của tôi"})
    assert answer.status_code == 422
    assert "Từ 01/01/2026 đã có giá 250.000 đồng/vị trí/tháng" in words(answer)
    for kept in ("3.300.000", "ghi chú của tôi", "01/01/2026"):
        assert kept in answer.text
    assert re.search(r"<title>\s*Lỗi:", answer.text)


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("price", "0", "0 nằm ngoài khoảng cho phép"),
        ("price", "rẻ", "không phải là số"),
        ("tax_rate", "", "Chưa nhập"),
        ("tax_rate", "101", "cần từ 0 đến 100"),
        ("kind", "", "Chưa chọn loại công trình"),
        ("unit", "", "Chưa nhập"),
        ("period", "tuần", "không có trong danh mục"),
        ("valid_from", "", "Chưa nhập"),
        ("valid_from", "31/02/2026", "không có trong lịch"),
        ("legal_basis", "", "Chưa nhập"),
        ("admin_unit", "x", "không phải xã, phường"),
        ("structure", "KHONG-CO", "Đơn vị không có công trình “KHONG-CO”"),
    ],
)
def test_what_is_wrong_is_said(client_of, field, value, sentence):
    answer = sent(client_of("viettel"), "/tariffs/new", **TYPED | {field: value})
    assert answer.status_code == 422
    assert sentence in words(answer)


def test_a_form_sent_twice_publishes_once(ctx_of, client_of):
    client = client_of("viettel")
    form = hidden(client.get("/tariffs/new")) | TYPED
    first, second = client.post("/tariffs", data=form), client.post("/tariffs", data=form)
    assert first.status_code == second.status_code == 303
    assert first.headers["Location"] == second.headers["Location"]
    with ctx_of("viettel", read_only=True) as ctx:
        assert len(ctx.session.scalars(select(Tariff)).all()) == 1


def test_what_the_database_refuses_is_said_in_words(client_of, tariff, monkeypatch):
    """Two clerks of an owner at once: the second looks before the first has committed."""
    monkeypatch.setattr("registry.tariffs.service._require_alone", lambda ctx, tariff: None)
    answer = sent(client_of("viettel"), "/tariffs/new", **TYPED)
    assert answer.status_code == 422
    assert "Vừa có giá khác được công bố" in words(answer)


# --- replace and end


def test_a_price_is_replaced_from_a_day_and_its_history_stays(client_of, tariff):
    client = client_of("viettel")
    opened = client.get(f"/tariffs/{tariff}/replace")
    assert 'value="250.000"' in opened.text
    form = {name: value for name, value in TYPED.items() if name not in ("kind", "unit", "admin_unit", "structure")}
    first = (local_date(NOW) + timedelta(days=40)).strftime("%d/%m/%Y")
    form |= {"price": "500.000", "period": "month", "valid_from": first}
    del form["tax_included"]
    answer = sent(client, f"/tariffs/{tariff}/replace", **form)
    assert answer.status_code == 303
    page = words(client_of("vnpt").get(answer.headers["Location"]))
    for text in ("Sắp áp dụng", "500.000 đồng/vị trí/tháng", "250.000 đồng/vị trí/tháng", "+100%", f"từ {first}"):
        assert text in page, text
    assert "Rút lại" not in page
    withdrawn = client.get(answer.headers["Location"])
    button = re.search(r'<form class="inline-form".*?</form>', withdrawn.text, re.DOTALL).group()
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', button))
    address = re.search(r'action="([^"]+)"', button)[1]
    assert client.post(address, data=fields).status_code == 303
    assert "Đã rút" in words(client.get(answer.headers["Location"]))


def test_a_stale_page_is_told_so_and_keeps_what_was_typed(ctx_of, client_of, tariff):
    client = client_of("viettel")
    form = hidden(client.get(f"/tariffs/{tariff}/end")) | {"last_on": "31/12/2059"}
    with ctx_of("viettel") as ctx:
        replace(ctx, tariff, 1, date(2034, 1, 1))
    answer = client.post(f"/tariffs/{tariff}/end", data=form)
    assert answer.status_code == 409
    assert "đã được sửa sau khi mở trang" in words(answer)
    assert "31/12/2059" in answer.text


def test_an_end_in_the_past_is_refused(client_of, tariff):
    answer = sent(client_of("viettel"), f"/tariffs/{tariff}/end", last_on="01/02/2026")
    assert answer.status_code == 422
    assert "Ngày cuối là 01/02/2026" in words(answer)


def test_others_find_no_buttons(client_of, tariff):
    page = client_of("vnpt").get(f"/tariffs/{tariff}")
    assert page.status_code == 200
    assert "Thay giá" not in page.text
    assert client_of("vnpt").get(f"/tariffs/{tariff}/replace").status_code == 403
    assert client_of(None).get("/tariffs").status_code in (302, 303)


def test_an_owner_finds_all_its_prices_by_their_state(ctx_of, client_of, tariff):
    with ctx_of("viettel") as ctx:
        publish(ctx, 1, kind="manhole", last=date(2026, 2, 1))
        publish(ctx, 2, kind="cable_pole", first=date(2034, 1, 1))
    with ctx_of("vnpt") as ctx:
        publish(ctx, 3)
    page = client_of("viettel").get("/tariffs/own")
    assert len(rows(page)) == 3
    for text in ("Đang áp dụng", "Sắp áp dụng", "Đã hết", "trong 5 ngày làm việc"):
        assert text in words(page), text
    assert "Đơn vị chưa công bố giá nào" in words(client_of("dienluc").get("/tariffs/own"))


# --- the list


def test_the_list_is_narrowed_by_its_address(ctx_of, client_of, tariff):
    with ctx_of("viettel") as ctx:
        commune = make(ctx).commune_id
        other = ctx.session.scalars(
            select(AdminUnit.id).where(
                AdminUnit.level == UnitLevel.COMMUNE, AdminUnit.valid_to.is_(None), AdminUnit.id != commune
            )
        ).first()
        publish(ctx, 1000, commune=commune)
        publish(ctx, 2000, unit="metre", kind="cable_duct")
        owner = ctx.actor.organisation_id
    with ctx_of("vnpt") as ctx:
        publish(ctx, 3000, last=date(2026, 6, 30))
    client = client_of("vnpt")
    counts = {
        "": 3,
        "kind=antenna_tower": 2,
        "unit=metre": 1,
        f"owner={owner}": 3,
        f"place={commune}": 3,
        f"place={other}": 2,
        "on=30/06/2026": 4,
        "on=2026-07-01&kind=antenna_tower": 2,
        "on=01/01/2025": 0,
    }
    for query, count in counts.items():
        page = client.get(f"/tariffs?{query}")
        assert (page.status_code, len(rows(page))) == (200, count), query
    assert "bỏ điều kiện này" in client.get("/tariffs?kind=antenna_tower").text


@pytest.mark.parametrize(
    "query", ["kind=nha", "unit=m2", "owner=x", "place=-1", "on=hôm+qua", "cursor=x", "owner=9" + 30 * "9"]
)
def test_an_address_that_says_nothing_sensible_is_refused(client_of, query):
    assert client_of("vnpt").get(f"/tariffs?{query}").status_code == 422


def test_files_say_what_the_list_says(ctx_of, client_of, tariff):
    with ctx_of("viettel") as ctx:
        publish(ctx, 1_000_000, period="once")
    file_rows, about = as_rows("csv", download(client_of("vnpt"), "tariffs", "csv", kind="antenna_tower").data)
    assert len(file_rows) == 2
    assert "Giá so sánh là giá của một đơn vị" in str(about)
    assert "Cột ăng ten" in str(about)
    assert download(client_of("vnpt"), "tariffs", "xlsx").status_code == 200


def test_a_price_out_of_line_is_marked(ctx_of, client_of):
    with ctx_of("viettel") as ctx:
        query = select(AdminUnit.id).where(AdminUnit.level == UnitLevel.COMMUNE, AdminUnit.valid_to.is_(None)).limit(4)
        communes = ctx.session.scalars(query).all()
        for commune in communes:
            publish(ctx, 100_000, commune=commune)
    with ctx_of("vnpt") as ctx:
        publish(ctx, 100_000, commune=communes[0])
        publish(ctx, 250_000)
    with ctx_of("dienluc") as ctx:
        publish(ctx, 100_000)
    page = client_of("dienluc").get("/tariffs")
    marked = [row for row in rows(page) if "Chênh lệch lớn" in row]
    assert len(marked) == 1
    assert f"250.000{MONEY}" in marked[0]


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("12,500", "Số tiền “12,500” có hai cách đọc; hãy ghi 12500."),
        ("1,000", "Số tiền “1,000” có hai cách đọc; hãy ghi 1000 hoặc 1 theo đúng số tiền."),
        ("72,000 đồng", "chỉ ghi số, không ghi đơn vị; ví dụ đúng: 72000"),
    ],
)
def test_an_amount_of_two_readings_is_asked_about_and_stays(client_of, tariff, typed, sentence):
    fields = {"price": typed, "period": "month", "tax_rate": "10"}
    answer = sent(client_of("viettel"), f"/tariffs/{tariff}/replace", **fields)
    assert answer.status_code == 422
    assert sentence in words(answer)
    assert f'value="{typed}"' in answer.text


def test_the_english_form_of_a_replacement_says_the_price_that_it_replaces(ctx_of, client_of, tariff):
    client = client_of("viettel")
    address = f"/tariffs/{tariff}/replace"
    client.get("/language/en")
    page = client.get(address).text
    filled = dict(re.findall(r'name="(price|tax_rate)"[^>]*value="([^"]*)"', page))
    assert set(filled) == {"price", "tax_rate"}
    fields = {"period": "month", "valid_from": "01/12/2026", "legal_basis": BASIS}
    assert sent(client, address, **filled, **fields).status_code == 303
    with ctx_of("viettel", read_only=True) as ctx:
        prices = set(ctx.session.scalars(select(Tariff.price).where(Tariff.kind == "antenna_tower")))
    assert len(prices) == 1


def test_english_is_complete(client_of, tariff):
    client = client_of("viettel")
    client.get("/language/en")
    for address in ("/tariffs", "/tariffs/own", "/tariffs/new", f"/tariffs/{tariff}", f"/tariffs/{tariff}/replace"):
        page = words(client.get(address))
        assert not re.search(r"\b(giá|Giá|Công bố|Đơn giá)\b", page.replace(BASIS, "")), address
