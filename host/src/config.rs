//! `purser.toml`: load, check, explain.
//!
//! One file a section of the configuration. A value of these types is sound:
//! names are resolved, filters and paths are parsed, relative file names are
//! joined to the folder of the configuration file. So nothing has to be
//! checked again later.
//!
//! Reading goes in two steps, because serde's tagged enums lose the places of
//! what they hold, and a message without a line is little help: the document
//! is parsed into a tree with places, then each section is read from its
//! branch, the discriminator `connector` first. Everything that is wrong is
//! reported at once, each with its line and a remedy.
//!
//! # Adding a setting
//!
//! 1. A field in the section's `Raw…` struct (what may be written) and in its
//!    public struct (what the host works with), and its checks between them.
//! 2. A row in `docs/configuration.md`: `tests/config.rs` compares the keys and
//!    the defaults there with the code.
//!
//! # Adding a kind of source or target
//!
//! One variant in [`SourceConnector`] or [`TargetConnector`], and one arm where
//! the section's file looks at `connector`.

mod explain;
mod lookup;
mod mapping;
mod problem;
mod reader;
mod secret;
mod server;
mod source;
mod store;
mod target;
mod tenant;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use purser_engine::ids::{MappingName, ResourceType, SourceName, TargetName};
use purser_scim::path::AttrPath;
use toml::de::{DeTable, DeValue};

pub use self::{
    lookup::{LookupConfig, LookupContent, LookupFile},
    mapping::{MappingConfig, PluginLimits, PluginRef, SHIPPED_PLUGINS},
    problem::Problem,
    secret::{SecretError, SecretRef},
    server::ServerConfig,
    source::{DirectorySettings, SourceConfig, SourceConnector, WordPressSourceConfig},
    store::StoreConfig,
    target::{Pace, ScimConfig, TargetConfig, TargetConnector, WordPressConfig},
    tenant::TenantConfig,
};
use self::{mapping::Names, reader::Reader};

/// The whole configuration, checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// The file that it was read from.
    pub file: PathBuf,
    /// `[store]`
    pub store: StoreConfig,
    /// `[server]`, if the host is to be reached over HTTP.
    pub server: Option<ServerConfig>,
    /// `[tenant.NAME]`, in the order of the file.
    pub tenants: Vec<TenantConfig>,
    /// `[source.NAME]`, in the order of the file.
    pub sources: Vec<SourceConfig>,
    /// `[target.NAME]`, in the order of the file.
    pub targets: Vec<TargetConfig>,
    /// `[lookup.NAME]`, in the order of the file.
    pub lookups: Vec<LookupConfig>,
    /// `[mapping.NAME]`, in the order of the file.
    pub mappings: Vec<MappingConfig>,
}

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The reason.
        #[source]
        cause: std::io::Error,
    },
    /// The file was read, and this is wrong with it. Never empty.
    #[error("{} cannot be used: {}", path.display(), problem::count(problems.len()))]
    Invalid {
        /// The file.
        path: PathBuf,
        /// All that is wrong, in the order of the file.
        problems: Vec<Problem>,
    },
}

impl Config {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// The file cannot be read, or something in it is wrong; see [`ConfigError`].
    pub fn load(path: impl AsRef<Path>) -> Result<Self, ConfigError> {
        let path = path.as_ref();
        let text = std::fs::read_to_string(path).map_err(|cause| ConfigError::Read {
            path: path.to_owned(),
            cause,
        })?;
        Self::parse(&text, path)
    }

    /// Checks a text as if it stood in the file `path`, which need not exist.
    ///
    /// # Errors
    /// [`ConfigError::Invalid`] with everything that is wrong.
    pub fn parse(text: &str, path: impl AsRef<Path>) -> Result<Self, ConfigError> {
        let path = path.as_ref();
        // Some editors put a byte order mark first; it would be part of the first key.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut reader = Reader::new(text, path);
        let config = match DeTable::parse(text) {
            Ok(document) => Self::read(document.into_inner(), path, &mut reader),
            Err(error) => {
                reader.syntax(&error);
                None
            }
        };
        let problems = reader.finish();
        match config {
            Some(config) if problems.is_empty() => Ok(config),
            _ => Err(ConfigError::Invalid {
                path: path.to_owned(),
                problems,
            }),
        }
    }

    fn read<'t>(document: DeTable<'t>, path: &Path, reader: &mut Reader<'t>) -> Option<Self> {
        let mut sections: [Option<toml::Spanned<DeValue<'t>>>; 7] = Default::default();
        let known = [
            "store", "server", "tenant", "source", "target", "lookup", "mapping",
        ];
        for (key, value) in document {
            let slot = known
                .iter()
                .position(|name| *name == key.get_ref().as_ref())
                .and_then(|at| sections.get_mut(at));
            match slot {
                Some(slot) => *slot = Some(value),
                None => reader.unknown_key(key.span(), key.get_ref(), &known),
            }
        }
        let [store, server, tenant, source, target, lookup, mapping] = sections;
        let store = store::read(store, reader);
        let server = server::read(server, reader);
        let (tenants, tenant_names) = reader.named("tenant", tenant, tenant::read);
        let (sources, source_names) = reader.named("source", source, |name, value, reader| {
            source::read(name, value, &tenant_names, reader)
        });
        let (targets, target_names) = reader.named("target", target, |name, value, reader| {
            target::read(name, value, &tenant_names, reader)
        });
        let (lookups, lookup_names) = reader.named("lookup", lookup, lookup::read);
        let readable = |name: &String| lookups.iter().find(|lookup| lookup.name == *name);
        let names = Names {
            lookups: lookup_names
                .iter()
                .map(|name| (name.as_str(), readable(name)))
                .collect(),
            source_names: &source_names,
            target_names: &target_names,
            sources: &sources,
        };
        let (mappings, _) = reader.named("mapping", mapping, |name, value, reader| {
            mapping::read(name, value, &names, reader)
        });
        let (tenants, waits): (Vec<_>, Vec<_>) = tenants.into_iter().unzip();
        for (tenant, place) in tenants.iter().zip(waits) {
            tenant::awaited(tenant, place, &sources, &mappings, reader);
        }
        Some(Self {
            file: path.to_owned(),
            store: store?,
            server,
            tenants,
            sources,
            targets,
            lookups,
            mappings,
        })
    }

    /// The source of that name.
    pub fn source(&self, name: &SourceName) -> Option<&SourceConfig> {
        self.sources.iter().find(|source| source.name == *name)
    }

    /// The target of that name.
    pub fn target(&self, name: &TargetName) -> Option<&TargetConfig> {
        self.targets.iter().find(|target| target.name == *name)
    }

    /// By which attributes the mappings to a target look objects up there.
    pub fn looked_up(&self, target: &TargetName) -> BTreeMap<ResourceType, Vec<AttrPath>> {
        let mut all: BTreeMap<ResourceType, Vec<AttrPath>> = BTreeMap::new();
        let mappings = self.mappings.iter();
        for (resource_type, paths) in mappings
            .filter(|mapping| mapping.target == *target)
            .flat_map(|mapping| &mapping.match_by)
        {
            let known = all.entry(resource_type.clone()).or_default();
            for path in paths {
                if !known.contains(path) {
                    known.push(path.clone());
                }
            }
        }
        all
    }

    /// The tenant of that name.
    pub fn tenant(&self, name: &str) -> Option<&TenantConfig> {
        self.tenants.iter().find(|tenant| tenant.name == name)
    }

    /// The mapping of that name.
    pub fn mapping(&self, name: &MappingName) -> Option<&MappingConfig> {
        self.mappings.iter().find(|mapping| mapping.name == *name)
    }
}
