// The mapping that the benchmarks measure (bench/guests/README.md), in JavaScript.

const CORE = "urn:ietf:params:scim:schemas:core:2.0:User";
const ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

const READS = [
  "login", "mail", "mail_private", "given_name", "family_name", "title", "phone", "mobile", "street", "zip",
  "city", "country", "department", "company", "employee_number", "manager", "language", "timezone",
  "homepage", "groups",
];

export const metadata = {
  describe() {
    return {
      name: "staff",
      version: "0.1.0",
      summary: "Maps members of staff.",
      settingsSchema: JSON.stringify({ type: "object" }),
      reads: READS,
      writes: ["*"],
      capabilities: [],
    };
  },
};

export const mapping = {
  mapObjects(context, objects) {
    const settings = JSON.parse(context.settings);
    return objects.map((object) => one(settings, object));
  },
};

function one(settings, object) {
  const from = JSON.parse(object.attributes);
  const text = (name) => {
    const value = from[name];
    return typeof value === "string" && value.trim() !== "" ? value.trim() : undefined;
  };
  const login = text("login");
  if (login === undefined) {
    return {
      tag: "problem",
      val: { kind: "missing-attribute", attribute: "login", message: "`login` is needed and has no value" },
    };
  }
  const given = text("given_name");
  const family = text("family_name");
  const formatted = [given, family].filter((part) => part !== undefined).join(" ") || undefined;
  const department = text("department");
  const country = text("country");
  // JSON.stringify leaves out what is undefined.
  const resource = {
    schemas: [CORE, ENTERPRISE],
    userName: login.toLowerCase(),
    externalId: object.id,
    name: some({ formatted, givenName: given, familyName: family }),
    displayName: formatted ?? login,
    title: text("title"),
    active: object.active,
    emails: values([[text("mail"), "work"], [text("mail_private"), "home"]]),
    phoneNumbers: values([[text("phone"), "work"], [text("mobile"), "mobile"]]),
    addresses: addresses({
      streetAddress: text("street"),
      postalCode: text("zip"),
      locality: text("city"),
      country: settings.countries?.[country] ?? country,
    }),
    preferredLanguage: text("language") ?? settings.default_language,
    timezone: text("timezone"),
    profileUrl: text("homepage"),
    userType: settings.user_types?.[department],
    groups: Array.isArray(from.groups)
      ? from.groups.map((group) => ({ value: `${settings.group_prefix}${group}` }))
      : undefined,
    [ENTERPRISE]: some({
      employeeNumber: text("employee_number"),
      organization: text("company"),
      department,
      manager: text("manager") && { value: text("manager") },
    }),
  };
  return {
    tag: "projection",
    val: { resource: JSON.stringify(resource), alternatives: [], createOnly: [], reevaluateAt: undefined },
  };
}

function some(object) {
  return Object.values(object).some((value) => value !== undefined) ? object : undefined;
}

function values(pairs) {
  const list = pairs.filter(([value]) => value !== undefined);
  return list.length === 0
    ? undefined
    : list.map(([value, type], index) => ({ value, type, primary: index === 0 }));
}

function addresses(address) {
  return some(address) && [{ ...address, type: "work" }];
}
