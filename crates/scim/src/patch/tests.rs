//! The PATCH examples of RFC 7644 §3.5.2 and the rules of its text, one case each.

mod add;
mod extensions;
mod remove;
mod replace;

use super::*;
use crate::{
    resource::Resource,
    schema::ResourceSchema,
    urn::{ENTERPRISE_USER, USER},
};

fn user() -> Resource {
    Resource::from_value(json!({
        "schemas": [USER],
        "id": "2819c223-7f76-453a-919d-413861904646",
        "userName": "bjensen",
        "name": { "familyName": "Jensen", "givenName": "Barbara" },
        "nickName": "Babs",
        "x-unknown": { "kept": [null, {}] },
        "emails": [
            { "value": "bjensen@example.com", "type": "work", "primary": true },
            { "value": "babs@jensen.org", "type": "home" },
        ],
        "addresses": [
            { "type": "work", "streetAddress": "100 Universal City Plaza", "locality": "Hollywood" },
            { "type": "home", "streetAddress": "456 Hollywood Blvd", "primary": true },
        ],
        "meta": { "resourceType": "User" },
    }))
    .unwrap()
}

fn group() -> Resource {
    Resource::from_value(json!({
        "schemas": [crate::urn::GROUP],
        "displayName": "Tour Guides",
        "members": [{ "value": "2819c223", "$ref": "https://example.com/v2/Users/2819c223" }],
    }))
    .unwrap()
}

fn request(operations: Value) -> PatchRequest {
    let body = json!({ "schemas": [urn::PATCH_OP], "Operations": operations });
    PatchRequest::parse(&body).unwrap_or_else(|error| panic!("{body}: {error:?}"))
}

fn schema_of(resource: &Resource) -> ResourceSchema {
    if resource.get("members").is_some() || resource.get("displayName").is_some() {
        return ResourceSchema::group();
    }
    ResourceSchema::user()
}

/// Applies and expects a change; gives the resource after it.
fn patched(mut resource: Resource, operations: Value) -> Resource {
    let schema = schema_of(&resource);
    let changed = request(operations.clone()).apply(&mut resource, &schema);
    assert_eq!(changed, Ok(true), "{operations}");
    resource
}

/// Applies and expects that nothing changed.
fn unchanged(resource: Resource, operations: Value) {
    let mut after = resource.clone();
    let changed = request(operations.clone()).apply(&mut after, &schema_of(&resource));
    assert_eq!(changed, Ok(false), "{operations}");
    assert_eq!(after, resource);
}

/// Applies and expects this refusal, and that the resource is untouched.
fn refused(resource: Resource, operations: Value, scim_type: ScimType) {
    let mut after = resource.clone();
    let error = request(operations.clone())
        .apply(&mut after, &schema_of(&resource))
        .unwrap_err();
    assert_eq!(
        (error.status, error.scim_type),
        (400, Some(scim_type)),
        "{operations}"
    );
    assert_eq!(after, resource);
}

fn get(resource: &Resource, path: &str) -> Value {
    let path: crate::AttrPath = path.parse().unwrap();
    let values = resource.values_at(&path).into_iter().cloned().collect();
    Value::Array(values)
}

#[test]
fn all_or_nothing() {
    refused(
        user(),
        json!([
            { "op": "replace", "path": "userName", "value": "other" },
            { "op": "remove", "path": "userName" },
        ]),
        ScimType::Mutability,
    );
}

#[test]
fn later_operations_see_earlier_ones() {
    unchanged(
        user(),
        json!([
            { "op": "add", "path": "title", "value": "Guide" },
            { "op": "remove", "path": "title" },
        ]),
    );
}

#[test]
fn what_is_no_patch_is_refused() {
    let body = |operations: Value| json!({ "schemas": [urn::PATCH_OP], "Operations": operations });
    for (body, scim_type) in [
        (json!([]), ScimType::InvalidSyntax),
        (
            json!({ "Operations": [{ "op": "remove", "path": "a" }] }),
            ScimType::InvalidSyntax,
        ),
        (body(json!([])), ScimType::InvalidSyntax),
        (body(json!({})), ScimType::InvalidSyntax),
        (body(json!(["add"])), ScimType::InvalidSyntax),
        (
            body(json!([{ "op": "move", "path": "a" }])),
            ScimType::InvalidSyntax,
        ),
        (
            body(json!([{ "op": "remove", "path": 5 }])),
            ScimType::InvalidSyntax,
        ),
        (
            body(json!([{ "op": "remove", "path": "a b" }])),
            ScimType::InvalidPath,
        ),
        (
            body(json!([{ "op": "add", "path": "a" }])),
            ScimType::InvalidValue,
        ),
    ] {
        let error = PatchRequest::parse(&body).unwrap_err();
        assert_eq!(error.scim_type, Some(scim_type), "{body}");
    }
}

#[test]
fn a_request_prints_in_lower_case() {
    let request = request(json!([
        { "op": "Replace", "path": "emails[type EQ \"work\"].value", "value": "x" },
        { "OP": "REMOVE", "path": "title" },
    ]));
    assert_eq!(
        request.to_value(),
        json!({
            "schemas": [urn::PATCH_OP],
            "Operations": [
                { "op": "replace", "path": "emails[type eq \"work\"].value", "value": "x" },
                { "op": "remove", "path": "title" },
            ],
        })
    );
}
