//! A tenant's directory as a target: a site is kept in step in it, and whoever has a
//! token of the tenant reads it by SCIM.
//!
//! It is the same service that clients write to by HTTP, with the same rules, without
//! the network: what it refuses is told in the same classes.

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use purser_engine::{
    change::{Action, Step},
    ids::{ResourceType, TargetId},
    imprint::{Imprint, Known},
};
use purser_scim::{Resource, Selection, filter::Filter};
use serde_json::{Value, json};

use super::{
    Answer, Came, Discovery, Finding, FindingState, OfferedType, Page, PageToken, Target,
    TargetError,
};
use crate::{
    clock,
    directory::{Condition, Kind, Outcome, Refused, Service, new_id},
    store::EntryId,
};

/// Resources on a page of a listing.
const PAGE: usize = 500;

/// What a filter finds at most: two are ambiguous.
const FOUND: u64 = 100;

/// The directory of one tenant.
#[derive(Debug)]
pub struct DirectoryTarget {
    service: Service,
    /// Behind which entry the page begins that was asked for last: where it stands in
    /// the listing says a token, which knows nothing of entries.
    place: Mutex<Option<(ResourceType, u64, EntryId)>>,
}

impl DirectoryTarget {
    /// Over a tenant.
    #[must_use]
    pub fn new(service: Service) -> Self {
        Self {
            service,
            place: Mutex::new(None),
        }
    }

    fn kind(&self, name: &ResourceType) -> Result<&Kind, TargetError> {
        let tenant = self.service.tenant();
        tenant
            .kind(name.as_str())
            .ok_or_else(|| TargetError::Unusable {
                message: format!("the tenant {} has no resource type {name}", tenant.name),
                hint: "take the mapping of this type out".to_owned(),
            })
    }

    /// Behind which entry the `start`th begins, and how many come before it from there.
    fn behind(&self, kind: &ResourceType, start: u64) -> (EntryId, u64) {
        let place = self.place.lock().unwrap_or_else(PoisonError::into_inner);
        match &*place {
            Some((of, at, entry)) if of == kind && *at == start => (*entry, 0),
            _ => (EntryId::default(), start.saturating_sub(1)),
        }
    }

    async fn patch(
        &self,
        name: &ResourceType,
        id: &TargetId,
        body: &Value,
    ) -> Result<Answer, TargetError> {
        let kind = self.kind(name)?;
        let (any, all) = (Condition::default(), Selection::default());
        let written = self
            .service
            .patch(kind, id.as_str(), body, &any, &all, clock::now())
            .await;
        answer(written)
    }
}

/// What there is to say of a connector that is a tenant: nothing is in between.
#[must_use]
pub fn here(check: &str, tenant: &str) -> Finding {
    Finding {
        check: check.to_owned(),
        state: FindingState::Ok,
        message: format!("the tenant {tenant} of this host"),
        hint: None,
    }
}

/// What a write came to.
fn answer(written: Result<Outcome, Refused>) -> Result<Answer, TargetError> {
    match written {
        Ok(outcome) => Ok(Answer::Done(
            outcome.text.and_then(|text| Resource::parse(&text).ok()),
        )),
        Err(Refused::Scim(error)) if error.status == 404 => Ok(Answer::Gone),
        Err(refused) => Err(sorted(refused)),
    }
}

/// What follows from a refusal.
fn sorted(refused: Refused) -> TargetError {
    let message = format!("the directory: {refused}");
    match refused {
        Refused::Scim(error) if error.status == 409 => TargetError::Conflict { message },
        Refused::Scim(error) => TargetError::Rejected {
            status: error.status,
            scim_type: error.scim_type.map(|word| word.word().to_owned()),
            message,
        },
        // What was not committed was not done.
        Refused::Store(_) | Refused::Busy | Refused::Changed => TargetError::Transient {
            message,
            retry_after: None,
            may_be_done: false,
        },
    }
}

#[async_trait]
impl Target for DirectoryTarget {
    async fn discover(&self) -> Result<Discovery, TargetError> {
        let kinds = self.service.tenant().kinds.iter();
        Ok(Discovery {
            resource_types: kinds
                .map(|kind| OfferedType {
                    name: ResourceType::new(kind.name()),
                    schema: kind.schema.clone(),
                })
                .collect(),
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
        let kind = self.kind(resource_type)?;
        let token = from.unwrap_or_default();
        let start = token.start_index.max(1);
        let (after, skip) = self.behind(resource_type, start);
        let total = self.service.total(kind).await.map_err(sorted)?;
        let entries = self
            .service
            .entries(kind, after, skip, PAGE)
            .await
            .map_err(sorted)?;
        let next = start.saturating_add(entries.len() as u64);
        if let Some(last) = entries.last() {
            let mut place = self.place.lock().unwrap_or_else(PoisonError::into_inner);
            *place = Some((resource_type.clone(), next, last.entry));
        }
        let mut came = Vec::with_capacity(entries.len());
        for (place, entry) in (start..).zip(&entries) {
            let version = entry.version.to_be_bytes();
            let parts = [
                known.about().as_bytes(),
                entry.document.as_bytes(),
                &version,
            ];
            let imprint = Imprint::of(parts);
            came.push(if known.is_same(place, imprint) {
                Came::Same
            } else {
                let resource = self.service.resource(kind, entry).map_err(sorted)?;
                Came::Read(resource, Some(imprint))
            });
        }
        Ok(Page::new(token, came, total))
    }

    async fn find(
        &self,
        resource_type: &ResourceType,
        filter: &Filter,
    ) -> Result<Vec<Resource>, TargetError> {
        let kind = self.kind(resource_type)?;
        let found = self.service.find(kind, filter, FOUND, clock::now());
        found.await.map_err(sorted)
    }

    async fn read(
        &self,
        resource_type: &ResourceType,
        id: &TargetId,
    ) -> Result<Option<Resource>, TargetError> {
        let kind = self.kind(resource_type)?;
        self.service
            .look_up(kind, id.as_str())
            .await
            .map_err(sorted)
    }

    async fn write(&self, step: Step<'_>) -> Result<Answer, TargetError> {
        let name = step.resource_type();
        match step.action() {
            Action::Create { resource } => {
                let kind = self.kind(name)?;
                let body = Resource::from(resource.as_map().clone());
                let (now, all) = (clock::now(), Selection::default());
                let made = self.service.create(kind, body, new_id(now), &all, now);
                answer(made.await)
            }
            Action::Link {
                target_id, delta, ..
            }
            | Action::Update { target_id, delta } => {
                if delta.is_empty() {
                    return Ok(Answer::Done(None));
                }
                self.patch(name, target_id, &delta.to_patch().to_value())
                    .await
            }
            Action::Delete { target_id } => {
                let (kind, any) = (self.kind(name)?, Condition::default());
                let gone = self
                    .service
                    .delete(kind, target_id.as_str(), &any, clock::now())
                    .await;
                match gone {
                    Ok(_) => Ok(Answer::Done(None)),
                    Err(Refused::Scim(error)) if error.status == 404 => Ok(Answer::Gone),
                    Err(refused) => Err(sorted(refused)),
                }
            }
            Action::Unlink { .. } => Ok(Answer::Done(None)),
            Action::Members {
                target_id,
                add,
                remove,
            } => {
                let values = |members: &[purser_engine::change::Member]| -> Value {
                    let values = members.iter().map(|m| json!({ "value": m.target_id }));
                    values.collect()
                };
                let mut operations = Vec::new();
                if !add.is_empty() {
                    operations
                        .push(json!({ "op": "add", "path": "members", "value": values(add) }));
                }
                if !remove.is_empty() {
                    operations.push(
                        json!({ "op": "remove", "path": "members", "value": values(remove) }),
                    );
                }
                let body = json!({
                    "schemas": [purser_scim::urn::PATCH_OP], "Operations": operations,
                });
                self.patch(name, target_id, &body).await
            }
        }
    }

    async fn test(&self) -> Vec<Finding> {
        vec![here("directory", &self.service.tenant().name)]
    }
}
