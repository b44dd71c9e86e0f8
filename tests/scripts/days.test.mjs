import assert from "node:assert/strict";
import { test } from "node:test";

import { asDateValue, asTyped } from "../../registry/static/js/days.mjs";

test("a typed day and the day of a calendar are the same day", () => {
  for (const [typed, value] of [
    ["05/12/2026", "2026-12-05"],
    ["5/1/1995", "1995-01-05"],
    [" 31.12.2190 ", "2190-12-31"],
  ]) {
    assert.equal(asDateValue(typed), value);
    assert.equal(asDateValue(asTyped(value)), value);
  }
});

test("what is no day opens the calendar at today", () => {
  for (const typed of ["", "2026", "hôm nay", "12/2026", "1/2/26"]) assert.equal(asDateValue(typed), "");
});
