"""Sweeps over the pages at their addresses: no barrier at two sizes, no side scroll, few bytes, and without scripts."""

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import PHONE, WIDE, idle, open_card
from tests.e2e.journey import FIGURES
from tests.e2e.looks import SMALLEST, barriers, open_everything
from tests.e2e.pages import DRAWN, LIGHT, PAGES
from tests.e2e.watch import has_side_scroll

pytestmark = pytest.mark.sweep
MOST_BYTES = 250_000


def of_one_browser():
    """The pages that somebody opens, those with a drawn map apart: one browser goes through them all."""
    pages_by_user: dict[tuple[str | None, bool], list[str]] = {}
    for name, (username, _path) in PAGES.items():
        pages_by_user.setdefault((username, name in DRAWN), []).append(name)
    for (username, is_drawn), names in pages_by_user.items():
        marks = [pytest.mark.drawn_map] if is_drawn else []
        yield pytest.param(username, names, marks=marks, id=f"{username}{'-maps' if is_drawn else ''}")


@pytest.mark.parametrize(("username", "names"), list(of_one_browser()))
def test_no_barrier_and_no_side_scroll_anywhere(open_as, site, username, names):
    page = open_as(username)
    problems = {}
    for name in names:
        page.set_viewport_size(WIDE)
        page.goto(PAGES[name][1].format_map(site.codes))
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        open_everything(page)
        for size in (WIDE, PHONE):
            page.set_viewport_size(size)
            problems[name, size["width"]] = barriers(page)
        page.set_viewport_size(SMALLEST)
        problems[name, "side scroll"] = has_side_scroll(page)
    assert len(problems) == 3 * len(names)
    assert {where: problem for where, problem in problems.items() if problem} == {}


@pytest.mark.parametrize("username", sorted({username or "" for username, _path in PAGES.values()}))
def test_every_page_is_read_without_scripts(open_as, site, username):
    page = open_as(username or None, java_script_enabled=False)
    for name, (reader, path) in PAGES.items():
        if (reader or "") == username:
            page.goto(path.format_map(site.codes))
            assert page.get_by_role("heading", level=1).is_visible(), name


@pytest.mark.drawn_map
@pytest.mark.parametrize("size", [WIDE, PHONE])
def test_the_open_menu_and_the_card_of_the_map_have_no_barrier(open_as, site, size):
    page = open_as("so.khcn", viewport=size)
    page.goto("/")
    page.locator(".site-tools details.menu > summary").click()
    expect(page.locator(".site-tools .menu-panel")).to_be_in_viewport(ratio=1)
    assert barriers(page, ".site-tools details.menu") == []
    open_card(page, site.codes["elsewhere"])
    assert barriers(page, ".ws-body") == []


@pytest.mark.parametrize("name", LIGHT)
def test_a_page_without_a_map_is_light(open_as, site, name):
    username, path = PAGES[name]
    page = open_as(username)
    network = page.context.new_cdp_session(page)
    sizes: list[int] = []
    network.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    network.send("Network.enable")
    page.goto(path.format_map(site.codes), wait_until="networkidle")
    idle(page)
    FIGURES.append(f"page without a map: {name}, {sum(sizes) / 1000:.0f} KB of {MOST_BYTES / 1000:.0f}")
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
