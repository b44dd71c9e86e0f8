/** Menus are <details>; this closes them on Escape and on a click or focus elsewhere, and shows all of what opens. They work without it. */

/** Make every `details.menu` below `root` close when the reader leaves it. */
export function closeMenusOnLeave(root) {
  const closeOthers = (event) => {
    for (const menu of root.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  };
  root.addEventListener("click", closeOthers);
  root.addEventListener("focusin", closeOthers);
  // In a part of the page that scrolls, such as the sheet of a phone, a menu may open below what is seen.
  root.addEventListener(
    "toggle",
    ({ target }) => {
      if (target.open && target.matches?.("details.menu")) {
        target.querySelector(".menu-panel")?.scrollIntoView({ block: "nearest", inline: "nearest" });
      }
    },
    { capture: true },
  );
  root.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = event.target.closest?.("details.menu[open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
}
