/** Layers of the register's map and the drawing of its symbols; the tile contract stands in map.mjs. */
import { colourOf } from "./colours.mjs";

export const SOURCE = "register";

/** Colours of lines by sharing status: the same as the symbols' in static/map/symbols.svg. */
const COLOURS = {
  available: colourOf("map-good"),
  shared_available: colourOf("map-info"),
  shared_full: colourOf("map-warn"),
  exclusive_full: colourOf("map-exclusive"),
  upgradable: colourOf("map-upgradable"),
  not_shareable: colourOf("map-bad"),
  not_assessed: colourOf("map-none"),
  restricted: colourOf("map-restricted"),
  not_applicable: colourOf("map-violet"),
};
/** Prefixes of the symbols of colours: a disc under the sharing symbol, or a mark in its place. */
const DISC = "disc-";
const MARK = "mark-";
/** Drawn from the web font of the pages: there is no server of glyphs. */
export const FONT = ["Be Vietnam Pro"];
const UNKNOWN = colourOf("map-none");
const SOLID = [1, 0];
const literal = (value) => value && ["literal", value];

const byStatus = ["match", ["get", "sharing"], ...Object.entries(COLOURS).flat(), COLOURS.not_assessed];
/** A line is recognised by its dashes, too, as a point by its shape. */
const dashOf = (sprite) => [
  "match",
  ["get", "sharing"],
  ...Object.keys(COLOURS).flatMap((status) => [status, literal(sprite.dash(status) ?? SOLID)]),
  literal(sprite.dash("not_assessed") ?? SOLID),
];
const isPoint = ["==", ["geometry-type"], "Point"];
const isLine = ["==", ["geometry-type"], "LineString"];
const state = (name) => ["boolean", ["feature-state", name], false];
/** Under the pointer or chosen; marked are those collected for a request. */
const lit = ["any", state("lit"), state("chosen"), state("marked")];
const ringed = (otherwise) => [
  "case",
  state("chosen"),
  colourOf("map-ink"),
  state("marked"),
  colourOf("map-action"),
  otherwise,
];

function layer(id, type, sourceLayer, rest) {
  return { id, type, source: SOURCE, "source-layer": sourceLayer, ...rest };
}

const hasColour = ["has", "colour"];
const valuesOf = (sprite, prefix) =>
  sprite.names.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));

/** An expression that picks by the colour of a feature, from what the sprite says of the symbol of each value. */
function byColour(sprite, look, otherwise) {
  const pairs = sprite.names
    .filter((name) => name.startsWith(DISC) || name.startsWith(MARK))
    .map((name) => [name.slice(name.indexOf("-") + 1), look(name)])
    .filter(([, value]) => value !== undefined);
  return ["match", ["get", "colour"], ...pairs.flat(), otherwise];
}

/** Layers from the ground up; what colours look like comes from the sprite. */
export const layersOf = (sprite) => [
  layer("cells", "fill", "cells", { paint: { "fill-color": colourOf("brand"), "fill-opacity": 0.07 } }),
  layer("cells-edge", "line", "cells", {
    paint: { "line-color": colourOf("brand"), "line-opacity": 0.55, "line-width": 1, "line-dasharray": [3, 2] },
  }),
  layer("lines-lit", "line", "structures", {
    filter: isLine,
    paint: { "line-color": ringed(colourOf("focus")), "line-width": 11, "line-opacity": ["case", lit, 0.75, 0] },
  }),
  layer("lines", "line", "structures", {
    filter: isLine,
    layout: { "line-cap": "round", "line-join": "round" },
    paint: {
      "line-color": ["case", hasColour, byColour(sprite, sprite.line, UNKNOWN), byStatus],
      "line-width": ["interpolate", ["linear"], ["zoom"], 11, 1.5, 17, 5],
      "line-dasharray": [
        "case",
        hasColour,
        byColour(sprite, (name) => literal(sprite.dash(name)), literal(SOLID)),
        dashOf(sprite),
      ],
    },
  }),
  layer("points-lit", "circle", "structures", {
    filter: isPoint,
    paint: {
      "circle-radius": 16,
      "circle-color": colourOf("focus"),
      "circle-opacity": ["case", lit, 0.55, 0],
      "circle-stroke-color": ringed(colourOf("map-ink")),
      "circle-stroke-width": ["case", state("chosen"), 3, state("marked"), 4, lit, 1.5, 0],
    },
  }),
  layer("points-colour", "circle", "structures", {
    filter: ["all", isPoint, hasColour, ["in", ["get", "colour"], literal(valuesOf(sprite, DISC))]],
    paint: {
      "circle-radius": ["interpolate", ["linear"], ["zoom"], 9, 10, 14, 14, 18, 18],
      "circle-color": byColour(sprite, sprite.line, UNKNOWN),
    },
  }),
  layer("points", "symbol", "structures", {
    filter: isPoint,
    layout: {
      "icon-image": [
        "case",
        ["in", ["coalesce", ["get", "colour"], ""], literal(valuesOf(sprite, MARK))],
        ["image", ["concat", MARK, ["get", "colour"]]],
        ["coalesce", ["image", ["get", "sharing"]], ["image", "not_assessed"]],
      ],
      "icon-size": ["interpolate", ["linear"], ["zoom"], 9, 0.6, 14, 0.9, 18, 1.2],
      "icon-allow-overlap": true,
      "icon-ignore-placement": true,
    },
    paint: { "icon-opacity": ["case", ["to-boolean", ["get", "coarse"]], 0.6, 1] },
  }),
  layer("point-names", "symbol", "structures", {
    filter: isPoint,
    minzoom: 16,
    layout: {
      "text-field": ["get", "code"],
      "text-font": FONT,
      "text-size": 12,
      "text-offset": [0, 1.3],
      "text-anchor": "top",
    },
    paint: { "text-color": colourOf("map-ink"), "text-halo-color": colourOf("map-paper"), "text-halo-width": 1.5 },
  }),
  layer("clusters", "circle", "clusters", {
    paint: {
      "circle-color": colourOf("brand"),
      "circle-opacity": 0.92,
      "circle-radius": [
        "interpolate",
        ["linear"],
        ["log10", ["max", ["get", "count"], 1]],
        0,
        9,
        1,
        14,
        2,
        19,
        3,
        25,
        4,
        31,
      ],
      "circle-stroke-color": colourOf("brand"),
      "circle-stroke-opacity": 0.25,
      "circle-stroke-width": 5,
    },
  }),
  layer("cluster-counts", "symbol", "clusters", {
    layout: {
      "text-field": ["number-format", ["get", "count"], { locale: document.documentElement.lang }],
      "text-font": FONT,
      "text-size": 12,
      "text-allow-overlap": true,
      // Names of the ground give way to the disc.
      "text-padding": 10,
    },
    paint: { "text-color": colourOf("map-paper") },
  }),
];

/** Layers that answer to a click, the uppermost first. */
export const CLICKABLE = ["points", "lines", "clusters", "cells"];

/** The symbols that points are drawn with. */
export const symbolsOf = (sprite) => [...Object.keys(COLOURS), ...sprite.names.filter((name) => name.startsWith(MARK))];
