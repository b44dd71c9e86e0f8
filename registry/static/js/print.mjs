/** Buttons that print the page, for browsers that can; how it looks on paper is said by print.css. */

/** Show the buttons with data-print and let them print. */
export function enablePrintButtons(root) {
  for (const button of root.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
}
