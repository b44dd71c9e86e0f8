/** How the parts of a route are drawn, by what becomes of each; the key of the page (css/routes.css) is the same. */
import { colourOf } from "./colours.mjs";

const COLOURS = {
  reuse: colourOf("map-reuse"),
  full: colourOf("warn-edge"),
  new: colourOf("map-bad-line"),
  elsewhere: colourOf("map-upgrade"),
};
const DASHES = { reuse: [1], full: [2.5, 0.8, 0.5, 0.8], new: [2, 1.2], elsewhere: [0.4, 1.2] };
const lit = ["boolean", ["feature-state", "lit"], false];

export const ROUTE_TONES = Object.keys(COLOURS);

/** One layer a tone, over the source `route`: dashes cannot differ within one. */
export function routeLayers() {
  return ROUTE_TONES.map((tone) => ({
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
