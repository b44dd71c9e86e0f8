"""The first picture of the workspace's map beside that of a bare MapLibre page with the same layers, in one run.

    python -m bench.first_picture http://127.0.0.1:8000     a server that runs; `make bench` takes its own

The bare page is a map and nothing else: the same ground, boundary, tiles, symbols and window, no list, panel or card.
Told is the median of the time from asking for the page until the map is drawn and at rest; the two take turns.
"""

from __future__ import annotations

import statistics
import sys
import time
from typing import Any, Final

from playwright.sync_api import Browser, Page, Route, sync_playwright

from tests.e2e.conftest import CHROMIUM, FLAGS

TURNS: Final = 7
#: The workspace takes at most so many times as long.
MOST: Final = 1.5
SIZE: Final[Any] = {"width": 1280, "height": 900}
ADDRESS: Final = "/structures#map=13/19.81/105.77"
BARE: Final = "/structures/bare-map"
_PAGE: Final = """<!doctype html><meta charset="utf-8"><title>bare</title>
<link rel="stylesheet" href="/static/vendor/maplibre-gl-6.17.0/maplibre-gl.css">
<style>html, body, #map { height: 100%; margin: 0 }</style><div id="map"></div>
<script type="module">
import * as maplibre from "/static/vendor/maplibre-gl-6.17.0/maplibre-gl.mjs";
import { layersOf, SOURCE, symbolsOf } from "STATIC/js/map-layers.mjs";
import { loadSprite } from "STATIC/js/map-sprite.mjs";
maplibre.setWorkerUrl("/static/vendor/maplibre-gl-6.17.0/maplibre-gl-worker.mjs");
const source = { type: "geojson", data: location.origin + "/territory/boundaries.geojson?level=province" };
const map = new maplibre.Map({ container: "map", hash: "map", attributionControl: false, style: { version: 8,
  sources: { boundary: source },
  layers: [{ id: "ground", type: "background", paint: { "background-color": "#e6ece9" } },
    { id: "fill", type: "fill", source: "boundary", paint: { "fill-color": "#fbfcfb" } },
    { id: "line", type: "line", source: "boundary", paint: { "line-color": "#8fa39b" } }] } });
await map.once("load");
const sprite = await loadSprite("STATIC/map/symbols.svg");
await sprite.draw(map, symbolsOf(sprite));
map.addSource(SOURCE, { type: "vector", maxzoom: 16, promoteId: { structures: "id" },
  tiles: [location.origin + "/structures/tiles/{z}/{x}/{y}.mvt?"] });
for (const layer of layersOf(sprite)) map.addLayer(layer);
map.once("idle", () => (document.documentElement.dataset.drawn = ""));
</script>"""


def compare(address: str, cookie: tuple[str, str] | None = None) -> float:
    """Print both medians; how many times as long the workspace takes."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, "--no-sandbox"])
        static = _static_of(browser, address)
        taken: dict[str, list[float]] = {"workspace": [], "bare": []}
        for turn in range(TURNS + 1):
            for name, path, drawn in (
                ("bare", BARE + ADDRESS[ADDRESS.index("#") :], "html[data-drawn]"),
                ("workspace", ADDRESS, "[data-map][data-loaded][data-map-idle]"),
            ):
                seconds = _seconds(browser, address, path, drawn, static, cookie)
                # The first turn warms the server.
                if turn:
                    taken[name].append(seconds)
        browser.close()
    bare, workspace = (statistics.median(taken[name]) for name in ("bare", "workspace"))
    print(
        f"first picture of the map: workspace {workspace:.2f} s, bare MapLibre page {bare:.2f} s,"
        f" {workspace / bare:.2f} times (at most {MOST})",
        flush=True,
    )
    return workspace / bare


def _static_of(browser: Browser, address: str) -> str:
    """Where this version's own files lie."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{address}/login")
    found: str = page.evaluate("() => document.querySelector('script[src$=\"js/page.mjs\"]').getAttribute('src')")
    context.close()
    return found.removesuffix("/js/page.mjs")


def _seconds(
    browser: Browser, address: str, path: str, drawn: str, static: str, cookie: tuple[str, str] | None
) -> float:
    context = browser.new_context(viewport=SIZE, locale="vi-VN")
    if cookie is not None:
        context.add_cookies([{"name": cookie[0], "value": cookie[1], "url": address}])
    page: Page = context.new_page()

    def answer(route: Route) -> None:
        route.fulfill(content_type="text/html", body=_PAGE.replace("STATIC", static))

    page.route(f"**{BARE}", answer)
    begun = time.monotonic()
    page.goto(f"{address}{path}", wait_until="commit")
    page.wait_for_selector(drawn, state="attached")
    seconds = time.monotonic() - begun
    context.close()
    return seconds


if __name__ == "__main__":
    sys.exit(0 if compare(sys.argv[1]) <= MOST else 1)
