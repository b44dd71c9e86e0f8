/** How the parts of a route are drawn, by what becomes of each; the key of the page (planned_routes.css) is the same. */
import { colourOf } from "./colours.mjs";
import { FONT } from "./map-layers.mjs";

/** In the order in which they are drawn: what an earlier list had lies below the others. */
const COLOURS = {
  earlier: colourOf("map-none"),
  reuse: colourOf("map-reuse"),
  full: colourOf("warn-edge"),
  new: colourOf("map-bad-line"),
  elsewhere: colourOf("map-upgrade"),
  comment: colourOf("map-info"),
};
const DASHES = {
  reuse: [1],
  full: [2.5, 0.8, 0.5, 0.8],
  new: [2, 1.2],
  elsewhere: [0.4, 1.2],
  earlier: [4, 1.2],
  comment: [0.8, 0.8],
};
/** Lines of an earlier list are wider, so that they show below those of now. */
const WIDTHS = { earlier: 9 };
const lit = ["boolean", ["feature-state", "lit"], false];

export const ROUTE_TONES = Object.keys(COLOURS);

/** One layer a tone, over the source `route`: dashes cannot differ within one; points are numbered discs. */
export function routeLayers() {
  return [...ROUTE_TONES.map(lineLayer), ...pointLayers()];
}

function lineLayer(tone) {
  return {
    id: `route-${tone}`,
    type: "line",
    source: "route",
    filter: ["==", ["get", "tone"], tone],
    layout: { "line-join": "round", "line-cap": tone === "reuse" ? "round" : "butt" },
    paint: {
      "line-color": COLOURS[tone],
      "line-width": ["case", lit, (WIDTHS[tone] ?? 5) + 4, WIDTHS[tone] ?? 5],
      "line-opacity": ["case", lit, 1, tone === "earlier" ? 0.55 : 0.85],
      ...(tone === "reuse" ? {} : { "line-dasharray": DASHES[tone] }),
    },
  };
}

function pointLayers() {
  const filter = ["==", ["geometry-type"], "Point"];
  return [
    {
      id: "route-points",
      type: "circle",
      source: "route",
      filter,
      paint: {
        "circle-color": COLOURS.comment,
        "circle-radius": ["case", lit, 13, 10],
        "circle-stroke-color": colourOf("map-paper"),
        "circle-stroke-width": 2,
      },
    },
    {
      id: "route-point-labels",
      type: "symbol",
      source: "route",
      filter,
      layout: { "text-field": ["get", "label"], "text-font": FONT, "text-size": 12, "text-allow-overlap": true },
      paint: { "text-color": colourOf("map-paper") },
    },
  ];
}
