/**
 * Picks the position of a form: a click on the map or the device's place fills the typed coordinates, and whatever
 * stands there is asked of the server, which answers with both systems, the commune and warnings. Without this script
 * the form works alike: the server echoes the position after sending.
 *
 * With data-line the field holds a line of points, one a line of text: each click adds one.
 * Look-up: GET <data-locate>?text=...&system=...&commune=... -> {lon, lat, text_wgs84, text_vn2000, commune, district, approximate,
 * warnings: [text], error: text or null}; for a report of a violation also near: [{text, href}], what was reported there
 * lately, and structures: [[code, text]] for the select of data-structures. data-accuracy takes the device's accuracy.
 */
import { colourOf } from "./colours.mjs";
import { element } from "./dom.mjs";
import { watchSmall } from "./map-trouble.mjs";
import { canDraw, createMap, drawnLine, Marker } from "./maplibre.mjs";

const PAUSE_MS = 450;
const DECIMALS = 6;
const CLOSE_UP = 15;
const MOST_CLOSER = 6.5;
const WEAK_ACCURACY_M = 20;
const DEVICE_PATIENCE_MS = 20_000;
/** A point as this script writes it: latitude, longitude. Other ways of writing are the server's to read. */
const WRITTEN = /^\s*(\d+\.\d+), (\d+\.\d+)\s*$/;

/** A list of what may be the same, with links, opened in other tabs, to what the reader may open. */
function links(records) {
  const list = element("ul");
  for (const { text, href } of records) {
    const item = element("li");
    item.append(href ? element("a", text, { href, target: "_blank", rel: "noopener" }) : text);
    list.append(item);
  }
  return list;
}

function queried(selector) {
  return selector ? document.querySelector(selector) : null;
}

export class Picker {
  /** `shared` is the map of the workspace: {map, draw, pickWith, padding}; without it the form has a map of its own. */
  constructor(root, shared = null) {
    this.shared = shared;
    this.root = root;
    this.texts = JSON.parse(root.dataset.texts);
    this.ground = { boundary: root.dataset.boundary, basemap: root.dataset.basemap };
    this.input = document.querySelector(root.dataset.input);
    this.system = queried(root.dataset.system);
    this.commune = queried(root.dataset.commune);
    this.accuracy = queried(root.dataset.accuracy);
    this.structures = queried(root.dataset.structures);
    this.isLine = "line" in root.dataset;
    this.echo = root.querySelector("[data-echo]");
    this.asked = 0;
    this.pickButton = root.querySelector("[data-pick]");
    this.ended = new AbortController();
  }

  listen(target, name, handle) {
    target?.addEventListener(name, handle, { signal: this.ended.signal });
  }

  start() {
    this.root.querySelector(".picker-tools").hidden = false;
    if (this.shared) this.shareMap();
    else if (canDraw() && this.root.querySelector(".map-picker")) this.drawMap();
    this.listen(this.input, "input", () => this.askSoon());
    this.listen(this.system, "change", () => this.askSoon());
    this.listen(this.commune, "change", () => this.askSoon());
    this.listen(this.root.querySelector("[data-undo]"), "click", () => this.undo());
    this.listen(this.root.querySelector("[data-locate-me]"), "click", () => this.askDevice());
    this.ask();
  }

  /** Clicks on the map of the workspace fill the field while the button is pressed: at first where nothing is typed. */
  shareMap() {
    this.map = this.shared.map;
    this.marker = new Marker({ color: colourOf("map-pin") });
    if (this.isLine) this.line = { show: this.shared.draw };
    this.pickButton.hidden = false;
    this.listen(this.pickButton, "click", () =>
      this.setPicking(this.pickButton.getAttribute("aria-pressed") !== "true"),
    );
    this.setPicking(!this.input.value.trim() && !("waits" in this.root.dataset));
  }

  /** Another form takes the clicks. */
  release() {
    this.pickButton.setAttribute("aria-pressed", "false");
  }

  setPicking(isOn) {
    this.pickButton.setAttribute("aria-pressed", String(isOn));
    this.shared.pickWith(isOn ? (place) => this.pick(place) : null, this);
  }

  /** The form goes away: nothing of it stays on the map that is not its own. */
  end() {
    clearTimeout(this.timer);
    this.asked += 1;
    this.ended.abort();
    this.marker?.remove();
    if (!this.shared) return;
    this.shared.draw([]);
    this.shared.pickWith(null, this);
  }

  drawMap() {
    const container = this.root.querySelector(".map-picker");
    container.hidden = false;
    const bounds = JSON.parse(this.root.dataset.bounds);
    this.map = createMap(container, { bounds, texts: this.texts, ...this.ground });
    watchSmall(this.map, this.texts, () => {
      this.map.remove();
      this.drawMap();
      if (this.input.value.trim()) this.ask();
    });
    this.marker = new Marker({ color: colourOf("map-pin") });
    if (this.isLine) this.line = drawnLine(this.map);
    this.map.on("click", (event) => this.pick(event.lngLat));
    this.map.getCanvas().addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      this.pick(this.map.getCenter());
    });
  }

  /** Write a place as latitude and longitude into the form, and ask about it. */
  pick({ lng, lat }) {
    this.write(lat, lng);
    if (this.accuracy) this.accuracy.value = "";
    this.ask();
  }

  write(lat, lng) {
    const point = `${lat.toFixed(DECIMALS)}, ${lng.toFixed(DECIMALS)}`;
    this.input.value = this.isLine ? [...this.points(), point].join("\n") : point;
    this.chooseSystem("wgs84");
  }

  /** The lines of text that hold something. */
  points() {
    return this.input.value.split("\n").filter((text) => text.trim());
  }

  undo() {
    this.isEdited = true;
    this.input.value = this.points().slice(0, -1).join("\n");
    this.ask();
  }

  chooseSystem(value) {
    if (this.system && [...this.system.options].some((option) => option.value === value)) this.system.value = value;
  }

  askSoon() {
    this.isEdited = true;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(), PAUSE_MS);
  }

  async ask(more = []) {
    const text = this.input.value.trim();
    const turn = ++this.asked;
    this.drawLine();
    if (!text) {
      this.marker?.remove();
      this.tell([element("p", this.texts.awaited)], "");
      return;
    }
    this.tell([element("p", this.texts.checking)], "");
    const query = new URLSearchParams({ text, system: this.system?.value ?? "auto" });
    if (this.commune?.value) query.set("commune", this.commune.value);
    try {
      const answer = await fetch(`${this.root.dataset.locate}?${query}`, { headers: { Accept: "application/json" } });
      const found = await answer.json();
      if (turn === this.asked) this.show(found, more);
    } catch (error) {
      if (!(error instanceof TypeError || error instanceof SyntaxError)) throw error;
      if (turn === this.asked) this.tell([element("p", this.texts.offline)], "picker-warned");
    }
  }

  show(found, more) {
    if (found.error || found.lon === undefined || found.lon === null) {
      this.marker?.remove();
      this.tell([element("p", found.error ?? this.texts.offline)], "picker-wrong");
      return;
    }
    const { texts } = this;
    const place = [
      found.commune && `${texts.commune}: ${found.commune}`,
      found.district && `${texts.district}: ${found.district}`,
    ].filter(Boolean);
    const note = found.approximate ? ` (${texts.approximate})` : "";
    const warnings = [...(found.warnings ?? []), ...more];
    this.tell(
      [
        element("p", place.length ? place.join(" · ") + note : texts.outside),
        element("p", `${texts.wgs84}: ${found.text_wgs84}`),
        element("p", `${texts.vn2000}: ${found.text_vn2000}`),
        ...warnings.map((text) => element("p", text)),
        ...(found.near?.length ? [element("p", texts.near), links(found.near)] : []),
      ],
      warnings.length || found.near?.length || !place.length ? "picker-warned" : "",
    );
    // The server saves only a place that was shown, with what lies near it; it has been now.
    for (const name of ["echoed", "compared"]) {
      const shown = this.input.form?.elements.namedItem(name);
      if (shown) shown.value = this.input.value.trim();
    }
    this.offer(found.structures);
    this.mark([Number(found.lon), Number(found.lat)]);
  }

  /** Offer the structures near by, the first option (none) and what was chosen kept. */
  offer(found) {
    if (!this.structures || !found) return;
    const chosen = this.structures.value;
    const options = found.map(([code, text]) => new Option(text, code));
    this.structures.replaceChildren(this.structures.options[0], ...options);
    this.structures.value = found.some(([code]) => code === chosen) ? chosen : "";
  }

  /** Draw the line where every point is written the way this script writes. */
  drawLine() {
    // What was answered is drawn already, until the line is changed.
    if (this.shared && !this.isEdited && this.pickButton.getAttribute("aria-pressed") !== "true") return;
    const points = this.points().map((text) => WRITTEN.exec(text));
    this.line?.show(points.every(Boolean) ? points.map(([, lat, lon]) => [Number(lon), Number(lat)]) : []);
  }

  mark(place) {
    if (!this.map) return;
    // A line is drawn itself, and the map stays while it grows; its first point is marked.
    if (this.isLine && this.shared) {
      if (this.points().length > 1) this.marker.remove();
      else this.marker.setLngLat(place).addTo(this.map);
      return;
    }
    this.marker.setLngLat(place).addTo(this.map);
    if (!this.map.getBounds().contains(place) || this.map.getZoom() < CLOSE_UP - 3) {
      // In the middle of what no sheet or drawer covers.
      const { top, right, bottom, left } = this.shared?.padding() ?? { top: 0, right: 0, bottom: 0, left: 0 };
      const offset = [(left - right) / 2, (top - bottom) / 2];
      const zoom = this.map.getZoom();
      // What a click from afar misses by stays in sight, so that a second one can be exact.
      const closer = Math.max(zoom, Math.min(CLOSE_UP, zoom + MOST_CLOSER));
      this.map.easeTo({ center: place, zoom: closer, offset, duration: 0 });
    }
  }

  tell(nodes, className) {
    this.echo.className = `picker-echo ${className}`.trim();
    this.echo.replaceChildren(...nodes);
  }

  askDevice() {
    if (!navigator.geolocation) {
      this.tell([element("p", this.texts.locateFailed)], "picker-wrong");
      return;
    }
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => this.pickMeasured(coords),
      () => this.tell([element("p", this.texts.locateFailed)], "picker-wrong"),
      { enableHighAccuracy: true, timeout: DEVICE_PATIENCE_MS },
    );
  }

  pickMeasured({ latitude, longitude, accuracy }) {
    this.write(latitude, longitude);
    if (this.accuracy) this.accuracy.value = String(Math.round(accuracy));
    const notes = [`${this.texts.accuracy}: ${Math.round(accuracy)} m`];
    if (accuracy > WEAK_ACCURACY_M) notes.push(this.texts.weak);
    this.ask(notes);
  }
}
