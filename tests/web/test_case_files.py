"""The papers of a case: brought by those who may, kept for the other side once it is sent."""

import io

import pytest

from tests.factories.colocation import draft, filed, tower
from tests.permissions.cases import DOCUMENT, token_in


@pytest.fixture
def code(ctx_of):
    with ctx_of("viettel") as ctx:
        return tower(ctx).code


def bring(client, number):
    """Attach a paper to a request; the address that takes it off again."""
    address = f"/files/colocation/{number}"
    sent = {"csrf_token": token_in(client.get(f"{address}/add")), "file": (io.BytesIO(DOCUMENT), "ban-ve.pdf")}
    assert client.post(f"{address}/add", data=sent, content_type="multipart/form-data").status_code == 303
    page = client.get(f"/colocation/{number}").text
    return f"{address}/{page.split('/files/')[2].split(chr(34))[0]}/withdraw"


def test_neither_side_takes_a_paper_out_of_a_request_that_was_sent(ctx_of, client_of, code):
    with ctx_of("vnpt") as ctx:
        number = filed(ctx, code).id
    owner, requester = client_of("viettel"), client_of("vnpt")
    address = bring(owner, number)
    for client in (owner, requester):
        page = client.get(f"/colocation/{number}")
        assert "ban-ve.pdf" in page.text
        assert "Gỡ tệp" not in page.text
        answer = client.post(address, data={"csrf_token": token_in(page)})
        assert answer.status_code == 409
        assert "được giữ lại làm căn cứ" in answer.text
    assert "ban-ve.pdf" in owner.get(f"/colocation/{number}").text


def test_a_paper_of_a_draft_is_taken_out_again(ctx_of, client_of, code):
    with ctx_of("vnpt") as ctx:
        number = draft(ctx, code).id
    client = client_of("vnpt")
    address = bring(client, number)
    page = client.get(f"/colocation/{number}")
    assert "Gỡ tệp" in page.text
    assert client.post(address, data={"csrf_token": token_in(page)}).status_code == 303
    assert "ban-ve.pdf" not in client.get(f"/colocation/{number}").text


def test_who_brings_no_files_is_offered_no_form_for_them(ctx_of, client_of, code):
    with ctx_of("vnpt") as ctx:
        number = filed(ctx, code).id
    for name, offered in (("viettel", True), ("vnpt", True), ("so.khcn", False)):
        assert (f"/files/colocation/{number}/add" in client_of(name).get(f"/colocation/{number}").text) is offered, name


@pytest.mark.parametrize("body", ["files", "json object", "json list"])
def test_a_form_sent_as_something_else_is_refused_not_a_failure(ctx_of, client_of, code, body):
    with ctx_of("vnpt") as ctx:
        number = draft(ctx, code).id
    client = client_of("vnpt")
    token = token_in(client.get(f"/colocation/{number}"))
    names = ("contact_name", "contact_phone", "contact_email", "purpose", "wanted_from", "term_months", "version")
    for page in (f"/colocation/{number}/edit", f"/cases/colocation/{number}/discard"):
        if body == "files":
            sent = {"data": {name: (io.BytesIO(DOCUMENT), "a.pdf") for name in names} | {"csrf_token": token}}
        else:
            sent = {"json": dict.fromkeys(names, 5) if body == "json object" else [1, 2]}
        answer = client.post(page, headers={"X-CSRFToken": token}, **sent)
        assert answer.status_code in (400, 409, 415, 422), page
