// What stands between a mapping and the contract: one bad object never spoils its batch.

import assert from "node:assert/strict";
import { test } from "node:test";

import { component, outOfScope, Problem, projection } from "../src/purser.js";

const CONTEXT = { settings: '{"greeting":"hello"}' };
const objects = (...ids) => ids.map((id) => ({ id, attributes: JSON.stringify({ id }) }));

const careless = {
  prepare: ({ greeting }) => greeting,
  map(greeting, _context, { id, attributes }) {
    if (id === "fault") attributes.secret.of[id];
    if (id === "thrown") throw { not: "an error" };
    if (id === "missing") throw Problem.missing("login");
    if (id === "out") return outOfScope("elsewhere");
    return projection({ greeting, ...attributes }, { until: "2026-11-30T23:00:00Z" });
  },
};

test("each object has its own outcome, whatever is thrown beside it", () => {
  const lines = [];
  const { mapping } = component(careless, (line) => lines.push(line));
  const batch = objects("1", "fault", "missing", "thrown", "out", "2");
  const outcomes = mapping.mapObjects(CONTEXT, batch);
  assert.deepEqual(
    outcomes.map(({ tag, val }) => (tag === "problem" ? val.kind : tag)),
    ["projection", "internal", "missing-attribute", "internal", "out-of-scope", "projection"],
  );
  assert.deepEqual(JSON.parse(outcomes[5].val.resource), { greeting: "hello", id: "2" });
  assert.equal(outcomes[0].val.reevaluateAt, "2026-11-30T23:00:00Z");

  // The place and not the message, which names what was in the way.
  assert.equal(lines.length, 2);
  assert.match(lines[0], /^fault at .*purser\.test\.js:\d+/);
  assert.doesNotMatch(lines[0], /undefined|secret/);
  assert.equal(lines[1], "fault at an unknown place");
});

test("settings at fault are the problem of everybody", () => {
  const mapping = {
    prepare() {
      throw "`greeting` is rude";
    },
  };
  const [one, two] = component(mapping, assert.fail).mapping.mapObjects(CONTEXT, objects("1", "2"));
  assert.deepEqual(one, two);
  assert.equal(one.val.kind, "invalid-settings");
  assert.equal(one.val.message, "`greeting` is rude");
});
