"""What the main job costs five people who never type an address: clicks and typed fields, signing in apart.

An operator imports its file, another one requests two structures, the owner refuses one and accepts the other. Then a
commune proposes a street, the department agrees to it, an inspector records a violation.
"""

import pytest
from playwright.sync_api import Locator, Page, expect

from config.settings import CHECKOUT
from registry.routelists.commands import OpenList
from registry.routelists.service import open_list
from tests.e2e.conftest import PHONE
from tests.e2e.journey import FIGURES, PDF, number_of, photo, scripted
from tests.factories.routelists import typed_line
from tests.factories.structures import place_inside

pytestmark = pytest.mark.trial
YEAR = 2030
MOST_CLICKS, MOST_TYPED = 40, 20


class Person:
    """Somebody at the start page, whose clicks, choices and typed fields are counted."""

    clicks = typed = 0

    def __init__(self, page: Page) -> None:
        self.page, self.main = page, page.locator("main")
        page.goto("/")

    def click(self, target: Locator) -> None:
        """A click on what is seen."""
        scripted(target).click()
        type(self).clicks += 1

    def press(self, name: str, role: str = "button") -> None:
        """A click on the button, or the link, of this name."""
        submits = self.page.locator("button:not([type=button]), a, summary")
        self.click(self.main.get_by_role(role, name=name).and_(submits).first)

    def choose(self, name: str, value: str = "", index: int | None = None) -> None:
        """One entry of a list of choices; as many clicks as it takes, at least one."""
        field = scripted(self.main.locator(f"[name={name}]"))
        if value and field.input_value() == value:
            return
        field.select_option(value or None, index=index)
        type(self).clicks += 1

    def type(self, **values: str) -> None:
        """Fields by their names; one that has its value already costs nothing."""
        for name, value in values.items():
            field = scripted(self.main.locator(f"[name={name}]"))
            if field.input_value() != value:
                field.fill(value)
                type(self).typed += 1

    def attach(self, name: str, file: dict[str, object]) -> None:
        """A file by the picker of the system."""
        scripted(self.main.locator(f"[name={name}]")).set_input_files(file)
        type(self).clicks += 1


def import_file(viettel: Person, site) -> None:
    """Five rows of the sample file."""
    viettel.press("Nhập từ tệp", "link")
    viettel.choose("kind", "antenna_tower")
    content = (CHECKOUT / "docs" / "sample-towers.csv").read_bytes()
    viettel.attach("file", {"name": "cot.csv", "mimeType": "text/csv", "buffer": content})
    viettel.press("Tải lên")
    viettel.choose("system", "vn2000")
    viettel.press("Kiểm tra từng dòng")
    viettel.press("Nhập 5 dòng")
    expect(viettel.page.locator("#import-status")).to_contain_text("Có thể rời trang này")
    site.work()
    expect(viettel.page.get_by_text("Đã tạo 5 công trình")).to_be_visible()


def request(vnpt: Person) -> str:
    """Two structures of the import in one request; its number."""
    vnpt.press("Đề nghị dùng chung", "link")
    vnpt.type(q="Trạm Quảng Trường")
    vnpt.page.keyboard.press("Enter")
    rows = vnpt.page.locator("tr[data-record]")
    expect(rows.filter(has_not_text="Trạm Quảng Trường")).to_have_count(0)
    for name in ("Trạm Quảng Trường 1", "Trạm Quảng Trường 2"):
        vnpt.click(rows.filter(has_text=name).locator("input[name=code]"))
    vnpt.press("Đề nghị dùng chung")
    expect(vnpt.page.get_by_text("Còn thiếu, chưa gửi được")).to_be_visible()
    vnpt.click(vnpt.main.get_by_role("link", name="Sửa", exact=True))
    vnpt.type(
        contact_phone="0912 345 678", purpose="Phủ sóng 5G khu dân cư", wanted_from="01/01/2030", term_months="60"
    )
    vnpt.press("Lưu")
    vnpt.click(vnpt.main.get_by_role("link", name="Khai thông tin lắp đặt").first)
    vnpt.choose("place", index=1)
    vnpt.type(quantity="1", equipment="Trạm 5G THA0123", antennas="3", attach_height_m="32", weight_kg="180")
    vnpt.choose("technology", "5g")
    # The other structure gets the same.
    vnpt.click(vnpt.main.locator("[name=alike]").first)
    vnpt.press("Lưu")
    expect(vnpt.page.get_by_text("Nội dung đã đầy đủ. Đề nghị kiểm tra lại")).to_be_visible()
    vnpt.press("Gửi đề nghị")
    expect(vnpt.page.get_by_text("Đã gửi, số hồ sơ DC-")).to_be_visible()
    return number_of(vnpt.page, "DC")


def answer(viettel: Person, number: str) -> None:
    """One refused, the other accepted."""
    viettel.page.goto("/")
    viettel.click(viettel.page.locator("#waiting").get_by_role("link", name=number).first)
    viettel.click(viettel.page.locator(".case-moves summary"))
    viettel.click(viettel.page.locator(".case-moves").get_by_role("link", name="Từ chối"))
    viettel.click(viettel.main.get_by_role("checkbox").first)
    full = viettel.main.locator("[name=ground] option").filter(has_text="Hết dung lượng")
    viettel.choose("ground", full.get_attribute("value"))
    viettel.type(evidence="Bảng tải trọng cột", answer="Hai vị trí còn lại dành cho trạm của đơn vị.")
    despite = viettel.main.get_by_label("Lý do khi sổ sức chứa vẫn ghi còn chỗ")
    despite.fill("Tải trọng gió vượt mức")
    Person.typed += 1
    viettel.attach("files", PDF)
    viettel.press("Từ chối")
    expect(viettel.page.locator("#events")).to_be_visible()
    viettel.click(viettel.page.locator(".case-moves").get_by_text("Chấp thuận", exact=True))
    viettel.press("Chấp thuận")
    expect(viettel.page.get_by_text("giữ chỗ đến").first).to_be_visible()


def propose(commune: Person, points: str) -> str:
    """A street, sent to the department; its number."""
    commune.press("Đề xuất tuyến đường", "link")
    commune.type(
        street_name="Đường Hạc Thành nối dài",
        from_place="Ngã tư Phú Sơn",
        to_place="Cầu Cốc",
        reason="Cáp treo sà thấp",
        position=points,
    )
    commune.choose("work_kind", "underground")
    commune.press("Lưu")
    if commune.page.get_by_text("Đã lưu đề xuất").count() == 0:
        commune.press("Lưu")
    expect(commune.page.get_by_text("Đã lưu đề xuất")).to_be_visible()
    commune.click(commune.page.locator(".case-moves").get_by_text("Gửi Sở Xây dựng", exact=True))
    commune.press("Gửi Sở Xây dựng")
    expect(commune.page.locator("#events")).to_be_visible()
    return number_of(commune.page, "TD")


def agree(department: Person, number: str) -> None:
    """The department agrees with a sentence."""
    department.page.goto("/")
    department.click(department.page.locator("#waiting").get_by_role("link", name=number).first)
    department.click(department.page.locator(".case-moves").get_by_text("Thống nhất đưa vào danh mục", exact=True))
    department.press("Thống nhất đưa vào danh mục")
    expect(department.page.get_by_role("status").first).to_be_visible()


def record(inspector: Person) -> None:
    """A photo, the place of the device, the act."""
    inspector.press("Ghi vi phạm", "link")
    inspector.attach("camera", photo("hien-truong.jpg"))
    Person.clicks += 1  # the shutter
    expect(inspector.page.locator("[data-echo]")).to_contain_text("WGS 84")
    inspector.click(inspector.main.get_by_role("button", name="Tiếp", exact=True))
    inspector.click(inspector.main.get_by_role("radio", name="Cáp trong công trình dùng chung không gắn thẻ"))
    inspector.press("Gửi")
    expect(inspector.page.get_by_role("status").first).to_contain_text("Đã tiếp nhận vi phạm VP-")


def test_the_main_job_of_five_people_takes_few_clicks_and_typed_fields(open_as, site):
    with site.writing_as("ubnd.xa") as ctx:
        lon, lat = place_inside(ctx.session, ctx.actor.unit_ids)
    with site.writing_as("so.xaydung") as ctx:
        open_list(ctx, OpenList(YEAR))
    viettel, vnpt = Person(open_as("viettel")), Person(open_as("vnpt"))
    spent = []

    def note(part: str) -> None:
        spent.append(f"{part} {Person.clicks} / {Person.typed}")

    import_file(viettel, site)
    note("import")
    number = request(vnpt)
    note("request")
    answer(viettel, number)
    note("answer")
    street = propose(Person(open_as("ubnd.xa")), typed_line((lon, lat), (lon + 0.002, lat + 0.002)))
    note("street")
    agree(Person(open_as("so.xaydung")), street)
    note("agreed")
    here = {"latitude": lat + 0.0015, "longitude": lon, "accuracy": 8}
    record(Person(open_as("kiemtra1", viewport=PHONE, geolocation=here, permissions=["geolocation"])))
    note("violation")
    FIGURES.append(f"main job of five people, clicks / typed fields: {', '.join(spent)}")
    assert (Person.clicks <= MOST_CLICKS, Person.typed <= MOST_TYPED) == (True, True), spent
