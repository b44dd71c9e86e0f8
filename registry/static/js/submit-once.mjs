/** A form with data-once is sent once: further clicks are ignored until the answer comes. The server guards too. */

const SENDING = "data-sending";

function release(form) {
  form.removeAttribute(SENDING);
  for (const button of form.querySelectorAll("[type=submit]")) button.removeAttribute("aria-disabled");
}

/** Refuse a second submission of forms that carry data-once below `root`. */
export function guardSubmissions(root) {
  root.addEventListener("submit", (event) => {
    const form = event.target.closest("form[data-once]");
    if (!form) return;
    if (form.hasAttribute(SENDING)) {
      event.preventDefault();
      return;
    }
    form.setAttribute(SENDING, "");
    // aria-disabled, not disabled: the clicked button's own name and value must still be sent.
    for (const button of form.querySelectorAll("[type=submit]")) button.setAttribute("aria-disabled", "true");
  });
  // A page that comes back from the browser's memory must be usable again.
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    for (const form of root.querySelectorAll(`form[${SENDING}]`)) release(form);
  });
  root.addEventListener("htmx:afterRequest", (event) => {
    const form = event.target.closest?.(`form[${SENDING}]`);
    if (form) release(form);
  });
}
