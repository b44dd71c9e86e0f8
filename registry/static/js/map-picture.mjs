/**
 * What a tool of the panel draws over the structures: a pin, an outline, the parts of a route. `show(state)` takes the
 * dataset of #map-state.
 */
import { colourOf } from "./colours.mjs";
import { ROUTE_TONES, routeLayers } from "./route-layers.mjs";
import { Marker } from "./maplibre.mjs";

const NONE = { type: "FeatureCollection", features: [] };

export class Picture {
  constructor(map) {
    this.map = map;
    map.addSource("outline", { type: "geojson", data: NONE });
    map.addLayer({
      id: "outline",
      type: "line",
      source: "outline",
      layout: { "line-join": "round" },
      paint: { "line-color": colourOf("map-bad"), "line-width": 2.5 },
    });
    map.addSource("route", { type: "geojson", data: NONE, promoteId: "number" });
    for (const layer of routeLayers()) map.addLayer(layer);
    map.addSource("drawn", { type: "geojson", data: NONE });
    map.addLayer({
      id: "drawn",
      type: "line",
      source: "drawn",
      layout: { "line-cap": "round", "line-join": "round" },
      paint: { "line-color": colourOf("map-bad"), "line-width": 4 },
    });
    this.shapes = NONE;
  }

  show({ pointNow, outlineNow, shapesNow }) {
    this.shapes = shapesNow ? JSON.parse(shapesNow) : NONE;
    this.map.getSource("route").setData(this.shapes);
    const geometry = outlineNow ? JSON.parse(outlineNow) : null;
    this.map.getSource("outline").setData(geometry ? { type: "Feature", properties: {}, geometry } : NONE);
    this.pin?.remove();
    this.pin = null;
    this.point = pointNow ? JSON.parse(pointNow) : null;
    if (this.point) this.pin = new Marker({ color: colourOf("map-pin") }).setLngLat(this.point).addTo(this.map);
  }

  get tones() {
    return new Set(this.shapes.features.map(({ properties }) => properties.tone));
  }

  get hasParts() {
    return this.shapes.features.length > 0;
  }

  /** The number of the part of the route under a box of the screen. */
  partAt(box) {
    if (!this.hasParts) return undefined;
    const layers = ["route-points", ...ROUTE_TONES.map((tone) => `route-${tone}`)];
    return this.map.queryRenderedFeatures(box, { layers })[0]?.properties.number;
  }

  light(number) {
    for (const { properties } of this.shapes.features) {
      this.map.setFeatureState(
        { source: "route", id: properties.number },
        { lit: String(properties.number) === String(number) },
      );
    }
  }

  /** The line that is being picked; fewer than two points draw nothing. */
  draw(coordinates) {
    const geometry = { type: "LineString", coordinates };
    this.map.getSource("drawn").setData(coordinates.length > 1 ? { type: "Feature", properties: {}, geometry } : NONE);
  }
}
