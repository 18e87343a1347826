//! One configuration, the component of `examples/university` in Rust or its twin
//! in JavaScript, and the same binary: the targets do not see a difference.

#![expect(
    clippy::indexing_slicing,
    reason = "helpers of tests are tests: they stop at the first surprise"
)]

use std::{fs, path::Path, process::Command};

use anyhow::{Context, Result, ensure};
use purser_tests::{
    files,
    proxy::Proxy,
    purser::Purser,
    server::{Demo, Foreign, Scim2Server},
};
use serde_json::{Value, json};
use tempfile::TempDir;
use toml::Table;

/// Exit codes: all in step, and somebody parked.
const IN_STEP: i32 = 0;
const PARKED: i32 = 5;

/// Where the components are, below the target folder.
const RUST: &str = "guests/wasm32-unknown-unknown/guest/university.wasm";
const JAVASCRIPT: &str = "guests/javascript/university.wasm";
const EXTENSION: &str = "urn:example:params:scim:schemas:extension:university:2.0:User";

/// A server and the example's configuration before it.
struct Campus<S> {
    purser: Purser,
    proxy: Proxy,
    server: S,
    // The folder goes last.
    _folder: TempDir,
}

impl<S: Foreign> Campus<S> {
    fn new(component: &str, cache: &str, start: impl FnOnce(&Path) -> Result<S>) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let server = start(folder.path())?;
        let proxy = Proxy::before(&server)?;
        let mut purser = Purser::new(folder.path(), proxy.base())?;
        let token = purser.config["target"]["wiki"]["token"].clone();
        purser.config = fs::read_to_string(example("purser.toml")?)?.parse::<Table>()?;
        purser.set(&["target", "campus", "base_url"], proxy.base())?;
        purser.set(&["target", "campus", "token"], token)?;
        purser.set(&["target", "campus", "visibility_delay_seconds"], 0)?;
        // A debug build compiles an interpreter for some seconds; once is enough.
        purser.set(&["store", "cache"], cache)?;
        let mut campus = Self {
            purser,
            proxy,
            server,
            _folder: folder,
        };
        campus.put(&people()?, &groups()?)?;
        campus.plug(component)?;
        Ok(campus)
    }

    /// Changes the one line that names the component.
    fn plug(&mut self, component: &str) -> Result<()> {
        let path = files::program(files::target()?.join(component))?;
        let path = path.to_str().context("a path in UTF-8")?;
        self.purser
            .set(&["mapping", "people", "plugin", "path"], path)?;
        self.purser.write_config()
    }

    /// Puts an export into the folder, and a configuration that expects it.
    fn put(&mut self, people: &[Value], groups: &[Value]) -> Result<()> {
        let kinds = self.purser.config["source"]["registry"]["kinds"]
            .as_array_mut()
            .context("the example has no kinds")?;
        for (kind, rows) in kinds.iter_mut().zip([people, groups]) {
            kind["expected_rows"] = i64::try_from(rows.len())?.into();
        }
        self.purser.write_config()?;
        for (file, rows) in [("people", people), ("groups", groups)] {
            let lines: Vec<String> = rows.iter().map(Value::to_string).collect();
            self.purser.put_lines(file, &lines)?;
        }
        Ok(())
    }

    /// All that the server holds, without ids and times.
    fn state(&self) -> Result<Value> {
        let output = Command::new("python3")
            .arg(files::root()?.join("examples/tools/scim_dump.py"))
            .args([&self.server.base(), Scim2Server::TOKEN])
            .output()
            .context("cannot start python3")?;
        serde_json::from_slice(&output.stdout)
            .with_context(|| String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

fn example(file: &str) -> Result<std::path::PathBuf> {
    Ok(files::root()?.join("examples/university").join(file))
}

fn rows(file: &str) -> Result<Vec<Value>> {
    let text = fs::read_to_string(example(file)?)?;
    text.lines()
        .map(|line| Ok(serde_json::from_str(line)?))
        .collect()
}

/// The example's people. What ends in a few years ends in a thousand, whenever
/// this is run.
fn people() -> Result<Vec<Value>> {
    let mut people = rows("people.jsonl")?;
    for person in &mut people {
        if let Some(end) = person.get_mut("contract_end") {
            *end = json!(end.as_str().context("a day")?.replace("2031-", "2999-"));
        }
    }
    Ok(people)
}

fn groups() -> Result<Vec<Value>> {
    rows("groups.jsonl")
}

/// The next export: a contract has ended, others were prolonged or added, people
/// left, came back and moved, one is gone, a group has another name.
fn next() -> Result<(Vec<Value>, Vec<Value>)> {
    let (mut people, mut groups) = (people()?, groups()?);
    let count = people.len();
    people.retain(|person| person["person_id"] != "100008");
    ensure!(people.len() + 1 == count, "the example has changed");
    for (id, attribute, value) in [
        ("400001", "contract_end", json!("2024-01-31")),
        ("400003", "contract_end", json!("2999-02-28")),
        ("400005", "contract_end", json!("2999-06-30")),
        ("200002", "affiliations", json!(["alum"])),
        ("300001", "affiliations", json!(["alum", "student"])),
        ("100005", "affiliations", json!(["staff", "faculty"])),
        ("200003", "department", json!("phys")),
        ("100001", "mail", json!("")),
    ] {
        let mut person = people.iter_mut().filter(|person| person["person_id"] == id);
        person.next().with_context(|| id)?[attribute] = value;
    }
    groups[4]["label"] = json!("VPN");
    Ok((people, groups))
}

/// Both exports with both components; what the server holds after each.
fn tell<S: Foreign>(start: impl Fn(&Path) -> Result<S>) -> Result<[Value; 2]> {
    let cache = tempfile::tempdir()?;
    let folder = cache.path().to_str().context("a path in UTF-8")?;
    let mut rust = Campus::new(RUST, folder, &start)?;
    let mut javascript = Campus::new(JAVASCRIPT, folder, &start)?;
    let mut states = Vec::new();
    let exports = [(people()?, groups()?, PARKED), {
        let (people, groups) = next()?;
        (people, groups, IN_STEP)
    }];
    for (people, groups, code) in exports {
        let mut seen = Vec::new();
        for campus in [&mut rust, &mut javascript] {
            campus.put(&people, &groups)?;
            campus.purser.run(&[])?.expect(code)?;
            let counts = campus.proxy.counts();
            ensure!(counts.failed.is_empty(), "refused: {:?}", counts.failed);
            seen.push((campus.state()?, counts.writes));
            campus.purser.run(&[])?.expect(code)?;
            assert_eq!(campus.proxy.counts().writes, 0, "all is in step");
        }
        assert_eq!(seen[0], seen[1], "one language does what the other does");
        states.push(seen.remove(0).0);
    }

    // One line of a live mapping: everybody is mapped anew, and is the same.
    rust.plug(JAVASCRIPT)?;
    rust.purser.run(&[])?.expect(IN_STEP)?;
    assert_eq!(rust.proxy.counts().writes, 0);
    // From now on the other one is asked.
    for campus in [&mut rust, &mut javascript] {
        campus.put(&people()?, &groups()?)?;
        campus.purser.run(&[])?.expect(PARKED)?;
    }
    assert_eq!(rust.state()?, javascript.state()?);

    states.try_into().ok().context("two exports")
}

fn of<'s>(state: &'s Value, user: &str) -> &'s Value {
    &state["users"][user]
}

/// What has to be true whatever the language.
fn as_the_example_says([first, second]: &[Value; 2]) {
    let users = |state: &Value| state["users"].as_object().map(serde_json::Map::len);
    assert_eq!(users(first), Some(19), "23 less 3 leavers and one parked");
    assert_eq!(users(second), Some(21));
    let active = |state: &Value, user: &str| of(state, user)["active"] == true;
    // A contract ended before there was an account; another ends between the exports.
    for (user, before, after) in [
        ("a.lovelace", true, true),
        ("ext.dubois", false, true),
        ("ext.mueller", true, false),
        ("n.okafor", true, false),
        ("k.jansky", true, false),
        ("r.franklin", false, true),
        ("ext.haddad", false, true),
    ] {
        assert_eq!(active(first, user), before, "{user}");
        assert_eq!(active(second, user), after, "{user}");
    }
    assert_eq!(
        first["groups"]["Guests"]["members"],
        json!(["ext.mueller", "ext.rossi"])
    );
    assert_eq!(
        second["groups"]["Guests"]["members"],
        json!(["ext.dubois", "ext.haddad", "ext.rossi"])
    );
    assert!(first["groups"]["VPN"].is_null() && second["groups"]["VPN users"].is_null());
}

#[test]
fn the_demo_server_holds_the_same_whichever_language_maps() -> Result<()> {
    let states = tell(Demo::start)?;
    as_the_example_says(&states);
    Ok(())
}

#[test]
fn a_server_that_knows_the_extension_holds_the_same_whichever_language_maps() -> Result<()> {
    let extension = example("extension.json")?;
    let states = tell(|folder| Scim2Server::extended(folder, &extension))?;
    as_the_example_says(&states);
    assert_eq!(
        of(&states[1], "j.borges")[EXTENSION],
        json!({"affiliations": ["faculty", "staff"], "primaryAffiliation": "staff"})
    );
    assert_eq!(
        of(&states[1], "ext.mueller")[EXTENSION],
        json!({"contractEnd": "2024-01-31"})
    );
    Ok(())
}
