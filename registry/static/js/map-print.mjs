/**
 * The map on paper. What WebGL draws is gone once it was shown, and what lies over it would stay where it was on the
 * screen: so just before printing all of it is drawn once more, as one picture of what is seen, with its scale.
 */
import { colourOf } from "./colours.mjs";

const INK = colourOf("map-ink");
const PIN = colourOf("map-pin");
const MARGIN = 10;
const BAR = 6;
const PIN_RADIUS = 7;
const FONT = '600 12px "Be Vietnam Pro", sans-serif';

/** Keep a picture of the map for paper; `point` (if any), or what a function of that name answers, has a pin. */
export function printable(map, container, point) {
  const paper = document.createElement("canvas");
  paper.className = "map-paper";
  window.addEventListener("beforeprint", () => {
    draw(map, container, paper, typeof point === "function" ? point() : point);
    container.append(paper);
  });
  window.addEventListener("afterprint", () => paper.remove());
}

function draw(map, container, paper, point) {
  map.redraw();
  const shown = map.getCanvas();
  paper.width = shown.width;
  paper.height = shown.height;
  const context = paper.getContext("2d");
  context.drawImage(shown, 0, 0);
  // From here on in the pixels of the page.
  const ratio = map.getPixelRatio();
  context.scale(ratio, ratio);
  if (point) drawPin(context, map.project(point));
  drawScale(context, container.querySelector(".maplibregl-ctrl-scale"), shown.height / ratio);
}

function drawPin(context, { x, y }) {
  context.beginPath();
  context.arc(x, y, PIN_RADIUS, 0, 2 * Math.PI);
  context.lineWidth = 5;
  context.strokeStyle = colourOf("map-paper");
  context.stroke();
  context.lineWidth = 3;
  context.strokeStyle = PIN;
  context.stroke();
}

/** The bar that the map's own control shows, as long as it is there, with its words. */
function drawScale(context, control, height) {
  if (!control) return;
  const length = control.offsetWidth;
  const [left, bottom] = [MARGIN, height - MARGIN];
  context.font = FONT;
  context.fillStyle = colourOf("veil");
  context.fillRect(left - 4, bottom - 24, Math.max(length, context.measureText(control.textContent).width) + 8, 28);
  context.beginPath();
  context.moveTo(left, bottom - BAR);
  context.lineTo(left, bottom);
  context.lineTo(left + length, bottom);
  context.lineTo(left + length, bottom - BAR);
  context.lineWidth = 2;
  context.strokeStyle = INK;
  context.stroke();
  context.fillStyle = INK;
  context.fillText(control.textContent, left + 4, bottom - BAR - 2);
}
