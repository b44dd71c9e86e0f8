"""A real browser before a running application; every test ends with a look at what went wrong unseen.

Each file has an application and a database of its own, a copy of a prepared register. A test that fails leaves what its
browsers showed in `var/test-failures/<its name>/`.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Locator, Page, expect, sync_playwright

from config.settings import CHECKOUT
from registry.accounts.browser import limits
from registry.accounts.sessions import open_session
from tests.e2e import looks
from tests.e2e.journey import FIGURES
from tests.e2e.registers import prepared
from tests.e2e.site import Site, serving
from tests.e2e.watch import Watch
from tests.support.database import cloned

#: Debian's Chromium without a window, which takes two thirds of the processor's time of the whole one.
SHELL = Path("/usr/lib/chromium/chromium-headless-shell")
CHROMIUM = str(SHELL) if SHELL.exists() else shutil.which("chromium") or "/usr/bin/chromium"
#: No look-up of names, no traffic of the browser's own.
FLAGS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]
#: A map is drawn in software: not copied from a process of its own, of few points, and none of them fades in.
QUICKLY = ["--in-process-gpu"]
QUICK = {"device_scale_factor": 0.5, "reduced_motion": "reduce"}
#: Unless a test is marked `drawn_map`: WebGL in software is most of what a page with a map costs.
NO_MAPS = "--disable-3d-apis"
WIDE = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
PLACE = {"viewport": WIDE, "locale": "vi-VN", "timezone_id": "Asia/Ho_Chi_Minh"}
PATIENCE_MS = 20_000
IDLE = "html:not([data-swapping]):not(:has(.maplibregl-map:not([data-map-idle])))"
FAILURES = CHECKOUT / "var" / "test-failures"
FAILED = pytest.StashKey[bool]()
FOLDERS: list[Path] = []


@pytest.hookimpl(tryfirst=True)  # before the plug-in that leaves out what the expression does not name
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A sweep takes the journeys too, and looks at each of their pages with axe at two sizes."""
    expression = config.option.markexpr or ""
    if "sweep" not in expression or "not sweep" in expression:
        return
    looks.WITH_AXE = True
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent) and not item.get_closest_marker("trial"):
            item.add_marker("sweep")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Let fixtures know whether their test failed."""
    report = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The last lines say what journeys and pages cost and name the folders of failed tests."""
    for figure in FIGURES:
        terminalreporter.write_line(figure)
    for folder in FOLDERS:
        terminalreporter.write_line(f"picture, page, console and server log: {folder}")


@pytest.fixture(scope="module")
def site(request, cluster, template_database, tmp_path_factory) -> Iterator[Site]:
    """The application of this file, on a copy of the small register or, where the file says LARGE, the large one."""
    is_large = getattr(request.module, "LARGE", False)
    template, codes = prepared(cluster, template_database, is_large=is_large)
    folder = tmp_path_factory.mktemp("e2e")
    with cloned(cluster, template, "e2e") as url, serving(url, folder, codes) as served_site:
        yield served_site


@pytest.fixture(scope="package")
def chromium() -> Iterator[Callable[[bool], Browser]]:
    """A function: whether maps are drawn -> the system's Chromium, one of each kind.

    For this folder only, so that no other test finds Playwright's event loop running.
    """
    flags = [*FLAGS, *([] if looks.WITH_AXE else QUICKLY), *(["--no-sandbox"] if os.geteuid() == 0 else [])]
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


@pytest.fixture(scope="module")
def states() -> dict[str, dict]:
    """Cookies of who has signed in at the application of this file, by user name."""
    return {}


@pytest.fixture
def open_as(request, site, chromium, states) -> Iterator[Callable[..., Page]]:
    """A function: user name (None: the public) -> the page of a browser of its own; problems fail the test.

    `draws`: whether it draws maps, where this page of the test differs from the others. In sweeps all pages do.
    """
    contexts: list[BrowserContext] = []
    watch = Watch(site.url)
    usually_draws = request.node.get_closest_marker("drawn_map") is not None
    site.log.clear()

    def opened(username: str | None = None, *, draws: bool | None = None, **options) -> Page:
        if username is not None and username not in states:
            states[username] = signed_in(site, username)
        options = PLACE | ({} if looks.WITH_AXE else QUICK) | options
        browser = chromium(looks.WITH_AXE or (usually_draws if draws is None else draws))
        context = browser.new_context(base_url=site.url, storage_state=states.get(username), **options)
        context.set_default_timeout(PATIENCE_MS)
        watch.over(context)
        contexts.append(context)
        return context.new_page()

    yield opened
    if request.node.stash.get(FAILED, False) or watch.problems:
        keep(request.node.name, contexts, watch, site)
    for context in contexts:
        context.close()
    assert watch.problems == []


def keep(name: str, contexts: list[BrowserContext], watch: Watch, site: Site) -> None:
    """Leave what the browsers of a failed test showed, and what browser and server said."""
    folder = FAILURES / re.sub(r"[^\w.-]+", "-", name)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    FOLDERS.append(folder)
    for number, page in enumerate((page for context in contexts for page in context.pages), 1):
        try:
            (folder / f"page-{number}.html").write_text(f"<!-- {page.url} -->\n{page.content()}", encoding="utf-8")
            page.screenshot(path=folder / f"page-{number}.png", full_page=True)
        except Error as error:
            (folder / f"page-{number}.txt").write_text(str(error), encoding="utf-8")
    (folder / "console.txt").write_text("\n".join([*watch.said, *watch.problems]), encoding="utf-8")
    (folder / "server.txt").write_text("\n".join(site.log), encoding="utf-8")


def signed_in(site: Site, username: str) -> dict:
    """The cookie of a session that is begun without the work of a password."""
    client = site.app.test_client()
    with site.app.test_request_context(), site.writing_as(username) as ctx:
        token = open_session(ctx, ctx.actor.id, limits(), device="test", address="127.0.0.1")
    with client.session_transaction() as session:
        session["_user_id"] = token
    cookie = {
        "name": "session",
        "value": client.get_cookie("session").value,
        "domain": "127.0.0.1",
        "path": "/",
        "expires": -1,
        "httpOnly": True,
        "secure": False,
        "sameSite": "Lax",
    }
    return {"cookies": [cookie], "origins": []}


def sign_in(page: Page, username: str, password: str) -> None:
    """Sign in by the form, as a person does."""
    page.goto("/login")
    page.get_by_label("Tên đăng nhập").fill(username)
    page.get_by_label("Mật khẩu").fill(password)
    page.get_by_role("main").get_by_role("button", name="Đăng nhập").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Việc của tôi")


def idle(page: Page) -> None:
    """At one moment no swap is due and every map of the page shows all that it will show."""
    expect(page.locator(IDLE)).to_have_count(1)


def place_of(page: Page, address: str) -> tuple[str, str]:
    """Latitude and longitude, as the page at an address of a record says them; nothing is drawn."""
    answer = page.request.get(address)
    return re.search(r"<dd>\s*(\d\d\.\d+), (\d{3}\.\d+)", answer.text()).groups()


def open_map(page: Page, address: str = "/structures") -> None:
    """Open a page with the map of the list, and see it drawn."""
    page.goto(address)
    expect(page.locator("[data-map][data-loaded][data-map-idle]")).to_be_visible()


def show_on_map(page: Page, code: str) -> None:
    """Open the list with a structure in the middle of its map, which no sheet covers."""
    lat, lon = place_of(page, f"/structures/{code}")
    is_narrow = page.viewport_size["width"] < WIDE["width"]
    open_map(page, f"/structures{'?view=map' if is_narrow else ''}#map=17/{lat}/{lon}")


def open_card(page: Page, code: str) -> Locator:
    """The card of a structure, opened by a click on the map."""
    show_on_map(page, code)
    page.locator("[data-map] canvas").click()
    card = page.locator("#drawer")
    expect(card).to_contain_text(code)
    return card
