//! Requests that a site carries. Here the test is the site: it does what it is asked, or
//! does not.

use std::{net::TcpListener, process::Stdio};

use anyhow::{Context, Result, ensure};
use purser_tests::{files, provider::Said};
use serde_json::{Value, json};

use super::support::*;

const STEPS: &str = "application/vnd.purser.steps+json";

/// A tenant whose writes wait for a site that nobody reaches but by what it carries.
fn site(listener: &TcpListener, seconds: u32) -> Result<(Here, String)> {
    let here = here_with(&format!(
        r#"
        wait_for = "out"
        [source.in]
        connector = "directory"
        tenant = "acme"
        [target.out]
        connector = "wordpress"
        site = "blog"
        base_url = "http://{}"
        user = "admin"
        password = {{ file = "password" }}
        timeout_seconds = {seconds}
        meta.externalId = "purser_external_id"
        [mapping.out]
        source = "in"
        target = "out"
        plugin = "attribute-map"
        [mapping.out.match]
        User = ["userName"]
        [mapping.out.settings.user]
        userName = {{ from = "userName" }}
        externalId = {{ from = "id" }}
        active = {{ from = "active", transform = ["bool"], default = "true" }}
        "#,
        listener.local_addr()?
    ))?;
    std::fs::write(
        here.folder().join("password"),
        "none of the test's business",
    )?;
    let own = here.new_token("acme", &["--scope", "manage", "--site", "blog"])?;
    Ok((here, own))
}

/// Hands a request of the tenant's client on, as the plugin does.
fn carry(here: &Here, own: &str, method: &str, path: &str, body: &Value) -> Result<Said> {
    let headers = [
        ("purser-site", own),
        (
            "purser-address",
            "https://blog.example/wp-json/purser/scim/v2",
        ),
    ];
    here.call_with(method, path, &headers, body)
}

/// The steps that an answer asks for.
fn steps(said: &Said) -> Result<Vec<Value>> {
    let kind = said.headers.get("content-type").map(String::as_str);
    ensure!(kind == Some(STEPS), "no steps: {said:?}");
    let steps = said.body.get("steps").and_then(Value::as_array);
    steps.cloned().context("no steps")
}

/// Tells what came of all steps.
fn tell(here: &Here, own: &str, asked: &Said, told: &[Value]) -> Result<Said> {
    let report = json!({ "request": asked.body.get("request"), "told": told });
    carry(here, own, "POST", "/.carried", &report)
}

/// What a WordPress would be that has one user at most.
#[derive(Default)]
struct Fake {
    there: Option<Value>,
    /// What it was asked for.
    routes: Vec<String>,
}

impl Fake {
    /// Does a step.
    fn step(&mut self, step: &Value) -> Value {
        let text = |name: &str| step.get(name).and_then(Value::as_str).unwrap_or_default();
        let (method, route) = (text("method"), text("route"));
        self.routes.push(format!("{method} {route}"));
        match (method, route) {
            ("OPTIONS", _) => json!({ "status": 200, "body": { "schema": { "properties": {
                "meta": { "properties": { "purser_external_id": {} } } } } } }),
            ("POST", "/wp/v2/users") => {
                let mut user = step.get("body").cloned().unwrap_or_default();
                if let Some(fields) = user.as_object_mut() {
                    fields.remove("password");
                    fields.insert("id".to_owned(), json!(7));
                }
                self.there = Some(user.clone());
                json!({ "status": 201, "body": user })
            }
            ("GET", "/wp/v2/users") => {
                let page: Vec<&Value> = self.there.iter().collect();
                json!({ "status": 200, "total": page.len(), "body": page })
            }
            _ => json!({ "status": 404, "body": { "code": "rest_user_invalid_id" } }),
        }
    }

    /// Does all steps until there is an answer.
    fn done(&mut self, here: &Here, own: &str, mut said: Said) -> Result<Said> {
        while said.headers.get("content-type").map(String::as_str) == Some(STEPS) {
            let told: Vec<Value> = steps(&said)?.iter().map(|step| self.step(step)).collect();
            said = tell(here, own, &said, &told)?;
        }
        Ok(said)
    }
}

/// How often it was asked to make somebody.
fn creates(fake: &Fake) -> usize {
    let creates = fake
        .routes
        .iter()
        .filter(|route| *route == "POST /wp/v2/users");
    creates.count()
}

#[test]
fn a_site_does_what_it_is_asked_by_the_request_that_it_carries() -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let (here, own) = site(&listener, 5)?;
    let said = carry(&here, &own, "POST", "/Users", &user("ann"))?;
    let mut fake = Fake::default();
    let made = fake.done(&here, &own, said)?.expect(201)?;
    let id = text(&made, "/id")?;
    assert_eq!(
        made.pointer("/meta/location"),
        Some(&json!(format!(
            "https://blog.example/wp-json/purser/scim/v2/Users/{id}"
        )))
    );
    assert_eq!(
        fake.routes
            .iter()
            .filter(|route| *route == "POST /wp/v2/users")
            .count(),
        1
    );
    // Whoever comes by another way is told another address; what is read is final.
    let direct = here.get(&format!("/Users/{id}"))?.expect(200)?;
    assert!(text(&direct, "/meta/location")?.starts_with(here.origin()));
    let read = carry(&here, &own, "GET", &format!("/Users/{id}"), &NOTHING)?.expect(200)?;
    assert_eq!(read.get("meta"), made.get("meta"));
    carry(&here, &own, "POST", "/Users", &json!({ "schemas": [USER] }))?.expect(400)?;
    // Nothing was sent to the site: nobody has called.
    listener.set_nonblocking(true)?;
    assert!(listener.accept().is_err(), "somebody has called the site");
    Ok(())
}

#[test]
fn only_a_site_carries() -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let (here, own) = site(&listener, 5)?;
    for (token, why) in [
        (here.token().to_owned(), "for something else"),
        (
            here.new_token("acme", &["--scope", "manage"])?,
            "for no site",
        ),
        ("purser_nothing".to_owned(), "not good here"),
    ] {
        let said = carry(&here, &token, "POST", "/Users", &user("ann"))?;
        let problem = said.headers.get("purser-problem").map(String::as_str);
        assert_eq!(problem, Some("site-token"), "{why}");
        let body = said.expect(503)?;
        assert!(text(&body, "/detail")?.contains(why), "{body}");
    }
    // The site opens nothing by itself: its client needs a token as well.
    let url = format!("{}/scim/acme/v2/Users", here.origin());
    here.send("GET", &url, &[("purser-site", &own)], &NOTHING)?
        .expect(401)?;
    // Nobody tells what somebody else was asked.
    let said = carry(&here, &own, "POST", "/Users", &user("ann"))?;
    steps(&said)?;
    let other = here.new_token("acme", &["--scope", "manage", "--site", "blog"])?;
    tell(&here, &other, &said, &[])?.expect(410)?;
    Fake::default().done(&here, &own, said)?.expect(201)?;
    let bad = [
        ("purser-site", own.as_str()),
        ("purser-address", "ftp://blog.example"),
    ];
    here.call_with("GET", "/Users", &bad, &NOTHING)?
        .expect(400)?;
    Ok(())
}

#[test]
fn who_is_asked_and_never_tells_is_looked_up_and_made_once() -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let (here, own) = site(&listener, 2)?;
    let ann = user_with("ann", json!({ "externalId": "17" }));
    // It makes her, and then its PHP process dies before it has told so.
    let mut fake = Fake::default();
    let mut said = carry(&here, &own, "POST", "/Users", &ann)?;
    while creates(&fake) == 0 {
        let told: Vec<Value> = steps(&said)?.iter().map(|step| fake.step(step)).collect();
        if creates(&fake) == 0 {
            said = tell(&here, &own, &said, &told)?;
        }
    }
    // The client sends it again. Until the first is given up it is told to wait; then the
    // site is looked at, and she is there.
    let mut looked = Fake {
        there: fake.there,
        routes: Vec::new(),
    };
    let again = || carry(&here, &own, "POST", "/Users", &ann);
    let answered = eventually(again, |said| said.status != 503)?;
    looked.done(&here, &own, answered)?.expect(201)?;
    assert_eq!(creates(&looked), 0, "{:?}", looked.routes);
    assert!(!looked.routes.is_empty(), "it was looked at");
    let list = carry(&here, &own, "GET", "/Users", &NOTHING)?.expect(200)?;
    assert_eq!(list["totalResults"], 1);
    Ok(())
}

#[test]
fn while_a_run_is_under_way_a_write_is_told_to_come_again() -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let (here, own) = site(&listener, 20)?;
    // The run asks the site, which does not answer.
    let mut run = std::process::Command::new(files::purser()?)
        .args(["--config", "purser.toml", "run", "out"])
        .current_dir(here.folder())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let (called, _) = listener.accept()?;
    let said = carry(&here, &own, "POST", "/Users", &user("ann"))?;
    assert!(said.headers.contains_key("retry-after"), "{said:?}");
    said.expect(503)?;
    carry(&here, &own, "GET", "/Users", &NOTHING)?.expect(200)?;
    let search = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"] });
    carry(&here, &own, "POST", "/.search", &search)?.expect(200)?;
    drop((called, listener));
    run.wait()?;
    let said = carry(&here, &own, "POST", "/Users", &user("ann"))?;
    Fake::default().done(&here, &own, said)?.expect(201)?;
    Ok(())
}
