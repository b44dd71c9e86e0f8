"""Every page of the sample is at most three screens of a phone high: what is longer has pages or folded parts."""

import re
from collections import Counter, deque
from urllib.parse import urlsplit

import pytest
from werkzeug.exceptions import HTTPException

from tests.e2e.conftest import PHONE
from tests.e2e.site import serving
from tests.support.demo import demo_url
from tests.support.offenders import no_offenders

__all__ = ["demo_url"]

pytestmark = pytest.mark.sweep
SCREENS = 3
#: Who sees most rows of something.
READERS = ("so.khcn", "quantri", "viettel", "kiemtra1", None)
#: Endpoint -> screens and why it is longer.
LONGER = {
    "structures.create": (6, "a form filled in from top to bottom; parts that ask for nothing are folded"),
    "structures.edit": (6, "the same form"),
    "routelists.new": (5, "a form filled in from top to bottom"),
    "routelists.edit": (5, "the same form"),
    "inspections.item": (7, "the checklist is filled in standing at the structure, point after point"),
    "inspections.item_by_id": (7, "the same page"),
    "operator_reports.detail": (7, "the figures of a report are filled in one after the other"),
    "help.guide": (4, "a part for each task, its picture loads as it is reached"),
    "calendar.index": (3.2, "twelve months, two side by side"),
}
#: So many pages of an endpoint are measured: one, and two where records differ.
EACH = 2
FILE = re.compile(r"\.\w{2,8}$|/api/|/logout|/ogc|/_")


@pytest.fixture(scope="module")
def site(demo_url, tmp_path_factory):
    """The application on the whole sample."""
    with serving(demo_url, tmp_path_factory.mktemp("heights")) as served_site:
        yield served_site


def pages_from(page, site):
    """(endpoint, address, pixels) of the pages that links and routes without arguments lead to."""
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
        yield endpoint, address, page.evaluate("document.documentElement.scrollHeight")


@pytest.mark.parametrize("username", READERS)
def test_no_page_is_longer_than_three_screens_of_a_phone(open_as, site, username):
    page = open_as(username, viewport=PHONE)
    longer = [
        (address, f"{endpoint}: {height / PHONE['height']:.1f} screens")
        for endpoint, address, height in pages_from(page, site)
        if height > LONGER.get(endpoint, (SCREENS, ""))[0] * PHONE["height"]
    ]
    no_offenders("a page is at most three screens high", longer, "show fewer rows, or make its parts panels")
