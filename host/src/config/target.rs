//! `[target.NAME]`: where objects go.

mod wordpress;

use std::{collections::BTreeMap, time::Duration};

use purser_engine::ids::{ResourceType, TargetName};
use serde::Deserialize;
use toml::{Spanned, de::DeValue};
use url::Url;

pub use self::wordpress::WordPressConfig;
pub(super) use self::wordpress::{login, own_roles};
use super::{
    reader::{Name, Reader},
    secret::SecretRef,
    source,
};

/// `[target.NAME]`
#[derive(Clone, Debug, PartialEq)]
pub struct TargetConfig {
    /// Its name.
    pub name: TargetName,
    /// Its connector and what that needs.
    pub connector: TargetConnector,
    /// The site behind it, where that has a name: what comes from a site need not be
    /// told to it.
    pub site: Option<String>,
}

/// The kinds of target, each with its settings.
#[derive(Clone, Debug, PartialEq)]
pub enum TargetConnector {
    /// `connector = "scim"`: a SCIM 2.0 server (RFC 7644).
    Scim(ScimConfig),
    /// `connector = "wordpress"`: a WordPress site.
    WordPress(WordPressConfig),
    /// `connector = "directory"`: the directory of a tenant, by its name.
    Directory(String),
}

/// How fast a target may be written to, and how long that may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// How long one request may take.
    pub timeout: Duration,
    /// Requests at once.
    pub concurrency: u32,
    /// Workers of one run.
    pub workers: u32,
    /// For how long a worker has its jobs without a further word.
    pub lease: Duration,
    /// How long after its creation a resource may be missing from what the target shows.
    pub visibility_delay: Duration,
}

/// A write to the directory waits for the disk and for nobody else.
const DIRECTORY: Pace = Pace {
    timeout: Duration::from_secs(30),
    concurrency: 32,
    workers: 4,
    lease: Duration::from_secs(90),
    visibility_delay: Duration::ZERO,
};

impl TargetConnector {
    /// The tenant whose directory it is.
    fn tenant(&self) -> Option<&str> {
        match self {
            Self::Directory(tenant) => Some(tenant),
            Self::Scim(_) | Self::WordPress(_) => None,
        }
    }

    /// How fast it may be written to.
    #[must_use]
    pub fn pace(&self) -> Pace {
        match self {
            Self::Scim(scim) => Pace {
                timeout: scim.timeout,
                concurrency: scim.concurrency,
                workers: scim.workers,
                lease: scim.lease,
                visibility_delay: scim.visibility_delay,
            },
            Self::WordPress(site) => Pace {
                timeout: site.timeout,
                concurrency: site.concurrency,
                workers: site.workers,
                lease: site.lease,
                // One database, which shows what was written.
                visibility_delay: Duration::ZERO,
            },
            Self::Directory(_) => DIRECTORY,
        }
    }
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
    /// Workers of one run. 4.
    pub workers: u32,
    /// For how long a worker has its jobs without a further word; at least twice `timeout`. Three times `timeout`.
    pub lease: Duration,
    /// Members added or removed in one PATCH. 100.
    pub max_member_changes: u32,
    /// How long after its creation a resource may be missing from what the target shows. 10 s.
    pub visibility_delay: Duration,
    /// Attributes that the target really keeps unique, in place of what its schemas say of a type.
    pub unique: BTreeMap<ResourceType, Vec<String>>,
}

/// The words of `connector`.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Connector {
    Scim,
    #[serde(rename = "wordpress")]
    WordPress,
    Directory,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawScim {
    base_url: Spanned<String>,
    token: Spanned<SecretRef>,
    timeout_seconds: Option<Spanned<u32>>,
    page_size: Option<Spanned<u32>>,
    concurrency: Option<Spanned<u32>>,
    workers: Option<Spanned<u32>>,
    lease_seconds: Option<Spanned<u32>>,
    max_member_changes: Option<Spanned<u32>>,
    visibility_delay_seconds: Option<Spanned<u32>>,
    unique: Option<BTreeMap<String, Vec<Spanned<String>>>>,
}

/// Reads one section.
pub(super) fn read<'t>(
    name: &Name,
    section: Spanned<DeValue<'t>>,
    tenants: &[String],
    reader: &mut Reader<'t>,
) -> Option<TargetConfig> {
    let (connector, section) = reader.connector(name, section)?;
    let (site, section) = reader.site(section)?;
    let connector = match connector {
        Connector::Scim => TargetConnector::Scim(scim(name, section, reader)?),
        Connector::WordPress => TargetConnector::WordPress(wordpress::read(name, section, reader)?),
        Connector::Directory => {
            TargetConnector::Directory(source::tenant(name, section, tenants, reader)?)
        }
    };
    Some(TargetConfig {
        name: TargetName::new(name.text.clone()),
        site: site.or_else(|| connector.tenant().map(source::site_of)),
        connector,
    })
}

fn scim<'t>(
    name: &Name,
    section: Spanned<DeValue<'t>>,
    reader: &mut Reader<'t>,
) -> Option<ScimConfig> {
    let raw: RawScim = reader.read(section, name.span.clone())?;
    let timeout_seconds = reader.above_zero(raw.timeout_seconds, 30);
    let page_size = reader.above_zero(raw.page_size, 100);
    let concurrency = reader.above_zero(raw.concurrency, 4);
    let workers = reader.above_zero(raw.workers, 4);
    let lease_seconds = lease_seconds(raw.lease_seconds, timeout_seconds, reader);
    let max_member_changes = reader.above_zero(raw.max_member_changes, 100);
    let visibility_delay = raw.visibility_delay_seconds;
    let visibility_delay =
        Duration::from_secs(visibility_delay.map_or(10, Spanned::into_inner).into());
    let unique = unique(raw.unique.unwrap_or_default(), reader);
    let token = secret(raw.token, reader);
    Some(ScimConfig {
        base_url: reader.address(&raw.base_url, "https://wiki.example.com/scim/v2")?,
        token,
        timeout: Duration::from_secs(timeout_seconds.into()),
        page_size,
        concurrency,
        workers,
        lease: Duration::from_secs(lease_seconds.into()),
        max_member_changes,
        visibility_delay,
        unique,
    })
}

/// Only attributes of a resource itself have a uniqueness that means resources
/// (RFC 7643 §2.2); of the parts of a value it would mean values.
fn unique(
    raw: BTreeMap<String, Vec<Spanned<String>>>,
    reader: &mut Reader<'_>,
) -> BTreeMap<ResourceType, Vec<String>> {
    let mut unique = BTreeMap::new();
    for (resource_type, attributes) in raw {
        for attribute in &attributes {
            let is_plain = attribute
                .get_ref()
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '$'));
            if attribute.get_ref().is_empty() || !is_plain {
                reader.problem(
                    attribute.span(),
                    "this is not the name of an attribute",
                    "name an attribute of the resource itself, such as userName or externalId",
                );
            }
        }
        let names = attributes.into_iter().map(Spanned::into_inner).collect();
        unique.insert(ResourceType::new(resource_type), names);
    }
    unique
}

/// A secret with its file beside the configuration.
pub(super) fn secret(secret: Spanned<SecretRef>, reader: &mut Reader<'_>) -> SecretRef {
    match secret.get_ref() {
        SecretRef::Env(_) => secret.into_inner(),
        SecretRef::File(path) => {
            SecretRef::File(reader.path(&Spanned::new(secret.span(), path.clone())))
        }
    }
}

/// A request begins only where the rest of the lease is longer than its
/// time-out, so the lease must have room for one beside the time until it is renewed.
fn lease_seconds(
    configured: Option<Spanned<u32>>,
    timeout_seconds: u32,
    reader: &mut Reader<'_>,
) -> u32 {
    let least = timeout_seconds.saturating_mul(2);
    let Some(configured) = configured else {
        return timeout_seconds.saturating_mul(3);
    };
    if *configured.get_ref() < least {
        reader.problem(
            configured.span(),
            "a lease must last at least twice as long as a request may take",
            format!("write {least} or more, or leave it out for three times `timeout_seconds`"),
        );
    }
    *configured.get_ref()
}
