use super::*;
use crate::{path::AttrPath, resource::Resource, urn::ENTERPRISE_USER};
use serde_json::json;

fn path(text: &str) -> AttrPath {
    text.parse().unwrap()
}

#[test]
fn the_data_files_are_whole() {
    let names = |schema: &Schema| schema.attributes.len();
    assert_eq!(names(&Schema::user()), 21);
    assert_eq!(names(&Schema::group()), 2);
    assert_eq!(names(&Schema::enterprise_user()), 6);
    assert_eq!(names(standard::common()), 4);
    assert_eq!(standard::value_defaults().len(), 5);
    assert_eq!(Schema::user().id, urn::USER);
    assert_eq!(Schema::group().id, urn::GROUP);
    assert_eq!(Schema::enterprise_user().id, ENTERPRISE_USER);
}

#[test]
fn a_schema_survives_json() {
    for schema in [Schema::user(), Schema::group(), Schema::enterprise_user()] {
        let json = serde_json::to_value(&schema).unwrap();
        assert_eq!(json["schemas"], json!([urn::SCHEMA]));
        assert_eq!(serde_json::from_value::<Schema>(json).unwrap(), schema);
    }
}

/// RFC 7643 §2.2.
#[test]
fn what_is_missing_or_wrong_takes_the_default() {
    let schema: Schema = serde_json::from_value(json!({
        "id": "urn:example:2.0:Thing",
        "meta": { "x": 1 },
        "attributes": [{
            "name": "a",
            "type": "DATETIME",
            "mutability": "whenever",
            "required": null,
            "subAttributes": null,
        }],
    }))
    .unwrap();
    let attribute = schema.attribute("A").unwrap();
    assert_eq!(attribute.type_, AttributeType::DateTime);
    assert_eq!(attribute.mutability, Mutability::ReadWrite);
    assert!(!attribute.required && !attribute.case_exact && !attribute.multi_valued);
}

#[test]
fn attributes_are_found_by_path() {
    let user = ResourceSchema::user();
    for known in [
        "userName",
        "USERNAME",
        "name.givenName",
        "meta.lastModified",
        "externalId",
        "emails.primary",
        "addresses.primary",
        "urn:ietf:params:scim:schemas:core:2.0:User:name.familyName",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:user:manager.$ref",
    ] {
        assert!(user.attribute(&path(known)).is_some(), "{known}");
    }
    for unknown in [
        "department",
        "userName.x",
        "name.primary",
        "urn:x:y:userName",
    ] {
        assert!(user.attribute(&path(unknown)).is_none(), "{unknown}");
    }
    assert!(user.attribute(&AttrPath::schema(ENTERPRISE_USER)).is_none());
}

#[test]
fn read_only_reaches_down() {
    let user = ResourceSchema::user();
    for (text, writable) in [
        ("userName", true),
        ("id", false),
        ("meta.location", false),
        ("groups", false),
        ("groups.value", false),
        ("groups.primary", false),
        ("password", true),
        ("nobodyKnows.this", true),
    ] {
        assert_eq!(user.writable(&path(text)), writable, "{text}");
    }
    let manager = path(&format!("{ENTERPRISE_USER}:manager.displayName"));
    assert!(!user.writable(&manager));
}

#[test]
fn required_and_unknown_attributes() {
    let mut schema = Schema::enterprise_user();
    schema.attributes[5].sub_attributes[0].required = true;
    schema.attributes[0].required = true;
    let user = ResourceSchema::from_parts(
        ResourceType::new("User", "/Users", urn::USER).with_extension(ENTERPRISE_USER, true),
        &[Schema::user(), schema],
    )
    .unwrap();

    let empty = Resource::new();
    let missing = |resource: &Resource| {
        let paths = user.missing_required(resource);
        paths.iter().map(AttrPath::to_string).collect::<Vec<_>>()
    };
    assert_eq!(missing(&empty), ["schemas", "userName", ENTERPRISE_USER]);

    let resource = Resource::from_value(json!({
        "schemas": [urn::USER],
        "username": "babs",
        "shoeSize": 38,
        "emails": [{ "value": "a", "label": 1 }, { "label": 2 }],
        "urn:example:ext": { "a": 1 },
        ENTERPRISE_USER: { "manager": { "displayName": "x" }, "desk": 5 },
    }))
    .unwrap();
    assert_eq!(
        missing(&resource),
        [
            format!("{ENTERPRISE_USER}:employeeNumber"),
            format!("{ENTERPRISE_USER}:manager.value"),
        ]
    );
    let unknown = user.unknown_attributes(&resource);
    assert_eq!(
        unknown.iter().map(AttrPath::to_string).collect::<Vec<_>>(),
        [
            "shoeSize",
            "emails.label",
            "urn:example:ext",
            &format!("{ENTERPRISE_USER}:desk"),
        ]
    );
}

#[test]
fn a_type_without_its_schema_is_refused() {
    let error = ResourceSchema::from_parts(ResourceType::new("Car", "/Cars", "urn:car"), &[]);
    assert_eq!(
        error.unwrap_err().to_string(),
        "resource type Car needs the schema urn:car, which is not there"
    );
}

/// RFC 7643 §8.6.
#[test]
fn a_resource_type_survives_json() {
    let json = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],
        "id": "User",
        "name": "User",
        "description": "User Account",
        "endpoint": "/Users",
        "schema": "urn:ietf:params:scim:schemas:core:2.0:User",
        "schemaExtensions": [{ "schema": ENTERPRISE_USER, "required": true }],
    });
    let type_: ResourceType = serde_json::from_value(json.clone()).unwrap();
    assert_eq!(serde_json::to_value(type_).unwrap(), json);
}
