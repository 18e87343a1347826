//! What somebody changed at the target behind our back: a run shows it and leaves
//! it alone, `purser verify` repairs what is ours.

use anyhow::{Context, Result, ensure};
use purser_tests::{
    dataset::{Dataset, Version},
    purser::MAPPING,
    scene::Scene,
    server::Foreign as _,
};
use reqwest::Method;
use serde_json::{Value, json};

/// The exit code of docs/exit-codes.md: two people of the small site want one name.
const PARKED: i32 = 5;

/// All of a type at the server; the site is small.
fn all(scene: &Scene, endpoint: &str) -> Result<Vec<Value>> {
    let listing = scene
        .server
        .ask(Method::GET, &format!("{endpoint}?count=1000"), None)?;
    let resources = listing.get("Resources").and_then(Value::as_array);
    resources.cloned().context("no listing")
}

fn patch(scene: &Scene, endpoint: &str, resource: &Value, operation: &Value) -> Result<()> {
    let id = resource
        .get("id")
        .and_then(Value::as_str)
        .context("no id")?;
    let body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [operation],
    });
    scene
        .server
        .ask(Method::PATCH, &format!("{endpoint}/{id}"), Some(&body))
        .map(drop)
}

#[test]
fn what_others_changed_is_shown_by_a_run_and_repaired_on_a_persons_word() -> Result<()> {
    let scene = Scene::new(Dataset::changing(60, 2, "0.3")?)?;
    scene.purser.run(&[])?.expect(PARKED)?;
    scene.compare(Version::First)?;

    let users = all(&scene, "Users")?;
    let active = |user: &&Value| user.get("active") == Some(&json!(true));
    let [first, second] = users.iter().filter(active).take(2).collect::<Vec<_>>()[..] else {
        anyhow::bail!("no two active accounts")
    };
    let theirs = json!({"displayName": "Somebody else", "nickName": "Theirs"});
    patch(
        &scene,
        "Users",
        first,
        &json!({"op": "replace", "value": theirs}),
    )?;
    let closed = json!({"op": "replace", "path": "active", "value": false});
    patch(&scene, "Users", second, &closed)?;
    let groups = all(&scene, "Groups")?;
    let members = |group: &&Value| {
        let members = group.get("members").and_then(Value::as_array);
        members.is_some_and(|members| !members.is_empty())
    };
    let group = groups.iter().find(members).context("no members")?;
    let emptied = json!({"op": "remove", "path": "members"});
    patch(&scene, "Groups", group, &emptied)?;
    ensure!(
        scene.compare(Version::First).is_err(),
        "nothing was changed"
    );

    scene.proxy.take();
    let run = scene.purser.run(&[])?;
    run.expect(PARKED)?;
    assert_eq!(scene.proxy.counts().writes, 0, "it is shown only");
    ensure!(run.all().contains("`purser verify"), "{}", run.all());

    let verified = scene.purser.call(&["verify", MAPPING, "--json"])?;
    verified.expect(PARKED)?;
    assert_eq!(verified.json()?["drifted"], 2, "{}", verified.all());
    // The two accounts, and the members of the group.
    assert_eq!(scene.proxy.counts().writes, 3);
    scene.compare(Version::First)?;
    let id = first.get("id").context("no id")?;
    let after = all(&scene, "Users")?;
    let after = after.iter().find(|user| user.get("id") == Some(id));
    let nickname = after.and_then(|user| user.get("nickName"));
    assert_eq!(nickname, Some(&json!("Theirs")), "not ours to write");

    scene.purser.call(&["verify", MAPPING])?.expect(PARKED)?;
    assert_eq!(scene.proxy.counts().writes, 0, "nothing is left to repair");
    Ok(())
}
