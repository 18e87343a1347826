//! Components: found, loaded, configured.

use std::path::{Path, PathBuf};

use purser_plugin::{Compile, Compiler, Grants, Limits, Mapper, Runtime};

use crate::config::{MappingConfig, PluginRef};

/// The default mapping, shipped inside the binary as cargo wrote it.
pub const ATTRIBUTE_MAP: &[u8] = include_bytes!(env!("PURSER_ATTRIBUTE_MAP"));

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
    let runtime = Runtime::with(limits, compile)?;
    let name = config.plugin.to_string();
    let from_file;
    let bytes = match &config.plugin {
        // The configuration knows only shipped names; there is one.
        PluginRef::Shipped(_) => ATTRIBUTE_MAP,
        PluginRef::File(path) => {
            from_file = std::fs::read(path).map_err(|cause| PluginError::Read {
                path: path.display().to_string(),
                cause,
            })?;
            &from_file
        }
    };
    let grants: Grants = config.grants.iter().cloned().collect();
    let plugin = runtime
        .load(config.name.as_str(), bytes, &grants)
        .map_err(|cause| PluginError::Load {
            plugin: name.clone(),
            cause,
        })?;
    plugin
        .configure(&config.settings)
        .map_err(|cause| PluginError::Configure {
            mapping: config.name.to_string(),
            plugin: name,
            cause,
        })
}
