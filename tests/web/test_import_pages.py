"""The pages of imports as the cast sees them: upload, columns, preview, apply, report."""

import io
import re

import pytest
from sqlalchemy import func, select

from registry.accounts.models import UserAccount
from registry.imports.jobs import STORE, run_work
from registry.imports.models import ImportBatch
from registry.structures.models import Structure
from tests.support import shared
from tests.support.import_files import BAD, GOOD, HEADER, as_csv, rows_of_sites, site

database, app, ctx_of, client_of, taken_back = shared.FIXTURES
pytestmark = pytest.mark.usefixtures("address")


def token_in(page):
    return re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text).group(1)


def options_in(page, name):
    """The chosen value of a list, else its first."""
    options = re.search(rf'<select[^>]*name="{name}"[^>]*>(.*?)</select>', page.text, re.DOTALL).group(1)
    match = re.search(r'<option[^>]*selected[^>]*value="([^"]*)"', options)
    return (match or re.search(r'<option[^>]*value="([^"]*)"', options)).group(1)


def send(client, content, name="danh sách.csv", kind="antenna_tower"):
    page = client.get("/imports")
    data = {
        "csrf_token": token_in(page),
        "owner": options_in(page, "owner"),
        "kind": kind,
        "file": (io.BytesIO(content), name),
    }
    return client.post("/imports", data=data, content_type="multipart/form-data")


def confirm(client, address, **changes):
    """Send the suggested columns as the page offers them."""
    page = client.get(address)
    names = re.findall(r'<select[^>]*name="(column_\d+|system)"', page.text)
    data = {name: options_in(page, name) for name in names}
    data["version"] = re.search(r'name="version"[^>]*value="(\d+)"', page.text).group(1)
    return client.post(f"{address}/mapping", data=data | {"csrf_token": token_in(page)} | changes)


@pytest.fixture(scope="module")
def address(client_of):
    """An uploaded file of Viettel with good and bad rows; the address of its page."""
    answer = send(client_of("viettel"), as_csv(rows_of_sites()))
    assert answer.status_code == 303, re.findall(r'href="#\w+">([^<]+)', answer.text)
    return answer.headers["Location"]


def post(client, address, what):
    page = client.get(address)
    return client.post(f"{address}/{what}", data={"csrf_token": token_in(page)})


def test_a_file_is_uploaded_checked_and_imported_by_the_worker(app, database, client_of, address):
    client = client_of("viettel")
    assert "VN-2000" in client.get(address).text
    assert confirm(client, address).status_code == 303
    preview = client.get(address)
    assert f"Nhập {len(GOOD)} dòng" in preview.text
    for _change, words in BAD.values():
        assert words.replace("'", "&#39;") in preview.text
    assert post(client, address, "apply").status_code == 303
    assert 'hx-trigger="every 1s' in client.get(f"{address}/status").text
    with database.session() as session:
        user_id = session.scalar(select(UserAccount.id).where(UserAccount.username == "viettel"))
    run_work(database, STORE.of(app), "apply", int(address.rsplit("/", 1)[1]), user_id)
    done = client.get(f"{address}/status")
    assert done.headers["HX-Refresh"] == "true"
    assert f"Đã tạo {len(GOOD)} công trình" in client.get(address).text
    with database.session() as session:
        assert session.scalar(select(func.count()).select_from(Structure)) == len(GOOD)


def test_the_preview_warns_of_a_permit_for_work_since_the_exemption_and_takes_the_row(client_of):
    columns = ["Chế độ cấp phép", "Số giấy phép, thông báo", "Ngày giấy phép, thông báo", "Ngày xây dựng"]
    rows = [
        [*site(number), "Giấy phép xây dựng", "12/GPXD", "20/12/2025", built_on]
        for number, built_on in enumerate(("31/12/2025", "01/01/2026", "02/01/2026"), start=1)
    ]
    client = client_of("viettel")
    address = send(client, as_csv(rows, header=[*HEADER, *columns])).headers["Location"]
    assert confirm(client, address).status_code == 303
    preview = client.get(address)
    assert "Nhập 3 dòng" in preview.text
    with client.get(f"{address}/problems.csv") as answer:
        report = answer.text
    for text in (preview.text, report):
        assert "ngày khởi công 31/12/2025" not in text
        for day in ("01/01/2026", "02/01/2026"):
            assert f"không hợp với ngày khởi công {day}" in text
        assert text.count("Căn cứ: theo cấu hình của Sở") == 2


def test_a_second_click_asks_for_nothing_more(client_of, database, address):
    client = client_of("viettel")
    confirm(client, address)
    page = client.get(address)
    for _again in range(2):
        answer = client.post(f"{address}/apply", data={"csrf_token": token_in(page)})
        assert answer.status_code == 303
    with database.session() as session:
        query = select(func.count()).select_from(ImportBatch).where(ImportBatch.state == "applying")
        assert session.scalar(query) == 1


def test_the_report_lists_every_problem(client_of, address):
    client = client_of("viettel")
    confirm(client, address)
    with client.get(f"{address}/problems.csv") as answer:
        assert answer.mimetype == "text/csv"
        assert answer.data.startswith(b"\xef\xbb\xbf")
        assert answer.text.count("Không nhập") >= len(BAD)


@pytest.mark.parametrize(
    ("content", "words"), [(b"", "Tệp"), (b"%PDF-1.7", "PDF"), (b'{"type": "x", "type": "y"}', "lặp lại")]
)
def test_a_file_that_is_not_read_is_refused_at_its_field(client_of, content, words):
    answer = send(client_of("viettel"), content)
    assert answer.status_code == 422
    assert words in answer.text


def test_columns_that_are_not_enough_are_refused_and_kept(client_of, address):
    client = client_of("viettel")
    answer = confirm(client, address, column_3="")
    assert answer.status_code == 422
    assert "Chưa chọn cột cho trường bắt buộc" in answer.text
    assert confirm(client, address, column_2="own_code").status_code == 422
    assert confirm(client, address, system="").status_code == 422


def test_leave_for_places_outside_is_not_offered_to_an_operator_nor_taken_from_one(client_of, address):
    client = client_of("viettel")
    assert "outside_area" not in client.get(address).text
    assert confirm(client, address, outside_area="y").status_code == 303
    assert "ngoài địa bàn tỉnh: các dòng đó" not in client.get(address).text


def test_a_stale_page_is_a_conflict(client_of, address):
    client = client_of("viettel")
    assert confirm(client, address).status_code == 303
    assert confirm(client, address, version="1").status_code == 409


@pytest.mark.parametrize(
    ("name", "status"), [("vnpt", 404), ("so.khcn", 200), ("so.xaydung", 403), ("kiemtra1", 403), ("quantri", 404)]
)
def test_who_may_open_an_import(client_of, address, name, status):
    assert client_of(name).get(address).status_code == status


@pytest.mark.parametrize("what", ["mapping", "apply", "cancel"])
def test_a_rival_can_do_nothing_to_an_import(client_of, address, what):
    rival = client_of("vnpt")
    token = token_in(rival.get("/imports"))
    data = {"csrf_token": token, "version": "1"}
    assert rival.post(f"{address}/{what}", data=data).status_code == 404


def test_an_operator_cannot_import_for_another_owner(client_of, database):
    client = client_of("vnpt")
    with database.session() as session:
        viettel = session.scalar(select(UserAccount.organisation_id).where(UserAccount.username == "viettel"))
    page = client.get("/imports")
    data = {
        "csrf_token": token_in(page),
        "owner": str(viettel),
        "kind": "antenna_tower",
        "file": (io.BytesIO(as_csv([site(1)])), "a.csv"),
    }
    assert client.post("/imports", data=data, content_type="multipart/form-data").status_code == 422


def test_a_cancelled_import_says_so(client_of, address):
    client = client_of("viettel")
    assert post(client, address, "cancel").status_code == 303
    assert "Đã hủy" in client.get(address).text


def test_the_pages_are_english_for_who_chose_english(client_of, address):
    client = client_of("viettel")
    client.set_cookie("language", "en")
    assert confirm(client, address).status_code == 303
    assert client.get(address).status_code == 200
