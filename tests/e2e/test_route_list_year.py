"""The year of a route list by hand, from the call and the workbook to the second edition; what it costs in clicks."""

import io

import pytest
import xlsxwriter
from playwright.sync_api import Page, expect
from sqlalchemy import select

from registry.kernel.clock import local_date, utc_now
from registry.routelists.models import RouteItem, RouteList
from registry.streets.models import RoadClass
from registry.streets.reading import ReadLine
from registry.streets.service import import_lines
from registry.territory.queries import get_unit
from tests.e2e.conftest import PHONE
from tests.e2e.journey import FIGURES, PDF, Hand, begin, done, fill, photo, scripted, send, step, today
from tests.factories.structures import place_inside

THIS_YEAR = local_date(utc_now()).year
#: Clicks of the review of the whole workbook.
MOST_CLICKS = 160
#: Degrees from one town street to the next, of their length, and of the road beside them.
APART, LONG = 0.00025, 0.004
HEAD = ("STT", "Tên tuyến đường", "Từ", "Đến", "Nội dung", "Kinh phí (triệu đồng)", "Đô thị", "Cáp treo tháo dỡ")


def town(site, count):
    """Streets side by side in a commune of ubnd.xa, each crossed by two others; the name of the commune."""
    with site.writing_as("ubnd.xa") as ctx:
        units = [get_unit(ctx.session, number) for number in ctx.actor.unit_ids]
        unit = next(each for each in units if each.valid_to is None and each.level.value == "commune")
        lon, lat = place_inside(ctx.session, [unit.id])
        code, name = unit.code, unit.name

    def line(street, *points):
        return ReadLine(street, None, RoadClass.URBAN, code, points)

    south, north = lat - APART, lat + APART * count
    lines = [
        line("Phố Cắt Đông", (lon + LONG * 0.75, south), (lon + LONG * 0.75, north)),
        line("Phố Cắt Tây", (lon + LONG * 0.25, south), (lon + LONG * 0.25, north)),
    ]
    for number in range(count):
        at = lat + APART * number
        lines.append(line(f"Phố Số {number}", (lon, at), (lon + LONG, at)))
    with site.writing_as("quantri") as ctx:
        import_lines(ctx, lines, "Tệp của bài thử")
    return name


def workbook(year, commune, roads, streets):
    """The office's workbook: a section of the commune, streets with crossings, roads outside towns, a total."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Danh mục")
        sheet.write_row(0, 0, [f"DANH MỤC TUYẾN ĐƯỜNG NĂM {year}"])
        sheet.write_row(1, 0, HEAD)
        sheet.write_row(2, 0, ["I", commune])
        for number in range(roads + streets):
            is_road = number < roads
            ends = ("Đầu đường", "Phố Cắt Tây") if is_road else ("Ngã tư Cắt Tây", "giao Phố Cắt Đông")
            work = "Chỉnh trang" if is_road else "Hạ ngầm cáp viễn thông"
            row = [number + 1, f"Phố Số {number}", *ends, work, 100 + number, "không" if is_road else "có", 50]
            sheet.write_row(3 + number, 0, row)
        sheet.write_row(3 + roads + streets, 0, ["", "Tổng cộng", "", "", "", 1000])
    return stream.getvalue()


def take_workbook(commune: Page, hand: Hand, list_id: int, content: bytes, count: int) -> None:
    """Upload, look at the preview, store, send all."""
    commune.goto(f"/route-lists/{list_id}/import")
    file = {"name": "danh-muc.xlsx", "mimeType": "application/octet-stream", "buffer": content}
    commune.locator("[name=file]").set_input_files(file)
    fill(commune, reason="Cáp treo sà thấp", exception_reason="Quốc lộ, tỉnh lộ qua khu dân cư")
    hand.click(commune.get_by_role("button", name="Xem trước"))
    hand.click(commune.get_by_role("button", name=f"Nhập {count} tuyến"))
    expect(commune.get_by_text(f"Đã lưu {count} tuyến có vị trí, 0 tuyến cần vẽ tay")).to_be_visible()
    hand.click(commune.get_by_role("link", name="Danh sách đề xuất").last)
    hand.click(commune.get_by_role("button", name=f"Gửi Sở Xây dựng {count} tuyến"))
    expect(commune.get_by_text(f"Đã gửi Sở Xây dựng {count} tuyến")).to_be_visible()


def review(department: Page, hand: Hand, year: int, roads: int, streets: int) -> None:
    """Roads outside towns in bulk, the first town street is returned, the others one by one: the next one follows."""
    department.goto(f"/route-lists/desk?year={year}&outside=1")
    hand.click(department.locator("summary", has_text="Xử lý nhiều tuyến cùng lúc"))
    hand.click(department.get_by_role("button", name="Đánh dấu mọi dòng"))
    department.locator("#bulk [name=text]").fill("Tuyến quốc lộ đi qua khu dân cư tập trung.")
    hand.click(department.get_by_role("button", name="Ghi cho các tuyến được đánh dấu"))
    expect(department.get_by_text(f"Đã ghi {roads} tuyến")).to_be_visible()
    department.goto(f"/route-lists/desk?year={year}")
    card = department.locator("#selected")
    card.get_by_label("Ý kiến, lý do").fill("Bổ sung ảnh hiện trạng.")
    hand.click(card.get_by_role("button", name="Trả lại"))
    for number in range(streets - 1):
        expect(department.get_by_text(f"Đã trả lời {roads + 1 + number} / {roads + streets}")).to_be_visible()
        hand.click(card.get_by_role("button", name="Thống nhất"))
    expect(department.get_by_text(f"Đã trả lời {roads + streets} / {roads + streets}")).to_be_visible()


def issue(department: Page, list_id: int, number: str) -> None:
    """Issue the list by a decision with its file."""
    department.goto(f"/route-lists/{list_id}")
    begin(department, "Ban hành danh mục")
    fill(department, decision_number=number, decided_on=today())
    department.locator("main [name=files]").set_input_files(PDF | {"name": f"{number[:2]}.pdf"})
    send(department, "Ban hành danh mục")
    done(department)


@pytest.mark.parametrize(
    ("roads", "streets"),
    [pytest.param(4, 8, id="small"), pytest.param(65, 60, id="whole", marks=pytest.mark.trial)],
)
def test_the_year_of_a_list_is_done_by_hand(site, open_as, roads, streets):
    count = roads + streets
    year = THIS_YEAR + 2 + (roads > 10)
    commune_name = town(site, count)
    department, commune, operator = open_as("so.xaydung"), open_as("ubnd.xa"), open_as("viettel")
    hand = Hand(department)
    department.goto("/route-lists")
    fill(department, year=str(year))
    hand.click(department.get_by_role("button", name="Mở danh mục"))
    with site.writing_as("so.xaydung") as ctx:
        list_id = ctx.session.scalars(select(RouteList.id).where(RouteList.year == year)).one()
    begin(department, "Kêu gọi đề xuất")
    fill(department, due_on=today(20))
    send(department, "Kêu gọi đề xuất")
    done(department)
    importing = Hand(commune)
    take_workbook(commune, importing, list_id, workbook(year, commune_name, roads, streets), count)
    reviewing = Hand(department)
    review(department, reviewing, year, roads, streets)
    assert reviewing.clicks <= MOST_CLICKS
    FIGURES.append(f"route list of {count} streets: import {importing.clicks} clicks, review {reviewing.clicks}")
    with site.writing_as("so.xaydung") as ctx:
        query = select(RouteItem).where(RouteItem.route_list_id == list_id).order_by(RouteItem.id)
        items = list(ctx.session.scalars(query))
        returned = next(item.id for item in items if item.state.value == "returned")
        first = next(item.id for item in items if item.state.value == "agreed")
    commune.goto(f"/route-lists/items/{returned}")
    step(commune, "Gửi lại", text="Đã bổ sung ảnh.")
    department.goto(f"/route-lists/desk?year={year}")
    reviewing.click(department.locator("#selected").get_by_role("button", name="Thống nhất"))
    expect(department.get_by_text(f"Đã trả lời {count} / {count}")).to_be_visible()
    propose_by_budget(site, department, list_id)
    issue(department, list_id, "12/QĐ-SXD")
    public = open_as()
    public.goto(f"/route-lists/issued/{year}")
    expect(public.get_by_role("main")).to_contain_text("12/QĐ-SXD")
    build(open_as, department, operator, first)
    amend(department, list_id, returned)
    public.goto(f"/route-lists/issued/{year}")
    expect(public.get_by_role("main")).to_contain_text("15/QĐ-SXD")
    public.goto(f"/route-lists/issued/{year}?edition=1")
    expect(public.get_by_role("main")).to_contain_text("12/QĐ-SXD")


def propose_by_budget(site, department: Page, list_id: int) -> None:
    """Ask for a proposal of two years, and take the years that it sets."""
    department.goto(f"/route-lists/{list_id}/propose")
    fill(department, budget_1="500000000", budget_2="500000000")
    department.get_by_role("button", name="Tính đề xuất").click()
    site.work()
    department.reload()
    take = department.get_by_role("button", name="Ghi năm thực hiện của các tuyến")
    if take.count():
        scripted(take).click()
        expect(department.get_by_role("status").first).to_be_visible()


def build(open_as, department: Page, operator: Page, item_id: int) -> None:
    """Operators state what they need; on a phone the work begins and ends with photos."""
    department.goto(f"/route-lists/items/{item_id}")
    begin(department, "Hỏi nhu cầu của các doanh nghiệp")
    fill(department, closes_on=today(30))
    send(department, "Hỏi nhu cầu của các doanh nghiệp")
    done(department)
    operator.goto(f"/route-lists/items/{item_id}/progress")
    fill(operator, bores="2", metres="150")
    operator.get_by_role("button", name="Ghi nhu cầu").click()
    expect(operator.get_by_role("status").first).to_be_visible()
    phone = open_as("ubnd.xa", viewport=PHONE)
    phone.goto(f"/route-lists/items/{item_id}")
    begin(phone, "Ghi khởi công")
    fill(phone, started_on=today(), due_on=today(90))
    phone.locator("main [name=photos]").set_input_files(photo("truoc.jpg"))
    send(phone, "Ghi khởi công")
    done(phone)
    begin(phone, "Ghi hoàn thành")
    fill(phone, ended_on=today(), removed_m="50", laid_m="120")
    phone.locator("main [name=photos]").set_input_files(photo("sau.jpg", "#675"))
    send(phone, "Ghi hoàn thành")
    done(phone)


def amend(department: Page, list_id: int, item_id: int) -> None:
    """Open the list again, take a street off it, and issue the second edition."""
    department.goto(f"/route-lists/{list_id}")
    step(department, "Mở lại để sửa đổi, bổ sung", reason="Bớt một tuyến")
    department.goto(f"/route-lists/items/{item_id}")
    step(department, "Thẩm tra lại", reason="Ngoài kế hoạch vốn")
    department.goto(f"/route-lists/items/{item_id}")
    step(department, "Không đưa vào danh mục", reason="Chưa bố trí được vốn")
    issue(department, list_id, "15/QĐ-SXD")
