/** Terms of the field are explained where the pointer or the focus is (templates/macros/term.html); Escape closes. */

const GAP_PX = 4;
const PATIENCE_MS = 150;

/** Left and top of a box next to `anchor`: below it, or above where there is no room, and within the window. */
export function nextTo(anchor, box, { width, height }) {
  const left = Math.max(GAP_PX, Math.min(anchor.left, width - box.width - GAP_PX));
  const below = anchor.bottom + GAP_PX;
  const top = below + box.height <= height ? below : Math.max(GAP_PX, anchor.top - box.height - GAP_PX);
  return { left, top };
}

function open(button, meaning) {
  if (!meaning.matches(":popover-open")) meaning.showPopover();
  const root = document.documentElement;
  const place = nextTo(button.getBoundingClientRect(), meaning.getBoundingClientRect(), {
    width: root.clientWidth,
    height: root.clientHeight,
  });
  for (const side of ["left", "top"]) meaning.style.setProperty(side, `${place[side]}px`);
}

/** Listen on the whole page: parts of it are swapped. */
export function explainTerms(root) {
  const meaningOf = (button) => root.getElementById(button.getAttribute("popovertarget"));
  let leaving;
  const enter = (event) => {
    const button = event.target.closest?.(".term");
    if (event.target.closest?.(".term, .term-meaning")) clearTimeout(leaving);
    if (button?.isConnected && "showPopover" in button) open(button, meaningOf(button));
  };
  const close = () => {
    for (const meaning of root.querySelectorAll(".term-meaning:popover-open")) {
      if (!meaning.previousElementSibling.matches(":focus-visible")) meaning.hidePopover();
    }
  };
  root.addEventListener("mouseover", enter);
  root.addEventListener("focusin", enter);
  // The pointer may go over to the meaning itself.
  root.addEventListener("mouseout", (event) => {
    if (!event.target.closest?.(".term, .term-meaning")) return;
    clearTimeout(leaving);
    leaving = setTimeout(close, PATIENCE_MS);
  });
  root.addEventListener("focusout", (event) => {
    const button = event.target.closest?.(".term");
    if (button && meaningOf(button).matches(":popover-open")) meaningOf(button).hidePopover();
  });
}
