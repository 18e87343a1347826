//! Our own SCIM server, in memory: for stories that are about Purser alone, and
//! long.

use std::{path::Path, process::Command};

use anyhow::Result;

use super::{Foreign, Scim2Server, announced::Announced};
use crate::files;

/// The environment variable that it takes its token from.
const TOKEN_VARIABLE: &str = "DEMO_TOKEN";

/// A running server, empty at first. It ends with this value.
pub struct Demo(Announced);

impl Demo {
    /// Starts it on a free loopback port; its complaints go into `folder`.
    ///
    /// # Errors
    /// The binary is missing, or ends before it serves.
    pub fn start(folder: &Path) -> Result<Self> {
        Self::behaving(folder, &[])
    }

    /// The same, with bad manners: `--show-after`, `--share-names`.
    ///
    /// # Errors
    /// As for [`Demo::start`].
    pub fn behaving(folder: &Path, manners: &[&str]) -> Result<Self> {
        let mut purser = Command::new(files::purser()?);
        purser
            .args(["demo-server", "--exit-with-stdin"])
            .args(["--token-env", TOKEN_VARIABLE])
            .args(manners)
            .env(TOKEN_VARIABLE, Scim2Server::TOKEN);
        Announced::start(&mut purser, &folder.join("demo-server.log")).map(Self)
    }
}

impl Foreign for Demo {
    fn base(&self) -> String {
        self.0.base().to_owned()
    }
}
