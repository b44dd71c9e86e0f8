/**
 * A shape around structures on the map: drawn in one stroke, or corner by corner with single clicks and closed by Enter or
 * a click on the first corner (no dragging needed). By keys a mark is moved with the arrows, Space sets a corner where it is,
 * Backspace takes the last one back, Enter closes the shape. Escape gives up.
 */
const SVG = "http://www.w3.org/2000/svg";
const STRUCTURES = ["points", "lines"];
const TOUCH_PX = 8;
const CLICK_PX = 6;
const CLOSE_PX = 14;
const STROKE_STEP_PX = 3;
const LEAST_CORNERS = 3;
const KEY_STEP_PX = 12;
const KEY_LEAP_PX = 60;
const HANDLERS = ["dragPan", "boxZoom", "doubleClickZoom", "touchZoomRotate", "dragRotate", "keyboard"];
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

const distance = (one, other) => Math.hypot(one.x - other.x, one.y - other.y);

/** Whether a point of the screen lies in a polygon (even-odd rule). */
export function isInside({ x, y }, polygon) {
  let inside = false;
  for (let here = 0, before = polygon.length - 1; here < polygon.length; before = here++) {
    const [a, b] = [polygon[here], polygon[before]];
    if (a.y > y !== b.y > y && x < ((b.x - a.x) * (y - a.y)) / (b.y - a.y) + a.x) inside = !inside;
  }
  return inside;
}

/** Where a mark stands after a key: a step, with Shift a leap, and never outside of the map; null for other keys. */
export function movedBy({ key, shiftKey }, { x, y }, { width, height }) {
  if (!Object.hasOwn(ARROWS, key)) return null;
  const [across, down] = ARROWS[key];
  const length = shiftKey ? KEY_LEAP_PX : KEY_STEP_PX;
  const within = (value, most) => Math.max(0, Math.min(most, value));
  return { x: within(x + across * length, width), y: within(y + down * length, height) };
}

/** The structure drawn at a point of the screen, or undefined. */
export function structureAt(map, { x, y }) {
  const layers = STRUCTURES.filter((id) => map.getLayer(id));
  const box = [
    [x - TOUCH_PX, y - TOUCH_PX],
    [x + TOUCH_PX, y + TOUCH_PX],
  ];
  return map.queryRenderedFeatures(box, { layers })[0]?.properties.id;
}

export class Lasso {
  /** `found({ids, clusters})` is called with the structures in a finished shape, and whether some are still in clusters. */
  constructor(map, container, button, found) {
    Object.assign(this, { map, container, button, found, corners: [] });
    this.canvas = map.getCanvasContainer();
    this.toggle = () => this.setMode(this.isOn ? null : "lasso");
    button.addEventListener("click", this.toggle);
    this.moded = ({ detail }) => this.show(detail.mode === "lasso");
    document.addEventListener("map:mode", this.moded);
  }

  /** The map is gone. */
  end() {
    this.setMode(null);
    this.button.removeEventListener("click", this.toggle);
    document.removeEventListener("map:mode", this.moded);
  }

  get isOn() {
    return this.button.getAttribute("aria-pressed") === "true";
  }

  setMode(mode) {
    document.dispatchEvent(new CustomEvent("map:mode", { detail: { mode } }));
  }

  show(on) {
    if (on === this.isOn) return;
    this.button.setAttribute("aria-pressed", String(on));
    this.note = document.querySelector("[data-lasso-note]");
    this.note.hidden = !on;
    this.canvas.classList.toggle("lasso-on", on);
    for (const name of HANDLERS) this.map[name][on ? "disable" : "enable"]();
    this.corners = [];
    if (on) {
      this.listen();
      // The keys are heard where the map is, with the note as its help.
      this.map.getCanvas().focus({ preventScroll: true });
    } else this.stop?.abort();
  }

  listen() {
    this.stop = new AbortController();
    const { signal } = this.stop;
    this.shape = document.createElementNS(SVG, "svg");
    this.shape.setAttribute("class", "lasso-shape");
    this.shape.setAttribute("aria-hidden", "true");
    this.line = this.shape.appendChild(document.createElementNS(SVG, "polygon"));
    this.mark = this.shape.appendChild(document.createElementNS(SVG, "circle"));
    this.mark.setAttribute("r", "7");
    this.pointer = null;
    this.canvas.append(this.shape);
    const canvas = this.map.getCanvas();
    const described = canvas.getAttribute("aria-describedby");
    canvas.setAttribute("aria-describedby", this.note.id);
    signal.addEventListener("abort", () => {
      this.shape.remove();
      canvas.setAttribute("aria-describedby", described ?? "");
    });
    this.canvas.addEventListener("pointerdown", (event) => this.down(event), { signal });
    this.canvas.addEventListener("pointermove", (event) => this.move(event), { signal });
    this.canvas.addEventListener("pointerup", (event) => this.up(event), { signal });
    this.canvas.addEventListener("pointercancel", () => this.setMode(null), { signal });
    document.addEventListener("keydown", (event) => this.key(event), { signal, capture: true });
  }

  key(event) {
    if (event.key === "Escape") this.setMode(null);
    else if (event.key === "Enter" && this.corners.length >= LEAST_CORNERS) this.finish();
    else if (event.target !== this.map.getCanvas() || !this.keyOnMap(event)) return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** A key for the mark on the map: whether it was one. */
  keyOnMap(event) {
    const { width, height } = this.canvas.getBoundingClientRect();
    const here = this.pointer ?? { x: width / 2, y: height / 2 };
    const moved = movedBy(event, here, { width, height });
    if (moved) this.pointer = moved;
    else if (event.key === " ") {
      this.pointer = here;
      this.corners.push(here);
    } else if (event.key === "Backspace") this.corners.pop();
    else return event.key === "Enter";
    this.mark.setAttribute("cx", String(this.pointer?.x ?? here.x));
    this.mark.setAttribute("cy", String(this.pointer?.y ?? here.y));
    this.draw([...this.corners, this.pointer ?? here]);
    if (!moved) this.tellCorners();
    return true;
  }

  /** How many corners there are, for readers of a screen. */
  tellCorners() {
    const said = document.getElementById("said");
    if (said) said.textContent = this.note.dataset.corners.replace("{count}", this.corners.length);
  }

  at(event) {
    const { left, top } = this.canvas.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  }

  down(event) {
    if (event.button !== 0 || !event.isPrimary) return;
    this.begun = this.at(event);
    this.stroke = [this.begun];
    this.canvas.setPointerCapture(event.pointerId);
    event.preventDefault();
  }

  move(event) {
    if (!this.stroke) return;
    const point = this.at(event);
    if (distance(point, this.stroke.at(-1)) < STROKE_STEP_PX) return;
    this.stroke.push(point);
    this.draw([...this.corners, ...this.stroke]);
  }

  up(event) {
    if (!this.stroke) return;
    const [stroke, point] = [this.stroke, this.at(event)];
    this.stroke = null;
    const isClick = stroke.every((each) => distance(each, this.begun) < CLICK_PX);
    if (!isClick) {
      this.corners = [...this.corners, ...stroke];
      this.finish();
      return;
    }
    if (this.corners.length >= LEAST_CORNERS && distance(point, this.corners[0]) < CLOSE_PX) {
      this.finish();
      return;
    }
    this.corners.push(point);
    this.draw(this.corners);
  }

  draw(points) {
    this.line.setAttribute("points", points.map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" "));
  }

  finish() {
    const polygon = this.corners;
    // The click that ends the shape chooses nothing.
    const swallow = (event) => event.stopImmediatePropagation();
    this.canvas.addEventListener("click", swallow, { capture: true });
    setTimeout(() => this.canvas.removeEventListener("click", swallow, { capture: true }));
    this.setMode(null);
    this.found(this.inside(polygon));
  }

  /** The structures drawn in a polygon: points, and lines of which a corner lies in it. */
  inside(polygon) {
    const [xs, ys] = [polygon.map(({ x }) => x), polygon.map(({ y }) => y)];
    const box = [
      [Math.min(...xs), Math.min(...ys)],
      [Math.max(...xs), Math.max(...ys)],
    ];
    const layers = [...STRUCTURES, "clusters"].filter((id) => this.map.getLayer(id));
    const ids = new Set();
    let clusters = false;
    for (const { layer, geometry, properties } of this.map.queryRenderedFeatures(box, { layers })) {
      const depth = { Point: 0, LineString: 1, MultiLineString: 2 }[geometry.type] ?? 0;
      const corners = depth === 0 ? [geometry.coordinates] : geometry.coordinates.flat(depth - 1);
      if (!corners.some((corner) => isInside(this.map.project(corner), polygon))) continue;
      if (layer.id === "clusters") clusters = true;
      else ids.add(properties.id);
    }
    return { ids: [...ids], clusters };
  }
}
