"""Every page of the sample, at the size of a phone and of a desk: at most three screens high, light, and read whole."""

import re
from collections import Counter, deque
from urllib.parse import urlsplit

import pytest
from werkzeug.exceptions import HTTPException

from tests.e2e.conftest import PHONE
from tests.e2e.site import serving
from tests.e2e.watch import has_side_scroll
from tests.support.demo import demo_url
from tests.support.offenders import no_offenders

__all__ = ["demo_url"]

pytestmark = pytest.mark.sweep
DESK = {"width": 1280, "height": 800}
SIZES = {"phone": PHONE, "desk": DESK}
SCREENS = 3
MOST_BYTES = 250_000
#: Who sees most rows of something.
READERS = ("so.khcn", "quantri", "viettel", "kiemtra1", None)
#: Endpoint -> screens of a phone and of a desk, and why it is longer.
LONGER = {
    "structures.create": (6.3, 3, "a form filled in from top to bottom; its later parts are folded"),
    "structures.edit": (6.3, 3, "the same form"),
    "routelists.new": (5, 3, "a form filled in from top to bottom"),
    "routelists.edit": (5, 3, "the same form"),
    "building_notices.new": (3.6, 3, "a form filled in from top to bottom, with a checklist of law"),
    "inspections.item": (5.8, 3, "the checklist is filled in standing at the structure, point after point"),
    "inspections.item_by_id": (5.8, 3, "the same page"),
    "operator_reports.detail": (7, 7, "the figures of a report are filled in one after the other"),
    "workflow.step": (4.3, 3, "minutes of a violation are filled in from top to bottom"),
    "street_works.new": (4, 3, "a form filled in from top to bottom"),
    "agreements.detail": (3.3, 3, "a contract with both sides and all its prices"),
    "colocation.dossier": (3, 4.7, "a paper as it is printed"),
    "campaigns.check": (3, 3.2, "a table of the indicators of the plans, with their basis"),
    "campaigns.version": (3, 3.2, "the same"),
    "help.guide": (4, 3.4, "a part for each task, its picture loads as it is reached"),
    "calendar.index": (3.2, 3, "twelve months, two side by side"),
}
#: So many pages of an endpoint are measured: one, and two where records differ.
EACH = 2
FILE = re.compile(r"\.\w{2,8}$|/api/|/logout|/ogc|/_")
#: Cells with a code, number, day or state that is not read whole; remarks beside it may be cut.
CUT = """() => [...document.querySelectorAll('.records-dense:not(.records-many) td')].filter((cell) => {
    const state = cell.querySelector('.badge-state');
    if (state) return state.getBoundingClientRect().right > cell.getBoundingClientRect().right + 1;
    return cell.matches('.cell-fixed, .cell-code, .numeric') && !cell.querySelector('.cell-sub, .fact-hint')
        && cell.innerText.length < 40
        && cell.scrollWidth > cell.clientWidth + 1;
}).map((cell) => `${cell.dataset.label}: ${cell.innerText}`)"""

#: Cells of close rows that take more than one line; some are read whole on purpose, and a case may have two terms.
LINES = """() => [...document.querySelectorAll('.records-dense:not(.records-many) tbody td')].filter((cell) => {
    const isTwoTerms = cell.matches('.c-due_at') && cell.innerText.includes('; ');
    if (isTwoTerms || cell.matches('.cell-wraps, :has(.event-changes, .cell-whole, .pre-line)')) return false;
    const texts = document.createNodeIterator(cell, NodeFilter.SHOW_TEXT), boxes = [];
    for (let text; (text = texts.nextNode());) {
        const range = document.createRange();
        range.selectNodeContents(text);
        if (text.data.trim()) boxes.push(...[...range.getClientRects()].filter((box) => box.width > 1));
    }
    const height = Math.max(...boxes.map((box) => box.bottom)) - Math.min(...boxes.map((box) => box.top));
    return height > 1.4 * parseFloat(getComputedStyle(cell).lineHeight);
}).map((cell) => `${cell.dataset.label}: ${cell.innerText}`)"""


@pytest.fixture(scope="module")
def site(demo_url, tmp_path_factory):
    """The application on the whole sample."""
    with serving(demo_url, tmp_path_factory.mktemp("heights")) as served_site:
        yield served_site


def pages_from(page, site):
    """(endpoint, address, bytes) of the pages that links and routes without arguments lead to, each opened."""
    routes = site.app.url_map.bind("127.0.0.1")
    rules = [rule.rule for rule in site.app.url_map.iter_rules() if "GET" in rule.methods and not rule.arguments]
    queue, done, measured = deque(["/", *rules]), set(), Counter()
    while queue:
        address = queue.popleft().split("#")[0]
        path = urlsplit(address).path
        if address in done or FILE.search(path):
            continue
        done.add(address)
        try:
            endpoint, arguments = routes.match(path)
        except HTTPException:
            continue
        if endpoint == "static" or measured[endpoint] >= (EACH if arguments else 1):
            continue
        answer = page.request.get(address, headers={"Accept": "text/html"})
        if answer.status != 200 or "text/html" not in answer.headers.get("content-type", ""):
            continue
        measured[endpoint] += 1
        page.goto(address)
        queue += [
            link for link in page.evaluate("[...document.links].map((a) => a.getAttribute('href'))") if link[0] == "/"
        ]
        yield endpoint, address, len(answer.body())


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("username", READERS)
def test_no_page_is_longer_than_three_screens_or_heavy_or_cut(open_as, site, username, size):
    viewport = SIZES[size]
    page = open_as(username, viewport=viewport)
    offenders = []
    for endpoint, address, size_in_bytes in pages_from(page, site):
        height = page.evaluate("document.documentElement.scrollHeight")
        screens = LONGER.get(endpoint, (SCREENS, SCREENS, ""))[viewport is DESK]
        # A margin of a few lines: names and days of the sample differ in length.
        if height > screens * viewport["height"] + 120:
            offenders.append((address, f"{endpoint}: {height / viewport['height']:.1f} screens"))
        if size_in_bytes > MOST_BYTES:
            offenders.append((address, f"{endpoint}: {size_in_bytes:,} bytes"))
        if has_side_scroll(page):
            offenders.append((address, f"{endpoint}: wider than its window"))
        if viewport is DESK:
            offenders += [(address, f"{endpoint}: cut {cell}") for cell in page.evaluate(CUT)[:3]]
            offenders += [(address, f"{endpoint}: two lines {cell}") for cell in page.evaluate(LINES)[:3]]
    no_offenders(
        "a page is at most three screens high, 250 KB, shows codes, days and states whole, rows in one line",
        offenders,
        "show fewer rows, make its parts panels, let texts share the width (cell-text)",
    )
