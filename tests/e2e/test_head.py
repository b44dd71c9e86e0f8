"""The head of every page: menus by keyboard on every width, the bell that counts down."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import PHONE, WIDE
from tests.e2e.journey import scripted, tab_to
from tests.e2e.looks import SMALLEST, barriers
from tests.e2e.watch import has_side_scroll
from tests.factories.notices import tell

#: A window of the promised width whose scroll bar takes a part of it.
BESIDE_A_BAR = {"width": WIDE["width"] - 17, "height": WIDE["height"]}
#: One of each role that signs in; no name is the public.
READERS = (
    None,
    "so.khcn",
    "so.xaydung",
    "so.taichinh",
    "so.congthuong",
    "ubnd.tinh",
    "ubnd.xa",
    "kiemtra1",
    "viettel",
    "dienluc",
    "quansu",
    "nguoidan",
    "bo.khcn",
    "quantri",
)
ROWS = "list => new Set([...list.children].map((entry) => entry.getBoundingClientRect().top)).size"
TITLE = "Đề nghị lắp đặt ăng ten trên cột BTS Hạc Thành, phường Hạc Thành (3 vị trí, từ 01/12/2026)"


ADMINISTRATION = ".nav-group:has(summary:has-text('Quản trị'))"


def menus_by_keyboard(page):
    """What the row does not hold is reached, and Escape gives the focus back."""
    page.goto("/structures")
    person = (".site-tools details.menu > summary", ".site-tools")
    for summary, panel in (person, (f"{ADMINISTRATION} > summary", ADMINISTRATION)):
        tab_to(page, page.locator(summary))
        page.keyboard.press("Enter")
        expect(page.locator(f"{panel} .menu-panel")).to_be_in_viewport(ratio=1)
        page.keyboard.press("Tab")
        page.keyboard.press("Escape")
        expect(page.locator(f"{panel} .menu-panel")).to_be_hidden()
        expect(page.locator(summary)).to_be_focused()
    summary = page.locator(f"{ADMINISTRATION} > summary")
    summary.focus()
    page.keyboard.press("Enter")
    tab_to(page, page.locator(f"{ADMINISTRATION} a", has_text="Lượt xem vị trí"), most=12)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/looks$"))
    expect(summary).to_have_class("is-here")
    expect(page.locator(f"{ADMINISTRATION} a[aria-current]")).to_have_text("Lượt xem vị trí")


def goes_by_the_palette(page):
    """Ctrl+K finds a page of the menu and what the search finds; where keys are off, single letters do nothing."""
    page.goto("/structures")
    page.keyboard.press("Control+k")
    box = page.get_by_role("combobox", name="Chuyển trang, bắt đầu tác vụ, tìm kiếm")
    expect(box).to_be_focused()
    page.keyboard.type("hop dong")
    expect(page.locator("#palette [role=option]").first).to_contain_text("Hợp đồng")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/agreements$"))
    scripted(page.get_by_role("heading", level=1))
    page.keyboard.press("Control+k")
    page.keyboard.type("Hạc Thành")
    expect(page.locator("#palette [role=option]", has_text="Kết quả tìm").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#palette")).to_be_hidden()
    page.keyboard.press("?")
    expect(page.get_by_role("heading", name="Phím tắt")).to_be_visible()
    page.get_by_label("Tắt các phím tắt một chữ").check()
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox", name="Tìm trong toàn hệ thống")).not_to_be_focused()


def walks_through_rows(page):
    """j and k move the focus from row to row, x ticks it; rows are set apart, and their heads stay in view."""
    page.goto("/structures?view=list")
    rows = page.locator("tr[data-record]")
    for key, row in (("j", 0), ("j", 1), ("k", 0)):
        page.keyboard.press(key)
        expect(rows.nth(row).locator(".cell-main a")).to_be_focused()
    box = page.locator("tr[data-record] input[type=checkbox]").first
    page.locator("tr[data-record]:has(input[type=checkbox]) .cell-main a").first.focus()
    page.keyboard.press("x")
    expect(box).to_be_checked()
    page.get_by_role("button", name="Giãn dòng").click()
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-density", "comfortable")
    expect(page.get_by_role("button", name="Giãn dòng")).to_have_attribute("aria-pressed", "true")
    head, first = page.locator("thead th").first, page.locator("tbody tr").first
    page.locator("tbody tr").last.scroll_into_view_if_needed()
    expect(first).not_to_be_in_viewport()
    expect(head).to_be_in_viewport()


def test_menus_and_keys_work_on_every_width_and_the_bell_counts_down(open_as, site):
    page = open_as("viettel", viewport=BESIDE_A_BAR)
    menus_by_keyboard(page)
    walks_through_rows(page)
    goes_by_the_palette(page)
    page.goto("/structures")
    assert page.locator(".site-nav-list").evaluate(ROWS) == 1
    group = page.locator(".nav-group", has_text="Hồ sơ")
    for width in (800, 1024, 1279):
        page.set_viewport_size({"width": width, "height": 900})
        page.reload()
        group.locator("summary").click()
        expect(group.locator(".menu-panel")).to_be_in_viewport(ratio=1)
        assert not has_side_scroll(page)
    page.set_viewport_size(PHONE)
    page.reload()
    expect(page.get_by_role("searchbox", name="Tìm trong toàn hệ thống")).to_be_in_viewport()
    group.locator("summary").click()
    expect(group.locator(".menu-panel")).to_be_in_viewport(ratio=1)
    assert not has_side_scroll(page)
    bell_counts_down(open_as("vnpt"), site)


def bell_counts_down(page, site):
    """Twelve notices, opened and read by keyboard."""
    with site.writing_as("so.khcn") as ctx:
        for number in range(1, 13):
            tell(ctx, "vnpt", sentence=f"DC-2026-{number:06d}: Đã nộp đề nghị dùng chung", title=TITLE)
    page.goto("/")
    bell = page.get_by_role("link", name="thông báo chưa đọc")
    before = int(bell.inner_text())
    tab_to(page, bell)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Thông báo")
    for size in (WIDE, PHONE, SMALLEST):
        page.set_viewport_size(size)
        assert not has_side_scroll(page)
        expect(page.locator(".bell")).to_be_in_viewport(ratio=1)
    tab_to(page, page.locator(".inbox-unread button").first)
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name=f"{before - 1} thông báo chưa đọc")).to_be_visible()
    page.get_by_role("button", name="Đánh dấu tất cả đã đọc").click()
    expect(page.locator(".inbox-unread")).to_have_count(0)
    expect(page.get_by_role("link", name="Thông báo", exact=True)).to_be_visible()


@pytest.mark.sweep
def test_the_readers_of_this_file_are_of_every_role(cast):
    assert {cast[name].role for name in READERS if name} == {member.role for member in cast.values()}


@pytest.mark.sweep
@pytest.mark.parametrize("username", READERS)
def test_no_role_has_two_rows_of_navigation_on_a_wide_screen(open_as, username):
    page = open_as(username, viewport=BESIDE_A_BAR)
    rows = {}
    for language in ("vi", "en"):
        page.goto(f"/language/{language}?next=/structures")
        expect(page.locator("html")).to_have_attribute("lang", language)
        page.evaluate("() => document.fonts.ready")
        rows[language] = page.locator(".site-nav-list").evaluate(ROWS)
    assert rows == {"vi": 1, "en": 1}
    sizes = page.locator(".nav-group").evaluate_all(
        "groups => groups.map((group) => group.querySelectorAll('a').length)"
    )
    assert all(2 <= size <= 8 for size in sizes)


@pytest.mark.sweep
@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_full_inbox_has_no_barrier(open_as, site, language):
    with site.writing_as("so.khcn") as ctx:
        tell(ctx, "pc_thanhhoa", sentence="DC-2026-000001: Đã nộp đề nghị dùng chung", title=TITLE)
    page = open_as("dienluc")
    page.goto(f"/language/{language}")
    page.goto("/notices")
    for size in (WIDE, PHONE, SMALLEST):
        page.set_viewport_size(size)
        assert barriers(page) == []


#: Opens each menu of the page in turn; what of a panel lies outside the window is its text and its edges. Asking for
#: the edges lays the page out. Frames are not waited for: a browser without a window may draw none.
OPEN_MENUS = """async () => {
  const outside = [];
  let opened = 0;
  for (const menu of document.querySelectorAll("details.menu")) {
    if (!menu.querySelector("summary").checkVisibility()) continue;
    const heard = new Promise((done) => menu.addEventListener("toggle", done, { once: true }));
    menu.open = true;
    await heard;
    const panel = menu.querySelector(".menu-panel");
    if (panel && panel.checkVisibility()) {
      opened += 1;
      const { left, right } = panel.getBoundingClientRect();
      if (left < -0.5 || right > document.documentElement.clientWidth + 0.5)
        outside.push([menu.textContent.trim().slice(0, 30), Math.round(left), Math.round(right)]);
    }
    menu.open = false;
  }
  return { opened, outside };
}"""
MENU_WIDTHS = (320, 390, 640, 768, 1024, 1280, 1440, 1920)


#: Pages with menus of their own; the first one for its head as well, which is another one for each reader.
MENU_PAGES = ("/structures", "/incidents", "/colocation", "/dashboard", "/operator-reports", "/occupations", "/tariffs")


@pytest.mark.parametrize(
    ("reader", "pages"),
    [
        pytest.param("viettel", MENU_PAGES[::2], id="viettel"),
        pytest.param("so.khcn", (MENU_PAGES[0], *MENU_PAGES[1::2]), id="so.khcn"),
        *(
            pytest.param(reader, MENU_PAGES, id=f"{reader}-all", marks=pytest.mark.sweep)
            for reader in ("viettel", "so.khcn")
        ),
    ],
)
def test_every_menu_opens_within_the_window_from_320_to_1920_pixels(open_as, site, reader, pages):
    """Two readers take turns with the pages; each opens all of them in the sweeps."""
    page = open_as(reader, viewport=WIDE)
    offenders, opened = [], 0
    for address in pages:
        page.goto(address)
        for width in MENU_WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            result = page.evaluate(OPEN_MENUS)
            opened += result["opened"]
            offenders += [(address, width, *each) for each in result["outside"]]
    assert offenders == []
    assert opened > len(MENU_WIDTHS) * len(pages)
