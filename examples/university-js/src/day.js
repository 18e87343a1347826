// Days, and the moments at which they begin. Computed: a component has no clock, and `Date` may
// only be used with numbers that are given to it (`Date.now()` and `new Date()` are faults).

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** The last moment that RFC 3339 can write: contracts without an end often end on 9999-12-31. */
const LAST = "9999-12-31T23:59:59Z";

/** How many minutes `+01:00`, `-05:30` or `Z` is ahead of UTC; undefined where it is no offset. */
export function readOffset(written) {
  if (written === "Z") return 0;
  const parts = /^([+-])([0-9]{2}):([0-9]{2})$/.exec(written);
  if (parts === null) return undefined;
  const [hours, minutes] = [Number(parts[2]), Number(parts[3])];
  if (hours > 23 || minutes > 59) return undefined;
  return (parts[1] === "-" ? -1 : 1) * (hours * 60 + minutes);
}

/**
 * The midnight after a day such as `2026-11-30`, at an offset, as RFC 3339 in UTC; undefined
 * where there is no such day.
 */
export function midnightAfter(written, offset) {
  const parts = /^([0-9]{4})-([0-9]{2})-([0-9]{2})$/.exec(written);
  if (parts === null || parts[1] === "0000") return undefined;
  const day = new Date(0);
  // Not `Date.UTC`, which takes the year 26 for 1926.
  day.setUTCFullYear(Number(parts[1]), Number(parts[2]) - 1, Number(parts[3]));
  // The 31st of a short month would be a day of the next.
  if (day.toISOString().slice(0, 10) !== written) return undefined;
  const midnight = new Date(day.getTime() + DAY - offset * MINUTE);
  if (midnight.getUTCFullYear() > 9999) return LAST;
  return `${midnight.toISOString().slice(0, 19)}Z`;
}
