import assert from "node:assert/strict";
import { test } from "node:test";
import { isInside, movedBy } from "../../registry/static/js/lasso.mjs";

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

const MAP = { width: 400, height: 300 };

test("an arrow moves the mark a step, with Shift a leap, and any other key not at all", () => {
  const middle = { x: 200, y: 150 };
  assert.deepEqual(movedBy({ key: "ArrowRight" }, middle, MAP), { x: 212, y: 150 });
  assert.deepEqual(movedBy({ key: "ArrowUp", shiftKey: true }, middle, MAP), { x: 200, y: 90 });
  assert.equal(movedBy({ key: "Enter" }, middle, MAP), null);
});

test("the mark never leaves the map, so that each corner can be set from the keyboard", () => {
  let mark = { x: 200, y: 150 };
  for (const key of ["ArrowLeft", "ArrowUp"]) {
    for (let press = 0; press < 50; press += 1) mark = movedBy({ key }, mark, MAP);
  }
  assert.deepEqual(mark, { x: 0, y: 0 });
  for (let press = 0; press < 50; press += 1) mark = movedBy({ key: "ArrowDown", shiftKey: true }, mark, MAP);
  assert.deepEqual(mark, { x: 0, y: 300 });
});
