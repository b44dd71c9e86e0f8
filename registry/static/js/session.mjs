/**
 * Two minutes before a session ends the page says so, and one click goes on with it: any request is a use of it. A use in
 * another tab counts, too. What is typed stays on the page; a form that is sent later goes through sign-in.
 */

const WARNING_MS = 120_000;
const SEEN = "session-seen";

/** When a session ends that was last used at `seen`: [moment, whether a use puts it off]. All in milliseconds. */
export function endOf(seen, idle, last) {
  return seen + idle < last ? [seen + idle, true] : [last, false];
}

export function warnBeforeEnd(root, now = () => Date.now(), store = globalThis.localStorage) {
  const part = root.querySelector("[data-session-idle]");
  if (!part) return;
  const { sessionIdle, sessionLeft, sessionCheck, texts } = part.dataset;
  const words = JSON.parse(texts);
  const idle = Number(sessionIdle) * 1000;
  const last = now() + Number(sessionLeft) * 1000;
  const on = part.querySelector("[data-session-on]");
  const signIn = part.querySelector("[data-session-in]");
  const used = () => store.setItem(SEEN, String(now()));
  let timer = 0;
  let isOver = false;

  function show(kind, end = 0) {
    const time = new Date(end).toLocaleTimeString(root.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
    part.querySelector("span").textContent = words[kind].replace("{time}", time);
    on.hidden = kind !== "idle";
    signIn.hidden = kind === "idle";
    part.hidden = false;
  }

  function finish() {
    isOver = true;
    show("over");
  }

  function look() {
    clearTimeout(timer);
    if (isOver) return;
    const [end, canGoOn] = endOf(Number(store.getItem(SEEN)), idle, last);
    const left = end - now();
    part.hidden = left > WARNING_MS;
    if (left <= 0) return finish();
    if (left <= WARNING_MS) show(canGoOn ? "idle" : "left", end);
    timer = setTimeout(look, left > WARNING_MS ? left - WARNING_MS : Math.min(left, 5000));
  }

  on.addEventListener("click", async () => {
    const answer = await fetch(sessionCheck, {
      redirect: "manual",
      headers: { Accept: "text/html" },
    }).catch(() => null);
    if (answer?.ok) used();
    else if (answer) return finish();
    look();
  });
  root.addEventListener("htmx:afterRequest", ({ detail }) => {
    if (!detail.successful) return;
    used();
    look();
  });
  globalThis.addEventListener("storage", ({ key }) => key === SEEN && look());
  used();
  look();
}
