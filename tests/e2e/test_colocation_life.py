"""The whole life of a request: poles and ducts, from the search to the cable that nobody took down.

Three poles show what twelve do; a trial has the twelve of an ordinary request.
"""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from registry.capacity.commands import SetPlace
from registry.capacity.models import PlaceUnit
from registry.capacity.service import set_place
from registry.kernel.clock import utc_now
from registry.workflow.jobs import run_clocks
from tests.e2e import journey
from tests.e2e.journey import PDF, begin, done, fill, has_turn, number_of, photo, send, step, take_up, today
from tests.e2e.looks import look
from tests.factories.structures import HAC_THANH, make

NAME = "Tuyến Hạc Thành"
DUCTS = 2
REQUEST = {
    "contact_phone": "0912 345 678",
    "purpose": "Kéo cáp quang tới khu dân cư phía Nam phường",
    "wanted_from": "01/01/2030",
    "term_months": "60",
}
CONTRACT = {
    "contract_number": "12/HĐ-2026",
    "signed_on": "{today}",
    "starts_on": "{today}",
    "ends_on": "{in_two_years}",
    "technical_conditions": "Theo bản vẽ đã duyệt, gắn thẻ chủ sở hữu ở mỗi cột",
    "duties": "Bên sử dụng bảo trì cáp; chủ sở hữu bảo trì cột và cống",
    "termination": "Tháo dỡ trong 30 ngày kể từ ngày chấm dứt",
}


HAPPENED = [
    "Lập hồ sơ",
    "Chủ sở hữu gửi hợp đồng để xác nhận",
    "Hai bên đã ký hợp đồng",
    "Bên sử dụng bắt đầu lắp đặt",
    "Bên sử dụng báo lắp đặt xong",
    "Chủ sở hữu xác nhận lắp đặt; chỗ giữ thành đang dùng",
    "Bên sử dụng đề nghị chấm dứt hợp đồng theo thỏa thuận",
    "Hai bên thống nhất chấm dứt hợp đồng",
    "Quá hạn tháo dỡ; lập phát hiện cáp, thiết bị không thu hồi",
]


@pytest.fixture(params=[3, pytest.param(12, marks=pytest.mark.trial)])
def poles(request):
    return request.param


@pytest.fixture
def codes(site, poles):
    """Poles and two ducts of Viettel, each with one free place."""
    with site.writing_as("viettel") as ctx:
        made_codes = []
        for kind, count, unit in (("cable_pole", poles, PlaceUnit.CABLE), ("cable_duct", DUCTS, PlaceUnit.BORE)):
            for number in range(count):
                at = (HAC_THANH[0] + number * 0.0004, HAC_THANH[1])
                structure = make(ctx, kind=kind, at=at, name=f"{NAME} {number + 1}", sharing_status="available")
                set_place(ctx, SetPlace(structure.code, "Chỗ treo" if kind == "cable_pole" else "Ống 1", unit, 1))
                made_codes.append(structure.code)
    return made_codes


def describe(page: Page, code: str, count: int, **fields: str) -> None:
    """Say of one structure what is to hang there, and the same of all alike."""
    page.get_by_role("link", name=f"Khai thông tin lắp đặt {code}").click()
    look(page, f"life item {count}")
    page.get_by_label("Vị trí lắp đặt").select_option(index=1)
    fill(page, equipment="Cáp quang 48 sợi", **fields)
    page.get_by_label("Áp dụng nội dung này cho mọi công trình cùng loại").check()
    page.get_by_role("button", name="Lưu").click()


def asked(page: Page, codes: list[str]) -> str:
    """The request of the search's result, sent; its number."""
    page.goto(f"/structures?q={NAME.replace(' ', '+')}")
    for code in codes:
        page.get_by_label(f"Chọn {code}").check()
    page.get_by_role("button", name="Đề nghị dùng chung").click()
    page.get_by_role("link", name="Sửa").first.click()
    fill(page, **REQUEST)
    page.get_by_role("button", name="Lưu").click()
    poles = len(codes) - DUCTS
    describe(page, codes[0], poles, cables="1", cable_diameter_mm="14,5")
    describe(page, codes[poles], DUCTS, cable_diameter_mm="14,5")
    expect(page.get_by_text("Nội dung đã đầy đủ.")).to_be_visible()
    look(page, "life draft")
    page.get_by_role("button", name="Gửi đề nghị").click()
    expect(page.get_by_text("Đã gửi, số hồ sơ DC-")).to_be_visible()
    return number_of(page, "DC")


def answered(owner: Page, number: str, refused: str) -> None:
    """The owner surveys, accepts all but one structure, and refuses that one."""
    take_up(owner, number)
    step(owner, "Khảo sát kỹ thuật", survey_on="04/01/2027", text="Đo độ cao cáp, kiểm tra ống")
    begin(owner, "Chấp thuận")
    owner.get_by_label(refused).uncheck()
    look(owner, "life accept")
    send(owner, "Chấp thuận")
    done(owner)
    begin(owner, "Từ chối")
    # Nothing is refused that was not ticked.
    expect(owner.get_by_label(refused)).not_to_be_checked()
    owner.get_by_label(refused).check()
    fill(
        owner,
        ground="not_technically_feasible",
        evidence="Cột nghiêng 8 độ",
        answer="Chờ dựng lại cột",
        files=PDF,
    )
    send(owner, "Từ chối")
    done(owner)


def settled(requester: Page, owner: Page, department: Page, number: str) -> None:
    """One refusal goes to the department, which consults on the price and decides."""
    take_up(requester, number)
    step(requester, "Đề nghị Sở giải quyết", text="Cột vẫn treo cáp của chủ sở hữu")
    has_turn(department, waits=number, others=(owner,))
    take_up(department, number)
    step(department, "Ghi biên bản hòa giải", met_on=today(), text="Hai bên giữ ý kiến")
    step(department, "Tổ chức hiệp thương giá", met_on=today(), text="Hai bên nộp chi phí")
    begin(department, "Ghi quyết định giải quyết")
    look(department, "life decision")
    fill(
        department,
        decision_number="12/QĐ-SKHCN",
        decided_on=today(),
        text="Cho dùng chung cột còn lại",
        price_vnd="1400000",
        price_period="month",
    )
    send(department, "Ghi quyết định giải quyết")
    done(department)


def contracted(requester: Page, owner: Page, number: str) -> str:
    """The contract is written with the price that was decided, and both sides have signed; its number."""
    take_up(requester, number)
    begin(requester, "Đề nghị lập hợp đồng")
    requester.locator("#request").get_by_role("link", name="Hợp đồng dùng chung HD-").click()
    agreement = number_of(requester, "HD")
    take_up(owner, agreement)
    owner.locator("#contract").get_by_role("link", name="Sửa").click()
    look(owner, "life contract")
    fill(
        owner,
        **{name: value.format(today=today(), in_two_years=today(730)) for name, value in CONTRACT.items()},
    )
    owner.get_by_role("button", name="Lưu").click()
    begin(owner, "Gửi bên sử dụng xác nhận")
    send(owner, "Gửi bên sử dụng xác nhận")
    done(owner)
    take_up(requester, agreement)
    requester.get_by_label("Nội dung trao đổi").fill("Đã ký, sẽ lắp từ thứ hai")
    requester.get_by_role("button", name="Gửi tới các bên").click()
    expect(requester.locator("#talk")).to_contain_text("Đã ký, sẽ lắp từ thứ hai")
    step(requester, "Xác nhận hợp đồng")
    return agreement


def in_use(requester: Page, owner: Page, agreement: str, code: str) -> None:
    """Installed with photos before and after, one position told anew, confirmed by the owner."""
    take_up(requester, agreement)
    step(requester, "Bắt đầu lắp đặt", text="Đội 3, cảnh giới giao thông")
    requester.get_by_role("link", name=f"Báo cáo lắp đặt {code}").click()
    fill(requester, equipment="Cáp quang 48 sợi, 2 măng xông", position="19.80703, 105.77601")
    requester.get_by_role("button", name="Lưu").click()
    step(
        requester,
        "Báo lắp đặt xong",
        installed_on=today(),
        before=photo("truoc.jpg"),
        after=photo("sau.jpg", "#765"),
    )
    take_up(owner, agreement)
    begin(owner, "Xác nhận lắp đặt")
    look(owner, "life installed")
    send(owner, "Xác nhận lắp đặt")
    done(owner)
    expect(owner.locator("#items")).to_contain_text("đang sử dụng từ ngày")


def test_from_the_search_to_the_cable_that_was_left(open_as, site, poles, codes):
    requester, owner, department = open_as("vnpt"), open_as("viettel"), open_as("so.khcn")
    number = asked(requester, codes)
    requester.get_by_role("link", name="Phiếu tiếp nhận").click()
    look(requester, "life receipt")
    answered(owner, number, codes[poles - 1])
    settled(requester, owner, department, number)
    agreement = contracted(requester, owner, number)
    in_use(requester, owner, agreement, codes[0])

    # In use nothing waits for either side; the contract is found among all of them.
    expect(journey.desk(requester)).not_to_contain_text(agreement)
    requester.goto("/agreements")
    requester.get_by_role("link", name=agreement).click()
    step(requester, "Đề nghị chấm dứt theo thỏa thuận", reason="Chuyển sang ngầm hóa")
    owner.goto(requester.url)
    step(owner, "Đồng ý chấm dứt")
    run_clocks(site.database, utc_now() + timedelta(days=60))
    site.work()
    requester.reload()
    expect(requester.get_by_role("main")).to_contain_text("Quá hạn tháo dỡ")
    look(requester, "life overdue")
    expect(requester.get_by_text("Đã lập phát hiện cáp, thiết bị không thu hồi").first).to_be_visible()
    violation_number = number_of(requester, "VP")
    department.goto("/violations")
    expect(department.get_by_role("main")).to_contain_text(violation_number)
    owner.goto(f"/structures/{codes[0]}")
    expect(owner.get_by_role("main")).to_contain_text("19.80703, 105.77601")
    journey.has_happened(requester, *HAPPENED)
