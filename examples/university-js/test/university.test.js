// The mapping as plain functions: no WebAssembly, no host, no clock. That it does what its twin in
// Rust does, person by person, is tested where both are components (host/tests/sync/twins.rs).

import assert from "node:assert/strict";
import { test } from "node:test";

import { ENTERPRISE, EXTENSION } from "../src/person.js";
import { component } from "../src/purser.js";
import { university } from "../src/university.js";

const SETTINGS = {
  utc_offset: "+01:00",
  leavers: ["alum"],
  affiliations: {
    student: { groups: ["students"], entitlements: ["library"] },
    staff: { groups: ["staff", "vpn"], entitlements: ["library"] },
    contractor: { groups: ["guests", "vpn"], until_contract_end: true },
  },
};

const { metadata, mapping } = component(university, (line) => assert.fail(line));

/** The outcome for one object, as the host gets it, with its document read. */
function outcome(attributes, { now = "2026-11-23T09:30:00Z", kind = "person" } = {}) {
  const context = { settings: JSON.stringify(SETTINGS), mapping: "people", target: "campus", now };
  const object = { kind, id: "17", resourceType: "User", active: true, roles: [] };
  object.attributes = JSON.stringify(attributes);
  const [{ tag, val }] = mapping.mapObjects(context, [object]);
  if (tag === "projection") val.resource = JSON.parse(val.resource);
  return { tag, val };
}

const ann = (more) => ({ login: "ann", given_name: "Ann", family_name: "Lee", ...more });

test("affiliations become groups, entitlements and the extension", () => {
  const attributes = ann({
    affiliations: ["staff", "student", "staff", "alum"],
    department: "chem",
    staff_number: "S-1",
    mail: "ann@uni.example",
  });
  assert.deepEqual(outcome(attributes).val.resource, {
    userName: "ann",
    externalId: "17",
    name: { givenName: "Ann", familyName: "Lee" },
    displayName: "Ann Lee",
    active: true,
    emails: [{ value: "ann@uni.example", type: "work", primary: true }],
    groups: ["chem", "staff", "students", "vpn"].map((id) => ({ value: `group:${id}` })),
    entitlements: [{ value: "library" }],
    [ENTERPRISE]: { employeeNumber: "S-1", department: "chem" },
    [EXTENSION]: {
      affiliations: ["staff", "student"],
      primaryAffiliation: "staff",
      contractEnd: null,
    },
  });
});

test("a contract ends at the midnight after its last day", () => {
  const contractor = ann({ affiliations: ["contractor"], contract_end: "2026-11-30" });
  const before = outcome(contractor, { now: "2026-11-30T22:59:59Z" }).val;
  assert.equal(before.resource.active, true);
  assert.equal(before.reevaluateAt, "2026-11-30T23:00:00Z");

  const after = outcome(contractor, { now: "2026-11-30T23:00:00Z" }).val;
  assert.equal(after.resource.active, false);
  assert.deepEqual(after.resource.groups, []);
  assert.equal(after.resource[EXTENSION].contractEnd, "2026-11-30");
  assert.equal(after.reevaluateAt, undefined);
});

test("who has left is out of scope", () => {
  for (const affiliations of [["alum"], [], null]) {
    assert.equal(outcome(ann({ affiliations })).tag, "out-of-scope");
  }
});

test("what cannot be mapped is a problem of one person", () => {
  const problem = (attributes, options) => {
    const { tag, val } = outcome(attributes, options);
    assert.equal(tag, "problem");
    return [val.kind, val.attribute];
  };
  const contractor = ann({ affiliations: ["contractor"] });
  assert.deepEqual(problem({ affiliations: ["staff"] }), ["missing-attribute", "login"]);
  assert.deepEqual(problem(contractor), ["missing-attribute", "contract_end"]);
  assert.deepEqual(problem({ ...contractor, contract_end: "2026-02-30" }), [
    "invalid-value",
    "contract_end",
  ]);
  assert.deepEqual(problem({ ...contractor, contract_end: "2026-11-30" }, { now: null }), [
    "internal",
    undefined,
  ]);
  assert.deepEqual(problem(ann({}), { kind: "printer" }), ["unsupported", undefined]);
});

test("settings that contradict themselves are refused by name", () => {
  const describe = (settings) => metadata.describe(JSON.stringify(settings));
  const thrown = (settings) => {
    try {
      describe(settings);
    } catch (sentence) {
      return sentence;
    }
    return assert.fail("it was accepted");
  };
  assert.match(thrown({ leavers: ["alum"], affiliations: { alum: {} } }), /^`alum` stands in/);
  assert.match(thrown({ utc_offset: "+24:00" }), /^`utc_offset` is not/);
  assert.equal(JSON.parse(describe({}).settingsSchema).type, "object");
});
