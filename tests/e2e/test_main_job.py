"""The main job of operators: a file imported, a structure found, asked for, answered, or left to the department.

Played on the project's own small file; as a trial on the sample of an operator, where that lies beside the checkout.
"""

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from config.settings import CHECKOUT
from registry.authz.actors import SYSTEM_ACTOR
from registry.capacity.models import CapacityPlace
from registry.imports.models import ImportBatch
from registry.structures.models import Structure
from registry.territory.importing.service import import_folder
from registry.workflow.jobs import run_clocks
from tests.e2e import journey
from tests.e2e.conftest import PHONE, open_card
from tests.e2e.journey import Keys, begin, desk, done, has_happened, has_turn, number_of, send, step, take_up
from tests.e2e.looks import look
from tests.e2e.site import serving
from tests.e2e.test_import import upload
from tests.factories.colocation import filed
from tests.support.cases import at
from tests.support.database import cloned
from tests.support.import_files import as_csv, rows_of_sites
from tests.support.import_files import site as row
from tests.support.live import context

DATA = CHECKOUT.parent / "shared" / "data"
SAMPLE = DATA / "samples" / "thanh_hoa_sites.csv"
#: Good rows of each file.
ROWS = {"own": 10, "sample": 405}
REQUEST = {
    "contact_phone": "0912 345 678",
    "purpose": "Phủ sóng 5G khu dân cư phía Nam phường",
    "wanted_from": "01/01/2030",
    "term_months": "60",
}
REFUSAL = "Hai vị trí còn lại dành cho trạm của chính đơn vị theo kế hoạch quý I."
#: What the department must find on paper.
IN_THE_DOSSIER = ("Trạm 5G THA0123", "Trích hồ sơ công trình", "Sức chứa", "không trả lời trong thời hạn")


@pytest.fixture(scope="module", params=["own", pytest.param("sample", marks=pytest.mark.trial)])
def source(request):
    if request.param == "sample" and not SAMPLE.exists():
        pytest.skip("the sample files are not beside this checkout")
    return request.param


@pytest.fixture(scope="module")
def site(source, cluster, template_database, tmp_path_factory):
    """The application on an empty register; with the official boundaries for the sample, which needs them."""
    folder = tmp_path_factory.mktemp("job")
    with cloned(cluster, template_database, "job") as url, serving(url, folder) as served_site:
        if source == "sample":
            with served_site.database.transaction(SYSTEM_ACTOR, origin="test") as ctx:
                import_folder(ctx, DATA / "boundaries")
        yield served_site


@pytest.fixture(scope="module")
def content(source):
    """The bytes of the file."""
    if source == "sample":
        return SAMPLE.read_bytes()
    return as_csv([*rows_of_sites(), *(row(number) for number in range(19, 25))])


@pytest.fixture
def imported(open_as, site, source, content):
    """The register holds the file: imported by page, once for this module; that page, where this test imports it."""
    with site.database.session() as session:
        if session.scalar(select(ImportBatch.id)):
            return None
    page = open_as("viettel")
    upload(page, content)
    page.get_by_label("Hệ tọa độ").select_option("vn2000")
    page.get_by_role("button", name="Kiểm tra từng dòng").click()
    look(page, f"job import {source}")
    page.get_by_role("button", name=f"Nhập {ROWS[source]} dòng").click()
    expect(page.locator("#import-status")).to_contain_text("Có thể rời trang này")
    site.work()
    expect(page.get_by_text(f"Đã tạo {ROWS[source]} công trình.")).to_be_visible()
    return page


def codes(site, sharing, *, free=1):
    """Codes and names of imported towers of a sharing status with so much room."""
    with context(site.database, "viettel", read_only=True) as ctx:
        query = (
            select(Structure.code, Structure.name)
            .join(CapacityPlace, CapacityPlace.structure_id == Structure.id)
            .where(Structure.sharing_status == sharing, CapacityPlace.free >= free)
            .order_by(Structure.code)
        )
        return [tuple(code_and_name) for code_and_name in ctx.session.execute(query)]


def publish(page, code):
    """Say that a structure can be shared."""
    page.goto(f"/structures/{code}")
    page.get_by_role("link", name="Sửa", exact=True).first.click()
    page.locator("[name=sharing_status]").select_option("available")
    page.get_by_role("button", name="Lưu").click()
    expect(page.get_by_role("status").filter(has_text="Đã lưu công trình")).to_be_visible()


def fill_items(page, *equipment):
    """Say what is to be installed, on one structure after the other."""
    for number, words in enumerate(equipment):
        page.get_by_role("link", name="Khai lắp đặt").nth(number).click()
        if number == 0:
            look(page, "job request item")
        page.get_by_label("Vị trí lắp đặt").select_option(index=1)
        journey.fill(
            page,
            quantity="1",
            equipment=words,
            technology="5g",
            antennas="3",
            attach_height_m="32",
            weight_kg="180,5",
        )
        page.get_by_role("button", name="Lưu").click()
        expect(page.locator("#items")).to_contain_text(words)


def find(vnpt, viettel, mapped, site):
    """One that nobody shares yet is not to be found by name; published it is, by words and on the map (`mapped`)."""
    (code, name), *_rest = codes(site, "exclusive_full", free=0)
    vnpt.goto(f"/structures?q={code}")
    expect(vnpt.locator("#list")).not_to_contain_text(name)
    publish(viettel, code)
    vnpt.goto("/structures")
    vnpt.get_by_role("searchbox", name="Tìm trong toàn hệ thống").fill(name)
    vnpt.keyboard.press("Enter")
    expect(vnpt.locator("#structures .hit").filter(has_text=code)).to_contain_text(name)
    open_card(mapped, code)


def ask(vnpt, others, codes_and_names):
    """Choose in the list, fill in, check, send; the number of the receipt."""
    vnpt.goto("/structures?sharing_status=available&kind=antenna_tower")
    for code, _name in codes_and_names:
        vnpt.get_by_label(f"Chọn {code}").check()
    look(vnpt, "job chosen")
    vnpt.get_by_role("button", name="Đề nghị dùng chung").click()
    expect(vnpt.get_by_text("Còn thiếu, chưa gửi được")).to_be_visible()
    look(vnpt, "job draft")
    has_turn(vnpt, waits="2 công trình của Viettel", others=others)
    take_up(vnpt, "2 công trình của Viettel")
    vnpt.get_by_role("link", name="Sửa", exact=True).click()
    look(vnpt, "job request")
    journey.fill(vnpt, **REQUEST)
    vnpt.get_by_role("button", name="Lưu").click()
    fill_items(vnpt, "Trạm 5G THA0123", "Trạm 5G THA0124")
    expect(vnpt.get_by_text("Đã đủ. Hãy kiểm tra lại")).to_be_visible()
    look(vnpt, "job answers to check")
    vnpt.get_by_role("button", name="Gửi đề nghị").click()
    expect(vnpt.get_by_text("Đã gửi, số hồ sơ DC-")).to_be_visible()
    look(vnpt, "job receipt")
    return number_of(vnpt, "DC")


def answer(viettel, refused):
    """Refuse this one with ground, evidence and document, then accept the other one."""
    begin(viettel, "Từ chối")
    viettel.locator("label").filter(has_text=refused).click()
    journey.fill(viettel, ground="no_capacity", evidence="Bảng tải trọng cột ngày khảo sát", answer=REFUSAL)
    send(viettel, "Từ chối")
    expect(viettel.locator(".error-summary")).to_contain_text("ít nhất một tài liệu")
    expect(viettel.locator("[name=answer]")).to_have_value(REFUSAL)
    look(viettel, "job refusal without document")
    journey.fill(viettel, despite_room="Tải trọng gió vượt mức cho phép", files=journey.PDF)
    send(viettel, "Từ chối")
    done(viettel)
    begin(viettel, "Chấp thuận")
    look(viettel, "job acceptance")
    send(viettel, "Chấp thuận")
    done(viettel)
    look(viettel, "job answered")


def test_an_import_is_published_found_asked_for_and_answered(open_as, imported, site):
    viettel, vnpt, department = imported or open_as("viettel"), open_as("vnpt"), open_as("so.khcn")
    find(vnpt, viettel, open_as("vnpt", draws=True), site)
    (accepted, _name), (refused, _name) = codes_and_names = codes(site, "available")[:2]
    number = ask(vnpt, (viettel, department), codes_and_names)
    has_turn(viettel, waits=number, others=(vnpt, department))
    look(viettel, "job desk of owner")
    take_up(viettel, number)
    answer(viettel, refused)
    has_turn(vnpt, waits=number, others=(viettel, department))
    take_up(vnpt, number)
    items = vnpt.locator("#items section")
    expect(items.filter(has_text=refused)).to_contain_text(REFUSAL)
    expect(items.filter(has_text=accepted)).to_contain_text("giữ chỗ đến")
    expect(vnpt.locator("#files")).to_contain_text("Chủ sở hữu từ chối")
    has_happened(vnpt, "Lập hồ sơ", "Đã gửi đề nghị dùng chung", "Chủ sở hữu từ chối", "Chủ sở hữu chấp thuận")
    vnpt.goto(f"/structures/{accepted}")
    expect(vnpt.locator("#colocation")).to_contain_text(number)


@pytest.mark.parametrize("source", ["own"], indirect=True)
def test_silence_over_tet_lays_the_request_on_the_departments_desk(open_as, imported, site):
    code, name = codes(site, "available")[-1]
    with context(site.database, "vnpt", now=at("2027-02-01")) as ctx:
        number = filed(ctx, code).number
    viettel, department = open_as("viettel"), open_as("so.khcn")
    has_turn(viettel, waits=number, others=(department,))
    # Seven working days around Tết end on 17/02/2027.
    run_clocks(site.database, at("2027-02-17", "23:59"))
    has_turn(viettel, waits=number, others=(department,))
    run_clocks(site.database, at("2027-02-18", "00:00"))
    has_turn(department, waits=number, others=(viettel,))
    desk(department)
    look(department, "job desk of department")
    take_up(department, number)
    expect(department.get_by_text("Quá hạn trả lời").first).to_be_visible()
    look(department, "job silent")
    department.get_by_role("link", name="Hồ sơ để in").click()
    for words in (
        number,
        code,
        name,
        "Trạm 5G THA0123",
        "Trích hồ sơ công trình",
        "Sức chứa",
        "không trả lời trong thời hạn",
    ):
        expect(department.get_by_role("main")).to_contain_text(words)
    look(department, "job dossier")
    take_up(department, number)
    step(department, "Thụ lý giải quyết", text="Mời hai bên làm việc tại Sở lúc 9 giờ.")
    expect(department.locator("#events .timeline-head strong").first).to_have_text(
        "Sở Khoa học và Công nghệ thụ lý giải quyết"
    )
    has_turn(department, waits=number, others=(viettel,))


@pytest.mark.parametrize("source", ["own"], indirect=True)
def test_a_request_is_played_with_nothing_but_keys(open_as, imported, site):
    code, name = codes(site, "available")[2]
    page = open_as("vnpt", viewport=PHONE)
    page.goto("/structures")
    keys = Keys(page)
    keys.to(page.get_by_label("Từ khóa"))
    page.keyboard.type(name)
    page.keyboard.press("Enter")
    expect(page.locator("tr[data-record]").first).to_contain_text(code)
    keys.to(page.get_by_label(f"Chọn {code}")).press("Space")
    keys.to(page.get_by_role("button", name="Đề nghị dùng chung")).press("Enter")
    expect(page.get_by_text("Còn thiếu, chưa gửi được")).to_be_visible()
    keys.to(page.get_by_role("link", name="Sửa", exact=True)).press("Enter")
    keys.type(**REQUEST)
    keys.to(page.get_by_role("button", name="Lưu")).press("Enter")
    keys.to(page.get_by_role("link", name=f"Khai lắp đặt {code}")).press("Enter")
    keys.to(page.get_by_label("Vị trí lắp đặt")).press("ArrowDown")
    keys.type(quantity="1", equipment="Trạm 5G THA0999")
    keys.to(page.locator("[name=technology]")).press("5")
    expect(page.locator("[name=technology]")).to_have_value("5g")
    keys.type(antennas="3", attach_height_m="32", weight_kg="180,5")
    keys.to(page.get_by_role("button", name="Lưu")).press("Enter")
    expect(page.get_by_text("Đã đủ. Hãy kiểm tra lại")).to_be_visible()
    keys.to(page.get_by_role("button", name="Gửi đề nghị")).press("Enter")
    expect(page.get_by_text("Đã gửi, số hồ sơ DC-")).to_be_visible()
    number = number_of(page, "DC")

    owner = open_as("viettel", viewport=PHONE)
    expect(desk(owner)).to_contain_text(number)
    keys = Keys(owner)
    keys.to(owner.locator("#waiting").get_by_role("link", name=number)).press("Enter")
    keys.to(owner.get_by_role("link", name="Trả lại để bổ sung")).press("Enter")
    keys.type(missing="Bản vẽ lắp đặt")
    keys.to(owner.get_by_role("main").get_by_role("button", name="Trả lại để bổ sung")).press("Enter")
    done(owner)
    expect(desk(page)).to_contain_text(number)
