"""The register of ten thousand on one map and in one list; it is only read."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import idle, open_map

pytestmark = [pytest.mark.sweep, pytest.mark.drawn_map]
LARGE = True
TILES = "/structures/tiles/"


def test_ten_thousand_structures_stand_on_one_map_and_in_one_list(open_as):
    page = open_as("so.khcn")
    tiles = []
    page.on("response", lambda answer: tiles.append(answer) if TILES in answer.url else None)
    open_map(page)
    expect(page.get_by_text("Hơn 10.000 công trình")).to_be_visible()
    expect(page.locator("tr[data-record]")).to_have_count(50)
    # The whole province is clusters: little to load, however much stands there.
    sizes = [len(answer.body()) for answer in tiles if answer.status == 200]
    assert {answer.status for answer in tiles} <= {200, 304}
    assert 0 < max(sizes) < 30_000
    # The next page keeps the place of the map.
    page.goto("/territory")
    open_map(page, "/structures#map=12/19.81/105.78")
    first = page.locator("tr[data-record]").first.inner_text()
    page.get_by_role("link", name="Trang sau").click()
    expect(page).to_have_url(re.compile(r"cursor=.*#map=12/19\.81/105\.78"))
    expect(page.locator("tr[data-record]").first).not_to_have_text(first)
    idle(page)
