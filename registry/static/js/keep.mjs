/** What is typed into a form with data-keep stays in this browser until it is saved: a closed tab loses nothing. */

const PREFIX = "kept:";
/** The form that was sent last: it is forgotten once another page, or one without errors, comes back. */
const SENT = "kept-sent";
const LONGEST_MS = 7 * 24 * 3600 * 1000;

const key = () => PREFIX + location.pathname;
const fields = (form) =>
  [...form.elements].filter((field) => field.name && !["hidden", "file", "password"].includes(field.type));
const isTicked = (field) => field.type === "checkbox" || field.type === "radio";
const named = (field) => `${field.name}=${isTicked(field) ? field.value : ""}`;
const contentOf = (field) => (isTicked(field) ? field.checked : field.value);
const time = (moment) => new Date(moment).toLocaleTimeString("vi-VN", { hour: "2-digit", minute: "2-digit" });
const versionOf = (form) => form.elements.version?.value ?? "";
const read = () => JSON.parse(localStorage.getItem(key()) ?? "null");

function forgetSaved() {
  const sent = sessionStorage.getItem(SENT);
  if (sent && !(sent === key() && document.querySelector(".error-summary"))) localStorage.removeItem(sent);
  sessionStorage.removeItem(SENT);
}

function restore(form, note) {
  const kept = read();
  if (!kept || Date.now() - kept.at > LONGEST_MS) return localStorage.removeItem(key());
  // After a refusal the server has given back what was typed.
  if (document.querySelector(".error-summary")) return undefined;
  // The record is another one by now: what was typed stays with the browser and is said, but overwrites nothing.
  if (kept.version !== versionOf(form)) return tell(note, note.dataset.stale, kept.at);
  let changed = false;
  for (const field of fields(form)) {
    const value = kept.values[named(field)];
    if (value === undefined || value === contentOf(field)) continue;
    changed = true;
    if (typeof value === "boolean") field.checked = value;
    else field.value = value;
  }
  if (changed) tell(note, note.dataset.restored, kept.at);
  return undefined;
}

function tell(note, words, moment) {
  note.querySelector("[data-kept-words]").textContent = words.replace("{time}", time(moment));
  note.hidden = false;
}

function keep(form, note) {
  const at = Date.now();
  const values = Object.fromEntries(fields(form).map((field) => [named(field), contentOf(field)]));
  localStorage.setItem(key(), JSON.stringify({ at, values, version: versionOf(form) }));
  tell(note, note.dataset.kept, at);
}

/** Keep and bring back; signing out, or in, leaves nothing for the next person at this browser. */
export function keepForms(root) {
  forgetSaved();
  if (location.pathname === "/login") {
    for (const name of Object.keys(localStorage)) if (name.startsWith(PREFIX)) localStorage.removeItem(name);
  }
  const form = root.querySelector("form[data-keep]");
  const note = form?.querySelector("[data-kept]");
  if (!note) return;
  // Somebody may have typed before this script was there.
  const isTyped = (field) => !isTicked(field) && "defaultValue" in field && field.value !== field.defaultValue;
  if (fields(form).some(isTyped)) keep(form, note);
  else restore(form, note);
  let waiting;
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => keep(form, note), 400);
  });
  form.addEventListener("submit", () => {
    clearTimeout(waiting);
    sessionStorage.setItem(SENT, key());
  });
  note.querySelector("button").addEventListener("click", () => {
    localStorage.removeItem(key());
    location.reload();
  });
}
