import assert from "node:assert/strict";
import { test } from "node:test";
import { matching, withRecent } from "../../registry/static/js/palette.mjs";
import { nextRow } from "../../registry/static/js/shortcuts.mjs";

const named = (...labels) => labels.map((label) => ({ label, url: `/${label}` }));
const labels = (entries) => entries.map(({ label }) => label);

test("what begins with the words comes before what has them elsewhere", () => {
  assert.deepEqual(labels(matching(named("Tìm vị trí dùng chung", "Dùng chung", "Sự cố"), "dung")), [
    "Dùng chung",
    "Tìm vị trí dùng chung",
  ]);
});

test("no words leave the order, and never more than may be shown", () => {
  assert.deepEqual(labels(matching(named("b", "a", "c"), " ", 2)), ["b", "a"]);
});

test("a page that is opened again stands once, first, and the oldest is forgotten", () => {
  assert.deepEqual(labels(withRecent(named("a", "b", "c"), named("c")[0], 3)), ["c", "a", "b"]);
  assert.deepEqual(labels(withRecent(named("a", "b"), named("c")[0], 2)), ["c", "a"]);
});

test("rows are walked through from end to end and not beyond", () => {
  assert.deepEqual([nextRow(-1, 1, 3), nextRow(-1, -1, 3), nextRow(2, 1, 3), nextRow(0, -1, 3)], [0, 2, 2, 0]);
  assert.equal(nextRow(-1, 1, 0), -1);
});
