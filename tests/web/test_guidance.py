"""The library: published by the lead department, read by all who are signed in, withdrawn with a reason."""

import io
import re

import pytest

from registry.documents.official import DOCX, OfficialPaper, write_docx
from tests.permissions.cases import DOCUMENT, token_in
from tests.support import shared

database, app, ctx_of, client_of, taken_back = shared.FIXTURES
FACTS = {"kind": "form", "title": "Biểu mẫu báo cáo năm", "number": "12/HD-SKHCN", "issued_on": "01/11/2026"}


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
