//! SCIM servers that no one here wrote; `scim2-server` first of all.
//!
//! # Adding a server
//!
//! One file in `server/` that starts it and implements [`Foreign`], what it needs
//! installed by `xtask`'s setup, and a row in docs/servers.md.

use std::{
    fs::File,
    net::{Ipv4Addr, TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::files;

mod scimmy;

pub use scimmy::{Express, Scimmy};

/// A SCIM server that takes [`Scim2Server::TOKEN`].
pub trait Foreign {
    /// The address that SCIM clients take.
    fn base(&self) -> String;
}

/// How long it may take to start on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running server, empty at first. It ends with this value.
pub struct Scim2Server {
    child: Child,
    port: u16,
}

impl Scim2Server {
    /// The bearer token that it takes.
    pub const TOKEN: &str = "the-token-of-the-tests";
    /// Where its endpoints begin.
    pub const BASE_PATH: &str = "/v2";

    /// Starts it on a free loopback port; its log goes into `folder`.
    ///
    /// # Errors
    /// It is not installed, or does not answer in time.
    pub fn start(folder: &Path) -> Result<Self> {
        let program = files::program(files::target()?.join("venv/bin/scim2-server"))?;
        let begun = Instant::now();
        loop {
            let port = free_port()?;
            let log = File::create(folder.join("scim2-server.log"))?;
            let child = Command::new(&program)
                .args(["--port", &port.to_string(), "--bearer-token", Self::TOKEN])
                .stdin(Stdio::null())
                .stdout(log.try_clone()?)
                .stderr(log)
                .spawn()
                .context("cannot start scim2-server")?;
            let mut server = Self { child, port };
            while begun.elapsed() < PATIENCE {
                // Somebody else may have taken the port meanwhile: then it ends, and another is tried.
                if server.child.try_wait()?.is_some() {
                    break;
                }
                if TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok() {
                    return Ok(server);
                }
                thread::sleep(Duration::from_millis(30));
            }
            if begun.elapsed() >= PATIENCE {
                bail!("scim2-server does not answer");
            }
        }
    }

    /// `http://127.0.0.1:PORT`, without the base path.
    pub fn origin(&self) -> String {
        format!("http://{}:{}", Ipv4Addr::LOCALHOST, self.port)
    }

    /// Makes a resource, as somebody who is not Purser.
    ///
    /// # Errors
    /// The server does not take it.
    pub fn create(&self, endpoint: &str, resource: &Value) -> Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let request = reqwest::Client::builder()
            .build()?
            .post(format!("{}/{endpoint}", self.base()))
            .bearer_auth(Self::TOKEN)
            .header("content-type", "application/scim+json")
            .body(resource.to_string());
        let answer = runtime.block_on(request.send())?;
        if !answer.status().is_success() {
            bail!("the server did not take it: {}", answer.status());
        }
        Ok(())
    }
}

impl Foreign for Scim2Server {
    fn base(&self) -> String {
        format!("{}{}", self.origin(), Self::BASE_PATH)
    }
}

impl Drop for Scim2Server {
    fn drop(&mut self) {
        let _already_ended = self.child.kill();
        let _reaped = self.child.wait();
    }
}

fn free_port() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no free port")?;
    Ok(listener.local_addr()?.port())
}
