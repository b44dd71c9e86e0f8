/**
 * Rows of an import on the map, coloured by what becomes of them; the list next to it says the same for screen readers.
 *
 * Container: <div data-rows-map> of templates/imports/_map.html. data-places answers GeoJSON: Features with number,
 * outcome, warned, name; `more` says that the window holds more than are drawn, so it is asked again after each move.
 */
import { element } from "./dom.mjs";
import { colourOf } from "./colours.mjs";
import { fetched, watchSmall } from "./map-trouble.mjs";
import { whileBusy } from "./map-work.mjs";
import { canDraw, createMap, takesLayers } from "./maplibre.mjs";

const COLOURS = {
  new: colourOf("map-good"),
  changed: colourOf("map-info"),
  unchanged: colourOf("map-none"),
  duplicate: colourOf("map-warn"),
  refused: colourOf("map-bad"),
};
const TOUCH_PX = 8;
/** Rows in the card. */
const LISTED = 8;
const WAIT_MS = 300;
const EMPTY = { type: "FeatureCollection", features: [] };

const colour = ["match", ["get", "outcome"], ...Object.entries(COLOURS).flat(), COLOURS.unchanged];
const lit = ["boolean", ["feature-state", "lit"], false];
const isLine = ["==", ["geometry-type"], "LineString"];
const isPoint = ["==", ["geometry-type"], "Point"];
const LAYERS = [
  { id: "rows-line", type: "line", filter: isLine, paint: { "line-color": colour, "line-width": ["case", lit, 6, 3] } },
  {
    id: "rows-point",
    type: "circle",
    filter: isPoint,
    paint: {
      "circle-color": colour,
      "circle-radius": ["case", lit, 9, 5],
      "circle-stroke-color": ["case", lit, colourOf("map-ink"), colourOf("map-paper")],
      "circle-stroke-width": ["case", lit, 3, 1],
    },
  },
];

/** One row in the card, with the way to its page and a place for its distance to the stated commune. */
function describe({ number, name, outcome }, { rowUrl, rowWord, outcomes }) {
  const title = element("h3", "");
  title.append(element("a", `${rowWord} ${number}`, { href: rowUrl.replace("{number}", encodeURIComponent(number)) }));
  const commune = element("p", "", { "data-commune": number });
  return [title, ...(name ? [element("p", name)] : []), element("p", outcomes[outcome] ?? outcome), commune];
}

class RowsMap {
  constructor(container) {
    const { places, rowUrl, rowWord, bounds, boundary, basemap, outcomes, texts } = container.dataset;
    this.container = container;
    this.places = location.origin + places;
    this.words = { rowUrl, rowWord, outcomes: JSON.parse(outcomes), texts: JSON.parse(texts) };
    this.card = container.parentElement.querySelector("[data-map-card]");
    this.note = document.querySelector("[data-more]");
    this.settings = { bounds: JSON.parse(bounds), texts: this.words.texts, boundary, basemap };
    const follow = (event) => {
      const row = event.target.closest?.("[data-record]");
      if (row) this.light(Number(row.dataset.record));
    };
    document.addEventListener("mouseover", follow);
    document.addEventListener("focusin", follow);
  }

  draw() {
    this.map = createMap(this.container, this.settings);
    this.container.classList.add("map-ready");
    this.trouble = watchSmall(this.map, this.words.texts, () => {
      delete this.container.dataset.loaded;
      this.lit = undefined;
      this.map.remove();
      this.draw();
    });
    whileBusy(this.map, this.trouble.during(this.fill()));
  }

  async fill() {
    await takesLayers(this.map);
    this.map.addSource("rows", { type: "geojson", data: EMPTY, promoteId: "number" });
    for (const layer of LAYERS) this.map.addLayer({ source: "rows", ...layer });
    await this.ask();
    this.listen();
    this.container.dataset.loaded = "";
  }

  /** Ask for the rows: all of them, or where there are too many those of the window. */
  async ask() {
    const window = this.more ? `&bbox=${this.map.getBounds().toArray().flat().join(",")}` : "";
    const answer = await fetched(this.places + window);
    const found = await answer.json();
    this.more ||= found.more;
    this.note.hidden = !found.more;
    this.map.getSource("rows")?.setData(found);
  }

  listen() {
    this.map.on("click", (event) => this.choose(event.point));
    this.map.on("mousemove", ({ point }) => {
      this.map.getCanvas().style.cursor = this.under(point).length ? "pointer" : "";
    });
    this.map.on("moveend", () => {
      if (!this.more) return;
      clearTimeout(this.waiting);
      this.waiting = setTimeout(() => whileBusy(this.map, this.trouble.during(this.ask())), WAIT_MS);
    });
    const canvas = this.map.getCanvas();
    canvas.addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.choose(this.map.project(this.map.getCenter()));
      if (event.key === "Escape") this.hide();
    });
  }

  under({ x, y }) {
    const box = [
      [x - TOUCH_PX, y - TOUCH_PX],
      [x + TOUCH_PX, y + TOUCH_PX],
    ];
    return this.map.queryRenderedFeatures(box, { layers: LAYERS.map((layer) => layer.id) });
  }

  choose(point) {
    const rows = new Map(this.under(point).map(({ properties }) => [properties.number, properties]));
    if (!rows.size) {
      this.hide();
      return;
    }
    const close = element("button", "×", {
      type: "button",
      class: "icon-button",
      "aria-label": this.words.texts.close,
    });
    close.addEventListener("click", () => this.hide());
    const listed = [...rows.values()].slice(0, LISTED);
    this.card.replaceChildren(close, ...listed.flatMap((row) => describe(row, this.words)));
    this.card.hidden = false;
    whileBusy(this.map, this.trouble.during(this.nameCommunes(listed.map(({ number }) => number))));
    const [first] = rows.keys();
    this.light(first);
    for (const row of document.querySelectorAll("[data-record][data-lit]")) delete row.dataset.lit;
    const row = document.querySelector(`[data-record="${first}"]`);
    if (!row) return;
    row.dataset.lit = "";
    row.scrollIntoView({ block: "nearest" });
  }

  /** The distance of each row in the card to the commune that it states. */
  async nameCommunes(numbers) {
    const answer = await fetched(`${this.places}&rows=${numbers.join(",")}`);
    for (const { properties } of (await answer.json()).features) {
      const line = this.card.querySelector(`[data-commune="${properties.number}"]`);
      if (line) line.textContent = properties.commune ?? "";
    }
  }

  hide() {
    this.card.hidden = true;
    this.card.replaceChildren();
    this.light(undefined);
  }

  light(number) {
    if (!this.map.getSource("rows")) return;
    const state = (id, value) => this.map.setFeatureState({ source: "rows", id }, { lit: value });
    if (this.lit !== undefined) state(this.lit, false);
    this.lit = number;
    if (number !== undefined) state(number, true);
  }
}

for (const container of document.querySelectorAll("[data-rows-map]")) {
  if (canDraw()) new RowsMap(container).draw();
}
