//! `connector = "wordpress"`: a WordPress site.

use std::{collections::BTreeMap, time::Duration};

use purser_scim::{path::AttrPath, schema::ResourceSchema};
use serde::Deserialize;
use toml::{Spanned, de::DeValue};
use url::Url;

use super::{lease_seconds, secret};
use crate::{
    config::{
        reader::{Name, Pairs, Reader},
        secret::SecretRef,
    },
    target::wordpress::Rename,
};

/// The roles that every WordPress has, by their slugs.
const ROLES: [(&str, &str); 5] = [
    ("administrator", "Administrator"),
    ("author", "Author"),
    ("contributor", "Contributor"),
    ("editor", "Editor"),
    ("subscriber", "Subscriber"),
];

/// How to speak to a WordPress site.
#[derive(Clone, Debug, PartialEq)]
pub struct WordPressConfig {
    /// The site's address.
    pub base_url: Url,
    /// The login whose application password it is.
    pub user: String,
    /// The application password.
    pub password: SecretRef,
    /// How long one request may take. 30 s.
    pub timeout: Duration,
    /// Requests at once. 2.
    pub concurrency: u32,
    /// Workers of one run. 2.
    pub workers: u32,
    /// For how long a worker has its jobs without a further word. Three times `timeout`.
    pub lease: Duration,
    /// The site's roles: names by slugs. WordPress's own.
    pub roles: BTreeMap<String, String>,
    /// The role of whoever has no other. `subscriber`.
    pub default_role: String,
    /// Administrators that may be changed, and who may become one. Nobody.
    pub administrators: Vec<String>,
    /// Who gets what a deleted user has written. Nobody, and nobody is deleted.
    pub reassign_to: Option<u64>,
    /// What becomes of a user whose name has changed. Nothing.
    pub rename: Rename,
    /// User meta by the attribute that it holds.
    pub meta: BTreeMap<AttrPath, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    base_url: Spanned<String>,
    user: Spanned<String>,
    password: Spanned<SecretRef>,
    timeout_seconds: Option<Spanned<u32>>,
    concurrency: Option<Spanned<u32>>,
    workers: Option<Spanned<u32>>,
    lease_seconds: Option<Spanned<u32>>,
    roles: Option<BTreeMap<String, String>>,
    default_role: Option<Spanned<String>>,
    #[serde(default)]
    administrators: Vec<String>,
    reassign_to: Option<u64>,
    #[serde(default)]
    rename: Rename,
    #[serde(default)]
    meta: Pairs<String>,
}

/// Reads one section.
pub(super) fn read<'t>(
    name: &Name,
    section: Spanned<DeValue<'t>>,
    reader: &mut Reader<'t>,
) -> Option<WordPressConfig> {
    let raw: Raw = reader.read(section, name.span.clone())?;
    let timeout_seconds = reader.above_zero(raw.timeout_seconds, 30);
    let lease_seconds = lease_seconds(raw.lease_seconds, timeout_seconds, reader);
    let roles = raw.roles.unwrap_or_else(own_roles);
    let default_role = default_role(raw.default_role, &roles, name, reader);
    Some(WordPressConfig {
        base_url: reader.address(&raw.base_url, "https://blog.example.com")?,
        user: login(raw.user, reader),
        password: secret(raw.password, reader),
        timeout: Duration::from_secs(timeout_seconds.into()),
        concurrency: reader.above_zero(raw.concurrency, 2),
        workers: reader.above_zero(raw.workers, 2),
        lease: Duration::from_secs(lease_seconds.into()),
        roles,
        default_role,
        administrators: raw.administrators,
        reassign_to: raw.reassign_to,
        rename: raw.rename,
        meta: meta(raw.meta, reader),
    })
}

/// Whose application password it is.
pub(in crate::config) fn login(user: Spanned<String>, reader: &mut Reader<'_>) -> String {
    reader.is_given(&user, "the login of a user of the site");
    if user.get_ref().contains(':') {
        reader.problem(
            user.span(),
            "no login of WordPress holds a colon",
            "write the login only; the application password belongs into `password`",
        );
    }
    user.into_inner()
}

/// The roles of a site that has WordPress's own.
pub(in crate::config) fn own_roles() -> BTreeMap<String, String> {
    let own = ROLES.map(|(slug, name)| (slug.to_owned(), name.to_owned()));
    BTreeMap::from(own)
}

/// One of the roles; `subscriber` unless it says otherwise.
fn default_role(
    given: Option<Spanned<String>>,
    roles: &BTreeMap<String, String>,
    name: &Name,
    reader: &mut Reader<'_>,
) -> String {
    let given = given.unwrap_or_else(|| Spanned::new(name.span.clone(), "subscriber".to_owned()));
    if !roles.contains_key(given.get_ref()) {
        let known: Vec<&str> = roles.keys().map(String::as_str).collect();
        reader.problem(
            given.span(),
            format!("`roles` has no `{}`, the `default_role`", given.get_ref()),
            format!("it has: {}", known.join(", ")),
        );
    }
    given.into_inner()
}

/// Meta holds one value each, so only attributes with one value fit.
fn meta(raw: Pairs<String>, reader: &mut Reader<'_>) -> BTreeMap<AttrPath, String> {
    let schema = ResourceSchema::user();
    let mut meta = BTreeMap::new();
    for (text, key) in raw.0 {
        let path = text.get_ref().parse::<AttrPath>().ok();
        let known = path.filter(|path| {
            let parent = schema.attribute(&path.parent());
            let attribute = schema.attribute(path);
            let single = [parent, attribute]
                .iter()
                .flatten()
                .all(|a| !a.multi_valued);
            attribute.is_some_and(|attribute| attribute.sub_attributes.is_empty()) && single
        });
        match known {
            Some(path) => drop(meta.insert(path, key)),
            None => reader.problem(
                text.span(),
                format!(
                    "`{}` is no attribute of a user with one value",
                    text.get_ref()
                ),
                "name one of RFC 7643, such as externalId, title or \
                 urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
            ),
        }
    }
    meta
}
