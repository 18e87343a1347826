//! SCIM servers as child processes: those that no one here wrote, `scim2-server`
//! first of all, and our own of the demonstration, which is quick.
//!
//! # Adding a server
//!
//! One file in `server/` that starts it and implements [`Foreign`], what it needs
//! installed by `xtask`'s setup, a row in docs/servers.md, and a variant of [`Kind`]
//! if long stories are to run before it.

use std::{
    fs::File,
    net::{Ipv4Addr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use reqwest::Method;
use serde_json::Value;

use crate::files;

mod announced;
mod demo;
mod scimmy;

pub use demo::Demo;
pub use scimmy::{Express, Scimmy};

/// A SCIM server.
pub trait Foreign {
    /// The address that SCIM clients take.
    fn base(&self) -> String;

    /// The bearer token that it takes.
    fn token(&self) -> &str {
        Scim2Server::TOKEN
    }

    /// Makes a resource, as somebody who is not Purser.
    ///
    /// # Errors
    /// The server does not take it.
    fn create(&self, endpoint: &str, resource: &Value) -> Result<()> {
        self.ask(Method::POST, endpoint, Some(resource)).map(drop)
    }

    /// Sends a request as somebody who is not Purser, to a path below the base.
    /// Answers with the document, null where there is none.
    ///
    /// # Errors
    /// The server refuses it, or answers with something else.
    fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        // The first to come installs it; another part of the program may have been first.
        let _already_installed = rustls::crypto::ring::default_provider().install_default();
        let mut request = reqwest::Client::builder()
            .build()?
            .request(method, format!("{}/{path}", self.base()))
            .bearer_auth(self.token());
        if let Some(body) = body {
            request = request
                .header("content-type", "application/scim+json")
                .body(body.to_string());
        }
        runtime.block_on(async {
            let answer = request.send().await?;
            let status = answer.status();
            let text = answer.text().await?;
            if !status.is_success() {
                bail!("the server did not take it: {status}: {text}");
            }
            if text.is_empty() {
                return Ok(Value::Null);
            }
            serde_json::from_str(&text).with_context(|| format!("no JSON: {text}"))
        })
    }
}

/// Which server, where a story chooses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// [`Demo`].
    Demo,
    /// [`Scim2Server`].
    Scim2Server,
    /// [`Scimmy`] on express 4.
    Scimmy,
}

impl Kind {
    /// Starts one; its log goes into `folder`.
    ///
    /// # Errors
    /// It is not installed, or does not serve.
    pub fn start(self, folder: &Path) -> Result<Box<dyn Foreign>> {
        Ok(match self {
            Self::Demo => Box::new(Demo::start(folder)?),
            Self::Scim2Server => Box::new(Scim2Server::start(folder)?),
            Self::Scimmy => Box::new(Scimmy::start(folder, Express::Four)?),
        })
    }
}

impl Foreign for Box<dyn Foreign> {
    fn base(&self) -> String {
        (**self).base()
    }
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
        Self::launch(folder, || {
            Ok(Command::new(Self::installed("scim2-server")?))
        })
    }

    /// The same, with one more extension of User, the content of a file.
    ///
    /// # Errors
    /// As for [`Scim2Server::start`].
    pub fn extended(folder: &Path, extension: &Path) -> Result<Self> {
        Self::launch(folder, || {
            let mut python = Command::new(Self::installed("python")?);
            python
                .arg(files::root()?.join("examples/tools/extended_server.py"))
                .arg(extension);
            Ok(python)
        })
    }

    fn installed(program: &str) -> Result<PathBuf> {
        files::program(files::target()?.join("venv/bin").join(program))
    }

    fn launch(folder: &Path, program: impl Fn() -> Result<Command>) -> Result<Self> {
        let begun = Instant::now();
        loop {
            let port = free_port()?;
            let log = File::create(folder.join("scim2-server.log"))?;
            let child = program()?
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

pub(crate) fn free_port() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no free port")?;
    Ok(listener.local_addr()?.port())
}
