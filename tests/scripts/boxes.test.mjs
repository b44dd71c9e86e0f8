import assert from "node:assert/strict";
import { test } from "node:test";
import { boxBetween, boxesAfter, boxesOf, withBoxes } from "../../registry/static/js/boxes.mjs";

const PICTURE = { width: 640, height: 480 };

test("lines of four numbers are boxes, with spaces, commas or semicolons", () => {
  assert.deepEqual(boxesOf("1 2 3 4\nnothing\n 5,6; 7 , 8 \n1 2 3"), [
    [1, 2, 3, 4],
    [5, 6, 7, 8],
  ]);
});

test("what is no box stays before the boxes", () => {
  assert.equal(withBoxes("a note\n1 2 3 4\n", [[5, 6, 7, 8]]), "a note\n5 6 7 8");
});

test("a box between two corners has no negative side", () => {
  assert.deepEqual(boxBetween([30, 40], [10, 90]), [10, 40, 20, 50]);
});

test("Enter adds a box in the middle and Delete removes the last", () => {
  const boxes = boxesAfter("Enter", [], false, PICTURE);
  assert.deepEqual(boxes, [[280, 200, 80, 80]]);
  assert.deepEqual(boxesAfter("Delete", boxes, false, PICTURE), []);
});

test("without a box only Enter does something, and other keys never do", () => {
  assert.equal(boxesAfter("ArrowLeft", [], false, PICTURE), null);
  assert.equal(boxesAfter("Delete", [], false, PICTURE), null);
  assert.equal(boxesAfter("x", [[1, 2, 3, 4]], false, PICTURE), null);
});

test("a box that is moved or resized stays in the picture", () => {
  const keys = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"];
  for (const isSize of [false, true]) {
    for (const key of keys) {
      let boxes = [[300, 200, 50, 50]];
      for (let step = 0; step < 200; step += 1) boxes = boxesAfter(key, boxes, isSize, PICTURE);
      const [x, y, width, height] = boxes[0];
      assert.ok(x >= 0 && y >= 0 && width >= 3 && height >= 3, `${key} ${boxes}`);
      assert.ok(x + width <= PICTURE.width && y + height <= PICTURE.height, `${key} ${boxes}`);
    }
  }
});
