/**
 * The map of the register: vector tiles by sharing status, clusters at low zoom, a card for what is chosen.
 *
 * Container: <div data-map> of templates/macros/map.html. Tile contract (docs/map.md says the same):
 *   layer "structures"  Point or LineString; id, kind, sharing, status, coarse (bool), code (may be missing)
 *   layer "clusters"    Point; count (whole number); only at zooms where single structures are left out
 *   layer "cells"       Polygon of the public grid; count; only where the reader sees coarse positions
 * A missing layer is an empty one. The address of the tiles carries the filters of the list; after htmx has swapped the
 * list, an element with data-tiles-now inside it names the new address. Rows with data-record light their symbol.
 */
import { hideCard, showCard } from "./map-card.mjs";
import { addSymbols, CLICKABLE, LAYERS, SOURCE } from "./map-layers.mjs";
import { canDraw, createMap, Marker } from "./maplibre.mjs";

const TOUCH_PX = 8;
const CLUSTER_STEP = 2;
const CLOSE_UP = 15;
const DEEPEST_TILE = 16;

const absolute = (path) => location.origin + path;

function settings(container) {
  const { tiles, boundary, bounds, selected, point, symbols, recordUrl } = container.dataset;
  const [texts, kinds, sharing, statuses] = ["texts", "kinds", "sharing", "statuses"].map((name) =>
    JSON.parse(container.dataset[name]),
  );
  return {
    tiles,
    boundary,
    selected,
    symbols,
    bounds: JSON.parse(bounds),
    point: point ? JSON.parse(point) : null,
    words: { texts, kinds, sharing, statuses, recordUrl },
  };
}

/** What lies under a point of the screen: records (each once), the cluster and the cell. */
function found(map, { x, y }) {
  const box = [
    [x - TOUCH_PX, y - TOUCH_PX],
    [x + TOUCH_PX, y + TOUCH_PX],
  ];
  const features = map.queryRenderedFeatures(box, { layers: CLICKABLE.filter((id) => map.getLayer(id)) });
  const records = new Map();
  for (const { layer, properties } of features) {
    if (layer.id === "points" || layer.id === "lines") records.set(properties.id, properties);
  }
  const first = (id) => features.find((feature) => feature.layer.id === id);
  return { records: [...records.values()], cluster: first("clusters"), cell: first("cells") };
}

function choose(map, card, words, point) {
  const { records, cluster, cell } = found(map, point);
  if (records.length || (cell && !cluster)) {
    showCard(card, records, words, cell?.properties);
    light(map, records[0]?.id);
    markRow(records[0]?.id);
    return;
  }
  hideCard(card);
  light(map, undefined);
  if (cluster) map.easeTo({ center: cluster.geometry.coordinates, zoom: map.getZoom() + CLUSTER_STEP });
}

let lightened;

/** Light one structure on the map and put out the one before. */
function light(map, id) {
  if (!map.getSource(SOURCE)) return;
  const target = (value) => ({ source: SOURCE, sourceLayer: "structures", id: value });
  if (lightened !== undefined) map.setFeatureState(target(lightened), { lit: false });
  lightened = id;
  if (id !== undefined) map.setFeatureState(target(id), { lit: true });
}

/** Mark the row of a structure in the list beside the map, if it is on this page of the list. */
function markRow(id) {
  for (const row of document.querySelectorAll("[data-record][data-lit]")) delete row.dataset.lit;
  if (id === undefined) return;
  const row = document.querySelector(`[data-record="${CSS.escape(id)}"]`);
  if (!row) return;
  row.dataset.lit = "";
  row.scrollIntoView({ block: "nearest" });
}

function followRows(map) {
  const follow = (event) => {
    const row = event.target.closest?.("[data-record]");
    if (row) light(map, numeric(row.dataset.record));
  };
  document.addEventListener("mouseover", follow);
  document.addEventListener("focusin", follow);
}

/** Ids are numbers in the tiles and text in the page. */
function numeric(text) {
  return /^\d+$/.test(text) ? Number(text) : text;
}

function followFilters(map) {
  document.addEventListener("htmx:afterSettle", () => {
    const tiles = document.querySelector("[data-tiles-now]")?.dataset.tilesNow;
    if (tiles) map.getSource(SOURCE)?.setTiles([absolute(tiles)]);
  });
}

function addRegister(map, tiles) {
  map.addSource(SOURCE, {
    type: "vector",
    tiles: [absolute(tiles)],
    maxzoom: DEEPEST_TILE,
    promoteId: { structures: "id" },
  });
  for (const layer of LAYERS) map.addLayer(layer);
}

function listen(map, card, words) {
  map.on("click", (event) => choose(map, card, words, event.point));
  map.on("mousemove", (event) => {
    const { records, cluster, cell } = found(map, event.point);
    map.getCanvas().style.cursor = records.length || cluster || cell ? "pointer" : "";
  });
  const canvas = map.getCanvas();
  // The keyboard's way: arrows move the map, Enter asks what lies in its middle, Escape closes the card.
  canvas.addEventListener("keydown", (event) => {
    if (event.key === "Enter") choose(map, card, words, map.project(map.getCenter()));
    if (event.key === "Escape") hideCard(card);
  });
}

async function start(container) {
  if (!canDraw()) return;
  const { tiles, boundary, bounds, selected, point, symbols, words } = settings(container);
  const card = container.parentElement.querySelector("[data-map-card]");
  // Only the map of a list writes its place into the address.
  const hash = container.closest(".list-and-map") ? "map" : false;
  const map = createMap(container, { bounds, texts: words.texts, boundary, hash });
  container.classList.add("map-ready");
  if (point) {
    map.jumpTo({ center: point, zoom: CLOSE_UP });
    new Marker({ color: "#b3261e" }).setLngLat(point).addTo(map);
  }
  await Promise.all([map.once("load"), document.fonts.load('600 12px "Be Vietnam Pro"', "0123456789ạ")]);
  if (!tiles) return;
  await addSymbols(map, symbols);
  addRegister(map, tiles);
  listen(map, card, words);
  followRows(map);
  followFilters(map);
  if (selected !== undefined) light(map, numeric(selected));
  container.dataset.loaded = "";
}

for (const container of document.querySelectorAll("[data-map]")) start(container);
