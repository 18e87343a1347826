//! The shapes that clients really send, each under the name of who sends it.

mod entra;
mod others;

use super::*;
use crate::{
    resource::Resource,
    urn::{ENTERPRISE_USER, GROUP, USER},
};
use serde_json::json;

fn user() -> Resource {
    Resource::from_value(json!({
        "schemas": [USER],
        "id": "2819c223",
        "userName": "bjensen",
        "active": true,
        "name": { "familyName": "Jensen", "givenName": "Barbara" },
        "emails": [{ "value": "babs@jensen.org", "type": "home" }],
        "meta": { "resourceType": "User" },
    }))
    .unwrap()
}

fn managed() -> Resource {
    let mut user = user();
    user.add_schema(ENTERPRISE_USER);
    user.set(
        ENTERPRISE_USER,
        json!({ "department": "Tours", "manager": { "value": "26118915", "displayName": "J" } }),
    );
    user
}

fn group() -> Resource {
    Resource::from_value(json!({
        "schemas": [GROUP],
        "id": "e9e30dba",
        "displayName": "Tour Guides",
        "members": [
            { "value": "u1", "display": "Babs Jensen", "type": "User" },
            { "value": "u2" },
            { "value": "u3" },
        ],
    }))
    .unwrap()
}

fn schema_of(resource: &Resource) -> ResourceSchema {
    match resource.schemas().contains(&GROUP) {
        true => ResourceSchema::group(),
        false => ResourceSchema::user(),
    }
}

fn lenient(body: &Value, schema: &ResourceSchema) -> Result<PatchRequest, ScimError> {
    PatchRequest::parse_lenient(body, schema)
}

fn body(operations: Value) -> Value {
    json!({ "schemas": [urn::PATCH_OP], "Operations": operations })
}

/// What a body becomes, as JSON.
fn translated(operations: Value, schema: &ResourceSchema) -> Value {
    let request = lenient(&body(operations), schema).unwrap();
    request.to_value()["Operations"].clone()
}

/// Reads leniently and applies; gives the resource after it.
fn patched(mut resource: Resource, operations: Value) -> Resource {
    let schema = schema_of(&resource);
    let request = lenient(&body(operations.clone()), &schema)
        .unwrap_or_else(|error| panic!("{operations}: {error:?}"));
    if let Err(error) = request.apply(&mut resource, &schema) {
        panic!("{operations}: {error:?}");
    }
    resource
}

/// Reads leniently, applies, and expects a refusal of one of both.
fn refused(mut resource: Resource, operations: Value, scim_type: ScimType) {
    let schema = schema_of(&resource);
    let result = lenient(&body(operations.clone()), &schema)
        .and_then(|request| request.apply(&mut resource, &schema));
    let error = result.unwrap_err();
    assert_eq!(
        (error.status, error.scim_type),
        (400, Some(scim_type)),
        "{operations}"
    );
}

fn get(resource: &Resource, path: &str) -> Value {
    let path: AttrPath = path.parse().unwrap();
    let values = resource.values_at(&path).into_iter().cloned().collect();
    Value::Array(values)
}
