//! Components: found, loaded, configured.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use purser_plugin::{Compile, Compiler, Grants, Limits, Mapper, Plugin, Runtime};

use crate::{
    config::{MappingConfig, PluginRef},
    lookup::{self, LookupError},
};

/// The default mapping, shipped inside the binary as cargo wrote it.
pub const ATTRIBUTE_MAP: &[u8] = include_bytes!(env!("PURSER_ATTRIBUTE_MAP"));

/// The same with the import of lookup tables. What a component imports it must be
/// granted, so it is taken only for mappings that are granted one.
const ATTRIBUTE_MAP_WITH_LOOKUP: &[u8] = include_bytes!(env!("PURSER_ATTRIBUTE_MAP_WITH_LOOKUP"));

/// The argument that makes this program the compiler of components.
const COMPILER: &str = "compile-component";

/// How this program compiles components: by a process of its own that has an
/// end, and once a component where there is a `cache` folder.
///
/// Only for the program `purser` itself: whoever else embeds this library is not
/// the compiler.
///
/// # Errors
/// It cannot be found out where this program is.
pub fn compile(cache: Option<PathBuf>) -> std::io::Result<Compile> {
    // The running program even where a newer one has taken its place on disk.
    let running = Path::new("/proc/self/exe");
    let program = if running.exists() {
        running.to_owned()
    } else {
        std::env::current_exe()?
    };
    Ok(Compile {
        by: Compiler::Child {
            program,
            arguments: vec![COMPILER.into()],
        },
        cache,
    })
}

/// Why a mapping's component cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PluginError {
    /// The file.
    #[error("cannot read the component {path}")]
    Read {
        /// Which.
        path: String,
        /// Why.
        #[source]
        cause: std::io::Error,
    },
    /// The sandbox.
    #[error("cannot start the component sandbox")]
    Runtime(#[from] purser_plugin::RuntimeError),
    /// The component.
    #[error("cannot load the component {plugin}")]
    Load {
        /// Which.
        plugin: String,
        /// Why.
        #[source]
        cause: purser_plugin::LoadError,
    },
    /// A table that it may read.
    #[error(transparent)]
    Lookup(#[from] LookupError),
    /// Its settings.
    #[error("the settings of `{mapping}` do not fit the component {plugin}")]
    Configure {
        /// Which mapping.
        mapping: String,
        /// Which component.
        plugin: String,
        /// Why.
        #[source]
        cause: purser_plugin::ConfigureError,
    },
}

/// Loads and configures the component of a mapping. Compiles it where that was
/// not done before, so it may take a moment.
///
/// # Errors
/// See [`PluginError`].
pub fn mapper(config: &MappingConfig, compile: Compile) -> Result<Mapper, PluginError> {
    let mib = |count: u32| usize::try_from(u64::from(count) << 20).unwrap_or(usize::MAX);
    let limits = Limits {
        compile_time: config.limits.compile_time,
        compile_memory_bytes: mib(config.limits.compile_memory_mib),
        batch_time: config.limits.batch_time,
        memory_bytes: mib(config.limits.memory_mib),
        batch_objects: usize::try_from(config.limits.batch_objects).unwrap_or(usize::MAX),
        ..Limits::default()
    };
    let mut grants: Grants = config.grants.iter().cloned().collect();
    for config in &config.lookups {
        grants = grants.with_table(&config.name, Arc::new(lookup::load(config)?));
    }
    let plugin = load(
        &Runtime::with(limits, compile)?,
        config.name.as_str(),
        &config.plugin,
        &grants,
    )?;
    plugin
        .configure(&config.settings)
        .map_err(|cause| PluginError::Configure {
            mapping: config.name.to_string(),
            plugin: config.plugin.to_string(),
            cause,
        })
}

/// Loads a component that no mapping names, to look at it: compiled and asked
/// what it is, under the default limits, and nothing kept.
///
/// # Errors
/// See [`PluginError`].
pub fn inspect(plugin: &PluginRef, grants: &Grants) -> Result<Plugin, PluginError> {
    let compile = compile(None).map_err(|cause| PluginError::Load {
        plugin: plugin.to_string(),
        cause: purser_plugin::LoadError::Compiler(cause),
    })?;
    load(
        &Runtime::with(Limits::default(), compile)?,
        "NAME",
        plugin,
        grants,
    )
}

fn load(
    runtime: &Runtime,
    mapping: &str,
    plugin: &PluginRef,
    grants: &Grants,
) -> Result<Plugin, PluginError> {
    let from_file;
    let bytes = match plugin {
        // Only shipped names are known; there is one.
        PluginRef::Shipped(_) if grants.any_table() => ATTRIBUTE_MAP_WITH_LOOKUP,
        PluginRef::Shipped(_) => ATTRIBUTE_MAP,
        PluginRef::File(path) => {
            from_file = std::fs::read(path).map_err(|cause| PluginError::Read {
                path: path.display().to_string(),
                cause,
            })?;
            &from_file
        }
    };
    runtime
        .load(mapping, bytes, grants)
        .map_err(|cause| PluginError::Load {
            plugin: plugin.to_string(),
            cause,
        })
}
