/**
 * The ground that every map is drawn on, if an administrator has given one: /basemap says what it is.
 * Ours from the land up: sea, land, neighbours, water, rivers, roads, names; the province's own ground lies over the land.
 */
const FONT = ["Be Vietnam Pro"];
const SOURCE = "basemap";
const SEA = "#d7e6ef";
const LAND = "#f1f3ee";
const WATER = "#b9d6e6";
const named = { "text-field": ["get", "name"], "text-font": FONT, "text-size": 11 };
const halo = { "text-color": "#54626e", "text-halo-color": "#fff", "text-halo-width": 1.4 };
const wide = (least, most) => ["interpolate", ["linear"], ["zoom"], 7, least, 16, most];

const fill = (layer, colour, rest = {}) => ({ id: `ground-${layer}`, type: "fill", "source-layer": layer, paint: { "fill-color": colour, "fill-antialias": false }, ...rest });
const line = (id, layer, filter, paint) => ({ id: `ground-${id}`, type: "line", "source-layer": layer, filter, layout: { "line-join": "round", "line-cap": "round" }, paint });
const names = (layer, rest) => ({ id: `ground-${layer}-names`, type: "symbol", "source-layer": layer, paint: halo, ...rest });

/** Layers that `flask basemap import` loaded: those under the province's own ground, and those over it. */
const UNDER = [
  fill("land", LAND),
  fill("provinces_around", LAND),
  line("neighbours", "provinces_around", true, { "line-color": "#b7c1bb", "line-width": 0.8, "line-dasharray": [4, 2] }),
];
const OVER = [
  fill("water", WATER),
  line("rivers", "rivers", true, { "line-color": "#93bdd6", "line-width": wide(0.8, 5) }),
  line("minor", "roads", ["==", ["get", "sort"], "minor"], { "line-color": "#d9cfc0", "line-width": wide(0.6, 7) }),
  line("rail", "roads", ["==", ["get", "sort"], "rail"], { "line-color": "#7d7d86", "line-width": wide(0.8, 2.5), "line-dasharray": [4, 3] }),
  line("main-edge", "roads", ["==", ["get", "sort"], "main"], { "line-color": "#c29a5b", "line-width": wide(1.6, 11) }),
  line("main", "roads", ["==", ["get", "sort"], "main"], { "line-color": "#fbe7bd", "line-width": wide(0.8, 8) }),
  names("roads", { minzoom: 10, layout: { ...named, "symbol-placement": "line", "symbol-spacing": 350 } }),
  names("provinces_around", { maxzoom: 11, layout: { ...named, "text-size": 12 } }),
  names("places", { layout: named }),
];
/** A file of vector tiles with the layers of Protomaps, drawn as quietly as ours. */
const KIND = ["coalesce", ["get", "kind"], ""];
const FILE = [
  fill("earth", LAND),
  fill("water", WATER, { filter: ["==", ["geometry-type"], "Polygon"] }),
  line("minor", "roads", ["==", KIND, "minor_road"], { "line-color": "#ddd5c8", "line-width": wide(0.3, 5) }),
  line("major", "roads", ["==", KIND, "major_road"], { "line-color": "#d8c49c", "line-width": wide(0.8, 7) }),
  line("main", "roads", ["==", KIND, "highway"], { "line-color": "#c9a35f", "line-width": wide(1.4, 9) }),
  line("rail", "roads", ["==", KIND, "rail"], { "line-color": "#7d7d86", "line-width": wide(0.6, 2), "line-dasharray": [4, 3] }),
  names("places", { layout: named }),
];

/** Lay the ground under what the map shows; without one the map stays as it is. Answers whom to thank. */
export async function layGround(map, address) {
  const answer = await fetch(address);
  const ground = answer.ok ? await answer.json() : { kind: "none" };
  if (ground.kind === "none") return "";
  const over = map.getLayer("boundary-line") ? "boundary-line" : firstAbove(map);
  if (ground.kind === "images") {
    map.addSource(SOURCE, { ...sourceOf(ground), type: "raster", tileSize: 256 });
    clearProvince(map);
    map.addLayer({ id: "ground-images", type: "raster", source: SOURCE }, over);
    return ground.attribution;
  }
  map.addSource(SOURCE, { ...sourceOf(ground), type: "vector" });
  const put = (layers, before) => layers.forEach((layer) => map.addLayer({ ...layer, source: SOURCE }, before));
  if (ground.kind === "layers") {
    if (ground.land) addSea(map, ground.land, map.getLayer("boundary-fill") ? "boundary-fill" : over);
    put(UNDER, map.getLayer("boundary-fill") ? "boundary-fill" : over);
    put(OVER, over);
  } else {
    map.setPaintProperty("ground", "background-color", SEA);
    clearProvince(map);
    put(FILE, over);
  }
  return ground.attribution;
}

const sourceOf = ({ tiles, minzoom, maxzoom }) => ({
  tiles: [tiles.startsWith("/") ? location.origin + tiles : tiles],
  minzoom,
  maxzoom,
});

/** Sea as far as the land reaches; beyond it nobody knows. */
function addSea(map, [west, south, east, north], before) {
  const ring = [[west, south], [east, south], [east, north], [west, north], [west, south]];
  map.addSource("sea", { type: "geojson", data: { type: "Polygon", coordinates: [ring] } });
  map.addLayer({ id: "ground-sea", type: "fill", source: "sea", paint: { "fill-color": SEA } }, before);
}

function firstAbove(map) {
  return map.getStyle().layers.find(({ id }) => id !== "ground")?.id;
}

/** The province's plain ground would hide what lies under it. */
function clearProvince(map) {
  if (map.getLayer("boundary-fill")) map.setPaintProperty("boundary-fill", "fill-opacity", 0);
}
