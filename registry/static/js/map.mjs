/**
 * A map within a page: vector tiles by sharing status, clusters at low zoom, a card for what is chosen. The map that
 * fills the window is workspace.mjs. Container: <div data-map> of templates/macros/map.html (register-map.mjs).
 */
import { colourOf } from "./colours.mjs";
import { hideCard, showCard } from "./map-card.mjs";
import { Overlays } from "./map-overlays.mjs";
import { printable } from "./map-print.mjs";
import { watchSmall } from "./map-trouble.mjs";
import { whileBusy } from "./map-work.mjs";
import { canDraw, createMap, Marker, takesLayers } from "./maplibre.mjs";
import {
  featureState,
  followRows,
  found,
  markRow,
  numeric,
  putRegister,
  settingsOf,
  spriteFor,
} from "./register-map.mjs";

const CLUSTER_STEP = 2;
const CLOSE_UP = 15;

function choose(shown, point) {
  const { map, card, words, light } = shown;
  const { records, notes, cluster, cell } = found(shown, point);
  if (records.length || notes.length || (cell && !cluster)) {
    showCard(card, records, words, { notes, cell: cell?.properties });
    light([records[0]?.id]);
    markRow(records[0]?.id, { scroll: true });
    return;
  }
  hideCard(card);
  light([]);
  if (cluster) map.easeTo({ center: cluster.geometry.coordinates, zoom: map.getZoom() + CLUSTER_STEP });
}

/** The cells of the one record shown, distinct from their neighbours, or the surroundings of a place. */
function addOutline(map, geometry) {
  map.addSource("outline", { type: "geojson", data: { type: "Feature", properties: {}, geometry } });
  map.addLayer({
    id: "outline",
    type: "line",
    source: "outline",
    layout: { "line-join": "round" },
    paint: { "line-color": colourOf("map-bad"), "line-width": 2.5 },
  });
}

function listen(shown) {
  const { map, light } = shown;
  const canvas = map.getCanvas();
  let hovered;
  map.on("click", (event) => choose(shown, event.point));
  map.on("mousemove", (event) => {
    const { records, notes, cluster, cell } = found(shown, event.point);
    canvas.style.cursor = records.length || notes.length || cluster || cell ? "pointer" : "";
    if (records.length) light([records[0].id]);
    if (records.length || hovered !== undefined) markRow(records[0]?.id);
    hovered = records[0]?.id;
  });
  // The keyboard's way: arrows move the map, Enter asks what lies in its middle, Escape closes the card.
  canvas.addEventListener("keydown", (event) => {
    if (event.key === "Enter") choose(shown, map.project(map.getCenter()));
    if (event.key === "Escape") hideCard(shown.card);
  });
}

class SmallMap {
  constructor(container) {
    this.container = container;
    this.settings = settingsOf(container);
    followRows((id) => this.light?.([id]));
  }

  draw() {
    const { container } = this;
    const { boundary, basemap, bounds, point, outline, words } = this.settings;
    // Next to a list the map keeps its place in the address.
    const hash = container.closest(".list-and-map") ? "map" : false;
    const map = createMap(container, { bounds, texts: words.texts, boundary, basemap, hash });
    container.classList.add("map-ready");
    const trouble = watchSmall(map, words.texts, () => {
      this.light = null;
      map.remove();
      this.draw();
    });
    printable(map, container, point);
    if (point) {
      // Surroundings that are outlined fill the map by its bounds.
      if (!outline) map.jumpTo({ center: point, zoom: CLOSE_UP });
      new Marker({ color: colourOf("map-pin") }).setLngLat(point).addTo(map);
    }
    whileBusy(map, trouble.during(this.fill(map)));
  }

  /** Put the register on a new map. */
  async fill(map) {
    const { container } = this;
    const { tiles, selected, outline, symbols, words } = this.settings;
    const card = container.parentElement.querySelector("[data-map-card]");
    if (!tiles) {
      // A list for everyone shows its streets without the register.
      if (outline) {
        await takesLayers(map);
        addOutline(map, outline);
        container.dataset.loaded = "";
      }
      return;
    }
    const sprite = await spriteFor(map, symbols);
    putRegister(map, sprite, tiles);
    if (outline) addOutline(map, outline);
    this.light = featureState(map, "lit");
    listen({ map, card, words, light: this.light, overlays: new Overlays(map, sprite) });
    if (selected) this.light([numeric(selected)]);
    container.dataset.loaded = "";
  }
}

if (canDraw()) {
  for (const container of document.querySelectorAll("[data-map]")) new SmallMap(container).draw();
}
