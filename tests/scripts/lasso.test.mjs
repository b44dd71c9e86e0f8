import assert from "node:assert/strict";
import { test } from "node:test";
import { isInside } from "../../registry/static/js/lasso.mjs";

const HOOK = [
  { x: 0, y: 0 },
  { x: 30, y: 0 },
  { x: 30, y: 30 },
  { x: 20, y: 30 },
  { x: 20, y: 10 },
  { x: 0, y: 10 },
];

test("a point lies in a shape, also in one with a bay", () => {
  assert.ok(isInside({ x: 5, y: 5 }, HOOK));
  assert.ok(isInside({ x: 25, y: 25 }, HOOK));
  assert.ok(!isInside({ x: 10, y: 20 }, HOOK));
  assert.ok(!isInside({ x: 40, y: 5 }, HOOK));
});

test("the direction in which a shape is drawn makes no difference", () => {
  const reversed = [...HOOK].reverse();
  for (let x = 0.5; x < 35; x += 3) {
    for (let y = 0.5; y < 35; y += 3) assert.equal(isInside({ x, y }, HOOK), isInside({ x, y }, reversed));
  }
});
