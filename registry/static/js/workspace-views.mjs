/**
 * Map, list or both: the switch, the divider between panel and map, and on a narrow screen the sheet that the panel is
 * there: low, half or full for the same three. The state is `data-view` of the shell and `view` of the address.
 */
import { setParams } from "./address.mjs";

const VIEWS = ["map", "both", "list"];
const NARROW = window.matchMedia("(width < 64rem)");
const KEPT = "workspace-dock";
const [LEAST, MOST, USUAL, STEP] = [20, 75, 36, 2];
const TAP_PX = 6;

export class Views {
  constructor(root) {
    this.root = root;
    this.dock = root.querySelector("#dock");
    root.addEventListener("click", (event) => {
      const link = event.target.closest("[data-view-link]");
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      this.show(link.dataset.viewLink, { push: true });
    });
    this.enableDivider(root.querySelector(".ws-divider"));
    this.enableSheet(root.querySelector("[data-sheet]"));
    this.show(this.now);
  }

  get now() {
    return this.root.dataset.view;
  }

  get isNarrow() {
    return NARROW.matches;
  }

  /** Show one of VIEWS; the address says so, `both` by saying nothing. */
  show(view, { push = false } = {}) {
    const shown = VIEWS.includes(view) ? view : "both";
    this.root.dataset.view = shown;
    for (const link of this.root.querySelectorAll("[data-view-link]")) {
      if (link.dataset.viewLink === shown) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
    this.root.querySelector("[data-sheet]").setAttribute("aria-expanded", String(shown !== "map"));
    setParams({ view: shown === "both" ? null : shown }, { push });
  }

  enableDivider(divider) {
    const kept = Number(localStorage.getItem(KEPT));
    const set = (percent, { keep = true } = {}) => {
      const width = Math.min(MOST, Math.max(LEAST, Math.round(percent)));
      this.root.style.setProperty("--dock", `${width}%`);
      divider.setAttribute("aria-valuenow", String(width));
      if (keep) localStorage.setItem(KEPT, String(width));
    };
    divider.hidden = false;
    set(kept || USUAL, { keep: false });
    const body = divider.parentElement;
    divider.addEventListener("pointerdown", (event) => {
      divider.setPointerCapture(event.pointerId);
      event.preventDefault();
      divider.focus();
    });
    divider.addEventListener("pointermove", (event) => {
      if (!divider.hasPointerCapture(event.pointerId)) return;
      const box = body.getBoundingClientRect();
      set(((event.clientX - box.left) / box.width) * 100);
    });
    divider.addEventListener("dblclick", () => set(USUAL));
    divider.addEventListener("keydown", (event) => {
      const now = Number(divider.getAttribute("aria-valuenow"));
      const moved = { ArrowLeft: now - STEP, ArrowRight: now + STEP, Home: LEAST, End: MOST }[event.key];
      if (moved === undefined) return;
      event.preventDefault();
      set(moved);
    });
  }

  /** The sheet: a press steps through the heights, arrows and dragging go up and down. */
  enableSheet(grip) {
    let start = null;
    const step = (by) => {
      const next = VIEWS.indexOf(this.now) + by;
      if (VIEWS[next]) this.show(VIEWS[next]);
    };
    grip.addEventListener("keydown", (event) => {
      if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
      event.preventDefault();
      step(event.key === "ArrowUp" ? 1 : -1);
    });
    grip.addEventListener("click", () => {
      if (start?.moved) return;
      this.show(VIEWS[(VIEWS.indexOf(this.now) + 1) % VIEWS.length]);
    });
    grip.addEventListener("pointerdown", (event) => {
      if (!this.isNarrow) return;
      grip.setPointerCapture(event.pointerId);
      start = { y: event.clientY, height: this.dock.getBoundingClientRect().height, moved: false };
    });
    grip.addEventListener("pointermove", (event) => {
      if (!start || !grip.hasPointerCapture(event.pointerId)) return;
      const by = start.y - event.clientY;
      if (Math.abs(by) > TAP_PX) start.moved = true;
      if (start.moved) this.dock.style.setProperty("--sheet", `${Math.max(0, start.height + by)}px`);
    });
    const release = () => {
      if (!start?.moved) return;
      const share = this.dock.getBoundingClientRect().height / this.dock.parentElement.getBoundingClientRect().height;
      this.dock.style.removeProperty("--sheet");
      this.show(share < 0.3 ? "map" : share < 0.75 ? "both" : "list");
    };
    grip.addEventListener("pointerup", release);
    grip.addEventListener("pointercancel", release);
  }
}
