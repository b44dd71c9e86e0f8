/**
 * The ground under every map; /basemap says what it is: drawn by the program, imported, a file of tiles or a tile server.
 * Ours from below: sea, land, neighbours, water, rivers, roads, names; the province's own fill lies over the land.
 */
import { colourOf } from "./colours.mjs";
import { fetched } from "./map-trouble.mjs";

const FONT = ["Be Vietnam Pro"];
const SOURCE = "basemap";
const SEA = colourOf("map-sea");
const LAND = colourOf("map-land");
const ABROAD = colourOf("map-abroad");
const WATER = colourOf("map-water");
const SORT = ["coalesce", ["get", "sort"], ""];
const named = { "text-field": ["get", "name"], "text-font": FONT, "text-size": 11 };
const halo = { "text-color": colourOf("map-text"), "text-halo-color": colourOf("map-paper"), "text-halo-width": 1.4 };
const by = (...stops) => ["interpolate", ["linear"], ["zoom"], ...stops];
const wide = (least, most) => by(7, least, 16, most);
const is = (...sorts) => ["in", SORT, ["literal", sorts]];

const fill = (layer, colour, rest = {}) => ({
  id: `ground-${layer}`,
  type: "fill",
  "source-layer": layer,
  paint: { "fill-color": colour, "fill-antialias": false },
  ...rest,
});
const line = (id, layer, filter, paint) => ({
  id: `ground-${id}`,
  type: "line",
  "source-layer": layer,
  filter,
  layout: { "line-join": "round", "line-cap": "round" },
  paint,
});
const names = (layer, rest) => ({
  id: `ground-${layer}-names`,
  type: "symbol",
  "source-layer": layer,
  paint: halo,
  ...rest,
});
/** Names of places of a sort, in a colour. */
const places = (id, sorts, colour, layout, zooms = {}) =>
  names("places", {
    id: `ground-${id}-names`,
    filter: is(...sorts),
    ...zooms,
    layout: { ...named, ...layout },
    paint: { ...halo, "text-color": colour },
  });
const capitals = { "text-field": ["upcase", ["get", "name"]], "text-letter-spacing": 0.12, "text-max-width": 8 };
const around = ["top", "bottom", "right", "left", "top-left", "top-right", "bottom-left", "bottom-right"];
const nextToPoint = { "text-variable-anchor": around, "text-radial-offset": 0.9, "text-justify": "auto" };

/** The layers of our own tiles: those under the province's own ground, and those over it. */
const UNDER = [
  fill("land", LAND),
  fill("provinces_around", ["match", SORT, "country", ABROAD, LAND]),
  line("neighbours", "provinces_around", ["!", is("country")], {
    "line-color": colourOf("map-border-commune"),
    "line-width": 0.8,
    "line-dasharray": [4, 2],
  }),
  line("abroad", "provinces_around", is("country"), {
    "line-color": colourOf("map-border"),
    "line-width": wide(1, 2.4),
    "line-dasharray": [6, 2, 1, 2],
  }),
];
const OVER = [
  fill("water", WATER),
  line("rivers", "rivers", true, { "line-color": colourOf("map-river"), "line-width": wide(0.8, 5) }),
  line("street-edge", "roads", is("street"), { "line-color": colourOf("map-street-edge"), "line-width": wide(0.4, 9) }),
  line("minor", "roads", is("minor"), { "line-color": colourOf("map-minor"), "line-width": wide(0.6, 7) }),
  line("street", "roads", is("street"), { "line-color": colourOf("map-paper"), "line-width": wide(0.2, 6.5) }),
  line("rail", "roads", is("rail"), {
    "line-color": colourOf("map-rail"),
    "line-width": wide(0.8, 2.5),
    "line-dasharray": [4, 3],
  }),
  line("main-edge", "roads", is("main"), { "line-color": colourOf("map-road-edge"), "line-width": wide(1.6, 11) }),
  line("main", "roads", is("main"), { "line-color": colourOf("map-road"), "line-width": wide(0.8, 8) }),
  {
    ...line("towns", "places", is("city", "town"), {}),
    type: "circle",
    layout: {},
    maxzoom: 11,
    paint: {
      "circle-radius": ["match", SORT, "city", 3.2, 2.4],
      "circle-color": colourOf("map-paper"),
      "circle-stroke-color": colourOf("map-text"),
      "circle-stroke-width": 1.3,
    },
  },
  // Names that come later are placed first; others give way to them.
  names("rivers", {
    minzoom: 9,
    layout: { ...named, "symbol-placement": "line", "symbol-spacing": 400, "text-letter-spacing": 0.08 },
    paint: { ...halo, "text-color": colourOf("map-text-water") },
  }),
  names("roads", { minzoom: 10, layout: { ...named, "symbol-placement": "line", "symbol-spacing": 350 } }),
  names("communes", {
    minzoom: 9,
    filter: ["step", ["zoom"], ["==", SORT, "commune"], 10, true],
    layout: {
      ...named,
      "text-field": ["step", ["zoom"], ["get", "short"], 12, ["get", "name"]],
      "text-size": by(9, 10, 13, 12.5),
      "text-max-width": 7,
      "text-padding": 4,
      "text-variable-anchor": ["center", "top", "bottom", "left", "right"],
      "text-radial-offset": 1.2,
      "symbol-sort-key": ["match", SORT, "ward", 0, 1],
    },
    paint: { ...halo, "text-color": colourOf("map-text-land") },
  }),
  names("provinces_around", { maxzoom: 11, layout: { ...named, "text-size": 12 } }),
  places(
    "province",
    ["province"],
    colourOf("map-text-province"),
    { ...capitals, "text-size": by(5, 9, 9, 13) },
    { maxzoom: 12 },
  ),
  places("home", ["home"], colourOf("map-text-home"), { ...capitals, "text-size": by(5, 10, 8, 14) }, { maxzoom: 7.5 }),
  places("island", ["island"], colourOf("map-text-island"), { "text-size": 10, "text-max-width": 9 }),
  places(
    "town",
    ["town"],
    colourOf("map-text-town"),
    { ...nextToPoint, "text-size": by(7, 10, 11, 13) },
    { maxzoom: 12 },
  ),
  places(
    "city",
    ["city"],
    colourOf("map-text-city"),
    { ...nextToPoint, "text-size": by(6, 10.5, 11, 15) },
    { maxzoom: 12 },
  ),
  places(
    "country",
    ["country"],
    colourOf("map-text-street"),
    { ...capitals, "text-letter-spacing": 0.25, "text-size": by(4, 11, 9, 16) },
    { maxzoom: 12 },
  ),
  places(
    "sea",
    ["sea"],
    colourOf("map-text-sea"),
    { "text-letter-spacing": 0.15, "text-max-width": 6, "text-size": by(4, 11, 9, 16) },
    { maxzoom: 13 },
  ),
  names("places", { filter: ["!", ["has", "sort"]], layout: named }),
];
/** A file of vector tiles with the layers of Protomaps, drawn as quietly as ours. */
const KIND = ["coalesce", ["get", "kind"], ""];
const FILE = [
  fill("earth", LAND),
  fill("water", WATER, { filter: ["==", ["geometry-type"], "Polygon"] }),
  line("minor", "roads", ["==", KIND, "minor_road"], {
    "line-color": colourOf("map-tile-minor"),
    "line-width": wide(0.3, 5),
  }),
  line("major", "roads", ["==", KIND, "major_road"], {
    "line-color": colourOf("map-tile-major"),
    "line-width": wide(0.8, 7),
  }),
  line("main", "roads", ["==", KIND, "highway"], {
    "line-color": colourOf("map-tile-main"),
    "line-width": wide(1.4, 9),
  }),
  line("rail", "roads", ["==", KIND, "rail"], {
    "line-color": colourOf("map-rail"),
    "line-width": wide(0.6, 2),
    "line-dasharray": [4, 3],
  }),
  names("places", { layout: named }),
];

/** Lay the ground under what the map shows; without one the map stays as it is. Answers what /basemap says. */
export async function layGround(map, address) {
  const ground = await (await fetched(address)).json();
  if (ground.kind === "none") return ground;
  const over = map.getLayer("boundary-line") ? "boundary-line" : firstAbove(map);
  if (ground.kind === "images") {
    map.addSource(SOURCE, { ...sourceOf(ground), type: "raster", tileSize: 256 });
    clearProvince(map);
    map.addLayer({ id: "ground-images", type: "raster", source: SOURCE }, over);
    return ground;
  }
  map.addSource(SOURCE, { ...sourceOf(ground), type: "vector" });
  const put = (layers, before) => {
    for (const layer of layers) map.addLayer({ ...layer, source: SOURCE }, before);
  };
  if (ground.kind === "layers") {
    if (ground.land) addSea(map, ground.land, map.getLayer("boundary-fill") ? "boundary-fill" : over);
    put(UNDER, map.getLayer("boundary-fill") ? "boundary-fill" : over);
    put(OVER, over);
  } else {
    map.setPaintProperty("ground", "background-color", SEA);
    clearProvince(map);
    put(FILE, over);
  }
  return ground;
}

const sourceOf = ({ tiles, minzoom, maxzoom }) => ({
  tiles: [tiles.startsWith("/") ? location.origin + tiles : tiles],
  minzoom,
  maxzoom,
});

/** Sea as far as the land reaches; beyond it nothing is known. */
function addSea(map, [west, south, east, north], before) {
  const ring = [
    [west, south],
    [east, south],
    [east, north],
    [west, north],
    [west, south],
  ];
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
