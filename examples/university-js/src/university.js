// People of a university → SCIM users; its groups → SCIM groups. The twin of
// examples/university, file by file; what it is to do stands there.

import { person, ENTERPRISE, EXTENSION } from "./person.js";
import { Problem, projection, text } from "./purser.js";
import { readSettings, SCHEMA } from "./settings.js";

export const university = {
  describe(settings) {
    readSettings(settings);
    return {
      name: "university",
      version: "0.1.0",
      summary: "Maps people of a university by their affiliations.",
      settingsSchema: SCHEMA,
      reads: [
        "login",
        "given_name",
        "family_name",
        "mail",
        "staff_number",
        "affiliations",
        "department",
        "contract_end",
        "label",
      ],
      writes: [
        "userName",
        "externalId",
        "name",
        "displayName",
        "active",
        "emails",
        "groups",
        "entitlements",
        ENTERPRISE,
        EXTENSION,
      ],
      capabilities: [
        { name: "time", reason: "Contractors lose their account when their contract ends." },
      ],
    };
  },

  prepare: readSettings,

  map(settings, context, object) {
    switch (object.kind) {
      case "person":
        return person(settings, context, object);
      case "group":
        return group(object);
      default:
        throw new Problem("unsupported", `there are no rules for the kind \`${object.kind}\``);
    }
  },
};

/** A group has a name; who is in it, people say. */
function group(object) {
  const label = text(object, "label");
  if (label === undefined) throw Problem.missing("label");
  return projection({ displayName: label, externalId: `group_${object.id}` });
}
