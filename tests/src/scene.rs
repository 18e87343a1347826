//! Server, proxy and binary wired together, over one set of sample data.

use std::{path::Path, process::Command};

use anyhow::{Context, Result, bail};
use serde_json::Value;
use tempfile::TempDir;

use crate::{
    csv,
    dataset::{Dataset, Version},
    files,
    proxy::Proxy,
    purser::{MAPPING, Outcome, Purser, Running},
    server::{Foreign, Scim2Server},
};

/// What a run ends with where nothing is parked, or two want one name.
const IN_STEP: i32 = 0;
const PARKED: i32 = 5;

/// What becomes of the accounts of people who left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leavers {
    /// They are deactivated and lose their memberships; the default.
    Deactivate,
    /// They are deleted.
    Delete,
}

impl Leavers {
    /// As the configuration and `compare.py` call it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Deactivate => "deactivate",
            Self::Delete => "delete",
        }
    }
}

/// An empty server, a proxy, and Purser with the first export before it.
pub struct Scene<S = Scim2Server> {
    /// The binary and its folder.
    pub purser: Purser,
    /// Between the two.
    pub proxy: Proxy,
    /// The foreign server.
    pub server: S,
    /// The sample data.
    pub dataset: Dataset,
    leavers: Leavers,
    csv: bool,
    // The folder goes last.
    _folder: TempDir,
}

impl Scene {
    /// Sets it up with the default policy.
    ///
    /// # Errors
    /// Something that has to be there is missing; the message says what.
    pub fn new(dataset: Dataset) -> Result<Self> {
        Self::with(dataset, Leavers::Deactivate)
    }

    /// Sets it up.
    ///
    /// # Errors
    /// As for [`Scene::new`].
    pub fn with(dataset: Dataset, leavers: Leavers) -> Result<Self> {
        Self::around(dataset, leavers, Scim2Server::start)
    }

    /// The same export as CSV, proven by a manifest.
    ///
    /// # Errors
    /// As for [`Scene::new`].
    pub fn with_csv(dataset: Dataset, leavers: Leavers) -> Result<Self> {
        let mut scene = Self::with(dataset, leavers)?;
        scene.csv = true;
        csv::configure(&mut scene.purser)?;
        csv::put(&scene.purser, &scene.dataset, Version::First)?;
        Ok(scene)
    }
}

impl<S: Foreign> Scene<S> {
    /// Sets it up around another server; `start` gets a folder for its log.
    ///
    /// # Errors
    /// As for [`Scene::new`].
    pub fn around(
        dataset: Dataset,
        leavers: Leavers,
        start: impl FnOnce(&Path) -> Result<S>,
    ) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let server = start(folder.path())?;
        let proxy = Proxy::before(&server)?;
        let mut purser = Purser::new(folder.path(), proxy.base())?;
        purser.set(
            &["mapping", "people", "policy", "absent_user"],
            leavers.word(),
        )?;
        purser.put(&dataset, Version::First)?;
        Ok(Self {
            purser,
            proxy,
            server,
            dataset,
            leavers,
            csv: false,
            _folder: folder,
        })
    }

    /// Puts the second export in place of the first.
    ///
    /// # Errors
    /// The disk.
    pub fn advance(&mut self) -> Result<()> {
        if self.csv {
            csv::put(&self.purser, &self.dataset, Version::Second)
        } else {
            self.purser.put(&self.dataset, Version::Second)
        }
    }

    /// Asks `compare.py` whether the server holds what it must, past the proxy.
    ///
    /// # Errors
    /// It does not; the message says where.
    pub fn compare(&self, version: Version) -> Result<()> {
        let mut compare = Command::new("python3");
        compare
            .arg(files::root()?.join("examples/tools/compare.py"))
            .arg(self.dataset.folder())
            .args([
                &self.server.base(),
                Scim2Server::TOKEN,
                "--leavers",
                self.leavers.word(),
            ]);
        if version == Version::Second {
            compare.arg("--v2");
        }
        let output = compare.output().context("cannot start python3")?;
        let text = String::from_utf8_lossy(&output.stdout);
        let verdict: Value = text
            .lines()
            .find_map(|line| line.strip_prefix("COMPARE_JSON "))
            .with_context(|| format!("{text}{}", String::from_utf8_lossy(&output.stderr)))
            .and_then(|json| Ok(serde_json::from_str(json)?))?;
        if verdict.get("ok") != Some(&Value::Bool(true)) {
            bail!("the server does not hold what it must:\n{text}");
        }
        Ok(())
    }

    /// Every link is to something that Purser created.
    ///
    /// # Errors
    /// One is not: what a lost answer was about was taken for somebody else's.
    pub fn nothing_adopted(&self) -> Result<()> {
        let status = self.purser.status()?;
        let links = status
            .get(MAPPING)
            .and_then(|mapping| mapping.get("links")?.as_object())
            .filter(|links| !links.is_empty())
            .context("the status has no links")?;
        for (resource_type, by_origin) in links {
            if by_origin.get("adopted").and_then(Value::as_u64) > Some(0) {
                bail!("{resource_type}: ours was taken for adopted: {by_origin}");
            }
        }
        Ok(())
    }

    /// `purser run`, with as many leavers and changes allowed as the second
    /// export has; ended at `place`, where one is given and it comes by.
    ///
    /// # Errors
    /// It cannot be started, or hangs.
    pub fn run_allowed(&self, place: Option<&str>) -> Result<Outcome> {
        self.with_allowance(|arguments| match place {
            Some(place) => self.purser.call_cut(arguments, place),
            None => self.purser.call(arguments),
        })
    }

    /// The same, not waited for.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn spawn_allowed(&self) -> Result<Running> {
        self.with_allowance(|arguments| self.purser.spawn(arguments))
    }

    fn with_allowance<T>(&self, start: impl FnOnce(&[&str]) -> Result<T>) -> Result<T> {
        let limit =
            self.dataset.expected("delete_or_deactivate")? + self.dataset.expected("update")?;
        let (deactivate, delete) = (format!("deactivate={limit}"), format!("delete={limit}"));
        start(&["run", MAPPING, "--allow", &deactivate, "--allow", &delete])
    }

    /// The exit code of a run that has brought an export in: whether somebody
    /// waits for a user name in the end. Where leavers are deactivated, they keep
    /// theirs.
    pub fn code(&self, version: Version) -> i32 {
        let lines = self
            .dataset
            .lines("expected_problems", version)
            .unwrap_or_default();
        let conflict = lines.iter().any(|line| line.contains("userName_conflict"));
        let left_waiting = version == Version::Second
            && self.leavers == Leavers::Deactivate
            && self.dataset.expected("create").ok()
                != self
                    .dataset
                    .expected("create_when_leavers_are_deactivated")
                    .ok();
        if conflict || left_waiting {
            PARKED
        } else {
            IN_STEP
        }
    }

    /// How many accounts an export makes new.
    ///
    /// # Errors
    /// The data do not say.
    pub fn creations(&self, version: Version) -> Result<u64> {
        match (version, self.leavers) {
            (Version::First, _) => self.dataset.expected_users(),
            (Version::Second, Leavers::Delete) => self.dataset.expected("create"),
            (Version::Second, Leavers::Deactivate) => {
                self.dataset.expected("create_when_leavers_are_deactivated")
            }
        }
    }
}
