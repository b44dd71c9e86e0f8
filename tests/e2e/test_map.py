"""The map of the list: one filter and one address for both, layers, colours, boundaries, the ground."""

import re
from itertools import cycle

import pytest
from PIL import Image
from playwright.sync_api import expect

from registry.basemap.archive import FILE
from registry.basemap.service import clear, import_folder
from tests.e2e.conftest import PHONE, WIDE, again_until, show_on_map
from tests.e2e.test_keyboard import tab_to
from tests.e2e.test_pages import barriers
from tests.e2e.watch import has_side_scroll
from tests.factories.routelists import agreed
from tests.factories.violations import log
from tests.support.grounds import THANKS, small_ground, write_archive

pytestmark = pytest.mark.drawn_map
ROW = "tr[data-record]"
TILES = "/structures/tiles/"


def open_map(page, address="/structures"):
    page.goto(address)
    expect(page.locator("[data-map][data-loaded]")).to_be_visible()


def open_switches(page):
    if page.locator(".map-switches").get_attribute("open") is None:
        page.locator(".map-switches > summary").click()


def switch(page, label):
    return page.locator("[data-map-tools]").get_by_label(label)


def place_of(page, code):
    """Latitude and longitude of a structure, as its page says them."""
    page.goto(f"/structures/{code}")
    return re.search(r"(\d+\.\d+), (\d+\.\d+)", page.locator("#position").inner_text()).groups()


def is_filled(answer):
    """Whether an answer is a tile of structures that holds any."""
    return TILES in answer.url and answer.headers.get("content-length", "0") != "0"


def settled_address(page):
    """The address once the map has come to rest and nothing writes it any more."""
    before = None
    while page.url != before:
        before = page.url
        page.wait_for_timeout(1500)
    return before


def test_ten_thousand_structures_stand_on_one_map_and_in_one_list(open_as):
    """The size that the browser tests promise: what they drive is driven on it."""
    page = open_as("so.khcn")
    tiles = []
    page.on("response", lambda answer: tiles.append(answer) if TILES in answer.url else None)
    # A tile beside the province is empty, and may be the first to come.
    with page.expect_response(is_filled):
        open_map(page)
    expect(page.get_by_text("Hơn 10.000 công trình")).to_be_visible()
    expect(page.locator(ROW)).to_have_count(50)
    page.wait_for_load_state("networkidle")
    assert {answer.status for answer in tiles} <= {200, 304}
    # The whole province is clusters: little to load, however much stands there.
    assert 0 < max(len(answer.body()) for answer in tiles) < 30_000


def test_the_list_follows_the_window_of_the_map_by_a_switch_and_back_restores_both(open_as, site):
    page = open_as("so.khcn")
    show_on_map(page, site.codes["elsewhere"])
    expect(page.locator(ROW)).to_have_count(50)
    switch(page, "Chỉ liệt kê trong khung bản đồ").check()
    expect(page.locator(ROW)).to_have_count(1)
    expect(page).to_have_url(re.compile(r"\?.*bbox=[\d.]+%2C.*follow=1.*#map=17|\?.*follow=1.*bbox=.*#map=17"))
    expect(page.locator(".chip")).to_have_count(1)
    page.go_back()
    expect(page.locator(ROW)).to_have_count(50)
    expect(switch(page, "Chỉ liệt kê trong khung bản đồ")).not_to_be_checked()
    expect(page.locator("[data-map][data-loaded]")).to_be_visible()
    page.go_forward()
    expect(page.locator(ROW)).to_have_count(1)
    expect(page.locator("[data-map][data-loaded]")).to_be_visible()
    page.locator("[data-map] canvas").focus()
    for _step in range(5):
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(500)
    expect(page.locator(ROW)).to_have_count(0)
    moved = settled_address(page)
    # A reload and the way back from another page show the same window, and one step back the whole list.
    page.goto("/territory")
    page.go_back()
    expect(page).to_have_url(moved)
    expect(page.locator("[data-map][data-loaded]")).to_be_visible()
    expect(switch(page, "Chỉ liệt kê trong khung bản đồ")).to_be_checked()
    expect(page.locator(ROW)).to_have_count(0)
    switch(page, "Chỉ liệt kê trong khung bản đồ").uncheck()
    expect(page.locator(ROW)).to_have_count(50)
    assert "bbox" not in page.url


def test_the_next_page_of_the_list_keeps_the_place_of_the_map(open_as, site):
    page = open_as("so.khcn")
    show_on_map(page, site.codes["elsewhere"])
    place = re.search(r"#map=17[^&]*", page.url).group()
    page.get_by_role("link", name="Trang sau").click()
    expect(page).to_have_url(re.compile("cursor="))
    assert place in page.url


def test_hover_on_the_map_marks_the_row_and_a_click_keeps_the_choice_in_the_address(open_as, site):
    page = open_as("so.khcn")
    lat, lon = place_of(page, site.codes["elsewhere"])
    open_map(page, f"/structures?q={site.codes['elsewhere']}#map=17/{lat}/{lon}")
    box = page.locator("[data-map]").bounding_box()
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    marked = page.locator(f"{ROW}[data-lit]")
    steps = cycle(range(3))
    again_until(page, lambda: page.mouse.move(middle[0] + next(steps), middle[1]), marked.count)
    expect(marked).to_contain_text(site.codes["elsewhere"])
    page.mouse.move(box["x"] + 30, box["y"] + 150)
    expect(marked).to_have_count(0)
    page.mouse.click(*middle)
    expect(page).to_have_url(re.compile(r"#.*chosen=\d+"))
    address = page.url
    page.goto("about:blank")
    open_map(page, address)
    expect(marked).to_contain_text(site.codes["elsewhere"])


@pytest.fixture(scope="module")
def cases(site):
    """The ids of an agreed street and of a violation."""

    def ctx_of(username, **_options):
        return site.writing_as(username)

    return {"street": agreed(ctx_of, street_name="Đường Lê Hoàn"), "violation": log(ctx_of)}


def test_layers_are_switched_on_by_keyboard_and_stay_in_the_address(open_as, site, cases):
    page = open_as("so.khcn")
    open_map(page)
    asked = []
    page.on("response", lambda answer: asked.append(answer.url) if "/tiles/" in answer.url else None)
    tab_to(page, page.locator(".map-switches > summary"))
    page.keyboard.press("Enter")
    tab_to(page, switch(page, "Danh mục tuyến đường"))
    page.keyboard.press("Space")
    expect(page).to_have_url(re.compile("layer=streets"))
    tab_to(page, switch(page, "Vi phạm"))
    page.keyboard.press("Space")
    expect(page).to_have_url(re.compile("layer=streets&layer=violations"))
    page.locator("details.legend > summary").click()
    legend = page.locator("#map-legend")
    expect(legend).to_contain_text("Đã thống nhất")
    expect(legend).to_contain_text("Vi phạm đang xử lý")
    open_map(page, page.url)
    expect(switch(page, "Vi phạm")).to_be_checked()
    for layer in ("/route-lists/tiles/", "/violations/tiles/"):
        again_until(page, lambda: None, lambda layer=layer: any(layer in url for url in asked))


def test_a_layer_is_offered_only_to_those_who_may_read_it(open_as, cases):
    page = open_as()
    open_map(page, "/structures?layer=violations")
    open_switches(page)
    expect(switch(page, "Vi phạm")).to_have_count(0)
    expect(page.locator("#map-legend")).not_to_contain_text("Vi phạm")


def test_the_card_of_a_violation_leads_to_its_case(open_as, site, cases):
    page = open_as("so.khcn")
    page.goto(f"/violations/{cases['violation']}")
    lat, lon = re.search(r"(\d{2}\.\d+), (\d{3}\.\d+)", page.get_by_role("main").inner_text()).groups()
    open_map(page, f"/structures?layer=violations#map=17/{lat}/{lon}")
    card = page.locator("[data-map-card]")
    page.locator("[data-map] canvas").focus()
    # Other tests log violations too, some at the same place: this one is known by where its name leads.
    case = card.locator(f"a[href='/violations/{cases['violation']}']")
    # Each layer comes when its tiles do: structures that stand there may be told first.
    again_until(page, lambda: page.keyboard.press("Enter"), case.is_visible)
    expect(card).to_contain_text("Vi phạm đang xử lý")
    case.click()
    expect(page).to_have_url(re.compile(f"/violations/{cases['violation']}$"))


def test_colours_and_boundaries_have_a_legend_in_words(open_as):
    page = open_as("so.khcn")
    open_map(page)
    open_switches(page)
    page.locator("details.legend > summary").click()
    switch(page, "Tô màu bản đồ theo").select_option("room")
    legend = page.locator("#map-legend")
    expect(legend).to_contain_text("Còn nhiều chỗ")
    expect(legend).not_to_contain_text("Đang dùng chung, hết chỗ")
    with page.expect_response(re.compile(r"/territory/lines\.geojson\?level=district&on=2025-06-30")):
        switch(page, "Ranh giới").first.select_option("district")
    expect(legend).to_contain_text("Ranh giới gần đúng")
    switch(page, "Ranh giới tại ngày").fill("01/07/2026")
    switch(page, "Ranh giới tại ngày").press("Enter")
    expect(legend).to_contain_text("Cấp huyện kết thúc hoạt động sau ngày 30/06/2025")
    switch(page, "Ranh giới tại ngày").fill("hôm qua")
    switch(page, "Ranh giới tại ngày").press("Enter")
    expect(legend).to_contain_text("«hôm qua» không phải ngày")
    expect(page.locator(ROW)).to_have_count(50)


@pytest.mark.parametrize("size", [WIDE, PHONE])
def test_the_switches_and_the_legend_have_no_barrier(open_as, size):
    page = open_as("so.khcn", viewport=size)
    open_map(page, "/structures?colour=owner&units=commune&layer=streets&layer=violations")
    page.locator("details.legend > summary").click()
    assert barriers(page, ".map-side") == []
    page.set_viewport_size({"width": 320, "height": 640})
    assert not has_side_scroll(page)


@pytest.fixture
def ground(site, tmp_path):
    """A small ground, for one test."""
    with site.writing_as("quantri") as ctx:
        import_folder(ctx, small_ground(tmp_path))
    yield
    with site.writing_as("quantri") as ctx:
        clear(ctx)


def test_a_loaded_ground_is_drawn_on_every_map_and_thanked(open_as, ground):
    page = open_as("viettel")
    for address in ("/structures", "/structures/new/antenna_tower"):
        with page.expect_response(re.compile(r"/basemap/layers/\d+/\d+/\d+\.mvt")) as answered:
            page.goto(address)
        assert answered.value.status == 200
        expect(page.locator(".map-thanks")).to_have_text(f"Nền bản đồ: {THANKS}")


def test_a_pmtiles_file_is_drawn_and_thanked(open_as, site, pixel):
    # The writer joins equal tiles, and takes the deepest zoom from the last that differs.
    tiles = {(z, x, y): pixel + bytes((z, x, y)) for z in range(4) for x in range(2**z) for y in range(2**z)}
    archive = write_archive(site.data_dir / FILE, tiles)
    try:
        page = open_as()
        with page.expect_response(re.compile(r"/basemap/file/3/\d+/\d+")) as answered:
            page.goto("/structures")
        assert answered.value.headers["content-type"] == "image/png"
        expect(page.locator(".map-thanks")).to_contain_text(THANKS)
    finally:
        archive.unlink()


@pytest.fixture
def pixel(tmp_path):
    """A PNG image."""
    Image.new("RGB", (256, 256), "#cfe3d0").save(tmp_path / "pixel.png")
    return (tmp_path / "pixel.png").read_bytes()


def test_without_webgl_the_list_remains_and_no_switch_of_a_map_that_is_not_there(open_as):
    page = open_as("so.khcn")
    page.add_init_script(
        "const plain = HTMLCanvasElement.prototype.getContext;"
        "HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {"
        " return kind.startsWith('webgl') ? null : plain.call(this, kind, ...rest); };"
    )
    page.goto("/structures?layer=streets&units=commune&colour=room")
    expect(page.locator(ROW)).to_have_count(50)
    expect(page.get_by_text("Bản đồ cần JavaScript và WebGL")).to_be_visible()
    expect(page.locator("[data-map-tools]")).to_be_hidden()


def test_without_scripts_a_window_in_the_address_still_narrows_the_list(open_as, site):
    page = open_as("so.khcn", java_script_enabled=False)
    lat, lon = (float(part) for part in place_of(page, site.codes["elsewhere"]))
    page.goto(f"/structures?follow=1&bbox={lon - 0.001},{lat - 0.001},{lon + 0.001},{lat + 0.001}")
    expect(page.locator(ROW)).to_have_count(1)
    page.get_by_role("button", name="Lọc", exact=True).click()
    expect(page.locator(ROW)).to_have_count(1)
    expect(page).to_have_url(re.compile("bbox="))
