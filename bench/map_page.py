"""The map page as a reader meets it: how true its land is, how many clicks and bytes it asks for, how soon it is drawn.

    python -m bench.map_page                             after `python -m bench.map`: its base is taken
    URL=http://127.0.0.1:8000 python -m bench.map_page   a server that runs, as the public sees it

Printed are the overlap of the province's outline with the official one (BOUNDARIES names the folder of
province.geojson; 1 is the same), the bytes of the list's page with its map by what they are for, and the time until
everything is drawn, beside a bare page of MapLibre with the same layers, in turns. Two journeys of the tests then
count the clicks from the start page to the filled request, and the bytes of pages without a map.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any, Final

import shapely
from playwright.sync_api import Browser, sync_playwright

from bench.base import Base
from bench.first_picture import compare
from bench.map import FOLDER, PORT, serving
from config.settings import CHECKOUT
from registry.kernel.db.cluster import Cluster
from registry.territory.cells import overlap
from tests.e2e.conftest import CHROMIUM, FLAGS
from tests.support.scripts import MOST_SCRIPT, bytes_of

BOUNDARIES: Final = Path(os.environ.get("BOUNDARIES") or CHECKOUT.parent / "shared" / "data" / "boundaries")
SIZE: Final[Any] = {"width": 1280, "height": 900}
PATH: Final = "/structures"
#: What a request is for, by a part of its address; the first that fits.
PARTS: Final = (
    ("tiles of the register", "/structures/tiles/"),
    ("tiles of the ground", "/basemap/"),
    ("outline of the province", "boundary.geojson"),
    ("MapLibre", "/vendor/maplibre"),
    ("fonts", ".woff2"),
    ("our scripts", ".mjs"),
    ("style sheets", ".css"),
    ("symbols and icons", ".svg"),
)
JOURNEYS: Final = (
    "tests/e2e/test_planning.py::test_a_tower_with_room_near_a_place_is_found_looked_at_and_asked_for",
    "tests/e2e/test_pages.py::test_a_page_without_a_map_is_light",
)


def measure(url: str, cookies: list[Any]) -> None:
    """Print overlap, bytes and times."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, "--no-sandbox"])
        boundary, sizes = open_map(browser, url, cookies)
        print_overlap(browser, url + boundary)
        for name, size in sorted(sizes.items(), key=lambda item: -item[1]):
            print(f"{name:28}{size / 1024:9.1f} KB")
        print(f"{'together':28}{sum(sizes.values()) / 1024:9.1f} KB", flush=True)
        print(f"scripts of ours, gzipped: {bytes_of() / 1000:.1f} KB of {MOST_SCRIPT / 1000:.0f}", flush=True)
        browser.close()
    cookie = next(((each["name"], each["value"]) for each in cookies), None)
    compare(url, cookie)


def print_journeys() -> None:
    """Clicks and bytes, as the tests of the browser count them on a register of their own."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "sweep or not sweep", *JOURNEYS]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    for line in done.stdout.splitlines():
        if line.startswith(("clicks", "page without a map", "FAILED", "ERROR")):
            print(line)


def print_overlap(browser: Browser, address: str) -> None:
    """How much of the outline that the map shows is that of the official boundaries."""
    path = BOUNDARIES / "province.geojson"
    if not path.is_file():
        print(f"overlap of the outline: not measured, {path} is missing (BOUNDARIES)")
        return
    page = browser.new_page()
    shown = page.request.get(address).json()
    page.close()
    outlines = [_union(document) for document in (shown, json.loads(path.read_text(encoding="utf-8")))]
    print(f"overlap of the outline with {path.name}: {overlap(*outlines):.3f}")


def _union(document: Any) -> Any:
    return shapely.union_all([shapely.from_geojson(json.dumps(each["geometry"])) for each in document["features"]])


def open_map(browser: Browser, url: str, cookies: list[Any]) -> tuple[str, dict[str, int]]:
    """The address of the outline that the map shows, and bytes by what they are for."""
    context = browser.new_context(viewport=SIZE, locale="vi-VN")
    context.add_cookies(cookies)
    page = context.new_page()
    sizes: dict[str, int] = defaultdict(int)
    requests: list[Any] = []
    page.on("requestfinished", lambda request: requests.append(request))  # noqa: PLW0108 - it takes only functions
    page.goto(url + PATH)
    page.wait_for_selector("[data-map][data-map-idle][data-loaded]", timeout=60_000)
    for request in requests:
        name = next((name for name, part in PARTS if part in request.url), "pages and answers")
        sizes[name] += request.sizes()["responseBodySize"]
    boundary = page.locator("[data-map]").get_attribute("data-boundary") or ""
    context.close()
    return boundary, dict(sizes)


def main() -> None:
    """Measure and print."""
    measure_page()
    print_journeys()


def measure_page() -> None:
    """The page of a server that runs, or of the base of `bench.map`."""
    if url := os.environ.get("URL"):
        measure(url.rstrip("/"), [])
        return
    cluster = Cluster(FOLDER)
    cluster.start()
    try:
        with serving(Base(cluster, FOLDER)) as client:
            name, _, value = client.cookie.partition("=")
            url = f"http://127.0.0.1:{PORT}"
            measure(url, [{"name": name, "value": value, "url": url}])
    finally:
        cluster.stop()


if __name__ == "__main__":
    main()
