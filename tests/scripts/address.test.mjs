import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

beforeEach(() => {
  globalThis.location = { pathname: "/structures", search: "?kind=mast&kind=pole&view=both", hash: "#12/20.1/106.2" };
  globalThis.history = {
    state: null,
    calls: [],
    pushState(...given) {
      this.calls.push(["push", given[2]]);
    },
    replaceState(...given) {
      this.calls.push(["replace", given[2]]);
    },
  };
});

const { carried, setParams } = await import("../../registry/static/js/address.mjs");

test("setting arguments keeps the others and the place of the map", () => {
  setParams({ chosen: "7", view: null }, { push: true });
  assert.deepEqual(history.calls, [["push", "/structures?kind=mast&kind=pole&chosen=7#12/20.1/106.2"]]);
});

test("a list gives several values, and what changes nothing is no step back", () => {
  setParams({ kind: ["mast", "", "cabinet"] });
  assert.deepEqual(history.calls, [["replace", "/structures?view=both&kind=mast&kind=cabinet#12/20.1/106.2"]]);
  history.calls.length = 0;
  setParams({ view: "both" });
  assert.equal(history.calls.length, 0);
});

test("forms and links of the panel carry what the workspace keeps, and no filter", () => {
  assert.deepEqual(carried(), [["view", "both"]]);
});
