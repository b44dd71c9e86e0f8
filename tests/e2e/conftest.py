"""A real browser before a running application; every test ends with a look at what went wrong unseen."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from functools import cache
from time import monotonic

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright

from tests.e2e.site import Site, fill, serving
from tests.e2e.watch import Watch
from tests.support.database import cloned
from tests.support.patience import PATIENCE_S

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
#: No look-up of names, no traffic of the browser's own.
FLAGS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
#: Unless a test is marked `drawn_map`: WebGL in software is most of what a page with a map costs.
NO_MAPS = "--disable-3d-apis"
WIDE = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
PATIENCE_MS = PATIENCE_S * 1000


@pytest.fixture(scope="session")
def site(cluster, template_database, tmp_path_factory) -> Iterator[Site]:
    """The running application with its register."""
    with cloned(cluster, template_database, "e2e") as url, serving(url, tmp_path_factory.mktemp("e2e")) as found:
        fill(found)
        yield found


@pytest.fixture(scope="module")
def chromium() -> Iterator[Callable[[bool], Browser]]:
    """A function: whether maps are drawn -> the system's Chromium, one of each kind.

    A module each, so that no other test finds Playwright's event loop running.
    """
    flags = [*FLAGS, "--no-sandbox"] if os.geteuid() == 0 else FLAGS
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:

        @cache
        def launched(draws: bool) -> Browser:
            args = flags if draws else [*flags, NO_MAPS]
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=args)
            browsers.append(browser)
            return browser

        browsers: list[Browser] = []
        yield launched
        for browser in browsers:
            browser.close()


@pytest.fixture(scope="session")
def states() -> dict[str, dict]:
    """Cookies of who has signed in by now, by user name."""
    return {}


@pytest.fixture
def open_as(request, site, chromium, cast, states) -> Iterator[Callable[..., Page]]:
    """A function: user name (None: the public) -> the page of a browser of its own; problems fail the test."""
    contexts: list[BrowserContext] = []
    watch = Watch(site.url)
    browser = chromium(request.node.get_closest_marker("drawn_map") is not None)

    def browser_of(**options) -> BrowserContext:
        options = {"viewport": WIDE, "locale": "vi-VN", "timezone_id": "Asia/Ho_Chi_Minh"} | options
        context = browser.new_context(base_url=site.url, **options)
        context.set_default_timeout(PATIENCE_MS)
        watch.over(context)
        contexts.append(context)
        return context

    def opened(username: str | None = None, **options) -> Page:
        if username is not None and username not in states:
            states[username] = signed_in(browser_of(), username, cast[username].password)
        return browser_of(storage_state=states.get(username), **options).new_page()

    yield opened
    for context in contexts:
        context.close()
    assert watch.problems == []


def signed_in(context: BrowserContext, username: str, password: str) -> dict:
    """The cookies of a session begun by the same two requests as the form makes; pages of it are not drawn."""
    token = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', context.request.get("/login").text())[1]
    answer = context.request.post("/login", form={"csrf_token": token, "username": username, "password": password})
    told = f"{answer.status} {answer.url}: {answer.text()}"
    assert answer.ok, told
    assert "/login" not in answer.url, told
    return context.storage_state()


def sign_in(page: Page, username: str, password: str) -> None:
    """Sign in by the form, as a person does."""
    page.goto("/login")
    page.get_by_label("Tên đăng nhập").fill(username)
    page.get_by_label("Mật khẩu").fill(password)
    page.get_by_role("main").get_by_role("button", name="Đăng nhập").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Việc của tôi")


def show_on_map(page: Page, code: str) -> None:
    """Open the list with a structure in the middle of its map."""
    page.goto(f"/structures/{code}")
    lat, lon = re.search(r"(\d+\.\d+), (\d+\.\d+)", page.locator("#position").inner_text()).groups()
    page.goto(f"/structures#map=17/{lat}/{lon}")
    expect(page.locator("[data-map][data-loaded]")).to_be_visible()


def ask_map(page: Page, ask: Callable[[], None]) -> Locator:
    """Ask what lies in the middle of the map, again until its tiles are drawn; the card that answers."""
    card = page.locator("[data-map-card]")
    again_until(page, ask, card.is_visible)
    return card


def again_until(page: Page, ask: Callable[[], object], has_come: Callable[[], object]) -> None:
    """Do something again until what it asks for has come: a map has loaded before its tiles are drawn."""
    until = monotonic() + PATIENCE_S
    ask()
    while not has_come():
        assert monotonic() < until, "asked in vain"
        page.wait_for_timeout(250)
        ask()


def open_card(page: Page, code: str) -> Locator:
    """The card of a structure, opened by a click on the map."""
    show_on_map(page, code)
    card = ask_map(page, page.locator("[data-map] canvas").click)
    expect(card).to_contain_text(code)
    return card
