import assert from "node:assert/strict";
import { test } from "node:test";
import { dropOf } from "../../registry/static/js/route-desk.mjs";

test("a row goes before one above it and after one below it, and nowhere over itself", () => {
  const rows = ["a", "b", "c"];
  assert.deepEqual(dropOf(rows, "c", "a"), ["before", "a"]);
  assert.deepEqual(dropOf(rows, "a", "b"), ["after", "b"]);
  assert.equal(dropOf(rows, "b", "b"), null);
  assert.equal(dropOf(rows, "b", "x"), null);
});
