/**
 * A page longer than three screens of a phone begins with later parts folded: each opens by its head, a link into it
 * or a search, and stays open where something in it was refused. Links open details.
 */

const NARROW = "(width < 48rem)";
const SCREENS = 3;
/** A page of so many parts is a list of them: the first is folded, too. */
const MANY = 8;
const PART = "section.panel, fieldset.form-part";
const HEAD = ":scope > .panel-head h2, :scope > legend";
const STAYS_OPEN = '[aria-invalid="true"], .field-error, [data-focus], :target, :focus';
/** What is filled in stays, but for a part of a form that asks for nothing. */
const FILLED_IN = 'form[method="post"] :is(input:not([type="hidden"], [type="checkbox"]), select, textarea)';
const ASKED = ':is([aria-required="true"], [required], [data-map])';
const FOLDED = "[data-folded], details:not([open])";

export function foldLongPage(root) {
  const openTarget = (hash) => {
    const target = hash.length > 1 && root.getElementById(decodeURIComponent(hash.slice(1)));
    let part = target?.closest?.(FOLDED);
    if (!part) return;
    for (; part; part = part.parentElement.closest(FOLDED)) {
      if (part.matches("details")) part.open = true;
      else open(part);
    }
    target.scrollIntoView();
  };
  if (globalThis.matchMedia(NARROW).matches) {
    foldLast(root);
    // Pictures and charts have made it longer since.
    globalThis.addEventListener("load", () => globalThis.scrollY === 0 && foldLast(root), { once: true });
  }
  openTarget(location.hash);
  globalThis.addEventListener("hashchange", () => openTarget(location.hash));
  root.addEventListener("click", ({ target }) => {
    const link = target.closest?.('a[href^="#"]');
    if (link) openTarget(link.getAttribute("href"));
  });
}

/** Fold from the end what makes the page too long; what it is about stands first, and is folded last. */
function foldLast(root) {
  const page = root.documentElement;
  const most = SCREENS * globalThis.innerHeight;
  const parts = [...root.querySelectorAll("main section.panel, main fieldset.form-part")].filter(
    (part) => part.querySelector(HEAD) && !part.parentElement.closest(PART),
  );
  const [first] = parts;
  const isFirst = (part) => part === first && parts.length < MANY && part.offsetTop < globalThis.innerHeight;
  for (const part of parts.reverse()) {
    if (page.scrollHeight <= most) break;
    const isFolded = part.querySelector(".part-button");
    const stays =
      part.matches(":target, .field-form *") || part.querySelector(STAYS_OPEN) || part.querySelector(asked(part));
    if (!isFolded && !stays && !isFirst(part)) fold(part);
  }
}

function asked(part) {
  return part.matches("fieldset") ? ASKED : FILLED_IN;
}

function fold(part) {
  const head = part.querySelector(HEAD);
  const button = part.ownerDocument.createElement("button");
  button.type = "button";
  button.className = "part-button";
  button.append(...head.childNodes);
  button.setAttribute("aria-expanded", "false");
  head.append(button);
  button.addEventListener("click", () => (part.dataset.folded === undefined ? close(part) : open(part)));
  part.addEventListener("beforematch", () => open(part));
  close(part);
}

function open(part) {
  delete part.dataset.folded;
  for (const child of part.querySelectorAll(":scope > [data-folds]")) {
    delete child.dataset.folds;
    child.removeAttribute("hidden");
  }
  part.querySelector(".part-button").setAttribute("aria-expanded", "true");
}

/** Hides all but the head, and what was hidden before. */
function close(part) {
  part.dataset.folded = "";
  for (const child of part.querySelectorAll(":scope > :not(.panel-head, legend, [hidden])")) {
    child.dataset.folds = "";
    // Searches of the page open it, where the browser can do so.
    child.setAttribute("hidden", "until-found");
  }
  part.querySelector(".part-button").setAttribute("aria-expanded", "false");
}
