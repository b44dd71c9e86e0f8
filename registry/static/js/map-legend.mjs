/**
 * The legend says exactly what is drawn: a row whose `data-drawn` is nowhere in the window is hidden, a status that only
 * lines have shows a line, and what the tool of the panel draws has rows of its own.
 */
const SVG = "http://www.w3.org/2000/svg";
const LINE_WIDTH = 3;

/** What a map has drawn: keys as `data-drawn` names them, each with the symbol of its lines and whether it has points. */
export function drawnKeys(map, sprite, overlays) {
  const keys = new Map();
  const marks = new Set(sprite.names.filter((name) => name.startsWith("mark-")));
  const add = (key, isLine = false, symbol = "") => {
    const known = keys.get(key) ?? { line: "", hasPoints: false };
    if (isLine) known.line = symbol;
    else known.hasPoints = true;
    keys.set(key, known);
  };
  const layers = ["points", "lines", "clusters", "cells", "units-official", "units-approximate", ...overlays.clickable];
  for (const { layer, properties } of map.queryRenderedFeatures({ layers: layers.filter((id) => map.getLayer(id)) })) {
    const { colour, sharing = "not_assessed", look } = properties;
    if (layer.id === "clusters" || layer.id === "cells") add(layer.id);
    else if (layer.id.startsWith("units-")) add(layer.id.replace("-", ":"));
    else if (layer.id.startsWith("over-")) add(`${layer.id.slice(5)}:${look}`);
    else if (layer.id === "lines") {
      // A line has one colour, that of the colour where it has one.
      if (colour) add(`colour:${colour}`, true, marks.has(`mark-${colour}`) ? `mark-${colour}` : `disc-${colour}`);
      else add(`sharing:${sharing}`, true, sharing);
    } else {
      if (colour) add(`colour:${colour}`);
      // A mark stands in the place of the sharing status, a disc lies under it.
      if (!colour || !marks.has(`mark-${colour}`)) add(`sharing:${sharing}`);
    }
  }
  return keys;
}

function lineKey(sprite, name) {
  const picture = document.createElementNS(SVG, "svg");
  for (const [key, value] of Object.entries({ class: "line-key", width: 26, height: 8, "aria-hidden": "true" }))
    picture.setAttribute(key, value);
  const line = document.createElementNS(SVG, "path");
  line.setAttribute("d", "M0 4h26");
  line.setAttribute("stroke", sprite.line(name));
  line.setAttribute("stroke-width", LINE_WIDTH);
  const dash = sprite.dash(name);
  if (dash) line.setAttribute("stroke-dasharray", dash.map((length) => length * LINE_WIDTH).join(" "));
  picture.append(line);
  return picture;
}

/** Show of the legend what is drawn; groups without a row go with their title. */
export function showLegend(legend, keys, sprite) {
  let some = false;
  for (const group of legend.querySelectorAll(".legend-group")) {
    let any = false;
    for (const row of group.querySelectorAll("[data-drawn]")) {
      const drawn = keys.get(row.dataset.drawn);
      row.hidden = !drawn;
      any ||= !row.hidden;
      row.querySelector(".line-key")?.remove();
      if (!drawn) continue;
      row.querySelector(".symbol").toggleAttribute("hidden", !drawn.hasPoints);
      if (drawn.line) row.prepend(lineKey(sprite, drawn.line));
    }
    if (!group.querySelector("[data-drawn]")) any = group.querySelector("li") !== null;
    group.hidden = !any;
    some ||= any;
  }
  const none = legend.querySelector(".legend-none");
  if (none) none.hidden = some;
}

/** The rows of what the tool of the panel draws, as the panel itself names them; of a route those tones that occur. */
export function showToolLegend(legend, tones) {
  const isDrawn = (row) => {
    const key = row.querySelector(".route-key");
    return !key || [...tones].some((tone) => key.classList.contains(`route-${tone}`));
  };
  const rows = [...document.querySelectorAll("#panel [data-tool-key] > li")].filter(isDrawn);
  legend.querySelector("[data-tool-legend]").replaceChildren(...rows.map((row) => row.cloneNode(true)));
}
