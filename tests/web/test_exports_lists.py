"""Every list that has a page has its files, with the rows of that page and of no other."""

import re

import pytest

from registry.kernel.exports.lists import EXPORT_LISTS
from tests.factories.colocation import filed
from tests.factories.colocation import tower as shared_tower
from tests.factories.occupations import told
from tests.factories.routelists import YEAR, agreed, propose
from tests.factories.structures import make
from tests.factories.tariffs import publish
from tests.factories.violations import log, with_minutes
from tests.support import shared
from tests.support.exports import as_rows, download, fetch
from tests.support.public_files import make_all

database, app, ctx_of, client_of, taken_back = shared.FIXTURES

#: List -> its page.
PAGES = {
    "colocation": "/colocation",
    "violations": "/violations",
    "occupations": "/occupations",
    "route-items": "/route-lists/items",
    "route-lists": "/route-lists",
    "looks": "/looks",
    "towers": "/dashboard/towers",
    "cables": "/cables",
    "tariffs": "/tariffs",
    "structures": "/structures",
}
#: Who looks at all lists, and those who look at every other one by turns.
CAST = ("viettel", "vnpt", "so.khcn", "so.xaydung")
BY_TURNS = ("so.taichinh", "ubnd.xa", "kiemtra2", "quansu", "nguoidan", None)


@pytest.fixture(scope="module")
def everything(ctx_of, client_of):
    """At least one row in each list."""
    with ctx_of("viettel") as ctx:
        code = shared_tower(ctx).code
        make(ctx, owner="viettel")
        make(ctx, owner="viettel", kind="cable_route")
        publish(ctx, 250_000)
        publish(ctx, 1_000_000, period="once")
    with ctx_of("vnpt") as ctx:
        filed(ctx, code)
    log(ctx_of)
    with_minutes(ctx_of)
    told(ctx_of)
    told(ctx_of, occupant=None)
    agreed(ctx_of)
    propose(ctx_of, street_name="Đường Lê Lợi")
    client_of("vnpt").get(f"/structures/{code}")


def rows_of_page(client, address):
    """How many rows the page of a list shows; None where it is not to be seen."""
    page = fetch(client, address)
    return len(re.findall(r'<tr role="row" ?[^>]*>\s*<td', page.text)) if page.status_code == 200 else None


def test_a_file_has_the_rows_that_its_page_shows_to_the_same_reader(app, client_of, everything):
    make_all(app)
    shown, taken = {}, {}
    looks = [
        *((name, list(PAGES)) for name in CAST),
        *((name, list(PAGES)[n % 2 :: 2]) for n, name in enumerate(BY_TURNS)),
    ]
    for username, codes in looks:
        client = client_of(username)
        for code in codes:
            page = PAGES[code]
            shown[username, code] = rows_of_page(client, page)
            answer = fetch(client, f"/exports/{code}.csv")
            taken[username, code] = len(as_rows("csv", answer.data)[0]) if answer.status_code == 200 else None
    assert taken == shown
    assert all(shown["so.khcn", code] for code in PAGES)


def test_the_page_of_each_list_offers_its_formats(client_of, everything):
    client = client_of("so.khcn")
    for code, address in PAGES.items():
        wanted = ["csv", "xlsx"]
        if code in ("structures", "violations", "route-items"):
            wanted += ["geojson", "gpkg", "kml", "shp"]
        assert re.findall(rf'href="/exports/{code}\.(\w+)', client.get(address).text) == wanted


def test_every_list_can_be_taken_out_as_a_workbook(client_of, everything):
    """Whatever a column gives, labels that wait for a language included."""
    client = client_of("so.khcn")
    answers = {code: fetch(client, f"/exports/{code}.xlsx").status_code for code in EXPORT_LISTS}
    assert {code for code, status in answers.items() if status not in (200, 403, 404)} == set()
    assert answers["indicators"] == 200


def test_a_filter_of_cases_holds_for_their_file(client_of, everything):
    rows, about = as_rows("csv", download(client_of("so.khcn"), "violations", "csv", state="minutes_made").data)
    assert len(rows) == 1
    assert "Trạng thái: Đã lập biên bản" in about


def test_the_accused_reads_no_notes_of_a_violation_in_any_format(client_of, everything, ctx_of):
    for file_format in ("csv", "geojson", "kml"):
        answer = download(client_of("so.khcn"), "violations", file_format)
        assert "Cáp võng" not in answer.data.decode("utf-8")


def test_streets_are_taken_out_with_their_lines_by_year(client_of, ctx_of, everything):
    rows, about = as_rows("geojson", download(client_of("so.xaydung"), "route-items", "geojson", year=YEAR).data)
    assert [row["geometry"]["type"] for row in rows] == ["LineString"]
    assert f"Năm: {YEAR}" in about
    assert fetch(client_of("so.xaydung"), "/exports/route-items.csv?year=1999").status_code == 404


def test_towers_are_taken_out_as_on_a_day(client_of, everything):
    client = client_of("so.khcn")
    _rows, about = as_rows("csv", download(client, "towers", "csv", on="01/01/2026").data)
    assert "Tại ngày: 01/01/2026" in about
    assert fetch(client, "/exports/towers.csv?use=zzz").status_code == 422


def test_an_issued_list_says_its_decision(client_of, ctx_of, everything):
    rows, _about = as_rows("csv", download(client_of("so.xaydung"), "route-lists", "csv").data)
    assert [row["Năm"] for row in rows] == [str(YEAR)]
