//! The example of CSV exports and lookup tables, as its README tells it, and what
//! a bad table or a missing grant says.

use std::fs;

use anyhow::{Context, Result};
use purser_tests::{
    files,
    proxy::Proxy,
    purser::Purser,
    server::{Demo, Foreign as _},
};
use reqwest::Method;
use serde_json::Value;
use tempfile::TempDir;

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

struct Example {
    purser: Purser,
    proxy: Proxy,
    server: Demo,
    _folder: TempDir,
}

impl Example {
    fn new() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let server = Demo::start(folder.path())?;
        let proxy = Proxy::before(&server)?;
        let mut purser = Purser::new(folder.path(), proxy.base())?;
        let example = files::root()?.join("examples/csv-lookup");
        for name in ["people.csv", "teams.csv", "faculties.csv", "manifest.json"] {
            fs::copy(example.join(name), folder.path().join(name))?;
        }
        fs::write(folder.path().join("teams.csv.done"), "")?;
        purser.config = fs::read_to_string(example.join("purser.toml"))?.parse()?;
        purser.set(&["target", "wiki", "base_url"], proxy.base())?;
        purser.set(&["target", "wiki", "visibility_delay_seconds"], 0)?;
        purser.write_config()?;
        Ok(Self {
            purser,
            proxy,
            server,
            _folder: folder,
        })
    }

    /// Runs, and says how many requests wrote something.
    fn run(&self, code: i32) -> Result<u64> {
        self.proxy.take();
        self.purser.run(&[])?.expect(code)?;
        Ok(self.proxy.counts().writes)
    }

    /// Replaces a text in the table.
    fn edit(&self, from: &str, to: &str) -> Result<()> {
        let path = self.purser.folder().join("faculties.csv");
        let text = fs::read_to_string(&path)?;
        assert!(text.contains(from), "{text}");
        Ok(fs::write(path, text.replace(from, to))?)
    }

    /// What the server has, by an attribute that names it.
    fn resource(&self, endpoint: &str, attribute: &str, name: &str) -> Result<Option<Value>> {
        let listing = self.server.ask(Method::GET, endpoint, None)?;
        let found = listing.get("Resources").and_then(Value::as_array);
        let mut found = found.context("no listing")?.iter();
        Ok(found
            .find(|resource| resource.get(attribute).and_then(Value::as_str) == Some(name))
            .cloned())
    }

    fn department(&self, name: &str) -> Result<Option<String>> {
        let user = self.resource("Users", "userName", name)?;
        let department = user.as_ref().and_then(|user| {
            let extension = user.get(ENTERPRISE)?;
            extension.get("department")?.as_str()
        });
        Ok(department.map(str::to_owned))
    }

    fn members(&self, team: &str) -> Result<usize> {
        let group = self.resource("Groups", "displayName", team)?;
        let group = group.with_context(|| format!("no group {team}"))?;
        let members = group.get("members").and_then(Value::as_array);
        Ok(members.map_or(0, Vec::len))
    }
}

#[test]
fn a_table_says_who_is_where_and_a_changed_table_says_it_anew() -> Result<()> {
    let example = Example::new()?;
    let check = example.purser.call(&["check"])?;
    check.expect(0)?;
    for finding in ["lookup faculties", "2 keys"] {
        assert!(check.all().contains(finding), "{}", check.all());
    }

    assert!(example.run(5)? > 0);
    assert_eq!(example.department("adoe")?.as_deref(), Some("Arts"));
    assert_eq!(
        example.department("bmay")?.as_deref(),
        Some("Law, and Ethics")
    );
    assert_eq!(example.department("ekey")?, None);
    assert!(example.resource("Users", "userName", "ekey")?.is_some());
    assert!(example.resource("Users", "userName", "flow")?.is_none());
    assert_eq!(
        (example.members("Board")?, example.members("Teachers")?),
        (1, 3)
    );
    let status = example.purser.status()?.to_string();
    assert!(
        status.contains("the table `faculties` has no entry for the value"),
        "{status}"
    );
    assert_eq!(example.run(5)?, 0, "nothing has changed");

    let path = example.purser.folder().join("faculties.csv");
    fs::write(&path, fs::read_to_string(&path)? + "99,Medicine\n")?;
    // The account, and one more in the team.
    assert_eq!(example.run(0)?, 2);
    assert_eq!(example.department("flow")?.as_deref(), Some("Medicine"));

    example.edit("\"Law, and Ethics\"", "Law")?;
    assert_eq!(
        example.run(0)?,
        2,
        "two people, and no row of theirs is new"
    );
    assert_eq!(example.department("cng")?.as_deref(), Some("Law"));
    assert_eq!(example.run(0)?, 0);
    Ok(())
}

#[test]
fn a_bad_table_and_a_missing_grant_stop_the_run_before_anything_is_sent() -> Result<()> {
    let mut example = Example::new()?;
    example.edit("12,", "07,")?;
    for arguments in [["check"].as_slice(), &["run", "people"]] {
        let outcome = example.purser.call(arguments)?;
        outcome.expect(2)?;
        let words = outcome.all();
        for part in ["faculties.csv", "line 3: the key stands here a second time"] {
            assert!(words.contains(part), "{words}");
        }
        // Neither a key nor a value.
        assert!(!words.contains("Ethics"), "{words}");
    }
    example.edit("07,\"", "12,\"")?;

    let grants = vec![toml::Value::from("lookup:teams")];
    example
        .purser
        .set(&["mapping", "people", "grants"], grants)?;
    example.purser.write_config()?;
    let refused = example.purser.run(&[])?;
    refused.expect(2)?;
    let line = "allow it with `grants = [\"lookup:faculties\"]` under `[mapping.people]`";
    assert!(refused.all().contains(line), "{}", refused.all());
    assert_eq!(example.proxy.counts().writes, 0);
    Ok(())
}
