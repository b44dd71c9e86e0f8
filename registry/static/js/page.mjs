/** What every page has: menus that close, keys and the palette, one submission a click, what is typed kept, copying, focus on errors. */
import { askInPlace } from "./ask.mjs";
import { closeMenusOnLeave } from "./menus.mjs";
import { foldLongPage } from "./folds.mjs";
import { keepForms } from "./keep.mjs";
import { offerPalette } from "./palette.mjs";
import { listenForShortcuts } from "./shortcuts.mjs";
import { offerDays } from "./days.mjs";
import { countSelections } from "./selection.mjs";
import { warnBeforeEnd } from "./session.mjs";
import { showSwaps } from "./swaps.mjs";
import { explainTerms } from "./terms.mjs";

const TOLD_MS = 1500;
const SENDING = "data-sending";
const DENSITY = "density";
const COMFORTABLE = "comfortable";

closeMenusOnLeave(document);
listenForShortcuts(document);
offerPalette(document);
guardSubmissions(document);
leaveOutEmptyFields(document);
keepForms(document);
enableCopyButtons(document);
countSelections(document);
offerDensity(document);
showSwaps(document);
enablePrintButtons(document);
markSections(document);
askInPlace(document);
offerDays(document);
explainTerms(document);
foldLongPage(document);
warnBeforeEnd(document);

// A page with errors starts at their summary; browsers without `autofocus` on sections are helped here.
document.querySelector("[data-focus]")?.focus();

/** Buttons that print the page, for browsers that can; how it looks on paper is said by print.css. */
function enablePrintButtons(root) {
  for (const button of root.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
}

/** Buttons with data-copy="#id" copy the text of that element; without the clipboard they stay hidden. */
function enableCopyButtons(root) {
  if (!navigator.clipboard) return;
  for (const button of root.querySelectorAll("[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(root.querySelector(button.dataset.copy).textContent.trim());
      button.toggleAttribute("data-copied", true);
      setTimeout(() => button.toggleAttribute("data-copied", false), TOLD_MS);
    });
  }
}

function release(form) {
  form.removeAttribute(SENDING);
  for (const button of form.querySelectorAll("[type=submit]")) button.removeAttribute("aria-disabled");
}

/** A form with data-once is sent once: further clicks are ignored until the answer comes. The server guards too. */
function guardSubmissions(root) {
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

function dropEmpty(data) {
  for (const name of new Set(data.keys())) {
    const values = data.getAll(name).filter((value) => value !== "");
    data.delete(name);
    for (const value of values) data.append(name, value);
  }
}

/** Filter forms: fields left empty stay out of the address, so that a filtered list has a short, shareable URL. */
function leaveOutEmptyFields(root) {
  root.addEventListener("formdata", (event) => {
    if (event.target.matches("form[data-filters]")) dropEmpty(event.formData);
  });
  root.addEventListener("htmx:configRequest", (event) => {
    if (event.target.matches("form[data-filters]")) dropEmpty(event.detail.formData);
  });
}

/**
 * Rows of lists stand close; a button sets them apart for this browser (`data-density` of <html>, rows.css). A cell whose
 * text is cut shows it whole as its title.
 */
function offerDensity(root) {
  const html = root.documentElement;
  const show = () => {
    const isWide = localStorage.getItem(DENSITY) === COMFORTABLE;
    if (isWide) html.dataset.density = COMFORTABLE;
    else delete html.dataset.density;
    for (const button of root.querySelectorAll("[data-density][aria-pressed]")) {
      button.hidden = false;
      button.setAttribute("aria-pressed", String(isWide));
    }
  };
  root.addEventListener("click", (event) => {
    if (!event.target.closest?.("button[data-density]")) return;
    if (html.dataset.density) localStorage.removeItem(DENSITY);
    else localStorage.setItem(DENSITY, COMFORTABLE);
    show();
  });
  root.addEventListener("mouseover", ({ target }) => {
    const cell = target.closest?.(".records-dense td:not(:has(form, .event-changes))");
    if (cell && cell.scrollWidth > cell.clientWidth) cell.title = cell.textContent.replaceAll(/\s+/g, " ").trim();
  });
  root.addEventListener("htmx:afterSettle", show);
  show();
}

/** The menu of the parts of a record: the part that is read now is marked in it. */
function markSections(root) {
  const links = new Map(
    [...root.querySelectorAll(".section-menu a")].map((link) => [link.getAttribute("href").slice(1), link]),
  );
  if (!links.size || !globalThis.IntersectionObserver) return;
  const shown = new Set();
  const observer = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        if (isIntersecting) shown.add(target.id);
        else shown.delete(target.id);
      }
      const first = [...links.keys()].find((id) => shown.has(id));
      for (const [id, link] of links) {
        if (id === first) link.setAttribute("aria-current", "true");
        else link.removeAttribute("aria-current");
      }
    },
    { rootMargin: "-60px 0px -40% 0px" },
  );
  for (const id of links.keys()) {
    const part = root.getElementById(id);
    if (part) observer.observe(part);
  }
}
