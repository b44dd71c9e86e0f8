"""Owners read who looked at their exact positions."""

import re

import pytest

from config.settings import CHECKOUT
from registry.audit.labels import ACCESS_LABELS
from tests.support.import_files import as_csv, row_number, site
from tests.web.test_import_rows import checked
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
    answer = client_of("viettel").get("/looks?cursor=abc")
    assert answer.status_code == 422
    assert "mở lại danh sách" in answer.text


@pytest.mark.parametrize(
    "part",
    ["", "/rows", f"/rows/{row_number(1)}", "/places.geojson", "/problems.csv", "/errors?rows=all"],
    ids=lambda part: part,
)
def test_the_owner_reads_who_of_the_departments_looked_at_the_rows_of_its_file(client_of, part):
    address = checked(client_of("viettel"), as_csv([site(1)]))
    word = ">Dòng của lô nhập</td>"
    assert word not in client_of("viettel").get("/looks").text
    answer = client_of("so.khcn").get(f"{address}{part}")
    answer.close()
    assert answer.status_code == 200
    text = client_of("viettel").get("/looks").text
    assert text.count(word) == 1
    assert word not in client_of("vnpt").get("/looks").text


def test_looks_have_words_for_every_place_where_they_happen():
    places_of_looks = set()
    for path in (CHECKOUT / "registry").rglob("*.py"):
        places_of_looks |= set(
            re.findall(
                r'\b(?:log_access|(?:log_)?answer(?:ed)?)\(\s*(?:check\.)?ctx, "(\w+)"',
                path.read_text(encoding="utf-8"),
            )
        )
    assert places_of_looks - set(ACCESS_LABELS) == set()
    assert places_of_looks >= {"detail", "tile", "import", "nearest", "mast_spacing"}
