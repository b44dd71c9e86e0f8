/** The list follows the window of the map while [data-follow] is ticked: the box stands in the filter form. */
import { swapDue, swapOver } from "./swaps.mjs";

const PATIENCE_MS = 400;
const DIGITS = 5;

/** The window of the map as the filter `bbox` wants it. */
function windowOf(map) {
  const box = map.getBounds();
  return [box.getWest(), box.getSouth(), box.getEast(), box.getNorth()].map((side) => side.toFixed(DIGITS)).join(",");
}

/** Tie the filter form, which is another one after each swap of the panel, to the window of a map. */
export function followWindow(map) {
  const reason = {};
  const follow = document.querySelector("[data-follow]");
  const box = () => follow.form?.elements.namedItem("bbox");
  let waiting;

  // The first step into the window can be taken back; each further move replaces it.
  const send = (attribute) => {
    const { form } = follow;
    form.removeAttribute("hx-push-url");
    form.removeAttribute("hx-replace-url");
    form.setAttribute(attribute, "true");
    form.requestSubmit();
  };
  const keepUp = () => {
    clearTimeout(waiting);
    swapOver(reason);
    if (!follow.checked || !box()) return;
    swapDue(reason);
    waiting = setTimeout(() => {
      const now = windowOf(map);
      if (follow.checked && box() && now !== box().value) {
        box().value = now;
        send("hx-replace-url");
      }
      swapOver(reason);
    }, PATIENCE_MS);
  };
  const sent = ({ target }) => {
    if (target !== follow.form) return;
    target.removeAttribute("hx-replace-url");
    target.setAttribute("hx-push-url", "true");
  };
  const switched = () => {
    if (!box()) return;
    box().value = follow.checked ? windowOf(map) : "";
    send("hx-push-url");
  };
  document.addEventListener("htmx:afterRequest", sent);
  follow.addEventListener("change", switched);
  map.on("moveend", keepUp);
  // Without a window in its address the list takes that of the map.
  if (follow.checked && box() && !box().value) keepUp();
  map.once("remove", () => {
    clearTimeout(waiting);
    swapOver(reason);
    document.removeEventListener("htmx:afterRequest", sent);
    follow.removeEventListener("change", switched);
  });
}
