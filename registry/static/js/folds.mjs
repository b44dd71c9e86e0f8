/**
 * A page that would be longer than three screens of a phone begins with its later parts folded: each opens by its heading,
 * by a link into it, by a search within the page, and stays open where something in it was refused. Without scripts all
 * parts are open. Parts that the server folds (details) open by a link into them as well.
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

const FOLDED = "[data-folded], details:not([open])";
/** Searches of the page look into what is hidden like this, and open it. */
const UNTIL_FOUND = "onbeforematch" in globalThis ? "until-found" : "";

export function foldLongPage(root) {
  const openTarget = (hash) => {
    const target = hash.length > 1 && root.getElementById(decodeURIComponent(hash.slice(1)));
    if (!target) return;
    const parts = [];
    for (let part = target.closest(FOLDED); part; part = part.parentElement.closest(FOLDED)) parts.push(part);
    for (const part of parts) {
      if (part.matches("details")) part.open = true;
      else open(part);
    }
    if (parts.length) target.scrollIntoView();
  };
  countFilled(root);
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
  button.addEventListener("click", () => (part.dataset.folded === undefined ? close(part) : open(part)));
  part.addEventListener("beforematch", () => open(part));
  close(part);
}

/** What a folded part hides: all but its head, and what was hidden before. */
function contentOf(part) {
  return [...part.children].filter((child) => !child.matches(".panel-head, legend"));
}

function open(part) {
  delete part.dataset.folded;
  for (const child of contentOf(part)) {
    if (child.dataset.folds === undefined) continue;
    delete child.dataset.folds;
    child.removeAttribute("hidden");
  }
  part.querySelector(".part-button").setAttribute("aria-expanded", "true");
}

function close(part) {
  part.dataset.folded = "";
  for (const child of contentOf(part)) {
    if (child.hidden) continue;
    child.dataset.folds = "";
    child.setAttribute("hidden", UNTIL_FOUND);
  }
  part.querySelector(".part-button").setAttribute("aria-expanded", "false");
}

/** A folded part of a form says how much of it is filled, also while it is filled. */
function countFilled(root) {
  for (const part of root.querySelectorAll("details[data-counted]")) {
    const fields = [...part.querySelectorAll("input[name], select[name], textarea[name]")];
    const isFilled = (field) => (field.type === "checkbox" ? field.checked : field.value !== "");
    const count = () => {
      const words = part.dataset.counted.replace("{filled}", fields.filter(isFilled).length);
      part.querySelector("[data-count]").textContent = words.replace("{all}", fields.length);
    };
    part.addEventListener("input", count);
    count();
  }
}
