//! The power fails while something is written: it is there whole, or not at all, and
//! what was answered is there.

use anyhow::{Context, Result};
use purser_host::failpoint::{Moment, Step};
use purser_tests::files;
use serde_json::{Value, json};

use super::support::*;

/// A restart with a cut at a moment of the step, then a request on which it comes by,
/// then a restart; whether what was asked for should be there.
fn cut(here: &mut Here, moment: Moment, request: impl Fn(&Here) -> Result<()>) -> Result<bool> {
    let place = format!("{}.{}", Step::DirectoryWrite.name(), moment.name());
    here.provider().restart_cut(&place)?;
    assert!(request(here).is_err(), "the connection breaks off");
    here.provider().restart()?;
    Ok(moment == Moment::After)
}

fn total(here: &Here, path: &str) -> Result<Value> {
    let list = here.get(path)?.expect(200)?;
    Ok(list.get("totalResults").cloned().unwrap_or_default())
}

#[test]
fn while_a_resource_comes_changes_and_goes() -> Result<()> {
    for moment in Step::DirectoryWrite.moments() {
        let mut here = here()?;
        let ann = here.make("/Users", &user("ann"))?;

        let done = cut(&mut here, *moment, |here| {
            here.call("POST", "/Users", &user("bob")).map(drop)
        })?;
        assert_eq!(total(&here, "/Users")?, if done { 2 } else { 1 });
        assert_eq!(
            found(&here, "userName eq \"bob\"")?.len(),
            usize::from(done)
        );
        // Sent again, it is there once.
        let again = here.call("POST", "/Users", &user("bob"))?;
        assert_eq!(again.status, if done { 409 } else { 201 });
        assert_eq!(total(&here, "/Users")?, 2);

        let path = format!("/Users/{ann}");
        let change = patch(json!([
            { "op": "replace", "path": "userName", "value": "anne" },
            { "op": "add", "path": "title", "value": "Chief" },
        ]));
        let done = cut(&mut here, *moment, |here| {
            here.call("PATCH", &path, &change).map(drop)
        })?;
        let user = here.get(&path)?.expect(200)?;
        let name = if done { "anne" } else { "ann" };
        assert_eq!(
            (user["userName"].as_str(), user.get("title").is_some()),
            (Some(name), done)
        );
        assert_eq!(found(&here, &format!("userName eq \"{name}\""))?, [name]);

        let id = here.make("/Groups", &group("G", &[&ann]))?;
        let done = cut(&mut here, *moment, |here| {
            here.call("DELETE", &path, &NOTHING).map(drop)
        })?;
        let group = here.get(&format!("/Groups/{id}"))?.expect(200)?;
        assert_eq!(group.get("members").is_none(), done);
        assert_eq!(here.get(&path)?.status, if done { 404 } else { 200 });
        assert_eq!(total(&here, "/Users")?, if done { 1 } else { 2 });
    }
    Ok(())
}

#[test]
fn while_a_token_is_made() -> Result<()> {
    for moment in Step::Token.moments() {
        let mut here = here()?;
        let before = here
            .purser(&["token", "list", "acme", "--json"])?
            .lines()
            .count();
        // Nobody has the store, so that the command itself comes by.
        std::process::Command::new("kill")
            .args(["-TERM", &here.id().to_string()])
            .status()?;
        here.provider().ended()?;
        let place = format!("{}.{}", Step::Token.name(), moment.name());
        let ended = std::process::Command::new(files::purser()?)
            .args(["--config", "purser.toml", "token", "new", "acme", "--json"])
            .env("PURSER_FAILPOINT", place)
            .current_dir(here.folder())
            .output()?;
        assert!(
            !ended.status.success() && ended.stdout.is_empty(),
            "{ended:?}"
        );
        here.provider()
            .restart()
            .context("over the store that it left")?;
        let after = here
            .purser(&["token", "list", "acme", "--json"])?
            .lines()
            .count();
        assert_eq!(after - before, usize::from(*moment == Moment::After));
        here.get("/Users")?.expect(200)?;
    }
    Ok(())
}

/// A schema that makes an attribute unique that was not known before.
fn extended(here: &Here) -> Result<()> {
    let urn = "urn:example:badge:2.0:User";
    let schema = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"], "id": urn, "name": "Badge",
        "attributes": [{ "name": "number", "type": "string", "multiValued": false, "uniqueness": "server" }],
    });
    std::fs::write(here.folder().join("badge.json"), schema.to_string())?;
    let file = here.folder().join("purser.toml");
    let text = std::fs::read_to_string(&file)?;
    let line = "[tenant.acme]\nextensions = { User = [\"badge.json\"] }";
    Ok(std::fs::write(&file, text.replace("[tenant.acme]", line))?)
}

#[test]
fn while_the_index_is_made_anew() -> Result<()> {
    for moment in Step::Index.moments() {
        for nth in 1..=3 {
            let mut here = here()?;
            here.make("/Users", &user("ann"))?;
            extended(&here)?;
            let place = format!("{}.{}={nth}", Step::Index.name(), moment.name());
            assert!(here.provider().restart_cut(&place).is_err(), "{place}");
            here.provider().restart()?;
            // It is found by what it was found by, and its name is still taken.
            assert_eq!(found(&here, "userName eq \"ann\"")?, ["ann"], "{place}");
            here.call("POST", "/Users", &user("Ann"))?
                .refused(409, "uniqueness")?;
        }
    }
    Ok(())
}

#[test]
fn what_becomes_unique_later_is_found_and_what_ceases_to_be_is_free() -> Result<()> {
    let urn = "urn:example:badge:2.0:User";
    let badge =
        |name: &str| json!({ "schemas": [USER, urn], "userName": name, urn: { "number": "7" } });
    let mut here = here()?;
    let plain = std::fs::read_to_string(here.folder().join("purser.toml"))?;
    extended(&here)?;
    here.provider().restart()?;
    let id = here.make("/Users", &badge("ann"))?;
    here.call("POST", "/Users", &badge("bob"))?
        .refused(409, "uniqueness")?;
    assert_eq!(found(&here, &format!("{urn}:number eq \"7\""))?, ["ann"]);
    // Without the schema its holder goes; with it again, the number is free.
    std::fs::write(here.folder().join("purser.toml"), plain)?;
    here.provider().restart()?;
    here.call("DELETE", &format!("/Users/{id}"), &NOTHING)?
        .expect(204)?;
    extended(&here)?;
    here.provider().restart()?;
    here.make("/Users", &badge("bob"))?;
    Ok(())
}
