use super::*;

fn refused_strictly(body: Value, words: &str) {
    refused(Tolerance::Strict, body, ScimType::InvalidSyntax, words);
}

/// RFC 7643 §3.
#[test]
fn schemas_must_be_right() {
    for (schemas, words) in [
        (json!(null), "missing"),
        (json!([]), "empty"),
        (json!(USER), "a list"),
        (json!([USER, 5]), "a list"),
        (json!([USER, USER]), "twice"),
        (json!([USER, USER.to_uppercase()]), "twice"),
        (json!([ENTERPRISE_USER]), "does not name the schema"),
        (json!([USER, GROUP]), "not of this resource type"),
        (json!([USER, "urn:example:2.0:Other"]), "not of this"),
    ] {
        refused_strictly(user(json!({ "schemas": schemas })), words);
    }
    refused_strictly(json!({ "userName": "babs" }), "missing");
    refused_strictly(
        user(json!({ ENTERPRISE_USER: { "department": "Tours" } })),
        ENTERPRISE_USER,
    );
}

/// RFC 7644 table 9: "did not conform to the request schema".
#[test]
fn what_no_schema_knows_is_refused() {
    for (wrong, words) in [
        (json!({ "shoeSize": 42 }), "shoeSize"),
        (json!({ "shoeSize": null }), "shoeSize"),
        (json!({ "name": { "x": 1 } }), "name has x"),
        (
            json!({ "emails": [{ "value": "a", "x": 1 }] }),
            "emails has x",
        ),
        (
            json!({ "urn:example:2.0:Other": {} }),
            "urn:example:2.0:Other",
        ),
        (json!({ "name.givenName": "a" }), "name.givenName"),
        (json!({ format!("{USER}:title"): "a" }), "User:title"),
        (json!({ USER: { "title": "a" } }), USER),
        (
            json!({ format!("{ENTERPRISE_USER}:department"): "a" }),
            "User:department",
        ),
        (json!({ ENTERPRISE_USER: { "x": 1 } }), "User:x"),
        (json!({ "not a name": 1 }), "a name that is none"),
        (json!({ "x".repeat(200): 1 }), "a name that is none"),
    ] {
        refused_strictly(user(wrong), words);
    }
}

/// RFC 7643 §2.1.
#[test]
fn an_attribute_comes_once() {
    for (wrong, words) in [
        (
            json!({ "title": "a", "TITLE": "a" }),
            "title is there twice",
        ),
        (json!({ "title": "a", "TITLE": null }), "title"),
        (
            json!({ "name": { "givenName": "a", "GivenName": "a" } }),
            "name.givenName",
        ),
        (json!({ "Schemas": [USER] }), "schemas"),
        (
            json!({ ENTERPRISE_USER: {}, ENTERPRISE_USER.to_uppercase(): {} }),
            ENTERPRISE_USER,
        ),
        (
            json!({ ENTERPRISE_USER: { "department": "a", "DEPARTMENT": "a" } }),
            "User:department is there twice",
        ),
    ] {
        refused_strictly(user(wrong), words);
    }
}

#[test]
fn values_have_the_form_of_the_rfc() {
    for (wrong, words) in [
        (json!({ "flag": "true" }), "flag"),
        (json!({ "count": 5.0 }), "count"),
        (json!({ "count": "5" }), "count"),
        (json!({ "tags": "a" }), "tags is a list"),
        (json!({ "tags": [5] }), "tags"),
        (json!({ "link": ["a"] }), "link"),
        (json!({ "owner": "a" }), "owner"),
        (json!({ "parts": ["a"] }), "parts"),
        (json!({ "parts": { "name": "a" } }), "parts is a list"),
    ] {
        refused(
            Tolerance::Strict,
            thing(wrong),
            ScimType::InvalidValue,
            words,
        );
    }
}
