import assert from "node:assert/strict";
import { test } from "node:test";
import { folded, hasWords, stemOf } from "../../registry/static/js/text.mjs";

test("marks, case and đ make no difference, composed or decomposed", () => {
  assert.equal(folded("Đường Nguyễn Huệ"), "duong nguyen hue");
  assert.equal(folded("Đường".normalize("NFD")), folded("Đường".normalize("NFC")));
});

test("a search finds its words in any order", () => {
  assert.ok(hasWords("Treo cáp không đúng quy định", "dinh cap"));
  assert.ok(hasWords("anything", "  "));
  assert.ok(!hasWords("Treo cáp", "cap ngam"));
});

test("the name of a file has plain letters, and no hyphen at its ends", () => {
  assert.equal(stemOf("Tỷ lệ dùng chung (%)"), "ty-le-dung-chung");
});
