"""The map page as a reader meets it: how true its land is, how many bytes it asks for, how soon it is drawn.

    python -m bench.map_page                             after `python -m bench.map`: its base is taken
    URL=http://127.0.0.1:8000 python -m bench.map_page   a server that runs, as the public sees it

Printed are the overlap of the province's outline with the official one (BOUNDARIES names the folder of
province.geojson; 1 is the same), the bytes of the list's page with its map by what they are for, and the time until
everything is drawn, beside a bare page of MapLibre with the same layers, in turns.
"""

from __future__ import annotations

import json
import os
import statistics
from collections import defaultdict
from pathlib import Path
from typing import Any, Final

import shapely
from playwright.sync_api import Browser, sync_playwright

from bench.base import Base
from bench.map import FOLDER, PORT, serving
from config.settings import CHECKOUT
from registry.kernel.db.cluster import Cluster
from registry.territory.cells import overlap
from tests.e2e.conftest import CHROMIUM, FLAGS

TURNS: Final = int(os.environ.get("TURNS") or 5)
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
BARE: Final = """<!doctype html><link rel="stylesheet" href="{library}/maplibre-gl.css">
<div id="map" style="width:{width}px;height:{height}px"></div><script type="module">
import {{ createMap }} from "{scripts}/maplibre.mjs";
import {{ layersOf, symbolsOf, SOURCE }} from "{scripts}/map-layers.mjs";
import {{ loadSprite }} from "{scripts}/map-sprite.mjs";
const map = createMap(document.getElementById("map"), {settings});
await map.once("load");
const sprite = await loadSprite("{symbols}");
await sprite.draw(map, symbolsOf(sprite));
const tiles = [location.origin + "{tiles}"];
map.addSource(SOURCE, {{ type: "vector", tiles, maxzoom: 16, promoteId: {{ structures: "id" }} }});
for (const layer of layersOf(sprite)) map.addLayer(layer);
map.once("idle", () => (document.documentElement.dataset.drawn = ""));
</script>"""
#: The settings of the map that the page shows, and where its parts come from.
_READ: Final = """() => {
  const map = document.querySelector("[data-map]"), { width, height } = map.getBoundingClientRect();
  const { tiles, boundary, basemap, bounds, symbols, texts } = map.dataset;
  const script = document.querySelector('script[src*="js/map.mjs"]').src;
  const library = document.querySelector('link[href*="maplibre"]').href;
  const settings = { boundary, basemap, bounds: JSON.parse(bounds), texts: JSON.parse(texts) };
  return { tiles, symbols, boundary, width, height, script, library, settings };
}"""


def measure(url: str, cookies: list[Any]) -> None:
    """Print all three."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, "--no-sandbox"])
        found, sizes, _took = open_map(browser, url, cookies)
        print_overlap(browser, url + found["boundary"])
        for name, size in sorted(sizes.items(), key=lambda item: -item[1]):
            print(f"{name:28}{size / 1024:9.1f} KB")
        print(f"{'together':28}{sum(sizes.values()) / 1024:9.1f} KB", flush=True)
        bare = bare_page(found)
        pairs = [(open_map(browser, url, cookies)[2], open_bare(browser, url, cookies, bare)) for _ in range(TURNS)]
        ours, theirs = (statistics.median(side) for side in zip(*pairs, strict=True))
        print(
            f"all drawn after {ours:.2f} s, a bare page with the same layers after {theirs:.2f} s: {ours / theirs:.2f}"
        )
        browser.close()


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


def open_map(browser: Browser, url: str, cookies: list[Any]) -> tuple[dict[str, Any], dict[str, int], float]:
    """The settings of the map, bytes by what they are for, and the seconds until the map is at rest."""
    context = browser.new_context(viewport=SIZE, locale="vi-VN")
    context.add_cookies(cookies)
    page = context.new_page()
    sizes: dict[str, int] = defaultdict(int)
    requests: list[Any] = []
    page.on("requestfinished", lambda request: requests.append(request))  # noqa: PLW0108 - it takes only functions
    page.goto(url + PATH)
    page.wait_for_selector("[data-map][data-map-idle][data-loaded]", timeout=60_000)
    took = page.evaluate("performance.now()") / 1000
    for request in requests:
        name = next((name for name, part in PARTS if part in request.url), "pages and answers")
        sizes[name] += request.sizes()["responseBodySize"]
    found: dict[str, Any] = page.evaluate(_READ)
    context.close()
    return found, dict(sizes), float(took)


def bare_page(found: dict[str, Any]) -> str:
    """A page with nothing but the map of the same size, ground and layers."""
    values = {name: found[name] for name in ("tiles", "symbols", "width", "height")}
    return BARE.format(
        **values,
        library=found["library"].rpartition("/")[0],
        scripts=found["script"].rpartition("/")[0],
        settings=json.dumps(found["settings"]),
    )


def open_bare(browser: Browser, url: str, cookies: list[Any], page_text: str) -> float:
    """The seconds until the bare page is drawn."""
    context = browser.new_context(viewport=SIZE, locale="vi-VN")
    context.add_cookies(cookies)
    page = context.new_page()
    page.route("**/bare-map", lambda route: route.fulfill(body=page_text, content_type="text/html"))
    page.goto(url + "/bare-map")
    page.wait_for_selector("html[data-drawn]", state="attached", timeout=60_000)
    took = float(page.evaluate("performance.now()") / 1000)
    context.close()
    return took


def main() -> None:
    """Measure and print."""
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
