import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { SLOW_MS, showSwaps } from "../../registry/static/js/swaps.mjs";

/** A page with the button alone: what is dispatched on it reaches its listeners. */
function pageWith(button) {
  const page = new EventTarget();
  page.documentElement = { toggleAttribute: () => {} };
  page.getElementById = () => null;
  page.querySelector = () => button;
  return page;
}

function happen(page, name, xhr) {
  page.dispatchEvent(Object.assign(new Event(name), { detail: { xhr } }));
}

test("a request that takes ten seconds can be cancelled, and the offer goes with it", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const button = Object.assign(new EventTarget(), { hidden: true });
  const page = pageWith(button);
  showSwaps(page);
  const slow = { aborted: 0, abort: () => (slow.aborted += 1) };
  happen(page, "htmx:beforeSend", slow);
  mock.timers.tick(SLOW_MS - 1);
  assert.equal(button.hidden, true);
  mock.timers.tick(1);
  assert.equal(button.hidden, false);
  button.dispatchEvent(new Event("click"));
  assert.equal(slow.aborted, 1);
  happen(page, "htmx:afterRequest", slow);
  assert.equal(button.hidden, true);
});

test("a quick request offers nothing", () => {
  const button = Object.assign(new EventTarget(), { hidden: true });
  const page = pageWith(button);
  showSwaps(page);
  const quick = {};
  happen(page, "htmx:beforeSend", quick);
  happen(page, "htmx:afterRequest", quick);
  mock.timers.tick(SLOW_MS);
  assert.equal(button.hidden, true);
});
