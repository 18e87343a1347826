//! `connector = "wordpress"`: a WordPress site.

use std::{collections::BTreeMap, time::Duration};

use purser_engine::ids::{Kind, ResourceType};
use serde::Deserialize;
use toml::{Spanned, de::DeValue};
use url::Url;

use crate::{
    config::{
        reader::{Name, Reader},
        secret::SecretRef,
        target::{login, own_roles, secret},
    },
    source::KindInfo,
};

/// How to read a WordPress site.
#[derive(Clone, Debug, PartialEq)]
pub struct WordPressSourceConfig {
    /// The site's address.
    pub base_url: Url,
    /// The login whose application password it is.
    pub user: String,
    /// The application password.
    pub password: SecretRef,
    /// How long one request may take. 30 s.
    pub timeout: Duration,
    /// The site's roles: names by slugs. WordPress's own.
    pub roles: BTreeMap<String, String>,
    /// Users, then roles.
    pub kinds: [KindInfo; 2],
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    base_url: Spanned<String>,
    user: Spanned<String>,
    password: Spanned<SecretRef>,
    timeout_seconds: Option<Spanned<u32>>,
    roles: Option<BTreeMap<String, String>>,
}

/// Reads one section.
pub(super) fn read<'t>(
    name: &Name,
    section: Spanned<DeValue<'t>>,
    reader: &mut Reader<'t>,
) -> Option<WordPressSourceConfig> {
    let raw: Raw = reader.read(section, name.span.clone())?;
    let kinds = [("user", "User"), ("role", "Group")];
    Some(WordPressSourceConfig {
        base_url: reader.address(&raw.base_url, "https://blog.example.com")?,
        user: login(raw.user, reader),
        password: secret(raw.password, reader),
        timeout: Duration::from_secs(reader.above_zero(raw.timeout_seconds, 30).into()),
        roles: raw.roles.unwrap_or_else(own_roles),
        kinds: kinds.map(|(kind, resource_type)| KindInfo {
            kind: Kind::new(kind),
            resource_type: ResourceType::new(resource_type),
        }),
    })
}
