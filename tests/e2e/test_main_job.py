"""The main job of operators: a file imported, a structure found, asked for, answered, or left to the department.

Played with the file and the words of docs/main-job.md; as a trial on the sample of an operator, where that lies beside
the checkout.
"""

import re
from pathlib import Path

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
from tests.e2e import guide, journey
from tests.e2e.conftest import PHONE, open_card
from tests.e2e.guide import quoted
from tests.e2e.journey import (
    Keys,
    begin,
    desk,
    done,
    has_happened,
    has_turn,
    number_of,
    open_by_menu,
    send,
    step,
    take_up,
)
from tests.e2e.looks import look
from tests.e2e.site import serving
from tests.factories.colocation import filed
from tests.factories.structures import make
from tests.support.cases import at
from tests.support.database import cloned
from tests.support.live import context

DATA = CHECKOUT.parent / "shared" / "data"
SAMPLE = DATA / "samples" / "thanh_hoa_sites.csv"
#: Good rows of the sample.
SAMPLE_ROWS = "405"
_PURPOSE = {
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
    return (CHECKOUT / "docs" / "sample-towers.csv").read_bytes()


@pytest.fixture
def imported(open_as, site, source, content):
    """The register holds the file: imported by page, once for this module; that page, where this test imports it."""
    with site.reading() as session:
        if session.scalar(select(ImportBatch.id)):
            return None
    page = open_as("viettel")
    send_file(page, content)
    system, check = quoted("1.2")
    page.get_by_label(system).select_option("vn2000")
    page.get_by_role("button", name=check).click()
    look(page, f"job import {source}")
    problems, wrong, take, created = quoted("1.3")
    expect(page.get_by_role("heading", name=problems)).to_be_visible()
    if source == "own":
        expect(page.get_by_role("row").filter(has_text=wrong).first).to_contain_text("9")
    else:
        take, created = (words.replace("5", SAMPLE_ROWS) for words in (take, created))
    page.get_by_role("button", name=take).click()
    expect(page.locator("#import-status")).to_contain_text("Có thể rời trang này")
    site.work()
    expect(page.get_by_text(created)).to_be_visible()
    return page


def send_file(page, content):
    """From the start page to the columns of the file."""
    menu, kind, send_it = quoted("1.1")
    open_by_menu(page, menu)
    page.get_by_label("Loại công trình").select_option(label=kind)
    sent = {"name": "cot-ang-ten.csv", "mimeType": "text/csv", "buffer": content}
    page.get_by_label("Tệp", exact=True).set_input_files(sent)
    page.get_by_role("button", name=send_it).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(sent["name"])


def request_of():
    """What the form of a request takes."""
    _edit, phone, _save = quoted("2.3")
    return {"contact_phone": phone, **_PURPOSE}


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
    declare, save, screening = quoted("2.4")
    for number, words in enumerate(equipment):
        page.get_by_role("link", name=declare).nth(number).click()
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
        page.get_by_role("button", name=save).click()
        expect(page.locator("#items")).to_contain_text(words)
    expect(page.locator("#items")).to_contain_text(screening)


def find(vnpt, viettel, mapped, site):
    """One that nobody shares yet is not to be found by name; published it is, by words and on the map (`mapped`)."""
    with site.writing_as("viettel") as ctx:
        tower = make(ctx, sharing_status="exclusive_full", name="Trạm Chưa Công Bố")
        code, name = tower.code, tower.name
    vnpt.goto(f"/structures?q={code}")
    expect(vnpt.locator("#list")).not_to_contain_text(name)
    publish(viettel, code)
    vnpt.goto("/structures")
    vnpt.get_by_role("searchbox", name="Tìm trong toàn hệ thống").fill(name)
    vnpt.keyboard.press("Enter")
    expect(vnpt.locator("#structures .hit").filter(has_text=code)).to_contain_text(name)
    open_card(mapped, code)


def ask(vnpt, others, codes_and_names, source):
    """Choose in the list, fill in, check, send; the number of the receipt."""
    menu, words = quoted("2.1")
    open_by_menu(vnpt, menu)
    if source == "own":
        vnpt.get_by_label("Từ khóa").fill(words)
        vnpt.keyboard.press("Enter")
        expect(vnpt.locator("tr[data-record]").first).to_contain_text(words)
    else:
        vnpt.goto("/structures?sharing_status=available&kind=antenna_tower")
    *_names, request = quoted("2.2")
    for code, _name in codes_and_names:
        vnpt.get_by_label(f"Chọn {code}").check()
    look(vnpt, "job chosen")
    vnpt.get_by_role("button", name=request).click()
    expect(vnpt.get_by_text("Còn thiếu, chưa gửi được")).to_be_visible()
    look(vnpt, "job draft")
    has_turn(vnpt, waits="2 công trình của Viettel", others=others)
    take_up(vnpt, "2 công trình của Viettel")
    edit, _phone, save = quoted("2.3")
    vnpt.get_by_role("link", name=edit, exact=True).click()
    look(vnpt, "job request")
    journey.fill(vnpt, **request_of())
    vnpt.get_by_role("button", name=save).click()
    fill_items(vnpt, "Trạm 5G THA0123", "Trạm 5G THA0124")
    expect(vnpt.get_by_text("Nội dung đã đầy đủ. Đề nghị kiểm tra lại")).to_be_visible()
    look(vnpt, "job answers to check")
    (send_it,) = quoted("2.5")
    vnpt.get_by_role("button", name=send_it).click()
    expect(vnpt.get_by_text("Đã gửi, số hồ sơ DC-")).to_be_visible()
    look(vnpt, "job receipt")
    return number_of(vnpt, "DC")


def answer(viettel, refused):
    """Refuse this one with ground, evidence and document, then accept the other one."""
    _desk, refuse, ground, despite_room = quoted("3.1")
    begin(viettel, refuse)
    tick = viettel.get_by_role("checkbox", name=refused)
    expect(tick).not_to_be_checked()
    tick.check()
    option = viettel.locator("main [name=ground] option").filter(has_text=ground).get_attribute("value")
    journey.fill(viettel, ground=option, evidence="Bảng tải trọng cột ngày khảo sát", answer=REFUSAL)
    send(viettel, refuse)
    expect(viettel.locator(".error-summary")).to_contain_text("ít nhất một tài liệu")
    expect(viettel.locator("[name=answer]")).to_have_value(REFUSAL)
    look(viettel, "job refusal without document")
    viettel.get_by_label(despite_room).fill("Tải trọng gió vượt mức cho phép")
    journey.fill(viettel, files=journey.PDF)
    send(viettel, refuse)
    done(viettel)
    accept, reserved = quoted("3.2")
    begin(viettel, accept)
    look(viettel, "job acceptance")
    send(viettel, accept)
    done(viettel)
    expect(viettel.get_by_role("main")).to_contain_text(re.compile(reserved, re.IGNORECASE))
    look(viettel, "job answered")


def test_an_import_is_published_found_asked_for_and_answered(open_as, imported, site, source):
    viettel, vnpt, department = imported or open_as("viettel"), open_as("vnpt"), open_as("so.khcn")
    find(vnpt, viettel, open_as("vnpt", draws=True), site)
    *names, _request = quoted("2.2")
    available = codes(site, "available")
    codes_and_names = [row for row in available if row[1] in names] if source == "own" else available[:2]
    # The first of the page is refused, the other one accepted.
    (refused, _name), (accepted, _name) = codes_and_names
    number = ask(vnpt, (viettel, department), codes_and_names, source)
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
    title, late = quoted("4.0")
    expect(desk(department)).to_contain_text(late)
    expect(department.get_by_role("heading", level=1)).to_have_text(title)
    look(department, "job desk of department")
    take_up(department, number)
    expect(department.get_by_text(late).first).to_be_visible()
    look(department, "job silent")
    (dossier,) = quoted("4.1")
    department.get_by_role("link", name=dossier).click()
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
    settle, decide = quoted("4.2")
    step(department, settle, text="Mời hai bên làm việc tại Sở lúc 9 giờ.")
    expect(department.locator(".case-moves").get_by_text(decide, exact=True)).to_be_visible()
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
    expect(page.locator("tr[data-record]").filter(has_text=code)).to_contain_text(name)
    keys.to(page.get_by_label(f"Chọn {code}")).press("Space")
    keys.to(page.get_by_role("button", name="Đề nghị dùng chung")).press("Enter")
    expect(page.get_by_text("Còn thiếu, chưa gửi được")).to_be_visible()
    keys.to(page.get_by_role("link", name="Sửa", exact=True)).press("Enter")
    keys.type(**request_of())
    keys.to(page.get_by_role("button", name="Lưu")).press("Enter")
    keys.to(page.get_by_role("link", name=f"{code}: chưa chọn vị trí lắp đặt.")).press("Enter")
    keys.to(page.get_by_label("Vị trí lắp đặt")).press("ArrowDown")
    keys.type(quantity="1", equipment="Trạm 5G THA0999")
    keys.to(page.locator("[name=technology]")).press("5")
    expect(page.locator("[name=technology]")).to_have_value("5g")
    keys.type(antennas="3", attach_height_m="32", weight_kg="180,5")
    keys.to(page.get_by_role("button", name="Lưu")).press("Enter")
    expect(page.get_by_text("Nội dung đã đầy đủ. Đề nghị kiểm tra lại")).to_be_visible()
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


def test_every_step_of_the_page_is_played():
    texts = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_main_job*.py"))
    assert guide.steps().keys() == set(re.findall(r'quoted\("([\d.]+)"\)', texts))
