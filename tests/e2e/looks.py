"""What a page must be for every reader: without a barrier that axe finds, and no wider than its window."""

import os
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.e2e.watch import has_side_scroll

RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]},
    "resultTypes": ["violations"],
    # Without this axe asks for all style sheets anew at each page, for a rule that these tags do not have.
    "preload": {"assets": ["media"]},
}
SIZES = ({"width": 1280, "height": 900}, {"width": 390, "height": 844})
SMALLEST = {"width": 320, "height": 640}
#: Where pictures of the pages that journeys come to are left for people to look at.
FOLDER = os.environ.get("E2E_PICTURES")
#: Whether journeys look at each page that they come to: in sweeps only.
WITH_AXE = False


def violations(page: Page, part: str = "html") -> list[dict]:
    """What axe finds in a part of the page, each element with its rule; the page stands as it is styled."""
    page.wait_for_load_state()
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(Axe().axe_script)
    run = "([part, rules]) => axe.run(part, rules).then((results) => results.violations)"
    reports = page.evaluate(run, [part, RULES])
    return [node | {"rule": violation["id"]} for violation in reports for node in violation["nodes"]]


def line_of(violation: dict) -> str:
    """One line on an element in which axe has found something."""
    return f"{violation['rule']}: {violation['target']} {violation['html'][:160]}"


def barriers(page: Page, part: str = "html") -> list[str]:
    """What axe finds in a part of the page, one line an element."""
    return [line_of(violation) for violation in violations(page, part)]


def open_everything(page: Page) -> None:
    """Filters, legends, small forms and help, all at once; a menu lies over the page and has a test of its own."""
    page.evaluate("() => document.querySelectorAll('details:not(.menu)').forEach((part) => (part.open = true))")


def look(page: Page, name: str) -> None:
    """In a sweep: no barrier and no side scroll at two sizes, both pictured where `E2E_PICTURES` names a folder."""
    if not WITH_AXE:
        return
    before = page.viewport_size
    if FOLDER:
        for size in SIZES:
            page.set_viewport_size(size)
            for shown in page.locator(".maplibregl-map").all():
                expect(shown).to_have_attribute("data-map-idle", "")
            page.screenshot(path=Path(FOLDER) / f"{name.replace(' ', '-')}-{size['width']}.png", full_page=True)
    open_everything(page)
    for size in (*SIZES, SMALLEST):
        page.set_viewport_size(size)
        assert not has_side_scroll(page), name
        if size != SMALLEST:
            barriers_found = barriers(page)
            assert not barriers_found, f"{name}: {barriers_found}"
    page.set_viewport_size(before)
