/** The card beside the map that says what was chosen, with the way to its page. Built as nodes, never as HTML text. */

const MOST = 8;

function element(name, text, attributes = {}) {
  const node = document.createElement(name);
  if (text) node.textContent = text;
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
}

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

/** Show the records under the pointer (properties of tile features), or a cell's count, in the card. */
export function showCard(card, records, words, cell = null) {
  const close = element("button", "×", { type: "button", class: "icon-button", "aria-label": words.texts.close });
  close.addEventListener("click", () => hideCard(card));
  const parts = records.slice(0, MOST).flatMap((record) => describe(record, words));
  if (records.length > MOST) parts.push(element("p", `+ ${records.length - MOST}`, { class: "quiet" }));
  if (!records.length && cell) parts.push(element("p", `${words.texts.coarse}: ${cell.count}`));
  card.replaceChildren(close, ...parts);
  card.hidden = false;
}

/** Take the card away. */
export function hideCard(card) {
  card.hidden = true;
  card.replaceChildren();
}
