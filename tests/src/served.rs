//! A WordPress with our plugin, a Purser beside it, and a client of its SCIM address: the
//! configuration of `examples/wordpress`, for the tests and for `cargo xtask sites`.

use std::{fs, process::Command};

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use toml::Table;

use crate::{
    files,
    provider::{Provider, Said},
    wordpress::{Front, WordPress},
};

/// The name of the site at Purser, of its target and of the mapping, in the example.
pub const SITE: &str = "blog";

/// The tenant of the example.
pub const TENANT: &str = "people";

/// Who may do everything is the site, not its client.
pub struct Served {
    /// The host.
    pub here: Provider,
    /// The site.
    pub site: WordPress,
    /// The token of the site itself.
    pub own: String,
    /// Where both lie. Gone last.
    pub folder: tempfile::TempDir,
}

/// Where the example has the application password.
pub const PASSWORD: &str = "blog.password";

/// Puts what is more into a configuration, table by table; a rule of a mapping as a whole.
fn merge(into: &mut Table, more: Table) {
    for (key, value) in more {
        let is_rule = value.as_table().is_some_and(|table| {
            ["from", "template", "constant", "first_of"]
                .iter()
                .any(|word| table.contains_key(*word))
        });
        match (into.get_mut(&key), value) {
            (Some(toml::Value::Table(there)), toml::Value::Table(more)) if !is_rule => {
                merge(there, more);
            }
            (_, value) => drop(into.insert(key, value)),
        }
    }
}

impl Served {
    /// The example behind this web server, with this much more of a configuration.
    ///
    /// # Errors
    /// Something does not start.
    pub fn start(front: Front, more: impl Fn(&WordPress) -> String) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let site = WordPress::behind(front, folder.path())?;
        fs::write(folder.path().join(PASSWORD), &site.password)?;
        let example = files::root()?.join("examples/wordpress/purser.toml");
        let mut config: Table = fs::read_to_string(example)?.parse()?;
        let here = format!(
            r#"
            [server]
            listen = "127.0.0.1:0"
            requests_per_second = 100000
            [target.{SITE}]
            base_url = "{}"
            user = "{}"
            timeout_seconds = 60
            concurrency = 4
            "#,
            site.base(),
            WordPress::USER
        );
        merge(&mut config, here.parse()?);
        merge(&mut config, more(&site).parse()?);
        fs::write(folder.path().join("purser.toml"), config.to_string())?;
        let checked = Command::new(files::purser()?)
            .args(["--config", "purser.toml", "check"])
            .current_dir(folder.path())
            .output()?;
        ensure!(
            checked.status.success(),
            "the configuration is not sound: {}",
            String::from_utf8_lossy(&checked.stdout)
        );
        let here = Provider::configured(folder.path(), &config.to_string(), TENANT)?;
        let own = here.new_token(TENANT, &["--scope", "manage", "--site", SITE])?;
        site.install_plugin(&here.base_of(TENANT), &own)?;
        Ok(Self {
            here,
            site,
            own,
            folder,
        })
    }

    /// The address that clients are given.
    pub fn base(&self) -> String {
        format!("{}/wp-json/purser/scim/v2", self.site.base())
    }

    /// Sends a request of a SCIM client to the site's address.
    ///
    /// # Errors
    /// No answer comes.
    pub fn call(&self, method: &str, path: &str, body: &Value) -> Result<Said> {
        let authorization = format!("Bearer {}", self.here.token());
        let headers = [("authorization", authorization.as_str())];
        let url = format!("{}{path}", self.base());
        self.here.send(method, &url, &headers, body)
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

    /// Sends these at once; answers their statuses and documents, in order.
    ///
    /// # Errors
    /// One of them has no answer.
    pub fn at_once(
        &self,
        method: &str,
        endpoint: &str,
        bodies: &[Value],
    ) -> Result<Vec<(u16, Value)>> {
        let client = reqwest::Client::builder().no_proxy().build()?;
        let url = format!("{}{endpoint}", self.base());
        let method = reqwest::Method::from_bytes(method.as_bytes())?;
        let requests = bodies.iter().map(|body| {
            client
                .request(method.clone(), &url)
                .bearer_auth(self.here.token())
                .header("content-type", "application/scim+json")
                .body(body.to_string())
        });
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()?;
        runtime.block_on(async {
            let sent: Vec<_> = requests
                .map(|request| tokio::spawn(request.send()))
                .collect();
            let mut answers = Vec::new();
            for answer in sent {
                let answer = answer.await??;
                let status = answer.status().as_u16();
                answers.push((status, serde_json::from_str(&answer.text().await?)?));
            }
            Ok(answers)
        })
    }

    /// Nothing of our plugin has made PHP complain.
    ///
    /// # Errors
    /// Something has.
    pub fn no_complaints(&self) -> Result<()> {
        let complaints = self.site.complaints()?;
        ensure!(complaints.is_empty(), "PHP complains: {complaints:#?}");
        Ok(())
    }
}
