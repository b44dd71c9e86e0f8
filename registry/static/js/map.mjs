/**
 * The map of the register: vector tiles by sharing status, clusters at low zoom, a card for what is chosen.
 *
 * Container: <div data-map> of templates/macros/map.html. Tile contract (docs/map.md says the same):
 *   layer "structures"  Point or LineString; id, kind, sharing, status, coarse (bool), code (may be missing)
 *   layer "clusters"    Point; count (whole number); only at zooms where single structures are left out
 *   layer "cells"       Polygon of the public grid; count; only where the reader sees coarse positions
 * A missing layer is an empty one. The address of the tiles carries the filters of the list; after htmx has swapped the
 * list, elements with data-tiles-now, data-overlays-now and data-units-now say what is to be shown. Rows with data-record
 * light their symbol.
 */
import { hideCard, showCard } from "./map-card.mjs";
import { CLICKABLE, layersOf, SOURCE, symbolsOf } from "./map-layers.mjs";
import { printable } from "./map-print.mjs";
import { canDraw, createMap, Marker, whileBusy } from "./maplibre.mjs";
import { Overlays } from "./map-overlays.mjs";
import { loadSprite } from "./map-sprite.mjs";
import { unitsOf } from "./map-units.mjs";
import { chosen, followWindow } from "./map-window.mjs";

const TOUCH_PX = 8;
const CLUSTER_STEP = 2;
const CLOSE_UP = 15;
const DEEPEST_TILE = 16;

const absolute = (path) => location.origin + path;

function settings(container) {
  const { tiles, boundary, basemap, bounds, selected, point, outline, symbols, recordUrl } = container.dataset;
  const [texts, kinds, sharing, statuses] = ["texts", "kinds", "sharing", "statuses"].map((name) =>
    JSON.parse(container.dataset[name]),
  );
  return {
    tiles,
    boundary,
    basemap,
    selected,
    symbols,
    bounds: JSON.parse(bounds),
    point: point ? JSON.parse(point) : null,
    outline: outline ? JSON.parse(outline) : null,
    words: { texts, kinds, sharing, statuses, recordUrl },
  };
}

/** What lies under a point of the screen: records (each once), notes of overlays, the cluster and the cell. */
function found({ map, overlays }, { x, y }) {
  const box = [
    [x - TOUCH_PX, y - TOUCH_PX],
    [x + TOUCH_PX, y + TOUCH_PX],
  ];
  const layers = [...overlays.clickable, ...CLICKABLE.filter((id) => map.getLayer(id))];
  const features = map.queryRenderedFeatures(box, { layers });
  const records = new Map();
  for (const { layer, properties } of features) {
    if (layer.id === "points" || layer.id === "lines") records.set(properties.id, properties);
  }
  const first = (id) => features.find((feature) => feature.layer.id === id);
  const notes = overlays.describe(features);
  return { records: [...records.values()], notes, cluster: first("clusters"), cell: first("cells") };
}

function choose(shown, point) {
  const { map, card, words } = shown;
  const { records, notes, cluster, cell } = found(shown, point);
  if (records.length || notes.length || (cell && !cluster)) {
    showCard(card, records, words, { notes, cell: cell?.properties });
    light(map, records[0]?.id);
    markRow(records[0]?.id, { scroll: true });
    if (shown.isList) chosen.write(records[0]?.id);
    return;
  }
  close(shown);
  light(map, undefined);
  if (cluster) map.easeTo({ center: cluster.geometry.coordinates, zoom: map.getZoom() + CLUSTER_STEP });
}

function close({ card, isList }) {
  hideCard(card);
  if (isList) chosen.write(undefined);
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
function markRow(id, { scroll = false } = {}) {
  for (const row of document.querySelectorAll("[data-record][data-lit]")) delete row.dataset.lit;
  if (id === undefined) return;
  const row = document.querySelector(`[data-record="${CSS.escape(id)}"]`);
  if (!row) return;
  row.dataset.lit = "";
  if (scroll) row.scrollIntoView({ block: "nearest" });
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

/** Show what the swapped list says: its tiles, the layers switched on, the boundaries of a day. */
function followFilters({ map, overlays, units }) {
  let tilesShown = document.querySelector("[data-tiles-now]")?.dataset.tilesNow;
  const read = (name) => document.querySelector(`[data-${name}-now]`)?.dataset[`${name}Now`];
  const show = () => Promise.all([overlays.show(JSON.parse(read("overlays") ?? "[]")), units.show(read("units") ?? "")]);
  document.addEventListener("htmx:afterSettle", () => {
    const tiles = read("tiles");
    if (tiles && tiles !== tilesShown) map.getSource(SOURCE)?.setTiles([absolute(tiles)]);
    tilesShown = tiles;
    whileBusy(map, show());
  });
  return show();
}

function addRegister(map, tiles, sprite) {
  map.addSource(SOURCE, {
    type: "vector",
    tiles: [absolute(tiles)],
    maxzoom: DEEPEST_TILE,
    promoteId: { structures: "id" },
  });
  for (const layer of layersOf(sprite)) map.addLayer(layer);
}

/** The cells of the one record shown, told from those beside them, or the surroundings of a place. */
function addOutline(map, geometry) {
  map.addSource("outline", { type: "geojson", data: { type: "Feature", properties: {}, geometry } });
  map.addLayer({
    id: "outline",
    type: "line",
    source: "outline",
    layout: { "line-join": "round" },
    paint: { "line-color": "#b3261e", "line-width": 2.5 },
  });
}

function listen(shown) {
  const { map } = shown;
  const canvas = map.getCanvas();
  map.on("click", (event) => choose(shown, event.point));
  map.on("mousemove", (event) => {
    const { records, notes, cluster, cell } = found(shown, event.point);
    canvas.style.cursor = records.length || notes.length || cluster || cell ? "pointer" : "";
    if (records.length) light(map, records[0].id);
    if (records.length || hovered !== undefined) markRow(records[0]?.id);
    hovered = records[0]?.id;
  });
  // The keyboard's way: arrows move the map, Enter asks what lies in its middle, Escape closes the card.
  canvas.addEventListener("keydown", (event) => {
    if (event.key === "Enter") choose(shown, map.project(map.getCenter()));
    if (event.key === "Escape") close(shown);
  });
}

let hovered;

function start(container) {
  if (!canDraw()) return;
  const { boundary, basemap, bounds, point, outline, words } = settings(container);
  // Only the map of a list writes its place into the address.
  const isList = Boolean(container.closest(".list-and-map"));
  const map = createMap(container, { bounds, texts: words.texts, boundary, basemap, hash: isList ? "map" : false });
  container.classList.add("map-ready");
  printable(map, container, point);
  if (point) {
    // Surroundings that are outlined fill the map by its bounds.
    if (!outline) map.jumpTo({ center: point, zoom: CLOSE_UP });
    new Marker({ color: "#b3261e" }).setLngLat(point).addTo(map);
  }
  whileBusy(map, fill(container, map, isList));
}

/** Put the register on a new map. */
async function fill(container, map, isList) {
  const { tiles, selected, outline, symbols, words } = settings(container);
  const card = container.parentElement.querySelector("[data-map-card]");
  const tools = document.querySelector("[data-map-tools]");
  await Promise.all([map.once("load"), document.fonts.load('600 12px "Be Vietnam Pro"', "0123456789ạ")]);
  if (!tiles) return;
  const sprite = await loadSprite(symbols);
  await sprite.draw(map, symbolsOf(sprite));
  addRegister(map, tiles, sprite);
  if (outline) addOutline(map, outline);
  const shown = { map, card, words, isList, overlays: new Overlays(map, sprite), units: unitsOf(map, "cells") };
  listen(shown);
  followRows(map);
  if (tools) {
    tools.hidden = false;
    followWindow(map, tools);
    await followFilters(shown);
  }
  const first = selected ?? (isList ? chosen.read() : null);
  if (first) light(map, numeric(first));
  if (first && isList) markRow(first);
  container.dataset.loaded = "";
}

for (const container of document.querySelectorAll("[data-map]")) start(container);
