/** Menus are <details>; this closes them on Escape and on a click or focus elsewhere, and keeps what opens
    within the window. They work without it. */

/** Room between a menu and the edge of the window, in pixels. */
const MARGIN = 8;

/** Move an open panel sideways by as much as it would leave the window. */
export function keepInWindow(panel) {
  panel.style.translate = "";
  const { left, right } = panel.getBoundingClientRect();
  const width = document.documentElement.clientWidth;
  const beyond = Math.max(0, right - (width - MARGIN));
  const shift = left - beyond < MARGIN ? MARGIN - left : -beyond;
  if (shift !== 0) panel.style.translate = `${Math.round(shift)}px`;
}

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
        const panel = target.querySelector(".menu-panel");
        if (!panel) return;
        keepInWindow(panel);
        panel.scrollIntoView({ block: "nearest", inline: "nearest" });
      }
    },
    { capture: true },
  );
  globalThis.addEventListener("resize", () => {
    for (const panel of root.querySelectorAll("details.menu[open] .menu-panel")) keepInWindow(panel);
  });
  root.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = event.target.closest?.("details.menu[open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
}
