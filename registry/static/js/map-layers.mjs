/** Layers of the register's map and the drawing of its symbols; the tile contract stands in map.mjs. */

export const SOURCE = "register";

/** Colours of lines by sharing status: the same as the symbols' in static/map/symbols.svg. */
const COLOURS = {
  available: "#17784a",
  shared_available: "#0b6f8f",
  shared_full: "#a14a08",
  exclusive_full: "#6b4a1f",
  upgradable: "#6a4bb0",
  not_shareable: "#b3261e",
  not_assessed: "#4f5d6b",
  restricted: "#27313b",
};
const FONT = ["Be Vietnam Pro"];
const SYMBOL_PX = 22;
const DENSITY = 3;

const byStatus = ["match", ["get", "sharing"], ...Object.entries(COLOURS).flat(), COLOURS.not_assessed];
const isPoint = ["==", ["geometry-type"], "Point"];
const isLine = ["==", ["geometry-type"], "LineString"];
const lit = ["boolean", ["feature-state", "lit"], false];

function layer(id, type, sourceLayer, rest) {
  return { id, type, source: SOURCE, "source-layer": sourceLayer, ...rest };
}

/** Layers from the ground up. */
export const LAYERS = [
  layer("cells", "fill", "cells", { paint: { "fill-color": "#0f3d5c", "fill-opacity": 0.07 } }),
  layer("cells-edge", "line", "cells", {
    paint: { "line-color": "#0f3d5c", "line-opacity": 0.55, "line-width": 1, "line-dasharray": [3, 2] },
  }),
  layer("lines-lit", "line", "structures", {
    filter: isLine,
    paint: { "line-color": "#ffb800", "line-width": 10, "line-opacity": ["case", lit, 0.9, 0] },
  }),
  layer("lines", "line", "structures", {
    filter: isLine,
    layout: { "line-cap": "round", "line-join": "round" },
    paint: { "line-color": byStatus, "line-width": ["interpolate", ["linear"], ["zoom"], 11, 1.5, 17, 5] },
  }),
  layer("points-lit", "circle", "structures", {
    filter: isPoint,
    paint: {
      "circle-radius": 16,
      "circle-color": "#ffb800",
      "circle-opacity": ["case", lit, 0.55, 0],
      "circle-stroke-color": "#17212b",
      "circle-stroke-width": ["case", lit, 1.5, 0],
    },
  }),
  layer("points", "symbol", "structures", {
    filter: isPoint,
    layout: {
      "icon-image": ["coalesce", ["image", ["get", "sharing"]], ["image", "not_assessed"]],
      "icon-size": ["interpolate", ["linear"], ["zoom"], 9, 0.6, 14, 0.9, 18, 1.2],
      "icon-allow-overlap": true,
      "icon-ignore-placement": true,
    },
    paint: { "icon-opacity": ["case", ["to-boolean", ["get", "coarse"]], 0.6, 1] },
  }),
  layer("point-names", "symbol", "structures", {
    filter: isPoint,
    minzoom: 16,
    layout: { "text-field": ["get", "code"], "text-font": FONT, "text-size": 12, "text-offset": [0, 1.3], "text-anchor": "top" },
    paint: { "text-color": "#17212b", "text-halo-color": "#fff", "text-halo-width": 1.5 },
  }),
  layer("clusters", "circle", "clusters", {
    paint: {
      "circle-color": "#0f3d5c",
      "circle-opacity": 0.92,
      "circle-radius": ["interpolate", ["linear"], ["log10", ["max", ["get", "count"], 1]], 0, 9, 1, 14, 2, 19, 3, 25, 4, 31],
      "circle-stroke-color": "#0f3d5c",
      "circle-stroke-opacity": 0.25,
      "circle-stroke-width": 5,
    },
  }),
  layer("cluster-counts", "symbol", "clusters", {
    layout: {
      "text-field": ["to-string", ["get", "count"]],
      "text-font": FONT,
      "text-size": 12,
      "text-allow-overlap": true,
      "text-ignore-placement": true,
    },
    paint: { "text-color": "#fff" },
  }),
];

/** Layers that answer to a click, the uppermost first. */
export const CLICKABLE = ["points", "lines", "clusters", "cells"];

/** Give the map its symbols, drawn from the sprite that lists and legends use too. */
export async function addSymbols(map, address) {
  const answer = await fetch(address);
  const sprite = new DOMParser().parseFromString(await answer.text(), "image/svg+xml");
  await Promise.all(Object.keys(COLOURS).map(async (name) => map.addImage(name, await draw(sprite, name), { pixelRatio: DENSITY })));
}

async function draw(sprite, name) {
  const symbol = sprite.getElementById(name);
  const size = SYMBOL_PX * DENSITY;
  const image = new Image(size, size);
  image.src =
    "data:image/svg+xml;charset=utf-8," +
    encodeURIComponent(
      `<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}" viewBox="0 0 24 24">${symbol.innerHTML}</svg>`,
    );
  await image.decode();
  const context = new OffscreenCanvas(size, size).getContext("2d");
  context.drawImage(image, 0, 0, size, size);
  return context.getImageData(0, 0, size, size);
}
