/**
 * What every map with structures has: their tiles, what lies under a point, and rows that light their symbol.
 *
 * Container: an element with data-map (templates/macros/map.html, layout/_workspace_map.html). Tile contract (docs/map.md):
 *   layer "structures"  Point or LineString; id, kind, sharing, status, coarse (bool), code (may be missing)
 *   layer "clusters"    Point; count (whole number); only at zooms where single structures are left out
 *   layer "cells"       Polygon of the public grid; count; only where the reader sees coarse positions
 * A missing layer is an empty one.
 */
import { CLICKABLE, layersOf, SOURCE, symbolsOf } from "./map-layers.mjs";
import { loadSprite } from "./map-sprite.mjs";
import { takesLayers } from "./maplibre.mjs";

const TOUCH_PX = 8;
const DEEPEST_TILE = 16;

export const absolute = (path) => (path.startsWith("/") ? location.origin + path : path);

/** What the page says of a map, with JSON read. */
export function settingsOf(container) {
  const { tiles, boundary, basemap, selected, symbols, recordUrl } = container.dataset;
  const json = (name) => (container.dataset[name] ? JSON.parse(container.dataset[name]) : null);
  const [texts, kinds, sharing, statuses] = ["texts", "kinds", "sharing", "statuses"].map(json);
  return {
    tiles,
    boundary,
    basemap,
    selected,
    symbols,
    bounds: json("bounds"),
    point: json("point"),
    outline: json("outline"),
    words: { texts, kinds, sharing, statuses, recordUrl },
  };
}

/** The sprite for a new map (`symbols`: its address), once the map takes layers and the font of numbers is there. */
export async function spriteFor(map, symbols) {
  const font = document.fonts.load('600 12px "Be Vietnam Pro"', "0123456789ạ");
  const [sprite] = await Promise.all([loadSprite(symbols), font, takesLayers(map)]);
  await sprite.draw(map, symbolsOf(sprite));
  return sprite;
}

/** Put the tiles of structures on a map, drawn with its sprite, below the layer `before` or on top. */
export function putRegister(map, sprite, tiles, before) {
  map.addSource(SOURCE, {
    type: "vector",
    tiles: [absolute(tiles)],
    maxzoom: DEEPEST_TILE,
    promoteId: { structures: "id" },
  });
  for (const layer of layersOf(sprite)) map.addLayer(layer, before);
}

/** Ask for all tiles again, below the layer `before`: the library never asks again for one that did not come. */
export function resetRegister(map, sprite, tiles, before) {
  for (const { id } of layersOf(sprite)) map.removeLayer(id);
  map.removeSource(SOURCE);
  putRegister(map, sprite, tiles, before);
}

/** What lies under a point of the screen: records (each once), notes of overlays, the cluster and the cell. */
export function found({ map, overlays }, { x, y }) {
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

/** One state of features (lit, chosen, marked) of a map: `show(ids)` gives it to these and takes it from all others. */
export function featureState(map, name) {
  let shown = [];
  const put = (id, value) => map.setFeatureState({ source: SOURCE, sourceLayer: "structures", id }, { [name]: value });
  return (ids) => {
    if (!map.getSource(SOURCE)) return;
    for (const id of shown) put(id, false);
    shown = ids.filter((id) => id !== undefined && id !== null);
    for (const id of shown) put(id, true);
  };
}

/** Mark the row of a structure in the list next to the map, if it is on this page of the list. */
export function markRow(id, { scroll = false } = {}) {
  for (const row of document.querySelectorAll("[data-record][data-lit]")) delete row.dataset.lit;
  if (id === undefined || id === null) return;
  const row = document.querySelector(`[data-record="${CSS.escape(id)}"]`);
  if (!row) {
    // What is no row of a table, such as a comment, is the element of its name, perhaps folded away.
    const part = scroll && document.getElementById(id);
    for (let box = part?.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
    if (part) part.scrollIntoView({ block: "center" });
    return;
  }
  row.dataset.lit = "";
  if (scroll) row.scrollIntoView({ block: "nearest" });
}

/** Call `light` with the id of the row that the pointer or the focus is on. */
export function followRows(light) {
  const follow = (event) => {
    const row = event.target.closest?.("[data-record]");
    if (row) light(numeric(row.dataset.record));
  };
  document.addEventListener("mouseover", follow);
  document.addEventListener("focusin", follow);
}

/** Ids are numbers in the tiles and text in the page. */
export function numeric(text) {
  return /^\d+$/.test(text) ? Number(text) : text;
}
