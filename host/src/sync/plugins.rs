//! Components: found, loaded, configured.

use purser_plugin::{Grants, Limits, Mapper, Runtime};

use crate::config::{MappingConfig, PluginRef};

/// The default mapping, shipped inside the binary as cargo wrote it.
pub const ATTRIBUTE_MAP: &[u8] = include_bytes!(env!("PURSER_ATTRIBUTE_MAP"));

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

/// Loads and configures the component of a mapping. Compiles it, so it takes a moment.
///
/// # Errors
/// See [`PluginError`].
pub fn mapper(config: &MappingConfig) -> Result<Mapper, PluginError> {
    let limits = Limits {
        batch_time: config.limits.batch_time,
        memory_bytes: usize::try_from(config.limits.memory_mib).unwrap_or(usize::MAX) << 20,
        batch_objects: usize::try_from(config.limits.batch_objects).unwrap_or(usize::MAX),
        ..Limits::default()
    };
    let runtime = Runtime::new(limits)?;
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
