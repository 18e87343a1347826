// Between an author's mapping and the contract in wit/: problems as exceptions, outcomes as plain
// values, JSON read and written. Small enough to be copied; nothing here is about universities.

/** Why one object cannot be mapped. Name attributes in it, never their values. */
export class Problem extends Error {
  /** `kind` as the contract names it; it decides when the host tries again. */
  constructor(kind, message, attribute) {
    super(message);
    this.kind = kind;
    this.attribute = attribute;
  }

  /** An attribute that is needed is not there. */
  static missing(attribute) {
    return new Problem("missing-attribute", `\`${attribute}\` is needed and has no value`, attribute);
  }

  /** An attribute holds a value that cannot be used. */
  static invalid(attribute, message) {
    return new Problem("invalid-value", message, attribute);
  }
}

/** The resource as it is to be; `until` is when that may change although the object does not. */
export function projection(resource, { until } = {}) {
  return { tag: "projection", val: { resource, until } };
}

/** The object has no place at this target, with the reason. */
export function outOfScope(reason) {
  return { tag: "out-of-scope", val: reason };
}

/** An attribute that is text and not empty, else undefined. */
export function text(object, name) {
  const value = object.attributes[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}

/**
 * The exports of a component whose mapping is `{ describe(settings), prepare(settings),
 * map(prepared, context, object) }`: `describe` and `prepare` throw a sentence where the settings
 * are at fault, `map` throws a `Problem`. `report` takes a line for the administrator's log.
 */
export function component({ describe, prepare, map }, report) {
  return {
    metadata: {
      describe(settings) {
        const { settingsSchema, ...description } = describe(JSON.parse(settings));
        return { ...description, settingsSchema: JSON.stringify(settingsSchema) };
      },
    },
    mapping: {
      mapObjects(context, objects) {
        let prepared;
        try {
          prepared = prepare(JSON.parse(context.settings));
        } catch (fault) {
          const message = typeof fault === "string" ? fault : "the settings cannot be read";
          const outcome = written(problem(new Problem("invalid-settings", message)));
          return objects.map(() => outcome);
        }
        return objects.map((object) => written(one(map, prepared, context, object, report)));
      },
    },
  };
}

function one(map, prepared, context, object, report) {
  try {
    return map(prepared, context, { ...object, attributes: JSON.parse(object.attributes) });
  } catch (fault) {
    if (fault instanceof Problem) return problem(fault);
    // Uncaught, it would end the whole batch without a word. The message may hold a person's
    // data, so only the place is told.
    const place = fault?.stack?.split("\n").find((line) => /^\s*at /.test(line));
    report(`fault ${place?.trim() ?? "at an unknown place"}`);
    return problem(new Problem("internal", "the mapping is at fault; its log says where"));
  }
}

function problem({ kind, attribute, message }) {
  return { tag: "problem", val: { kind, attribute, message } };
}

/** Documents travel as JSON text. */
function written({ tag, val }) {
  if (tag !== "projection") return { tag, val };
  const resource = JSON.stringify(val.resource);
  return { tag, val: { resource, alternatives: [], createOnly: [], reevaluateAt: val.until } };
}
