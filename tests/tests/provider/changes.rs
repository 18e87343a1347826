//! What is written to a directory is brought to the targets of its mappings at once, by
//! the host that serves it: nobody runs anything.

use std::fs;

use anyhow::Result;
use purser_host::failpoint::{Moment, Step};
use serde_json::{Value, json};

use super::{
    connectors::{COPY, mirrored, names},
    support::*,
};

fn mirror_becomes(here: &Here, token: &str, expected: &[(&str, bool)]) -> Result<()> {
    let expected: Vec<(String, bool)> = expected
        .iter()
        .map(|(name, active)| ((*name).to_owned(), *active))
        .collect();
    let look = || Ok(names(&mirrored(here, token, "/Users")?));
    eventually(look, |seen| *seen == expected).map(drop)
}

#[test]
fn each_change_reaches_the_target_without_a_run() -> Result<()> {
    let here = here_with(COPY)?;
    let token = here.new_token("mirror", &[])?;
    let ann = here.make("/Users", &user("ann"))?;
    let bob = here.make("/Users", &user("bob"))?;
    let guides = here.make("/Groups", &group("Guides", &[&ann]))?;
    mirror_becomes(&here, &token, &[("ann", true), ("bob", true)])?;

    let change = patch(json!([{ "op": "replace", "path": "userName", "value": "anne" }]));
    here.call("PATCH", &format!("/Users/{ann}"), &change)?
        .expect(200)?;
    let close = patch(json!([{ "op": "replace", "path": "active", "value": false }]));
    here.call("PATCH", &format!("/Users/{bob}"), &close)?
        .expect(200)?;
    mirror_becomes(&here, &token, &[("anne", true), ("bob", false)])?;

    // One more member, and one who goes with its group's membership.
    let members = || {
        let groups = mirrored(&here, &token, "/Groups")?;
        let members = groups.pointer("/Resources/0/members");
        Ok(members.and_then(Value::as_array).map_or(0, Vec::len))
    };
    eventually(members, |count| *count == 1)?;
    let join = patch(json!([{ "op": "add", "path": "members", "value": [{ "value": bob }] }]));
    here.call("PATCH", &format!("/Groups/{guides}"), &join)?
        .expect(204)?;
    eventually(members, |count| *count == 2)?;
    here.call("DELETE", &format!("/Users/{ann}"), &NOTHING)?
        .expect(204)?;
    eventually(members, |count| *count == 1)?;
    mirror_becomes(&here, &token, &[("anne", false), ("bob", false)])?;

    // The runs are told, and nothing is left to a full one.
    let status = status(&here, "copy")?;
    let modes = status.get("runs").and_then(Value::as_array);
    assert!(modes.is_some_and(|runs| runs.iter().all(|run| run["mode"] == "changed")));
    let before = mirrored(&here, &token, "/Users")?;
    here.purser(&["run", "copy"])?;
    assert_eq!(mirrored(&here, &token, "/Users")?, before);
    Ok(())
}

#[test]
fn a_mapping_that_is_not_automatic_waits_for_a_run() -> Result<()> {
    let slow = COPY.replace("[mapping.copy]\n", "[mapping.copy]\nautomatic = false\n");
    let fast = COPY
        .replace("copy", "fast")
        .replace("[tenant.mirror]\n", "[tenant.second]\n")
        .replace("tenant = \"mirror\"", "tenant = \"second\"")
        .replace(
            "[source.in]\nconnector = \"directory\"\ntenant = \"acme\"\n",
            "",
        )
        .replace("target.out", "target.second")
        .replace("target = \"out\"", "target = \"second\"");
    let here = here_with(&format!("{slow}\n{fast}"))?;
    let (slow, fast) = (
        here.new_token("mirror", &[])?,
        here.new_token("second", &[])?,
    );
    here.make("/Users", &user("ann"))?;
    // The other mapping has brought it; this one would have by now.
    let second = || {
        let url = format!("{}/Users", here.base_of("second"));
        let authorization = format!("Bearer {fast}");
        let list = here.send("GET", &url, &[("authorization", &authorization)], &NOTHING)?;
        Ok(names(&list.expect(200)?).len())
    };
    eventually(second, |count| *count == 1)?;
    assert_eq!(names(&mirrored(&here, &slow, "/Users")?).len(), 0);
    here.purser(&["run", "copy"])?;
    mirror_becomes(&here, &slow, &[("ann", true)])
}

/// One operation for each trigger: what a change may not cause by itself waits for a
/// person, or for a schedule.
#[test]
fn what_is_switched_off_for_changes_waits_for_a_person() -> Result<()> {
    let switched = COPY.replace(
        "[mapping.copy]\n",
        "[mapping.copy]\n\
         operations.user.update = [\"manual\"]\n\
         operations.user.deactivate = [\"scheduled\"]\n",
    );
    let here = here_with(&switched)?;
    let token = here.new_token("mirror", &[])?;
    let ann = here.make("/Users", &user("ann"))?;
    let bob = here.make("/Users", &user("bob"))?;
    mirror_becomes(&here, &token, &[("ann", true), ("bob", true)])?;

    let change = |id: &str, path: &str, value: Value| -> Result<()> {
        let change = patch(json!([{ "op": "replace", "path": path, "value": value }]));
        here.call("PATCH", &format!("/Users/{id}"), &change)?
            .expect(200)?;
        Ok(())
    };
    change(&ann, "userName", "anne".into())?;
    change(&bob, "active", false.into())?;
    // What comes after them has arrived, so they were dealt with as well.
    here.make("/Users", &user("cat"))?;
    mirror_becomes(
        &here,
        &token,
        &[("ann", true), ("bob", true), ("cat", true)],
    )?;
    let runs = status(&here, "copy")?["runs"].to_string();
    for operation in ["update", "deactivate"] {
        let left = format!("`operations.user.{operation}` does not name automatic");
        assert!(runs.contains(&left), "{runs}");
    }

    here.purser(&["run", "copy"])?;
    mirror_becomes(
        &here,
        &token,
        &[("anne", true), ("bob", true), ("cat", true)],
    )
}

#[test]
fn a_change_is_brought_after_a_power_cut() -> Result<()> {
    // The write is durable and nobody has heard of it; the run has done its work and the
    // change is not forgotten, or only just.
    let places = [
        (Step::DirectoryWrite, &[Moment::After][..]),
        (Step::ForgetChanged, Step::ForgetChanged.moments()),
    ];
    for (step, moments) in places {
        for moment in moments {
            let mut here = here_with(COPY)?;
            let token = here.new_token("mirror", &[])?;
            let place = format!("{}.{}", step.name(), moment.name());
            here.provider().restart_cut(&place)?;
            // Whether it is answered depends on the place.
            let _may_break_off = here.call("POST", "/Users", &user("ann"));
            here.provider().ended()?;
            here.provider().restart()?;
            mirror_becomes(&here, &token, &[("ann", true)])?;
        }
    }
    Ok(())
}

#[test]
fn closing_many_one_by_one_is_held_like_closing_them_together() -> Result<()> {
    let limited = format!("{COPY}\n[mapping.copy.failsafe]\ndeprovision = 2\n");
    let here = here_with(&limited)?;
    let token = here.new_token("mirror", &[])?;
    let mut ids = Vec::new();
    for name in ["ann", "bob", "cyd", "dan"] {
        ids.push(here.make("/Users", &user(name))?);
    }
    let open = [("ann", true), ("bob", true), ("cyd", true), ("dan", true)];
    mirror_becomes(&here, &token, &open)?;
    let mut expected = open;
    for (place, id) in ids.iter().enumerate() {
        here.call("DELETE", &format!("/Users/{id}"), &NOTHING)?
            .expect(204)?;
        if place < 2 {
            expected[place].1 = false;
            mirror_becomes(&here, &token, &expected)?;
        }
    }
    let held = || {
        Ok(status(&here, "copy")?
            .get("held")
            .cloned()
            .unwrap_or_default())
    };
    let held = eventually(held, |held| held.as_array().map(Vec::len) == Some(2))?;
    assert!(
        text(&held, "/0/reason")?.starts_with("more than 2 deactivations and deletions in one day")
    );
    mirror_becomes(&here, &token, &expected)?;
    here.purser(&["run", "copy", "--allow", "deactivate=2"])?;
    mirror_becomes(&here, &token, &open.map(|(name, _)| (name, false)))
}

/// A site whose export feeds the tenant `acme`, and which is fed by it. Its accounts are
/// those of the tenant `mirror`, which nobody writes to but the site itself and Purser.
fn two_way() -> String {
    let back = r#"
[source.export]
connector = "file"
site = "intranet"
[[source.export.kinds]]
name = "user"
path = "users.jsonl"
id = "uid"
active = "active"
resource_type = "User"

[target.directory]
connector = "directory"
tenant = "acme"

[mapping.back]
source = "export"
target = "directory"
plugin = "attribute-map"

[mapping.back.match]
User = ["userName"]

[mapping.back.settings.user]
userName = { from = "name" }
displayName = { from = "shown" }
active = { from = "active", transform = ["bool"], default = "true" }
"#;
    let copy = COPY
        .replace(
            "tenant = \"mirror\"",
            "tenant = \"mirror\"\nsite = \"intranet\"",
        )
        .replace(
            "plugin = \"attribute-map\"\n",
            "plugin = \"attribute-map\"\n\n[mapping.copy.match]\nUser = [\"userName\"]\n",
        );
    format!("{copy}\n{back}")
}

fn export(here: &Here, people: &[(u32, &str, &str, bool)]) -> Result<()> {
    let lines = people.iter().map(|(uid, name, shown, active)| {
        json!({ "uid": uid, "name": name, "shown": shown, "active": active }).to_string()
    });
    let text = lines.collect::<Vec<_>>().join("\n") + "\n";
    Ok(fs::write(here.folder().join("users.jsonl"), text)?)
}

/// The first account at the site.
fn first_at_site(here: &Here, token: &str) -> Result<Value> {
    let users = mirrored(here, token, "/Users")?;
    Ok(users.pointer("/Resources/0").cloned().unwrap_or_default())
}

/// The triggers and effects in the log of a mapping, from old to new.
fn told(here: &Here, mapping: &str) -> Result<Vec<(String, String)>> {
    let log = here.purser(&["log", "--mapping", mapping, "--json"])?;
    log.lines()
        .map(|line| {
            let line: Value = serde_json::from_str(line)?;
            Ok((text(&line, "/triggers")?, text(&line, "/effects")?))
        })
        .collect()
}

#[test]
fn what_comes_from_a_site_ends_there_as_an_echo() -> Result<()> {
    let here = here_with(&two_way())?;
    let token = here.new_token("mirror", &[])?;
    // Somebody else's account comes to both.
    let ann = here.make("/Users", &user_with("ann", json!({ "displayName": "Ann" })))?;
    mirror_becomes(&here, &token, &[("ann", true)])?;
    let at_site = || first_at_site(&here, &token);
    let site = format!("/Users/{}", text(&at_site()?, "/id")?);

    // She changes her name at the site, which tells it to the directory.
    let url = format!("{}{site}", here.base_of("mirror"));
    let authorization = format!("Bearer {token}");
    let at_the_site = |name: &str| {
        let change = patch(json!([{ "op": "replace", "path": "displayName", "value": name }]));
        here.send("PATCH", &url, &[("authorization", &authorization)], &change)?
            .expect(200)
    };
    at_the_site("Anna")?;
    export(&here, &[(1, "ann", "Anna", true)])?;
    here.purser(&["run", "back"])?;
    let in_directory = here.get(&format!("/Users/{ann}"))?.expect(200)?;
    assert_eq!(text(&in_directory, "/displayName")?, "Anna");
    // And once more, before the directory is back at the site.
    at_the_site("Annabel")?;
    let mine = || told(&here, "copy");
    let log = eventually(mine, |log| log.len() == 2)?;
    assert_eq!(
        log,
        [
            ("changed".to_owned(), "create".to_owned()),
            ("echo".to_owned(), "echo".to_owned())
        ]
    );
    let version = at_site()?;
    assert_eq!(text(&version, "/displayName")?, "Annabel");
    // A full run has nothing to say about it either: it would undo what she did since.
    here.purser(&["run", "copy"])?;
    assert_eq!(at_site()?, version);

    // Whoever is new at the site is not made there once more.
    export(
        &here,
        &[(1, "ann", "Annabel", true), (2, "bob", "Bob", true)],
    )?;
    here.purser(&["run", "back"])?;
    assert_eq!(found(&here, "userName eq \"bob\"")?, ["bob"]);
    let log = eventually(mine, |log| log.len() == 3)?;
    assert_eq!(
        log.last().map(|(trigger, _)| trigger.as_str()),
        Some("echo")
    );
    mirror_becomes(&here, &token, &[("ann", true)])?;

    // What somebody else says is told to the site, and so is that an account is closed.
    let title = patch(json!([{ "op": "replace", "path": "name.givenName", "value": "Ann" }]));
    here.call("PATCH", &format!("/Users/{ann}"), &title)?
        .expect(200)?;
    eventually(at_site, |user| {
        user.pointer("/name/givenName") == Some(&json!("Ann"))
    })?;
    export(
        &here,
        &[(1, "ann", "Annabel", false), (2, "bob", "Bob", true)],
    )?;
    here.purser(&["run", "back"])?;
    mirror_becomes(&here, &token, &[("ann", false)])
}

#[test]
fn what_somebody_else_has_changed_is_not_lost_in_an_echo() -> Result<()> {
    let mut here = here_with(&two_way())?;
    let token = here.new_token("mirror", &[])?;
    let ann = here.make("/Users", &user_with("ann", json!({ "displayName": "Ann" })))?;
    mirror_becomes(&here, &token, &[("ann", true)])?;
    // Both change her while nobody brings anything to the site.
    here.provider().restart_cut("start-run.before")?;
    let change = patch(json!([{ "op": "replace", "path": "name.givenName", "value": "Ann" }]));
    let _may_break_off = here.call("PATCH", &format!("/Users/{ann}"), &change);
    here.provider().ended()?;
    export(&here, &[(1, "ann", "Anna", true)])?;
    here.purser(&["run", "back"])?;
    here.provider().restart()?;
    let at_site = || first_at_site(&here, &token);
    let user = eventually(at_site, |user| {
        user.pointer("/name/givenName") == Some(&json!("Ann"))
    })?;
    assert_eq!(text(&user, "/displayName")?, "Anna");
    Ok(())
}
