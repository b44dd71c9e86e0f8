import assert from "node:assert/strict";
import { test } from "node:test";

import { moved, Steps } from "../../registry/static/js/field-steps.mjs";

/** A node of a form that can be hidden and pressed. */
const node = () => Object.assign(new EventTarget(), { hidden: false, scrollIntoView() {}, contains: () => false });

function form(count) {
  const parts = Array.from({ length: count }, node);
  const named = { "[data-step-back]": [node()], "[data-step-on]": [node()], "[data-step-last]": [node()] };
  return {
    parts,
    named,
    querySelector: (selector) => named[selector]?.[0] ?? null,
    querySelectorAll: (selector) => (selector === "[data-step]" ? parts : (named[selector] ?? [])),
  };
}

const media = (matches) => Object.assign(new EventTarget(), { matches });
const shown = ({ parts }) => parts.map(({ hidden }) => !hidden);

test("a step stays within the parts", () => {
  assert.deepEqual([moved(0, -1, 4), moved(0, 1, 4), moved(3, 1, 4)], [0, 1, 3]);
});

test("a phone shows one part at a time and sends from the last one", () => {
  const page = form(3);
  new Steps(page, media(true));
  assert.deepEqual(shown(page), [true, false, false]);
  assert.equal(page.named["[data-step-last]"][0].hidden, true);
  for (let press = 0; press < 2; press += 1) page.named["[data-step-on]"][0].dispatchEvent(new Event("click"));
  assert.deepEqual(shown(page), [false, false, true]);
  assert.equal(page.named["[data-step-last]"][0].hidden, false);
  assert.equal(page.named["[data-step-on]"][0].hidden, true);
});

test("a wide screen shows all parts", () => {
  const page = form(3);
  new Steps(page, media(false));
  assert.deepEqual(shown(page), [true, true, true]);
  assert.equal(page.named["[data-step-on]"][0].hidden, true);
});

test("a refused field opens its part", () => {
  const page = form(3);
  const steps = new Steps(page, media(true));
  const field = {};
  page.parts[1].contains = (target) => target === field;
  steps.open(field);
  assert.deepEqual(shown(page), [false, true, false]);
});
