/**
 * The one module that knows where the map library lies; its worker is a file of ours, as the CSP asks.
 *
 * Scripts stand below the name of a release, `static/r<digest>/js`, and vendored files do not: a browser keeps them from
 * one release to the next.
 */
import { colourOf } from "./colours.mjs";
import { element } from "./dom.mjs";
import * as maplibre from "../../vendor/maplibre-gl-6.17.0/maplibre-gl.mjs";
import { layGround } from "./map-basemap.mjs";
import { Missing } from "./map-trouble.mjs";
import { showIdle, whileBusy } from "./map-work.mjs";

maplibre.setWorkerUrl(new URL("../../vendor/maplibre-gl-6.17.0/maplibre-gl-worker.mjs", import.meta.url).href);

const PROVINCE_ZOOM = 8;
const FADE_MS = 300;

/** Whether this browser can draw the map at all. */
export function canDraw() {
  return Boolean(document.createElement("canvas").getContext("webgl2"));
}

/** The library's own words in the reader's language; `texts` comes from the template. */
function locale(texts) {
  return {
    "Map.Title": texts.map,
    "Marker.Title": texts.marker,
    "Popup.Close": texts.close,
    "NavigationControl.ZoomIn": texts.zoomIn,
    "NavigationControl.ZoomOut": texts.zoomOut,
    "NavigationControl.ResetBearing": texts.north,
    "GeolocateControl.FindMyLocation": texts.locate,
    "GeolocateControl.LocationNotAvailable": texts.locateFailed,
    "AttributionControl.ToggleAttribution": texts.attribution,
    "CooperativeGesturesHandler.WindowsHelpText": texts.ctrl,
    "CooperativeGesturesHandler.MacHelpText": texts.ctrl,
    "CooperativeGesturesHandler.MobileHelpText": texts.fingers,
  };
}

/** A map on the registry's ground (`basemap`: where that is asked for) with the boundary, and the usual controls. */
export function createMap(container, { bounds, texts, boundary, basemap, hash = false, isPage = false }) {
  const [west, south, east, north] = bounds;
  const map = new maplibre.Map({
    container,
    bounds,
    // For a moment before the bounds are taken, this is what the address says.
    center: [(west + east) / 2, (south + north) / 2],
    zoom: PROVINCE_ZOOM,
    hash,
    fitBoundsOptions: { padding: 16 },
    locale: locale(texts),
    attributionControl: false,
    // Names and symbols come at once where the reader asked for little motion.
    fadeDuration: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : FADE_MS,
    dragRotate: false,
    pitchWithRotate: false,
    // Within a page the wheel scrolls the page; a map that is the page takes it.
    cooperativeGestures: !isPage,
    maxZoom: 20,
    minZoom: 5,
    style: ground(boundary),
  });
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  map.addControl(new maplibre.NavigationControl({ showCompass: false }), "top-right");
  map.addControl(new maplibre.ScaleControl({ unit: "metric" }), "bottom-left");
  showIdle(map);
  if (basemap)
    whileBusy(
      map,
      takesLayers(map).then(() => addGround(map, basemap, texts)),
    );
  return map;
}

/** A new map takes layers as soon as its style is read. Its `load` comes when all that it then has is drawn. */
export const takesLayers = (map) => map.once("style.load");

/** The source of the ground stands under the map, where it hides nothing. */
async function addGround(map, address, texts) {
  let ground;
  try {
    ground = await layGround(map, address);
  } catch (error) {
    // It did not come: who watches the map says so.
    if (!(error instanceof Missing)) throw error;
    map.fire("error", { error: Object.assign(error, { url: address }) });
    return;
  }
  const { attribution, approximate } = ground;
  if (!attribution) return;
  const text = `${texts.ground}: ${approximate ? `${texts.groundApproximate} ` : ""}${attribution}`;
  const line = element("p", text, { class: "map-thanks" });
  const frame = map.getContainer().closest(".map-frame") ?? map.getContainer();
  // A map that was drawn again has one line, not two.
  frame.parentElement.querySelector(":scope > .map-thanks")?.remove();
  frame.after(line);
}

function ground(boundary) {
  const style = {
    version: 8,
    sources: {},
    layers: [{ id: "ground", type: "background", paint: { "background-color": colourOf("map-outside") } }],
  };
  if (!boundary) return style;
  style.sources.boundary = { type: "geojson", data: location.origin + boundary };
  style.layers.push(
    { id: "boundary-fill", type: "fill", source: "boundary", paint: { "fill-color": colourOf("map-province") } },
    {
      id: "boundary-line",
      type: "line",
      source: "boundary",
      layout: { "line-join": "round" },
      paint: {
        "line-color": colourOf("map-boundary"),
        "line-width": ["interpolate", ["linear"], ["zoom"], 7, 1, 14, 2],
        "line-dasharray": ["match", ["get", "extent_quality"], "official", ["literal", [1, 0]], ["literal", [4, 1.5]]],
      },
    },
  );
  return style;
}

/** A line that `show(coordinates)` redraws; fewer than two points draw nothing. */
export function drawnLine(map) {
  const data = (coordinates) => ({
    type: "Feature",
    properties: {},
    geometry: { type: "LineString", coordinates: coordinates.length > 1 ? coordinates : [] },
  });
  let shown = [];
  const show = (coordinates) => {
    shown = coordinates;
    map.getSource("drawn")?.setData(data(coordinates));
  };
  takesLayers(map).then(() => {
    map.addSource("drawn", { type: "geojson", data: data(shown) });
    map.addLayer({
      id: "drawn",
      type: "line",
      source: "drawn",
      layout: { "line-cap": "round", "line-join": "round" },
      paint: { "line-color": colourOf("map-bad"), "line-width": 4 },
    });
  });
  return { show };
}

export const { Marker } = maplibre;
