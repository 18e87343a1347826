//! What users of other servers suffer from, by the numbers of the project's list: each
//! of these is gone here.

use std::fs;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::{
    connectors::{COPY, mirrored},
    support::*,
};

fn member_ids(group: &Value) -> Vec<String> {
    let members = group.get("members").and_then(Value::as_array);
    let ids = members.into_iter().flatten().map(|member| {
        member
            .get("value")
            .and_then(Value::as_str)
            .unwrap_or("?")
            .to_owned()
    });
    ids.collect()
}

/// Bytes that the host has written: what is written is what it costs, on every machine
/// the same.
fn written(here: &Here) -> Result<u64> {
    let io = fs::read_to_string(format!("/proc/{}/io", here.id()))?;
    let line = io.lines().find_map(|line| line.strip_prefix("wchar: "));
    Ok(line.context("no wchar")?.parse()?)
}

/// Those for one added member.
fn written_for(here: &Here, group: &str, member: &str) -> Result<u64> {
    let before = written(here)?;
    let change = patch(json!([{ "op": "add", "path": "members", "value": [{ "value": member }] }]));
    let said = here.call("PATCH", &format!("/Groups/{group}"), &change)?;
    // And it is not answered with the members.
    assert!(said.body.is_null());
    assert_eq!(said.status, 204);
    Ok(written(here)? - before)
}

#[test]
fn pain_13_one_more_member_costs_the_same_in_a_large_group() -> Result<()> {
    let here = here()?;
    let ids = many(&here, 0..2_010)?;
    let refs: Vec<&str> = ids.iter().map(String::as_str).collect();
    let (rest, few) = refs.split_at(2_000);
    let small = here.make("/Groups", &group("Small", &few[..5]))?;
    let large = here.make("/Groups", &group("Large", rest))?;
    let (mut in_small, mut in_large) = (Vec::new(), Vec::new());
    for newcomer in &few[5..] {
        in_small.push(written_for(&here, &small, newcomer)?);
        in_large.push(written_for(&here, &large, newcomer)?);
    }
    // Now and then the log is folded into the file, which is nobody's cost in particular.
    let least = |costs: &[u64]| costs.iter().min().copied().context("nobody came");
    let (small, large_least) = (least(&in_small)?, least(&in_large)?);
    let two_pages = 2 * 4_120;
    assert!(
        large_least <= small + two_pages,
        "{in_small:?} {in_large:?}"
    );
    // Who does not ask for members does not wait for them.
    let group = here.get(&format!("/Groups/{large}?excludedAttributes=members"))?;
    assert!(group.expect(200)?.get("members").is_none());
    let group = here.get(&format!("/Groups/{large}"))?.expect(200)?;
    assert_eq!(member_ids(&group).len(), 2_005);
    Ok(())
}

#[test]
fn pain_21_entras_own_ways_are_understood() -> Result<()> {
    let here = here()?;
    let id = here.make("/Users", &user("ann"))?;
    let path = format!("/Users/{id}");
    let change = patch(json!([
        { "op": "Replace", "path": "active", "value": "False" },
        { "op": "Add", "path": "externalId", "value": "e-1" },
        { "op": "Add", "path": "emails[type eq \"work\"].value", "value": "ann@x.org" },
        { "op": "Replace", "path": "urn:ietf:params:scim:schemas:core:2.0:User:displayName", "value": "Ann" },
        { "op": "Add", "path": format!("{ENTERPRISE}:manager"), "value": id },
        { "op": "replace", "value": { "name.givenName": "Ann", format!("{ENTERPRISE}:department"): "Tours" } },
    ]));
    let after = here.call("PATCH", &path, &change)?.expect(200)?;
    assert_eq!(after["active"], false);
    assert_eq!(after["externalId"], "e-1");
    assert_eq!(
        after["emails"],
        json!([{ "type": "work", "value": "ann@x.org" }])
    );
    assert_eq!(after["displayName"], "Ann");
    assert_eq!(after["name"]["givenName"], "Ann");
    assert_eq!(after[ENTERPRISE]["department"], "Tours");
    assert_eq!(after[ENTERPRISE]["manager"]["value"], json!(id));
    // None of the ways is kept: what is read is as the RFC writes it.
    let whole = after.to_string();
    for foreign in ["\"False\"", "name.givenName", ":displayName\""] {
        assert!(!whole.contains(foreign), "{whole}");
    }
    // Whoever wants the letter has it.
    let here = here_with("strict = true")?;
    let path = format!("/Users/{}", here.make("/Users", &user("ann"))?);
    let change = patch(json!([{ "op": "replace", "path": "active", "value": "False" }]));
    here.call("PATCH", &path, &change)?
        .refused(400, "invalidValue")?;
    Ok(())
}

#[test]
fn pain_22_one_member_is_removed_and_no_other() -> Result<()> {
    let here = here()?;
    let ids = many(&here, 0..6)?;
    let refs: Vec<&str> = ids.iter().map(String::as_str).collect();
    let path = format!("/Groups/{}", here.make("/Groups", &group("G", &refs))?);
    let remove = |operation: Value| here.call("PATCH", &path, &patch(json!([operation])));
    let left = || anyhow::Ok(member_ids(&here.get(&path)?.expect(200)?));
    // Each way in which clients say it.
    let filter = format!("members[value eq \"{}\"]", refs[0]);
    remove(json!({ "op": "remove", "path": filter }))?.expect(204)?;
    assert_eq!(left()?, refs[1..]);
    let listed = json!([{ "value": refs[1] }]);
    remove(json!({ "op": "Remove", "path": "members", "value": listed }))?.expect(204)?;
    assert_eq!(left()?, refs[2..]);
    let either = format!(
        "members[value eq \"{}\" or value eq \"{}\"]",
        refs[2], refs[3]
    );
    remove(json!({ "op": "remove", "path": either }))?.expect(204)?;
    assert_eq!(left()?, refs[4..]);
    // Who is no member is not removed, and nobody else is in their place.
    let nobody = format!("members[value eq \"{}\"]", refs[0]);
    remove(json!({ "op": "remove", "path": nobody }))?.expect(204)?;
    assert_eq!(left()?, refs[4..]);
    // What should have done something and cannot is no success.
    let no_filter = "members[value eq ]";
    assert_eq!(
        remove(json!({ "op": "remove", "path": no_filter }))?.status,
        400
    );
    let unknown = "people[value eq \"x\"]";
    assert_eq!(
        remove(json!({ "op": "remove", "path": unknown }))?.status,
        400
    );
    assert_eq!(left()?, refs[4..]);
    remove(json!({ "op": "remove", "path": "members" }))?.expect(204)?;
    assert!(left()?.is_empty());
    Ok(())
}

#[test]
fn pain_23_oktas_three_ways_to_say_who_belongs_to_a_group() -> Result<()> {
    let here = here()?;
    let ids = many(&here, 0..4)?;
    let refs: Vec<&str> = ids.iter().map(String::as_str).collect();
    let id = here.make("/Groups", &group("G", &refs[..2]))?;
    let path = format!("/Groups/{id}");
    let left = || anyhow::Ok(member_ids(&here.get(&path)?.expect(200)?));
    let list = |ids: &[&str]| -> Vec<Value> {
        ids.iter()
            .map(|id| json!({ "value": id, "display": "?" }))
            .collect()
    };
    // Without a path, with its id and name.
    let replace = |members: &[&str]| {
        let value = json!({ "id": id, "displayName": "G", "members": list(members) });
        here.call(
            "PATCH",
            &path,
            &patch(json!([{ "op": "replace", "value": value }])),
        )
    };
    replace(&refs[1..4])?.expect(204)?;
    assert_eq!(left()?, refs[1..4]);
    replace(&[])?.expect(204)?;
    assert!(left()?.is_empty());
    // By PUT.
    let mut whole = group("G", &[]);
    whole["id"] = json!(id);
    whole["members"] = list(&refs[..3]).into();
    here.call("PUT", &path, &whole)?.expect(200)?;
    assert_eq!(left()?, refs[..3]);
    whole["members"] = json!([]);
    here.call("PUT", &path, &whole)?.expect(200)?;
    assert!(left()?.is_empty());
    // By the path.
    let set = |members: &[&str]| {
        let operation = json!({ "op": "replace", "path": "members", "value": list(members) });
        here.call("PATCH", &path, &patch(json!([operation])))
    };
    set(&refs[2..])?.expect(204)?;
    assert_eq!(left()?, refs[2..]);
    set(&[])?.expect(204)?;
    assert!(left()?.is_empty());
    Ok(())
}

#[test]
fn pain_24_whoever_walks_all_pages_meets_everybody_who_stays() -> Result<()> {
    let here = here()?;
    let ids = many(&here, 0..60)?;
    let mut deletions = ids.iter().step_by(3);
    let met = walk(&here, "count=7", "id", |_| {
        // Those before, those on the page, those to come.
        for id in deletions.by_ref().take(3) {
            here.call("DELETE", &format!("/Users/{id}"), &NOTHING)?
                .expect(204)?;
        }
        Ok(())
    })?;
    let gone: Vec<&String> = ids.iter().step_by(3).collect();
    let stays = ids.iter().filter(|id| !gone.contains(id));
    for id in stays {
        assert_eq!(met.iter().filter(|one| *one == id).count(), 1, "{id}");
    }
    // And the pages by index say how many there are.
    let page = here.get("/Users?startIndex=1&count=10")?.expect(200)?;
    assert_eq!(
        (&page["totalResults"], &page["itemsPerPage"]),
        (&json!(40), &json!(10))
    );
    Ok(())
}

#[test]
fn pain_28_accounts_from_before_are_found_told_and_opened_again() -> Result<()> {
    let manual = COPY.replace(
        "[mapping.copy]\n",
        "[mapping.copy]\nautomatic = false\n[mapping.copy.match]\nUser = [\"userName\", \"displayName\"]\n",
    );
    // The keys of the mapping stand before its tables.
    let (head, rest) = manual.split_once("[mapping.copy.match]").context("match")?;
    let (table, keys) = rest.split_once("source = ").context("source")?;
    let (keys, settings) = keys.split_once("\n\n").context("settings")?;
    let config = format!("{head}source = {keys}\n[mapping.copy.match]{table}\n{settings}");
    let here = here_with(&config)?;
    let token = here.new_token("mirror", &[])?;
    let authorization = format!("Bearer {token}");
    let url = format!("{}/Users", here.base_of("mirror"));
    let there = |body: Value| {
        here.send("POST", &url, &[("authorization", &authorization)], &body)?
            .expect(201)
    };
    // She was closed there once; two of that name stand there; he is new.
    let before = there(user_with("ann", json!({ "active": false })))?;
    there(user_with("c1", json!({ "displayName": "Cyd" })))?;
    there(user_with("c2", json!({ "displayName": "Cyd" })))?;
    here.make("/Users", &user("ann"))?;
    here.make("/Users", &user("bob"))?;
    here.make("/Users", &user_with("cyd", json!({ "displayName": "Cyd" })))?;

    // First it is told, and nothing happens.
    let output = std::process::Command::new(purser_tests::files::purser()?)
        .args(["plan", "copy", "--json"])
        .current_dir(here.folder())
        .output()?;
    let plan: Value = serde_json::from_slice(&output.stdout)?;
    let rows = plan["rows"].as_array().context("rows")?;
    let mut situations: Vec<&str> = rows
        .iter()
        .filter_map(|row| row["situation"].as_str())
        .collect();
    situations.sort_unstable();
    assert_eq!(situations, ["absent", "ambiguous", "found"], "{plan}");
    assert_eq!(
        listed(&mirrored(&here, &token, "/Users")?, "userName").len(),
        3
    );

    // Then it is done: her account is hers again, and open; of the two none is touched.
    let _one_is_parked = here.purser(&["run", "copy"]);
    let users = mirrored(&here, &token, "/Users")?;
    assert_eq!(listed(&users, "userName"), ["ann", "c1", "c2", "bob"]);
    let ann = users.pointer("/Resources/0").context("ann")?;
    assert_eq!(ann["id"], before["id"]);
    assert_eq!(ann["active"], true);
    Ok(())
}
