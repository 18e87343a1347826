//! SCIMMY, another SCIM server of others, as a child process.

use std::{path::Path, process::Command};

use anyhow::Result;

use super::{Foreign, Scim2Server, announced::Announced};
use crate::files;

/// The web framework below SCIMMY's routers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Express {
    /// The one that the routers were written for.
    Four,
    /// Its queries are read-only, so that the routers' own conversion of
    /// `startIndex` and `count` gets lost: every page is the first twenty.
    Five,
}

/// A running server, empty at first. It ends with this value.
pub struct Scimmy(Announced);

impl Scimmy {
    /// Starts it on a free loopback port; its complaints go into `folder`.
    ///
    /// # Errors
    /// It is not installed, or ends before it serves.
    pub fn start(folder: &Path, express: Express) -> Result<Self> {
        let packages = files::target()?.join(match express {
            Express::Four => "servers/scimmy-express-4",
            Express::Five => "servers/scimmy-express-5",
        });
        // Installed as a whole, or not at all.
        files::program(packages.join("package-lock.installed"))?;
        let mut node = Command::new("node");
        node.arg(files::root()?.join("tests/servers/scimmy/index.mjs"))
            .arg(Scim2Server::TOKEN)
            .current_dir(&packages);
        Announced::start(&mut node, &folder.join("scimmy.log")).map(Self)
    }
}

impl Foreign for Scimmy {
    fn base(&self) -> String {
        self.0.base().to_owned()
    }
}
