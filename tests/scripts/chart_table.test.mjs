import assert from "node:assert/strict";
import { test } from "node:test";
import { classesOf, readNumber } from "../../registry/static/js/chart-table.mjs";

test("a number is read as its language writes it", () => {
  assert.equal(readNumber("1.234,5", "vi"), 1234.5);
  assert.equal(readNumber("1,234.5", "en"), 1234.5);
  assert.equal(readNumber(" -12 % ", "vi"), -12);
  assert.equal(readNumber("–", "vi"), null);
  assert.equal(readNumber("", "en"), null);
});

test("every value is in one class, and equal values in the same", () => {
  for (const values of [[], [3], [1, 1, 1], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], [5, 5, 5, 1, 2, 9, 9, 9, 9]]) {
    const classes = classesOf(values);
    assert.ok(classes.length <= 5);
    for (const value of values) {
      assert.equal(
        classes.filter(([least, most]) => value >= least && value <= most).length,
        1,
        `${value} of ${values}`,
      );
    }
    for (const [index, [least, most]] of classes.entries()) {
      assert.ok(least <= most);
      if (index) assert.ok(classes[index - 1][1] < least);
    }
  }
});

test("more values than classes are put between round bounds", () => {
  const counts = [10, 12, 13, 14, 14, 14, 15, 15, 15, 16, 16, 16, 18, 19, 24, 31, 53];
  assert.deepEqual(classesOf(counts), [
    [10, 14],
    [15, 19],
    [20, 53],
  ]);
  const spread = Array.from({ length: 100 }, (_, at) => at * 11);
  for (const [least] of classesOf(spread).slice(1)) assert.equal(least % 200, 0);
});
