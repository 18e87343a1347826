//! A server that says in its first line where it serves.

use std::{
    fs::{self, File},
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use anyhow::{Context, Result, bail};

/// A running server. It ends with this value.
pub(super) struct Announced {
    child: Child,
    base: String,
}

impl Announced {
    /// Starts it; its complaints go into a file.
    ///
    /// # Errors
    /// It cannot be started, or ends before it serves.
    pub fn start(command: &mut Command, log: &Path) -> Result<Self> {
        let mut child = command
            // Open until this value goes: a server may end with its input.
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(File::create(log)?)
            .spawn()
            .with_context(|| format!("cannot start {}", command.get_program().display()))?;
        let output = child.stdout.take().context("the server has no output")?;
        let mut server = Self {
            child,
            base: String::new(),
        };
        // There is no first line if it ends before.
        BufReader::new(output).read_line(&mut server.base)?;
        server.base.truncate(server.base.trim_end().len());
        if server.base.is_empty() {
            bail!("the server does not start:\n{}", fs::read_to_string(log)?);
        }
        Ok(server)
    }

    /// Where it serves.
    pub fn base(&self) -> &str {
        &self.base
    }
}

impl Drop for Announced {
    fn drop(&mut self) {
        let _already_ended = self.child.kill();
        let _reaped = self.child.wait();
    }
}
