/**
 * `data-swapping` stands on <html> from the moment that a part of the page is to be swapped until it has settled or the
 * request came to nothing. Scripts that send a form a moment later say so with `swapDue`.
 */
const due = new Set();
const swapped = new WeakSet();

function show(root) {
  root.documentElement.toggleAttribute("data-swapping", due.size > 0);
}

/** A swap is due for `reason` (any object) until `swapOver` is called with the same. */
export function swapDue(reason, root = document) {
  due.add(reason);
  show(root);
}

export function swapOver(reason, root = document) {
  due.delete(reason);
  show(root);
}

/** What a swapped part says of itself, for readers of a screen: a status node that is swapped itself stays unheard. */
function announce(root, part) {
  const words = part?.isConnected ? part.querySelector("[data-announce], .empty-title")?.textContent.trim() : "";
  const said = root.getElementById("said");
  if (words && said && said.textContent !== words) said.textContent = words;
}

/** A request that takes long can be cancelled; the page stays as it is. */
export const SLOW_MS = 10_000;

function offerCancel(root) {
  const button = root.querySelector("[data-cancel-swap]");
  if (!button) return;
  const requests = new Map();
  root.addEventListener("htmx:beforeSend", ({ detail }) => {
    const offer = () => (button.hidden = false);
    requests.set(detail.xhr, setTimeout(offer, SLOW_MS));
  });
  root.addEventListener("htmx:afterRequest", ({ detail }) => {
    clearTimeout(requests.get(detail.xhr));
    requests.delete(detail.xhr);
    button.hidden ||= requests.size === 0;
  });
  button.addEventListener("click", () => {
    for (const request of requests.keys()) request.abort();
  });
}

/** Follow the requests of htmx. */
export function showSwaps(root) {
  offerCancel(root);
  root.addEventListener("htmx:beforeSend", ({ detail }) => swapDue(detail.xhr, root));
  root.addEventListener("htmx:afterSwap", ({ detail }) => detail.xhr && swapped.add(detail.xhr));
  root.addEventListener("htmx:afterSettle", ({ detail }) => detail.xhr && swapOver(detail.xhr, root));
  root.addEventListener("htmx:afterSettle", ({ target }) => announce(root, target));
  // Nothing settles where nothing was swapped: an error, or an answer that says so.
  root.addEventListener("htmx:afterRequest", ({ detail }) => {
    if (!swapped.has(detail.xhr)) swapOver(detail.xhr, root);
  });
}
