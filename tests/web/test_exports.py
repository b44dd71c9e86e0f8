"""Lists leave the registry as files: at once where they are short, through the worker where they are long."""

import csv
import io
import zipfile

import pytest
from sqlalchemy import select

from registry.audit.models import AuditNote
from registry.capacity.commands import SetPlace
from registry.capacity.models import PlaceUnit
from registry.capacity.service import set_place
from registry.exports import pages
from registry.exports.jobs import STORE
from registry.exports.models import ExportJob, ExportState
from registry.exports.service import finish
from tests.factories.structures import HAC_THANH, make
from tests.support.exports import as_rows, download, fetch, token_in

FORMATS = ("csv", "xlsx", "geojson", "gpkg", "kml", "shp")


@pytest.fixture
def tower(ctx_of):
    with ctx_of("viettel") as ctx:
        return make(ctx, owner="viettel", name="Trạm Hàm Rồng", own_code="VT-001", height_m="45,5")


def notes(database):
    return database._bind.execute(select(AuditNote).where(AuditNote.action == "export").order_by(AuditNote.id)).all()


@pytest.mark.parametrize("file_format", FORMATS)
def test_every_format_holds_the_rows_of_the_list_with_filter_time_and_person(client_of, ctx_of, tower, file_format):
    answer = download(client_of("viettel"), "structures", file_format, kind="antenna_tower", q="Hàm Rồng")
    rows, about = as_rows(file_format, answer.data)
    assert [row["own_code"] for row in rows] == ["VT-001"]
    with ctx_of("viettel") as ctx:
        person = ctx.actor.display_name
    for word in ("Loại công trình: Cột ăng ten", "Từ khóa: Hàm Rồng", person, "WGS 84", "Lập lúc"):
        assert word in about, word


@pytest.mark.parametrize("file_format", FORMATS)
def test_a_file_is_an_attachment_that_runs_nothing_and_is_kept_nowhere(client_of, tower, file_format):
    answer = download(client_of("viettel"), "structures", file_format)
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=cong-trinh-")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "no-store" in answer.headers["Cache-Control"]


def test_a_csv_opens_in_a_spreadsheet_with_vietnamese_settings(client_of, tower):
    answer = download(client_of("viettel"), "structures", "csv", kind="antenna_tower")
    assert answer.data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))
    head = next(row for row in rows if "Tên" in row)
    line = rows[rows.index(head) + 1]
    assert line[head.index("Chiều cao cột (m)")] == "45,5"
    assert (line[head.index("Vĩ độ")], line[head.index("Kinh độ")]) == ("19,807", "105,776")
    assert line[head.index("Mức chính xác")] == "chính xác"


@pytest.mark.parametrize("file_format", ["csv", "xlsx", "shp"])
def test_no_cell_is_run_as_a_formula(client_of, ctx_of, file_format):
    with ctx_of("viettel") as ctx:
        make(ctx, owner="viettel", name="=HYPERLINK(1)", own_code="@SUM(1)", note="+1-1")
    answer = download(client_of("viettel"), "structures", file_format)
    if file_format == "xlsx":
        book = zipfile.ZipFile(io.BytesIO(answer.data))
        assert "<f>" not in book.read("xl/worksheets/sheet1.xml").decode()
        assert 'quotePrefix="1"' in book.read("xl/styles.xml").decode()
        return
    rows, _about = as_rows(file_format, answer.data)
    assert (rows[0]["name"], rows[0]["own_code"]) == ("'=HYPERLINK(1)", "'@SUM(1)")


def test_lines_points_and_cells_stand_in_layers_of_their_own(client_of, ctx_of, tower):
    with ctx_of("vnpt") as ctx:
        make(ctx, owner="vnpt", kind="cable_duct", own_code="VN-D")
    rows, _about = as_rows("gpkg", download(client_of("vnpt"), "structures", "gpkg").data)
    assert {row["layer"] for row in rows} == {"cong_trinh_tuyen", "cong_trinh_o_luoi"}
    names = zipfile.ZipFile(io.BytesIO(download(client_of("vnpt"), "structures", "shp").data)).namelist()
    assert {"cong-trinh_tuyen.shp", "cong-trinh_o_luoi.cpg", "README.txt"} <= set(names)


def test_totals_of_places_are_unknown_where_one_of_them_is(client_of, ctx_of, tower):
    with ctx_of("viettel") as ctx:
        set_place(ctx, SetPlace(tower.code, "Sàn 1", PlaceUnit.POSITION, 5))
    rows, _about = as_rows("geojson", download(client_of("viettel"), "structures", "geojson").data)
    assert [rows[0][name] for name in ("places_total", "places_used", "places_free")] == [5, 0, 5]
    with ctx_of("viettel") as ctx:
        set_place(ctx, SetPlace(tower.code, "Sàn 2", PlaceUnit.POSITION, None))
    rows, _about = as_rows("geojson", download(client_of("viettel"), "structures", "geojson").data)
    assert [rows[0][name] for name in ("places_total", "places_used", "places_free")] == [None, 0, None]


def test_every_export_is_noted_and_the_owner_reads_of_it(client_of, ctx_of, database):
    with ctx_of("viettel") as ctx:
        make(ctx, owner="viettel", sharing_status="available")
    download(client_of("vnpt"), "structures", "csv")
    (note,) = notes(database)
    assert note.details["looks"][0]["rows"] == 1
    assert len(note.owner_ids) == 1
    assert "Xuất dữ liệu" in client_of("viettel").get("/looks").text


def test_the_menu_of_the_list_keeps_its_filter(client_of, tower):
    page = client_of("viettel").get("/structures?kind=antenna_tower&sort=name&order=desc").text
    for file_format in FORMATS:
        assert f'href="/exports/structures.{file_format}?kind=antenna_tower"' in page


def test_a_list_or_a_format_that_there_is_not_is_told_so(client_of):
    for address in ("/exports/nothing.csv", "/exports/structures.docx"):
        answer = client_of("viettel").get(address)
        assert answer.status_code == 404
        assert "Traceback" not in answer.text


def test_a_wrong_filter_is_refused_in_words(client_of):
    answer = client_of("viettel").get("/exports/structures.csv?status=zzz")
    assert answer.status_code == 422
    assert "zzz" in answer.text


# --- long lists -----------------------------------------------------------------------------------------------------
@pytest.fixture
def long_list(monkeypatch, ctx_of):
    """Lists count as long from one row on."""
    monkeypatch.setattr(pages, "AT_ONCE", 1)
    with ctx_of("viettel") as ctx:
        for number in range(3):
            make(ctx, owner="viettel", at=(HAC_THANH[0], HAC_THANH[1] + number / 1000))


def ask(client, address="/exports/structures.csv"):
    return client.post(address, data={"csrf_token": token_in(client.get("/"))})


def jobs(database):
    return database._bind.execute(select(ExportJob.id, ExportJob.state).order_by(ExportJob.id)).all()


def test_a_long_list_is_offered_as_a_job_and_not_written_at_once(client_of, long_list):
    page = client_of("viettel").get("/exports/structures.csv?kind=antenna_tower")
    assert page.mimetype == "text/html"
    assert 'action="/exports/structures.csv?kind=antenna_tower"' in page.text


def test_the_public_is_told_to_narrow_a_long_list(client_of, long_list):
    answer = client_of(None).get("/exports/structures.csv?kind=antenna_tower")
    assert answer.status_code == 422
    assert "thu hẹp bộ lọc" in answer.text


def test_a_double_click_makes_one_file(client_of, long_list, database):
    client = client_of("viettel")
    for _click in range(2):
        assert ask(client).headers["Location"] == "/exports"
    assert len(jobs(database)) == 1


def test_a_fourth_file_has_to_wait(client_of, long_list, database):
    client = client_of("viettel")
    answers = [ask(client, f"/exports/structures.{name}").status_code for name in FORMATS[:4]]
    assert answers == [303, 303, 303, 429]
    assert len(jobs(database)) == 3


def test_a_finished_file_is_for_who_asked_until_it_expires(app, client_of, ctx_of, long_list, database):
    ask(client_of("viettel"))
    (job,) = jobs(database)
    address = f"/exports/files/{job.id}"
    assert client_of("viettel").get(address).status_code == 404
    store = STORE.of(app)
    with store.writing() as folder:
        (folder / "made").write_bytes(b"content")
        size = store.save(folder / "made", job.id)
    with ctx_of("quantri") as ctx:
        finish(ctx, job.id, "cong-trình.csv", 3, size)
    answer = fetch(client_of("viettel"), address)
    assert answer.data == b"content"
    assert "filename*=UTF-8''cong-tr%C3%ACnh.csv" in answer.headers["Content-Disposition"]
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "cong-trình.csv" in client_of("viettel").get("/exports").text
    assert "cong-trình.csv" not in client_of("vnpt").get("/exports").text
    assert client_of("vnpt").get(address).status_code == 404
    assert client_of(None).get(address).status_code == 302
    with ctx_of("quantri") as ctx:
        ctx.session.get_one(ExportJob, job.id).expires_at = ctx.now
    answer = client_of("viettel").get(address)
    assert answer.status_code == 404
    assert "hết hạn" in answer.text
    listed = client_of("viettel").get("/exports").text
    assert "cong-trình.csv" not in listed
    assert str(ExportState.EXPIRED.label) in listed


def test_only_who_asked_is_told_that_a_file_is_ready(client_of, ctx_of, long_list, database):
    ask(client_of("viettel"))
    with ctx_of("quantri") as ctx:
        finish(ctx, jobs(database)[0].id, "cong-trinh.csv", 3, 7)
    assert "đã lập xong" in client_of("viettel").get("/notices").text
    assert "đã lập xong" not in client_of("vnpt").get("/notices").text
