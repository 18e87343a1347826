//! `[target.NAME]`: where objects go.

use std::time::Duration;

use purser_engine::ids::TargetName;
use serde::Deserialize;
use toml::{Spanned, de::DeValue};
use url::Url;

use super::{
    reader::{Name, Reader},
    secret::SecretRef,
};

/// `[target.NAME]`
#[derive(Clone, Debug, PartialEq)]
pub struct TargetConfig {
    /// Its name.
    pub name: TargetName,
    /// Its connector and what that needs.
    pub connector: TargetConnector,
}

/// The kinds of target, each with its settings.
#[derive(Clone, Debug, PartialEq)]
pub enum TargetConnector {
    /// `connector = "scim"`: a SCIM 2.0 server (RFC 7644).
    Scim(ScimConfig),
}

/// How to speak to a SCIM server.
#[derive(Clone, Debug, PartialEq)]
pub struct ScimConfig {
    /// The address that `/Users` is appended to; http or https, without user, query and fragment.
    pub base_url: Url,
    /// The bearer token (RFC 6750).
    pub token: SecretRef,
    /// How long one request may take. 30 s.
    pub timeout: Duration,
    /// Resources asked for in one page of a listing (RFC 7644 §3.4.2.4). 100.
    pub page_size: u32,
    /// Requests at once. 4.
    pub concurrency: u32,
    /// Members added or removed in one PATCH. 100.
    pub max_member_changes: u32,
}

/// The words of `connector`.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Connector {
    Scim,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawScim {
    base_url: Spanned<String>,
    token: Spanned<SecretRef>,
    timeout_seconds: Option<Spanned<u32>>,
    page_size: Option<Spanned<u32>>,
    concurrency: Option<Spanned<u32>>,
    max_member_changes: Option<Spanned<u32>>,
}

/// Reads one section.
pub(super) fn read<'t>(
    name: &Name,
    section: Spanned<DeValue<'t>>,
    reader: &mut Reader<'t>,
) -> Option<TargetConfig> {
    let (connector, section) = reader.connector(name, section)?;
    let connector = match connector {
        Connector::Scim => TargetConnector::Scim(scim(name, section, reader)?),
    };
    Some(TargetConfig {
        name: TargetName::new(name.text.clone()),
        connector,
    })
}

fn scim<'t>(
    name: &Name,
    section: Spanned<DeValue<'t>>,
    reader: &mut Reader<'t>,
) -> Option<ScimConfig> {
    let raw: RawScim = reader.read(section, name.span.clone())?;
    let timeout = Duration::from_secs(reader.above_zero(raw.timeout_seconds, 30).into());
    let page_size = reader.above_zero(raw.page_size, 100);
    let concurrency = reader.above_zero(raw.concurrency, 4);
    let max_member_changes = reader.above_zero(raw.max_member_changes, 100);
    let token = match raw.token.get_ref() {
        SecretRef::Env(_) => raw.token.into_inner(),
        SecretRef::File(path) => {
            SecretRef::File(reader.path(&Spanned::new(raw.token.span(), path.clone())))
        }
    };
    Some(ScimConfig {
        base_url: base_url(&raw.base_url, reader)?,
        token,
        timeout,
        page_size,
        concurrency,
        max_member_changes,
    })
}

fn base_url(text: &Spanned<String>, reader: &mut Reader<'_>) -> Option<Url> {
    let fault = match Url::parse(text.get_ref()) {
        Err(_) => Some((
            "this is not an address",
            "write it in full, such as https://wiki.example.com/scim/v2",
        )),
        Ok(url) if !matches!(url.scheme(), "http" | "https") => Some((
            "only http and https are spoken",
            "begin the address with https://",
        )),
        // Addresses end up in logs; secrets must not.
        Ok(url) if !url.username().is_empty() || url.password().is_some() => Some((
            "the address holds credentials",
            "take them out of it; the secret belongs into `token`",
        )),
        Ok(url) if url.query().is_some() || url.fragment().is_some() => Some((
            "the address holds a query or a fragment",
            "leave out `?` or `#` and all after it: the paths of resources are appended",
        )),
        Ok(url) => return Some(url),
    };
    if let Some((message, hint)) = fault {
        reader.problem(text.span(), message, hint);
    }
    None
}
