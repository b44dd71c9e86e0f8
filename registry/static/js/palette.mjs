/**
 * The palette of Ctrl+K: the page's own navigation and acts, what was open last in this tab, and what the search finds for
 * the words. It asks the same page of results as the box in the head, so that it shows nothing else.
 */
import { element } from "./dom.mjs";
import { folded, hasWords } from "./text.mjs";

const RECENT = "recent";
const MOST_RECENT = 6;
const MOST = 9;
const MOST_HITS = 7;
const SHORTEST = 2;
const WAIT_MS = 200;

/** Entries with all words typed, those that begin with them first; all of them for no words, at most `most`. */
export function matching(entries, typed, most = MOST) {
  const begins = (entry) => (folded(entry.label).startsWith(folded(typed.trim())) ? 0 : 1);
  return entries
    .filter((entry) => hasWords(entry.label, typed))
    .map((entry, index) => ({ entry, index }))
    .sort((first, second) => begins(first.entry) - begins(second.entry) || first.index - second.index)
    .slice(0, most)
    .map(({ entry }) => entry);
}

/** The pages opened last with this one first: each address once. */
export function withRecent(entries, opened, most = MOST_RECENT) {
  return [opened, ...entries.filter((entry) => entry.url !== opened.url)].slice(0, most);
}

const words = (node) => node.textContent.replaceAll(/\s+/g, " ").trim();
const read = () => JSON.parse(sessionStorage.getItem(RECENT) ?? "[]");

/** Remember the page of a record; who signs in begins without what was open before. */
function remember(root) {
  if (location.pathname === "/login") return sessionStorage.removeItem(RECENT);
  const heading = root.querySelector("main h1");
  if (!heading || !/\/[^/]*\d[^/]*$/.test(location.pathname)) return undefined;
  const opened = { label: words(heading), url: location.pathname };
  return sessionStorage.setItem(RECENT, JSON.stringify(withRecent(read(), opened)));
}

function placesOf(root, dialog) {
  const links = [...root.querySelectorAll(".nav-act a, #site-nav a, .site-tools a.menu-item, .site-tools a.bell")];
  const places = links.map((link) => ({
    label: link.getAttribute("aria-label") ?? words(link),
    url: link.getAttribute("href"),
    group: dialog.dataset.go,
  }));
  return places.filter((place, index) => places.findIndex((other) => other.url === place.url) === index);
}

async function hitsFor(typed, form, signal) {
  const answer = await fetch(`${form.action}?${new URLSearchParams({ q: typed })}`, { signal });
  if (!answer.ok) return [];
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return [...page.querySelectorAll(".hit-name a")]
    .slice(0, MOST_HITS)
    .map((link) => ({ label: words(link), url: link.getAttribute("href") }));
}

class Palette {
  constructor(root, dialog) {
    this.root = root;
    this.dialog = dialog;
    this.input = dialog.querySelector("input");
    this.list = dialog.querySelector("[role=listbox]");
    this.status = dialog.querySelector("[role=status]");
    this.form = root.querySelector("form.site-search");
    this.hits = [];
    this.input.addEventListener("input", () => this.typed());
    this.input.addEventListener("keydown", (event) => this.pressed(event));
    this.list.addEventListener("click", (event) => this.go(event.target.closest("[role=option]")));
  }

  open() {
    if (this.dialog.open) return;
    this.places = placesOf(this.root, this.dialog);
    this.recent = read()
      .filter((entry) => entry.url !== location.pathname)
      .map((entry) => ({ ...entry, group: this.dialog.dataset.recent }));
    this.input.value = "";
    this.hits = [];
    this.show();
    this.dialog.showModal();
  }

  typed() {
    this.hits = [];
    this.show();
    this.asked?.abort();
    clearTimeout(this.timer);
    const typed = this.input.value.trim();
    if (typed.length < SHORTEST || !this.form) return;
    this.timer = setTimeout(() => this.search(typed), WAIT_MS);
  }

  async search(typed) {
    this.asked = new AbortController();
    const hits = await hitsFor(typed, this.form, this.asked.signal).catch(() => []);
    if (this.input.value.trim() !== typed) return;
    this.hits = hits.map((hit) => ({ ...hit, group: this.dialog.dataset.hits }));
    this.show();
  }

  show() {
    const typed = this.input.value;
    const entries = [...matching([...this.recent, ...this.places], typed), ...this.hits];
    this.list.replaceChildren(...entries.map((entry, index) => optionOf(entry, index, entries[index - 1])));
    this.status.textContent = entries.length === 0 ? this.status.dataset.none : "";
    this.choose(0);
  }

  choose(index) {
    const options = [...this.list.children];
    for (const [position, option] of options.entries())
      option.setAttribute("aria-selected", String(position === index));
    const selected = options[index];
    if (selected) this.input.setAttribute("aria-activedescendant", selected.id);
    else this.input.removeAttribute("aria-activedescendant");
    selected?.scrollIntoView({ block: "nearest" });
  }

  pressed(event) {
    const options = [...this.list.children];
    const index = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) this.choose((index + step + options.length) % Math.max(1, options.length));
    else if (event.key === "Enter" && !event.isComposing) this.go(options[index]);
    else return;
    event.preventDefault();
  }

  go(option) {
    if (option) location.assign(option.dataset.url);
  }
}

function optionOf(entry, index, before) {
  const option = element("li", "", { role: "option", id: `palette-${index}`, "data-url": entry.url });
  option.append(element("span", entry.label));
  if (entry.group !== before?.group) option.append(element("span", entry.group, { class: "quiet" }));
  return option;
}

/** Open the palette by Ctrl+K, or Command+K. */
export function offerPalette(root) {
  remember(root);
  const dialog = root.querySelector("#palette");
  if (!dialog) return;
  const palette = new Palette(root, dialog);
  root.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
    event.preventDefault();
    palette.open();
  });
}
