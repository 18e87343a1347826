//! Sample exports of a Drupal site, made by `examples/tools/gen_users.py`, with
//! what a target must hold afterwards.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::files;

/// Which of the two exports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// Where everything begins.
    First,
    /// The next one.
    Second,
}

/// One folder of sample data.
#[derive(Clone, Debug)]
pub struct Dataset {
    folder: PathBuf,
}

impl Dataset {
    /// The example that ships: 300 accounts.
    ///
    /// # Errors
    /// It is not there.
    pub fn drupal_300() -> Result<Self> {
        Ok(Self {
            folder: files::root()?.join("examples/drupal-300"),
        })
    }

    /// 2000 accounts, among them nine pairs that want the same user name.
    ///
    /// # Errors
    /// The generator failed.
    pub fn drupal_2000() -> Result<Self> {
        Self::generated(2000, 2)
    }

    /// `accounts` accounts by a seed, and a second export with 5 % of them
    /// changed. Made once and kept in the target folder.
    ///
    /// # Errors
    /// The generator failed.
    pub fn generated(accounts: u32, seed: u32) -> Result<Self> {
        Self::changing(accounts, seed, "0.05")
    }

    /// The same, with a part of your choice changed (`0.05` is 5 %).
    ///
    /// # Errors
    /// The generator failed.
    pub fn changing(accounts: u32, seed: u32, part: &str) -> Result<Self> {
        let data = files::target()?.join("test-data");
        let generator = files::root()?.join("examples/tools/gen_users.py");
        // Another generator makes other data.
        let edition = fs::metadata(&generator)?.len();
        let folder = data.join(format!("drupal-{accounts}-{seed}-{part}-{edition}"));
        if !folder.exists() {
            fs::create_dir_all(&data)?;
            let fresh = tempfile::tempdir_in(&data)?;
            let made = Command::new("python3")
                .arg(&generator)
                .args([accounts.to_string(), seed.to_string()])
                .args(["--delta", part, "--out"])
                .arg(fresh.path())
                .output()
                .context("cannot start python3")?;
            if !made.status.success() {
                bail!(
                    "the generator failed: {}",
                    String::from_utf8_lossy(&made.stderr)
                );
            }
            // Tests run side by side: whoever comes second finds the folder there.
            if fs::rename(fresh.path(), &folder).is_ok() {
                let _moved_away = fresh.keep();
            }
        }
        Ok(Self { folder })
    }

    /// The folder, as `compare.py` wants it.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The lines of an export (`users`, `groups`, `roles`).
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn lines(&self, file: &str, version: Version) -> Result<Vec<String>> {
        let later = self.folder.join(format!("{file}.v2.jsonl"));
        let path = match version {
            Version::Second if later.exists() => later,
            _ => self.folder.join(format!("{file}.jsonl")),
        };
        let text =
            fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        Ok(text.lines().map(str::to_owned).collect())
    }

    /// A number from `expected_ops.json`.
    ///
    /// # Errors
    /// There is no such number.
    pub fn expected(&self, operation: &str) -> Result<u64> {
        let text = fs::read_to_string(self.folder.join("expected_ops.json"))?;
        let ops: Value = serde_json::from_str(&text)?;
        ops.get(operation)
            .and_then(Value::as_u64)
            .with_context(|| format!("expected_ops.json has no {operation}"))
    }

    /// How many accounts the first run must create.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn expected_users(&self) -> Result<u64> {
        Ok(self.lines("expected_users", Version::First)?.len() as u64)
    }
}
