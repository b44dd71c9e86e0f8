/**
 * What the map and the list's form say to each other: the form holds all that the address holds, the map the rest.
 * The list follows the window of the map while [data-follow] is ticked; switches of the map send the form at once.
 */
import { swapDue, swapOver } from "./swaps.mjs";

const PATIENCE_MS = 400;
const DIGITS = 5;

/** The window of the map as the filter `bbox` wants it. */
function windowOf(map) {
  const box = map.getBounds();
  return [box.getWest(), box.getSouth(), box.getEast(), box.getNorth()].map((side) => side.toFixed(DIGITS)).join(",");
}

/** Tie the form that `tools` (the switches beside the map) belong to. */
export function followWindow(map, tools) {
  const follow = tools.querySelector("[data-follow]");
  const form = follow?.form;
  if (!form) return;
  const box = form.elements.namedItem("bbox");
  let waiting;

  // The first step into the window can be taken back; each further move replaces it.
  const send = (attribute) => {
    form.removeAttribute("hx-push-url");
    form.removeAttribute("hx-replace-url");
    form.setAttribute(attribute, "true");
    form.requestSubmit();
  };
  const keepUp = () => {
    clearTimeout(waiting);
    swapOver(form);
    if (!follow.checked) return;
    swapDue(form);
    waiting = setTimeout(() => {
      const now = windowOf(map);
      if (follow.checked && now !== box.value) {
        box.value = now;
        send("hx-replace-url");
      }
      swapOver(form);
    }, PATIENCE_MS);
  };
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.target !== form) return;
    form.removeAttribute("hx-replace-url");
    form.setAttribute("hx-push-url", "true");
  });
  tools.addEventListener("change", (event) => {
    if (event.target === follow) box.value = follow.checked ? windowOf(map) : "";
    send("hx-push-url");
  });
  map.on("moveend", keepUp);
  // Without a window in its address the list takes that of the map.
  if (follow.checked && !box.value) keepUp();
  keepPlace();
}

/** The map's place stands behind the # of the address: swaps of the list and links to the same list keep it. */
function keepPlace() {
  let place = location.hash;
  const restore = () => {
    if (place && !location.hash) history.replaceState(history.state, "", location.pathname + location.search + place);
  };
  document.addEventListener("htmx:beforeRequest", () => (place = location.hash));
  document.addEventListener("htmx:pushedIntoHistory", restore);
  document.addEventListener("htmx:replacedInHistory", restore);
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    const here = link && link.origin === location.origin && link.pathname === location.pathname;
    if (here && !link.hash) link.hash = location.hash;
  });
}

/** The record that was chosen, kept behind the # beside the map's place. */
export const chosen = {
  read: () => new URLSearchParams(location.hash.slice(1)).get("chosen"),
  write(id) {
    const parts = location.hash.slice(1).split("&").filter((part) => part && !part.startsWith("chosen="));
    if (id !== undefined) parts.push(`chosen=${encodeURIComponent(id)}`);
    history.replaceState(history.state, "", `${location.pathname}${location.search}${parts.length ? "#" : ""}${parts.join("&")}`);
  },
};
