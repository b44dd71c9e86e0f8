/** The legend says exactly what is drawn: rows whose `data-drawn` is nowhere in the window are hidden. */

/** The keys of what a map has drawn, as `data-drawn` names them. */
export function drawnKeys(map, sprite, overlays) {
  const keys = new Set();
  const marks = new Set(sprite.names.filter((name) => name.startsWith("mark-")).map((name) => name.slice(5)));
  const layers = ["points", "lines", "clusters", "cells", "units-official", "units-approximate", ...overlays.clickable].filter(
    (id) => map.getLayer(id),
  );
  for (const { layer, properties } of map.queryRenderedFeatures({ layers })) {
    const { tint, sharing, look } = properties;
    if (layer.id === "clusters" || layer.id === "cells") keys.add(layer.id);
    else if (layer.id.startsWith("units-")) keys.add(layer.id.replace("-", ":"));
    else if (layer.id.startsWith("over-")) keys.add(`${layer.id.slice(5)}:${look}`);
    else {
      if (tint) keys.add(`tint:${tint}`);
      // A mark stands in the place of the sharing status, and a line has one colour.
      if (!tint || (layer.id === "points" && !marks.has(tint))) keys.add(`sharing:${sharing ?? "not_assessed"}`);
    }
  }
  return keys;
}

/** Hide what is not drawn; groups without a row go with their title. */
export function showLegend(legend, keys) {
  let some = false;
  for (const group of legend.querySelectorAll(".legend-group")) {
    let any = false;
    for (const row of group.querySelectorAll("[data-drawn]")) {
      row.hidden = !keys.has(row.dataset.drawn);
      any ||= !row.hidden;
    }
    group.hidden = !any;
    some ||= any;
  }
  const none = legend.querySelector(".legend-none");
  if (none) none.hidden = some;
}
