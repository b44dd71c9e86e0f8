"""The map of the list: one filter and one address for both, layers, colours, boundaries, the ground."""

import re
from urllib.parse import urlsplit

import pytest
from PIL import Image
from playwright.sync_api import expect

from registry.basemap.archive import FILE
from registry.basemap.service import clear, import_folder
from tests.e2e.conftest import PHONE, WIDE, idle, open_map, place_of, show_on_map
from tests.e2e.journey import press, tab_to
from tests.e2e.looks import barriers
from tests.e2e.watch import has_side_scroll
from tests.factories.routelists import agreed
from tests.factories.violations import log
from tests.support.grounds import THANKS, small_ground, write_archive

pytestmark = pytest.mark.drawn_map
ROW = "tr[data-record]"
#: The zoom at which a structure that is gone to is shown, at least.
CLOSE_UP = 16


def switch(page, label):
    """A switch of the layers panel, which is open from then on."""
    if not page.locator("#map-layers[open]").count():
        page.locator("#map-layers > summary").click()
    return page.locator("#map-layers").get_by_label(label)


def legend(page):
    """What the legend says is drawn, once it is."""
    idle(page)
    return page.locator("#legend").inner_text()


def window_of(page):
    """The window in the address, once no swap is due any more."""
    idle(page)
    return re.search(r"bbox=([^&#]+)", page.url).group(1)


def drag_to_the_left(page):
    """What lay in the middle of the map lies outside of it."""
    box = page.locator("[data-map]").bounding_box()
    page.mouse.move(box["x"] + box["width"] - 20, box["y"] + box["height"] / 3)
    page.mouse.down()
    page.mouse.move(box["x"] + 20, box["y"] + box["height"] / 3, steps=3)
    page.mouse.up()


def test_the_list_follows_the_window_of_the_map_and_back_restores_both(open_as, site):
    page = open_as("so.khcn")
    show_on_map(page, site.codes["elsewhere"])
    follow = switch(page, "Chỉ liệt kê trong khung bản đồ")
    expect(page.locator(ROW)).to_have_count(50)
    switch(page, "Chỉ liệt kê trong khung bản đồ").check()
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
    drag_to_the_left(page)
    expect(page.locator(ROW)).to_have_count(0)
    moved = window_of(page)
    assert moved != first
    # The way back from another page shows the same window, and one step back the whole list.
    page.goto("/account")
    page.go_back()
    expect(page.locator("[data-map][data-loaded][data-map-idle]")).to_be_visible()
    assert window_of(page) == moved
    expect(follow).to_be_checked()
    expect(page.locator(ROW)).to_have_count(0)
    switch(page, "Chỉ liệt kê trong khung bản đồ").uncheck()
    expect(page.locator(ROW)).to_have_count(50)
    assert "bbox" not in page.url
    # The next page of the list keeps the place of the map.
    shown = page.locator(ROW).first.inner_text()
    page.get_by_role("link", name="Trang sau").click()
    expect(page).to_have_url(re.compile(r"cursor=.*#map=17/"))
    expect(page.locator(ROW).first).not_to_have_text(shown)


def place_in(address):
    """The place of the map in an address."""
    return re.search(r"#map=(.*)", address).group(1)


def uncovers_what_a_link_names(page, selection, covered):
    """Whether the card or the map comes first, the chosen structure lies beside the drawer, close up."""
    card, drawn = page.get_by_role("link", name="Mở hồ sơ công trình"), page.locator("[data-map][data-loaded]")
    held, is_held, uncovered = [], [], set()
    for late in ("**/card", "**/symbols.svg"):
        page.route(late, lambda route: held.append(route) if is_held else route.continue_())
        for fragment in (f"#map={covered}", ""):
            is_held.append(late)
            page.goto("about:blank")
            page.goto(f"/structures?{selection}{fragment}", wait_until="commit")
            expect(drawn if late == "**/card" else card).to_be_visible()
            is_held.clear()
            while held:
                held.pop().continue_()
            expect(card).to_be_visible()
            expect(drawn).to_be_visible()
            idle(page)
            uncovered.add((fragment, place_in(page.url)))
        page.unroute(late)
    assert len(uncovered) == len({fragment for fragment, _shown in uncovered}), uncovered
    for _place, shown in uncovered:
        assert shown != covered
        assert float(shown.split("/")[0]) >= CLOSE_UP


def test_a_structure_is_chosen_by_hover_click_keys_and_row_and_the_address_holds_it(open_as, site):
    page, code = open_as("so.khcn"), site.codes["elsewhere"]
    lat, lon = place_of(page, f"/structures/{code}")
    address = f"/structures?q={code}#map=17/{lat}/{lon}"
    open_map(page, address)
    box = page.locator("[data-map]").bounding_box()
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    marked, drawer = page.locator(f"{ROW}[data-lit]"), page.locator("#drawer")
    page.mouse.move(*middle)
    expect(marked).to_contain_text(code)
    page.mouse.move(box["x"] + 30, box["y"] + 150)
    expect(marked).to_have_count(0)
    page.mouse.click(*middle)
    expect(page).to_have_url(re.compile(r"\?.*chosen=\d+.*#map="))
    expect(drawer).to_contain_text(code)
    # It is moved out from under the drawer, and a link to it opens what is seen now.
    idle(page)
    shared = page.url
    assert place_in(shared) != place_in(address)
    page.goto("about:blank")
    open_map(page, shared)
    expect(marked).to_contain_text(code)
    expect(drawer).to_contain_text(code)
    idle(page)
    assert place_in(page.url) == place_in(shared)
    uncovers_what_a_link_names(page, re.search(r"chosen=\d+", shared).group(), place_in(address))
    # By keyboard alone: Enter takes what lies in the middle, Escape gives the focus back.
    page.goto("about:blank")
    open_map(page, address)
    canvas = page.locator("[data-map] canvas")
    tab_to(page, canvas)
    page.keyboard.press("Enter")
    expect(drawer).to_contain_text(code)
    expect(page.locator("#drawer-body")).to_be_focused()
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    expect(canvas).to_be_focused()
    # Each choice is a step that can be taken back.
    page.go_back()
    expect(drawer).to_contain_text(code)
    page.go_back()
    expect(drawer).to_be_hidden()
    page.goto("about:blank")
    open_map(page, f"/structures?q={code}")
    assert not re.search(r"#map=(?:[0-9]|1[0-3])[./]", page.url), "the map goes to what the search finds"
    press(page.get_by_role("button", name=f"Xem {code} trên bản đồ"))
    expect(drawer).to_contain_text(code)
    drawer.get_by_role("link", name="Mở hồ sơ công trình").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Trạm phát sóng nơi khác")


def is_sized_and_switched(page):
    """The switch hides one of both, Back takes it back, and the divider's place is kept for other windows."""
    shell, dock = page.locator("[data-workspace]"), page.locator("#dock")
    page.get_by_role("link", name="Bản đồ", exact=True).click()
    expect(shell).to_have_attribute("data-view", "map")
    expect(page.locator("#list")).not_to_be_visible()
    expect(page).to_have_url(re.compile(r"view=map"))
    page.go_back()
    expect(page.locator("#list")).to_be_visible()
    width = dock.bounding_box()["width"]
    divider = page.get_by_role("separator", name="Độ rộng của bảng")
    press(divider, "ArrowRight")
    assert dock.bounding_box()["width"] > width
    wider = divider.get_attribute("aria-valuenow")
    other = page.context.new_page()
    other.goto("/structures?view=list")
    expect(other.locator("#map-side")).not_to_be_visible()
    expect(other.locator(".ws-divider")).to_have_attribute("aria-valuenow", wider)
    other.close()


def keeps_the_map_from_tool_to_tool(page):
    """Its canvas is the same one, and its place stays."""
    page.locator("[data-map] canvas").evaluate("(canvas) => (canvas.dataset.same = '')")
    page.get_by_role("navigation", name="Công cụ của bản đồ").get_by_role("link", name="Dọc một tuyến").click()
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    expect(page).to_have_url(re.compile(r"/planned-routes#map="))
    expect(page.locator("[data-map] canvas[data-same]")).to_be_visible()
    page.go_back()
    expect(page.locator("#list")).to_be_visible()
    idle(page)


def goes_on_without_the_map(page):
    """Tiles that do not come, drawing that the browser takes away, a filter without hits: said there, nothing lost."""
    note = page.locator("#map-note")
    page.route("**/structures/tiles/**", lambda route: route.abort("connectionreset"))
    page.get_by_label("Từ khóa").fill("cot so")
    page.get_by_role("button", name="Lọc", exact=True).click()
    expect(page.locator(ROW)).to_have_count(48)
    expect(note).to_contain_text("Một phần bản đồ chưa tải được")
    page.unroute("**/structures/tiles/**")
    note.get_by_role("button", name="Thử lại").click()
    expect(note).to_be_hidden()
    idle(page)
    page.locator("[data-map] canvas").evaluate(LOSE)
    expect(note).to_contain_text("Trình duyệt đã ngắt phần vẽ bản đồ")
    expect(page.locator(ROW)).to_have_count(48)
    note.get_by_role("button", name="Thử lại").click()
    expect(page.locator("[data-map][data-loaded][data-map-idle]")).to_be_visible()
    assert "q=cot" in page.url
    page.get_by_label("Từ khóa").fill("khong co gi")
    page.get_by_role("button", name="Lọc", exact=True).click()
    expect(page.locator("#list")).to_contain_text("Không có công trình nào khớp")
    expect(note).to_contain_text("Không có công trình nào khớp bộ lọc")
    page.locator("#list").get_by_role("link", name="Xóa lọc").click()
    expect(page.locator(ROW)).to_have_count(50)
    idle(page)


LOSE = "(canvas) => canvas.getContext('webgl2').getExtension('WEBGL_lose_context').loseContext()"


def says_that_tiles_are_slow(page):
    """After eight seconds of the page's own clock; when they have come it says no more.

    They are asked for though boundary and ground have not come either.
    """
    held, are_slow = [], [True]
    page.clock.install()
    for late in ("**/structures/tiles/**", "**/boundaries.geojson?**", "**/basemap"):
        page.route(late, lambda route: held.append(route) if are_slow else route.continue_())
    with page.expect_request("**/structures/tiles/**"):
        page.goto("/structures")
    note = page.locator("#map-note")
    expect(page.locator("[data-map].map-ready")).to_be_visible()
    expect(page.locator("#map-layers")).to_be_visible()
    page.clock.fast_forward(9_000)
    expect(note).to_contain_text("Bản đồ đang tải chậm")
    expect(page.locator(ROW)).to_have_count(50)
    assert {"boundaries.geojson", "basemap"} <= {urlsplit(route.request.url).path.split("/")[-1] for route in held}
    are_slow.clear()
    for route in held:
        route.continue_()
    idle(page)
    expect(note).to_be_hidden()


def is_drawn_anew_while_parts_are_under_way(page):
    """What was asked for the map that was removed comes after all: nothing is made of it, and no script fails."""
    held = []
    page.route("**/symbols.svg", lambda route: held.append(route))  # noqa: PLW0108 - a method of a list cannot be marked
    page.route("**/basemap", lambda route: route.abort("connectionreset"))
    page.goto("/structures", wait_until="commit")
    note = page.locator("#map-note")
    expect(note).to_contain_text("Một phần bản đồ chưa tải được")
    page.unroute("**/basemap")
    with page.expect_request("**/symbols.svg"):
        # Playwright's own click waits for the page to have loaded.
        page.evaluate("document.querySelector('#map-note button').click()")
    for route in held:
        route.continue_()
    idle(page)
    expect(note).to_be_hidden()
    expect(page.locator("#map-layers")).to_be_visible()


def small_maps_say_what_they_lack(page, code):
    """A map within a record, and that of a form, which keeps what was typed."""
    page.route("**/structures/tiles/**", lambda route: route.abort("connectionreset"))
    page.goto(f"/structures/{code}")
    note = page.locator(".map-frame > .map-note")
    expect(note).to_contain_text("Một phần bản đồ chưa tải được")
    page.unroute("**/structures/tiles/**")
    note.get_by_role("button", name="Thử lại").click()
    expect(note).to_be_hidden()
    expect(page.locator("[data-map][data-loaded][data-map-idle]")).to_be_visible()
    # Without a ground the map is there, and says so.
    page.route("**/basemap", lambda route: route.abort("connectionreset"))
    page.goto("/structures/new/antenna_tower")
    note = page.locator(".map-picker + .map-note")
    expect(note).to_contain_text("Một phần bản đồ chưa tải được")
    page.unroute("**/basemap")
    note.get_by_role("button", name="Thử lại").click()
    expect(note).to_be_hidden()
    idle(page)
    field, typed = page.locator("[name=position]"), "19.807100, 105.776300"
    field.fill(typed)
    expect(page.locator(".map-picker .maplibregl-marker")).to_have_count(1)
    idle(page)
    page.locator(".map-picker canvas").evaluate(LOSE)
    expect(note).to_contain_text("Trình duyệt đã ngắt phần vẽ bản đồ")
    note.get_by_role("button", name="Thử lại").click()
    expect(note).to_be_hidden()
    idle(page)
    expect(page.locator(".map-picker .maplibregl-marker")).to_have_count(1)
    expect(field).to_have_value(typed)


def is_a_sheet_on_a_phone(page):
    """Its height by keys and by dragging its handle."""
    shell, dock, grip = page.locator("[data-workspace]"), page.locator("#dock"), page.locator("[data-sheet]")
    page.set_viewport_size(PHONE)
    idle(page)
    half = dock.bounding_box()["height"]
    press(grip, "ArrowUp")
    expect(shell).to_have_attribute("data-view", "list")
    assert dock.bounding_box()["height"] > 1.5 * half
    press(grip, "ArrowDown")
    press(grip, "ArrowDown")
    expect(shell).to_have_attribute("data-view", "map")
    handle = grip.bounding_box()
    page.mouse.move(handle["x"] + 60, handle["y"] + 10)
    page.mouse.down()
    page.mouse.move(handle["x"] + 60, handle["y"] - half + 40, steps=4)
    page.mouse.up()
    expect(shell).to_have_attribute("data-view", "both")


def test_map_and_list_are_sized_and_switched_and_go_on_without_each_other(open_as, site):
    page = open_as("so.khcn")
    open_map(page)
    is_sized_and_switched(page)
    keeps_the_map_from_tool_to_tool(page)
    goes_on_without_the_map(page)
    is_a_sheet_on_a_phone(page)
    small_maps_say_what_they_lack(open_as("viettel"), site.codes["elsewhere"])
    says_that_tiles_are_slow(page.context.new_page())
    is_drawn_anew_while_parts_are_under_way(page.context.new_page())


@pytest.fixture(scope="module")
def cases(site):
    """The ids of an agreed street and of a violation."""

    def ctx_of(username, **_options):
        return site.writing_as(username)

    return {"street": agreed(ctx_of, street_name="Đường Lê Hoàn"), "violation": log(ctx_of)}


def choose_kinds(page):
    """Kinds are boxes of the one filter that list and map share."""
    kinds = page.locator("[data-boxes=kind]")
    kinds.locator("summary").click()
    # Each change draws list and map anew: all but two are unticked unseen, one of these by hand.
    kinds.evaluate(
        "(part) => [...part.querySelectorAll('[type=checkbox]')].slice(2).forEach((box) => (box.checked = 0))"
    )
    kinds.get_by_role("checkbox").nth(1).uncheck()
    expect(page.locator(".chip")).to_have_count(1)
    expect(page.locator(".chip")).to_contain_text("Cột ăng ten")
    kinds.get_by_label("Cống cáp").check()
    expect(page).to_have_url(re.compile("kind=antenna_tower&kind=cable_duct"))
    expect(page.locator(".chip")).to_have_count(2)


def test_layers_colours_and_boundaries_are_switched_and_explained(open_as, site, cases):
    page = open_as("so.khcn")
    open_map(page)
    asked = []
    page.on("response", lambda answer: asked.append(answer.url) if "/tiles/" in answer.url else None)
    # The rows are many: a button before them leads to the map, and one step back to what lies over it.
    tab_to(page, page.get_by_role("button", name="Bỏ qua bảng, đến bản đồ"))
    page.keyboard.press("Enter")
    expect(page.locator("[data-map] canvas")).to_be_focused()
    tab_to(page, page.locator("#map-layers > summary"))
    page.keyboard.press("Enter")
    tab_to(page, switch(page, "Danh mục tuyến đường"))
    page.keyboard.press("Space")
    expect(page).to_have_url(re.compile("layer=streets"))
    tab_to(page, switch(page, "Vi phạm"))
    page.keyboard.press("Space")
    expect(page).to_have_url(re.compile("layer=streets&layer=violations"))
    assert "Đã thống nhất" in legend(page)
    # At this zoom there are clusters, and the legend tells of nothing that is not drawn.
    assert "Nhóm công trình, kèm số lượng" in legend(page)
    assert "Còn khả năng dùng chung" not in legend(page)
    for layer in ("/route-lists/tiles/", "/violations/tiles/"):
        assert any(layer in url for url in asked), layer
    switch(page, "Tô màu bản đồ theo").select_option("room")
    map_legend = page.locator("#map-legend")
    expect(map_legend).to_contain_text("Còn nhiều chỗ")
    with page.expect_response(re.compile(r"/territory/lines\.geojson\?level=district&on=2025-06-30")):
        switch(page, "Ranh giới").first.select_option("district")
    expect(map_legend).to_contain_text("Ranh giới gần đúng")
    assert "Ranh giới gần đúng" in legend(page)
    switch(page, "Ranh giới tại ngày").fill("01/07/2026")
    switch(page, "Ranh giới tại ngày").press("Enter")
    expect(map_legend).to_contain_text("Cấp huyện kết thúc hoạt động sau ngày 30/06/2025")
    switch(page, "Ranh giới tại ngày").fill("hôm qua")
    switch(page, "Ranh giới tại ngày").press("Enter")
    expect(map_legend).to_contain_text("“hôm qua” không phải ngày")
    expect(page.locator(ROW)).to_have_count(50)
    choose_kinds(page)

    lat, lon = place_of(page, f"/violations/{cases['violation']}")
    open_map(page, f"/structures?layer=violations#map=17/{lat}/{lon}")
    expect(switch(page, "Vi phạm")).to_be_checked()
    page.locator("[data-map] canvas").focus()
    page.keyboard.press("Enter")
    card = page.locator("#drawer")
    expect(card).to_contain_text("Vi phạm đang xử lý")
    assert "Vi phạm đang xử lý" in legend(page)
    card.locator(f"a[href='/violations/{cases['violation']}']").click()
    expect(page).to_have_url(re.compile(f"/violations/{cases['violation']}$"))


@pytest.mark.sweep
@pytest.mark.parametrize("size", [WIDE, PHONE])
def test_the_switches_and_the_legend_have_no_barrier(open_as, size):
    page = open_as("so.khcn", viewport=size)
    open_map(page, "/structures?colour=owner&units=commune&layer=streets&layer=violations")
    page.locator("#map-layers > summary").click()
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
