/** Single-key shortcuts: a key focuses the control whose data-shortcut names it, except while somebody types. */

const TYPING = "input, textarea, select, [contenteditable], .maplibregl-canvas";

/** Listen for the keys that the page's controls declare in data-shortcut. */
export function listenForShortcuts(root) {
  root.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches?.(TYPING)) return;
    const control = [...root.querySelectorAll("[data-shortcut]")].find((item) => item.dataset.shortcut === event.key);
    if (!control) return;
    event.preventDefault();
    control.focus();
    control.select?.();
  });
}
