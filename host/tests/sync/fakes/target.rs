//! A target in memory: what it holds, what it was asked, and how badly it behaves.

use std::{
    collections::BTreeMap,
    sync::Mutex,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use purser_engine::{
    change::{Action, Step},
    ids::{ResourceType, TargetId},
    imprint::{Imprint, Known},
};
use purser_host::target::{
    Answer, Came, Discovery, Doubt, Finding, OfferedType, Page, PageToken, Target, TargetError,
};
use purser_scim::{
    Resource,
    filter::Filter,
    schema::{ResourceSchema, Schema, Uniqueness},
};
use serde_json::{Value, json};

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
    unread: usize,
    /// The next write's is the last.
    mishaps: Vec<Mishap>,
    forbidden: Option<String>,
    blind: bool,
    /// Searches are not understood.
    deaf: bool,
    /// Users may share a name.
    shares_names: bool,
    /// Listings are not whole.
    unlisted: bool,
    /// How long a new resource is hidden from whoever reads.
    hides: Duration,
    made: BTreeMap<(String, String), Instant>,
    next: u64,
}

impl State {
    fn visible(&self, resource_type: &str) -> Vec<&Resource> {
        self.resources
            .iter()
            .filter(|((t, _), _)| t == resource_type)
            .filter(|(at, _)| {
                self.made
                    .get(*at)
                    .is_none_or(|made| made.elapsed() >= self.hides)
            })
            .map(|(_, resource)| resource)
            .collect()
    }
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

    /// Searches are refused: the target does not understand their filter.
    pub fn deaf(&self) {
        self.state.lock().unwrap().deaf = true;
    }

    /// New resources are hidden for so long from whoever reads; writes find them.
    pub fn hide(&self, time: Duration) {
        self.state.lock().unwrap().hides = time;
    }

    /// Listings are not whole any more.
    pub fn unlist(&self) {
        self.state.lock().unwrap().unlisted = true;
    }

    /// Users may share a name, and the schema says so.
    pub fn share_names(&self) {
        self.state.lock().unwrap().shares_names = true;
    }

    /// The writes since the last call.
    pub fn writes(&self) -> Vec<String> {
        std::mem::take(&mut self.state.lock().unwrap().writes)
    }

    /// How many listed resources were left unread since the last call, as they were known.
    pub fn unread(&self) -> usize {
        std::mem::take(&mut self.state.lock().unwrap().unread)
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

    /// All that there is of a type.
    pub fn all(&self, resource_type: &str) -> Vec<Value> {
        let state = self.state.lock().unwrap();
        let resources = state.resources.iter();
        resources
            .filter(|((t, _), _)| t == resource_type)
            .map(|(_, resource)| resource.as_value())
            .collect()
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

/// A schema that announces no unique user name.
fn sharing() -> ResourceSchema {
    let mut user = Schema::user();
    for attribute in &mut user.attributes {
        attribute.uniqueness = Uniqueness::None;
    }
    let schemas = [user, Schema::enterprise_user()];
    ResourceSchema::from_parts(ResourceSchema::user().resource_type().clone(), &schemas).unwrap()
}

/// Resources on a page of a listing.
pub const PAGE: usize = 100;

#[async_trait]
impl Target for MemoryTarget {
    async fn discover(&self) -> Result<Discovery, TargetError> {
        let shares_names = self.state.lock().unwrap().shares_names;
        let offered = |name: &str| OfferedType {
            name: name.into(),
            schema: match name {
                "User" if shares_names => sharing(),
                name => schema(name),
            },
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
        from: Option<PageToken>,
        known: Known,
    ) -> Result<Page, TargetError> {
        let mut state = self.state.lock().unwrap();
        state.reads.push(format!("list {resource_type}"));
        let resources = state.visible(resource_type.as_str());
        let total = resources.len() as u64;
        let mut token = from.unwrap_or_default();
        if state.unlisted {
            token.doubt = Some(Doubt::Moved);
        }
        let start = usize::try_from(token.start_index.max(1)).unwrap() - 1;
        let page = resources.into_iter().skip(start).take(PAGE);
        let came: Vec<Came> = (token.start_index.max(1)..)
            .zip(page)
            .map(|(place, resource)| {
                let text = resource.to_string();
                let imprint = Imprint::of([known.about().as_bytes(), text.as_bytes()]);
                if known.is_same(place, imprint) {
                    Came::Same
                } else {
                    Came::Read(resource.clone(), Some(imprint))
                }
            })
            .collect();
        let same = came.iter().filter(|came| matches!(came, Came::Same));
        state.unread += same.count();
        Ok(Page::new(token, came, total))
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
        if state.deaf {
            return Err(TargetError::Rejected {
                status: 400,
                scim_type: Some("invalidFilter".to_owned()),
                message: "unexpected token".to_owned(),
            });
        }
        let schema = schema(resource_type.as_str());
        let visible = state.visible(resource_type.as_str());
        let found = visible
            .into_iter()
            .filter(|r| filter.matches(r, &schema).unwrap());
        Ok(found.cloned().collect())
    }

    async fn read(
        &self,
        resource_type: &ResourceType,
        id: &TargetId,
    ) -> Result<Option<Resource>, TargetError> {
        let mut state = self.state.lock().unwrap();
        state.reads.push(format!("read {resource_type}"));
        let visible = state.visible(resource_type.as_str());
        let one = visible.into_iter().find(|r| r.id() == Some(id.as_str()));
        Ok(one.cloned())
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
                if (taken && !state.shares_names)
                    || (name.is_some() && state.forbidden.as_deref() == name)
                {
                    return Err(TargetError::Conflict {
                        message: "userName is taken".to_owned(),
                    });
                }
                state.next += 1;
                let id = format!("t{}", state.next);
                let mut resource = Resource::clone(resource);
                resource.set("id", id.as_str());
                let at = (resource_type, id);
                state.made.insert(at.clone(), Instant::now());
                state.resources.insert(at, resource.clone());
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
                let forbidden = state.forbidden.clone().map(Value::String);
                if forbidden.is_some() && delta.changes.iter().any(|c| c.after == forbidden) {
                    return Err(TargetError::Conflict {
                        message: "userName is taken".to_owned(),
                    });
                }
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
