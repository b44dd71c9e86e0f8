"""The main job of local governments: a street proposed, sent back, mended, agreed, and on the list of its year."""

import csv
import io

import pytest
from playwright.sync_api import expect

from tests.e2e.guide import quoted
from tests.e2e.journey import (
    begin,
    desk,
    done,
    fill,
    has_happened,
    has_turn,
    number_of,
    open_by_menu,
    scripted,
    send,
    step,
    take_up,
)
from tests.e2e.looks import look
from tests.factories.routelists import typed_line
from tests.factories.structures import make, place_inside

YEAR = 2030
STREET = "Đường Hạc Thành nối dài"
PROPOSAL = {
    "street_name": STREET,
    "from_place": "Ngã tư Phú Sơn",
    "to_place": "Cầu Cốc",
    "work_kind": "underground",
    "reason": "Cáp treo sà thấp",
    "is_urban": "true",
    "wanted_from_year": str(YEAR),
}
#: Where something stands on its page, however far that is scrolled.
FROM_TOP = "node => node.getBoundingClientRect().top + scrollY"


@pytest.fixture
def points(site):
    """A stretch of street in the area of the commune, with a pole beside it."""
    with site.writing_as("ubnd.xa") as ctx:
        lon, lat = place_inside(ctx.session, ctx.actor.unit_ids)
    with site.writing_as("viettel") as ctx:
        make(ctx, kind="cable_pole", at=(lon, lat))
    return typed_line((lon, lat), (lon + 0.002, lat + 0.002))


def open_list(department):
    """Begin the list of the year."""
    department.goto("/route-lists")
    fill(department, year=str(YEAR))
    department.get_by_role("button", name="Mở danh mục").click()
    expect(department.get_by_role("heading", level=1)).to_contain_text(str(YEAR))
    look(department, "street list")


def propose(commune, points):
    """Write the street down, confirm its place, send it; its number."""
    menu, new, *_points, save, submit, submit_again = quoted("5.1")
    open_by_menu(commune, menu)
    expect(commune.get_by_role("link", name=new).first).to_be_visible()
    commune.goto(f"/route-lists/items/new?year={YEAR}")
    duct = scripted(commune.locator("[name=planned_kinds][value=cable_duct]"))
    where = duct.evaluate(FROM_TOP)
    fill(commune, position=points, **PROPOSAL)
    expect(commune.locator("[data-echo]")).to_contain_text("VN-2000")
    assert duct.evaluate(FROM_TOP) == where, "a click while the place is looked up would miss what it was meant for"
    duct.check()
    look(commune, "street form")
    commune.get_by_role("button", name=save).click()
    expect(commune.get_by_text("Đã lưu đề xuất")).to_be_visible()
    look(commune, "street draft")
    begin(commune, submit)
    send(commune, submit_again)
    done(commune)
    return number_of(commune, "TD")


def decide(page, name, text):
    """Decide on the street that is open; the streets that still wait follow."""
    begin(page, name)
    fill(page, text=text)
    send(page, name)
    expect(page.get_by_role("status").first).to_be_visible()


def test_a_street_is_proposed_returned_mended_agreed_and_listed(open_as, points):
    department, commune, lead = open_as("so.xaydung"), open_as("ubnd.xa"), open_as("so.khcn")
    open_list(department)
    number = propose(commune, points)
    has_turn(department, waits=number, others=(commune, lead))
    look(department, "street desk of department")
    take_up(department, number)
    expect(department.locator("#request")).to_contain_text(str(YEAR))
    look(department, "street under review")
    title, give_back = quoted("5.2")
    expect(desk(department)).to_contain_text(number)
    expect(department.get_by_role("heading", level=1)).to_have_text(title)
    take_up(department, number)
    decide(department, give_back, "Nêu rõ số cột và đơn vị sở hữu cáp.")
    has_turn(commune, waits=number, others=(department, lead))
    take_up(commune, number)
    expect(commune.locator("#events")).to_contain_text("Nêu rõ số cột")
    _title, edit, save, send_again = quoted("5.3")
    commune.get_by_role("link", name=edit, exact=True).click()
    fill(commune, reason="Cáp treo sà thấp trên 12 cột của ba đơn vị, mất an toàn")
    commune.get_by_role("button", name=save).click()
    done(commune)
    step(commune, send_again, text="Đã bổ sung số cột.")
    has_turn(department, waits=number, others=(commune, lead))
    take_up(department, number)
    agree, menu, as_file, on_paper = quoted("5.4")
    decide(department, agree, "Phù hợp quy hoạch.")
    for other in (department, commune):
        expect(desk(other)).not_to_contain_text(number)
    commune.goto(f"/route-lists/items?year={YEAR}")
    look(commune, "street items")
    commune.get_by_role("link", name=number).click()
    has_happened(
        commune,
        "Lập hồ sơ",
        "Đã gửi Sở Xây dựng",
        "Sở Xây dựng yêu cầu bổ sung",
        "Đã bổ sung và gửi lại",
        "Sở Xây dựng thống nhất đưa vào danh mục",
    )
    open_by_menu(department, menu)
    expect(department.get_by_role("main")).to_contain_text(str(YEAR))
    listed(department, as_file, on_paper)


def listed(department, as_file, on_paper):
    """The agreed street stands on the list of the year, in its file and on paper."""
    department.goto(f"/route-lists/items?year={YEAR}")
    department.get_by_role("link", name="Đã thống nhất").click()
    expect(department.get_by_role("link", name=STREET)).to_be_visible()
    look(department, "street agreed")
    with department.expect_download() as caught:
        department.get_by_role("link", name=as_file).click()
    rows = list(csv.reader(io.StringIO(caught.value.path().read_text(encoding="utf-8-sig")), delimiter=";"))
    (cells,) = [row for row in rows if STREET in row]
    assert dict(zip(rows[0], cells, strict=True))["Loại công việc"] == "Ngầm hóa"
    department.get_by_role("link", name=on_paper).click()
    expect(department.locator(".paper")).to_contain_text(STREET)
    look(department, "street paper")
