/**
 * Rows of lists stand close; a button sets them apart for this browser (`data-density` of <html>, rows.css). A cell whose
 * text is cut shows it whole as its title.
 */

const KEPT = "density";
const COMFORTABLE = "comfortable";

/** Show and wire the buttons below `root`, also those of a list that was swapped in. */
export function offerDensity(root) {
  const html = root.documentElement;
  const show = () => {
    const isWide = localStorage.getItem(KEPT) === COMFORTABLE;
    if (isWide) html.dataset.density = COMFORTABLE;
    else delete html.dataset.density;
    for (const button of root.querySelectorAll("[data-density][aria-pressed]")) {
      button.hidden = false;
      button.setAttribute("aria-pressed", String(isWide));
    }
  };
  root.addEventListener("click", (event) => {
    if (!event.target.closest?.("button[data-density]")) return;
    if (html.dataset.density) localStorage.removeItem(KEPT);
    else localStorage.setItem(KEPT, COMFORTABLE);
    show();
  });
  root.addEventListener("mouseover", ({ target }) => {
    const cell = target.closest?.(".records-dense td:not(:has(form, .event-changes))");
    if (cell && cell.scrollWidth > cell.clientWidth) cell.title = cell.textContent.replaceAll(/\s+/g, " ").trim();
  });
  root.addEventListener("htmx:afterSettle", show);
  show();
}
