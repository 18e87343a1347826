// The table of affiliations, as the administrator writes it.

import { readOffset } from "./day.js";

/**
 * The settings, with what is not given filled in. The host has held them against `SCHEMA` before.
 * Throws a sentence that names the setting at fault.
 */
export function readSettings({ affiliations = {}, leavers = [], utc_offset = "Z" }) {
  const utcOffset = readOffset(utc_offset);
  if (utcOffset === undefined) throw "`utc_offset` is not of the form +01:00";
  const both = leavers.find((leaver) => Object.hasOwn(affiliations, leaver));
  if (both !== undefined) {
    throw `\`${both}\` stands in \`affiliations\` and in \`leavers\`; it can be one of them`;
  }
  // A map, because an object has more names than those that stand in it.
  return { affiliations: new Map(Object.entries(affiliations)), leavers, utcOffset };
}

/** Their JSON Schema: shown to people, and checked by the host. */
export const SCHEMA = {
  type: "object",
  additionalProperties: false,
  properties: {
    utc_offset: {
      description: "How much clocks here are ahead of UTC: a contract ends at midnight here.",
      type: "string",
      pattern: "^(Z|[+-][0-9]{2}:[0-9]{2})$",
      default: "Z",
    },
    leavers: {
      description: "Affiliations that give no account. Who has no other is out of scope.",
      $ref: "#/$defs/texts",
    },
    affiliations: {
      description: "What each affiliation gives.",
      type: "object",
      additionalProperties: {
        type: "object",
        additionalProperties: false,
        properties: {
          groups: {
            description: "Ids of groups of the source.",
            $ref: "#/$defs/texts",
          },
          entitlements: { $ref: "#/$defs/texts" },
          until_contract_end: {
            description: "It ends with the day in `contract_end`.",
            type: "boolean",
          },
        },
      },
    },
  },
  $defs: { texts: { type: "array", items: { type: "string", minLength: 1 } } },
};
