// Until when a contractor has an account.

import { midnightAfter } from "./day.js";
import { Problem, text } from "./purser.js";

/**
 * The contract that `contract_end` tells of: its last day, the midnight after it here, and
 * whether that has come. The time is the host's, equal for all batches of a run.
 */
export function readContract(settings, context, object) {
  const lastDay = text(object, "contract_end");
  if (lastDay === undefined) throw Problem.missing("contract_end");
  const endsAt = midnightAfter(lastDay, settings.utcOffset);
  if (endsAt === undefined) {
    throw Problem.invalid("contract_end", "it is not a day, such as 2026-11-30");
  }
  if (!context.now) throw new Problem("internal", "the host did not tell the time");
  // RFC 3339 in UTC, to the second: what is earlier sorts first.
  return { lastDay, endsAt, over: context.now.slice(0, 19) >= endsAt.slice(0, 19) };
}
