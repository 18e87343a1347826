use super::*;
use crate::schema::{ResourceSchema, ResourceType};
use serde_json::json;

fn faults(schema: Value) -> Vec<String> {
    match Schema::parse_strict(&schema.to_string()) {
        Ok(_) => Vec::new(),
        Err(SchemaFileError::Faults(faults)) => faults.iter().map(SchemaFault::to_string).collect(),
        Err(other) => panic!("{other}"),
    }
}

/// The faults of a schema with one attribute.
fn of(attribute: Value) -> Vec<String> {
    faults(json!({ "id": "urn:example:2.0:Badge", "attributes": [attribute] }))
}

#[test]
fn what_the_rfc_has_is_accepted() {
    for schema in [Schema::user(), Schema::group(), Schema::enterprise_user()] {
        let text = serde_json::to_string(&schema).unwrap();
        assert_eq!(Schema::parse_strict(&text).unwrap(), schema);
    }
    let schema = Schema::parse_strict(
        r#"{
            "id": "urn:example:2.0:Badge",
            "attributes": [
                { "name": "number", "type": "Integer" },
                { "name": "rooms", "type": "complex", "multiValued": true, "subAttributes": [
                    { "name": "value" },
                    { "name": "$ref", "type": "reference", "referenceTypes": ["uri"] }
                ] }
            ]
        }"#,
    )
    .unwrap();
    assert_eq!(schema.attributes[0].type_, AttributeType::Integer);
    assert_eq!(schema.attributes[1].sub_attributes.len(), 2);
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    assert_eq!(
        of(json!({ "name": "a", "multivalued": true, "mutabilty": "readOnly", "colour": 1 })),
        [
            "a: \"multivalued\" is unknown: write \"multiValued\"",
            "a: \"mutabilty\" is unknown: write \"mutability\"",
            "a: \"colour\" is unknown: leave it out",
        ]
    );
    assert_eq!(
        of(json!({ "name": "a", "type": "number" })),
        [
            "a: \"type\" is one of string, boolean, decimal, integer, dateTime, binary, reference, complex"
        ]
    );
    assert_eq!(
        of(json!({ "name": "a", "mutability": "readonly ", "returned": 5, "uniqueness": null })),
        [
            "a: \"mutability\" is one of readWrite, readOnly, immutable, writeOnly",
            "a: \"returned\" is one of default, always, never, request",
            "a: \"uniqueness\" is one of none, server, global",
        ]
    );
    assert_eq!(
        of(json!({ "name": "a", "required": "true", "description": 1, "canonicalValues": "x" })),
        [
            "a: \"description\" is a text",
            "a: \"required\" is true or false",
            "a: \"canonicalValues\" is a list of texts",
        ]
    );
    for name in ["1a", "a b", "_a", "", "a.b", "$a", "é"] {
        let found = of(json!({ "name": name }));
        assert!(found[0].contains("must be a letter"), "{name}: {found:?}");
    }
    assert_eq!(of(json!({})), ["attributes[0]: \"name\" is missing"]);
    assert_eq!(
        of(json!("a")),
        ["attributes[0]: an attribute is an object, not a string"]
    );
    assert_eq!(
        of(json!({ "name": "a", "referenceTypes": ["uri"], "subAttributes": [] })),
        [
            "a: \"referenceTypes\" is for the type reference only (RFC 7643 §7)",
            "a: \"subAttributes\" is for the type complex only",
        ]
    );
}

/// RFC 7643 §2.3.8.
#[test]
fn complex_within_complex() {
    let inner = json!({ "name": "inner", "type": "complex", "subAttributes": [{ "name": "x" }] });
    let found = of(json!({ "name": "outer", "type": "complex", "subAttributes": [inner] }));
    assert_eq!(found.len(), 1);
    assert!(found[0].starts_with("outer.inner: a sub-attribute cannot be complex"));
    assert_eq!(
        of(json!({ "name": "a", "type": "complex" })),
        ["a: \"subAttributes\" must be a list of attributes"]
    );
    assert_eq!(
        of(json!({ "name": "a", "type": "complex", "subAttributes": [{ "type": "string" }] })),
        ["a.subAttributes[0]: \"name\" is missing"]
    );
}

#[test]
fn names_stand_once() {
    let found = faults(json!({
        "id": "urn:example:2.0:Badge",
        "attributes": [
            { "name": "room" },
            { "name": "desk", "type": "complex", "subAttributes": [{ "name": "room" }, { "name": "ROOM" }] },
            { "name": "Room" },
        ],
    }));
    assert_eq!(
        found,
        [
            "desk.ROOM: the name stands twice, in whatever case: keep one of both",
            "Room: the name stands twice, in whatever case: keep one of both",
        ]
    );
}

#[test]
fn the_schema_itself() {
    assert_eq!(
        faults(json!({ "attributes": [{ "name": "a" }] })),
        ["\"id\" is missing: give the schema a URN of its own"]
    );
    for id in [
        "Badge",
        "urn:",
        "urn:example",
        "urn:example:",
        "urn:a:b c",
        "https://x/y",
    ] {
        let found = faults(json!({ "id": id, "attributes": [{ "name": "a" }] }));
        assert!(found[0].contains("is no URN"), "{id}: {found:?}");
    }
    assert_eq!(
        faults(json!({ "id": "urn:a:b", "schemas": [urn::USER], "atributes": [] })),
        [
            "\"atributes\" is unknown: write \"attributes\"".to_owned(),
            format!("\"schemas\" must hold {}, or be left out", urn::SCHEMA),
            "\"attributes\" must be a list of attributes".to_owned(),
        ]
    );
    assert_eq!(
        faults(json!({ "id": "urn:a:b", "attributes": [] })),
        ["\"attributes\" is empty: list an attribute at least"]
    );
    assert_eq!(faults(json!([])), ["a schema is an object, not a list"]);
    let error = Schema::parse_strict("{").unwrap_err();
    assert_eq!(error.to_string(), "the schema is not JSON");
    let error = Schema::parse_strict("{}").unwrap_err();
    assert_eq!(
        error.to_string(),
        "the schema has faults: \"id\" is missing: give the schema a URN of its own; \
         \"attributes\" must be a list of attributes"
    );
}

#[test]
fn an_extension_is_put_on_a_resource_type() {
    let badge = |name: &str| {
        let schema = json!({ "id": "urn:example:2.0:Badge", "attributes": [{ "name": name }] });
        Schema::parse_strict(&schema.to_string()).unwrap()
    };
    let user = ResourceSchema::user().with_extension(badge("number"), true);
    assert!(user.is_required_extension("URN:example:2.0:badge"));
    let known = |schema: &ResourceSchema, name: &str| {
        let path = format!("urn:example:2.0:Badge:{name}").parse().unwrap();
        schema.attribute(&path).is_some()
    };
    assert!(known(&user, "number"));
    let told = &user.resource_type().schema_extensions;
    assert_eq!((told.len(), told[1].required), (2, true));

    // The same URN again: the later one counts.
    let user = user.with_extension(badge("colour"), false);
    assert!(!known(&user, "number") && known(&user, "colour"));
    assert!(!user.is_required_extension("urn:example:2.0:Badge"));
    assert_eq!(user.extensions().count(), 2);
    assert_eq!(user.resource_type().schema_extensions.len(), 2);

    // A type of one's own.
    let device = Schema {
        id: "urn:example:2.0:Device".to_owned(),
        ..badge("serial")
    };
    let type_ = ResourceType::new("Device", "/Devices", &device.id);
    let device = ResourceSchema::from_parts(type_, &[device])
        .unwrap()
        .with_extension(badge("number"), false);
    assert!(device.attribute(&"serial".parse().unwrap()).is_some());
    assert!(known(&device, "number"));
}
