/**
 * A page that would be longer than three screens of a phone begins with its later parts folded: each opens by its heading,
 * by a link into it, and stays open where something in it was refused. Without scripts all parts are open.
 */

const NARROW = "(width < 48rem)";
const SCREENS = 3;
/** A page of so many parts is a list of them: the first is folded as well. */
const MANY = 8;
const PART = "section.panel, fieldset.form-part";
const HEAD = ":scope > .panel-head h2, :scope > legend";
const STAYS_OPEN = '[aria-invalid="true"], .field-error, [data-focus], :target, :focus';
/** What is filled in stays in sight, but for a part of a long form that asks for nothing. */
const FILLED_IN = 'form[method="post"] :is(input:not([type="hidden"], [type="checkbox"]), select, textarea)';
const ASKED = ':is([aria-required="true"], [required], [data-map])';

export function foldLongPage(root) {
  if (!globalThis.matchMedia(NARROW).matches) return;
  foldLast(root);
  // Pictures and charts have made it longer since.
  globalThis.addEventListener("load", () => globalThis.scrollY === 0 && foldLast(root), { once: true });
  const openTarget = (hash) => {
    const target = hash.length > 1 && root.getElementById(decodeURIComponent(hash.slice(1)));
    if (!target) return;
    for (let part = target.closest("[data-folded]"); part; part = part.parentElement.closest("[data-folded]")) {
      open(part);
    }
    target.scrollIntoView();
  };
  globalThis.addEventListener("hashchange", () => openTarget(location.hash));
  root.addEventListener("click", ({ target }) => {
    const link = target.closest?.('a[href^="#"]');
    if (link) openTarget(link.getAttribute("href"));
  });
}

/** Fold what makes the page too long, from its end; what stands first is what the page is about, and is folded last. */
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
  part.dataset.folded = "";
  button.addEventListener("click", () => (part.dataset.folded === undefined ? close(part) : open(part)));
}

function open(part) {
  delete part.dataset.folded;
  part.querySelector(".part-button").setAttribute("aria-expanded", "true");
}

function close(part) {
  part.dataset.folded = "";
  part.querySelector(".part-button").setAttribute("aria-expanded", "false");
}
