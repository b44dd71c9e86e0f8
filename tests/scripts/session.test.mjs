import assert from "node:assert/strict";
import { test } from "node:test";

import { endOf } from "../../registry/static/js/session.mjs";

test("a use puts the end off as long as the whole session has time", () => {
  assert.deepEqual(endOf(1000, 500, 9000), [1500, true]);
  assert.deepEqual(endOf(8800, 500, 9000), [9000, false]);
});
