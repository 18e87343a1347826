//! A tenant whose writes are answered when they have reached a target.

use std::{
    collections::BTreeMap,
    fs, thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use purser_tests::{
    provider::Said,
    proxy::{Fault, Moment, Proxy, Trouble},
    server::{Demo, Foreign},
};
use reqwest::Method;
use serde_json::{Value, json};

use super::support::*;

/// The tenant, in front of a target that a test gives trouble.
struct Site {
    // Ended in this order.
    here: Here,
    proxy: Proxy,
    demo: Demo,
    _folder: tempfile::TempDir,
}

const MAPPING: &str = r#"
[source.in]
connector = "directory"
tenant = "acme"

[mapping.out]
source = "in"
target = "out"
plugin = "attribute-map"

[mapping.out.match]
User = ["externalId"]
Group = ["externalId"]

[mapping.out.settings.user]
userName = { from = "userName" }
externalId = { from = "id" }
title = { from = "title" }
active = { from = "active", transform = ["bool"], default = "true" }

[mapping.out.settings.group]
displayName = { from = "displayName" }
externalId = { from = "id" }
members = { template = "user:{members}" }
"#;

impl Site {
    fn new(tenant: &str, rest: &str) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let demo = Demo::start(folder.path())?;
        let proxy = Proxy::before(&demo)?;
        fs::write(folder.path().join("token"), demo.token())?;
        let target = format!(
            "[target.out]\nconnector = \"scim\"\nsite = \"shop\"\nbase_url = \"{}\"\ntoken = {{ file = \"{}\" }}\n",
            proxy.base(),
            folder.path().join("token").display()
        );
        let here = here_with(&format!(
            "wait_for = \"out\"\n{tenant}\n{MAPPING}\n{target}\n{rest}"
        ))?;
        Ok(Self {
            here,
            proxy,
            demo,
            _folder: folder,
        })
    }

    /// What the target has of this endpoint, by the name of its resources.
    fn at_target(&self, endpoint: &str) -> Result<BTreeMap<String, Value>> {
        let list = self.demo.ask(Method::GET, endpoint, None)?;
        let resources = list.get("Resources").and_then(Value::as_array);
        let named = resources.into_iter().flatten().map(|resource| {
            let name = resource.get("userName").or(resource.get("displayName"));
            let name = name.and_then(Value::as_str).unwrap_or("?");
            (name.to_owned(), resource.clone())
        });
        Ok(named.collect())
    }

    fn trouble(&self, endpoint: &str, trouble: Trouble) {
        self.proxy.trouble(Fault::new(endpoint, 1, trouble));
    }

    fn until_held(&self) -> Result<()> {
        eventually(|| Ok(self.proxy.holds()), |held| *held).map(drop)
    }

    fn total(&self) -> Result<Value> {
        let list = self.here.get("/Users")?.expect(200)?;
        Ok(list.get("totalResults").cloned().unwrap_or_default())
    }
}

fn is_pending(said: &Said) -> bool {
    said.headers.get("purser-delivery").map(String::as_str) == Some("pending")
}

fn replace(path: &str, value: Value) -> Value {
    patch(json!([{ "op": "replace", "path": path, "value": value }]))
}

#[test]
fn what_is_answered_has_reached_the_target() -> Result<()> {
    let site = Site::new("", "")?;
    let here = &site.here;
    let ann = here.make("/Users", &user_with("ann", json!({ "title": "Guide" })))?;
    assert_eq!(site.at_target("Users")?["ann"]["title"], "Guide");

    here.call(
        "PATCH",
        &format!("/Users/{ann}"),
        &replace("userName", json!("anne")),
    )?
    .expect(200)?;
    assert_eq!(
        site.at_target("Users")?.keys().collect::<Vec<_>>(),
        ["anne"]
    );

    let group = here.make("/Groups", &group("Guides", &[&ann]))?;
    let members = |site: &Site| -> Result<usize> {
        let groups = site.at_target("Groups")?;
        let members = groups["Guides"].get("members").and_then(Value::as_array);
        Ok(members.map_or(0, Vec::len))
    };
    assert_eq!(members(&site)?, 1);
    let gone = patch(json!([{ "op": "remove", "path": "members" }]));
    here.call("PATCH", &format!("/Groups/{group}"), &gone)?
        .expect(204)?;
    assert_eq!(members(&site)?, 0);

    // Each operation of a bulk request as well.
    let bulk = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
        "Operations": [{ "method": "POST", "path": "/Users", "bulkId": "b", "data": user("bob") }],
    });
    here.call("POST", "/Bulk", &bulk)?.expect(200)?;
    assert_eq!(site.at_target("Users")?.len(), 2);

    let deleted = here.call("DELETE", &format!("/Users/{ann}"), &NOTHING)?;
    assert!(!is_pending(&deleted));
    deleted.expect(204)?;
    assert_eq!(site.at_target("Users")?["anne"]["active"], false);
    assert_eq!(here.get(&format!("/Users/{ann}"))?.status, 404);
    assert_eq!(site.total()?, 1);
    Ok(())
}

#[test]
fn a_new_resource_is_hidden_and_its_name_taken_until_the_target_has_it() -> Result<()> {
    let site = Site::new("", "")?;
    let here = &site.here;
    site.trouble("POST /Users", Trouble::Hold(Moment::BeforeForward));
    thread::scope(|scope| {
        let first = scope.spawn(|| here.call("POST", "/Users", &user("ann")));
        site.until_held()?;
        // Nobody waits for the target but who has written.
        assert_eq!(site.total()?, 0);
        assert!(found(here, "userName eq \"ann\"")?.is_empty());
        assert!(found(here, "userName sw \"a\"")?.is_empty());
        here.call("POST", "/Users", &user("ANN"))?
            .refused(409, "uniqueness")?;
        site.proxy.let_go();
        let made = first.join().ok().context("it fell")??;
        assert!(!is_pending(&made));
        made.expect(201)?;
        anyhow::Ok(())
    })?;
    assert_eq!(found(here, "userName eq \"ann\"")?, ["ann"]);
    assert_eq!(site.total()?, 1);
    Ok(())
}

#[test]
fn what_the_target_does_not_take_was_never_there() -> Result<()> {
    let site = Site::new("", "")?;
    let here = &site.here;
    site.demo.create("Users", &user("bob"))?;
    let said = here.call("POST", "/Users", &user("bob"))?;
    let detail = text(&said.body, "/detail")?;
    assert!(detail.contains("409"), "the target's own words: {detail}");
    said.refused(409, "uniqueness")?;
    assert_eq!(site.total()?, 0);
    // What concerns the site behind the target and not this object is no verdict on it.
    site.trouble("POST /Users", Trouble::Answer(400));
    let said = here.call("POST", "/Users", &user("cyd"))?;
    assert_eq!(said.status, 400, "{}", said.body);
    assert_eq!(site.total()?, 0);
    // Its name is free again.
    here.make("/Users", &user("cyd"))?;
    assert_eq!(found(here, "userName eq \"cyd\"")?, ["cyd"]);
    // Nothing is left for a person.
    assert_eq!(status(here, "out")?["parked"], json!([]));
    Ok(())
}

#[test]
fn a_refused_change_is_taken_back() -> Result<()> {
    let site = Site::new("", "")?;
    let here = &site.here;
    let ann = here.make("/Users", &user_with("ann", json!({ "title": "Guide" })))?;
    let bob = here.make("/Users", &user("bob"))?;
    let path = format!("/Users/{ann}");
    site.trouble("PATCH /Users", Trouble::Hold(Moment::BeforeForward));
    site.trouble("PATCH /Users", Trouble::Answer(400));
    let change = patch(json!([
        { "op": "replace", "path": "userName", "value": "anne" },
        { "op": "remove", "path": "title" },
    ]));
    thread::scope(|scope| {
        let first = scope.spawn(|| here.call("PATCH", &path, &change));
        site.until_held()?;
        // The name that she gives up is hers until it is known.
        here.call("POST", "/Users", &user("ann"))?
            .refused(409, "uniqueness")?;
        // The target takes it at last; the next one is refused.
        site.proxy.let_go();
        first.join().ok().context("it fell")??.expect(200)?;
        anyhow::Ok(())
    })?;
    let change = patch(json!([
        { "op": "replace", "path": "userName", "value": "annabel" },
        { "op": "add", "path": "title", "value": "Chief" },
    ]));
    assert_eq!(here.call("PATCH", &path, &change)?.status, 400);
    let user = here.get(&path)?.expect(200)?;
    assert_eq!(user["userName"], "anne");
    assert!(user.get("title").is_none());
    assert_eq!(found(here, "userName eq \"anne\"")?, ["anne"]);
    assert!(found(here, "userName eq \"annabel\"")?.is_empty());

    // Who was added to a group, and whose group the target does not change.
    let guides = format!(
        "/Groups/{}",
        here.make("/Groups", &group("Guides", &[&ann]))?
    );
    site.trouble("PATCH /Groups", Trouble::Answer(400));
    let change = patch(json!([
        { "op": "replace", "path": "displayName", "value": "Leaders" },
        { "op": "add", "path": "members", "value": [{ "value": bob }] },
        { "op": "remove", "path": format!("members[value eq \"{ann}\"]") },
    ]));
    assert_eq!(here.call("PATCH", &guides, &change)?.status, 400);
    let group = here.get(&guides)?.expect(200)?;
    assert_eq!(group["displayName"], "Guides");
    let members = group["members"].as_array().context("members")?;
    assert_eq!(members.len(), 1);
    assert_eq!(members[0]["value"], json!(ann));
    // The same once more, when the target is well.
    here.call("PATCH", &guides, &change)?.expect(204)?;
    assert!(site.at_target("Groups")?.contains_key("Leaders"));
    Ok(())
}

#[test]
fn who_waits_too_long_is_told_that_it_is_pending() -> Result<()> {
    let site = Site::new("wait_seconds = 1", "")?;
    let here = &site.here;
    let ann = user_with("ann", json!({ "externalId": "hr-1" }));
    site.trouble("POST /Users", Trouble::Hold(Moment::BeforeForward));
    let begun = Instant::now();
    let made = here.call("POST", "/Users", &ann)?;
    assert!(begun.elapsed() >= Duration::from_secs(1));
    assert!(is_pending(&made));
    let id = text(&made.expect(201)?, "/id")?;
    // Sent again, it is the same; to read it is too early.
    let again = here.call("POST", "/Users", &ann)?;
    assert!(is_pending(&again));
    assert_eq!(text(&again.expect(201)?, "/id")?, id);
    assert_eq!(here.get(&format!("/Users/{id}"))?.status, 404);
    site.proxy.let_go();
    eventually(
        || Ok(here.get(&format!("/Users/{id}"))?.status),
        |status| *status == 200,
    )?;
    let again = here.call("POST", "/Users", &ann)?;
    assert!(!is_pending(&again));
    assert_eq!(text(&again.expect(201)?, "/id")?, id);
    assert_eq!(site.total()?, 1);
    // Another one with that externalId is another one.
    here.make("/Users", &user_with("bob", json!({ "externalId": "hr-1" })))?;

    // A change stands meanwhile; the next one comes after it.
    let path = format!("/Users/{id}");
    site.trouble("PATCH /Users", Trouble::Hold(Moment::BeforeForward));
    let changed = here.call("PATCH", &path, &replace("title", json!("Guide")))?;
    assert!(is_pending(&changed));
    assert_eq!(changed.expect(200)?["title"], "Guide");
    assert_eq!(
        here.call("PATCH", &path, &replace("title", json!("Chief")))?
            .status,
        503
    );
    site.proxy.let_go();
    here.call("PATCH", &path, &replace("title", json!("Chief")))?
        .expect(200)?;
    assert_eq!(site.at_target("Users")?["ann"]["title"], "Chief");
    Ok(())
}

#[test]
fn what_nobody_waits_for_any_more_is_decided_all_the_same() -> Result<()> {
    let mut site = Site::new("", "")?;
    site.trouble("POST /Users", Trouble::Hold(Moment::AfterAnswer));
    thread::scope(|scope| {
        let here = &site.here;
        let first = scope.spawn(|| here.call("POST", "/Users", &user("ann")));
        site.until_held()?;
        std::process::Command::new("kill")
            .args(["-KILL", &here.id().to_string()])
            .status()?;
        ensure!(
            first.join().ok().context("it fell")?.is_err(),
            "it was answered"
        );
        anyhow::Ok(())
    })?;
    site.proxy.let_go();
    site.here.provider().restart()?;
    let here = &site.here;
    eventually(
        || found(here, "userName eq \"ann\""),
        |found| *found == ["ann"],
    )?;
    assert_eq!(site.at_target("Users")?.len(), 1);
    Ok(())
}

#[test]
fn only_so_many_wait() -> Result<()> {
    let site = Site::new("waiters = 1", "")?;
    let here = &site.here;
    site.trouble("POST /Users", Trouble::Hold(Moment::BeforeForward));
    thread::scope(|scope| {
        let first = scope.spawn(|| here.call("POST", "/Users", &user("ann")));
        site.until_held()?;
        assert_eq!(here.call("POST", "/Users", &user("bob"))?.status, 503);
        assert_eq!(here.get("/Users")?.status, 200);
        site.proxy.let_go();
        first.join().ok().context("it fell")??.expect(201)?;
        anyhow::Ok(())
    })?;
    here.make("/Users", &user("bob"))?;
    Ok(())
}

#[test]
fn what_the_failsafe_holds_is_refused_with_the_reason() -> Result<()> {
    let site = Site::new("", "[mapping.out.failsafe]\ndeprovision = 0\n")?;
    let here = &site.here;
    let path = format!("/Users/{}", here.make("/Users", &user("ann"))?);
    let said = here.call("PATCH", &path, &replace("active", json!(false)))?;
    assert_eq!(said.status, 503);
    let detail = text(&said.body, "/detail")?;
    assert!(detail.contains("more than 0 deactivations"), "{detail}");
    assert_ne!(here.get(&path)?.expect(200)?["active"], false);
    assert_eq!(here.call("DELETE", &path, &NOTHING)?.status, 503);
    here.get(&path)?.expect(200)?;
    assert_eq!(site.total()?, 1);
    assert_eq!(site.at_target("Users")?["ann"]["active"], true);
    assert_eq!(status(here, "out")?["held"], json!([]));
    Ok(())
}

#[test]
fn a_site_does_not_wait_for_itself() -> Result<()> {
    let site = Site::new("", "")?;
    let here = &site.here;
    let token = here.new_token("acme", &["--site", "shop"])?;
    let authorization = format!("Bearer {token}");
    let url = format!("{}/Users", here.base_of("acme"));
    let headers = [("authorization", authorization.as_str())];
    let said = here.send("POST", &url, &headers, &user("ann"))?;
    assert_eq!(said.status, 403, "{}", said.body);
    here.send("GET", &url, &headers, &NOTHING)?.expect(200)?;
    assert_eq!(site.total()?, 0);
    Ok(())
}
