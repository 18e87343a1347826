use jiff::Timestamp;
use purser_scim::{Resource, ScimType, patch::PatchRequest};
use serde_json::{Value, json};

use super::{Kind, Memory, Moment};

const MOMENT: Moment<'static> = Moment {
    at: Timestamp::UNIX_EPOCH,
    base: "http://here",
};

fn user(name: &str) -> Resource {
    resource(json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": name }))
}

fn group(members: &[&str]) -> Resource {
    let members: Vec<Value> = members.iter().map(|id| json!({ "value": id })).collect();
    resource(json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
        "displayName": "crew",
        "members": members,
    }))
}

fn resource(value: Value) -> Resource {
    Resource::from_value(value).unwrap()
}

fn create(memory: &mut Memory, kind: Kind, body: Resource, id: &str) -> Resource {
    memory.create(kind, body, id.to_owned(), MOMENT).unwrap()
}

#[test]
fn user_names_are_unique_without_regard_to_case() {
    let mut memory = Memory::default();
    create(&mut memory, Kind::User, user("Straße"), "1");
    let error = memory
        .create(Kind::User, user("STRASSE"), "2".to_owned(), MOMENT)
        .unwrap_err();
    assert_eq!(
        (error.status, error.scim_type),
        (409, Some(ScimType::Uniqueness))
    );
    memory.delete(Kind::User, "1", MOMENT.at).unwrap();
    create(&mut memory, Kind::User, user("STRASSE"), "3");
}

#[test]
fn a_renamed_user_frees_the_old_name() {
    let mut memory = Memory::default();
    create(&mut memory, Kind::User, user("a"), "1");
    memory
        .replace(Kind::User, "1", user("b"), MOMENT.at)
        .unwrap();
    create(&mut memory, Kind::User, user("a"), "2");
    assert_eq!(
        memory
            .create(Kind::User, user("b"), "3".to_owned(), MOMENT)
            .unwrap_err()
            .status,
        409
    );
}

#[test]
fn what_the_server_owns_is_not_taken_from_a_body() {
    let mut memory = Memory::default();
    let mut body = user("a");
    body.set("id", "mine");
    body.set("groups", json!([{ "value": "g" }]));
    body.set("urn:example:unknown", json!({ "kept": true }));
    let created = create(&mut memory, Kind::User, body, "1");
    assert_eq!(created.id(), Some("1"));
    assert_eq!(created.get("groups"), None);
    assert_eq!(
        created.get("meta").unwrap()["location"],
        "http://here/Users/1"
    );
}

#[test]
fn deleting_a_user_ends_its_memberships() {
    let mut memory = Memory::default();
    create(&mut memory, Kind::User, user("a"), "1");
    create(&mut memory, Kind::User, user("b"), "2");
    create(&mut memory, Kind::Group, group(&["1", "2"]), "g");
    memory.delete(Kind::User, "1", MOMENT.at).unwrap();
    let members = memory
        .get(Kind::Group, "g")
        .unwrap()
        .get("members")
        .unwrap();
    assert_eq!(members, &json!([{ "value": "2" }]));
    assert_eq!(memory.get(Kind::User, "1").unwrap_err().status, 404);
}

#[test]
fn a_member_must_exist() {
    let mut memory = Memory::default();
    let error = memory
        .create(Kind::Group, group(&["1"]), "g".to_owned(), MOMENT)
        .unwrap_err();
    assert_eq!(
        (error.status, error.scim_type),
        (400, Some(ScimType::InvalidValue))
    );
}

#[test]
fn a_patch_applies_as_a_whole_or_not_at_all() {
    let mut memory = Memory::default();
    create(&mut memory, Kind::User, user("a"), "1");
    let patch = PatchRequest::parse(&json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [
            { "op": "replace", "path": "displayName", "value": "A" },
            { "op": "replace", "path": "active", "value": { "no": "boolean" } },
        ],
    }))
    .unwrap();
    assert_eq!(
        memory
            .patch(Kind::User, "1", &patch, MOMENT.at)
            .unwrap_err()
            .status,
        400
    );
    assert_eq!(
        memory.get(Kind::User, "1").unwrap().get("displayName"),
        None
    );
}
