//! One case for each rule of the module's text and of RFC 7643 §2.3–§3, RFC 7644 §3.3 and §3.5.1.

mod canonical;
mod finish;
mod lenient;
mod replace;
mod strict;
mod types;

use serde_json::{Value, json};

use super::*;
use crate::{
    message::ScimType,
    schema::{ResourceType, Schema},
    urn::{self, ENTERPRISE_USER, GROUP, USER},
};

const THING: &str = "urn:example:2.0:Thing";
const EXTRA: &str = "urn:example:2.0:Extra";

/// A type with one attribute of every kind, and an extension that it must have.
fn things() -> ResourceSchema {
    let thing: Schema = serde_json::from_value(json!({
        "id": THING,
        "attributes": [
            { "name": "code", "required": true, "mutability": "immutable" },
            { "name": "secret", "mutability": "writeOnly", "required": true, "returned": "never" },
            { "name": "flag", "type": "boolean" },
            { "name": "count", "type": "integer" },
            { "name": "rate", "type": "decimal" },
            { "name": "since", "type": "dateTime" },
            { "name": "key", "type": "binary" },
            { "name": "link", "type": "reference" },
            { "name": "tags", "multiValued": true },
            { "name": "marks", "multiValued": true, "mutability": "immutable" },
            { "name": "serial", "mutability": "readOnly" },
            { "name": "owner", "type": "complex", "subAttributes": [
                { "name": "value", "mutability": "immutable" },
                { "name": "display", "mutability": "readOnly" },
                { "name": "role", "required": true },
                { "name": "note" },
            ]},
            { "name": "box", "type": "complex", "subAttributes": [
                { "name": "label" },
                { "name": "size", "mutability": "readOnly" },
            ]},
            { "name": "parts", "type": "complex", "multiValued": true, "subAttributes": [
                { "name": "name" },
                { "name": "made", "mutability": "readOnly" },
            ]},
        ],
    }))
    .unwrap();
    let extra: Schema = serde_json::from_value(json!({
        "id": EXTRA,
        "attributes": [
            { "name": "colour", "required": true },
            { "name": "born", "mutability": "immutable" },
        ],
    }))
    .unwrap();
    let kind = ResourceType::new("Thing", "/Things", THING).with_extension(EXTRA, true);
    ResourceSchema::from_parts(kind, &[thing, extra]).unwrap()
}

/// The smallest thing, and more.
fn thing(more: Value) -> Value {
    let least = json!({ "schemas": [THING, EXTRA], "code": "c", "secret": "s", EXTRA: { "colour": "red" } });
    with(least, more)
}

/// The smallest user, and more.
fn user(more: Value) -> Value {
    with(json!({ "schemas": [USER], "userName": "babs" }), more)
}

fn with(base: Value, more: Value) -> Value {
    let mut base = resource(base);
    for (name, value) in resource(more).into_map() {
        base.as_map_mut().insert(name, value);
    }
    base.into_value()
}

fn resource(value: Value) -> Resource {
    Resource::from_value(value).unwrap()
}

fn schema_of(body: &Value) -> ResourceSchema {
    let has = |name: &str| body.get(name).is_some();
    if has("code") || has(EXTRA) {
        things()
    } else if has("members") {
        ResourceSchema::group()
    } else {
        ResourceSchema::user()
    }
}

/// Creates, in both tolerances, and expects this and nothing else; the order of names too.
fn created(body: Value, expected: Value) {
    for tolerance in [Tolerance::Lenient, Tolerance::Strict] {
        created_by(tolerance, body.clone(), expected.clone());
    }
}

fn created_leniently(body: Value, expected: Value) {
    created_by(Tolerance::Lenient, body.clone(), expected);
    let error = create(resource(body.clone()), &schema_of(&body), Tolerance::Strict);
    assert!(error.is_err(), "strictly too: {body}");
}

fn created_by(tolerance: Tolerance, body: Value, expected: Value) {
    let schema = schema_of(&body);
    let made = create(resource(body.clone()), &schema, tolerance)
        .unwrap_or_else(|error| panic!("{tolerance:?} {body}: {error:?}"));
    assert_eq!(
        made.to_string(),
        resource(expected).to_string(),
        "{tolerance:?} {body}"
    );
    let again = create(made.clone(), &schema, Tolerance::Strict);
    let again = again.unwrap_or_else(|error| panic!("{made}: {error:?}"));
    assert_eq!(again.to_string(), made.to_string());
}

/// Expects this refusal, and words that name an attribute.
fn refused(tolerance: Tolerance, body: Value, scim_type: ScimType, words: &str) {
    let error =
        create(resource(body.clone()), &schema_of(&body), tolerance).expect_err(&body.to_string());
    is_error(&error, scim_type, words);
}

fn refused_both(body: Value, scim_type: &ScimType, words: &str) {
    for tolerance in [Tolerance::Lenient, Tolerance::Strict] {
        refused(tolerance, body.clone(), scim_type.clone(), words);
    }
}

fn is_error(error: &ScimError, scim_type: ScimType, words: &str) {
    assert_eq!(
        (error.status, error.scim_type.clone()),
        (400, Some(scim_type)),
        "{error}"
    );
    assert!(error.detail.contains(words), "{words} in {error}");
}
