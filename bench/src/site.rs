//! A folder with accounts and a configuration, and Purser to run on it.

use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result};
use serde_json::Value;
use tempfile::TempDir;

use crate::{
    accounts,
    process::{self, Processors, Took},
};

/// Purser, and the script that does the same by itself.
#[derive(clap::Args)]
pub struct Rivals {
    /// The binary, built for release
    #[arg(long)]
    pub purser: PathBuf,
    /// The interpreter of the peer's environment
    #[arg(long)]
    python: PathBuf,
    /// The peer's script, of `bench/peers/`
    #[arg(long)]
    peer: PathBuf,
}

/// What a peer took, and what it says.
pub struct Peer {
    /// Its whole process.
    pub took: Took,
    /// Its clock, which starts when its data are in memory.
    pub seconds: f64,
    /// All that it printed.
    pub told: Value,
}

impl Rivals {
    /// Runs the peer where Purser runs, too.
    pub fn peer(&self, arguments: &[&OsStr], on: Processors) -> Result<Peer> {
        let mut peer = Command::new(&self.python);
        peer.arg(&self.peer).args(arguments);
        let took = process::run(&peer, on)?;
        let told: Value = serde_json::from_str(&took.stdout)?;
        let seconds = told.get("seconds").and_then(Value::as_f64);
        Ok(Peer {
            seconds: seconds.context("the peer tells no seconds")?,
            took,
            told,
        })
    }
}

/// A site with accounts.
pub struct Site {
    folder: TempDir,
    purser: PathBuf,
}

impl Site {
    /// Writes the accounts, and a configuration that sends them to `base`.
    /// `target` are further lines of its target.
    pub fn new(purser: &Path, base: &str, accounts: usize, target: &str) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        accounts::write(&folder.path().join("users.jsonl"), accounts)?;
        let config = format!(
            r#"[store]
path = "purser.db"

[source.site]
connector = "file"

[[source.site.kinds]]
name = "user"
path = "users.jsonl"
id = "uid"
active = "status"
resource_type = "User"
expected_rows = {accounts}

[target.sink]
connector = "scim"
base_url = "{base}"
token = {{ env = "BENCH_TOKEN" }}
{target}

[mapping.people]
source = "site"
target = "sink"
plugin = "attribute-map"

[mapping.people.settings.user]
userName = {{ from = "login", transform = ["lower"] }}
externalId = {{ from = "id" }}
"name.givenName" = {{ from = "given_name" }}
"name.familyName" = {{ from = "family_name" }}
displayName = {{ template = "{{given_name}} {{family_name}}" }}
active = {{ from = "status", transform = ["bool"] }}
'emails[type eq "work"].value' = {{ from = "mail", transform = ["trim", "email_or_drop"] }}
'emails[type eq "work"].primary' = {{ constant = true }}
'phoneNumbers[type eq "work"].value' = {{ from = "phone" }}
preferredLanguage = {{ from = "language" }}
timezone = {{ from = "timezone" }}
title = {{ from = "title" }}
profileUrl = {{ from = "homepage" }}
"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department" = {{ from = "department" }}
"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber" = {{ from = "employee_number" }}
"#
        );
        fs::write(folder.path().join("purser.toml"), config)?;
        Ok(Self {
            folder,
            purser: purser.to_owned(),
        })
    }

    /// A full run, and its summary.
    pub fn run(&self, on: Processors) -> Result<(Took, Value)> {
        let mut purser = Command::new(&self.purser);
        purser
            .args(["run", "people", "--json"])
            .env("BENCH_TOKEN", "bench")
            .current_dir(self.folder.path());
        let took = process::run(&purser, on)?;
        let summary = serde_json::from_str(&took.stdout)?;
        Ok((took, summary))
    }

    /// Forgets what was done, and keeps the compiled component.
    pub fn forget(&self) -> Result<()> {
        for end in ["", "-wal", "-shm"] {
            let file = self.folder.path().join(format!("purser.db{end}"));
            if file.exists() {
                fs::remove_file(file)?;
            }
        }
        Ok(())
    }

    /// A path in its folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// Writes values as JSON lines.
pub fn write_lines(path: &Path, values: &[Value]) -> Result<()> {
    let mut text = String::new();
    for value in values {
        text.push_str(&value.to_string());
        text.push('\n');
    }
    Ok(fs::write(path, text)?)
}
