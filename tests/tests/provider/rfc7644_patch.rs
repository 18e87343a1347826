//! PATCH (RFC 7644 §3.5.2).

use anyhow::Result;
use serde_json::{Value, json};

use super::support::*;

fn babs() -> Value {
    user_with(
        "babs",
        json!({
            "title": "Guide", "name": { "givenName": "Barbara", "familyName": "Jensen" },
            "emails": [
                { "value": "work@x.org", "type": "work", "primary": true },
                { "value": "home@x.org", "type": "home" },
            ],
        }),
    )
}

/// A user after these operations.
fn after(operations: Value) -> Result<Value> {
    let here = here()?;
    let id = here.make("/Users", &babs())?;
    let path = format!("/Users/{id}");
    let answered = here.call("PATCH", &path, &patch(operations))?.expect(200)?;
    assert_eq!(here.get(&path)?.expect(200)?, answered);
    Ok(answered)
}

/// The keyword of the refusal, after which nothing has changed.
fn refused(operations: Value, scim_type: &str) -> Result<()> {
    let here = here()?;
    let made = here.call("POST", "/Users", &babs())?.expect(201)?;
    let path = format!("/Users/{}", text(&made, "/id")?);
    here.call("PATCH", &path, &patch(operations))?
        .refused(400, scim_type)?;
    assert_eq!(here.get(&path)?.expect(200)?, made);
    Ok(())
}

#[test]
fn rfc7644_3_5_2_1_add_an_attribute() -> Result<()> {
    let user = after(json!([{ "op": "add", "path": "nickName", "value": "Babs" }]))?;
    assert_eq!(text(&user, "/nickName")?, "Babs");
    Ok(())
}

#[test]
fn rfc7644_3_5_2_1_add_without_a_path() -> Result<()> {
    let user = after(json!([{ "op": "add", "value": {
        "emails": [{ "value": "babs@x.org", "type": "other" }], "nickName": "Babs" } }]))?;
    assert_eq!(user["emails"].as_array().map(Vec::len), Some(3));
    assert_eq!(text(&user, "/nickName")?, "Babs");
    Ok(())
}

#[test]
fn rfc7644_3_5_2_1_add_replaces_a_singular_value() -> Result<()> {
    let user = after(json!([{ "op": "add", "path": "title", "value": "Chief" }]))?;
    assert_eq!(text(&user, "/title")?, "Chief");
    Ok(())
}

#[test]
fn rfc7644_3_5_2_1_add_to_a_complex_value_keeps_the_rest() -> Result<()> {
    let user = after(json!([{ "op": "add", "path": "name", "value": { "middleName": "Jane" } }]))?;
    assert_eq!(text(&user, "/name/givenName")?, "Barbara");
    assert_eq!(text(&user, "/name/middleName")?, "Jane");
    Ok(())
}

#[test]
fn rfc7644_3_5_2_1_what_is_there_already_changes_nothing() -> Result<()> {
    let here = here()?;
    let made = here.call("POST", "/Users", &babs())?.expect(201)?;
    let path = format!("/Users/{}", text(&made, "/id")?);
    let same = patch(json!([
        { "op": "add", "path": "title", "value": "Guide" },
        { "op": "add", "path": "emails", "value": [{ "value": "home@x.org", "type": "home" }] },
    ]));
    let said = here.call("PATCH", &path, &same)?.expect(200)?;
    assert_eq!(said, made, "neither lastModified nor the version moves");
    Ok(())
}

#[test]
fn rfc7644_3_5_2_1_a_new_primary_takes_it_from_the_old() -> Result<()> {
    let user = after(json!([
        { "op": "add", "path": "emails", "value": [{ "value": "new@x.org", "primary": true }] },
    ]))?;
    let primary: Vec<&Value> = user["emails"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|e| e["primary"] == true)
        .collect();
    assert_eq!(primary.len(), 1);
    assert_eq!(primary[0]["value"], "new@x.org");
    Ok(())
}

#[test]
fn rfc7644_3_5_2_2_remove_an_attribute() -> Result<()> {
    let user = after(
        json!([{ "op": "remove", "path": "title" }, { "op": "remove", "path": "name.givenName" }]),
    )?;
    assert_eq!(user.get("title"), None);
    assert_eq!(user["name"], json!({ "familyName": "Jensen" }));
    Ok(())
}

#[test]
fn rfc7644_3_5_2_2_remove_the_values_that_a_filter_selects() -> Result<()> {
    let user = after(
        json!([{ "op": "remove", "path": "emails[type eq \"work\" and value ew \"x.org\"]" }]),
    )?;
    assert_eq!(
        user["emails"],
        json!([{ "value": "home@x.org", "type": "home" }])
    );
    Ok(())
}

#[test]
fn rfc7644_3_5_2_2_remove_needs_a_path() -> Result<()> {
    refused(json!([{ "op": "remove" }]), "noTarget")
}

#[test]
fn rfc7644_3_5_2_2_what_is_required_or_the_servers_stays() -> Result<()> {
    refused(
        json!([{ "op": "remove", "path": "userName" }]),
        "mutability",
    )?;
    refused(
        json!([{ "op": "replace", "path": "id", "value": "other" }]),
        "mutability",
    )
}

#[test]
fn rfc7644_3_5_2_3_replace_a_part_of_the_selected_value() -> Result<()> {
    let user = after(
        json!([{ "op": "replace", "path": "emails[type eq \"work\"].value", "value": "w@x.org" }]),
    )?;
    assert_eq!(user["emails"][0]["value"], "w@x.org");
    assert_eq!(user["emails"][0]["primary"], true);
    Ok(())
}

#[test]
fn rfc7644_3_5_2_3_replace_a_whole_list() -> Result<()> {
    let user = after(
        json!([{ "op": "replace", "path": "emails", "value": [{ "value": "only@x.org" }] }]),
    )?;
    assert_eq!(user["emails"], json!([{ "value": "only@x.org" }]));
    Ok(())
}

#[test]
fn rfc7644_3_5_2_3_replace_what_is_not_there_adds_it() -> Result<()> {
    let user = after(
        json!([{ "op": "replace", "path": "nickName", "value": "B" }, { "op": "replace", "path": "name.middleName", "value": "J" }]),
    )?;
    assert_eq!(text(&user, "/nickName")?, "B");
    assert_eq!(text(&user, "/name/middleName")?, "J");
    Ok(())
}

#[test]
fn rfc7644_3_5_2_3_a_filter_that_selects_nothing_is_no_target() -> Result<()> {
    refused(
        json!([{ "op": "replace", "path": "emails[type eq \"other\"]", "value": { "value": "a@x.org" } }]),
        "noTarget",
    )
}

#[test]
fn rfc7644_3_5_2_all_or_nothing() -> Result<()> {
    refused(
        json!([
            { "op": "replace", "path": "title", "value": "Chief" },
            { "op": "remove", "path": "userName" },
        ]),
        "mutability",
    )
}

#[test]
fn rfc7644_3_5_2_operations_see_what_those_before_them_did() -> Result<()> {
    let user = after(json!([
        { "op": "add", "path": "phoneNumbers", "value": [{ "value": "1", "type": "work" }] },
        { "op": "replace", "path": "phoneNumbers[type eq \"work\"].value", "value": "2" },
    ]))?;
    assert_eq!(
        user["phoneNumbers"],
        json!([{ "value": "2", "type": "work" }])
    );
    Ok(())
}

#[test]
fn rfc7644_3_5_2_what_is_no_patch_is_invalid_syntax() -> Result<()> {
    let here = here_with("strict = true")?;
    let id = here.make("/Users", &babs())?;
    let path = format!("/Users/{id}");
    for body in [
        json!({ "Operations": [{ "op": "remove", "path": "title" }] }),
        patch(json!([])),
        patch(json!({})),
        patch(json!([{ "op": "move", "path": "title" }])),
        patch(json!([{ "path": "title", "value": "x" }])),
        json!([]),
    ] {
        here.call("PATCH", &path, &body)?
            .refused(400, "invalidSyntax")?;
    }
    let wrong = patch(json!([{ "op": "remove", "path": "emails[type eq" }]));
    here.call("PATCH", &path, &wrong)?
        .refused(400, "invalidPath")?;
    let no_value = patch(json!([{ "op": "add", "path": "title" }]));
    here.call("PATCH", &path, &no_value)?
        .refused(400, "invalidValue")
}

#[test]
fn rfc7644_3_5_2_extensions_come_and_go_with_their_urn() -> Result<()> {
    let here = here()?;
    let id = here.make("/Users", &babs())?;
    let path = format!("/Users/{id}");
    let add = patch(
        json!([{ "op": "add", "path": format!("{ENTERPRISE}:department"), "value": "Tours" }]),
    );
    let user = here.call("PATCH", &path, &add)?.expect(200)?;
    assert_eq!(user["schemas"], json!([USER, ENTERPRISE]));
    assert_eq!(user[ENTERPRISE]["department"], "Tours");
    let remove = patch(json!([{ "op": "remove", "path": ENTERPRISE }]));
    let user = here.call("PATCH", &path, &remove)?.expect(200)?;
    assert_eq!(
        (user["schemas"].clone(), user.get(ENTERPRISE)),
        (json!([USER]), None)
    );
    Ok(())
}

#[test]
fn rfc7644_3_5_2_a_unique_value_stays_unique() -> Result<()> {
    let here = here()?;
    here.make("/Users", &user("ann"))?;
    let id = here.make("/Users", &babs())?;
    let rename = patch(json!([{ "op": "replace", "path": "userName", "value": "ANN" }]));
    here.call("PATCH", &format!("/Users/{id}"), &rename)?
        .refused(409, "uniqueness")
}

#[test]
fn rfc7644_3_5_2_a_group_answers_204_unless_attributes_are_asked() -> Result<()> {
    let here = here()?;
    let user_id = here.make("/Users", &user("a"))?;
    let id = here.make("/Groups", &group("G", &[]))?;
    let add = patch(json!([{ "op": "add", "path": "members", "value": [{ "value": user_id }] }]));
    let path = format!("/Groups/{id}");
    let said = here.call("PATCH", &path, &add)?;
    assert!(said.headers.contains_key("etag"));
    said.expect(204)?;
    let group = here
        .call("PATCH", &format!("{path}?attributes=members"), &add)?
        .expect(200)?;
    assert_eq!(group["members"].as_array().map(Vec::len), Some(1));
    let here = here_with("patch_returns_group = true")?;
    let id = here.make("/Groups", &super::support::group("G", &[]))?;
    let rename = patch(json!([{ "op": "replace", "path": "displayName", "value": "H" }]));
    let group = here
        .call("PATCH", &format!("/Groups/{id}"), &rename)?
        .expect(200)?;
    assert_eq!(text(&group, "/displayName")?, "H");
    Ok(())
}

#[test]
fn rfc7644_3_5_2_members_come_and_go() -> Result<()> {
    let here = here()?;
    let ids: Vec<String> = ["a", "b", "c"]
        .iter()
        .map(|name| here.make("/Users", &user(name)))
        .collect::<Result<_>>()?;
    let path = format!("/Groups/{}", here.make("/Groups", &group("G", &[]))?);
    let members = || -> Result<Vec<String>> {
        let group = here.get(&path)?.expect(200)?;
        Ok(group["members"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|m| m["value"].as_str())
            .map(str::to_owned)
            .collect())
    };
    let change = |operations: Value| here.call("PATCH", &path, &patch(operations))?.expect(204);
    change(
        json!([{ "op": "add", "path": "members", "value": [{ "value": ids[0] }, { "value": ids[1] }] }]),
    )?;
    assert_eq!(members()?, ids[..2]);
    change(json!([{ "op": "remove", "path": format!("members[value eq \"{}\"]", ids[0]) }]))?;
    assert_eq!(members()?, ids[1..2]);
    change(json!([{ "op": "replace", "path": "members", "value": [{ "value": ids[2] }] }]))?;
    assert_eq!(members()?, ids[2..]);
    // Who is a member already stays one; who is none need not go.
    change(json!([{ "op": "add", "path": "members", "value": [{ "value": ids[2] }] }]))?;
    change(json!([{ "op": "remove", "path": format!("members[value eq \"{}\"]", ids[0]) }]))?;
    assert_eq!(members()?, ids[2..]);
    change(
        json!([{ "op": "add", "path": "members", "value": [{ "value": ids[0] }] }, { "op": "remove", "path": format!("members[type eq \"User\" and value eq \"{}\"]", ids[2]) }]),
    )?;
    assert_eq!(members()?, ids[..1]);
    change(json!([{ "op": "remove", "path": "members" }]))?;
    assert_eq!(members()?, [""; 0]);
    Ok(())
}

#[test]
fn rfc7644_3_5_2_one_bad_member_keeps_all_out() -> Result<()> {
    let here = here_with("strict = true")?;
    let a = here.make("/Users", &user("a"))?;
    let made = here
        .call("POST", "/Groups", &group("G", &[]))?
        .expect(201)?;
    let path = format!("/Groups/{}", text(&made, "/id")?);
    let add = patch(json!([
        { "op": "replace", "path": "displayName", "value": "H" },
        { "op": "add", "path": "members", "value": [{ "value": a }, { "value": "nobody" }] },
    ]));
    here.call("PATCH", &path, &add)?
        .refused(400, "invalidValue")?;
    assert_eq!(here.get(&path)?.expect(200)?, made);
    Ok(())
}
