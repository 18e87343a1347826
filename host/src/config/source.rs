//! `[source.NAME]`: where objects come from.

mod format;
mod wordpress;

use std::{collections::BTreeSet, path::PathBuf};

use purser_engine::ids::{Kind, ResourceType, SourceName};
use serde::Deserialize;
use toml::{Spanned, de::DeValue};

use self::format::RawFormat;
pub(super) use self::format::{between_cells, between_items};
pub use self::wordpress::WordPressSourceConfig;
use super::reader::{Name, Pairs, Reader};
use crate::source::{
    KindInfo,
    file::{ACTIVE, EmptyCells, FileKind, FileSettings, INACTIVE, Words},
};

/// `[source.NAME]`
#[derive(Clone, Debug, PartialEq)]
pub struct SourceConfig {
    /// Its name.
    pub name: SourceName,
    /// Its connector and what that needs.
    pub connector: SourceConnector,
    /// The site behind it, where that has a name: what comes from a site need not be
    /// told to it.
    pub site: Option<String>,
}

/// The kinds of source, each with its settings.
#[derive(Clone, Debug, PartialEq)]
pub enum SourceConnector {
    /// `connector = "file"`: JSON lines or CSV on disk.
    File(FileSettings),
    /// `connector = "wordpress"`: a WordPress site.
    WordPress(Box<WordPressSourceConfig>),
    /// `connector = "directory"`: the directory of a tenant.
    Directory(DirectorySettings),
}

/// A tenant's directory as a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirectorySettings {
    /// The tenant.
    pub tenant: String,
    /// Users, then groups.
    pub kinds: Vec<KindInfo>,
}

impl SourceConnector {
    /// The tenant whose directory it is.
    #[must_use]
    pub fn tenant(&self) -> Option<&str> {
        match self {
            Self::Directory(settings) => Some(&settings.tenant),
            Self::File(_) | Self::WordPress(_) => None,
        }
    }
}

/// A tenant is one site, as source and as target; no section can call another so.
pub(super) fn site_of(tenant: &str) -> String {
    format!("[tenant.{tenant}]")
}

impl SourceConfig {
    /// The site that says what changes in it: it has a name, and can be asked about one
    /// object.
    #[must_use]
    pub fn told_by(&self) -> Option<&str> {
        match &self.connector {
            SourceConnector::WordPress(_) => self.site.as_deref(),
            SourceConnector::File(_) | SourceConnector::Directory(_) => None,
        }
    }

    /// Whether what changes in it is said at once: by a site, or by its own tenant.
    #[must_use]
    pub fn says_what_changes(&self) -> bool {
        self.told_by().is_some() || self.connector.tenant().is_some()
    }

    /// What the source offers, in the order of provisioning.
    pub fn kinds(&self) -> impl Iterator<Item = &KindInfo> {
        let (files, kinds): (&[FileKind], &[KindInfo]) = match &self.connector {
            SourceConnector::File(settings) => (&settings.kinds, &[]),
            SourceConnector::WordPress(settings) => (&[], &settings.kinds),
            SourceConnector::Directory(settings) => (&[], &settings.kinds),
        };
        files.iter().map(|kind| &kind.info).chain(kinds)
    }
}

/// The words of `connector`.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Connector {
    File,
    #[serde(rename = "wordpress")]
    WordPress,
    Directory,
}

/// The keys of a section that names a tenant of this host.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawDirectory {
    tenant: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    kinds: Spanned<Vec<RawKind>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawKind {
    name: Spanned<String>,
    path: Spanned<PathBuf>,
    #[serde(default)]
    format: RawFormat,
    separator: Option<Spanned<String>>,
    lists: Option<Spanned<Pairs<Spanned<String>>>>,
    empty_cells: Option<Spanned<EmptyCells>>,
    id: Spanned<String>,
    active: Option<Spanned<String>>,
    active_words: Option<Spanned<Vec<String>>>,
    inactive_words: Option<Spanned<Vec<String>>>,
    roles: Option<Spanned<String>>,
    resource_type: Spanned<String>,
    expected_rows: Option<u64>,
    manifest: Option<Spanned<PathBuf>>,
    done_file: Option<Spanned<PathBuf>>,
}

/// Reads one section.
pub(super) fn read<'t>(
    name: &Name,
    section: Spanned<DeValue<'t>>,
    tenants: &[String],
    reader: &mut Reader<'t>,
) -> Option<SourceConfig> {
    let (connector, section) = reader.connector(name, section)?;
    let (site, section) = reader.site(section)?;
    let connector = match connector {
        Connector::File => SourceConnector::File(file(name, section, reader)?),
        Connector::WordPress => {
            SourceConnector::WordPress(Box::new(wordpress::read(name, section, reader)?))
        }
        Connector::Directory => {
            let kinds = [("user", "User"), ("group", "Group")];
            SourceConnector::Directory(DirectorySettings {
                tenant: tenant(name, section, tenants, reader)?,
                kinds: kinds
                    .map(|(kind, resource_type)| KindInfo {
                        kind: Kind::new(kind),
                        resource_type: ResourceType::new(resource_type),
                    })
                    .into(),
            })
        }
    };
    Some(SourceConfig {
        name: SourceName::new(name.text.clone()),
        site: site.or_else(|| connector.tenant().map(site_of)),
        connector,
    })
}

/// The tenant that a section names.
pub(super) fn tenant<'t>(
    name: &Name,
    section: Spanned<DeValue<'t>>,
    tenants: &[String],
    reader: &mut Reader<'t>,
) -> Option<String> {
    let raw: RawDirectory = reader.read(section, name.span.clone())?;
    let known = tenants.contains(raw.tenant.get_ref());
    if !known {
        reader.problem(
            raw.tenant.span(),
            "there is no such tenant",
            format!("add a section `[tenant.{}]`", raw.tenant.get_ref()),
        );
    }
    known.then(|| raw.tenant.into_inner())
}

fn file<'t>(
    name: &Name,
    section: Spanned<DeValue<'t>>,
    reader: &mut Reader<'t>,
) -> Option<FileSettings> {
    let raw: RawFile = reader.read(section, name.span.clone())?;
    if raw.kinds.get_ref().is_empty() {
        let hint = format!("add a section `[[source.{}.kinds]]`", name.text);
        reader.problem(
            raw.kinds.span(),
            "a source without kinds has nothing to give",
            hint,
        );
    }
    let mut seen = BTreeSet::new();
    let mut kinds = Vec::new();
    for raw in raw.kinds.into_inner() {
        if reader.is_name(raw.name.get_ref(), raw.name.span())
            && !seen.insert(raw.name.get_ref().clone())
        {
            reader.problem(
                raw.name.span(),
                format!("the kind `{}` stands here twice", raw.name.get_ref()),
                "give each kind a name of its own",
            );
        }
        reader.is_name(raw.resource_type.get_ref(), raw.resource_type.span());
        for attribute in [Some(&raw.id), raw.active.as_ref(), raw.roles.as_ref()]
            .into_iter()
            .flatten()
        {
            reader.is_given(
                attribute,
                "the name of an attribute of the source, or leave the key out",
            );
        }
        kinds.push(kind(raw, reader));
    }
    Some(FileSettings { kinds })
}

fn kind(raw: RawKind, reader: &mut Reader<'_>) -> FileKind {
    let format = format::check(
        raw.format,
        raw.separator,
        raw.lists,
        raw.empty_cells,
        reader,
    );
    FileKind {
        info: KindInfo {
            kind: Kind::new(raw.name.into_inner()),
            resource_type: ResourceType::new(raw.resource_type.into_inner()),
        },
        path: reader.path(&raw.path),
        format,
        id: raw.id.into_inner(),
        active: raw.active.map(Spanned::into_inner),
        words: words(raw.active_words, raw.inactive_words, reader),
        roles: raw.roles.map(Spanned::into_inner),
        expected_rows: raw.expected_rows,
        manifest: raw.manifest.map(|path| reader.path(&path)),
        done_file: raw.done_file.map(|path| reader.path(&path)),
    }
}

fn words(
    active: Option<Spanned<Vec<String>>>,
    inactive: Option<Spanned<Vec<String>>>,
    reader: &mut Reader<'_>,
) -> Words {
    let given = active.as_ref().or(inactive.as_ref()).map(Spanned::span);
    let list = |given: Option<Spanned<Vec<String>>>, default: [&str; 3]| match given {
        Some(words) => words.into_inner(),
        None => default.map(str::to_owned).to_vec(),
    };
    let words = Words::new(&list(active, ACTIVE), &list(inactive, INACTIVE));
    if let (Some(word), Some(span)) = (words.contradiction(), given) {
        reader.problem(
            span,
            format!("`{word}` would say both active and inactive"),
            "take it out of `active_words` or `inactive_words`; each has defaults where it is left out",
        );
    }
    words
}
