use super::*;
use crate::patch::PatchRequest;

fn patched(before: Value, operations: Value) -> Result<Resource, ScimError> {
    let schema = schema_of(&before);
    let mut after = resource(before);
    let body = json!({ "schemas": [urn::PATCH_OP], "Operations": operations });
    PatchRequest::parse(&body)?.apply(&mut after, &schema)?;
    finish(after, &schema)
}

#[test]
fn what_a_patch_left_is_canonical() {
    let before = user(json!({ "id": "1", "meta": { "version": "1" } }));
    let after = patched(
        before,
        json!([
            { "op": "add", "value": { "TITLE": "Guide", "unknown": { "x": 1 }, "roles": [] } },
            { "op": "add", "path": "name.GivenName", "value": "Barbara" },
            { "op": "add", "path": "urn:example:2.0:Other:x", "value": 1 },
            { "op": "add", "path": format!("{}:DEPARTMENT", ENTERPRISE_USER.to_uppercase()), "value": "Tours" },
            { "op": "add", "path": "emails", "value": [{ "value": "a", "type": "work", "x": 1 }] },
        ]),
    )
    .unwrap();
    assert_eq!(
        after,
        resource(json!({
            "schemas": [USER, ENTERPRISE_USER],
            "id": "1",
            "userName": "babs",
            "meta": { "version": "1" },
            "title": "Guide",
            "name": { "givenName": "Barbara" },
            ENTERPRISE_USER: { "department": "Tours" },
            "emails": [{ "value": "a", "type": "work" }],
        }))
    );
    let names: Vec<_> = after.as_map().keys().take(2).collect();
    assert_eq!(names, ["schemas", "id"]);
}

#[test]
fn what_the_server_made_stays_as_it_is() {
    let before = user(json!({
        "id": "1",
        "groups": [{ "value": "g", "x": 5 }],
        "schemas": [USER, ENTERPRISE_USER],
        ENTERPRISE_USER: { "manager": { "value": "1", "displayName": "J" } },
    }));
    assert_eq!(
        finish(resource(before.clone()), &ResourceSchema::user()),
        Ok(resource(before))
    );
}

#[test]
fn an_emptied_extension_leaves_no_urn() {
    let before = user(json!({
        "schemas": [USER, ENTERPRISE_USER],
        ENTERPRISE_USER: { "department": "Tours" },
    }));
    let after = patched(
        before,
        json!([{ "op": "remove", "path": format!("{ENTERPRISE_USER}:department") }]),
    );
    assert_eq!(after, Ok(resource(user(json!({})))));
}

#[test]
fn what_is_required_must_be_there_but_for_what_nobody_returns() {
    let blank = patched(
        user(json!({})),
        json!([{ "op": "replace", "path": "userName", "value": " " }]),
    );
    is_error(&blank.unwrap_err(), ScimType::InvalidValue, "userName");
    let mut before = thing(json!({}));
    before.as_object_mut().unwrap().remove("secret");
    assert_eq!(
        finish(resource(before.clone()), &things()),
        Ok(resource(before.clone()))
    );
    before.as_object_mut().unwrap().remove("code");
    let error = finish(resource(before), &things()).unwrap_err();
    is_error(&error, ScimType::InvalidValue, "code");
}

#[test]
fn one_value_is_primary_at_most() {
    let two = user(json!({ "emails": [
        { "value": "a", "primary": true },
        { "value": "b", "primary": true },
    ] }));
    let error = finish(resource(two), &ResourceSchema::user()).unwrap_err();
    is_error(&error, ScimType::InvalidValue, "emails");
}

/// The judgement of types is one for all requests.
#[test]
fn patch_takes_no_other_types() {
    for (name, value) in [("since", "2008-01-23"), ("key", "§"), ("link", "\0")] {
        let error = patched(
            thing(json!({})),
            json!([{ "op": "add", "path": name, "value": value }]),
        );
        is_error(&error.unwrap_err(), ScimType::InvalidValue, name);
    }
}
