/** The card next to the map that says what was chosen, with the way to its page. Built as nodes, never as HTML text. */
import { element } from "./dom.mjs";

const MOST = 8;

function line(label, value) {
  return value ? [element("p", `${label}: ${value}`)] : [];
}

function truthy(value) {
  return value === true || value === 1 || value === "true";
}

function describe(record, words) {
  const { texts, kinds, sharing, statuses, recordUrl } = words;
  const title = element("h3");
  const name = record.code || kinds[record.kind] || record.kind;
  if (recordUrl && record.id !== undefined) {
    title.append(element("a", name, { href: recordUrl.replace("{id}", encodeURIComponent(record.id)) }));
  } else {
    title.textContent = name;
  }
  return [
    title,
    ...line(texts.kind, kinds[record.kind]),
    ...line(texts.sharing, sharing[record.sharing]),
    ...line(texts.status, statuses[record.status]),
    ...(truthy(record.coarse) ? [element("p", texts.coarse, { class: "quiet" })] : []),
  ];
}

/** A record of another layer: its title leads to its page. */
function note({ title, url, lines }) {
  const heading = element("h3");
  heading.append(element("a", title, { href: url }));
  return [heading, ...lines.flatMap(([label, value]) => line(label, value))];
}

/** Show what is under the pointer in the card: records of tiles, notes of other layers, or a cell's count. */
export function showCard(card, records, words, { notes = [], cell = null } = {}) {
  const close = element("button", "×", { type: "button", class: "icon-button", "aria-label": words.texts.close });
  close.addEventListener("click", () => hideCard(card));
  const all = [...records.map((record) => describe(record, words)), ...notes.map(note)];
  const parts = all.slice(0, MOST).flat();
  if (all.length > MOST) parts.push(element("p", `+ ${all.length - MOST}`, { class: "quiet" }));
  if (!all.length && cell) parts.push(element("p", `${words.texts.coarse}: ${cell.count}`));
  card.replaceChildren(close, ...parts);
  card.hidden = false;
}

/** Take the card away. */
export function hideCard(card) {
  card.hidden = true;
  card.replaceChildren();
}
