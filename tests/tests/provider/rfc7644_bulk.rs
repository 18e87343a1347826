//! Many operations in one request (RFC 7644 §3.7).

use anyhow::Result;
use serde_json::{Value, json};

use super::support::*;

fn bulk(here: &Here, operations: Value, more: Value) -> Result<Value> {
    let mut body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": operations,
    });
    if let (Some(body), Value::Object(more)) = (body.as_object_mut(), more) {
        body.extend(more);
    }
    here.call("POST", "/Bulk", &body)?.expect(200)
}

fn statuses(answer: &Value) -> Vec<&str> {
    let operations = answer["Operations"].as_array();
    operations
        .into_iter()
        .flatten()
        .filter_map(|one| one["status"].as_str())
        .collect()
}

#[test]
fn rfc7644_3_7_every_method_in_one_request() -> Result<()> {
    let here = here()?;
    let ann = here.make("/Users", &user("ann"))?;
    let bob = here.make("/Users", &user("bob"))?;
    let answer = bulk(
        &here,
        json!([
            { "method": "POST", "path": "/Users", "bulkId": "q", "data": user("carl") },
            { "method": "PUT", "path": format!("/Users/{ann}"), "data": user_with("ann", json!({ "title": "T" })) },
            { "method": "PATCH", "path": format!("/Users/{ann}"), "data": patch(json!([{ "op": "add", "path": "nickName", "value": "A" }])) },
            { "method": "DELETE", "path": format!("/Users/{bob}") },
        ]),
        json!({}),
    )?;
    assert_eq!(
        answer["schemas"],
        json!(["urn:ietf:params:scim:api:messages:2.0:BulkResponse"])
    );
    assert_eq!(statuses(&answer), ["201", "200", "200", "204"]);
    let first = &answer["Operations"][0];
    assert_eq!(
        (&first["bulkId"], &first["method"]),
        (&json!("q"), &json!("POST"))
    );
    assert!(text(first, "/location")?.contains("/Users/"));
    assert!(text(first, "/version")?.starts_with("W/"));
    let user = here.get(&format!("/Users/{ann}"))?.expect(200)?;
    assert_eq!(
        (&user["title"], &user["nickName"]),
        (&json!("T"), &json!("A"))
    );
    here.get(&format!("/Users/{bob}"))?.expect(404)?;
    Ok(())
}

#[test]
fn rfc7644_3_7_2_references_stand_for_what_was_made() -> Result<()> {
    let here = here()?;
    // The group comes first, and what it needs behind it.
    let answer = bulk(
        &here,
        json!([
            { "method": "POST", "path": "/Groups", "bulkId": "g", "data": group("G", &["bulkId:u"]) },
            { "method": "POST", "path": "/Users", "bulkId": "u", "data": user_with("ann", json!({ ENTERPRISE: { "manager": { "value": "bulkId:m" } } })) },
            { "method": "POST", "path": "/Users", "bulkId": "m", "data": user("boss") },
        ]),
        json!({}),
    )?;
    assert_eq!(statuses(&answer), ["201", "201", "201"]);
    let id = |index: usize| -> Result<String> {
        let location = text(&answer["Operations"][index], "/location")?;
        Ok(location.rsplit('/').next().unwrap_or_default().to_owned())
    };
    let group = here.get(&format!("/Groups/{}", id(0)?))?.expect(200)?;
    assert_eq!(group["members"][0]["value"], json!(id(1)?));
    let user = here.get(&format!("/Users/{}", id(1)?))?.expect(200)?;
    assert_eq!(user[ENTERPRISE]["manager"]["value"], json!(id(2)?));
    Ok(())
}

#[test]
fn rfc7644_3_7_1_circles_are_made_whole() -> Result<()> {
    let here = here()?;
    let answer = bulk(
        &here,
        json!([
            { "method": "POST", "path": "/Groups", "bulkId": "a", "data": group("A", &["bulkId:b"]) },
            { "method": "POST", "path": "/Groups", "bulkId": "b", "data": group("B", &["bulkId:a"]) },
        ]),
        json!({}),
    )?;
    assert_eq!(statuses(&answer), ["201", "201"]);
    let list = here.get("/Groups")?.expect(200)?;
    let (a, b) = (&list["Resources"][0], &list["Resources"][1]);
    assert_eq!(a["members"][0]["value"], b["id"]);
    assert_eq!(b["members"][0]["value"], a["id"]);
    Ok(())
}

#[test]
fn rfc7644_3_7_3_goes_on_after_errors_as_far_as_asked() -> Result<()> {
    let operations = json!([
        { "method": "POST", "path": "/Users", "bulkId": "1", "data": { "schemas": [USER] } },
        { "method": "POST", "path": "/Users", "bulkId": "2", "data": user("a") },
        { "method": "DELETE", "path": "/Users/nobody" },
        { "method": "POST", "path": "/Users", "bulkId": "3", "data": user("b") },
    ]);
    let here = here()?;
    let answer = bulk(&here, operations.clone(), json!({}))?;
    assert_eq!(statuses(&answer), ["400", "201", "404", "201"]);
    assert_eq!(
        answer["Operations"][0]["response"]["scimType"],
        "invalidValue"
    );
    let here = super::support::here()?;
    let answer = bulk(&here, operations, json!({ "failOnErrors": 2 }))?;
    assert_eq!(statuses(&answer), ["400", "201", "404"]);
    assert_eq!(here.get("/Users")?.expect(200)?["totalResults"], 1);
    Ok(())
}

#[test]
fn rfc7644_3_7_1_a_reference_to_nothing_fails_alone() -> Result<()> {
    let here = here()?;
    let answer = bulk(
        &here,
        json!([
            { "method": "POST", "path": "/Groups", "bulkId": "g", "data": group("G", &["bulkId:nobody"]) },
            { "method": "POST", "path": "/Users", "bulkId": "u", "data": user("a") },
        ]),
        json!({}),
    )?;
    assert_eq!(statuses(&answer), ["409", "201"]);
    assert_eq!(here.get("/Groups")?.expect(200)?["totalResults"], 0);
    Ok(())
}

#[test]
fn rfc7644_3_7_versions_are_held_to() -> Result<()> {
    let here = here()?;
    let made = here.call("POST", "/Users", &user("ann"))?.expect(201)?;
    let path = format!("/Users/{}", text(&made, "/id")?);
    let version = text(&made, "/meta/version")?;
    let answer = bulk(
        &here,
        json!([
            { "method": "PUT", "path": path, "version": version, "data": user_with("ann", json!({ "title": "T" })) },
            { "method": "DELETE", "path": path, "version": version },
        ]),
        json!({}),
    )?;
    assert_eq!(statuses(&answer), ["200", "412"]);
    Ok(())
}

#[test]
fn rfc7644_3_7_4_too_many_operations_are_413() -> Result<()> {
    let here = here_with("operations = 2")?;
    let one = |n: usize| json!({ "method": "POST", "path": "/Users", "bulkId": n.to_string(), "data": user(&format!("u{n}")) });
    let body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": [one(1), one(2), one(3)],
    });
    here.call("POST", "/Bulk", &body)?.expect(413)?;
    assert_eq!(here.get("/Users")?.expect(200)?["totalResults"], 0);
    Ok(())
}

#[test]
fn rfc7644_3_7_what_is_no_bulk_request_is_invalid_syntax() -> Result<()> {
    let here = here()?;
    for body in [json!({}), json!({ "Operations": [] }), json!([])] {
        here.call("POST", "/Bulk", &body)?
            .refused(400, "invalidSyntax")?;
    }
    Ok(())
}
