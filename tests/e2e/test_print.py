"""What pages are on paper: records, cases, lists and the map, with filter, date, reader, legend and scale."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from registry.routelists.commands import OpenList, ProposeItem
from registry.routelists.service import open_list, propose_item
from registry.violations.service import log_violation
from tests.e2e.conftest import PHONE, idle
from tests.e2e.looks import FOLDER
from tests.factories.colocation import filed, tower
from tests.factories.routelists import street_at, values
from tests.factories.structures import place_inside
from tests.factories.violations import command

pytestmark = pytest.mark.drawn_map
#: Nothing of these is on paper.
CONTROLS = ".site-nav, .site-search, .site-tools, .filters, .btn, .pager, .breadcrumbs, input, select, [data-print]"
YEAR = 2031
PAGES = {
    "detail": ("viettel", "/structures/{published}"),
    "line": ("vnpt", "/structures/{duct}"),
    "cell": (None, "/structures/{published}"),
    "list": ("so.khcn", "/structures?kind=cable_pole&q=le+loi"),
    "public list": (None, "/structures"),
    "request": ("vnpt", "{request}"),
    "dossier": ("vnpt", "{request}/dossier"),
    "violation": ("kiemtra1", "{violation}"),
    "street": ("ubnd.xa", "{street}"),
    "requests": ("so.khcn", "/colocation"),
    "violations": ("so.khcn", "/violations"),
    "labels": ("viettel", "/labels"),
    "units": (None, "/territory"),
    "overview": ("so.khcn", "/dashboard"),
}
WITH_MAP = ("detail", "line", "cell", "list", "public list", "street")


@pytest.fixture(scope="module")
def cases(site):
    """Addresses of a request, a violation and a proposed street."""
    with site.writing_as("viettel") as ctx:
        code = tower(ctx, name="Trạm để in").code
    with site.writing_as("vnpt") as ctx:
        request_id = filed(ctx, code).id
    with site.writing_as("so.xaydung") as ctx:
        list_id = open_list(ctx, OpenList(YEAR)).id
    with site.writing_as("ubnd.xa") as ctx:
        at = place_inside(ctx.session, ctx.actor.unit_ids)
        street_id = propose_item(ctx, ProposeItem(list_id, values(), ("cable_duct",), street_at(*at))).id
    with site.writing_as("kiemtra1") as ctx:
        violation_id = log_violation(ctx, command(at, occurred_on=ctx.today)).id
    return {
        "request": f"/colocation/{request_id}",
        "violation": f"/violations/{violation_id}",
        "street": f"/route-lists/items/{street_id}",
    }


def as_paper(page: Page, name: str) -> None:
    """The page as it is printed; a PDF of it where `E2E_PICTURES` names a folder."""
    idle(page)
    if FOLDER:
        page.pdf(path=Path(FOLDER) / f"print-{name.replace(' ', '-')}.pdf", prefer_css_page_size=True)
    page.evaluate("() => window.dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")


def colours(page: Page) -> int:
    """How many colours the printed map has: one where nothing was drawn."""
    count: int = page.locator(".map-paper").evaluate(
        """(canvas) => {
          const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
          return new Set(new Uint32Array(pixels.buffer)).size;
        }"""
    )
    return count


def is_paper(page: Page, name: str, username: str | None) -> None:
    """Printed without controls, with its time, its reader and its map."""
    as_paper(page, name)
    assert page.locator(CONTROLS).locator("visible=true").count() == 0
    expect(page.locator(".print-made")).to_be_visible()
    expect(page.locator(".print-made")).to_contain_text(re.compile(r"Lập lúc \d\d/\d\d/\d{4} \d\d:\d\d"))
    expect(page.locator(".print-made")).to_contain_text("người lập:" if username else "phạm vi công khai")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    if name in WITH_MAP:
        expect(page.locator(".map-paper")).to_be_visible()
        assert colours(page) > 10
        expect(page.locator(".maplibregl-canvas")).to_be_hidden()


@pytest.mark.sweep
@pytest.mark.parametrize("name", PAGES)
def test_a_page_prints_without_controls_and_says_when_and_for_whom(open_as, site, cases, name):
    username, path = PAGES[name]
    page = open_as(username)
    page.goto(path.format_map(site.codes | cases))
    is_paper(page, name, username)


def test_a_list_and_a_structure_are_printed_with_their_map_and_the_screen_is_as_it_was(open_as, site):
    page = desk = open_as("so.khcn")
    page.goto("/structures?kind=cable_pole&q=le+loi")
    is_paper(page, "list", "so.khcn")
    expect(page.locator(".chips")).to_contain_text("Loại công trình: Cột treo cáp")
    expect(page.locator(".chips")).to_contain_text("Từ khóa: le loi")
    # The legend has what is drawn, and nothing else.
    expect(page.locator(".legend").get_by_text("Chưa đánh giá")).to_be_visible()
    expect(page.locator(".legend").get_by_text("Nhóm công trình, kèm số lượng")).to_be_hidden()
    # On paper the rows are a table, also where a narrow screen would make cards of them.
    page.set_viewport_size(PHONE)
    assert page.locator("tr[data-record]").first.evaluate("row => getComputedStyle(row).display") == "table-row"

    public = open_as()
    public.goto("/structures")
    expect(public.get_by_text("Không đặt bộ lọc nào.")).to_be_hidden()
    assert "Trạm phát sóng" not in public.content()
    is_paper(public, "public list", None)
    expect(public.get_by_text("Không đặt bộ lọc nào.")).to_be_visible()
    expect(public.get_by_text("danh sách còn trang khác")).to_be_visible()

    # Points of the paper are counted.
    page = open_as("viettel", device_scale_factor=1)
    page.add_init_script("window.print = () => { document.documentElement.dataset.printed = ''; }")
    page.goto(f"/structures/{site.codes['published']}")
    idle(page)
    bar = page.locator(".maplibregl-ctrl-scale").evaluate("bar => bar.offsetWidth")
    is_paper(page, "detail", "viettel")
    ink = page.locator(".map-paper").evaluate(
        """(canvas) => {
          const line = canvas.getContext("2d").getImageData(0, canvas.height - 10, 400, 1).data;
          let dark = 0;
          for (let at = 0; at < line.length; at += 4) dark += line[at] < 80 && line[at + 1] < 80;
          return dark;
        }"""
    )
    assert abs(ink - bar) <= 4
    page.emulate_media(media="screen")
    page.evaluate("() => window.dispatchEvent(new Event('afterprint'))")
    expect(page.locator(".map-paper")).to_have_count(0)
    expect(page.locator(".maplibregl-canvas")).to_be_visible()
    expect(page.locator(".print-made")).to_be_hidden()
    page.get_by_role("button", name="In trang này").focus()
    page.keyboard.press("Enter")
    expect(page.locator("html[data-printed]")).to_have_count(1)
    charts_are_drawn_over_their_tables(desk.context.new_page())


def charts_are_drawn_over_their_tables(page: Page) -> None:
    """The overview with its charts, by keyboard alone: pictures, tables behind them, files, paper."""
    page.goto("/dashboard?tab=all")
    charts = page.locator("[data-chart]")
    expect(page.locator("[data-chart]:not([data-chart-idle])")).to_have_count(0)
    assert charts.count() >= 6
    for chart in charts.all():
        expect(chart.locator("[data-chart-picture] svg")).to_be_visible()
        assert "toàn bộ số liệu có trong bảng" in chart.locator("[data-chart-picture]").get_attribute("aria-label")
    # Closed once its picture is there.
    kinds = page.locator("#kinds")
    kinds.locator("[data-chart-table] > summary").focus()
    page.keyboard.press("Enter")
    expect(kinds.get_by_role("cell").first).to_be_visible()
    page.keyboard.press("Tab")
    expect(kinds.get_by_role("region")).to_be_focused()
    page.keyboard.press("Tab")
    expect(kinds.get_by_role("cell").get_by_role("link").first).to_be_focused()
    page.locator("#kinds .chart-files > summary").press("Enter")
    for kind in ("svg", "png"):
        with page.expect_download() as saved:
            page.locator(f"#kinds [data-chart-file={kind}]").press("Enter")
        assert saved.value.suggested_filename == f"cong-trinh-theo-loai-va-kha-nang-dung-chung.{kind}"
    as_paper(page, "charts")
    assert page.locator(CONTROLS).locator("visible=true").count() == 0
    expect(page.locator("#kinds").get_by_role("rowheader").first).to_be_visible()
    page.goto("/dashboard")
    expect(page.locator("[data-chart]:not([data-chart-idle])")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollHeight") <= 2 * page.viewport_size["height"]
    assert len(sheets(page)) <= 3
    paper_lies_as_its_table_needs(page)


def sheets(page: Page) -> list[bool]:
    """Of each sheet of paper that the page is printed on, whether it lies on its side."""
    boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", page.pdf(prefer_css_page_size=True))
    return [float(width) > float(height) for width, height in boxes]


def paper_lies_as_its_table_needs(page: Page) -> None:
    """A list of many columns lies on its side, one of few stands; a form is one sheet with nothing to fill in."""
    for address, is_wide in {"/audit": True, "/colocation": False, "/calendar/days/new": False}.items():
        page.goto(address)
        assert set(sheets(page)) == {is_wide}, address
    assert len(sheets(page)) == 1
    assert page.locator("form").locator("visible=true").count() == 0
