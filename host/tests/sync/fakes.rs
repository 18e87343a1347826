//! A source and a target in memory, and the wiring of a mapping between them.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use purser_engine::{
    absence::Evidence,
    change::{Action, Step},
    ids::{Kind, ObjectKey, ResourceType, TargetId},
    object::SourceObject,
    policy::Policy,
};
use purser_host::{
    clock,
    config::{MappingConfig, PluginLimits, PluginRef},
    source::{Enumeration, KindInfo, Row, Source, SourceError},
    store::{Status, sqlite::SqliteStore},
    sync::{
        RunReport, SyncError, Wiring, plugins,
        sweep::{Options, sweep},
    },
    target::{Answer, Discovery, Finding, OfferedType, Page, PageToken, Target, TargetError},
};
use purser_scim::{Resource, filter::Filter, schema::ResourceSchema};
use serde_json::{Value, json};

/// Rows by kind, as a test wrote them.
#[derive(Default)]
pub struct MemorySource {
    kinds: Vec<KindInfo>,
    rows: Mutex<BTreeMap<Kind, Vec<Value>>>,
    /// Kinds that have no proof of completeness.
    pub unproven: Mutex<BTreeSet<Kind>>,
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

    pub fn put(&self, kind: &str, rows: Vec<Value>) {
        self.rows.lock().unwrap().insert(kind.into(), rows);
    }
}

struct Rows {
    rows: std::vec::IntoIter<Row>,
    evidence: Evidence,
}

#[async_trait]
impl Enumeration for Rows {
    async fn page(&mut self, max: usize) -> Result<Vec<Row>, SourceError> {
        let page: Vec<Row> = self.rows.by_ref().take(max).collect();
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
        }))
    }
}

/// What a target does with the next write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mishap {
    /// Does it, and the answer is lost.
    LoseAnswer,
    /// Does not do it, and asks to come back.
    Refuse,
    /// Does not do it: the credentials are not taken any more.
    Unusable,
    /// Does it, and says so.
    None,
}

#[derive(Default)]
struct State {
    resources: BTreeMap<(String, String), Resource>,
    writes: Vec<String>,
    reads: Vec<String>,
    /// The next write's is the last.
    mishaps: Vec<Mishap>,
    forbidden: Option<String>,
    blind: bool,
    next: u64,
}

/// Resources by type and id; writes and reads in order, in words.
#[derive(Default)]
pub struct MemoryTarget {
    state: Mutex<State>,
}

impl MemoryTarget {
    /// Puts a resource there behind everybody's back.
    pub fn plant(&self, resource_type: &str, id: &str, mut resource: Value) {
        resource["id"] = json!(id);
        let resource = Resource::from_value(resource).unwrap();
        self.state
            .lock()
            .unwrap()
            .resources
            .insert((resource_type.into(), id.into()), resource);
    }

    pub fn uproot(&self, resource_type: &str, id: &str) {
        self.state
            .lock()
            .unwrap()
            .resources
            .remove(&(resource_type.into(), id.into()));
    }

    pub fn mishaps(&self, mishaps: impl IntoIterator<Item = Mishap>) {
        self.state.lock().unwrap().mishaps = mishaps.into_iter().collect();
    }

    /// No user may have this name any more.
    pub fn forbid(&self, name: &str) {
        self.state.lock().unwrap().forbidden = Some(name.to_owned());
    }

    /// Searches fail.
    pub fn blind(&self, blind: bool) {
        self.state.lock().unwrap().blind = blind;
    }

    /// The writes since the last call.
    pub fn writes(&self) -> Vec<String> {
        std::mem::take(&mut self.state.lock().unwrap().writes)
    }

    /// The reads since the last call.
    pub fn reads(&self) -> Vec<String> {
        std::mem::take(&mut self.state.lock().unwrap().reads)
    }

    /// One resource by the value of an attribute.
    pub fn by(&self, resource_type: &str, attribute: &str, value: &str) -> Value {
        let state = self.state.lock().unwrap();
        let mut found = state.resources.iter().filter(|((t, _), r)| {
            t == resource_type && r.get(attribute).and_then(Value::as_str) == Some(value)
        });
        let one = found
            .next()
            .unwrap_or_else(|| panic!("no {resource_type} with {attribute} {value}"));
        assert!(
            found.next().is_none(),
            "more than one {resource_type} with {attribute} {value}"
        );
        one.1.as_value()
    }

    pub fn count(&self, resource_type: &str) -> usize {
        self.state
            .lock()
            .unwrap()
            .resources
            .keys()
            .filter(|(t, _)| t == resource_type)
            .count()
    }

    /// User names of a group's members.
    pub fn members(&self, group: &str) -> Vec<String> {
        let members = self.by("Group", "displayName", group)["members"].clone();
        let state = self.state.lock().unwrap();
        let mut names: Vec<String> = members
            .as_array()
            .into_iter()
            .flatten()
            .map(|member| {
                let id = member["value"].as_str().unwrap().to_owned();
                state
                    .resources
                    .get(&("User".to_owned(), id))
                    .map_or("?".to_owned(), |user| {
                        user.get("userName").unwrap().as_str().unwrap().to_owned()
                    })
            })
            .collect();
        names.sort();
        names
    }
}

fn schema(resource_type: &str) -> ResourceSchema {
    if resource_type == "User" {
        ResourceSchema::user()
    } else {
        ResourceSchema::group()
    }
}

#[async_trait]
impl Target for MemoryTarget {
    async fn discover(&self) -> Result<Discovery, TargetError> {
        let offered = |name: &str| OfferedType {
            name: name.into(),
            schema: schema(name),
        };
        Ok(Discovery {
            resource_types: vec![offered("User"), offered("Group")],
            patch: Some(true),
            filter: Some(true),
            remarks: Vec::new(),
        })
    }

    async fn list(
        &self,
        resource_type: &ResourceType,
        _from: Option<PageToken>,
    ) -> Result<Page, TargetError> {
        let mut state = self.state.lock().unwrap();
        state.reads.push(format!("list {resource_type}"));
        let resources = state
            .resources
            .iter()
            .filter(|((t, _), _)| t == resource_type.as_str())
            .map(|(_, r)| r.clone())
            .collect();
        Ok(Page {
            resources,
            next: None,
            complete: true,
            doubt: None,
        })
    }

    async fn find(
        &self,
        resource_type: &ResourceType,
        filter: &Filter,
    ) -> Result<Vec<Resource>, TargetError> {
        let mut state = self.state.lock().unwrap();
        state.reads.push(format!("find {resource_type}"));
        if state.blind {
            return Err(lost(false));
        }
        let schema = schema(resource_type.as_str());
        Ok(state
            .resources
            .iter()
            .filter(|((t, _), r)| {
                t == resource_type.as_str() && filter.matches(r, &schema).unwrap()
            })
            .map(|(_, r)| r.clone())
            .collect())
    }

    async fn read(
        &self,
        resource_type: &ResourceType,
        id: &TargetId,
    ) -> Result<Option<Resource>, TargetError> {
        let mut state = self.state.lock().unwrap();
        state.reads.push(format!("read {resource_type}"));
        Ok(state
            .resources
            .get(&(resource_type.to_string(), id.to_string()))
            .cloned())
    }

    async fn write(&self, step: Step<'_>) -> Result<Answer, TargetError> {
        let mut state = self.state.lock().unwrap();
        let resource_type = step.resource_type().to_string();
        let mishap = state.mishaps.pop();
        if mishap == Some(Mishap::Refuse) {
            return Err(lost(false));
        }
        if mishap == Some(Mishap::Unusable) {
            return Err(TargetError::Unusable {
                message: "401".to_owned(),
                hint: String::new(),
            });
        }
        let at = |id: &TargetId| (resource_type.clone(), id.to_string());
        let answer = match step.action() {
            Action::Create { resource } => {
                let name = resource
                    .get("userName")
                    .or(resource.get("displayName"))
                    .and_then(Value::as_str);
                state
                    .writes
                    .push(format!("create {}", name.unwrap_or_default()));
                let taken = state.resources.iter().any(|((t, _), other)| {
                    t == "User"
                        && resource_type == "User"
                        && other.get("userName").and_then(Value::as_str) == name
                });
                if taken || (name.is_some() && state.forbidden.as_deref() == name) {
                    return Err(TargetError::Conflict {
                        message: "userName is taken".to_owned(),
                    });
                }
                state.next += 1;
                let id = format!("t{}", state.next);
                let mut resource = resource.clone();
                resource.set("id", id.as_str());
                state
                    .resources
                    .insert((resource_type, id), resource.clone());
                Answer::Done(Some(resource))
            }
            Action::Link {
                target_id, delta, ..
            }
            | Action::Update { target_id, delta } => {
                if delta.is_empty() {
                    return Ok(Answer::Done(None));
                }
                state.writes.push(format!("patch {target_id}"));
                let schema = schema(&resource_type);
                let Some(resource) = state.resources.get_mut(&at(target_id)) else {
                    return Ok(Answer::Gone);
                };
                delta.to_patch().apply(resource, &schema).unwrap();
                Answer::Done(Some(resource.clone()))
            }
            Action::Delete { target_id } => {
                state.writes.push(format!("delete {target_id}"));
                match state.resources.remove(&at(target_id)) {
                    Some(_) => Answer::Done(None),
                    None => Answer::Gone,
                }
            }
            Action::Unlink { .. } => Answer::Done(None),
            Action::Members {
                target_id,
                add,
                remove,
            } => {
                state
                    .writes
                    .push(format!("members +{} -{}", add.len(), remove.len()));
                let Some(group) = state.resources.get_mut(&at(target_id)) else {
                    return Ok(Answer::Gone);
                };
                let mut members: Vec<Value> = group
                    .get("members")
                    .and_then(Value::as_array)
                    .cloned()
                    .unwrap_or_default();
                members.retain(|m| !remove.iter().any(|r| m["value"] == r.target_id.as_str()));
                for member in add {
                    let value = json!({"value": member.target_id.as_str()});
                    if !members.contains(&value) {
                        members.push(value);
                    }
                }
                group.set("members", members);
                Answer::Done(None)
            }
        };
        if mishap == Some(Mishap::LoseAnswer) {
            return Err(lost(true));
        }
        Ok(answer)
    }

    async fn test(&self) -> Vec<Finding> {
        Vec::new()
    }
}

fn lost(may_be_done: bool) -> TargetError {
    TargetError::Transient {
        message: "connection reset".to_owned(),
        retry_after: None,
        may_be_done,
    }
}

/// A mapping between the two, on a store in a folder of its own.
pub struct World {
    pub source: Arc<MemorySource>,
    pub target: Arc<MemoryTarget>,
    pub wiring: Wiring,
    /// Where the store is; gone with the world.
    _folder: tempfile::TempDir,
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
            grants: Vec::new(),
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
            policy: Policy::default(),
            deprovision_limit: 25,
            limits: PluginLimits {
                batch_time: std::time::Duration::from_secs(5),
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
            config,
            source: source.clone(),
            target: target.clone(),
            store,
            concurrency: 4,
            batch: 100,
            clock: clock::now,
        };
        Self {
            source,
            target,
            wiring,
            _folder: folder,
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
