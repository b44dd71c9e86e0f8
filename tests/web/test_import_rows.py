"""Lists of the preview, rows mended in place, duplicates decided, the map and the files to mend, by the pages."""

import html
import json
import re

import pytest
from sqlalchemy import func, select

from registry.audit.models import AuditEvent
from registry.imports.models import ImportDecision, ImportResult, ImportRow, RowOutcome
from tests.factories.structures import make
from tests.support import shared
from tests.support.import_files import BAD, GOOD, HEADER, PLACE, STEP, as_csv, row_number, rows_of_sites, site
from tests.web.test_import_pages import confirm, send, token_in

database, app, ctx_of, client_of, taken_back = shared.FIXTURES
pytestmark = pytest.mark.usefixtures("address")


def checked(client, content, **how):
    """The address of an uploaded file whose suggested columns were taken."""
    address = send(client, content, **how).headers["Location"]
    assert confirm(client, address).status_code == 303
    return address


@pytest.fixture
def viettel(client_of):
    return client_of("viettel")


@pytest.fixture(scope="module")
def address(client_of):
    """A checked file of Viettel with good and bad rows."""
    return checked(client_of("viettel"), as_csv(rows_of_sites()))


def field_of(page, heading):
    """The name and value of the input under a heading."""
    name = re.search(rf'<label[^>]*for="(cell_\d+)"[^>]*>{re.escape(html.escape(heading))}', page.text).group(1)
    tag = re.search(rf'<input[^>]*name="{name}"[^>]*>', page.text).group(0)
    return name, html.unescape(re.search(r'value="([^"]*)"', tag).group(1))


def hidden(page, name):
    return re.search(rf'name="{name}"[^>]*value="([^"]*)"', page.text).group(1)


def mend(client, address, number, heading, text, **changes):
    """Type another text into one cell of a row, as its page offers it."""
    where = f"{address}/rows/{number}"
    page = client.get(where)
    names = re.findall(r'name="(cell_\d+)"', page.text)
    data = {name: html.unescape(re.search(rf'name="{name}"[^>]*value="([^"]*)"', page.text).group(1)) for name in names}
    data[field_of(page, heading)[0]] = text
    data |= {"seen": hidden(page, "seen"), "csrf_token": token_in(page)} | changes
    return client.post(where, data=data)


def row_of(database, number):
    """A row of the file that was sent last."""
    with database.session() as session:
        return session.execute(
            select(ImportRow.cells, ImportRow.original, ImportResult.outcome)
            .join(
                ImportResult,
                (ImportResult.batch_id == ImportRow.batch_id) & (ImportResult.number == ImportRow.number),
            )
            .where(ImportRow.number == number)
            .order_by(ImportRow.batch_id.desc())
            .limit(1)
        ).one()


def test_each_figure_opens_its_list(viettel, address):
    page = viettel.get(address)
    for show, count in (("new", len(GOOD)), ("refused", len(BAD))):
        assert f'href="{address}/rows?show={show}"' in page.text
        listed = viettel.get(f"{address}/rows?show={show}")
        assert f"{count} dòng" in listed.text
        assert listed.text.count("data-record=") == count
    assert viettel.get(f"{address}/rows?show=nothing").status_code == 422


def test_a_long_list_has_pages_and_a_cursor_of_its_own(viettel):
    address = checked(viettel, as_csv([site(number) for number in range(1, 61)]))
    first = viettel.get(f"{address}/rows?show=new")
    assert first.text.count("data-record=") == 50
    following = html.unescape(re.search(r'rel="next" href="([^"]+)"', first.text).group(1))
    second = viettel.get(following)
    assert second.text.count("data-record=") == 10
    back = html.unescape(re.search(r'rel="prev" href="([^"]+)"', second.text).group(1))
    assert re.findall(r'data-record="(\d+)"', viettel.get(back).text) == re.findall(r'data-record="(\d+)"', first.text)
    assert viettel.get(following.replace("show=new", "show=all")).status_code == 422


def test_a_refused_row_says_at_its_cell_what_is_wrong(viettel, address):
    page = viettel.get(f"{address}/rows/{row_number(7)}")
    name, value = field_of(page, "Chiều cao cột (m)")
    assert value == "bốn mươi"
    assert f'id="{name}-error"' in page.text
    assert "không phải là số" in page.text


def test_a_row_is_mended_in_place_and_the_file_checked_again(viettel, database, address):
    number = row_number(7)
    answer = mend(viettel, address, number, "Chiều cao cột (m)", "40")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{address}/rows?show=refused")
    cells, original, outcome = row_of(database, number)
    at = HEADER.index("Chiều cao cột (m)")
    assert (cells[at], original[at], outcome) == ("40", "bốn mươi", RowOutcome.NEW)
    assert f"Nhập {len(GOOD) + 1} dòng" in viettel.get(address).text
    page = viettel.get(f"{address}/rows/{number}")
    assert "Đã sửa tại chỗ" in page.text
    assert "bốn mươi" in page.text
    assert "Đã sửa tại chỗ" in viettel.get(f"{address}/rows?show=mended").text
    with database.session() as session:
        assert (
            session.scalars(select(AuditEvent.action).order_by(AuditEvent.number.desc()).limit(1)).one()
            == "import.mend"
        )


def test_a_cell_mended_back_is_as_the_file_said(viettel, database, address):
    number = row_number(7)
    mend(viettel, address, number, "Chiều cao cột (m)", "40")
    mend(viettel, address, number, "Chiều cao cột (m)", "bốn mươi")
    cells, original, outcome = row_of(database, number)
    assert (cells[HEADER.index("Chiều cao cột (m)")], original, outcome) == ("bốn mươi", None, RowOutcome.REFUSED)


def test_a_row_that_is_still_wrong_stays_open(viettel, address):
    number = row_number(7)
    answer = mend(viettel, address, number, "Chiều cao cột (m)", "bốn mươi mốt")
    assert answer.headers["Location"] == f"{address}/rows/{number}"
    assert "vẫn chưa nhập được" in viettel.get(answer.headers["Location"]).text


def test_a_stale_row_is_refused_and_keeps_what_was_typed(viettel, database, address):
    number = row_number(7)
    page = viettel.get(f"{address}/rows/{number}")
    mend(viettel, address, number, "Chiều cao cột (m)", "40")
    answer = mend(viettel, address, number, "Chiều cao cột (m)", "41", seen=hidden(page, "seen"))
    assert answer.status_code == 409
    assert field_of(answer, "Chiều cao cột (m)")[1] == "41"
    assert row_of(database, number).cells[HEADER.index("Chiều cao cột (m)")] == "40"


def test_two_rows_opened_side_by_side_are_both_mended(viettel, database, address):
    seal = hidden(viettel.get(f"{address}/rows/{row_number(9)}"), "seen")
    mend(viettel, address, row_number(7), "Chiều cao cột (m)", "40")
    assert mend(viettel, address, row_number(9), "Loại cột", "A2b", seen=seal).status_code == 303
    assert row_of(database, row_number(9)).outcome is RowOutcome.NEW


def test_nothing_changed_is_said_and_a_row_that_is_not_there_is_not_found(viettel, address):
    answer = mend(viettel, address, row_number(7), "Chiều cao cột (m)", "bốn mươi")
    assert answer.status_code == 422
    assert "Chưa có ô nào được sửa" in answer.text
    assert viettel.get(f"{address}/rows/9999").status_code == 404


def test_a_cell_of_a_column_that_is_not_mapped_cannot_be_written(viettel, database, address):
    """The form has no field for it, so whatever is sent under such a name is nobody's."""
    number = row_number(7)
    mend(viettel, address, number, "Chiều cao cột (m)", "40", cell_0="999", cell_999="x")
    assert row_of(database, number).cells[0] == "7"


def test_what_is_in_a_cell_or_a_name_stays_text(viettel, address):
    del address
    canary = "<script>alert(1)</script>"
    rows = [
        site(1, **{"Tên trạm": canary, "Ghi chú": '"><img src=x onerror=alert(1)>'}),
        site(2, **{"Loại cột": canary}),
    ]
    name = "<b>" + "dài" * 100 + ".csv"
    address = checked(viettel, as_csv(rows, header=[*HEADER[:-1], "<i>Ghi chú</i>"]), name=name)
    addresses = ("/imports", address, f"{address}/rows", f"{address}/rows/4", f"{address}/rows/5")
    for each in addresses:
        page = viettel.get(each).text
        for word in (canary, "<img src=x", "<b>dài", "<i>Ghi"):
            assert word not in page
    places = viettel.get(f"{address}/places.geojson")
    assert places.mimetype == "application/geo+json"


def test_the_map_has_the_rows_of_the_list_inside_its_window(viettel, address):
    whole = json.loads(viettel.get(f"{address}/places.geojson?show=new").text)
    assert whole["more"] is False
    assert {feature["properties"]["outcome"] for feature in whole["features"]} == {"new"}
    assert len(whole["features"]) == len(GOOD)
    lon, lat = whole["features"][0]["geometry"]["coordinates"]
    box = f"{lon - 0.0001},{lat - 0.0001},{lon + 0.0001},{lat + 0.0001}"
    assert len(json.loads(viettel.get(f"{address}/places.geojson?show=new&bbox={box}").text)["features"]) == 1
    for wrong in ("1,2,3", "a,b,c,d", "nan,1,2,3", "900,1,2,3"):
        assert viettel.get(f"{address}/places.geojson?bbox={wrong}").status_code == 422


@pytest.mark.parametrize("name", ["vnpt", "kiemtra1", None])
def test_nobody_else_sees_rows_places_or_files(client_of, address, name):
    client = client_of(name)
    for what in ("rows", f"rows/{row_number(7)}", "places.geojson", "errors", "missing", "undo"):
        assert client.get(f"{address}/{what}").status_code in (302, 403, 404)


def make_duplicates(database, address):
    """Say that the first two good rows seem to be there already."""
    batch_id = int(address.rsplit("/", 1)[1])
    with database.session() as session:
        query = select(ImportResult).where(ImportResult.batch_id == batch_id, ImportResult.outcome == RowOutcome.NEW)
        rows = session.scalars(query.order_by(ImportResult.number).limit(2)).all()
        for row in rows:
            row.outcome = RowOutcome.DUPLICATE
        session.commit()
        return [row.number for row in rows]


def decided(database, address):
    batch_id = int(address.rsplit("/", 1)[1])
    with database.session() as session:
        query = select(ImportDecision.number, ImportDecision.choice).where(ImportDecision.batch_id == batch_id)
        return {number: choice.value for number, choice in session.execute(query)}


def test_duplicates_are_decided_one_by_one_or_all_at_once(viettel, database, address):
    first, second = make_duplicates(database, address)
    page = viettel.get(f"{address}/rows?show=duplicate")
    assert page.text.count("data-record=") == 2
    data = {"csrf_token": token_in(page), "version": hidden(page, "version"), "scope": "rows", f"choice_{first}": "new"}
    assert viettel.post(f"{address}/decisions", data=data).status_code == 303
    assert decided(database, address) == {first: "new"}
    page = viettel.get(f"{address}/rows?show=duplicate")
    assert f'data-record="{first}"' in page.text
    make_duplicates(database, address)
    data = {"csrf_token": token_in(page), "version": hidden(page, "version"), "scope": "all", "for_all": "skip"}
    assert viettel.post(f"{address}/decisions", data=data).status_code == 303
    assert decided(database, address) == {first: "skip", second: "skip"}


def test_a_choice_for_a_row_that_is_no_duplicate_none_or_an_old_page_is_refused(viettel, database, address):
    first, _second = make_duplicates(database, address)
    page = viettel.get(f"{address}/rows?show=duplicate")
    data = {"csrf_token": token_in(page), "version": hidden(page, "version"), "scope": "rows"}
    where = f"{address}/decisions"
    assert viettel.post(where, data=data).status_code == 422
    assert viettel.post(where, data=data | {f"choice_{row_number(7)}": "new"}).status_code == 422
    assert viettel.post(where, data=data | {f"choice_{first}": "delete"}).status_code == 422
    assert viettel.post(where, data=data | {"scope": "all"}).status_code == 422
    assert viettel.post(where, data=data | {f"choice_{first}": "new", "version": "1"}).status_code == 409
    assert decided(database, address) == {}


def test_a_row_on_a_registered_place_stands_beside_it_and_updates_it_when_told_so(viettel, ctx_of, database):
    with ctx_of("viettel") as ctx:
        code = make(ctx, at=(PLACE[0] + STEP, PLACE[1]), name="Trạm cũ", height_m="30").code
    address = checked(viettel, as_csv([site(1, **{"Mã trạm": ""})]))
    page = viettel.get(f"{address}/rows?show=duplicate")
    for words in (code, "Trạm cũ", "Trạm Hạc Thành 1", "30\xa0m"):
        assert words in page.text
    assert code in viettel.get(f"{address}/rows/4").text
    data = {"csrf_token": token_in(page), "version": hidden(page, "version"), "scope": "all", "for_all": "update"}
    assert viettel.post(f"{address}/decisions", data=data).status_code == 303
    assert row_of(database, 4).outcome is RowOutcome.CHANGED
    changed = viettel.get(f"{address}/rows?show=changed")
    assert re.search(r"Chiều cao cột \(m\)</dt>.*?<del>.*?30\s*</del>.*?<ins>.*?42\s*</ins>", changed.text, re.DOTALL)


def test_rows_cannot_be_mended_once_they_are_in(viettel, database, address):
    page = viettel.get(address)
    viettel.post(f"{address}/apply", data={"csrf_token": token_in(page)})
    answer = viettel.post(f"{address}/rows/{row_number(7)}", data={"csrf_token": token_in(page), "seen": "x"})
    assert answer.status_code == 409
    with database.session() as session:
        assert session.scalar(select(func.count()).select_from(ImportRow).where(ImportRow.original.is_not(None))) == 0


def test_the_preview_has_a_map_and_a_row_its_distance_to_the_stated_commune(viettel, address):
    assert "data-rows-map" in viettel.get(address).text
    inside = html.unescape(viettel.get(f"{address}/rows/{row_number(1)}").text)
    assert "Nằm trong “Phường Hạc Thành” đã khai" in inside
    far = html.unescape(viettel.get(f"{address}/rows/{row_number(3)}").text)
    assert re.search(r"Cách “Xã Mường Lát” đã khai 1\d\d\.\d\d\d m", far)


def test_the_card_of_the_map_names_the_distance_of_its_rows_to_their_communes(viettel, address):
    asked = ",".join(str(row_number(number)) for number in (1, 3))
    places = {
        feature["id"]: feature["properties"].get("commune")
        for feature in viettel.get(f"{address}/places.geojson?rows={asked}").json["features"]
    }
    assert places.keys() == {row_number(1), row_number(3)}
    assert places[row_number(1)] == "Nằm trong “Phường Hạc Thành” đã khai."
    assert re.fullmatch(r"Cách “Xã Mường Lát” đã khai 1\d\d\.\d\d\d m\.", places[row_number(3)])
    for wrong in ("1,2,x", "-1", ",", "1,2,3,4,5,6,7,8,9"):
        assert viettel.get(f"{address}/places.geojson?rows={wrong}").status_code == 422
    assert "commune" not in viettel.get(f"{address}/places.geojson").json["features"][0]["properties"]
