"""The map of the list: one filter and one address for both, layers, colours, boundaries, the ground."""

import re

import pytest
from PIL import Image
from playwright.sync_api import expect

from registry.basemap.archive import FILE
from registry.basemap.service import clear, import_folder
from tests.e2e.conftest import PHONE, WIDE, idle, open_map, place_of, show_on_map
from tests.e2e.journey import tab_to
from tests.e2e.looks import barriers
from tests.e2e.watch import has_side_scroll
from tests.factories.routelists import agreed
from tests.factories.violations import log
from tests.support.grounds import THANKS, small_ground, write_archive

pytestmark = pytest.mark.drawn_map
ROW = "tr[data-record]"


def switch(page, label):
    return page.locator("[data-map-tools]").get_by_label(label)


def window_of(page):
    """The window in the address, once no swap is due any more."""
    idle(page)
    return re.search(r"bbox=([^&#]+)", page.url).group(1)


def test_the_list_follows_the_window_of_the_map_and_back_restores_both(open_as, site):
    page = open_as("so.khcn")
    show_on_map(page, site.codes["elsewhere"])
    follow = switch(page, "Chỉ liệt kê trong khung bản đồ")
    expect(page.locator(ROW)).to_have_count(50)
    # The next page of the list keeps the place of the map.
    shown = page.locator(ROW).first.inner_text()
    page.get_by_role("link", name="Trang sau").click()
    expect(page).to_have_url(re.compile(r"cursor=.*#map=17/"))
    expect(page.locator(ROW).first).not_to_have_text(shown)
    page.go_back()
    expect(page.locator(ROW)).to_have_count(50)
    expect(page.locator("[data-map][data-loaded][data-map-idle]")).to_be_visible()
    follow.check()
    expect(page.locator(ROW)).to_have_count(1)
    expect(page).to_have_url(re.compile(r"\?.*bbox=[\d.]+%2C.*follow=1.*#map=17|\?.*follow=1.*bbox=.*#map=17"))
    expect(page.locator(".chip")).to_have_count(1)
    first = window_of(page)
    page.go_back()
    expect(page.locator(ROW)).to_have_count(50)
    expect(follow).not_to_be_checked()
    expect(page.locator("[data-map][data-loaded][data-map-idle]")).to_be_visible()
    page.go_forward()
    expect(page.locator(ROW)).to_have_count(1)
    expect(page.locator("[data-map][data-loaded][data-map-idle]")).to_be_visible()
    page.locator("[data-map] canvas").focus()
    for _step in range(5):
        page.keyboard.press("ArrowRight")
        idle(page)
    expect(page.locator(ROW)).to_have_count(0)
    moved = window_of(page)
    assert moved != first
    # The way back from another page shows the same window, and one step back the whole list.
    page.goto("/territory")
    page.go_back()
    expect(page.locator("[data-map][data-loaded][data-map-idle]")).to_be_visible()
    assert window_of(page) == moved
    expect(follow).to_be_checked()
    expect(page.locator(ROW)).to_have_count(0)
    follow.uncheck()
    expect(page.locator(ROW)).to_have_count(50)
    assert "bbox" not in page.url


def test_a_structure_is_chosen_by_hover_click_and_keys(open_as, site):
    page, code = open_as("so.khcn"), site.codes["elsewhere"]
    lat, lon = place_of(page, code)
    open_map(page, f"/structures?q={code}#map=17/{lat}/{lon}")
    box = page.locator("[data-map]").bounding_box()
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    marked, card = page.locator(f"{ROW}[data-lit]"), page.locator("[data-map-card]")
    page.mouse.move(*middle)
    expect(marked).to_contain_text(code)
    page.mouse.move(box["x"] + 30, box["y"] + 150)
    expect(marked).to_have_count(0)
    page.mouse.click(*middle)
    expect(page).to_have_url(re.compile(r"#.*chosen=\d+"))
    expect(card).to_contain_text(code)
    address = page.url
    page.goto("about:blank")
    open_map(page, address)
    expect(marked).to_contain_text(code)
    tab_to(page, page.locator("[data-map] canvas"))
    page.keyboard.press("Enter")
    expect(card).to_contain_text(code)
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()
    page.keyboard.press("Enter")
    card.get_by_role("link", name=code).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Trạm phát sóng nơi khác")


@pytest.fixture(scope="module")
def cases(site):
    """The ids of an agreed street and of a violation."""

    def ctx_of(username, **_options):
        return site.writing_as(username)

    return {"street": agreed(ctx_of, street_name="Đường Lê Hoàn"), "violation": log(ctx_of)}


def test_layers_colours_and_boundaries_are_switched_and_explained(open_as, site, cases):
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
    idle(page)
    for layer in ("/route-lists/tiles/", "/violations/tiles/"):
        assert any(layer in url for url in asked), layer
    switch(page, "Tô màu bản đồ theo").select_option("room")
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

    page.goto(f"/violations/{cases['violation']}")
    lat, lon = re.search(r"(\d{2}\.\d+), (\d{3}\.\d+)", page.get_by_role("main").inner_text()).groups()
    open_map(page, f"/structures?layer=violations#map=17/{lat}/{lon}")
    expect(switch(page, "Vi phạm")).to_be_checked()
    page.locator("[data-map] canvas").focus()
    page.keyboard.press("Enter")
    card = page.locator("[data-map-card]")
    expect(card).to_contain_text("Vi phạm đang xử lý")
    card.locator(f"a[href='/violations/{cases['violation']}']").click()
    expect(page).to_have_url(re.compile(f"/violations/{cases['violation']}$"))


@pytest.mark.sweep
@pytest.mark.parametrize("size", [WIDE, PHONE])
def test_the_switches_and_the_legend_have_no_barrier(open_as, size):
    page = open_as("so.khcn", viewport=size)
    open_map(page, "/structures?colour=owner&units=commune&layer=streets&layer=violations")
    page.locator("details.legend > summary").click()
    assert barriers(page, ".map-side") == []
    page.set_viewport_size({"width": 320, "height": 640})
    assert not has_side_scroll(page)


def test_a_ground_of_layers_and_one_of_pictures_are_drawn_and_thanked(open_as, site, tmp_path):
    """Both are taken away again by this test: nothing else of this file has a ground."""
    with site.writing_as("quantri") as ctx:
        import_folder(ctx, small_ground(tmp_path))
    page = open_as("viettel")
    with page.expect_response(re.compile(r"/basemap/layers/\d+/\d+/\d+\.mvt")) as answered:
        page.goto("/structures/new/antenna_tower")
    assert answered.value.status == 200
    expect(page.locator(".map-thanks")).to_have_text(f"Nền bản đồ: {THANKS}")
    with site.writing_as("quantri") as ctx:
        clear(ctx)
    # The writer joins equal tiles, and takes the deepest zoom from the last that differs.
    Image.new("RGB", (256, 256), "#cfe3d0").save(tmp_path / "pixel.png")
    pixel = (tmp_path / "pixel.png").read_bytes()
    tiles = {(z, x, y): pixel + bytes((z, x, y)) for z in range(4) for x in range(2**z) for y in range(2**z)}
    archive = write_archive(site.data_dir / FILE, tiles)
    try:
        page = open_as()
        with page.expect_response(re.compile(r"/basemap/file/3/\d+/\d+")) as answered:
            page.goto("/structures")
        assert answered.value.headers["content-type"] == "image/png"
        expect(page.locator(".map-thanks")).to_contain_text(THANKS)
        idle(page)
    finally:
        archive.unlink()
