//! Which component maps, and how much it may take.

use std::{fmt, path::PathBuf, time::Duration};

use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, Visitor, value::MapAccessDeserializer},
};
use toml::Spanned;

use crate::config::{explain::suggest, reader::Reader};

/// The components that are part of the host, by the name to write.
pub const SHIPPED_PLUGINS: [&str; 1] = ["attribute-map"];

/// Who maps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PluginRef {
    /// One of [`SHIPPED_PLUGINS`].
    Shipped(String),
    /// `{ path = "acme.wasm" }`: a file.
    File(PathBuf),
}

impl fmt::Display for PluginRef {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shipped(name) => out.write_str(name),
            Self::File(path) => write!(out, "{}", path.display()),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    path: PathBuf,
}

impl<'de> Deserialize<'de> for PluginRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RefVisitor)
    }
}

struct RefVisitor;

impl<'de> Visitor<'de> for RefVisitor {
    type Value = PluginRef;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("the name of a shipped plugin or { path = \"FILE\" }")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<PluginRef, E> {
        Ok(PluginRef::Shipped(name.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<PluginRef, A::Error> {
        RawFile::deserialize(MapAccessDeserializer::new(map)).map(|raw| PluginRef::File(raw.path))
    }
}

/// Refuses names that are not shipped, and joins paths to the configuration's folder.
pub(super) fn check(plugin: Spanned<PluginRef>, reader: &mut Reader<'_>) -> PluginRef {
    let span = plugin.span();
    match plugin.into_inner() {
        PluginRef::File(path) => PluginRef::File(reader.path(&Spanned::new(span, path))),
        PluginRef::Shipped(name) => {
            if !SHIPPED_PLUGINS.contains(&name.as_str()) {
                let hint = if name.contains(['/', '\\']) || name.ends_with(".wasm") {
                    format!("name a file like this: `plugin = {{ path = \"{name}\" }}`")
                } else {
                    suggest(&name, &SHIPPED_PLUGINS, "shipped are")
                };
                reader.problem(
                    span,
                    format!("no plugin `{name}` is shipped with the host"),
                    hint,
                );
            }
            PluginRef::Shipped(name)
        }
    }
}

/// How much the plugin may take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PluginLimits {
    /// Wall time of one call. 5 s.
    pub batch_time: Duration,
    /// Linear memory of one call in MiB. 64.
    pub memory_mib: u32,
    /// Objects in one call. 100.
    pub batch_objects: u32,
    /// Wall time of compiling it. 120 s.
    pub compile_time: Duration,
    /// Memory of the process that compiles it, in MiB. 2048.
    pub compile_memory_mib: u32,
}

/// `[mapping.NAME.limits]` as it may be written.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct RawLimits {
    batch_seconds: Option<Spanned<u32>>,
    memory_mib: Option<Spanned<u32>>,
    batch_objects: Option<Spanned<u32>>,
    compile_seconds: Option<Spanned<u32>>,
    compile_memory_mib: Option<Spanned<u32>>,
}

impl RawLimits {
    pub(super) fn check(self, reader: &mut Reader<'_>) -> PluginLimits {
        PluginLimits {
            batch_time: Duration::from_secs(reader.above_zero(self.batch_seconds, 5).into()),
            memory_mib: reader.above_zero(self.memory_mib, 64),
            batch_objects: reader.above_zero(self.batch_objects, 100),
            compile_time: Duration::from_secs(reader.above_zero(self.compile_seconds, 120).into()),
            compile_memory_mib: reader.above_zero(self.compile_memory_mib, 2048),
        }
    }
}
