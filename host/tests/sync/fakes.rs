//! A source and a target in memory, and the wiring of a mapping between them.

mod target;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use purser_engine::{
    absence::Evidence,
    ids::{Kind, ObjectKey, ResourceType},
    imprint::{Imprint, Known},
    object::SourceObject,
    operation::{Switches, Trigger},
    policy::Policy,
};
use purser_host::{
    clock,
    config::{MappingConfig, PluginLimits, PluginRef},
    source::{Enumeration, KindInfo, Page, Row, Source, SourceError},
    store::{Status, sqlite::SqliteStore},
    sync::{
        Control, RunReport, SyncError, Wiring, plugins,
        sweep::{Options, sweep},
    },
};
use purser_scim::filter::Filter;
use serde_json::{Value, json};

pub use self::target::{MemoryTarget, Mishap, PAGE};

/// Rows by kind, as a test wrote them.
#[derive(Default)]
pub struct MemorySource {
    kinds: Vec<KindInfo>,
    rows: Mutex<BTreeMap<Kind, Vec<Value>>>,
    /// Kinds that have no proof of completeness.
    pub unproven: Mutex<BTreeSet<Kind>>,
    unread: Arc<AtomicUsize>,
}

impl MemorySource {
    pub fn new() -> Self {
        Self::of(&[("user", "User"), ("role", "Group")])
    }

    /// With these kinds, each with the resource type that it becomes.
    pub fn of(kinds: &[(&str, &str)]) -> Self {
        let info = |(kind, resource_type): &(&str, &str)| KindInfo {
            kind: (*kind).into(),
            resource_type: (*resource_type).into(),
        };
        Self {
            kinds: kinds.iter().map(info).collect(),
            ..Self::default()
        }
    }

    /// How many rows were left unread since the last call, as they were known.
    pub fn unread(&self) -> usize {
        self.unread.swap(0, Ordering::AcqRel)
    }

    pub fn put(&self, kind: &str, rows: Vec<Value>) {
        self.rows.lock().unwrap().insert(kind.into(), rows);
    }
}

struct Rows {
    rows: std::vec::IntoIter<Row>,
    evidence: Evidence,
    unread: Arc<AtomicUsize>,
}

#[async_trait]
impl Enumeration for Rows {
    async fn page(&mut self, max: usize, known: Known) -> Result<Page, SourceError> {
        let mut page = Page::default();
        for row in self.rows.by_ref().take(max) {
            page.last = row.position;
            if known.is_same(row.position, row.imprint.unwrap()) {
                page.same.push(row.position);
                self.unread.fetch_add(1, Ordering::AcqRel);
            } else {
                page.rows.push(row);
            }
        }
        self.evidence.counted += page.len() as u64;
        self.evidence.reached_end = page.is_empty();
        Ok(page)
    }

    async fn evidence(&mut self) -> Evidence {
        self.evidence.clone()
    }
}

#[async_trait]
impl Source for MemorySource {
    fn kinds(&self) -> &[KindInfo] {
        &self.kinds
    }

    async fn enumerate(&self, kind: &Kind) -> Result<Box<dyn Enumeration>, SourceError> {
        let info = self.kinds.iter().find(|info| info.kind == *kind);
        let info = info.ok_or_else(|| SourceError::UnknownKind(kind.clone()))?;
        let rows: Vec<Row> = self
            .rows
            .lock()
            .unwrap()
            .get(kind)
            .into_iter()
            .flatten()
            .zip(1..)
            .map(|(value, position)| {
                let key = ObjectKey::new(kind.as_str(), value["id"].as_str().unwrap());
                Row {
                    content: match value["broken"].as_str() {
                        Some(why) => Err(why.to_owned()),
                        None => Ok(SourceObject {
                            key: key.clone(),
                            resource_type: info.resource_type.clone(),
                            active: value["active"].as_bool().unwrap_or(true),
                            roles: Vec::new(),
                            attributes: value.as_object().unwrap().clone(),
                        }),
                    },
                    key,
                    resource_type: info.resource_type.clone(),
                    position,
                    imprint: Some(Imprint::of([value.to_string().as_bytes()])),
                }
            })
            .collect();
        let proven = !self.unproven.lock().unwrap().contains(kind);
        Ok(Box::new(Rows {
            evidence: Evidence {
                expected: proven.then_some(rows.len() as u64),
                unchanged: true,
                ..Evidence::default()
            },
            rows: rows.into_iter(),
            unread: Arc::clone(&self.unread),
        }))
    }
}

/// A mapping between the two, on a store in a folder of its own.
pub struct World {
    pub source: Arc<MemorySource>,
    pub target: Arc<MemoryTarget>,
    pub wiring: Wiring,
    /// Where the store is; gone with the world.
    pub folder: tempfile::TempDir,
}

impl World {
    /// `attribute-map` with a few attributes, the default policy.
    pub fn new() -> Self {
        Self::with(Policy::default())
    }

    pub fn with(policy: Policy) -> Self {
        Self::of(MemorySource::new(), |config| config.policy = policy)
    }

    /// Another source, and another configuration than that of `new`.
    pub fn of(source: MemorySource, configure: impl FnOnce(&mut MappingConfig)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(SqliteStore::open(&folder.path().join("purser.db")).unwrap());
        let mut config = MappingConfig {
            name: "people".into(),
            source: "crm".into(),
            target: "wiki".into(),
            plugin: PluginRef::Shipped("attribute-map".to_owned()),
            automatic: true,
            grants: Vec::new(),
            lookups: Vec::new(),
            scope: BTreeMap::from([(
                "user".into(),
                Filter::parse(r#"not (dept eq "external")"#).unwrap(),
            )]),
            match_by: BTreeMap::from([
                (
                    ResourceType::user(),
                    vec!["externalId".parse().unwrap(), "userName".parse().unwrap()],
                ),
                (
                    ResourceType::group(),
                    vec![
                        "externalId".parse().unwrap(),
                        "displayName".parse().unwrap(),
                    ],
                ),
            ]),
            schedule: None,
            operations: Switches::default(),
            policy: Policy::default(),
            deprovision_limit: 25,
            limits: PluginLimits {
                batch_time: Duration::from_secs(5),
                memory_mib: 64,
                batch_objects: 100,
                compile_time: std::time::Duration::from_secs(120),
                compile_memory_mib: 2048,
            },
            settings: json!({
                "transform": ["trim"],
                "user": {
                    "userName": {"from": "name"},
                    "externalId": {"from": "id"},
                    "active": {"from": "active", "transform": ["bool"], "default": true},
                    "title": {"from": "title"},
                    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value": {"template": "user:{boss}"},
                    "groups": {"template": "role:{roles}"},
                },
                "role": {"displayName": {"from": "label"}, "externalId": {"template": "role_{id}"}},
            }),
        };
        configure(&mut config);
        let source = Arc::new(source);
        let target = Arc::new(MemoryTarget::default());
        let wiring = Wiring {
            mapper: plugins::mapper(&config, purser_plugin::Compile::default()).unwrap(),
            looked_up: config.match_by.clone(),
            config,
            trigger: Trigger::Manual,
            source: source.clone(),
            target: target.clone(),
            store,
            concurrency: 4,
            workers: 2,
            lease: Duration::from_secs(90),
            request_timeout: Duration::from_secs(30),
            visibility_delay: Duration::ZERO,
            batch: 100,
            clock: Arc::new(clock::now),
            control: Control::default(),
        };
        Self {
            source,
            target,
            wiring,
            folder,
        }
    }

    pub async fn run(&self) -> RunReport {
        self.try_run(Options::default()).await.unwrap()
    }

    pub async fn try_run(&self, options: Options) -> Result<RunReport, SyncError> {
        sweep(&self.wiring, &options, &mut |_| {}).await
    }

    pub async fn status(&self) -> Status {
        self.wiring
            .store
            .status(&self.wiring.config.name)
            .await
            .unwrap()
    }
}
