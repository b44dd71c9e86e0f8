"""The library: published by a department, read by all who are signed in, withdrawn with a reason."""

import io
import re

import pytest

from registry.documents.official import DOCX, OfficialPaper, write_docx
from tests.permissions.cases import DOCUMENT, token_in
from tests.support import shared

database, app, ctx_of, client_of, taken_back = shared.FIXTURES
FACTS = {
    "kind": "form",
    "title": "Biểu mẫu báo cáo năm",
    "number": "12/HD-SKHCN",
    "issued_on": "01/11/2026",
    "is_public": "false",
}


def publish(client, content=DOCUMENT, name="mau.pdf", **fields):
    data = {"csrf_token": token_in(client.get("/guidance/new")), "file": (io.BytesIO(content), name)}
    return client.post("/guidance/new", data=data | FACTS | fields)


def test_a_document_is_read_by_all_and_withdrawn_with_a_reason(client_of):
    lead = client_of("so.khcn")
    page = publish(lead).headers["Location"]
    for name in ("viettel", "kiemtra1", "bo.khcn", "quantri"):
        reader = client_of(name)
        assert "Biểu mẫu báo cáo năm" in reader.get("/guidance").text
        (file,) = re.findall(r'href="(/guidance/\d+/files/\d+)"', reader.get(page).text)
        with reader.get(file) as answer:
            assert answer.data == DOCUMENT
            assert answer.headers["Content-Disposition"].startswith("attachment")
    assert client_of("nguoidan").get(page).status_code == 403
    token = token_in(lead.get(page))
    assert lead.post(f"{page}/withdraw", data={"csrf_token": token, "reason": ""}).status_code == 422
    data = {"csrf_token": token, "reason": "Đã có mẫu mới"}
    assert lead.post(f"{page}/withdraw", data=data).status_code == 303
    assert lead.post(f"{page}/withdraw", data=data).status_code == 409
    assert "Đã có mẫu mới" in lead.get(page).text
    reader = client_of("viettel")
    assert reader.get(page).status_code == 404
    assert reader.get(file).status_code == 404
    assert "Biểu mẫu báo cáo năm" not in reader.get("/guidance").text


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (b"MZ\x90\x00", "mau.exe", {}),
        (b"", "mau.pdf", {}),
        (DOCUMENT, "mau.pdf", {"title": ""}),
        (DOCUMENT, "mau.pdf", {"issued_on": "31/12/2099"}),
    ],
)
def test_a_refused_document_leaves_nothing(client_of, content, name, sentence):
    lead = client_of("so.khcn")
    answer = publish(lead, content, name, **sentence)
    assert answer.status_code == 422
    assert "12/HD-SKHCN" in answer.text
    assert "Chưa có tài liệu nào" in lead.get("/guidance").text


def test_a_text_document_is_sent_as_it_came_and_opened_by_nobody(client_of):
    content = write_docx(OfficialPaper("", ["SỞ"], "1/HD", "", "HƯỚNG DẪN", "", [("", "x")], ["VT"], ("GIÁM ĐỐC", "")))
    lead = client_of("so.khcn")
    page = publish(lead, content, "Biểu mẫu.docx").headers["Location"]
    (file,) = re.findall(r'href="(/guidance/\d+/files/\d+)"', lead.get(page).text)
    with lead.get(file) as answer:
        assert (answer.data, answer.mimetype) == (content, DOCX)
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert "sandbox" in answer.headers["Content-Security-Policy"]


def test_a_version_is_acknowledged_by_each_organisation_and_the_former_says_that_it_was_replaced(client_of):
    department, operator = client_of("so.xaydung"), client_of("viettel")
    asked = {"addressees": ["operator", "commune_pc"], "due_on": "20/12/2026", "is_public": "true"}
    first = publish(department, number="05/HD-SXD", **asked).headers["Location"]
    assert "Biểu mẫu báo cáo năm" in operator.get("/").text
    assert "Xác nhận đã nhận" in operator.get(first).text
    done = operator.post(f"{first}/acknowledge", data={"csrf_token": token_in(operator.get(first))})
    assert done.status_code == 303
    assert "Đã xác nhận lúc" in operator.get(first).text
    assert "Hướng dẫn chờ đơn vị xác nhận" not in operator.get("/").text
    page = department.get(first).text
    assert re.search(r"Đã xác nhận\s*</span>\s*Viettel Thanh Hóa[^<]*<span class=\"quiet\">[^<]+, ", page)
    assert "Nhắc đơn vị chưa xác nhận" in page
    token = token_in(department.get(first))
    assert department.post(f"{first}/remind", data={"csrf_token": token}).status_code == 303
    refused = department.post(f"{first}/remind", data={"csrf_token": token})
    assert refused.status_code == 409
    assert "đã được nhắc trong 24 giờ qua" in refused.text
    form = department.get(f"{first}/new-version").text
    assert "05/HD-SXD" in form
    data = {"csrf_token": token, "file": (io.BytesIO(DOCUMENT), "mau.pdf"), "is_public": "true"}
    second = department.post(f"{first}/new-version", data=FACTS | data).headers["Location"]
    again = {"csrf_token": token, "file": (io.BytesIO(DOCUMENT), "mau.pdf"), "is_public": "true"}
    assert department.post(f"{first}/new-version", data=FACTS | again).status_code == 409
    former = operator.get(first).text
    assert "Phiên bản này đã được thay" in former
    assert f'href="{second}"' in former
    visitor = client_of(None)
    number = first.rpartition("/")[2]
    assert "Phiên bản này đã được thay" in visitor.get(f"/guidance/public/{number}").text
    assert f"/guidance/public/{number}" not in visitor.get("/guidance/public").text
    assert "/guidance/public/" in visitor.get("/").text


def test_a_visitor_reads_the_public_part_and_no_other(client_of):
    department, visitor = client_of("so.taichinh"), client_of(None)
    hidden = publish(department).headers["Location"].rpartition("/")[2]
    assert visitor.get(f"/guidance/public/{hidden}").status_code == 404
    assert visitor.get(f"/guidance/public/{hidden}/files/1").status_code == 404
    public = publish(department, content=DOCUMENT + b"\n", is_public="true").headers["Location"].rpartition("/")[2]
    page = visitor.get(f"/guidance/public/{public}").text
    (file,) = re.findall(r'href="(/guidance/public/\d+/files/\d+)"', page)
    with visitor.get(file) as answer:
        assert answer.data == DOCUMENT + b"\n"
    for text in (page, department.get(f"/guidance/{public}").text):
        assert re.search(r"Cơ quan công bố</dt>\s*<dd[^>]*>\s*Sở Tài chính", text)


def test_a_term_without_addressees_is_refused_at_its_field(client_of):
    answer = publish(client_of("so.congthuong"), due_on="20/12/2026")
    assert answer.status_code == 422
    assert "cần chọn đơn vị phải xác nhận" in answer.text
