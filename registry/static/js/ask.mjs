/** Steps that need no answer are asked on the page of their case: `a[data-ask]` opens the form of the step in a dialog.

    The form is that of the step's own page and is sent as from there; what is refused comes back on that page. */
import { element } from "./dom.mjs";

/** Open the forms of `a[data-ask]` below `root` in place; without an answer the link is followed. */
export function askInPlace(root) {
  root.addEventListener("click", async (event) => {
    const link = event.target.closest?.("a[data-ask]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    try {
      const answer = await fetch(link.href);
      if (!answer.ok || answer.redirected) throw new TypeError("another page");
      show(root, link, new DOMParser().parseFromString(await answer.text(), "text/html"));
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      location.assign(link.href);
    }
  });
}

function show(root, link, page) {
  const form = page.querySelector("main form.form");
  if (!form) throw new TypeError("no form");
  form.action = link.href;
  form.removeAttribute("data-keep");
  form.querySelector("[data-kept]")?.remove();
  const title = element("h2", page.querySelector("h1").textContent, { id: "ask-title" });
  const parts = [...page.querySelectorAll("main > :is(.notice, .panel, .hint)")];
  const dialog = element("dialog", "", { class: "palette ask", "aria-labelledby": title.id });
  dialog.append(title, ...parts, form);
  for (const back of form.querySelectorAll(".form-actions a")) {
    back.addEventListener("click", (event) => {
      event.preventDefault();
      dialog.close();
    });
  }
  dialog.addEventListener("close", () => {
    dialog.remove();
    link.focus();
  });
  root.querySelector("main").append(dialog);
  dialog.showModal();
}
