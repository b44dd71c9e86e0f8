import assert from "node:assert/strict";
import { test } from "node:test";
import { nextTo } from "../../registry/static/js/terms.mjs";

const WINDOW = { width: 320, height: 640 };
const BOX = { width: 240, height: 80 };

test("a meaning stands below its term and within the window", () => {
  assert.deepEqual(nextTo({ left: 20, top: 100, bottom: 120 }, BOX, WINDOW), { left: 20, top: 124 });
  assert.deepEqual(nextTo({ left: 300, top: 100, bottom: 120 }, BOX, WINDOW), { left: 76, top: 124 });
});

test("at the lower edge it stands above its term", () => {
  assert.deepEqual(nextTo({ left: 20, top: 600, bottom: 620 }, BOX, WINDOW), { left: 20, top: 516 });
});
