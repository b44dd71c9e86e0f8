"""The styles of the open interface, drawn by MapLibre on a page of another program, over the whole sample."""

import io
import json
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page

from registry.ogc.styles import map_symbols
from registry.structures.codes import SharingStatus
from registry.structures.map.layers import MAP_LAYERS
from tests.e2e.looks import FOLDER
from tests.e2e.site import serving
from tests.support.demo import demo_url

__all__ = ["demo_url"]

pytestmark = [pytest.mark.sweep, pytest.mark.drawn_map]
LIBRARY = "/static/vendor/maplibre-gl-6.17.0/maplibre-gl"
#: What a program shows that knows the address of a style and nothing else.
PAGE = f"""<!doctype html><html lang="vi"><title>Kiểu hiển thị</title>
<link rel="stylesheet" href="{LIBRARY}.css"><link rel="icon" href="data:,">
<style>html, body, #ground {{ margin: 0; height: 100% }}</style><div id="ground"></div>
<script type="module">
import * as maplibre from "{LIBRARY}.mjs";
maplibre.setWorkerUrl("{LIBRARY}-worker.mjs");
window.show = (style, bounds, maxZoom) => new Promise((done) => {{
  window.map?.remove();
  const problems = [];
  const map = new maplibre.Map({{
    container: "ground", style, bounds, fitBoundsOptions: {{ padding: 30, maxZoom }}, attributionControl: false,
    fadeDuration: 0, canvasContextAttributes: {{ preserveDrawingBuffer: true }},
  }});
  window.map = map;
  map.on("error", (event) => problems.push(String(event.error)));
  map.once("idle", () => {{
    const drawn = map.getStyle().layers.map((layer) => [
      layer.id, layer.type, map.queryRenderedFeatures({{ layers: [layer.id] }}).map((each) => each.properties.look),
    ]);
    const layers = [...new Set(map.getStyle().layers.map((layer) => layer["source-layer"]))];
    const [source] = Object.keys(map.getStyle().sources);
    const stored = layers.flatMap((sourceLayer) =>
      map.querySourceFeatures(source, {{ sourceLayer }}).map((each) => [sourceLayer, each.properties.look ?? null]));
    done({{ problems, drawn, stored }});
  }});
}});
document.documentElement.dataset.ready = "";
</script></html>"""
#: West, south, east, north of the middle of the town of the sample.
TOWN = (105.76, 19.79, 105.80, 19.82)


@pytest.fixture(scope="module")
def site(demo_url, tmp_path_factory):
    """The application on the whole sample."""
    with serving(demo_url, tmp_path_factory.mktemp("styles")) as served_site:
        yield served_site


def opened(open_as, name: str | None) -> Page:
    """The page of a program in a browser of a member."""
    page = open_as(name, device_scale_factor=1, viewport={"width": 900, "height": 700})
    page.route("**/a-program.html", lambda route: route.fulfill(body=PAGE, content_type="text/html; charset=utf-8"))
    page.goto("/a-program.html")
    page.wait_for_selector("html[data-ready]", state="attached")
    return page


def shown(page: Page, collection: str, bounds, most_zoom: int, picture: str) -> tuple[dict, Image.Image]:
    """What the library drew of a style, and the picture of it."""
    west, south, east, north = bounds
    box = [[west, south], [east, north]]
    address = f"/ogc/styles/{collection}"
    # The library asks for whole addresses.
    whole = page.evaluate("(path) => new URL(path, location.href).href", address)
    drawn = page.evaluate("([style, box, zoom]) => window.show(style, box, zoom)", [whole, box, most_zoom])
    taken = page.screenshot()
    image = Image.open(io.BytesIO(taken)).convert("RGB")
    if FOLDER:
        image.save(f"{FOLDER}/ogc-style-{picture}.png")
    return drawn, image


def colours_of(image: Image.Image) -> set[str]:
    return {f"#{red:02x}{green:02x}{blue:02x}" for _number, (red, green, blue) in image.getcolors(2**24)}


def extent(page: Page, collection: str):
    """The box of all that the reader sees of a collection."""
    described = json.loads(page.request.get(f"/ogc/collections/{collection}").body())
    return described["extent"]["spatial"]["bbox"][0]


def test_each_style_draws_each_look_of_its_tiles_in_the_colour_of_the_map(open_as, site):
    page = opened(open_as, "so.khcn")
    symbols = map_symbols(Path(site.app.static_folder) / "map" / "symbols.svg")
    for layer in MAP_LAYERS.values():
        if not layer.collection:
            continue
        drawn, image = shown(page, layer.collection, extent(page, layer.collection), 14, layer.collection)
        assert drawn["problems"] == [], layer.code
        in_tiles = {look for code, look in drawn["stored"] if code == layer.code}
        assert in_tiles, layer.code
        assert in_tiles <= set(layer.looks), layer.code
        looks = {look for _name, _kind, drawn_looks in drawn["drawn"] for look in drawn_looks}
        assert looks == in_tiles, layer.code
        colours = colours_of(image)
        assert {symbols[f"{layer.code}-{look}"].colour for look in looks} & colours, layer.code
        for name, _kind, drawn_looks in drawn["drawn"]:
            assert all(name.startswith(f"{layer.code}-{look}-") for look in drawn_looks), name


def test_the_style_of_structures_draws_clusters_points_lines_and_cells(open_as, site):
    symbols = map_symbols(Path(site.app.static_folder) / "map" / "symbols.svg")
    layers = {}
    for name in ("so.khcn", None):
        page = opened(open_as, name)
        for most_zoom, bounds in ((8, extent(page, "structures")), (16, TOWN)):
            drawn, image = shown(page, "structures", bounds, most_zoom, f"structures-{name or 'public'}-{most_zoom}")
            assert drawn["problems"] == []
            layers[name, most_zoom] = names = {code for code, _kind, features in drawn["drawn"] if features}
            colours = colours_of(image)
            if any(each.startswith("clusters-") for each in names):
                assert symbols["cluster"].colour in colours
            for status in SharingStatus:
                if f"structures-{status.value}-point" in names:
                    assert symbols[status.value].colour in colours, status
    assert {each.partition("-")[0] for each in layers["so.khcn", 8]} == {"clusters"}
    assert {each.rpartition("-")[2] for each in layers["so.khcn", 16]} >= {"point", "line"}
    assert "structures-not_assessed-point" in layers["so.khcn", 16]
    assert "cells" in layers[None, 16]
