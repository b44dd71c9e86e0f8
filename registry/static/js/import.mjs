/** The progress of an import rests while the page is hidden, and is asked for at once when it is shown again. */

document.addEventListener("htmx:beforeRequest", (event) => {
  if (document.hidden && event.target.closest?.("[data-poll]")) event.preventDefault();
});

document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  for (const box of document.querySelectorAll("[data-poll]")) box.dispatchEvent(new CustomEvent("shown"));
});
