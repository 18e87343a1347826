//! Purser as a service provider: `purser serve` over a fresh store, with a token.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use reqwest::Method;
use serde_json::Value;

use crate::{files, server::Foreign};

/// How long it may take to start on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// The tenant that there always is.
pub const TENANT: &str = "acme";

/// A running service provider. It ends with this value.
pub struct Provider {
    child: Child,
    folder: PathBuf,
    origin: String,
    tenant: String,
    token: String,
    client: reqwest::Client,
    runtime: tokio::runtime::Runtime,
}

/// An answer, read.
#[must_use = "assert on the status"]
#[derive(Debug)]
pub struct Said {
    /// The HTTP status.
    pub status: u16,
    /// The headers, by name in lower case.
    pub headers: BTreeMap<String, String>,
    /// The document; null where there is none.
    pub body: Value,
}

impl Said {
    /// Fails, showing the answer, unless the status is this one; else gives the document.
    ///
    /// # Errors
    /// It is another.
    pub fn expect(self, status: u16) -> Result<Value> {
        if self.status != status {
            bail!("expected {status}, got {}: {}", self.status, self.body);
        }
        Ok(self.body)
    }

    /// The same for an error with its keyword (RFC 7644 §3.12).
    ///
    /// # Errors
    /// It is another.
    pub fn refused(self, status: u16, scim_type: &str) -> Result<()> {
        let body = self.expect(status)?;
        let found = body.get("scimType").and_then(Value::as_str).unwrap_or("");
        let told = body.get("status").and_then(Value::as_str).unwrap_or("");
        if found != scim_type || told != status.to_string() {
            bail!("expected {scim_type}: {body}");
        }
        Ok(())
    }
}

impl Provider {
    /// Starts it in `folder`, with the lines `tenant` in the section of its tenant, and
    /// whatever other sections follow them.
    ///
    /// # Errors
    /// The binary is missing, or it does not serve.
    pub fn start(folder: &Path, tenant: &str) -> Result<Self> {
        let config = format!(
            "[server]\nlisten = \"127.0.0.1:0\"\nrequests_per_second = 100000\n\n[tenant.{TENANT}]\n{tenant}\n"
        );
        Self::configured(folder, &config, TENANT)
    }

    /// Starts it in `folder` over a whole configuration; its tenant is this one.
    ///
    /// # Errors
    /// See [`Provider::start`].
    pub fn configured(folder: &Path, config: &str, tenant: &str) -> Result<Self> {
        fs::write(folder.join("purser.toml"), config)?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        // Of the whole process: another test may have been first.
        let _already_installed = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().no_proxy().build()?;
        // From here on nothing fails before somebody ends the process.
        let (child, origin) = Self::launch(folder, None)?;
        let mut provider = Self {
            child,
            folder: folder.to_owned(),
            origin,
            tenant: tenant.to_owned(),
            token: String::new(),
            client,
            runtime,
        };
        provider.token = provider.new_token(tenant, &[])?;
        Ok(provider)
    }

    fn launch(folder: &Path, place: Option<&str>) -> Result<(Child, String)> {
        let out = folder.join("serve.out");
        let mut purser = Command::new(files::purser()?);
        if let Some(place) = place {
            purser.env("PURSER_FAILPOINT", place);
        }
        let mut child = purser
            .args(["--config", "purser.toml", "serve"])
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(File::create(&out)?)
            .stderr(
                File::options()
                    .create(true)
                    .append(true)
                    .open(folder.join("serve.log"))?,
            )
            .spawn()?;
        let begun = Instant::now();
        loop {
            let said = fs::read_to_string(&out)?;
            if let Some(line) = said
                .lines()
                .find_map(|line| line.strip_prefix("listening "))
                && said.ends_with('\n')
            {
                return Ok((child, format!("http://{line}")));
            }
            if begun.elapsed() > PATIENCE || child.try_wait()?.is_some() {
                let _already_ended = child.kill();
                child.wait()?;
                bail!(
                    "it does not listen:\n{}",
                    fs::read_to_string(folder.join("serve.log"))?
                );
            }
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Makes a token of a tenant.
    ///
    /// # Errors
    /// Purser does not make one.
    pub fn new_token(&self, tenant: &str, arguments: &[&str]) -> Result<String> {
        let arguments = [&["token", "new", tenant, "--json"], arguments].concat();
        let made: Value = serde_json::from_str(&self.purser(&arguments)?)?;
        let token = made.get("token").and_then(Value::as_str);
        Ok(token.context("there is no token")?.to_owned())
    }

    /// Runs another command on the same folder; answers what it prints.
    ///
    /// # Errors
    /// It ends with an error.
    pub fn purser(&self, arguments: &[&str]) -> Result<String> {
        let output = Command::new(files::purser()?)
            .args(["--config", "purser.toml"])
            .args(arguments)
            .current_dir(&self.folder)
            .output()?;
        if !output.status.success() {
            bail!("{}", String::from_utf8_lossy(&output.stderr));
        }
        Ok(String::from_utf8(output.stdout)?)
    }

    /// `http://127.0.0.1:PORT`
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The address of a tenant.
    pub fn base_of(&self, tenant: &str) -> String {
        format!("{}/scim/{tenant}/v2", self.origin)
    }

    /// The token of its tenant.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// What it has logged.
    ///
    /// # Errors
    /// The disk.
    pub fn log(&self) -> Result<String> {
        Ok(fs::read_to_string(self.folder.join("serve.log"))?)
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits for its end; answers its exit code.
    ///
    /// # Errors
    /// The system does not say.
    pub fn ended(&mut self) -> Result<Option<i32>> {
        Ok(self.child.wait()?.code())
    }

    /// Ends it the hard way (SIGKILL).
    ///
    /// # Errors
    /// The system does not say that it has ended.
    pub fn stop(&mut self) -> Result<()> {
        let _already_ended = self.child.kill();
        self.child.wait()?;
        Ok(())
    }

    /// Ends it the hard way (SIGKILL) and starts it again, over the same store.
    ///
    /// # Errors
    /// It does not serve any more.
    pub fn restart(&mut self) -> Result<()> {
        self.stop()?;
        (self.child, self.origin) = Self::launch(&self.folder, None)?;
        Ok(())
    }

    /// The same, to end by itself where it comes by a place between durable steps
    /// (`directory-write.after=2`; see `purser_host::failpoint`).
    ///
    /// # Errors
    /// It does not serve any more.
    pub fn restart_cut(&mut self, place: &str) -> Result<()> {
        self.stop()?;
        (self.child, self.origin) = Self::launch(&self.folder, Some(place))?;
        Ok(())
    }

    /// Sends a request with these headers to an address; null is no body.
    ///
    /// # Errors
    /// No answer comes, or one that is neither empty nor JSON.
    pub fn send(
        &self,
        method: &str,
        url: &str,
        headers: &[(&str, &str)],
        body: &Value,
    ) -> Result<Said> {
        let text = if body.is_null() {
            None
        } else {
            Some(body.to_string())
        };
        self.send_text(method, url, headers, text)
    }

    /// The same with a body of any text.
    ///
    /// # Errors
    /// As for [`Provider::send`].
    pub fn send_text(
        &self,
        method: &str,
        url: &str,
        headers: &[(&str, &str)],
        body: Option<String>,
    ) -> Result<Said> {
        let mut request = self
            .client
            .request(Method::from_bytes(method.as_bytes())?, url);
        if body.is_some() && !headers.iter().any(|(name, _)| *name == "content-type") {
            request = request.header("content-type", "application/scim+json");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.body(body);
        }
        self.runtime.block_on(async {
            let answer = request.send().await?;
            let status = answer.status().as_u16();
            let headers = answer.headers().iter().map(|(name, value)| {
                let value = value.to_str().unwrap_or_default().to_owned();
                (name.as_str().to_owned(), value)
            });
            let headers = headers.collect();
            let text = answer.text().await?;
            let body = if text.is_empty() {
                Value::Null
            } else {
                serde_json::from_str(&text).with_context(|| format!("no JSON: {text}"))?
            };
            Ok(Said {
                status,
                headers,
                body,
            })
        })
    }

    /// Sends a request of its tenant, below the base address.
    ///
    /// # Errors
    /// As for [`Provider::send`].
    pub fn call(&self, method: &str, path: &str, body: &Value) -> Result<Said> {
        self.call_with(method, path, &[], body)
    }

    /// The same with more headers.
    ///
    /// # Errors
    /// As for [`Provider::send`].
    pub fn call_with(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &Value,
    ) -> Result<Said> {
        let authorization = format!("Bearer {}", self.token);
        let headers = [&[("authorization", authorization.as_str())], headers].concat();
        self.send(method, &format!("{}{path}", self.base()), &headers, body)
    }

    /// Reads something.
    ///
    /// # Errors
    /// As for [`Provider::send`].
    pub fn get(&self, path: &str) -> Result<Said> {
        self.call("GET", path, &Value::Null)
    }

    /// Makes something, and gives its id.
    ///
    /// # Errors
    /// It is not made.
    pub fn make(&self, endpoint: &str, body: &Value) -> Result<String> {
        let made = self.call("POST", endpoint, body)?.expect(201)?;
        let id = made.get("id").and_then(Value::as_str);
        Ok(id.context("there is no id")?.to_owned())
    }
}

impl Foreign for Provider {
    fn base(&self) -> String {
        self.base_of(&self.tenant)
    }

    fn token(&self) -> &str {
        &self.token
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        let _already_ended = self.child.kill();
        let _reaped = self.child.wait();
    }
}
