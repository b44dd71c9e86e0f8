/**
 * The basket in the workspace: Shift and click on a structure, a shape drawn around many, and the buttons of card and list
 * put structures into the reader's basket on the server; the bar below the panel says what it holds. Without this script
 * the same buttons send their forms.
 */
import { element } from "./dom.mjs";
import { Lasso, structureAt } from "./lasso.mjs";
import { swapDue, swapOver } from "./swaps.mjs";

class Basket {
  /** `bar` is the section that holds the server's bar; its data has the address of the bar and the texts. */
  constructor(bar, actions) {
    this.bar = bar;
    this.actions = actions;
    this.ids = new Set();
    // One request after the other: each answer shows what the last one did.
    this.turn = Promise.resolve();
  }

  start() {
    this.load();
    document.addEventListener("map:chosen", (event) => this.chosen(event));
    document.addEventListener("map:ready", ({ detail }) => this.ready(detail));
    document.addEventListener("submit", (event) => this.submitted(event), true);
    // Back from the page of the basket.
    window.addEventListener("pageshow", (event) => event.persisted && this.load());
  }

  load() {
    this.ask(() => fetch(this.bar.dataset.bar));
  }

  ready({ map, container }) {
    const [button] = this.actions.querySelectorAll("[data-lasso]");
    this.mark();
    if (!button) return;
    this.lasso?.end();
    // MapLibre takes Shift and a press for the start of a box: without a box there is no click, only this.
    map.on("boxzoomcancel", ({ originalEvent }) => this.pressed(map, originalEvent));
    this.lasso = new Lasso(map, container, button, (found) => this.lassoed(found));
    button.hidden = false;
  }

  /** Shift and click: into the basket, or out of it. */
  chosen(event) {
    const { id, additive } = event.detail;
    if (!additive) return;
    event.preventDefault();
    this.toggle(id);
  }

  pressed(map, { clientX, clientY }) {
    if (clientX === undefined) return;
    const { left, top } = map.getCanvasContainer().getBoundingClientRect();
    const id = structureAt(map, { x: clientX - left, y: clientY - top });
    if (id !== undefined) this.toggle(id);
  }

  toggle(id) {
    if (this.ids.has(id)) this.remove(id);
    else this.add([["id", id]]);
  }

  lassoed({ ids, clusters }) {
    if (ids.length) this.add(ids.map((id) => ["id", id]));
    else this.say(clusters ? this.bar.dataset.clusters : this.bar.dataset.none);
  }

  /** The buttons that put structures into the basket do it without leaving the map. */
  submitted(event) {
    const { submitter, target } = event;
    if (
      !submitter?.matches("[data-basket-add]") &&
      submitter?.getAttribute("formaction") !== this.form?.getAttribute("action")
    )
      return;
    event.preventDefault();
    event.stopPropagation();
    const codes = new FormData(target).getAll("code").map((code) => ["code", code]);
    this.add(codes);
    for (const box of target.elements) {
      if (box.type === "checkbox" && box.checked) box.click();
    }
  }

  get form() {
    return this.bar.querySelector("[data-basket-form]");
  }

  add(pairs) {
    this.send(this.form?.getAttribute("action"), pairs);
  }

  remove(id) {
    this.send(this.form?.dataset.remove, [["id", id]]);
  }

  send(address, pairs) {
    if (!address) return;
    this.ask(() => {
      const body = new URLSearchParams([["csrf_token", this.form.elements.csrf_token.value], ...pairs]);
      return fetch(address, { method: "POST", body, headers: { "HX-Request": "true" } });
    });
  }

  ask(request) {
    const reason = {};
    swapDue(reason);
    this.turn = this.turn
      .then(request)
      .then(async (answer) => {
        if (answer.redirected || !answer.ok) throw new TypeError(`answered with ${answer.status}`);
        this.show(await answer.text());
      })
      .catch((error) => {
        if (!(error instanceof TypeError)) throw error;
        this.say(this.bar.dataset.failed);
      })
      .finally(() => swapOver(reason));
  }

  show(text) {
    const page = new DOMParser().parseFromString(text, "text/html").body;
    const said = page.querySelector(".basket-said");
    this.said.replaceChildren(...said.childNodes);
    said.remove();
    this.bar.querySelector("[data-basket-shown]").replaceChildren(...page.childNodes);
    const { basket } = this.bar.querySelector("[data-basket]").dataset;
    this.ids = new Set(basket ? basket.split(",").map(Number) : []);
    for (const button of document.querySelectorAll("[data-basket-add]")) {
      if (!this.ids.has(Number(button.dataset.basketAdd))) continue;
      button.disabled = true;
      button.textContent = button.dataset.done;
    }
    this.mark();
  }

  get said() {
    return this.bar.querySelector("[data-basket-said]");
  }

  /** One sentence above the bar, without the server. */
  say(text) {
    this.said.replaceChildren(element("p", text, { class: "tone-warn" }));
  }

  mark() {
    document.dispatchEvent(new CustomEvent("map:mark", { detail: { ids: [...this.ids] } }));
  }
}

const bar = document.querySelector("#selection[data-bar]");
if (bar) new Basket(bar, document.getElementById("map-actions")).start();
