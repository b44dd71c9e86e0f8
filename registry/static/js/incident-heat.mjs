/**
 * Where incidents are frequent: a circle for each cell, larger for more of them, red where one is not safe yet. The
 * table by commune below says the same for screen readers. Container: [data-heat] of templates/incidents/board.html.
 */
import { colourOf } from "./colours.mjs";
import { whileBusy } from "./map-work.mjs";
import { canDraw, createMap, takesLayers } from "./maplibre.mjs";

const FRAME_PX = 48;
const CLOSEST = 12;
const LAYERS = [
  {
    id: "heat-glow",
    type: "heatmap",
    paint: {
      "heatmap-weight": ["interpolate", ["linear"], ["get", "count"], 1, 0.25, 20, 1],
      "heatmap-radius": ["interpolate", ["linear"], ["zoom"], 7, 16, 12, 40],
      "heatmap-opacity": 0.55,
    },
  },
  {
    id: "heat-cell",
    type: "circle",
    paint: {
      "circle-radius": ["interpolate", ["linear"], ["get", "count"], 1, 5, 20, 16],
      "circle-color": ["case", [">", ["get", "unsafe"], 0], colourOf("map-bad"), colourOf("map-good")],
      "circle-opacity": 0.85,
      "circle-stroke-color": colourOf("map-paper"),
      "circle-stroke-width": 1.5,
    },
  },
];

async function fill(map, address) {
  const [answer] = await Promise.all([fetch(address), takesLayers(map)]);
  if (!answer.ok) return;
  const data = await answer.json();
  map.addSource("heat", { type: "geojson", data });
  for (const layer of LAYERS) map.addLayer({ source: "heat", ...layer });
  const [lons, lats] = [0, 1].map((axis) => data.features.map(({ geometry }) => geometry.coordinates[axis]));
  if (!lons.length) return;
  const box = [Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)];
  map.fitBounds(box, { padding: FRAME_PX, maxZoom: CLOSEST, animate: false });
}

for (const container of document.querySelectorAll("[data-heat]")) {
  if (!canDraw()) continue;
  const { heat, bounds, boundary, basemap, texts } = container.dataset;
  const map = createMap(container, { bounds: JSON.parse(bounds), texts: JSON.parse(texts), boundary, basemap });
  container.classList.add("map-ready");
  whileBusy(map, fill(map, location.origin + heat));
}
