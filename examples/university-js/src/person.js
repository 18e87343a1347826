// One person: a function over plain values.
//
// Who has left (`alum` and nothing else) is out of scope: what becomes of the account is the
// administrator's policy. Who has a contract has an account until it ends; the resource then says
// so, and asks to be made again at that moment.

import { readContract } from "./contract.js";
import { outOfScope, Problem, projection, text } from "./purser.js";

/** The extension that the mapping writes; where the target does not offer it, the host leaves it out. */
export const EXTENSION = "urn:example:params:scim:schemas:extension:university:2.0:User";
/** The enterprise extension (RFC 7643 §4.3). */
export const ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/** Maps one person. */
export function person(settings, context, person) {
  const login = text(person, "login");
  if (login === undefined) throw Problem.missing("login");
  const affiliations = readAffiliations(settings, person);
  if (affiliations.length === 0) return outOfScope("no affiliation that gives an account");

  const ends = (name) => settings.affiliations.get(name).until_contract_end === true;
  const contract = affiliations.some(ends) ? readContract(settings, context, person) : undefined;
  const current = affiliations.filter((name) => !(contract?.over && ends(name)));

  const given = current.map((name) => settings.affiliations.get(name));
  const groups = new Set(given.flatMap((gives) => gives.groups ?? []));
  const entitlements = new Set(given.flatMap((gives) => gives.entitlements ?? []));
  const department = text(person, "department");
  if (department !== undefined && current.length > 0) groups.add(department);

  const resource = {
    userName: login,
    externalId: person.id,
    name: copied(person, { given_name: "givenName", family_name: "familyName" }),
    displayName: displayName(person) ?? login,
    active: person.active && current.length > 0,
    // References: the host makes memberships of them.
    groups: values([...groups].map((id) => `group:${id}`)),
    entitlements: values([...entitlements]),
    [ENTERPRISE]: copied(person, { staff_number: "employeeNumber", department: "department" }),
    [EXTENSION]: {
      affiliations: current,
      primaryAffiliation: current[0] ?? null,
      contractEnd: contract?.lastDay ?? null,
    },
  };
  if (Object.hasOwn(person.attributes, "mail")) {
    const mail = text(person, "mail");
    resource.emails = mail ? [{ value: mail, type: "work", primary: true }] : null;
  }
  return projection(resource, { until: contract?.over ? undefined : contract?.endsAt });
}

/** What somebody is here, in the order of the source, without what gives no account. */
function readAffiliations(settings, person) {
  const { affiliations } = person.attributes;
  if (affiliations === undefined) throw Problem.missing("affiliations");
  if (affiliations === null) return [];
  const wrong = (message) => Problem.invalid("affiliations", message);
  if (!Array.isArray(affiliations)) throw wrong("it is not a list of texts");
  const found = new Set();
  for (const name of affiliations) {
    if (typeof name !== "string") throw wrong("it is not a list of texts");
    if (settings.leavers.includes(name)) continue;
    if (!settings.affiliations.has(name)) {
      throw wrong("it holds one that the settings do not name");
    }
    found.add(name);
  }
  return [...found];
}

function displayName(person) {
  const parts = [text(person, "given_name"), text(person, "family_name")];
  return parts.filter((part) => part !== undefined).join(" ") || undefined;
}

/**
 * Carries values over as they are: what the source does not say is not managed, what it says to be
 * empty is cleared.
 */
function copied({ attributes }, names) {
  const into = {};
  for (const [from, to] of Object.entries(names)) {
    if (Object.hasOwn(attributes, from)) into[to] = attributes[from] === "" ? null : attributes[from];
  }
  return into;
}

/** Items of a multi-valued attribute, in one order whatever the order of the affiliations. */
function values(texts) {
  return texts.sort().map((value) => ({ value }));
}
