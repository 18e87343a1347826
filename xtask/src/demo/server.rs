//! The SCIM server of the demonstration, as a child process.

use std::{
    collections::BTreeMap,
    hash::{BuildHasher, RandomState},
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::http;
use crate::workspace::Workspace;

/// A running server. It ends with this value, and with this program whatever
/// way that ends: the server watches its standard input.
pub struct Server {
    child: Child,
    base: String,
    authority: String,
    token: String,
}

impl Server {
    /// Starts it on a free loopback port, with a token that nobody else knows.
    pub fn start(workspace: &Workspace, token_variable: &str) -> Result<Self> {
        let token = random_token();
        let mut child = Command::new(workspace.purser())
            .args([
                "demo-server",
                "--port",
                "0",
                "--exit-with-stdin",
                "--token-env",
                token_variable,
            ])
            .env(token_variable, &token)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("cannot start {}", workspace.purser().display()))?;
        let mut base = String::new();
        let output = child.stdout.take().context("the server has no output")?;
        BufReader::new(output).read_line(&mut base)?;
        let base = base.trim().to_owned();
        let authority = base
            .strip_prefix("http://")
            .and_then(|rest| rest.split('/').next())
            .map(str::to_owned);
        let Some(authority) = authority else {
            let _ended = child.kill();
            bail!("the demo server did not say where it listens");
        };
        Ok(Self {
            child,
            base,
            authority,
            token,
        })
    }

    /// Its SCIM base address.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Its bearer token.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// How often it was asked what, as `GET /Users`.
    pub fn counts(&self) -> Result<BTreeMap<String, u64>> {
        let counts = http::get(&self.authority, "/demo/counts", &self.token)?;
        serde_json::from_value(counts).context("the server's counts cannot be read")
    }

    /// All resources below an endpoint. The counts before and after a run do not
    /// see this, because nothing is listed between them.
    pub fn list(&self, endpoint: &str) -> Result<Vec<Value>> {
        let path = self
            .base
            .split_once(&self.authority)
            .map_or("", |(_, path)| path);
        let mut resources = Vec::new();
        loop {
            let page = http::get(
                &self.authority,
                &format!("{path}/{endpoint}?startIndex={}", resources.len() + 1),
                &self.token,
            )?;
            let total = page
                .get("totalResults")
                .and_then(Value::as_u64)
                .unwrap_or_default();
            let found = page
                .get("Resources")
                .and_then(Value::as_array)
                .cloned()
                .unwrap_or_default();
            let end = found.is_empty();
            resources.extend(found);
            if end || resources.len() as u64 >= total {
                return Ok(resources);
            }
        }
    }

    /// Waits until it is interrupted.
    pub fn wait(mut self) -> Result<()> {
        // Not `Child::wait`, which would close the standard input first.
        while self.child.try_wait()?.is_none() {
            std::thread::sleep(std::time::Duration::from_millis(200));
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _already_ended = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// 128 bits that the operating system seeded: good enough for a server that
/// holds invented people for some minutes.
fn random_token() -> String {
    let word = || RandomState::new().hash_one("token");
    format!("{:016x}{:016x}", word(), word())
}
