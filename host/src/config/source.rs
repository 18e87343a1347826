//! `[source.NAME]`: where objects come from.

use std::{collections::BTreeSet, path::PathBuf};

use purser_engine::ids::{Kind, ResourceType, SourceName};
use serde::Deserialize;
use toml::{Spanned, de::DeValue};

use super::reader::{Name, Reader};
use crate::source::{
    KindInfo,
    file::{FileKind, FileSettings},
};

/// `[source.NAME]`
#[derive(Clone, Debug, PartialEq)]
pub struct SourceConfig {
    /// Its name.
    pub name: SourceName,
    /// Its connector and what that needs.
    pub connector: SourceConnector,
}

/// The kinds of source, each with its settings.
#[derive(Clone, Debug, PartialEq)]
pub enum SourceConnector {
    /// `connector = "file"`: JSON lines on disk.
    File(FileSettings),
}

impl SourceConfig {
    /// What the source offers, in the order of provisioning.
    pub fn kinds(&self) -> impl Iterator<Item = &KindInfo> {
        let SourceConnector::File(settings) = &self.connector;
        settings.kinds.iter().map(|kind| &kind.info)
    }
}

/// The words of `connector`.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Connector {
    File,
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
    id: Spanned<String>,
    active: Option<Spanned<String>>,
    roles: Option<Spanned<String>>,
    resource_type: Spanned<String>,
    expected_rows: Option<u64>,
}

/// Reads one section.
pub(super) fn read<'t>(
    name: &Name,
    section: Spanned<DeValue<'t>>,
    reader: &mut Reader<'t>,
) -> Option<SourceConfig> {
    let (connector, section) = reader.connector(name, section)?;
    let connector = match connector {
        Connector::File => SourceConnector::File(file(name, section, reader)?),
    };
    Some(SourceConfig {
        name: SourceName::new(name.text.clone()),
        connector,
    })
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
        kinds.push(FileKind {
            info: KindInfo {
                kind: Kind::new(raw.name.into_inner()),
                resource_type: ResourceType::new(raw.resource_type.into_inner()),
            },
            path: reader.path(&raw.path),
            id: raw.id.into_inner(),
            active: raw.active.map(Spanned::into_inner),
            roles: raw.roles.map(Spanned::into_inner),
            expected_rows: raw.expected_rows,
        });
    }
    Some(FileSettings { kinds })
}
