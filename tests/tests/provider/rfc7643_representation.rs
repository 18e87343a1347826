//! What resources look like (RFC 7643 §2, §3, §4).

use anyhow::Result;
use serde_json::json;

use super::support::*;

#[test]
fn rfc7643_2_1_names_come_in_any_case_and_go_in_the_schemas() -> Result<()> {
    let here = here()?;
    let body = json!({
        "SCHEMAS": [USER.to_uppercase()], "username": "babs",
        "NAME": { "GIVENNAME": "Barbara" }, "Emails": [{ "VALUE": "b@x.org", "Type": "work" }],
    });
    let made = here.call("POST", "/Users", &body)?.expect(201)?;
    assert_eq!(text(&made, "/userName")?, "babs");
    assert_eq!(text(&made, "/name/givenName")?, "Barbara");
    assert_eq!(
        made["emails"],
        json!([{ "value": "b@x.org", "type": "work" }])
    );
    assert_eq!(made["schemas"], json!([USER]));
    Ok(())
}

#[test]
fn rfc7643_2_5_null_empty_and_absent_are_one_state() -> Result<()> {
    let here = here()?;
    let body = user_with(
        "babs",
        json!({ "title": null, "emails": [], "name": {}, "roles": [null] }),
    );
    let made = here.call("POST", "/Users", &body)?.expect(201)?;
    for name in ["title", "emails", "name", "roles"] {
        assert_eq!(made.get(name), None, "{name}");
    }
    assert_eq!(found(&here, "title eq null")?, ["babs"]);
    assert_eq!(found(&here, "title pr")?, [""; 0]);
    Ok(())
}

#[test]
fn rfc7643_2_3_types_are_held_to() -> Result<()> {
    let here = here_with("strict = true")?;
    for more in [
        json!({ "active": "yes" }),
        json!({ "title": 7 }),
        json!({ "name": "Barbara" }),
        json!({ "emails": { "value": "b@x.org" } }),
        json!({ "emails": ["b@x.org"] }),
        json!({ "x509Certificates": [{ "value": "not base64!" }] }),
    ] {
        here.call("POST", "/Users", &user_with("babs", more.clone()))?
            .refused(400, "invalidValue")?;
    }
    Ok(())
}

#[test]
fn rfc7643_2_4_one_value_is_primary_and_none_comes_twice() -> Result<()> {
    let here = here()?;
    let two = json!({ "emails": [
        { "value": "a@x.org", "primary": true }, { "value": "b@x.org", "primary": true },
    ] });
    here.call("POST", "/Users", &user_with("babs", two))?
        .refused(400, "invalidValue")?;
    let twice = json!({ "emails": [
        { "value": "a@x.org", "type": "work" }, { "value": "a@x.org", "type": "work" },
    ] });
    let made = here
        .call("POST", "/Users", &user_with("babs", twice))?
        .expect(201)?;
    assert_eq!(made["emails"].as_array().map(Vec::len), Some(1));
    Ok(())
}

#[test]
fn rfc7643_3_schemas_name_what_the_resource_has() -> Result<()> {
    let here = here()?;
    let body = json!({
        "schemas": [USER, ENTERPRISE, USER], "userName": "babs",
        ENTERPRISE: { "department": "Tours" },
    });
    let made = here.call("POST", "/Users", &body)?.expect(201)?;
    assert_eq!(made["schemas"], json!([USER, ENTERPRISE]));
    let plain = here
        .call(
            "POST",
            "/Users",
            &json!({ "schemas": [USER, ENTERPRISE], "userName": "a" }),
        )?
        .expect(201)?;
    assert_eq!(plain["schemas"], json!([USER]));
    Ok(())
}

#[test]
fn rfc7643_3_strict_wants_schemas_and_knows_all_of_them() -> Result<()> {
    let here = here_with("strict = true")?;
    for body in [
        json!({ "userName": "babs" }),
        json!({ "schemas": [], "userName": "babs" }),
        json!({ "schemas": [GROUP], "userName": "babs" }),
        json!({ "schemas": [USER, "urn:example:nothing"], "userName": "babs" }),
        json!({ "schemas": [USER], "userName": "babs", "shoeSize": 42 }),
        json!({ "schemas": [USER], "userName": "babs", ENTERPRISE: { "department": "T" } }),
    ] {
        here.call("POST", "/Users", &body)?
            .refused(400, "invalidSyntax")?;
    }
    Ok(())
}

#[test]
fn rfc7643_3_1_meta_and_id_are_the_servers() -> Result<()> {
    let here = here()?;
    let made = here.call("POST", "/Users", &user("babs"))?.expect(201)?;
    assert_eq!(text(&made, "/meta/resourceType")?, "User");
    let location = text(&made, "/meta/location")?;
    assert!(
        location.ends_with(&format!("/Users/{}", text(&made, "/id")?)),
        "{location}"
    );
    let read = here.get(&format!("/Users/{}", text(&made, "/id")?))?;
    assert_eq!(read.headers.get("content-location"), Some(&location));
    assert_eq!(
        read.headers.get("etag"),
        Some(&text(&made, "/meta/version")?)
    );
    Ok(())
}

#[test]
fn rfc7643_3_1_the_external_id_is_the_clients_and_exact() -> Result<()> {
    let here = here()?;
    let made = here
        .call(
            "POST",
            "/Users",
            &user_with("a", json!({ "externalId": "Ab" })),
        )?
        .expect(201)?;
    assert_eq!(text(&made, "/externalId")?, "Ab");
    assert_eq!(
        here.call("POST", "/Users", &user("b"))?
            .expect(201)?
            .get("externalId"),
        None
    );
    assert_eq!(found(&here, "externalId eq \"Ab\"")?, ["a"]);
    assert_eq!(found(&here, "externalId eq \"ab\"")?, [""; 0]);
    Ok(())
}

#[test]
fn rfc7643_4_1_1_a_password_is_neither_returned_nor_kept() -> Result<()> {
    let here = here()?;
    let body = user_with("babs", json!({ "password": "t1meMa$heen" }));
    let made = here
        .call("POST", "/Users?attributes=password", &body)?
        .expect(201)?;
    assert_eq!(made.get("password"), None);
    let path = format!("/Users/{}", text(&made, "/id")?);
    assert_eq!(here.get(&path)?.expect(200)?.get("password"), None);
    let change = patch(json!([{ "op": "replace", "path": "password", "value": "t1meMa$heen" }]));
    here.call("PATCH", &path, &change)?.expect(200)?;
    assert_eq!(found(&here, "password pr")?, [""; 0]);
    for file in ["purser.db", "purser.db-wal", "serve.log"] {
        let bytes = std::fs::read(here.folder().join(file)).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains("t1meMa$heen"), "{file}");
    }
    Ok(())
}

#[test]
fn rfc7643_4_1_2_groups_of_a_user_follow_the_groups() -> Result<()> {
    let here = here()?;
    let id = here.make("/Users", &user("babs"))?;
    let path = format!("/Users/{id}");
    let before = here.get(&path)?.expect(200)?;
    let group_id = here.make("/Groups", &group("Tour Guides", &[&id]))?;
    let user = here.get(&path)?.expect(200)?;
    let one = &user["groups"][0];
    assert_eq!(text(one, "/value")?, group_id);
    assert_eq!(text(one, "/display")?, "Tour Guides");
    assert_eq!(text(one, "/type")?, "direct");
    assert!(text(one, "/$ref")?.ends_with(&format!("/Groups/{group_id}")));
    // It shows something else, so it is another version; but nobody has written to it.
    assert_ne!(before["meta"]["version"], user["meta"]["version"]);
    assert_eq!(before["meta"]["lastModified"], user["meta"]["lastModified"]);
    // And it is read-only there.
    let change = patch(json!([{ "op": "remove", "path": "groups" }]));
    here.call("PATCH", &path, &change)?
        .refused(400, "mutability")
}

#[test]
fn rfc7643_4_2_members_tell_who_they_are() -> Result<()> {
    let here = here()?;
    let id = here.make(
        "/Users",
        &user_with("babs", json!({ "displayName": "Babs" })),
    )?;
    let inner = here.make("/Groups", &group("Inner", &[]))?;
    let outer = here
        .call("POST", "/Groups", &group("Outer", &[&id, &inner]))?
        .expect(201)?;
    let members = outer["members"].as_array().cloned().unwrap_or_default();
    let told: Vec<_> = members
        .iter()
        .map(|m| (m["value"].clone(), m["type"].clone()))
        .collect();
    assert_eq!(
        told,
        [(json!(id), json!("User")), (json!(inner), json!("Group")),]
    );
    assert!(text(&members[0], "/$ref")?.ends_with(&format!("/Users/{id}")));
    Ok(())
}

#[test]
fn rfc7643_4_2_strict_wants_members_to_be_there() -> Result<()> {
    let here = here_with("strict = true")?;
    here.call("POST", "/Groups", &group("G", &["nobody"]))?
        .refused(400, "invalidValue")?;
    let id = here.make("/Groups", &group("G", &[]))?;
    let add = patch(json!([{ "op": "add", "path": "members", "value": [{ "value": "nobody" }] }]));
    here.call("PATCH", &format!("/Groups/{id}"), &add)?
        .refused(400, "invalidValue")
}

#[test]
fn rfc7643_4_2_else_a_stranger_is_kept_as_it_came_and_can_go() -> Result<()> {
    let here = here()?;
    let id = here.make("/Groups", &group("G", &["nobody"]))?;
    let path = format!("/Groups/{id}");
    assert_eq!(
        here.get(&path)?.expect(200)?["members"],
        json!([{ "value": "nobody" }])
    );
    let found = here
        .get("/Groups?filter=members.value%20eq%20%22nobody%22")?
        .expect(200)?;
    assert_eq!(found["totalResults"], 1);
    let remove = patch(json!([{ "op": "remove", "path": "members[value eq \"nobody\"]" }]));
    here.call("PATCH", &path, &remove)?.expect(204)?;
    assert_eq!(here.get(&path)?.expect(200)?.get("members"), None);
    Ok(())
}

#[test]
fn rfc7643_4_3_the_enterprise_extension_is_kept_whole() -> Result<()> {
    let here = here()?;
    let manager = here.make("/Users", &user("boss"))?;
    let body = json!({
        "schemas": [USER, ENTERPRISE], "userName": "babs",
        ENTERPRISE: { "employeeNumber": "701984", "manager": { "value": manager } },
    });
    let made = here.call("POST", "/Users", &body)?.expect(201)?;
    assert_eq!(made[ENTERPRISE]["employeeNumber"], "701984");
    assert_eq!(made[ENTERPRISE]["manager"]["value"], json!(manager));
    assert_eq!(
        found(&here, &format!("{ENTERPRISE}:employeeNumber eq \"701984\""))?,
        ["babs"]
    );
    Ok(())
}

#[test]
fn rfc7643_2_2_names_are_unique_by_full_case_folding() -> Result<()> {
    let here = here()?;
    here.make("/Users", &user("straße"))?;
    here.call("POST", "/Users", &user("STRASSE"))?
        .refused(409, "uniqueness")?;
    assert_eq!(found(&here, "userName eq \"Strasse\"")?, ["straße"]);
    Ok(())
}
