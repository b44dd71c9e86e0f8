/**
 * The address of the workspace: filters, layers, `view` and `chosen` in the query, the place of the map behind the #.
 * Steps that somebody may want to take back are pushed; htmx pushes those of the panel.
 */

/** What the workspace itself keeps there; forms and links of the panel carry it on. */
export const CARRIED = ["view", "chosen", "colour", "layer", "units", "units_on"];

export const params = () => new URLSearchParams(location.search);

/** Set arguments (null: take away; a list: several values) and keep the place of the map. */
export function setParams(changes, { push = false } = {}) {
  const now = params();
  for (const [name, value] of Object.entries(changes)) {
    now.delete(name);
    for (const one of [value].flat()) if (one !== null && one !== undefined && one !== "") now.append(name, one);
  }
  const query = now.toString();
  const address = `${location.pathname}${query ? "?" : ""}${query}${location.hash}`;
  if (address === location.pathname + location.search + location.hash) return;
  if (push) history.pushState({ workspace: true }, "", address);
  else history.replaceState(history.state, "", address);
}

/** The arguments that forms and links of the panel carry on, as pairs. */
export function carried() {
  return [...params()].filter(([name, value]) => CARRIED.includes(name) && value);
}

/** Swaps of the panel keep the place of the map. */
export function keepPlace() {
  let place = location.hash;
  const restore = () => {
    if (place && !location.hash) history.replaceState(history.state, "", location.pathname + location.search + place);
  };
  document.addEventListener("htmx:beforeRequest", () => (place = location.hash));
  document.addEventListener("htmx:pushedIntoHistory", restore);
  document.addEventListener("htmx:replacedInHistory", restore);
}
