/** Boundaries of administrative units as at a day, with their names; approximate ones are dashed, as the legend says. */
import { colourOf } from "./colours.mjs";
import { FONT } from "./map-layers.mjs";
import { fetched, Missing } from "./map-trouble.mjs";

const COLOUR = colourOf("map-unit");
const NONE = { type: "FeatureCollection", features: [] };
const isName = ["==", ["geometry-type"], "Point"];
const isOfficial = ["==", ["get", "extent_quality"], "official"];
const width = ["interpolate", ["linear"], ["zoom"], 7, 1, 14, 2.2];

/** Prepare the layers; `show(url)` draws what lies there, `show("")` nothing. */
export function unitsOf(map, before) {
  map.addSource("units", { type: "geojson", data: NONE });
  const line = (id, filter, dash) => ({
    id,
    type: "line",
    source: "units",
    filter: ["all", ["!", isName], filter],
    layout: { "line-join": "round" },
    paint: { "line-color": COLOUR, "line-width": width, ...dash },
  });
  map.addLayer(line("units-official", isOfficial, {}), before);
  map.addLayer(line("units-approximate", ["!", isOfficial], { "line-dasharray": [4, 2] }), before);
  map.addLayer(
    {
      id: "unit-names",
      type: "symbol",
      source: "units",
      filter: isName,
      minzoom: 7,
      layout: {
        "text-field": ["get", "name"],
        "text-font": FONT,
        "text-size": 12,
        "text-max-width": 8,
        "text-padding": 6,
      },
      paint: { "text-color": COLOUR, "text-halo-color": colourOf("map-paper"), "text-halo-width": 1.6 },
    },
    before,
  );
  let shown = "";
  return {
    async show(url) {
      if (url === shown) return;
      shown = url;
      let found = NONE;
      try {
        if (url) found = await (await fetched(url)).json();
      } catch (error) {
        if (!(error instanceof Missing)) throw error;
        if (url === shown) shown = null;
        map.fire("error", { error: Object.assign(error, { url }), sourceId: "units" });
        return;
      }
      if (url === shown) map.getSource("units").setData(found);
    },
  };
}
