//! SCIMMY, another SCIM server of others, as a child process.

use std::{
    fs::File,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use anyhow::{Context, Result};

use super::{Foreign, Scim2Server};
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
pub struct Scimmy {
    child: Child,
    base: String,
}

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
        let mut child = Command::new("node")
            .arg(files::root()?.join("tests/servers/scimmy/index.mjs"))
            .arg(Scim2Server::TOKEN)
            .current_dir(&packages)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(folder.join("scimmy.log"))?)
            .spawn()
            .context("cannot start node")?;
        let output = child.stdout.take().context("node has no output")?;
        let mut server = Self {
            child,
            base: String::new(),
        };
        // The first line says where it serves; there is none if it ends before.
        BufReader::new(output).read_line(&mut server.base)?;
        server.base.truncate(server.base.trim_end().len());
        if server.base.is_empty() {
            let log = std::fs::read_to_string(folder.join("scimmy.log"))?;
            anyhow::bail!("scimmy does not start:\n{log}");
        }
        Ok(server)
    }
}

impl Foreign for Scimmy {
    fn base(&self) -> String {
        self.base.clone()
    }
}

impl Drop for Scimmy {
    fn drop(&mut self) {
        let _already_ended = self.child.kill();
        let _reaped = self.child.wait();
    }
}
