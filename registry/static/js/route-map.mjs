/**
 * A planned route or its options, drawn by what becomes of each part; the tables below are its accessible twin.
 *
 * Container: <div data-route-map> of templates/planned_routes/_parts.html. data-shapes is GeoJSON: Features with number
 * (that of the row), tone (reuse, full, new, elsewhere) and group (the option). Rows with data-record light their part.
 */
import { canDraw, createMap, whileBusy } from "./maplibre.mjs";

const COLOURS = { reuse: "#12653d", full: "#b87400", new: "#a3201a", elsewhere: "#573b9b" };
const DASHES = { reuse: [1], full: [2, 1.2], new: [2, 1.2], elsewhere: [0.4, 1.2] };
const TOUCH_PX = 8;
const lit = ["boolean", ["feature-state", "lit"], false];

/** One layer a tone: dashes cannot differ within one. */
function layers() {
  return Object.keys(COLOURS).map((tone) => ({
    id: `route-${tone}`,
    type: "line",
    source: "route",
    filter: ["==", ["get", "tone"], tone],
    layout: { "line-join": "round", "line-cap": tone === "reuse" ? "round" : "butt" },
    paint: {
      "line-color": COLOURS[tone],
      "line-width": ["case", lit, 9, 5],
      "line-opacity": ["case", lit, 1, 0.85],
      ...(tone === "reuse" ? {} : { "line-dasharray": DASHES[tone] }),
    },
  }));
}

class RouteMap {
  constructor(container) {
    const { bounds, boundary, basemap, shapes, texts } = container.dataset;
    const ground = { boundary, basemap, texts: JSON.parse(texts) };
    this.container = container;
    this.shapes = JSON.parse(shapes);
    this.map = createMap(container, { bounds: JSON.parse(bounds), ...ground });
    container.classList.add("map-ready");
  }

  start() {
    return whileBusy(this.map, this.fill());
  }

  async fill() {
    await this.map.once("load");
    this.map.addSource("route", { type: "geojson", data: this.shapes, promoteId: "number" });
    this.layers = layers();
    for (const layer of this.layers) this.map.addLayer(layer);
    this.map.on("click", ({ point }) => this.choose(point));
    this.map.getCanvas().addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.choose(this.map.project(this.map.getCenter()));
    });
    const follow = ({ target }) => {
      const row = target.closest?.("[data-record]");
      if (row) this.light(row.dataset.record);
    };
    document.addEventListener("mouseover", follow);
    document.addEventListener("focusin", follow);
    this.container.dataset.loaded = "";
  }

  /** Light what lies there, and mark and show its row. */
  choose({ x, y }) {
    const box = [
      [x - TOUCH_PX, y - TOUCH_PX],
      [x + TOUCH_PX, y + TOUCH_PX],
    ];
    const [first] = this.map.queryRenderedFeatures(box, { layers: this.layers.map((layer) => layer.id) });
    for (const row of document.querySelectorAll("[data-record][data-lit]")) delete row.dataset.lit;
    if (!first) return;
    this.light(String(first.properties.number));
    const row = document.querySelector(`[data-record="${CSS.escape(String(first.properties.number))}"]`);
    if (!row) return;
    row.dataset.lit = "";
    row.scrollIntoView({ block: "nearest" });
  }

  light(number) {
    for (const { properties } of this.shapes.features) {
      const same = String(properties.number) === number;
      this.map.setFeatureState({ source: "route", id: properties.number }, { lit: same });
    }
  }
}

for (const container of document.querySelectorAll("[data-route-map]")) {
  if (canDraw()) new RouteMap(container).start();
}
