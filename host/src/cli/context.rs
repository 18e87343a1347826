//! From the configuration to sources, targets and mappings that work.

use std::{
    net::SocketAddr,
    ops::Deref,
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::Context as _;
use purser_engine::{ids::MappingName, operation::Trigger};

use super::error::UserError;
use crate::{
    clock,
    config::{
        Config, MappingConfig, ScimConfig, SourceConfig, SourceConnector, TargetConfig,
        TargetConnector, TenantConfig, WordPressConfig, WordPressSourceConfig,
    },
    directory::{Feeding, Kind, Refused, Service, Tenant},
    server::{self, api::Hearer},
    site::{Run, Site, Sites},
    source::{
        self, Source, directory::DirectorySource, file::FileSource, wordpress::WordPressSource,
    },
    store::{StoreError, sqlite::SqliteStore},
    sync::{
        Control, SyncError, Wiring,
        control::Phase,
        plugins,
        turns::{Turn, Turns},
    },
    target::{
        Target,
        directory::DirectoryTarget,
        scim::{ScimSettings, ScimTarget},
        wordpress::{WordPress, WordPressSettings},
    },
};

/// What an operation stands on: the configuration and the store.
///
/// In a running host one store serves all operations; else it is opened, and
/// locked, by the first that asks for it, so that wrong usage leaves no file behind.
pub(super) struct Context {
    config: Arc<Config>,
    store: Mutex<Option<SqliteStore>>,
    turns: Turns,
    /// Sites that may carry requests: in a running host.
    sites: Option<Sites>,
    control: Control,
    /// By whose initiative.
    trigger: Trigger,
}

impl Context {
    /// Over a configuration, without a store yet.
    pub(super) fn new(config: Arc<Config>) -> Self {
        Self {
            config,
            store: Mutex::new(None),
            turns: Turns::default(),
            sites: None,
            control: Control::default(),
            trigger: Trigger::Manual,
        }
    }

    /// In a running host: over its store, among its other operations.
    pub(super) fn hosted(
        config: Arc<Config>,
        store: SqliteStore,
        turns: Turns,
        sites: Sites,
        trigger: Trigger,
    ) -> Self {
        Self {
            config,
            store: Mutex::new(Some(store)),
            turns,
            sites: Some(sites),
            control: Control::default(),
            trigger,
        }
    }

    /// Whether others work on the store meanwhile.
    pub(super) fn is_hosted(&self) -> bool {
        self.sites.is_some()
    }

    /// How far the operation is, and how to stop it.
    pub(super) fn control(&self) -> &Control {
        &self.control
    }

    /// The configuration.
    pub(super) fn config(&self) -> &Config {
        &self.config
    }

    /// The mapping that an argument names.
    pub(super) fn mapping(&self, name: &str) -> Result<&MappingConfig, UserError> {
        mapping(&self.config, name)
    }

    /// The store; opens it, and takes its exclusive lock, where that has not been done.
    pub(super) fn store(&self) -> Result<SqliteStore, StoreError> {
        let mut slot = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(store) = &*slot {
            return Ok(store.clone());
        }
        let store = SqliteStore::open(&self.config.store.path)?;
        *slot = Some(store.clone());
        Ok(store)
    }

    /// Takes the turn of a mapping and puts it together: opens the store, fetches
    /// the secret, loads the component.
    pub(super) async fn wiring(&self, name: &str) -> anyhow::Result<Wired> {
        let mapping = self.mapping(name)?;
        self.control.begin(Phase::Wait, "", None);
        // Whoever is told to stop while it waits, does.
        let turn = tokio::select! {
            turn = self.turns.take(mapping) => turn,
            why = self.control.until_stopped() => return Err(SyncError::Stopped(why).into()),
        };
        // The loader has checked that both exist.
        let source = self
            .config
            .source(&mapping.source)
            .context("the source is not configured")?;
        let target = self
            .config
            .target(&mapping.target)
            .context("the target is not configured")?;
        let pace = target.connector.pace();
        let store = self.store()?;
        let sites = self.sites.as_ref();
        let named = |name: &Option<String>| Some(sites?.named(name.as_deref()?));
        let (from, to) = (named(&source.site), named(&target.site));
        let both = [&from, &to].into_iter().flatten();
        // What is brought at once is soon done, and may be what a carried request waits for.
        let takes_long = self.trigger != Trigger::Automatic;
        let occupied = both.filter(|_| takes_long).map(Site::occupy).collect();
        let target: Arc<dyn Target> = match &target.connector {
            TargetConnector::Scim(scim) => Arc::new(open_scim(target, scim)?),
            TargetConnector::WordPress(site) => Arc::new(open_wordpress(target, site, to)?),
            TargetConnector::Directory(tenant) => {
                let service = self.service(tenant, &store).await?;
                let service = service.on_behalf_of(source.site.as_deref());
                Arc::new(DirectoryTarget::new(service))
            }
        };
        let source: Arc<dyn Source> = match &source.connector {
            SourceConnector::File(settings) => Arc::new(FileSource::new(settings.clone())),
            SourceConnector::WordPress(site) => {
                Arc::new(open_wordpress_source(source, site, from)?)
            }
            SourceConnector::Directory(settings) => Arc::new(DirectorySource::new(
                self.service(&settings.tenant, &store).await?,
                settings.kinds.clone(),
            )),
        };
        let wanted = mapping.clone();
        let compile = plugins::compile(Some(self.config.store.cache.clone()))?;
        let mapper =
            tokio::task::spawn_blocking(move || plugins::mapper(&wanted, compile)).await??;
        let wiring = Wiring {
            config: mapping.clone(),
            trigger: self.trigger,
            looked_up: self.config.looked_up(&mapping.target),
            source,
            target,
            mapper,
            store: Arc::new(store),
            concurrency: usize::try_from(pace.concurrency)?,
            visibility_delay: pace.visibility_delay,
            workers: usize::try_from(pace.workers)?,
            lease: pace.lease,
            request_timeout: pace.timeout,
            batch: usize::try_from(mapping.limits.batch_objects)?,
            clock: Arc::new(clock::now),
            control: self.control.clone(),
        };
        Ok(Wired {
            wiring,
            _turn: turn,
            _occupied: occupied,
        })
    }
}

impl Context {
    /// The directory of the tenant that a connector names.
    async fn service(&self, tenant: &str, store: &SqliteStore) -> anyhow::Result<Service> {
        let tenant = self::tenant(&self.config, tenant)?;
        Ok(service(&self.config, tenant, None, store).await?)
    }
}

/// A mapping, and the turn of it.
pub(super) struct Wired {
    wiring: Wiring,
    _turn: Turn,
    _occupied: Vec<Run>,
}

impl Wired {
    /// The same, as if this had been the trigger: for a simulation.
    pub(super) fn by(mut self, trigger: Trigger) -> Self {
        self.wiring.trigger = trigger;
        self
    }
}

impl Deref for Wired {
    type Target = Wiring;

    fn deref(&self) -> &Wiring {
        &self.wiring
    }
}

/// The mapping that an argument names.
fn mapping<'c>(config: &'c Config, name: &str) -> Result<&'c MappingConfig, UserError> {
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

/// The tenant that an argument names.
pub(super) fn tenant<'c>(config: &'c Config, name: &str) -> Result<&'c TenantConfig, UserError> {
    config.tenant(name).ok_or_else(|| {
        let known = config.tenants.iter().map(|tenant| tenant.name.as_str());
        missing("tenant", name, known)
    })
}

/// How clients reach the host; unless that is configured, where it listens.
pub(super) fn public_url(config: &Config, listens: Option<SocketAddr>) -> String {
    let server = config.server.clone().unwrap_or_default();
    let listens = listens.unwrap_or(server.listen);
    server
        .public_url
        .map_or_else(|| format!("http://{listens}"), String::from)
}

/// A tenant as it is served, and whom it feeds. `listens`: see [`public_url`].
pub(super) async fn service(
    config: &Config,
    tenant: &TenantConfig,
    listens: Option<SocketAddr>,
    store: &SqliteStore,
) -> Result<Service, Refused> {
    let public = public_url(config, listens);
    let directory = store.directory();
    let id = directory.tenant(&tenant.name).await?;
    let kinds = tenant.schemas.iter().cloned();
    let served = Tenant {
        id,
        name: tenant.name.clone(),
        base: server::base_of(&public, &tenant.name),
        kinds: kinds.map(|schema| Kind::new(id, schema)).collect(),
        tolerance: tenant.tolerance,
        patch_returns_group: tenant.patch_returns_group,
        bounds: tenant.bounds,
        feeds: feeds(config, &tenant.name),
        wait: tenant.wait.clone(),
    };
    let service = Service::new(directory, Arc::new(served));
    service.index().await?;
    Ok(service)
}

/// The mappings that a tenant feeds.
fn feeds(config: &Config, tenant: &str) -> Vec<Feeding> {
    let mut feeds = Vec::new();
    for mapping in config.mappings.iter().filter(|mapping| mapping.automatic) {
        let source = config.source(&mapping.source);
        let Some(source) = source.filter(|source| source.connector.tenant() == Some(tenant)) else {
            continue;
        };
        let target = config.target(&mapping.target);
        feeds.extend(source.kinds().map(|info| Feeding {
            mapping: mapping.name.clone(),
            info: info.clone(),
            site: target.and_then(|target| target.site.clone()),
        }));
    }
    feeds
}

/// The mappings that hear what a site says.
pub(super) fn hearers(config: &Config) -> Vec<Hearer> {
    let hears = |mapping: &MappingConfig| {
        let source = config.source(&mapping.source)?;
        Some(Hearer {
            mapping: mapping.name.clone(),
            site: source.told_by()?.to_owned(),
            kinds: source.kinds().map(|info| info.kind.clone()).collect(),
        })
    };
    let mappings = config.mappings.iter();
    let automatic = mappings.filter(|mapping| mapping.automatic);
    automatic.filter_map(hears).collect()
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

/// A WordPress site, with its secret. Nothing is sent.
pub(super) fn open_wordpress(
    config: &TargetConfig,
    site: &WordPressConfig,
    carried_by: Option<Arc<Site>>,
) -> anyhow::Result<WordPress> {
    let password = site
        .password
        .resolve()
        .with_context(|| format!("the target `{}` has no password", config.name))?;
    WordPress::new(WordPressSettings {
        base_url: site.base_url.clone(),
        user: site.user.clone(),
        password,
        timeout: site.timeout,
        carried_by,
        roles: site.roles.clone(),
        default_role: site.default_role.clone(),
        administrators: site.administrators.clone(),
        reassign_to: site.reassign_to,
        rename: site.rename,
        meta: site.meta.clone(),
    })
    .with_context(|| format!("the target `{}` cannot be set up", config.name))
}

/// The same as a source.
pub(super) fn open_wordpress_source(
    config: &SourceConfig,
    site: &WordPressSourceConfig,
    carried_by: Option<Arc<Site>>,
) -> anyhow::Result<source::wordpress::WordPress> {
    let password = site
        .password
        .resolve()
        .with_context(|| format!("the source `{}` has no password", config.name))?;
    source::wordpress::WordPress::new(WordPressSource {
        base_url: site.base_url.clone(),
        user: site.user.clone(),
        password,
        timeout: site.timeout,
        carried_by,
        roles: site.roles.clone(),
        kinds: site.kinds.clone(),
    })
    .with_context(|| format!("the source `{}` cannot be set up", config.name))
}

/// A SCIM server, with its secret. Nothing is sent.
pub(super) fn open_scim(config: &TargetConfig, scim: &ScimConfig) -> anyhow::Result<ScimTarget> {
    let token = scim
        .token
        .resolve()
        .with_context(|| format!("the target `{}` has no token", config.name))?;
    ScimTarget::new(ScimSettings {
        name: config.name.clone(),
        base_url: scim.base_url.clone(),
        token,
        timeout: scim.timeout,
        page_size: scim.page_size,
        max_member_changes: usize::try_from(scim.max_member_changes)?,
        unique: scim.unique.clone(),
    })
    .with_context(|| format!("the target `{}` cannot be set up", config.name))
}
