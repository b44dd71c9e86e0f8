/**
 * The form of a violation on a phone: the list of acts is narrowed by words and follows the day, and the form is sent
 * without leaving the page, so that photos stay chosen when the server refuses, the line breaks or the session ends.
 * Without this script the form is sent as any other.
 */
import { element } from "./dom.mjs";
import { Steps } from "./field-steps.mjs";
import { hasWords } from "./text.mjs";

const JSON_FIRST = { Accept: "application/json, text/html;q=0.5" };
/** How the server answers a form of a session that is no more. */
const UNREADABLE = 400;

/** A search box that leaves only the options whose words all occur; what is chosen stays. */
function narrow(box) {
  const select = document.querySelector(box.dataset.narrow);
  const search = box.querySelector("input");
  let all = select.innerHTML;
  const apply = () => {
    const chosen = select.value;
    select.innerHTML = all;
    for (const option of select.querySelectorAll("option")) {
      const text = `${option.textContent} ${option.parentElement.label ?? ""}`;
      const stays = !option.value || option.value === chosen || hasWords(text, search.value);
      if (!stays) option.remove();
    }
    for (const group of select.querySelectorAll("optgroup")) if (!group.children.length) group.remove();
    select.value = chosen;
    if (select.selectedIndex < 0) select.selectedIndex = 0;
  };
  box.hidden = false;
  search.addEventListener("input", apply);
  select.addEventListener("renewed", () => {
    all = select.innerHTML;
    apply();
  });
}

/** Acts are those in force on the day of the act: a changed day brings the list of that day. */
function followDay(form, address) {
  const { occurred_on: day, is_continuing: continuing, kind } = form.elements;
  const renew = async () => {
    const query = new URLSearchParams({ on: day.value, continuing: continuing.checked ? "1" : "" });
    const answer = await fetch(`${address}?${query}`).catch(() => null);
    if (!answer?.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const chosen = kind.value;
    kind.innerHTML = page.getElementById(kind.id).innerHTML;
    kind.value = chosen;
    if (kind.selectedIndex < 0) kind.selectedIndex = 0;
    kind.dispatchEvent(new Event("renewed"));
    const usual = document.querySelector("[data-usual]");
    const fresh = page.querySelector("[data-usual]");
    if (usual && fresh) usual.replaceChildren(...fresh.childNodes);
  };
  day.addEventListener("change", renew);
  continuing.addEventListener("change", renew);
}

/** One act is chosen: among the usual ones, or in the list of all. */
function oneAct(form) {
  form.addEventListener("change", ({ target }) => {
    if (target.name === "usual") form.elements.kind.value = "";
    if (target.name === "kind" && target.value)
      for (const radio of form.querySelectorAll("[name=usual]")) radio.checked = false;
  });
}

/** The place of the device is asked for when the screen of the place opens without one. */
function askPlace(form) {
  const part = form.querySelector("[data-step-place]");
  part?.addEventListener("step-shown", () => {
    if (!form.elements.position.value) part.querySelector("[data-locate-me]")?.click();
  });
}

class Sender {
  constructor(root, steps) {
    this.steps = steps;
    this.form = root.querySelector("form");
    this.answer = document.querySelector("[data-answer]");
    this.texts = JSON.parse(root.dataset.texts);
    this.address = root.dataset.kinds;
    this.signIn = root.dataset.signIn;
    this.form.addEventListener("submit", (event) => this.send(event));
  }

  async send(event) {
    event.preventDefault();
    if (this.busy) return;
    this.busy = true;
    try {
      let answer = await this.post();
      if (answer.status === UNREADABLE) {
        if (!(await this.renewToken())) {
          this.tell(this.texts.signed_out, this.signIn);
          return;
        }
        answer = await this.post();
      }
      await this.take(answer);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      this.tell(this.texts.offline);
    } finally {
      this.busy = false;
      this.form.removeAttribute("data-sending");
      for (const button of this.form.querySelectorAll("[type=submit]")) button.removeAttribute("aria-disabled");
    }
  }

  post() {
    return fetch(this.form.action, { method: "POST", body: new FormData(this.form), headers: JSON_FIRST });
  }

  /** Who signed in again elsewhere has a new session: this form takes its token. False without a session. */
  async renewToken() {
    const answer = await fetch(this.address);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("[data-field-form] [name=csrf_token]");
    if (fresh) this.form.elements.csrf_token.value = fresh.value;
    return Boolean(fresh);
  }

  async take(answer) {
    const location = answer.headers.get("Location");
    if (answer.status === 201 && location) {
      window.location.assign(location);
      return;
    }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const said = page.querySelector("[data-answer]");
    if (!said) {
      const sentence = page.querySelector("main .lead") ?? page.querySelector("main h1");
      this.tell(`${this.texts.refused} ${sentence?.textContent.trim() ?? answer.status}`);
      return;
    }
    this.show([...said.childNodes]);
    this.renew(page);
  }

  /** Errors stand by their fields, fields and photos stay as they are; hidden values and choices are the new ones. */
  renew(page) {
    for (const old of this.form.querySelectorAll(".field-error")) old.remove();
    for (const input of this.form.querySelectorAll("[id]")) {
      const fresh = page.getElementById(input.id);
      if (!fresh || !("value" in input)) continue;
      if (fresh.hasAttribute("aria-invalid")) input.setAttribute("aria-invalid", "true");
      else input.removeAttribute("aria-invalid");
      const error = page.getElementById(`${input.id}-error`);
      if (error) input.before(error);
    }
    const wrong = this.form.querySelector("[aria-invalid=true], .field-error");
    if (wrong) this.steps.open(wrong);
    for (const name of ["compared", "asked_files", "csrf_token", "request_key"]) {
      const fresh = page.querySelector(`[data-field-form] [name=${name}]`);
      if (fresh) this.form.elements[name].value = fresh.value;
    }
  }

  /** A sentence, and a link that opens in a tab of its own, so that this page stays as it is. */
  tell(text, address) {
    const node = element("section", "", { class: "error-summary", role: "alert", tabindex: "-1" });
    node.append(element("p", text));
    if (address) node.append(element("a", this.texts.sign_in, { href: address, target: "_blank", rel: "noopener" }));
    this.show([node]);
  }

  show(nodes) {
    this.answer.replaceChildren(...nodes);
    const first = this.answer.querySelector("[tabindex='-1']") ?? this.answer;
    first.scrollIntoView({ block: "start" });
    first.focus?.();
  }
}

for (const box of document.querySelectorAll("[data-narrow]")) narrow(box);
for (const root of document.querySelectorAll("[data-field-form]")) {
  const form = root.querySelector("form");
  followDay(form, root.dataset.kinds);
  oneAct(form);
  askPlace(form);
  new Sender(root, new Steps(form));
}
