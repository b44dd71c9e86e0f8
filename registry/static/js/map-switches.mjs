/** The layers panel: its switches stand in the address; the server answers with the legend and what it draws. */
import { params, setParams } from "./address.mjs";
import { swapDue, swapOver } from "./swaps.mjs";

const NAMES = ["colour", "layer", "units", "units_on"];

export class Switches {
  /** `changed()` is called once the legend says what is to be drawn; `failed(text)` where the server did not answer. */
  constructor(tools, container, { changed, failed }) {
    this.tools = tools;
    this.url = container.dataset.viewUrl;
    this.changed = changed;
    this.failed = failed;
    this.form = tools.querySelector("[data-map-form]");
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.take();
    });
    tools.addEventListener("change", (event) => {
      if (event.target.form === this.form) this.take();
      const boxes = event.target.closest("[data-boxes]");
      if (boxes) this.filter(boxes);
    });
    this.sync();
  }

  /** The address takes what the switches say. */
  take() {
    const data = new FormData(this.form);
    setParams(Object.fromEntries(NAMES.map((name) => [name, data.getAll(name)])), { push: true });
    return this.ask();
  }

  async ask() {
    const turn = {};
    this.turn = turn;
    swapDue(turn);
    try {
      const query = new URLSearchParams([...params()].filter(([name]) => NAMES.includes(name)));
      const answer = await fetch(`${this.url}${this.url.includes("?") ? "&" : "?"}${query}`);
      if (!answer.ok || answer.redirected) throw new TypeError(String(answer.status));
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (turn !== this.turn) return;
      document.getElementById("map-legend").replaceWith(page.getElementById("map-legend"));
      this.changed();
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      this.failed();
    } finally {
      swapOver(turn);
    }
  }

  /** The switches show what the address says, after a step back and after the panel was swapped. */
  sync() {
    const now = params();
    for (const field of this.form.elements) {
      if (!NAMES.includes(field.name)) continue;
      if (field.type === "checkbox") field.checked = now.getAll(field.name).includes(field.value);
      else field.value = now.get(field.name) ?? "";
    }
    const filters = document.getElementById("filters");
    for (const part of this.tools.querySelectorAll("[data-list-only]")) part.hidden = !filters;
    const follow = this.tools.querySelector("[data-follow]");
    // It belongs to the filter form of the list, which a tool does not have.
    if (filters) follow.setAttribute("form", filters.id);
    follow.checked = now.get("follow") === "1";
    for (const boxes of this.tools.querySelectorAll("[data-boxes]")) this.fill(boxes);
  }

  select(boxes) {
    return document.getElementById(`filter-${boxes.dataset.boxes}`);
  }

  /** The boxes of a filter show its select: without a condition all are ticked. */
  fill(boxes) {
    const select = this.select(boxes);
    if (!select) return;
    const chosen = [...select.selectedOptions].map((option) => option.value).filter(Boolean);
    for (const box of boxes.querySelectorAll("input")) box.checked = !chosen.length || chosen.includes(box.value);
    this.count(boxes);
  }

  count(boxes) {
    const inputs = [...boxes.querySelectorAll("input")];
    const ticked = inputs.filter((input) => input.checked).length;
    const count = boxes.querySelector("[data-boxes-count]");
    count.textContent = `${ticked}/${inputs.length}`;
    count.hidden = ticked === inputs.length;
  }

  /** The boxes choose in the select of the filter form, and the list and the map follow. */
  filter(boxes) {
    const select = this.select(boxes);
    const inputs = [...boxes.querySelectorAll("input")];
    const ticked = inputs.filter((input) => input.checked).map((input) => input.value);
    if (!ticked.length) for (const input of inputs) input.checked = true;
    const isAll = !ticked.length || ticked.length === inputs.length;
    select.multiple = !isAll && ticked.length > 1;
    for (const option of select.options) option.selected = isAll ? option.value === "" : ticked.includes(option.value);
    this.count(boxes);
    select.form.requestSubmit();
  }
}
