/**
 * The workspace (templates/layout/workspace.html): one map with the panel of the tool that is open and the drawer of the
 * chosen structure. The address holds all of it. What other scripts may use stands in docs/map.md, "The workspace".
 */
import { keepPlace, params, setParams } from "./address.mjs";
import "./basket.mjs";
import { element } from "./dom.mjs";
import { Drawer, noteNodes } from "./drawer.mjs";
import { drawnKeys, showLegend, showToolLegend } from "./map-legend.mjs";
import { SOURCE } from "./map-layers.mjs";
import { Overlays } from "./map-overlays.mjs";
import { Picture } from "./map-picture.mjs";
import { printable } from "./map-print.mjs";
import { Switches } from "./map-switches.mjs";
import { Trouble } from "./map-trouble.mjs";
import { unitsOf } from "./map-units.mjs";
import { followWindow } from "./map-window.mjs";
import { isRemoved, whileBusy } from "./map-work.mjs";
import { canDraw, createMap } from "./maplibre.mjs";
import { Picker } from "./position-picker.mjs";
import {
  absolute,
  featureState,
  followRows,
  found,
  markRow,
  numeric,
  putRegister,
  resetRegister,
  settingsOf,
  spriteFor,
} from "./register-map.mjs";
import { Panel } from "./workspace-panel.mjs";
import { Views } from "./workspace-views.mjs";

const CLUSTER_STEP = 2;
const CLOSE_UP = 16;
const [PADDING, NARROW_PADDING] = [48, 16];
const TOUCH_PX = 8;

function send(name, detail, options = {}) {
  return document.dispatchEvent(new CustomEvent(name, { detail, ...options }));
}

class Workspace {
  constructor(root) {
    this.root = root;
    this.container = root.querySelector("[data-map]");
    this.settings = settingsOf(this.container);
    this.texts = this.settings.words.texts;
    this.tools = root.querySelector("[data-map-tools]");
    this.trouble = new Trouble(root.querySelector("#map-note"), this.texts);
    this.legend = root.querySelector("#legend");
    this.views = new Views(root);
    this.drawer = new Drawer(root, this.settings.words, {
      closed: () => this.choose(null),
      chosen: (id, records, notes) => this.choose(id, { records, notes }),
    });
    this.panel = new Panel(root, this.texts, (isOtherTool, isPanel) => this.panelSwapped(isOtherTool, isPanel));
    this.pickers = [];
    keepPlace();
    window.addEventListener("popstate", () => this.stepped());
    document.addEventListener("map:choose", ({ detail }) => this.choose(detail.id, { focus: detail.focus }));
    document.addEventListener("map:mode", ({ detail }) => this.setMode(detail.mode));
    document.addEventListener("map:mark", ({ detail }) => this.mark?.(detail.ids));
    root.addEventListener("click", (event) => this.clickRow(event));
    // The link to the other language leads back to what is shown now.
    document.addEventListener(
      "click",
      ({ target }) => {
        const link = target.closest?.("a[hreflang]");
        if (!link) return;
        const address = new URL(link.href);
        address.searchParams.set("next", location.pathname + location.search);
        link.href = address;
      },
      { capture: true },
    );
    root.addEventListener("click", (event) => {
      if (event.target.closest("[data-to-map]")) this.map?.getCanvas().focus();
    });
    followRows((id) => this.lightRow(id));
  }

  start() {
    this.startPickers();
    const first = this.chosenInAddress;
    // Before the map writes its own place there.
    const isPlaced = location.hash.includes("map=");
    if (canDraw()) this.draw();
    else this.withoutMap();
    if (first) this.choose(first, { push: false, zoom: !isPlaced });
  }

  /** This browser draws no map: the panel takes the room, and the map's place says why. */
  withoutMap() {
    this.root.dataset.noMap = "";
  }

  draw() {
    const { boundary, basemap, bounds } = this.settings;
    // A place in the address, or a chosen structure that the map goes to.
    this.hasPlace = location.hash.includes("map=") || Boolean(this.chosenInAddress);
    this.map = createMap(this.container, { bounds, texts: this.texts, boundary, basemap, hash: "map", isPage: true });
    this.container.classList.add("map-ready");
    printable(this.map, this.container, () => this.picture?.point);
    this.watch();
    whileBusy(
      this.map,
      this.trouble.during(this.map, this.fill(), () => this.redraw()),
    );
  }

  /** Draw it all once more on a new map, as after the browser took the old one away. */
  redraw() {
    this.note(null);
    this.lacksTiles = this.lacksMore = false;
    for (const picker of this.pickers) picker.end();
    this.map.remove();
    this.draw();
  }

  async fill() {
    const { map, container } = this;
    this.sprite = await spriteFor(map, this.settings.symbols);
    // A sheet covers a part of the map.
    if (this.views.isNarrow && !this.hasPlace)
      map.fitBounds(this.settings.bounds, { padding: this.padding(), duration: 0 });
    this.tilesShown = this.tilesNow();
    putRegister(map, this.sprite, this.tilesShown);
    this.picture = new Picture(map);
    this.overlays = new Overlays(map, this.sprite);
    this.units = unitsOf(map, "cells");
    [this.light, this.hold, this.mark] = ["lit", "chosen", "marked"].map((name) => featureState(map, name));
    this.listen();
    this.tools.hidden = false;
    this.switches ??= new Switches(this.tools, container, {
      changed: () => whileBusy(this.map, this.show()),
      failed: () => this.note(this.texts.switchFailed),
    });
    followWindow(map);
    if (!this.views.isNarrow) this.legend.open = true;
    await this.show({ isFirst: true });
    if (isRemoved(map)) return;
    this.hold([this.chosenInAddress]);
    this.addPins();
    this.startPickers();
    container.dataset.loaded = "";
    send("map:ready", { map, container });
  }

  // What is shown

  get state() {
    return document.getElementById("map-state").dataset;
  }

  get chosenInAddress() {
    return numeric(params().get("chosen") ?? "") || null;
  }

  /** The tiles of the panel, coloured as the address says. */
  tilesNow() {
    const bare = this.state.tilesNow.replace(/([?&])colour=[^&]*&?/, "$1").replace(/[?&]$/, "");
    const colour = params().get("colour");
    return colour ? `${bare}${bare.includes("?") ? "&" : "?"}colour=${encodeURIComponent(colour)}` : bare;
  }

  /** Show what the panel and the switches say: tiles, layers, boundaries, what a tool draws; and go to what was found. */
  async show({ isFirst = false } = {}) {
    const { map, state } = this;
    const tiles = this.tilesNow();
    const isChanged = tiles !== this.tilesShown;
    this.tilesShown = tiles;
    if (isChanged && this.lacksTiles) this.reload();
    else if (isChanged) map.getSource(SOURCE).setTiles([absolute(tiles)]);
    this.picture.show(state);
    showToolLegend(this.legend, this.picture.tones);
    const legend = document.getElementById("map-legend").dataset;
    await Promise.all([
      this.overlays.show(JSON.parse(legend.overlaysNow)),
      this.units.show(legend.unitsNow),
      this.goToFound(isFirst),
    ]);
  }

  /** The map goes to the frame of an answer or to what a changed filter finds, but first to what a link names. */
  async goToFound(isFirst) {
    const { frameNow: frame, extentNow: extent } = this.state;
    const now = frame ?? extent ?? "";
    const isNew = now !== this.framed;
    this.framed = now;
    this.tools.querySelector("[data-zoom-found]").hidden = !now;
    if (!isNew || !now || (isFirst && this.hasPlace)) return;
    await this.zoomToFound();
  }

  async zoomToFound() {
    const { frameNow: frame, extentNow: extent } = this.state;
    if (frame) return this.fit(JSON.parse(frame));
    if (!extent) return undefined;
    try {
      const answer = await fetch(extent);
      const { bounds, is_cut: isCut } = answer.ok ? await answer.json() : {};
      if (extent !== this.state.extentNow) return undefined;
      if (this.trouble.kind === "nothing") this.note(null);
      if (answer.ok && !bounds && !isCut) this.note(this.texts.nothing, "nothing");
      if (bounds || isCut) return this.fit(bounds ?? this.settings.bounds);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
    }
    return undefined;
  }

  /** Show a box in the part of the map that nothing covers. */
  fit([west, south, east, north], { onlyIfHidden = false } = {}) {
    const { map } = this;
    const box = [
      [west, south],
      [east, north],
    ];
    if (onlyIfHidden && map.getZoom() >= 12 && box.every((corner) => this.isFree(map.project(corner)))) return;
    map.fitBounds(box, { padding: this.padding(), maxZoom: CLOSE_UP, duration: 600 });
  }

  padding() {
    const size = this.container.getBoundingClientRect();
    const covered = (part) => (part.hidden ? null : part.getBoundingClientRect());
    const drawer = covered(this.drawer.panel);
    const sheet = this.views.isNarrow ? covered(this.views.dock) : null;
    const bottom = Math.max(
      0,
      sheet ? size.bottom - sheet.top : 0,
      drawer && this.views.isNarrow ? size.bottom - drawer.top : 0,
    );
    const right = drawer && !this.views.isNarrow ? Math.max(0, size.right - drawer.left) : 0;
    const free = this.views.isNarrow ? NARROW_PADDING : PADDING;
    return {
      top: PADDING,
      left: free,
      right: Math.min(right + free, size.width * 0.6),
      bottom: Math.min(bottom + free, size.height * 0.7),
    };
  }

  isFree({ x, y }) {
    const { width, height } = this.container.getBoundingClientRect();
    const { top, left, right, bottom } = this.padding();
    return x >= left && y >= top && x <= width - right && y <= height - bottom;
  }

  // Choosing

  /** Choose a structure (null: none): drawer, ring on the map, marked row, address. */
  async choose(id, { push = true, focus = false, zoom = false, records = [], notes = [] } = {}) {
    if (push) setParams({ chosen: id }, { push: true });
    this.hold?.([id]);
    markRow(id, { scroll: true });
    if (id === null) return this.drawer.close();
    const bounds = await this.drawer.open(id, { records, notes, focus });
    // The map can be moved before anything is drawn on it: which of the two comes first makes no difference.
    if (bounds && this.map && this.chosenInAddress === id) {
      if (zoom) this.fit(bounds, { onlyIfHidden: true });
      else this.uncover(bounds);
    }
    return undefined;
  }

  /** Move the map so that what was chosen on it is not under the drawer. */
  uncover([west, south, east, north]) {
    const place = this.map.project([(west + east) / 2, (south + north) / 2]);
    const { width, height } = this.container.getBoundingClientRect();
    const isOnMap = place.x >= 0 && place.y >= 0 && place.x <= width && place.y <= height;
    if (!isOnMap || this.isFree(place)) return;
    const { top, left, right, bottom } = this.padding();
    this.map.panBy([place.x - (left + width - right) / 2, place.y - (top + height - bottom) / 2]);
  }

  /** What lies under a point of the map: a structure, notes of other layers, a cell, or a cluster to go into. */
  chooseAt(point, { additive = false, focus = false } = {}) {
    if (this.mode) return;
    if (this.picking) {
      this.picking(this.map.unproject(point));
      return;
    }
    const part = this.picture.partAt([
      [point.x - TOUCH_PX, point.y - TOUCH_PX],
      [point.x + TOUCH_PX, point.y + TOUCH_PX],
    ]);
    const { records, notes, cluster, cell } = found(this, point);
    if (records.length) {
      const [{ id, code, kind, coarse }] = records;
      const detail = { id, code, kind, coarse: Boolean(coarse), additive, records };
      if (send("map:chosen", detail, { cancelable: true })) this.choose(id, { records, notes, focus });
    } else if (part !== undefined) {
      this.lightPart(part, { scroll: true });
    } else if (notes.length) {
      this.drawer.tell(this.texts.here, noteNodes(notes));
    } else if (cluster) {
      this.map.easeTo({ center: cluster.geometry.coordinates, zoom: this.map.getZoom() + CLUSTER_STEP });
    } else if (cell) {
      this.tellCell(cell);
    } else if (this.drawer.isOpen && !additive) {
      this.choose(null);
    }
  }

  /** A cell of the public grid: how many are in it, and the way to their list. */
  tellCell({ geometry, properties }) {
    const corners = geometry.coordinates.flat(geometry.type === "Polygon" ? 1 : 2);
    const [lons, lats] = [corners.map(([lon]) => lon), corners.map(([, lat]) => lat)];
    // A little within it: the corners of a tile are rounded.
    const inset = 0.0005;
    const box = [
      Math.min(...lons) + inset,
      Math.min(...lats) + inset,
      Math.max(...lons) - inset,
      Math.max(...lats) - inset,
    ];
    const address = new URL(this.container.dataset.listUrl, location.origin);
    address.searchParams.set("bbox", box.map((side) => side.toFixed(5)).join(","));
    const link = element("a", this.texts.listCell, {
      href: address.pathname + address.search,
      class: "btn btn-sm btn-secondary",
    });
    const way = element("p");
    way.append(link);
    this.drawer.tell(this.texts.cell, [element("p", this.texts.cellCount.replace("{count}", properties.count)), way]);
  }

  setMode(mode) {
    this.mode = mode;
    this.container.classList.toggle("map-in-mode", Boolean(mode));
  }

  // Rows of the panel

  lightRow(id) {
    if (!this.picture) return;
    if (this.picture.hasParts) this.picture.light(id);
    else this.light([id]);
  }

  lightPart(number, { scroll = false } = {}) {
    this.picture.light(number);
    markRow(number, { scroll });
  }

  /** A row is chosen by a click outside of its links and boxes, or by its button. */
  clickRow(event) {
    const row = event.target.closest("tr[data-record]");
    if (event.target.closest("[data-zoom-found]")) this.zoomToFound();
    if (!row || !this.map || !/^\d+$/.test(row.dataset.record) || this.picture?.hasParts) return;
    const pin = event.target.closest("[data-row-pin]");
    if (!pin && (event.target.closest("a, button, input, label, summary") || String(getSelection()))) return;
    const id = Number(row.dataset.record);
    const detail = {
      id,
      coarse: !row.querySelector("input[name=code]"),
      code: row.querySelector("a")?.textContent,
      additive: event.shiftKey,
      records: [],
    };
    if (send("map:chosen", detail, { cancelable: true })) this.choose(id, { focus: Boolean(pin), zoom: true });
  }

  /** Each row gets a button for the keyboard: show on the map. */
  addPins() {
    const template = document.getElementById("row-pin");
    if (!this.map || this.picture?.hasParts) return;
    for (const row of this.root.querySelectorAll("#panel tr[data-record]")) {
      const main = row.querySelector(".cell-main");
      const name = main?.querySelector("a")?.textContent.trim();
      if (!name || main.querySelector("[data-row-pin]")) continue;
      const pin = template.content.firstElementChild.cloneNode(true);
      pin.setAttribute("aria-label", this.texts.showOnMap.replace("{code}", name));
      pin.title = pin.getAttribute("aria-label");
      main.append(pin);
    }
  }

  // Listening

  listen() {
    const { map } = this;
    const canvas = map.getCanvas();
    let hovered;
    map.on("click", ({ point, originalEvent: { shiftKey, ctrlKey, metaKey } }) =>
      this.chooseAt(point, { additive: shiftKey || ctrlKey || metaKey }),
    );
    map.on("mousemove", ({ point }) => {
      if (this.mode || this.picking) {
        canvas.style.cursor = "crosshair";
        return;
      }
      const { records, notes, cluster, cell } = found(this, point);
      canvas.style.cursor = records.length || notes.length || cluster || cell ? "pointer" : "";
      if (records.length) this.light([records[0].id]);
      if (records.length || hovered !== undefined) markRow(records[0]?.id ?? this.chosenInAddress);
      hovered = records[0]?.id;
    });
    // The keyboard's way: arrows move the map, Enter takes what lies in its middle, which a mark shows meanwhile.
    canvas.setAttribute("aria-describedby", "map-keys");
    const help = document.getElementById("map-keys");
    const showHelp = () => {
      const isByKeys = canvas.matches(":focus-visible") && !this.mode;
      help.hidden = !isByKeys;
      this.container.classList.toggle("map-by-keys", isByKeys);
    };
    for (const event of ["focus", "blur", "keydown", "pointerdown"]) canvas.addEventListener(event, showHelp);
    canvas.addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.chooseAt(map.project(map.getCenter()), { additive: event.shiftKey, focus: true });
      if (event.key === "Escape" && this.mode) {
        event.preventDefault();
        send("map:mode", { mode: null });
      }
    });
    map.on("idle", () => showLegend(this.legend, drawnKeys(map, this.sprite, this.overlays), this.sprite));
  }

  /** Say in the map's place when it is slow, lacks parts or was taken away; the list goes on. */
  watch() {
    this.trouble.watch(this.map, {
      // The library asks for no tile twice: those of the register come with a new source, all others with the map.
      reload: () => (this.lacksMore ? this.redraw() : this.reload()),
      redraw: () => this.redraw(),
      failed: (source) => {
        if (source === SOURCE) this.lacksTiles = true;
        else this.lacksMore = true;
      },
    });
  }

  reload() {
    this.note(null);
    this.lacksTiles = false;
    resetRegister(this.map, this.sprite, this.tilesShown, "outline");
    this.hold([this.chosenInAddress]);
  }

  note(text, kind = "") {
    this.trouble.say(text, kind);
  }

  // Panel and history

  panelSwapped(isOtherTool, isPanel) {
    if (isPanel) {
      const summary = this.root.querySelector("[data-focus]");
      if (summary) summary.focus();
      else if (isOtherTool || !document.activeElement || document.activeElement === document.body) {
        this.root.querySelector("#ws-bar h1").focus({ preventScroll: true });
      }
      this.views.show(params().get("view") ?? "both");
      this.startPickers();
    }
    if (!this.picture) return;
    this.switches?.sync();
    this.addPins();
    markRow(this.chosenInAddress);
    whileBusy(this.map, this.show());
  }

  /** One form at a time takes the clicks on the map: another one that asks for them ends that. */
  pickWith(take, picker) {
    if (!take && this.picker !== picker) return;
    if (take && this.picker && this.picker !== picker) this.picker.release();
    this.picking = take;
    this.picker = take ? picker : null;
  }

  startPickers() {
    for (const picker of this.pickers) picker.end();
    const shared = this.picture && {
      map: this.map,
      draw: (line) => this.picture.draw(line),
      pickWith: (take, picker) => this.pickWith(take, picker),
      padding: () => this.padding(),
    };
    this.pickers = [...this.root.querySelectorAll("#panel [data-picker]")].map(
      (root) => new Picker(root, shared || null),
    );
    for (const picker of this.pickers) picker.start();
  }

  /** A step of the history that is the workspace's own: drawer, switches, view. Those of the panel load the page. */
  stepped() {
    if (history.state?.htmx) return;
    this.views.show(params().get("view") ?? "both");
    this.choose(this.chosenInAddress, { push: false });
    if (!this.switches) return;
    this.switches.sync();
    this.switches.ask();
  }
}

for (const root of document.querySelectorAll("[data-workspace]")) new Workspace(root).start();
