/**
 * Single-key shortcuts, heard except while somebody types: a control's own key focuses it (data-shortcut) or presses it
 * (data-shortcut-act, also in place of a key of all pages); j and k walk
 * through the rows of the list, x ticks the row, ? lists the keys. They can be switched off (WCAG 2.1.4).
 */

const TYPING =
  "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable], .maplibregl-canvas, dialog *";
const ROW = "tr[data-record], tbody tr:has(.cell-main a), li[data-row]";
const OFF = "keys-off";

/** The row that is `step` away from the one at `index` of `count`; the first or last where there is none, -1 of no rows. */
export function nextRow(index, step, count) {
  if (index < 0) return step > 0 ? Math.min(0, count - 1) : count - 1;
  return Math.max(0, Math.min(count - 1, index + step));
}

function walk(root, step) {
  const rows = [...root.querySelectorAll(ROW)].filter((row) => row.checkVisibility());
  const index = rows.findIndex((row) => row.contains(root.activeElement));
  const row = rows[nextRow(index, step, rows.length)];
  if (!row) return;
  row.querySelector(".cell-main a, a")?.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
}

function tick(root) {
  root.activeElement?.closest(ROW)?.querySelector("input[type=checkbox]")?.click();
}

/** A closed dialog may keep the focus until the page is drawn: its box is not typed in. */
function isTyping(target) {
  return target.matches?.(TYPING) && !target.closest("dialog:not([open])");
}

function focusOn(root, key) {
  const control = [...root.querySelectorAll("[data-shortcut]")].find((item) => item.dataset.shortcut === key);
  control?.focus();
  control?.select?.();
  return control !== undefined;
}

function press(root, key) {
  const control = [...root.querySelectorAll("[data-shortcut-act]")].find((item) => item.dataset.shortcutAct === key);
  control?.click();
  return control !== undefined;
}

/** Listen for the keys of the page. */
export function listenForShortcuts(root) {
  const keys = root.querySelector("#keys");
  const off = keys?.querySelector("[data-keys-off]");
  if (off) {
    off.checked = localStorage.getItem(OFF) !== null;
    off.addEventListener("change", () => (off.checked ? localStorage.setItem(OFF, "1") : localStorage.removeItem(OFF)));
  }
  const acts = { j: () => walk(root, 1), k: () => walk(root, -1), x: () => tick(root), "?": () => keys?.showModal() };
  root.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || isTyping(event.target)) return;
    if (event.key !== "?" && off?.checked) return;
    if (press(root, event.key) || focusOn(root, event.key)) event.preventDefault();
    else if (Object.hasOwn(acts, event.key)) {
      event.preventDefault();
      acts[event.key]();
    }
  });
}
