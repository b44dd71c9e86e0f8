"""What holds on every page: no barrier that axe finds, no side scroll on a small phone, few bytes."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.e2e.conftest import PHONE, WIDE, open_card
from tests.e2e.pages import DRAWN, LIGHT, PAGES
from tests.e2e.watch import has_side_scroll

RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]},
    "resultTypes": ["violations"],
}
SMALLEST = {"width": 320, "height": 640}
MOST_BYTES = 250_000


def barriers(page, part: str = "html") -> list[str]:
    """What axe finds in a part of the page, one line an element; of the page as it stands with all its styles."""
    page.wait_for_load_state()
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(Axe().axe_script)
    run = "([part, rules]) => axe.run(part, rules).then((results) => results.violations)"
    violations = page.evaluate(run, [part, RULES])
    return [f"{v['id']}: {node['target']} {node['html'][:160]}" for v in violations for node in v["nodes"]]


def open_everything(page) -> None:
    """Filters, legends, small forms and help, all at once; a menu lies over the page and has a test of its own."""
    page.evaluate("() => document.querySelectorAll('details:not(.menu)').forEach((part) => (part.open = true))")


def of_one_browser():
    """The pages that somebody opens, those with a drawn map apart: one browser goes through them all."""
    found: dict[tuple[str | None, bool], list[str]] = {}
    for name, (username, _path) in PAGES.items():
        found.setdefault((username, name in DRAWN), []).append(name)
    for (username, is_drawn), names in found.items():
        marks = [pytest.mark.drawn_map] if is_drawn else []
        yield pytest.param(username, names, marks=marks, id=f"{username}{'-maps' if is_drawn else ''}")


@pytest.mark.parametrize(("username", "names"), list(of_one_browser()))
def test_no_barrier_and_no_side_scroll_anywhere(open_as, site, username, names):
    page = open_as(username)
    found = {}
    for name in names:
        page.set_viewport_size(WIDE)
        page.goto(PAGES[name][1].format_map(site.codes))
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        open_everything(page)
        for size in (WIDE, PHONE):
            page.set_viewport_size(size)
            found[name, size["width"]] = barriers(page)
        page.set_viewport_size(SMALLEST)
        found[name, "side scroll"] = has_side_scroll(page)
    assert len(found) == 3 * len(names)
    assert {where: problem for where, problem in found.items() if problem} == {}


@pytest.mark.drawn_map
@pytest.mark.parametrize("size", [WIDE, PHONE])
def test_the_open_menu_and_the_card_of_the_map_have_no_barrier(open_as, site, size):
    page = open_as("so.khcn", viewport=size)
    page.goto("/")
    page.locator(".site-tools details.menu > summary").click()
    expect(page.locator(".site-tools .menu-panel")).to_be_in_viewport(ratio=1)
    assert barriers(page, ".site-tools details.menu") == []
    open_card(page, site.codes["elsewhere"])
    assert barriers(page, ".map-frame") == []


def test_a_form_with_errors_has_no_barrier(open_as):
    page = open_as("viettel")
    page.goto("/structures/new/antenna_tower")
    page.get_by_role("button", name="Đăng ký").click()
    expect(page.locator(".error-summary")).to_be_visible()
    assert barriers(page) == []
    page.set_viewport_size(SMALLEST)
    assert not has_side_scroll(page)


@pytest.mark.parametrize("name", LIGHT)
def test_a_page_without_a_map_is_light(open_as, site, name):
    username, path = PAGES[name]
    page = open_as(username)
    network = page.context.new_cdp_session(page)
    sizes: list[int] = []
    network.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    network.send("Network.enable")
    page.goto(path.format_map(site.codes), wait_until="networkidle")
    assert 0 < sum(sizes) < MOST_BYTES


def test_the_second_page_asks_for_no_file_again(open_as):
    page = open_as("viettel")
    network = page.context.new_cdp_session(page)
    page.goto("/account", wait_until="networkidle")
    addresses: dict[str, str] = {}
    sent: list[str] = []
    network.on(
        "Network.responseReceived", lambda event: addresses.update({event["requestId"]: event["response"]["url"]})
    )
    network.on(
        "Network.loadingFinished",
        lambda event: sent.append(addresses[event["requestId"]]) if event["encodedDataLength"] else None,
    )
    network.send("Network.enable")
    page.goto("/notices", wait_until="networkidle")
    assert [address for address in sent if address.endswith("/notices")]
    assert [address for address in sent if "/static/" in address] == []
