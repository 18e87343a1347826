//! From the configuration to sources, targets and mappings that work.

use std::{path::PathBuf, sync::Arc};

use anyhow::Context as _;
use purser_engine::ids::MappingName;

use super::error::UserError;
use crate::{
    clock,
    config::{Config, MappingConfig, SourceConfig, SourceConnector, TargetConfig, TargetConnector},
    source::{Source, file::FileSource},
    store::sqlite::SqliteStore,
    sync::{Wiring, plugins},
    target::{
        Target,
        scim::{ScimSettings, ScimTarget},
    },
};

/// What the global arguments say.
pub(super) struct Context {
    /// The configuration file.
    pub config_path: PathBuf,
}

impl Context {
    pub(super) fn new(config_path: PathBuf) -> Self {
        Self { config_path }
    }

    /// Loads and checks the configuration.
    pub(super) fn config(&self) -> anyhow::Result<Config> {
        Ok(Config::load(&self.config_path)?)
    }

    /// Puts a mapping together: opens the store, fetches the secret, loads the component.
    pub(super) async fn wiring(&self, config: &Config, name: &str) -> anyhow::Result<Wiring> {
        let mapping = mapping(config, name)?;
        // The loader has checked that both exist.
        let source = config
            .source(&mapping.source)
            .context("the source is not configured")?;
        let target = config
            .target(&mapping.target)
            .context("the target is not configured")?;
        let TargetConnector::Scim(scim) = &target.connector;
        let concurrency = usize::try_from(scim.concurrency)?;
        let target = open_target(target)?;
        let store = SqliteStore::open(&config.store.path)?;
        let wanted = mapping.clone();
        let mapper = tokio::task::spawn_blocking(move || plugins::mapper(&wanted)).await??;
        Ok(Wiring {
            config: mapping.clone(),
            source: open_source(source),
            target,
            mapper,
            store: Arc::new(store),
            concurrency,
            batch: usize::try_from(mapping.limits.batch_objects)?,
            clock: clock::now,
        })
    }
}

/// The mapping that an argument names.
pub(super) fn mapping<'c>(config: &'c Config, name: &str) -> Result<&'c MappingConfig, UserError> {
    config.mapping(&MappingName::new(name)).ok_or_else(|| {
        missing(
            "mapping",
            name,
            config.mappings.iter().map(|mapping| mapping.name.as_str()),
        )
    })
}

/// The target that an argument names.
pub(super) fn target<'c>(config: &'c Config, name: &str) -> Result<&'c TargetConfig, UserError> {
    config.target(&name.into()).ok_or_else(|| {
        missing(
            "target",
            name,
            config.targets.iter().map(|target| target.name.as_str()),
        )
    })
}

fn missing<'n>(what: &str, name: &str, known: impl Iterator<Item = &'n str>) -> UserError {
    let known: Vec<&str> = known.collect();
    let hint = if known.is_empty() {
        format!("add a section [{what}.{name}] to the configuration")
    } else {
        format!("configured: {}", known.join(", "))
    };
    UserError::usage(format!("there is no {what} `{name}`"), hint)
}

/// A source by its configuration. Nothing is opened yet.
pub(super) fn open_source(config: &SourceConfig) -> Arc<dyn Source> {
    match &config.connector {
        SourceConnector::File(settings) => Arc::new(FileSource::new(settings.clone())),
    }
}

/// A target by its configuration, with its secret. Nothing is sent.
pub(super) fn open_target(config: &TargetConfig) -> anyhow::Result<Arc<dyn Target>> {
    let TargetConnector::Scim(scim) = &config.connector;
    let token = scim
        .token
        .resolve()
        .with_context(|| format!("the target `{}` has no token", config.name))?;
    let target = ScimTarget::new(ScimSettings {
        name: config.name.clone(),
        base_url: scim.base_url.clone(),
        token,
        timeout: scim.timeout,
        page_size: scim.page_size,
        max_member_changes: usize::try_from(scim.max_member_changes)?,
    })
    .with_context(|| format!("the target `{}` cannot be set up", config.name))?;
    Ok(Arc::new(target))
}
