"""Owners read who looked at their exact positions."""

import re

import pytest

from tests.web.test_structure_pages import TOWER, token_in


@pytest.fixture
def tower(client_of):
    client = client_of("viettel")
    page = client.get("/structures/new/antenna_tower")
    owner = re.search(r'id="owner".*?value="(\d+)"', page.text, re.DOTALL).group(1)
    answer = client.post("/structures/new/antenna_tower", data=TOWER | {"owner": owner, "csrf_token": token_in(page)})
    return answer.headers["Location"].rsplit("/", 1)[1]


def test_the_owner_reads_that_a_rival_opened_its_page(client_of, tower):
    client_of("vnpt").get(f"/structures/{tower}")
    page = client_of("viettel").get("/looks")
    assert page.status_code == 200
    assert "Trần Thị Hoa" in page.text
    assert tower in page.text


def test_the_owner_own_looks_are_not_in_the_log(client_of, tower):
    client_of("viettel").get(f"/structures/{tower}")
    assert tower not in client_of("viettel").get("/looks").text


def test_another_owner_does_not_read_it(client_of, tower):
    client_of("vnpt").get(f"/structures/{tower}")
    assert tower not in client_of("dienluc").get("/looks").text


def test_the_lead_department_reads_the_chain_of_changes(client_of, tower):
    page = client_of("so.khcn").get("/audit")
    assert page.status_code == 200
    assert "structure.create" in page.text


def test_a_page_that_was_never_given_out_is_refused_in_words(client_of):
    answer = client_of("viettel").get("/looks?before=abc")
    assert answer.status_code == 422
    assert "mở lại danh sách" in answer.text
