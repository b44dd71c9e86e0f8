"""The year of a route list by hand, from the call and the workbook to the second edition; what it costs in clicks."""

import io
import json
import re
from collections import Counter
from itertools import groupby
from operator import itemgetter

import pytest
import xlsxwriter
from playwright.sync_api import Page, expect
from sqlalchemy import select

from registry.kernel.clock import local_date, utc_now
from registry.routelists.models import RouteItem, RouteList
from registry.streets.models import RoadClass
from registry.streets.reading import ReadLine, read_lines
from registry.streets.service import import_lines
from registry.territory.importing.service import import_folder
from registry.territory.queries import get_unit
from tests.e2e.conftest import PHONE
from tests.e2e.journey import FIGURES, PDF, Hand, begin, done, fill, photo, scripted, send, step, today
from tests.factories.structures import place_inside
from tests.support.province import DATA, NEEDS_SAMPLES, SAMPLES

THIS_YEAR = local_date(utc_now()).year
#: Clicks of the review of the whole workbook.
MOST_CLICKS = 160
#: Of a person for the import of a workbook, with the streets that are placed by hand.
MOST_MINUTES = 10
#: Streets that are drawn on the map: one by clicks, one by keys.
DRAWN = 2
#: Degrees from one town street to the next, of their length, and of the road beside them.
APART, LONG = 0.00025, 0.004
CROSSINGS, WHOLE = ("Ngã tư Cắt Tây", "giao Phố Cắt Đông"), ("Đầu tuyến", "Cuối tuyến")
ROADS = SAMPLES / "named_roads_by_commune.geojson"
HEAD = ("STT", "Tên tuyến đường", "Từ", "Đến", "Nội dung", "Kinh phí (triệu đồng)", "Đô thị", "Cáp treo tháo dỡ")


def present_commune(site):
    """The present commune of ubnd.xa."""
    with site.writing_as("ubnd.xa") as ctx:
        units = [get_unit(ctx.session, number) for number in ctx.actor.unit_ids]
        return next(each for each in units if each.valid_to is None and each.level.value == "commune")


def town(site, streets, roads=0):
    """Roads outside of the town and its streets, one above the other; the rows of the office's workbook.

    Each street is crossed by two others. Of every three one ends at house numbers, which no register of streets knows.
    """
    unit = present_commune(site)
    with site.writing_as("ubnd.xa") as ctx:
        lon, lat = place_inside(ctx.session, [unit.id])
    south, north = lat - APART, lat + APART * (roads + streets)

    def line(street, *points):
        return ReadLine(street, None, RoadClass.URBAN, unit.code, points)

    lines = [
        line("Phố Cắt Đông", (lon + LONG * 0.75, south), (lon + LONG * 0.75, north)),
        line("Phố Cắt Tây", (lon + LONG * 0.25, south), (lon + LONG * 0.25, north)),
    ]
    rows = []
    for number in range(roads):
        at = lat + APART * number
        lines.append(line(f"Đường liên xã {number}", (lon, at), (lon + LONG, at)))
        rows.append((unit.name, f"Đường liên xã {number}", *WHOLE, "Chỉnh trang", "không"))
    for number in range(streets):
        at = lat + APART * (roads + number)
        lines.append(line(f"Phố Số {number}", (lon, at), (lon + LONG, at)))
        has_numbers = number % 3 == 2
        ends = (f"Số nhà {2 + number}", f"Số nhà {90 + number}") if has_numbers else CROSSINGS
        rows.append((unit.name, f"Phố Số {number}", *ends, "Hạ ngầm cáp viễn thông", "có"))
    with site.writing_as("quantri") as ctx:
        import_lines(ctx, lines, "Tệp của bài thử")
    return rows


def roads_of_sample(site, count):
    """National and provincial roads cut at the borders of communes, of the file of other people; their rows.

    A road with one part in its commune is named by its ends, another one by kilometres, as offices write it.
    """
    features = json.loads(ROADS.read_text(encoding="utf-8"))["features"]
    with site.writing_as("quantri") as ctx:
        import_folder(ctx, DATA / "boundaries")
        import_lines(ctx, read_lines(ROADS), ROADS.name)
    rows, metres = [], Counter()
    for feature in features[:count]:
        road = feature["properties"]
        begun = metres[road["road"]]
        metres[road["road"]] += road["length_m"]
        ends = WHOLE if road["parts"] == 1 else tuple(f"Km {at / 1000:.1f}" for at in (begun, metres[road["road"]]))
        rows.append((road["commune"], road["road"], *ends, "Chỉnh trang", "không"))
    return rows


def workbook(year, rows):
    """The office's workbook: a section for each commune, then its streets; a total at the end."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Danh mục")
        lines = [[f"DANH MỤC TUYẾN ĐƯỜNG NĂM {year}"], HEAD]
        for number, (commune, streets) in enumerate(groupby(sorted(rows, key=itemgetter(0)), itemgetter(0)), 1):
            lines.append([f"{number}", commune])
            for index, (_commune, street, start, end, work, is_urban) in enumerate(streets, 1):
                lines.append([index, street, start, end, work, 100 + index, is_urban, 50])
        lines.append(["", "Tổng cộng", "", "", "", 1000])
        for at, line in enumerate(lines):
            sheet.write_row(at, 0, line)
    return stream.getvalue()


def take_workbook(page: Page, hand: Hand, list_id: int, content: bytes, count: int) -> int:
    """Upload, look at the preview, store; how many streets wait for their line."""
    page.goto(f"/route-lists/{list_id}/import")
    file = {"name": "danh-muc.xlsx", "mimeType": "application/octet-stream", "buffer": content}
    hand.type(file=file, reason="Cáp treo sà thấp", exception_reason="Quốc lộ, tỉnh lộ qua khu dân cư")
    hand.click(page.get_by_role("button", name="Xem trước"))
    hand.click(page.get_by_role("button", name=f"Nhập {count} tuyến"))
    notice = page.get_by_text(re.compile(r"Đã lưu \d+ tuyến có vị trí"))
    expect(notice).to_contain_text("0 dòng không nhận")
    counts = re.search(r"Đã lưu (\d+) tuyến có vị trí, (\d+) tuyến cần vẽ tay", notice.inner_text())
    assert int(counts[1]) + int(counts[2]) == count
    return int(counts[2])


def draw_by_hand(page: Page, drawing: Page, hand: Hand, unplaced: int) -> int:
    """The first two streets that the workbook did not place, on the map of the form: by clicks, then by keys alone.

    `drawing` is a page that draws maps. Returns how many streets are left to place.
    """
    hand.click(page.get_by_role("link", name="Xác định vị trí lần lượt"))
    hand.page = drawing
    drawing.goto(page.url)
    for left in (unplaced, unplaced - 1):
        expect(drawing.get_by_text(f"Còn {left} tuyến chưa có vị trí")).to_be_visible()
        canvas = drawing.locator(".map-picker canvas")
        typed = drawing.locator("main [name=position]")
        expect(drawing.locator(".map-picker[data-map-idle]")).to_be_visible()
        if left == unplaced:
            box = canvas.bounding_box()
            for across in (-10, 10):
                hand.click(canvas, position={"x": box["width"] / 2 + across, "y": box["height"] / 2})
        else:
            canvas.focus()
            for key in ("Enter", "ArrowRight", "Enter"):
                hand.press(key)
                expect(drawing.locator(".map-picker[data-map-idle]")).to_be_visible()
        expect(typed).to_have_value(re.compile(r"^[\d.]+, [\d.]+\n[\d.]+, [\d.]+$"))
        expect(drawing.locator("[data-echo]")).to_contain_text("WGS 84")
        hand.click(drawing.get_by_role("button", name="Lưu", exact=True))
        again = drawing.get_by_text("Kiểm tra vị trí rồi lưu lần nữa")
        expect(again.or_(drawing.get_by_text(f"Còn {left - 1} tuyến chưa có vị trí"))).to_be_visible()
        if again.is_visible():
            hand.click(drawing.get_by_role("button", name="Lưu", exact=True))
    expect(drawing.get_by_text(f"Còn {unplaced - DRAWN} tuyến chưa có vị trí")).to_be_visible()
    page.goto(drawing.url)
    hand.page = page
    return unplaced - DRAWN


def place_by_hand(page: Page, hand: Hand, unplaced: int) -> None:
    """Streets that are still to be placed, one after the other: a part of the register's line, or the whole."""
    for left in range(unplaced, 0, -1):
        expect(page.get_by_text(f"Còn {left} tuyến chưa có vị trí")).to_be_visible()
        parts = page.get_by_role("button", name=re.compile("Dùng đoạn"))
        stretch = re.search(r"Km ([\d.]+) – Km ([\d.]+)", page.get_by_role("main").inner_text())
        wanted = 1000 * (float(stretch[2]) - float(stretch[1])) if stretch else 0
        lengths = [float(re.sub(r"\D", "", text)) for text in parts.all_inner_texts()]
        hand.click(parts.nth(min(range(len(lengths)), key=lambda at: abs(lengths[at] - wanted))))
        expect(page.get_by_text("Kiểm tra vị trí rồi lưu lần nữa")).to_be_visible()
        hand.click(page.get_by_role("button", name="Lưu", exact=True))
    expect(page.get_by_text("Đã lưu đề xuất.")).to_be_visible()


def send_all(page: Page, hand: Hand, count: int) -> None:
    """Send what has a line."""
    hand.click(page.get_by_role("button", name=f"Gửi Sở Xây dựng {count} tuyến"))
    expect(page.get_by_text(f"Đã gửi Sở Xây dựng {count} tuyến")).to_be_visible()


def review(department: Page, hand: Hand, year: int, roads: int, streets: int) -> None:
    """Roads outside towns in bulk, the first town street is returned, the others one by one: the next one follows."""
    department.goto(f"/route-lists/desk?year={year}&outside=1")
    hand.click(department.locator("summary", has_text="Xử lý nhiều tuyến cùng lúc"))
    hand.click(department.get_by_role("button", name="Chọn tất cả các dòng"))
    hand.write(department.locator("#bulk [name=text]"), "Tuyến quốc lộ đi qua khu dân cư tập trung.")
    hand.click(department.get_by_role("button", name="Ghi cho các tuyến đã chọn"))
    expect(department.get_by_text(f"Đã ghi {roads} tuyến")).to_be_visible()
    department.goto(f"/route-lists/desk?year={year}")
    card = department.locator("#selected")
    hand.write(card.get_by_label("Ý kiến, lý do"), "Bổ sung ảnh hiện trạng.")
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


def test_the_year_of_a_list_is_done_by_hand(site, open_as):
    play(site, open_as, THIS_YEAR + 2, town(site, 12, roads=4), importer="ubnd.xa")


@pytest.mark.trial
@NEEDS_SAMPLES
def test_the_year_of_a_list_of_125_streets_is_done_by_hand(site, open_as):
    rows = roads_of_sample(site, 65) + town(site, 60)
    play(site, open_as, THIS_YEAR + 3, rows, importer="so.xaydung")


def play(site, open_as, year, rows, *, importer):
    """Call, workbook, review, proposal, decision, work, amendment, second edition."""
    count, roads = len(rows), sum(row[-1] == "không" for row in rows)
    department, commune, operator = open_as("so.xaydung"), open_as(importer), open_as("viettel")
    calling = Hand(department)
    department.goto("/route-lists")
    calling.type(year=str(year))
    calling.click(department.get_by_role("button", name="Mở danh mục"))
    with site.writing_as("so.xaydung") as ctx:
        list_id = ctx.session.scalars(select(RouteList.id).where(RouteList.year == year)).one()
    begin(department, "Kêu gọi đề xuất")
    fill(department, due_on=today(20))
    send(department, "Kêu gọi đề xuất")
    done(department)
    importing = Hand(commune)
    unplaced = take_workbook(commune, importing, list_id, workbook(year, rows), count)
    assert unplaced > DRAWN
    FIGURES.append(f"route list of {count} streets: workbook {importing}; {unplaced} streets to place by hand")
    left = draw_by_hand(commune, open_as(importer, draws=True), importing, unplaced)
    FIGURES.append(f"route list of {count} streets: {DRAWN} drawn on the map, by clicks and by keys {importing}")
    place_by_hand(commune, importing, left)
    send_all(commune, importing, count)
    assert importing.minutes < MOST_MINUTES
    reviewing = Hand(department)
    answers: list[float] = []
    department.on("requestfinished", lambda request: answers.append(answer_ms(request)))
    review(department, reviewing, year, roads, count - roads)
    FIGURES.append(f"route list of {count} streets: with placing {importing}; review {reviewing}")
    FIGURES.append(f"review desk: {describe_answers(answers)}")
    with site.writing_as("so.xaydung") as ctx:
        query = select(RouteItem).where(RouteItem.route_list_id == list_id).order_by(RouteItem.id)
        items = list(ctx.session.scalars(query))
        returned = next(item.id for item in items if item.state.value == "returned")
        first = next(item.id for item in items if item.state.value == "agreed" and item.is_urban)
    commune.goto(f"/route-lists/items/{returned}")
    step(commune, "Gửi lại", text="Đã bổ sung ảnh.")
    department.goto(f"/route-lists/desk?year={year}")
    reviewing.click(department.locator("#selected").get_by_role("button", name="Thống nhất"))
    expect(department.get_by_text(f"Đã trả lời {count} / {count}")).to_be_visible()
    assert reviewing.clicks <= MOST_CLICKS
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


def answer_ms(request) -> float:
    """Milliseconds from sending a request of the desk until its answer began; 0 for other requests."""
    if "/route-lists/desk" not in request.url:
        return 0
    timing = request.timing
    return max(0, timing["responseStart"] - timing["requestStart"])


def describe_answers(answers: list[float]) -> str:
    """Number, median and longest of the answers of the desk."""
    desk = sorted(answer for answer in answers if answer)
    return f"{len(desk)} answers, median {desk[len(desk) // 2]:.0f} ms, longest {desk[-1]:.0f} ms" if desk else "none"


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
