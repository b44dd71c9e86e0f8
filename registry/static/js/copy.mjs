/** Buttons with data-copy="#id" copy the text of that element; without the clipboard they stay hidden. */

const TOLD_MS = 1500;

/** Show and wire the copy buttons below `root`. */
export function enableCopyButtons(root) {
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
