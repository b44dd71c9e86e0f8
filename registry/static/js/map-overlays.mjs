/**
 * Layers that features lay over the structures (registry/structures/map/layers.py): vector tiles with id, name and look.
 * Each look is drawn as the sprite says of its symbol `<code>-<look>`; the legend shows the same.
 */
import { colourOf } from "./colours.mjs";
import { FONT } from "./map-layers.mjs";

const DEEPEST_TILE = 16;
const SOLID = [1, 0];
const byLook = (looks, said) => [
  "match",
  ["get", "look"],
  ...looks.flatMap((look) => [look, said(look)]),
  said(looks[0]),
];
const sourceOf = (code) => `over-${code}`;

/** The overlays of one map; `sprite` comes from map-sprite.mjs. */
export class Overlays {
  constructor(map, sprite) {
    this.map = map;
    this.sprite = sprite;
    this.shown = new Map();
  }

  /** Show these layers and no others: {code, tiles, shape, looks: {code: words}, label, recordUrl}. */
  async show(wanted) {
    for (const code of [...this.shown.keys()]) if (!wanted.some((overlay) => overlay.code === code)) this.remove(code);
    for (const overlay of wanted) if (!this.shown.has(overlay.code)) await this.add(overlay);
  }

  async add(overlay) {
    const { code, shape, tiles } = overlay;
    this.shown.set(code, overlay);
    if (shape === "point")
      await this.sprite.draw(
        this.map,
        Object.keys(overlay.looks).map((look) => `${code}-${look}`),
      );
    this.map.addSource(sourceOf(code), { type: "vector", tiles: [location.origin + tiles], maxzoom: DEEPEST_TILE });
    for (const layer of shape === "line" ? this.lines(overlay) : [points(overlay)]) this.map.addLayer(layer);
  }

  lines({ code, looks }) {
    const known = Object.keys(looks);
    const rest = { source: sourceOf(code), "source-layer": code };
    return [
      {
        id: sourceOf(code),
        type: "line",
        ...rest,
        layout: { "line-join": "round" },
        paint: {
          "line-color": byLook(known, (look) => this.sprite.line(`${code}-${look}`)),
          "line-dasharray": byLook(known, (look) => ["literal", this.sprite.dash(`${code}-${look}`) ?? SOLID]),
          "line-width": ["interpolate", ["linear"], ["zoom"], 8, 2.5, 16, 6],
        },
      },
      {
        id: `${sourceOf(code)}-names`,
        type: "symbol",
        ...rest,
        minzoom: 14,
        layout: {
          "symbol-placement": "line",
          "text-field": ["get", "name"],
          "text-font": FONT,
          "text-size": 12,
          "text-offset": [0, 1],
        },
        paint: {
          "text-color": colourOf("map-street-name"),
          "text-halo-color": colourOf("map-paper"),
          "text-halo-width": 1.5,
        },
      },
    ];
  }

  remove(code) {
    this.shown.delete(code);
    for (const id of [`${sourceOf(code)}-names`, sourceOf(code)]) if (this.map.getLayer(id)) this.map.removeLayer(id);
    this.map.removeSource(sourceOf(code));
  }

  /** The map's own names of the layers that answer to a click. */
  get clickable() {
    return [...this.shown.keys()].map(sourceOf).filter((id) => this.map.getLayer(id));
  }

  /** What the card says of features that were met: title, address, lines of words; each record once. */
  describe(features) {
    const found = new Map();
    for (const { layer, properties } of features) {
      const overlay = [...this.shown.values()].find(({ code }) => sourceOf(code) === layer.id);
      if (overlay) found.set(`${layer.id}/${properties.id}`, noteOf(overlay, properties));
    }
    return [...found.values()];
  }
}

function noteOf({ label, looks, recordUrl }, { id, name, look }) {
  return {
    title: name || label,
    url: recordUrl.replace("{id}", encodeURIComponent(id)),
    lines: [[label, looks[look]]],
  };
}

function points({ code, looks }) {
  return {
    id: sourceOf(code),
    type: "symbol",
    source: sourceOf(code),
    "source-layer": code,
    layout: {
      "icon-image": byLook(Object.keys(looks), (look) => `${code}-${look}`),
      "icon-size": ["interpolate", ["linear"], ["zoom"], 9, 0.8, 16, 1.3],
      "icon-anchor": "bottom-left",
      "icon-allow-overlap": true,
      "icon-ignore-placement": true,
    },
  };
}
