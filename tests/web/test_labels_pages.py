"""Labels as owners print them and as people meet them in the street."""

import html
import re

import pytest
import segno
from sqlalchemy import select

from registry.accounts.models import Organisation
from registry.audit.chain import record
from registry.authz.blueprint import DATABASE
from registry.documents.pdf import PdfUnavailable
from registry.kernel.base32 import grouped
from registry.labels.models import StructureLabel
from registry.labels.pages import BASE_URL
from registry.labels.rules import MAX_LABELS, new_code
from tests.factories.labels import labelled
from tests.factories.structures import HAC_THANH, make
from tests.support.statements import statements_of
from tests.unit.test_pdf import boxes
from tests.web.test_bulk_edit_pages import hidden

HOTLINE = "18008098"


@pytest.fixture
def code(ctx_of):
    """An unpublished tower of Viettel, which has a hotline."""
    with ctx_of("viettel") as ctx:
        owner = ctx.session.scalars(select(Organisation).where(Organisation.code == "viettel")).one()
        owner.hotline = HOTLINE
        record(ctx, "test.hotline", "organisation", owner.id)
        return make(ctx, name="Trạm kín tiếng", address="12 Lê Lợi", road_name="Lê Lợi").code


@pytest.fixture
def label(ctx_of, code):
    """A label of the tower."""
    with ctx_of("viettel") as ctx:
        return labelled(ctx, code)[0]


def issue(client, *codes, opened=""):
    page = client.get(f"/labels/new{opened}")
    assert page.status_code == 200
    return client.post("/labels", data=hidden(page) | {"codes": "\n".join(codes)})


def words(answer):
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


# --- issue and print


def test_an_owner_ticks_rows_and_prints_labels(ctx_of, client_of, code):
    client = client_of("viettel")
    listed = client.get("/structures").text
    assert '<form id="selection-structures-bulk_edit"' in listed
    assert 'form="selection-structures-bulk_edit" formaction="/labels/new"' in listed
    assert f'form="selection-structures-bulk_edit" name="code" value="{code}"' in listed
    opened = client.get(f"/labels/new?code={code}")
    assert re.search(rf"<textarea[^>]*>\s*{code}</textarea>", opened.text)
    answer = issue(client, code)
    assert answer.status_code == 303
    sheet = client.get(answer.headers["Location"])
    with ctx_of("viettel", read_only=True) as ctx:
        printed_label = ctx.session.scalars(select(StructureLabel)).one()
    assert grouped(printed_label.code) in sheet.text
    assert f"/labels/sheets/{printed_label.sheet_id}/a4.pdf" in sheet.text
    assert f"/labels/sheets/{printed_label.sheet_id}/60x40.pdf" in sheet.text
    assert f"/labels/sheets/{printed_label.sheet_id}" in client.get("/labels").text


def test_the_lead_department_ticks_rows_of_any_owner(client_of, code):
    listed = client_of("so.khcn").get("/structures").text
    assert f'form="selection-labels-new" name="code" value="{code}"' in listed
    assert issue(client_of("so.khcn"), code).status_code == 303


def test_a_form_sent_twice_issues_once(ctx_of, client_of, code):
    client = client_of("viettel")
    data = hidden(client.get("/labels/new")) | {"codes": code}
    first, second = (client.post("/labels", data=data) for _time in range(2))
    assert first.headers["Location"] == second.headers["Location"]
    with ctx_of("viettel", read_only=True) as ctx:
        assert len(ctx.session.scalars(select(StructureLabel.id)).all()) == 1


def test_codes_may_be_typed_in_any_way(ctx_of, client_of, code):
    with ctx_of("viettel") as ctx:
        other = make(ctx, kind="manhole").code
    answer = issue(client_of("viettel"), f"  {code.lower()};{other}, {code}")
    assert answer.status_code == 303
    with ctx_of("viettel", read_only=True) as ctx:
        assert len(ctx.session.scalars(select(StructureLabel.id)).all()) == 2


@pytest.mark.parametrize("own_code", ["HT-01", "Cột 12 A", "đường Lê Lợi/7", "ht 1 2"])
def test_own_codes_are_taken_as_they_are_written(ctx_of, client_of, code, own_code):
    with ctx_of("viettel") as ctx:
        other = make(ctx, kind="manhole", own_code=own_code).id
    answer = issue(client_of("viettel"), f"{own_code.upper()}\n{code} {code.lower()}")
    assert answer.status_code == 303
    with ctx_of("viettel", read_only=True) as ctx:
        assert other in ctx.session.scalars(select(StructureLabel.structure_id)).all()


def test_an_own_code_of_several_owners_is_asked_about(ctx_of, client_of):
    for owner in ("viettel", "vnpt"):
        with ctx_of(owner) as ctx:
            make(ctx, owner=owner, kind="manhole", own_code="BE-7")
    assert issue(client_of("viettel"), "be-7").status_code == 303
    answer = issue(client_of("so.khcn"), "be-7")
    assert answer.status_code == 422
    assert "“be-7” là mã của nhiều công trình (THA-" in words(answer)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Chưa có mã công trình nào; cần ít nhất một mã, ví dụ THA-CTC-000123."),
        ("THA-CAT-999999", "THA-CAT-999999: không có công trình này, hoặc không có quyền in nhãn"),
        (
            " ".join(f"THA-CTC-{number:06d}" for number in range(900_000, 900_000 + MAX_LABELS)),
            "Có 201 mã công trình; mỗi lần in tối đa 200.",
        ),
        ("<script>alert(1)</script>", "<script>alert(1)</script>: không có công trình này"),
        ("a\x00b \ud7ff \u202e", "có ký tự điều khiển U+0000"),
        ("x" * 30_000, "20000"),
    ],
)
def test_a_refusal_says_why_and_keeps_what_was_typed(client_of, code, typed, sentence):
    answer = issue(client_of("viettel"), code, typed) if typed else issue(client_of("viettel"))
    assert answer.status_code == 422
    assert sentence in words(answer)
    if typed.startswith("THA"):
        assert code in answer.text
    assert "<script>alert" not in answer.text


def test_ticks_that_are_no_codes_open_the_form_all_the_same(client_of):
    asked = "&".join(f"code={'y' * 100}{number}" for number in range(30))
    assert client_of("viettel").get(f"/labels/new?{asked}&code=%00&code=").status_code == 200


@pytest.mark.parametrize(("size", "box"), [("a4", (210.0, 297.0)), ("60x40", (60.0, 40.0))])
def test_the_file_has_the_size_of_the_paper(client_of, ctx_of, size, box):
    with ctx_of("viettel") as ctx:
        codes = [make(ctx, kind="cable_pole").code for _number in range(9)]
    with ctx_of("viettel") as ctx:
        sheet_id = labelled(ctx, *codes)[0].sheet_id
    answer = client_of("viettel").get(f"/labels/sheets/{sheet_id}/{size}.pdf")
    assert answer.status_code == 200
    assert answer.mimetype == "application/pdf"
    assert f"nhan-{sheet_id}-{size}.pdf" in answer.headers["Content-Disposition"]
    assert boxes(answer.data) == [box] * (2 if size == "a4" else 9)


def test_the_paper_names_register_structure_owner_hotline_and_the_place_of_its_code(app, client_of, label, code):
    BASE_URL.put(app, "https://hatang.example.vn")
    client = client_of("viettel")
    client.get("/language/en?next=/")
    page = client.get(f"/labels/sheets/{label.sheet_id}/a4")
    BASE_URL.put(app, None)
    text = words(page)
    for part in ("Hạ tầng viễn thông thụ động dùng chung", code, "Viettel Thanh Hóa", "Báo sự cố: 1800 8098"):
        assert part in text
    assert f"hatang.example.vn/t/ {grouped(label.code)}" in text
    drawn = segno.make(f"https://hatang.example.vn/t/{label.code}", error="q", boost_error=False, micro=False)
    assert drawn.error == "Q"
    assert html.escape(drawn.svg_data_uri(border=4, omitsize=True)) in page.text.replace("&#39;", "&#x27;")


def test_no_label_and_no_card_tells_a_position(client_of, label, code):
    paper = client_of("viettel").get(f"/labels/sheets/{label.sheet_id}/a4").text
    card = client_of(None).get(f"/t/{label.code}").text
    for text in (re.sub(r'src="data:[^"]*"', "", paper), card):
        assert not re.search(r"19[.,]8|105[.,]7|X = |VN-2000|Lê Lợi|Phường|Trạm kín tiếng", text)
        assert str(HAC_THANH[0]) not in text


def test_an_unknown_size_or_sheet_is_not_found(client_of, label):
    client = client_of("viettel")
    answer = client.get(f"/labels/sheets/{label.sheet_id}/a5.pdf")
    assert answer.status_code == 404
    assert "Không có khổ nhãn “a5”; cần một trong: a4, 60x40." in words(answer)
    assert client.get(f"/labels/sheets/{label.sheet_id}/a5").status_code == 404
    assert client.get("/labels/sheets/999999").status_code == 404
    assert client_of("vnpt").get(f"/labels/sheets/{label.sheet_id}/a4.pdf").status_code == 404


def test_where_no_pdf_can_be_made_one_sentence_says_so(client_of, label, monkeypatch):
    def unavailable(_html):
        raise PdfUnavailable("Máy chủ chưa có thư viện để tạo tệp PDF")

    monkeypatch.setattr("registry.labels.pages.make_pdf", unavailable)
    answer = client_of("viettel").get(f"/labels/sheets/{label.sheet_id}/a4.pdf")
    assert answer.status_code == 503
    assert "Máy chủ chưa có thư viện để tạo tệp PDF" in answer.text


def test_the_sheet_warns_of_a_local_address_and_of_an_owner_without_a_hotline(app, ctx_of, client_of, label):
    text = words(client_of("viettel").get(f"/labels/sheets/{label.sheet_id}"))
    assert "Mã QR dẫn tới http://localhost" in text
    assert "chưa khai đường dây nóng" not in text
    with ctx_of("vnpt") as ctx:
        sheet_id = labelled(ctx, make(ctx, owner="vnpt").code)[0].sheet_id
    BASE_URL.put(app, "https://hatang.example.vn")
    text = words(client_of("vnpt").get(f"/labels/sheets/{sheet_id}"))
    BASE_URL.put(app, None)
    assert "Mã QR dẫn tới" not in text
    assert "VNPT Thanh Hóa chưa khai đường dây nóng" in text


def test_a_label_is_withdrawn_and_printed_no_more(client_of, label):
    client = client_of("viettel")
    address = f"/labels/sheets/{label.sheet_id}"
    page = client.get(address)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text).group(1)
    answer = client.post(f"/labels/{label.id}/revoke", data={"csrf_token": token})
    assert answer.status_code == 303
    after = client.get(answer.headers["Location"])
    assert f"Đã thu hồi nhãn {grouped(label.code)}" in after.text
    assert "a4.pdf" not in after.text
    assert client.get(f"{address}/a4.pdf").status_code == 409
    assert client_of(None).get(f"/t/{label.code}").status_code == 404


def test_a_withdrawal_without_a_token_is_refused(client_of, label):
    assert client_of("viettel").post(f"/labels/{label.id}/revoke").status_code in (400, 409)
    assert client_of(None).get(f"/t/{label.code}").status_code == 200


def test_the_page_of_a_structure_shows_its_labels_to_who_may_issue_them(client_of, label, code):
    mine = client_of("viettel").get(f"/structures/{code}").text
    assert grouped(label.code) in mine
    assert f"/labels/new?code={code}" in mine
    other = client_of("so.xaydung").get(f"/structures/{code}").text
    assert 'id="labels"' not in other
    assert label.code not in other.replace("-", "")


# --- the card


def test_everybody_reads_the_card_of_a_code_however_it_is_typed(client_of, label, code):
    for typed in (label.code, grouped(label.code), grouped(label.code).lower(), label.code.replace("0", "o")):
        answer = client_of(None).get(f"/t/{typed}")
        assert answer.status_code == 200
        text = words(answer)
        assert code in text
        assert "Viettel Thanh Hóa" in text
        assert 'href="tel:18008098"' in answer.text
        assert "Gọi 1800 8098" in text
        assert answer.headers["Cache-Control"] == "no-store"


def test_an_owner_without_a_hotline_is_said_to_have_none(ctx_of, client_of):
    with ctx_of("vnpt") as ctx:
        printed = labelled(ctx, make(ctx, owner="vnpt").code)[0].code
    text = words(client_of(None).get(f"/t/{printed}"))
    assert "Chủ sở hữu chưa khai đường dây nóng." in text
    assert "Hãy báo UBND xã, phường nơi có công trình hoặc Sở Khoa học và Công nghệ" in text


def test_who_sees_the_structure_exactly_gets_the_full_page(client_of, label, code):
    for name in ("viettel", "so.khcn", "so.xaydung"):
        answer = client_of(name).get(f"/t/{label.code}")
        assert (answer.status_code, answer.headers["Location"]) == (302, f"/structures/{code}"), name
    for name in ("vnpt", "nguoidan", "ubnd.tinh"):
        answer = client_of(name).get(f"/t/{label.code}")
        assert answer.status_code == 200, name
        assert "đăng nhập để xem hồ sơ đầy đủ" not in answer.text


def test_after_signing_in_the_card_leads_to_the_full_page(client_of, label):
    link = re.search(r'href="(/login\?next=[^"]+)"', client_of(None).get(f"/t/{label.code}").text).group(1)
    assert f"/t/{label.code}" in html.unescape(link).replace("%2F", "/")


def test_a_restricted_structure_shows_a_neutral_card(ctx_of, client_of):
    with ctx_of("viettel") as ctx:
        code = make(ctx, sharing_status="restricted", name="Trạm mật").code
    with ctx_of("viettel") as ctx:
        printed = labelled(ctx, code)[0].code
    for name in (None, "vnpt"):
        answer = client_of(name).get(f"/t/{printed}")
        assert answer.status_code == 200
        assert "Thông tin của công trình không công bố" in answer.text
        assert not re.search(rf"{code}|Viettel|Trạm mật|Cột ăng ten", re.sub(r"<title>.*?</title>", "", answer.text))


def test_wrong_codes_are_all_answered_alike_and_never_with_a_failure(client_of, ctx_of, label):
    with ctx_of("viettel") as ctx:
        ctx.session.get_one(StructureLabel, label.id).revoked_at = ctx.now
        ctx.session.get_one(StructureLabel, label.id).revoked_by_id = ctx.actor.id
        record(ctx, "label.revoke", "structure_label", label.id)
    client = client_of(None)
    answers = [client.get(f"/t/{typed}") for typed in (label.code, new_code(), "x", "%F0%9F%93%8D", "a" * 3_000)]
    assert {answer.status_code for answer in answers} == {404}
    sentences = {re.search(r'class="lead">([^<]+)<', answer.text).group(1) for answer in answers}
    assert sentences == {"Mã trên nhãn không có trong hệ thống hoặc nhãn đã được thu hồi; hãy kiểm tra lại mã đã nhập."}


def test_a_card_takes_few_queries(app, client_of, label):
    client = client_of(None)
    client.get("/territory")
    with statements_of(DATABASE.of(app)) as statements:
        client.get(f"/t/{label.code}")
    asked = [text for text in statements if re.search(r"FROM (structure_label|organisation)\b", text)]
    assert 1 <= len(asked) <= 2, asked
