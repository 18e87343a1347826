//! Create, read, replace, delete (RFC 7644 §3.3, §3.4.1, §3.5.1, §3.6, §3.11).

use anyhow::Result;
use serde_json::json;

use super::support::*;

#[test]
fn rfc7644_3_3_a_create_answers_201_with_location_and_body() -> Result<()> {
    let here = here()?;
    let said = here.call("POST", "/Users", &user("babs"))?;
    let location = said.headers.get("location").cloned();
    let kind = said.headers.get("content-type").cloned();
    let body = said.expect(201)?;
    assert_eq!(location, Some(text(&body, "/meta/location")?));
    assert_eq!(kind.as_deref(), Some("application/scim+json"));
    assert_eq!(text(&body, "/userName")?, "babs");
    assert_eq!(
        text(&body, "/meta/created")?,
        text(&body, "/meta/lastModified")?
    );
    let read = here.get(&format!("/Users/{}", text(&body, "/id")?))?;
    assert_eq!(read.expect(200)?, body);
    Ok(())
}

#[test]
fn rfc7644_3_3_what_only_the_server_assigns_is_ignored() -> Result<()> {
    let here = here()?;
    let body = user_with(
        "babs",
        json!({ "id": "mine", "meta": { "created": "2001-01-01T00:00:00Z", "location": "x" }, "groups": [{ "value": "g" }] }),
    );
    let made = here.call("POST", "/Users", &body)?.expect(201)?;
    assert_ne!(text(&made, "/id")?, "mine");
    assert!(!text(&made, "/meta/created")?.starts_with("2001"));
    assert_eq!(made.get("groups"), None);
    Ok(())
}

#[test]
fn rfc7644_3_3_a_duplicate_is_409_uniqueness() -> Result<()> {
    let here = here()?;
    here.make("/Users", &user("babs"))?;
    here.call("POST", "/Users", &user("BABS"))?
        .refused(409, "uniqueness")?;
    // Of other types the name may be the same.
    here.make("/Groups", &group("babs", &[]))?;
    here.make("/Groups", &group("babs", &[]))?;
    Ok(())
}

#[test]
fn rfc7644_3_3_a_body_that_lacks_what_is_required_is_400() -> Result<()> {
    let here = here()?;
    for body in [json!({ "schemas": [USER] }), user(""), user("  ")] {
        here.call("POST", "/Users", &body)?
            .refused(400, "invalidValue")?;
    }
    here.call("POST", "/Groups", &json!({ "schemas": [GROUP] }))?
        .refused(400, "invalidValue")
}

#[test]
fn rfc7644_3_3_a_body_of_another_shape_is_400() -> Result<()> {
    let here = here()?;
    for body in [json!([]), json!("text"), json!(7)] {
        here.call("POST", "/Users", &body)?
            .refused(400, "invalidSyntax")?;
    }
    let authorization = format!("Bearer {}", here.token());
    let url = format!("{}/Users", here.base_of("acme"));
    let headers = [("authorization", authorization.as_str())];
    for body in ["", "{", "{\"userName\": \"a\"", "\u{0}"] {
        here.send_text("POST", &url, &headers, Some(body.to_owned()))?
            .refused(400, "invalidSyntax")?;
    }
    Ok(())
}

#[test]
fn rfc7644_3_4_1_what_is_not_there_is_404() -> Result<()> {
    let here = here()?;
    let id = here.make("/Users", &user("babs"))?;
    for path in [
        "/Users/nobody".to_owned(),
        format!("/Groups/{id}"),
        format!("/Users/{id}/more"),
        "/Nothing".to_owned(),
        "/users".to_owned(),
    ] {
        let body = here.get(&path)?.expect(404)?;
        assert_eq!(text(&body, "/status")?, "404", "{path}");
    }
    Ok(())
}

#[test]
fn rfc7644_3_5_1_a_replace_clears_what_it_does_not_bring() -> Result<()> {
    let here = here()?;
    let id = here.make(
        "/Users",
        &user_with(
            "babs",
            json!({ "title": "Guide", "nickName": "B", "active": true }),
        ),
    )?;
    let path = format!("/Users/{id}");
    let body = user_with("babs", json!({ "nickName": "Babsy" }));
    let replaced = here.call("PUT", &path, &body)?.expect(200)?;
    assert_eq!(replaced.get("title"), None);
    assert_eq!(text(&replaced, "/nickName")?, "Babsy");
    assert_eq!(text(&replaced, "/id")?, id);
    assert_eq!(here.get(&path)?.expect(200)?, replaced);
    Ok(())
}

#[test]
fn rfc7644_3_5_1_a_replace_creates_nothing() -> Result<()> {
    let here = here()?;
    here.call("PUT", "/Users/nobody", &user("babs"))?
        .expect(404)?;
    assert_eq!(here.get("/Users")?.expect(200)?["totalResults"], 0);
    Ok(())
}

#[test]
fn rfc7644_3_5_1_a_replace_may_not_take_the_name_of_another() -> Result<()> {
    let here = here()?;
    here.make("/Users", &user("ann"))?;
    let id = here.make("/Users", &user("bob"))?;
    let path = format!("/Users/{id}");
    here.call("PUT", &path, &user("Ann"))?
        .refused(409, "uniqueness")?;
    // Its own in another spelling, and a new one, which frees the old.
    here.call("PUT", &path, &user("Bob"))?.expect(200)?;
    here.call("PUT", &path, &user("rob"))?.expect(200)?;
    here.make("/Users", &user("bob"))?;
    Ok(())
}

#[test]
fn rfc7644_3_5_1_a_replace_with_the_same_changes_nothing() -> Result<()> {
    let here = here()?;
    let made = here
        .call("POST", "/Users", &user_with("a", json!({ "title": "T" })))?
        .expect(201)?;
    let path = format!("/Users/{}", text(&made, "/id")?);
    let again = here.call("PUT", &path, &made)?.expect(200)?;
    assert_eq!(again, made);
    Ok(())
}

#[test]
fn rfc7644_3_5_1_a_group_is_replaced_with_its_members() -> Result<()> {
    let here = here()?;
    let ids = ["a", "b", "c"].map(|name| here.make("/Users", &user(name)));
    let [a, b, c] = ids;
    let (a, b, c) = (a?, b?, c?);
    let id = here.make("/Groups", &group("G", &[&a, &b]))?;
    let path = format!("/Groups/{id}");
    let replaced = here
        .call("PUT", &path, &group("G", &[&b, &c]))?
        .expect(200)?;
    let values: Vec<_> = replaced["members"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|m| m["value"].clone())
        .collect();
    assert_eq!(values, [json!(b), json!(c)]);
    let empty = here
        .call(
            "PUT",
            &path,
            &json!({ "schemas": [GROUP], "displayName": "G" }),
        )?
        .expect(200)?;
    assert_eq!(empty.get("members"), None);
    Ok(())
}

#[test]
fn rfc7644_3_6_what_is_deleted_is_gone_everywhere() -> Result<()> {
    let here = here()?;
    let id = here.make("/Users", &user("babs"))?;
    let other = here.make("/Users", &user("ann"))?;
    let group_id = here.make("/Groups", &group("G", &[&id, &other]))?;
    let path = format!("/Users/{id}");
    let said = here.call("DELETE", &path, &NOTHING)?;
    assert_eq!(said.expect(204)?, NOTHING);
    here.get(&path)?.expect(404)?;
    here.call("DELETE", &path, &NOTHING)?.expect(404)?;
    here.call("PUT", &path, &user("babs"))?.expect(404)?;
    here.call(
        "PATCH",
        &path,
        &patch(json!([{ "op": "remove", "path": "title" }])),
    )?
    .expect(404)?;
    assert_eq!(found(&here, "userName eq \"babs\"")?, [""; 0]);
    let group = here.get(&format!("/Groups/{group_id}"))?.expect(200)?;
    assert_eq!(group["members"].as_array().map(Vec::len), Some(1));
    // Nobody has the name any more (RFC 7644 §3.6), and the id never comes again.
    let again = here.make("/Users", &user("babs"))?;
    assert_ne!(again, id);
    Ok(())
}

#[test]
fn rfc7644_3_6_a_deleted_group_is_left_by_its_members() -> Result<()> {
    let here = here()?;
    let id = here.make("/Users", &user("babs"))?;
    let group_id = here.make("/Groups", &group("G", &[&id]))?;
    let path = format!("/Users/{id}");
    assert_eq!(
        here.get(&path)?.expect(200)?["groups"][0]["value"],
        json!(group_id)
    );
    here.call("DELETE", &format!("/Groups/{group_id}"), &NOTHING)?
        .expect(204)?;
    assert_eq!(here.get(&path)?.expect(200)?.get("groups"), None);
    Ok(())
}

#[test]
fn rfc7644_3_11_me_is_501() -> Result<()> {
    let here = here()?;
    for method in ["GET", "PUT", "PATCH", "DELETE", "POST"] {
        here.call(method, "/Me", &NOTHING)?.expect(501)?;
    }
    Ok(())
}

#[test]
fn rfc7644_3_9_writes_show_what_is_asked_for() -> Result<()> {
    let here = here()?;
    let body = user_with("babs", json!({ "title": "T", "nickName": "B" }));
    let made = here
        .call("POST", "/Users?attributes=title", &body)?
        .expect(201)?;
    assert_eq!(text(&made, "/title")?, "T");
    assert_eq!((made.get("userName"), made.get("meta")), (None, None));
    let path = format!("/Users/{}", text(&made, "/id")?);
    let replaced = here
        .call("PUT", &format!("{path}?excludedAttributes=title,id"), &body)?
        .expect(200)?;
    assert_eq!(replaced.get("title"), None);
    assert!(replaced.get("id").is_some(), "id is always returned");
    let changed = here
        .call(
            "PATCH",
            &format!("{path}?attributes=nickName"),
            &patch(json!([{ "op": "replace", "path": "nickName", "value": "C" }])),
        )?
        .expect(200)?;
    assert_eq!(text(&changed, "/nickName")?, "C");
    assert_eq!(changed.get("userName"), None);
    Ok(())
}
