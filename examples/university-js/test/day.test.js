// Days and offsets; the same cases as those of the SDK in Rust.

import assert from "node:assert/strict";
import { test } from "node:test";

import { midnightAfter, readOffset } from "../src/day.js";

test("the midnight after a day knows months, leap years and places", () => {
  for (const [day, offset, midnight] of [
    ["2026-11-30", "Z", "2026-12-01T00:00:00Z"],
    ["2026-11-30", "+01:00", "2026-11-30T23:00:00Z"],
    ["2026-12-30", "-05:30", "2026-12-31T05:30:00Z"],
    ["2028-02-28", "Z", "2028-02-29T00:00:00Z"],
    ["2100-02-28", "Z", "2100-03-01T00:00:00Z"],
    ["0001-01-01", "Z", "0001-01-02T00:00:00Z"],
    ["0026-11-30", "Z", "0026-12-01T00:00:00Z"],
    ["9999-12-31", "+01:00", "9999-12-31T23:00:00Z"],
    ["9999-12-31", "Z", "9999-12-31T23:59:59Z"],
  ]) {
    assert.equal(midnightAfter(day, readOffset(offset)), midnight, `${day} ${offset}`);
  }
});

test("what is no day and no offset is refused", () => {
  for (const day of [
    "2026-02-29",
    "2026-13-01",
    "2026-00-10",
    "2026-01-00",
    "2026-1-1",
    "0000-01-01",
    "30.11.2026",
    "2026-11-30T00:00:00Z",
    "2026-11-30\n",
    "",
  ]) {
    assert.equal(midnightAfter(day, 0), undefined, day);
  }
  for (const offset of ["1:00", "+1:00", "+24:00", "+00:60", "01:00", "+0a:00", ""]) {
    assert.equal(readOffset(offset), undefined, offset);
  }
});
