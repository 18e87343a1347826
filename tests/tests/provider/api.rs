//! What sites ask besides SCIM: events, tokens, the connection test.

use anyhow::Result;
use purser_tests::provider::Said;
use serde_json::{Value, json};

use super::support::*;

/// A tenant, and a site that is heard by a mapping.
fn here_with_a_site() -> Result<Here> {
    // Nobody answers there: what is asked of the site has to wait.
    let here = here_with(
        r#"
        [source.site]
        connector = "wordpress"
        site = "blog"
        base_url = "http://127.0.0.1:1"
        user = "admin"
        password = { file = "password" }
        [target.people]
        connector = "directory"
        tenant = "acme"
        [mapping.back]
        source = "site"
        target = "people"
        plugin = "attribute-map"
        [mapping.back.settings.user]
        userName = { from = "username" }
        "#,
    )?;
    std::fs::write(here.folder().join("password"), "no matter")?;
    Ok(here)
}

fn ask(here: &Here, token: &str, method: &str, path: &str, body: &Value) -> Result<Said> {
    let url = format!("{}/api/acme/v1{path}", here.origin());
    let authorization = format!("Bearer {token}");
    let headers = [
        ("authorization", authorization.as_str()),
        ("content-type", "application/json"),
    ];
    here.send(method, &url, &headers, body)
}

#[test]
fn events_are_heard_by_the_mappings_of_the_site_alone() -> Result<()> {
    let here = here_with_a_site()?;
    let event = |kind: &str, id: &str| json!({ "kind": kind, "id": id, "verb": "changed" });
    let events = json!({ "events": [event("user", "7"), event("user", "7"), event("post", "3")] });
    for (site, scope, accepted) in [
        ("blog", "events", 2),
        ("blog", "manage", 2),
        ("shop", "events", 0),
    ] {
        let token = here.new_token("acme", &["--scope", scope, "--site", site])?;
        let heard = ask(&here, &token, "POST", "/events", &events)?.expect(202)?;
        assert_eq!(
            heard,
            json!({ "accepted": accepted, "ignored": 3 - accepted }),
            "{site}"
        );
    }
    let nobody = here.new_token("acme", &["--scope", "events"])?;
    ask(&here, &nobody, "POST", "/events", &events)?.expect(403)?;
    let own = here.new_token("acme", &["--scope", "events", "--site", "blog"])?;
    for bad in [
        json!({ "events": [event("user", "")] }),
        json!({ "events": [event("user", &"7".repeat(256))] }),
        json!({ "events": [{ "kind": "user", "id": "7", "verb": "renamed" }] }),
        json!({ "events": [{ "kind": "user", "id": "7", "verb": "changed", "mail": "ann@x.org" }] }),
        json!([]),
    ] {
        ask(&here, &own, "POST", "/events", &bad)?.expect(400)?;
    }
    let many: Vec<Value> = (0..10_001).map(|n| event("user", &n.to_string())).collect();
    ask(&here, &own, "POST", "/events", &json!({ "events": many }))?.expect(413)?;
    Ok(())
}

#[test]
fn a_site_makes_tokens_for_its_clients_and_for_nothing_else() -> Result<()> {
    let here = here_with_a_site()?;
    let own = here.new_token("acme", &["--scope", "manage", "--site", "blog"])?;
    let stands = ask(&here, &own, "GET", "/site", &NOTHING)?.expect(200)?;
    assert_eq!(
        (
            &stands["tenant"],
            &stands["site"],
            &stands["writes"],
            &stands["hears"]
        ),
        (&json!("acme"), &json!("blog"), &json!([]), &json!(["back"]))
    );
    let made = ask(
        &here,
        &own,
        "POST",
        "/tokens",
        &json!({ "name": "Drupal", "days": 30 }),
    )?;
    assert_eq!(
        made.headers.get("cache-control").map(String::as_str),
        Some("no-store")
    );
    let made = made.expect(201)?;
    let client = text(&made, "/token")?;
    let scim = || -> Result<u16> {
        let authorization = format!("Bearer {client}");
        let url = format!("{}/Users", here.base_of("acme"));
        Ok(here
            .send("GET", &url, &[("authorization", &authorization)], &NOTHING)?
            .status)
    };
    assert_eq!(scim()?, 200);
    // It may do that, and nothing of this interface.
    ask(&here, &client, "GET", "/tokens", &NOTHING)?.expect(403)?;
    let list = ask(&here, &own, "GET", "/tokens", &NOTHING)?.expect(200)?;
    let names: Vec<_> = list["tokens"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|token| &token["name"])
        .collect();
    assert_eq!(names, ["client", "Drupal"], "its own is not shown");
    assert!(!list.to_string().contains(&client));
    let number = &made["number"];
    ask(
        &here,
        &own,
        "DELETE",
        &format!("/tokens/{number}"),
        &NOTHING,
    )?
    .expect(204)?;
    assert_eq!(scim()?, 401);
    ask(
        &here,
        &own,
        "DELETE",
        &format!("/tokens/{number}"),
        &NOTHING,
    )?
    .expect(404)?;
    // Nobody ends the token of somebody who manages.
    let rows = here.purser(&["token", "list", "acme", "--json"])?;
    let own_number = rows
        .lines()
        .filter_map(|row| serde_json::from_str::<Value>(row).ok())
        .find(|row| row["scope"] == "manage")
        .map(|row| row["number"].clone())
        .unwrap_or_default();
    ask(
        &here,
        &own,
        "DELETE",
        &format!("/tokens/{own_number}"),
        &NOTHING,
    )?
    .expect(404)?;
    for bad in [
        json!({}),
        json!({ "name": " " }),
        json!({ "name": "x", "days": 0 }),
        json!({ "name": "a\nb" }),
    ] {
        ask(&here, &own, "POST", "/tokens", &bad)?.expect(400)?;
    }
    Ok(())
}

#[test]
fn who_is_not_let_in_learns_nothing() -> Result<()> {
    let here = here_with("[tenant.globex]")?;
    let events = here.new_token("acme", &["--scope", "events", "--site", "blog"])?;
    let foreign = here.new_token("globex", &["--scope", "manage", "--site", "blog"])?;
    let mut answers = Vec::new();
    for (method, path) in [
        ("GET", "/site"),
        ("POST", "/events"),
        ("GET", "/tokens"),
        ("POST", "/tokens"),
        ("DELETE", "/tokens/1"),
        ("GET", "/nothing"),
    ] {
        for token in [foreign.as_str(), "purser_nothing"] {
            let said = ask(&here, token, method, path, &json!({}))?;
            assert!(
                said.headers.contains_key("www-authenticate"),
                "{method} {path}"
            );
            assert_eq!(
                said.headers.get("content-type").map(String::as_str),
                Some("application/problem+json")
            );
            answers.push(said.expect(401)?);
        }
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
    let url = format!("{}/api/nobody/v1/site", here.origin());
    let authorization = format!("Bearer {events}");
    here.send("GET", &url, &[("authorization", &authorization)], &NOTHING)?
        .expect(401)?;
    // Who may tell events may not manage.
    for (method, path) in [
        ("GET", "/tokens"),
        ("POST", "/tokens"),
        ("DELETE", "/tokens/1"),
    ] {
        ask(&here, &events, method, path, &json!({ "name": "x" }))?.expect(403)?;
    }
    ask(&here, &events, "GET", "/nothing", &NOTHING)?.expect(404)?;
    let said = ask(&here, &events, "DELETE", "/events", &NOTHING)?;
    assert_eq!(said.headers.get("allow").map(String::as_str), Some("POST"));
    said.expect(405)?;
    Ok(())
}
