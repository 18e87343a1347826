use super::*;

/// A schema with each of the characteristics, at the top and below.
fn things() -> ResourceSchema {
    let subs = json!([
        { "name": "a", "returned": "always" },
        { "name": "d" },
        { "name": "r", "returned": "request" },
        { "name": "n", "returned": "never" },
    ]);
    let thing: Schema = serde_json::from_value(json!({
        "id": "urn:example:2.0:Thing",
        "attributes": [
            { "name": "always", "type": "complex", "returned": "always", "subAttributes": subs },
            { "name": "default", "type": "complex", "multiValued": true, "subAttributes": subs },
            { "name": "request", "type": "complex", "returned": "request", "subAttributes": subs },
            { "name": "never", "type": "complex", "returned": "never", "subAttributes": subs },
        ],
    }))
    .unwrap();
    let extra: Schema = serde_json::from_value(json!({
        "id": "urn:example:2.0:Extra",
        "attributes": [{ "name": "x" }, { "name": "r", "returned": "request" }],
    }))
    .unwrap();
    let mute: Schema = serde_json::from_value(json!({
        "id": "urn:example:2.0:Mute",
        "attributes": [{ "name": "n", "returned": "never" }],
    }))
    .unwrap();
    let kind = ResourceType::new("Thing", "/Things", &thing.id)
        .with_extension(&extra.id, false)
        .with_extension(&mute.id, false);
    ResourceSchema::from_parts(kind, &[thing, extra, mute]).unwrap()
}

#[test]
fn what_is_always_and_on_request_and_never() {
    let full = json!({ "a": 1, "d": 2, "r": 3, "n": 4 });
    let thing = Resource::from_value(json!({
        "schemas": ["urn:example:2.0:Thing"],
        "id": "1",
        "always": full,
        "default": [full, { "n": 4 }, { "r": 3 }],
        "request": full,
        "never": full,
        "urn:example:2.0:Extra": { "x": 1, "r": 2 },
        "urn:example:2.0:Mute": { "n": 1 },
    }))
    .unwrap();
    let plain = json!({ "a": 1, "d": 2 });
    for (attributes, excluded, expected) in [
        (
            "",
            "",
            json!({ "always": plain, "default": [plain], "urn:example:2.0:Extra": { "x": 1 } }),
        ),
        (
            "",
            "always,default,always.a,always.d",
            json!({ "always": { "a": 1 }, "urn:example:2.0:Extra": { "x": 1 } }),
        ),
        (
            "",
            "default.a,default.d,urn:example:2.0:Extra",
            json!({ "always": plain, "default": [{ "a": 1 }] }),
        ),
        ("nonsense", "", json!({ "always": plain })),
        ("never,never.a,default.n", "", json!({ "always": plain })),
        (
            "always.d,default.d",
            "",
            json!({ "always": plain, "default": [plain] }),
        ),
        (
            "always.a,default.r",
            "",
            json!({ "always": { "a": 1 }, "default": [{ "a": 1, "r": 3 }, { "r": 3 }] }),
        ),
        ("request", "", json!({ "always": plain, "request": plain })),
        (
            "request.r",
            "",
            json!({ "always": plain, "request": { "a": 1, "r": 3 } }),
        ),
        (
            "urn:example:2.0:Thing,urn:example:2.0:Extra",
            "",
            json!({ "always": plain, "default": [plain], "urn:example:2.0:Extra": { "x": 1 } }),
        ),
        (
            "urn:example:2.0:Extra:r,urn:example:2.0:Mute",
            "",
            json!({ "always": plain, "urn:example:2.0:Extra": { "r": 2 } }),
        ),
    ] {
        let selection = select(attributes, excluded);
        assert_eq!(
            shown_of(thing.clone(), &selection, &things()),
            expected,
            "{attributes} - {excluded}"
        );
    }
}

#[test]
fn what_would_be_shown() {
    let (users, groups, things) = (ResourceSchema::user(), ResourceSchema::group(), things());
    for (schema, attributes, excluded, path, expected) in [
        (&groups, "", "", "members", true),
        (&groups, "", "MEMBERS", "members", false),
        (
            &groups,
            "",
            "urn:ietf:params:scim:schemas:core:2.0:Group:members",
            "members",
            false,
        ),
        (&groups, "displayName", "", "members", false),
        (&groups, "displayName,members", "", "Members", true),
        (&groups, "members.value", "", "members", true),
        (&groups, "members.value", "", "members.value", true),
        (&groups, "members.value", "", "members.display", false),
        (&groups, "", "members.value", "members", true),
        (&groups, "", "members.value", "members.value", false),
        (&groups, GROUP, "", "members", true),
        (&groups, "displayName", "", "id", true),
        (&groups, "", "id,schemas", "schemas", true),
        (&users, "userName", "", "groups", false),
        (&users, "userName,meta", "", "meta.version", true),
        (&users, "", "", "password", false),
        (&users, "password", "", "password", false),
        (&users, "", "", ENTERPRISE_USER, true),
        (&users, "userName", "", ENTERPRISE_USER, false),
        (&users, "", ENTERPRISE_USER, ENTERPRISE_USER, false),
        (
            &users,
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value",
            "",
            ENTERPRISE_USER,
            true,
        ),
        (&users, "userName", "", USER, true),
        (&users, "", "", "urn:example:2.0", true),
        (&users, "userName", "", "urn:example:2.0", false),
        (&users, "urn:example:2.0:x", "", "urn:example:2.0", true),
        (&users, "", "urn:example:2.0", "urn:example:2.0", false),
        (&users, "", "", "nonsense", true),
        (&things, "", "", "request", false),
        (&things, "request", "", "request", true),
        (&things, "request", "", "request.r", false),
        (&things, "request.r", "", "request.r", true),
        (&things, "default", "", "default.a", true),
        (&things, "", "", "urn:example:2.0:Mute", false),
        (&things, "", "always", "always", true),
    ] {
        let path: AttrPath = path.parse().unwrap();
        assert_eq!(
            select(attributes, excluded).shows(&path, schema),
            expected,
            "{attributes} - {excluded}: {path}"
        );
    }
}
