/**
 * The panel next to the map: links to a tool of the workspace and the question forms of tools swap #panel and #ws-bar,
 * so that the map stays. Without scripts they are ordinary links and forms.
 */
import { carried, CARRIED } from "./address.mjs";

const SWAP = { target: "#panel", select: "#panel", swap: "outerHTML show:none" };

export class Panel {
  /** `swapped(isOtherTool)` is called after each swap of the panel. */
  constructor(root, texts, swapped) {
    this.root = root;
    this.texts = texts;
    this.loader = document.getElementById("panel-loader");
    this.swapped = swapped;
    this.asked = "";
    document.addEventListener("click", (event) => this.follow(event));
    document.addEventListener("submit", (event) => this.send(event));
    document.addEventListener("htmx:configRequest", (event) => this.carry(event));
    document.addEventListener("htmx:beforeSwap", (event) => this.guard(event));
    document.addEventListener("htmx:afterSettle", (event) => this.settle(event));
    document.addEventListener("htmx:sendError", (event) => this.failed(event));
    document.addEventListener("htmx:responseError", (event) => this.failed(event));
  }

  /** The pages that are tools of this workspace. */
  get tools() {
    const found = [...this.root.querySelectorAll(".ws-tools a")].map((link) => new URL(link.href).pathname);
    return new Set([location.pathname, ...found]);
  }

  follow(event) {
    const link = event.target.closest?.("a[href]");
    const isPlain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
    if (!link || !isPlain || event.defaultPrevented || !this.root.contains(link)) return;
    if (link.target || link.hasAttribute("download") || "viewLink" in link.dataset) return;
    const address = new URL(link.href);
    const isSamePage = address.pathname === location.pathname && address.search === location.search;
    if (address.origin !== location.origin || !this.tools.has(address.pathname) || (isSamePage && address.hash)) return;
    event.preventDefault();
    this.go(address);
  }

  send(event) {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "get" || !this.root.contains(form) || form.hasAttribute("hx-get"))
      return;
    const address = new URL(form.action);
    if (!this.tools.has(address.pathname)) return;
    event.preventDefault();
    address.search = new URLSearchParams(new FormData(form, event.submitter)).toString();
    this.go(address);
  }

  /** Show the page of an address in the panel; what the workspace keeps goes along. */
  go(address) {
    for (const name of CARRIED) address.searchParams.delete(name);
    for (const [name, value] of carried()) address.searchParams.append(name, value);
    this.asked = address.pathname;
    this.before = location.pathname;
    // What went wrong is said by `failed`.
    return htmx.ajax("GET", address.pathname + address.search, { source: this.loader, ...SWAP }).catch(() => undefined);
  }

  /** The filter form of the list carries the switches of the map, too. */
  carry({ detail }) {
    if (detail.elt.id !== "filters") return;
    for (const [name, value] of carried())
      if (!detail.formData.has(name) || name === "layer") detail.formData.append(name, value);
  }

  /** An answer without the part that was asked for is another page, such as that of signing in. */
  guard({ detail }) {
    const { xhr, requestConfig } = detail;
    if (!this.isOurs(requestConfig?.elt) || /id="panel"/.test(xhr.responseText)) return;
    detail.shouldSwap = false;
    // A refusal is said here, and what was typed stays.
    if (xhr.status >= 400) this.note(reasonIn(xhr.responseText) || this.texts.panelFailed);
    else location.assign(xhr.responseURL);
  }

  isOurs(element) {
    return element === this.loader || element?.id === "filters";
  }

  settle({ detail }) {
    const element = detail.requestConfig?.elt;
    if (!this.isOurs(element)) return;
    this.note("");
    this.swapped(element === this.loader && this.asked !== this.before, element === this.loader);
  }

  failed({ detail }) {
    const element = detail.requestConfig?.elt;
    if (!this.isOurs(element)) return;
    const text = detail.xhr?.status ? reasonIn(detail.xhr.responseText) : "";
    this.note(text || this.texts.panelFailed);
  }

  note(text) {
    const note = document.getElementById("panel-note");
    if (!note) return;
    note.textContent = text;
    note.hidden = !text;
  }
}

/** The sentence of an error page. */
function reasonIn(html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  return page.querySelector(".error-page p, .error-summary li, main p")?.textContent.trim() ?? "";
}
