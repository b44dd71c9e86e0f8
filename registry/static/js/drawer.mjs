/** The drawer of the chosen structure: what the tiles know at once, then the card that the server makes. */
import { element } from "./dom.mjs";
import { swapDue, swapOver } from "./swaps.mjs";

const MOST = 8;
const TIMES = ["as_of", "recorded_at"];

function send(name, detail) {
  document.dispatchEvent(new CustomEvent(name, { detail }));
}

export class Drawer {
  /** `closed()` is called when the reader closes it; `chosen(id)` when another of the same place is wanted. */
  constructor(root, words, { closed, chosen }) {
    this.root = root;
    this.panel = root.querySelector("#drawer");
    this.body = root.querySelector("#drawer-body");
    this.said = document.getElementById("said");
    this.words = words;
    this.chosen = chosen;
    this.turn = 0;
    this.panel.querySelector("[data-drawer-close]").addEventListener("click", closed);
    root.addEventListener("keydown", (event) => {
      const isOverMenu = event.target.closest?.("details.menu[open]");
      if (event.key === "Escape" && this.isOpen && !isOverMenu && !event.defaultPrevented) closed();
    });
  }

  get isOpen() {
    return !this.panel.hidden;
  }

  /** The address of a card, at the time that the page is of. */
  cardOf(id) {
    const address = new URL(this.panel.dataset.cardUrl.replace("{id}", encodeURIComponent(id)), location);
    const now = new URLSearchParams(location.search);
    for (const name of TIMES) if (now.get(name)) address.searchParams.set(name, now.get(name));
    return address;
  }

  /** Show the card of a structure; answers the box around it, as far as the reader may see it, or null. */
  async open(id, { records = [], notes = [], focus = false } = {}) {
    const turn = ++this.turn;
    if (focus) this.from = document.activeElement;
    this.show([
      element("h2", this.titleOf(records.find((record) => record.id === id)), { id: "drawer-title" }),
      element("p", this.words.texts.loading, { class: "quiet", "aria-busy": "true" }),
    ]);
    if (focus) this.body.focus();
    swapDue(this);
    try {
      const answer = await fetch(this.cardOf(id));
      const text = await answer.text();
      if (turn !== this.turn) return null;
      if (answer.redirected || !answer.ok) return this.refuse(id, answer.status);
      const card = new DOMParser().parseFromString(text, "text/html").body;
      this.show([...card.childNodes, ...this.others(id, records, notes)]);
      window.htmx?.process(this.body);
      this.said.textContent = this.body.querySelector("#drawer-title")?.textContent.trim() ?? "";
      send("drawer:opened", { id, body: this.body });
      return JSON.parse(answer.headers.get("Map-Bounds") ?? "null");
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      return turn === this.turn ? this.refuse(id, 0) : null;
    } finally {
      swapOver(this);
    }
  }

  /** Show parts that the map knows alone: notes of other layers, a cell. */
  tell(title, nodes) {
    this.turn += 1;
    this.show([element("h2", title, { id: "drawer-title" }), ...nodes]);
    this.said.textContent = title;
  }

  close() {
    if (!this.isOpen) return;
    this.turn += 1;
    this.panel.hidden = true;
    delete this.root.dataset.drawer;
    this.body.replaceChildren();
    if (this.from?.isConnected) this.from.focus();
    this.from = null;
    send("drawer:closed", {});
  }

  show(nodes) {
    this.body.replaceChildren(...nodes);
    this.body.scrollTop = 0;
    this.panel.hidden = false;
    this.root.dataset.drawer = "";
  }

  titleOf(record) {
    return record?.code ?? this.words.kinds[record?.kind] ?? this.words.texts.chosen;
  }

  refuse(id, status) {
    const { texts } = this.words;
    const again = element("button", texts.retry, { type: "button", class: "btn btn-sm btn-secondary" });
    again.addEventListener("click", () => this.open(id));
    this.show([
      element("h2", texts.chosen, { id: "drawer-title" }),
      element("p", status === 404 || status === 403 ? texts.cardHidden : texts.cardFailed, { role: "alert" }),
      ...(status === 404 || status === 403 ? [] : [again]),
    ]);
    return null;
  }

  /** The other structures of the same place, and records of other layers. */
  others(id, records, notes) {
    const rest = records.filter((record) => record.id !== id);
    const noteParts = notes.length ? [element("h3", this.words.texts.here), ...noteNodes(notes)] : [];
    if (!rest.length) return noteParts;
    const list = element("ul", "", { class: "drawer-others" });
    for (const record of rest.slice(0, MOST)) {
      const button = element("button", `${this.titleOf(record)} · ${this.words.kinds[record.kind] ?? ""}`, {
        type: "button",
        class: "link-button",
      });
      button.addEventListener("click", () => this.chosen(record.id, records, notes));
      const item = element("li");
      item.append(button);
      list.append(item);
    }
    const more = rest.length > MOST ? [element("p", `+ ${rest.length - MOST}`, { class: "quiet" })] : [];
    return [element("h3", this.words.texts.samePlace), list, ...more, ...noteParts];
  }
}

/** Links as paragraphs, for records of other layers. */
export function noteNodes(notes) {
  return notes.slice(0, MOST).map(({ title, url, lines }) => {
    const part = element("p");
    part.append(
      element("a", title, { href: url }),
      ` ${lines.map(([label, value]) => `${label}: ${value}`).join("; ")}`,
    );
    return part;
  });
}
