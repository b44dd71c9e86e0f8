"""The desks of the agencies: each is worked through by those who share it, one of them on a phone."""

import json
from datetime import date

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from registry.routelists.models import RouteItem
from registry.settings.commands import AddSetting
from registry.settings.service import add_setting
from registry.streets.models import RoadClass
from registry.streets.reading import ReadLine
from registry.streets.service import import_lines
from tests.e2e.conftest import PHONE, WIDE
from tests.e2e.journey import (
    PDF,
    begin,
    done,
    fill,
    has_happened,
    number_of,
    open_by_menu,
    photo,
    send,
    step,
    take_up,
    today,
    unfold,
)
from tests.e2e.looks import look
from tests.factories.infra_plans import feature, square
from tests.factories.routelists import line, sent
from tests.factories.structures import make, place_inside
from tests.support.live import context

#: Who asks and who answers; the sweeps have them the other way round, too.
both = pytest.mark.parametrize(
    ("asking", "answering"),
    [(PHONE, WIDE), pytest.param(WIDE, PHONE, marks=pytest.mark.sweep)],
    ids=["asked on a phone", "answered on a phone"],
)
one_reader = pytest.mark.parametrize(
    "size", [WIDE, pytest.param(PHONE, marks=pytest.mark.sweep)], ids=["wide", "phone"]
)
#: Degrees of the street on both sides of a place, about 150 m.
LONG = 0.0015
STREET = "Đường Bàn Việc"


@pytest.fixture(scope="module")
def middle(site):
    """(longitude, latitude) of a place in the area of ubnd.xa, with a street of a name through it."""
    with site.writing_as("ubnd.xa") as ctx:
        lon, lat = place_inside(ctx.session, ctx.actor.unit_ids)
    with site.writing_as("quantri") as ctx:
        import_lines(ctx, [ReadLine(STREET, None, RoadClass.URBAN, None, ends_of((lon, lat)))], "Tệp thử")
    return lon, lat


def submit(page: Page, name: str) -> None:
    """Press the button of a form that is no step, and see its answer."""
    send(page, name)
    expect(page.get_by_role("status").first).to_be_visible()


def ends_of(middle):
    """Where the street begins and ends."""
    lon, lat = middle
    return (lon - LONG, lat), (lon + LONG, lat)


def proposed(site, middle):
    """The id of the street in the list of this year, sent to Sở Xây dựng."""

    def ctx_of(username, *, now=None):
        return context(site.database, username, now=now)

    with site.reading() as session:
        item_id = session.scalar(select(RouteItem.id).where(RouteItem.street_name == STREET))
    if item_id is None:
        year = today()[-4:]
        options = {"year": int(year), "wanted_from_year": year, "street_name": STREET}
        item_id = sent(ctx_of, position=line(*ends_of(middle)), **options)
    return item_id


def follow(page: Page, name: str) -> None:
    """Click a link in the page's main part."""
    with page.expect_navigation():
        page.get_by_role("main").get_by_role("link", name=name, exact=True).first.click()


@both
def test_an_obstacle_is_raised_assigned_answered_and_rated(open_as, asking, answering):
    raiser, lead, agency = (
        open_as("viettel", viewport=asking),
        open_as("so.khcn"),
        open_as("so.xaydung", viewport=answering),
    )
    open_by_menu(raiser, "Vướng mắc")
    follow(raiser, "Nêu vướng mắc")
    look(raiser, "obstacle form")
    fill(raiser, subject="Chưa được thuê đất đặt trạm", field="land", description="Đã gửi hai văn bản.")
    submit(raiser, "Gửi")
    number = number_of(raiser, "VM")
    take_up(lead, number)
    look(lead, "obstacle raised")
    step(lead, "Giao cơ quan giải quyết", agency="Sở Xây dựng")
    take_up(agency, number)
    begin(agency, "Trả lời")
    look(agency, "obstacle answer")
    fill(agency, answer_kind="guided", answer="Nộp hồ sơ theo mẫu 02.", files=PDF)
    send(agency, "Trả lời")
    done(agency)
    take_up(raiser, number)
    expect(raiser.get_by_role("main")).to_contain_text("Nộp hồ sơ theo mẫu 02.")
    step(raiser, "Đánh giá, đóng hồ sơ", rating="solved")
    has_happened(raiser, "Lập hồ sơ", "Đã giao cơ quan giải quyết", "Đã trả lời", "Đơn vị nêu đã đánh giá")
    look(raiser, "obstacle rated")
    agency.goto("/obstacles")
    look(agency, "obstacles")
    follow(agency, "Số liệu theo cơ quan")
    expect(agency.locator("tbody tr").filter(has_text="Sở Xây dựng")).to_be_visible()
    look(agency, "obstacle figures")


@both
def test_a_building_notice_is_received_and_stands_at_its_street_and_structure(open_as, site, middle, asking, answering):
    lon, lat = middle
    builder, commune = open_as("viettel", viewport=asking), open_as("ubnd.xa", viewport=answering)
    builder.goto("/building-notices")
    follow(builder, "Gửi thông báo")
    look(builder, "building notice form")
    work = f"Cột ăng ten trạm Bàn Việc {asking['width']}"
    fill(
        builder,
        regime="commencement",
        kind="antenna_tower",
        work=work,
        starts_on=today(30),
        position=f"{lat:.6f}, {lon + asking['width'] / 1e6:.6f}",
        exemption="Công trình thụ động",
        conformity="no_plan_in_force",
        parameters="Cột cao 30 m",
        files=PDF,
    )
    submit(builder, "Gửi")
    number = number_of(builder, "TB")
    take_up(commune, number)
    look(commune, "building notice sent")
    begin(commune, "Tiếp nhận thông báo")
    look(commune, "building notice checklist")
    fill(commune, exemption_check="met", conformity_check="met", parameters_check="met")
    send(commune, "Tiếp nhận thông báo")
    done(commune)
    commune.goto(f"/route-lists/items/{proposed(site, middle)}")
    unfold(commune, "#corridor")
    look(commune, "street with a notice")
    commune.get_by_role("main").get_by_role("link", name="Công trình đã thông báo xây dựng").click()
    expect(commune.get_by_role("main")).to_contain_text(number)
    with site.writing_as("viettel") as ctx:
        code = make(ctx, at=(lon + asking["width"] / 1e6, lat), name=work).code
    builder.reload()
    step(builder, "Ghi công trình đã xây dựng", structure=code)
    builder.goto(f"/structures/{code}#building_notices")
    expect(builder.locator("#building_notices")).to_be_visible()
    expect(builder.locator("#building_notices")).to_contain_text(number)
    look(builder, "structure with a notice")


def plans_apply(site):
    """Let the law of this day apply plans."""
    with context(site.database, "so.khcn") as ctx:
        add_setting(ctx, AddSetting("plan.in_force", date(2026, 1, 1), True, "Quyết định thử", True, "Đổi"))


def test_a_plan_comes_by_file_is_issued_and_judges_a_structure(open_as, site, middle):
    lon, lat = middle
    plans_apply(site)
    with site.writing_as("viettel") as ctx:
        code = make(ctx, at=(lon, lat + 0.001), name="Trạm trong quy hoạch").code
    lead, construction, owner = (
        open_as("so.khcn"),
        open_as("so.xaydung", viewport=PHONE),
        open_as("viettel", viewport=PHONE),
    )
    open_by_menu(lead, "Quy hoạch hạ tầng")
    look(lead, "plans without one")
    follow(lead, "Lập dự thảo từ tệp")
    look(lead, "plan form")
    items = {"type": "FeatureCollection", "features": [feature(square(lon, lat), "V-01", "Cột ăng ten")]}
    file = {"name": "quy-hoach.geojson", "mimeType": "application/json", "buffer": json.dumps(items).encode()}
    fill(lead, name="Quy hoạch khu trung tâm", valid_from=today(), file=file)
    submit(lead, "Lưu dự thảo")
    expect(lead.locator("#items")).to_contain_text("V-01")
    look(lead, "plan draft")
    begin(lead, "Ban hành")
    fill(lead, document_number="12/QĐ-UBND", document_on=today(), issuer="UBND tỉnh", files=PDF)
    send(lead, "Ban hành")
    done(lead)
    look(lead, "plan issued")
    construction.goto(f"/structures/{code}#conformity")
    expect(construction.locator("#conformity")).to_be_visible()
    expect(construction.locator("#conformity")).to_contain_text("Trong quy hoạch")
    construction.locator("#conformity").get_by_role("link", name="Ghi kết luận").click()
    look(construction, "conclusion form")
    fill(construction, aspect="architecture", architecture="fits", reason="Hài hòa với khu phố.")
    fill(construction, photos=photo("cot.jpg"), drawings=PDF)
    submit(construction, "Ghi kết luận")
    number = number_of(construction, "KL")
    look(construction, "conclusion")
    owner.goto(f"/structures/{code}#conformity")
    expect(owner.locator("#conformity")).to_be_visible()
    expect(owner.locator("#conformity")).to_contain_text("Phù hợp kiến trúc, cảnh quan")
    owner.locator("#conformity").get_by_role("link", name=number).click()
    expect(owner.get_by_role("main")).to_contain_text("Hài hòa với khu phố.")


@both
def test_a_site_is_offered_asked_for_and_answered(open_as, middle, asking, answering):
    lon, lat = middle
    office, operator = open_as("ubnd.xa", viewport=answering), open_as("viettel", viewport=asking)
    name = f"Mái nhà văn hóa {asking['width']}"
    office.goto("/offered-sites")
    look(office, "offered sites")
    follow(office, "Cung cấp địa điểm")
    look(office, "offered site form")
    fill(office, kind="roof", name=name, position=f"{lat:.6f}, {lon:.6f}", room="40 m²", terms="Năm năm")
    fill(office, decision_number="12/UBND-KT", files=PDF)
    submit(office, "Lưu")
    expect(office.locator("[data-map][data-point]")).to_be_attached()
    operator.goto("/offered-sites")
    operator.locator("main tbody tr").filter(has_text=name).get_by_role("link").first.click()
    look(operator, "offered site")
    follow(operator, "Đề nghị sử dụng")
    look(operator, "site request form")
    fill(operator, purpose="Một cột cao 3 m", wanted_from=today(30))
    submit(operator, "Gửi")
    number = number_of(operator, "DN")
    take_up(office, number)
    begin(office, "Đồng ý bố trí")
    fill(office, answer="Đồng ý góc phía đông.", granted_until=today(700), files=PDF)
    send(office, "Đồng ý bố trí")
    done(office)
    operator.reload()
    expect(operator.locator("#answer")).to_contain_text("Đồng ý góc phía đông.")
    expect(operator.locator("#answer")).to_contain_text(today(700))
    look(operator, "site request granted")
    office.goto("/offered-sites/figures")
    expect(office.locator("tbody tr").filter(has_text=today()[-4:])).to_be_visible()
    look(office, "site figures")


@both
def test_work_in_a_street_is_announced_and_met_by_its_list_and_by_planning(open_as, site, middle, asking, answering):
    announcer, department = open_as("dienluc", viewport=asking), open_as("so.xaydung", viewport=answering)
    announcer.goto("/street-works")
    follow(announcer, "Thông báo thi công")
    look(announcer, "street work form")
    work = f"Hạ ngầm đường dây {asking['width']}"
    fill(announcer, street=STREET, work=work, kind="power", starts_on=today(20), ends_on=today(60))
    fill(announcer, is_dug="true", depth_m="1,1", contact_name="Lê Văn Thắng", contact_phone="0237 385 1234")
    submit(announcer, "Gửi thông báo")
    number = number_of(announcer, "TC")
    look(announcer, "street work")
    item_id = proposed(site, middle)
    department.goto(f"/route-lists/items/{item_id}")
    expect(department.get_by_role("main")).to_contain_text(number)
    department.goto(f"/route-lists/items/{item_id}/works")
    look(department, "works along a street")
    submit(department, f"Liên kết {number}")
    expect(department.locator("#linked")).to_contain_text(number)
    planner = open_as("viettel", viewport=asking)
    points = ";".join(f"{lat:.6f},{lon:.6f}" for lon, lat in ends_of(middle))
    planner.goto(f"/planned-routes?points={points}")
    expect(planner.get_by_role("main")).to_contain_text(number)
    look(planner, "planned route with a work")


@one_reader
def test_the_finance_department_reads_money_and_enters_a_project(open_as, size):
    page = open_as("so.taichinh", viewport=size)
    open_by_menu(page, "Kinh phí, dự án")
    look(page, "money")
    follow(page, "Danh sách dự án PPP")
    follow(page, "Thêm dự án")
    look(page, "ppp project form")
    name = f"Hào kỹ thuật dùng chung {size['width']}"
    fill(page, name=name, scope="6,2 km hào kỹ thuật", capital_vnd="92.000.000.000", state="approved")
    fill(page, source="Quyết định số 125/QĐ-UBND", source_on=today())
    submit(page, "Lưu")
    expect(page.get_by_role("main")).to_contain_text("92.000.000.000")
    look(page, "ppp project")
    page.goto("/money")
    expect(page.locator("#projects")).to_contain_text("Đã phê duyệt")
    page.locator("#projects .count a").first.click()
    expect(page.locator("main tbody tr").filter(has_text=name)).to_be_visible()
    look(page, "ppp projects")


@one_reader
def test_the_page_of_a_commune_leads_to_its_lists(open_as, middle, size):
    del middle
    page = open_as("ubnd.xa", viewport=size)
    open_by_menu(page, "Trang xã, phường")
    look(page, "commune page")
    figures = page.locator("main .unit-counts li")
    addresses = figures.locator("a").evaluate_all("links => links.map((link) => link.getAttribute('href'))")
    assert len(addresses) > 10
    for address in addresses:
        assert page.request.get(address).ok, address
    page.emulate_media(media="print")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.emulate_media(media="screen")
    figures.locator("a").first.click()
    expect(page.get_by_role("main")).to_contain_text("công trình")


@one_reader
def test_the_public_reads_the_days_of_procedures(open_as, size):
    page = open_as(viewport=size)
    page.goto("/procedures")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Thời gian giải quyết thủ tục")
    expect(page.locator("#others li").first).to_be_visible()
    look(page, "procedures")
    for link in page.get_by_role("link", name="Tải").all():
        assert page.request.get(link.get_attribute("href") or "").ok


@both
def test_a_commencement_in_the_economic_zone_is_received_by_its_board(open_as, middle, asking, answering):
    lon, lat = middle[0] + 0.03, middle[1] + asking["width"] / 1e5
    lead, builder, board = (
        open_as("so.khcn"),
        open_as("viettel", viewport=asking),
        open_as("kkt.nghison", viewport=answering),
    )
    open_by_menu(lead, "Khu vực ưu tiên")
    follow(lead, "Thêm khu vực")
    look(lead, "priority area form")
    file = {"name": "ranh-gioi.geojson", "mimeType": "application/json", "buffer": borders(lon, lat)}
    fill(lead, kind="economic_zone", name=f"Khu kinh tế {asking['width']}", valid_from="01/01/2026")
    fill(lead, source="Quyết định thử", needs_verification="true", file=file)
    submit(lead, "Lưu")
    look(lead, "priority area")
    builder.goto("/building-notices/new")
    work = f"Cột ăng ten trong khu kinh tế {asking['width']}"
    fill(builder, regime="commencement", kind="antenna_tower", work=work, starts_on=today(30))
    fill(builder, position=f"{lat:.6f}, {lon:.6f}", exemption="Công trình thụ động", conformity="no_plan_in_force")
    fill(builder, parameters="Cột cao 30 m", files=PDF)
    submit(builder, "Gửi")
    number = number_of(builder, "TB")
    expect(builder.get_by_role("main")).to_contain_text("Ban Quản lý khu kinh tế")
    board.goto("/")
    look(board, "zone board work")
    board.get_by_role("link", name="Thông báo xây dựng chờ tiếp nhận").first.click()
    expect(board.locator("main tbody tr").filter(has_text=number)).to_be_visible()
    look(board, "zone board notices")
    take_up(board, number)
    begin(board, "Tiếp nhận thông báo")
    fill(board, exemption_check="met", conformity_check="met", parameters_check="unclear")
    send(board, "Tiếp nhận thông báo")
    done(board)
    look(board, "zone board notice received")
    builder.reload()
    has_happened(builder, "Lập hồ sơ", "Đã tiếp nhận thông báo")
    board.goto("/help/zone_board")
    expect(board.get_by_role("main")).to_contain_text("Tiếp nhận thông báo xây dựng")


def borders(lon, lat):
    """A file with a square around a place."""
    shape = {"type": "Feature", "geometry": square(lon, lat), "properties": {}}
    return json.dumps({"type": "FeatureCollection", "features": [shape]}).encode()


@both
def test_guidance_is_published_acknowledged_and_replaced(open_as, asking, answering):
    department, operator, visitor = (
        open_as("so.xaydung", viewport=answering),
        open_as("viettel", viewport=asking),
        open_as(viewport=asking),
    )
    department.goto("/guidance")
    follow(department, "Công bố tài liệu")
    look(department, "guidance form")
    title = f"Hướng dẫn chỉnh trang cáp {asking['width']}"
    paper = {"kind": "guidance", "title": title, "number": "05/HD-SXD", "issued_on": today(), "file": PDF}
    fill(department, **paper, is_public="true", due_on=today(20))
    department.get_by_label("Doanh nghiệp viễn thông").check()
    submit(department, "Công bố")
    page = department.url
    operator.goto("/")
    operator.get_by_role("link", name=title).first.click()
    look(operator, "guidance to acknowledge")
    submit(operator, "Xác nhận đã nhận")
    expect(operator.get_by_role("main")).to_contain_text("Đã xác nhận lúc")
    visitor.goto("/guidance/public")
    expect(visitor.get_by_role("main")).to_contain_text(title)
    look(visitor, "public guidance")
    department.goto(page)
    expect(department.locator("#receipts li").filter(has_text="Viettel Thanh Hóa")).to_contain_text("Đã xác nhận")
    look(department, "guidance receipts")
    follow(department, "Thay bằng phiên bản mới")
    fill(department, **paper | {"number": "06/HD-SXD"}, is_public="true")
    submit(department, "Công bố")
    operator.goto(page)
    expect(operator.get_by_role("main")).to_contain_text("06/HD-SXD")
    look(operator, "guidance replaced")


@both
def test_yearly_plans_are_filed_and_compared_by_the_department(open_as, middle, asking, answering):
    lon, lat = middle
    first, second, department = (
        open_as("viettel", viewport=asking),
        open_as("vnpt", viewport=asking),
        open_as("so.khcn", viewport=answering),
    )
    year = str(int(today()[-4:]) + 1)
    for page, name, step_m in ((first, "Trạm năm tới V", 0), (second, "Trạm năm tới N", 40)):
        open_by_menu(page, "Kế hoạch xây dựng hằng năm")
        follow(page, "Nộp kế hoạch năm")
        fill(page, year=year, system="wgs84", file=yearly_plan(name, lon - 0.01, lat + step_m / 111_000))
        look(page, "yearly plan form")
        submit(page, "Nộp kế hoạch năm")
        expect(page.locator("#items")).to_contain_text(name)
        look(page, "yearly plan of an operator")
    expect(second.locator("#items")).not_to_contain_text("Trạm năm tới V")
    department.goto(f"/operator-plans?year={year}")
    look(department, "yearly plans")
    department.locator("main tbody tr").filter(has_text="Viettel Thanh Hóa").get_by_role("link").last.click()
    expect(department.locator("#items")).to_contain_text("Trạm năm tới N")
    expect(department.locator("#items")).to_contain_text("Cùng vị trí")
    look(department, "yearly plan compared")


def yearly_plan(name, lon, lat):
    """A file with one row."""
    head = "Tên công trình;Loại công trình;Vĩ độ hoặc X (m);Kinh độ hoặc Y (m);Xã, phường;Chiều cao (m);Ghi chú"
    row = f"{name};Cột ăng ten;{lat:.6f};{lon:.6f};;42;".replace(".", ",")
    return {"name": "ke-hoach.csv", "mimeType": "text/csv", "buffer": f"{head}\n{row}\n".encode()}
