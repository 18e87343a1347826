//! Create, replace, PATCH and delete (RFC 7644 §3.3, §3.5, §3.6).

use jiff::Timestamp;
use purser_scim::{
    PatchRequest, Resource, ResourceSchema, ScimError, ScimType, Selection, Tolerance,
    schema::Mutability, validate,
};
use serde_json::Value;

use super::{
    Condition, Delivery, Refused, Service, bad, condition, index, membership, not_found,
    render::display,
    tenant::{Kind, Role},
    unreadable,
};
use crate::store::{Change, Draft, Entry, EntryId, Membership, Reference, Revision, Written};

/// So often a write is judged anew because somebody else was faster. Each time one of
/// them has been done, so this is far beyond what any number of clients can cause.
const TRIES: usize = 500;

/// A write that was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The resource's identifier.
    pub id: String,
    /// Its address.
    pub location: String,
    /// Its entity tag.
    pub tag: String,
    /// What of it was asked for, as JSON; none where nobody wants it.
    pub text: Option<String>,
    /// Whether it has reached the target for which it waits.
    pub delivery: Delivery,
}

/// What is to become of an entry, whatever it is by then.
enum Task {
    /// This body stands for it.
    Replace(Resource),
    /// These operations are done to its document, and these members come and go.
    Parts(PatchRequest, Membership),
    /// These operations are done to all of it, members included.
    Whole(PatchRequest),
}

/// What a write computes from the entry as it is.
struct Next {
    revision: Option<Revision>,
    members: Membership,
    /// What was there before does not matter.
    commutes: bool,
}

impl Service {
    /// Creates a resource under an id that was never used (RFC 7644 §3.3).
    ///
    /// # Errors
    /// 400: the body does not fit the schema; 409: a unique value is taken.
    pub async fn create(
        &self,
        kind: &Kind,
        body: Resource,
        id: String,
        selection: &Selection,
        at: Timestamp,
    ) -> Result<Outcome, Refused> {
        let mut resource = validate::create(body, &kind.schema, self.tenant.tolerance)?;
        let turn = self.turn(kind)?;
        let before = self.sent_before(kind, &resource, turn.as_ref(), selection);
        if let Some(outcome) = before.await? {
            return Ok(outcome);
        }
        let members = take_members(kind, &mut resource)?;
        forget_secrets(&mut resource, &kind.schema);
        let draft = Draft {
            document: document(&resource, &id),
            display: display(&resource),
            keys: index::keys(&kind.indexed, &resource),
            id,
            members: Membership {
                add: members,
                strangers: self.strangers(),
                ..Membership::default()
            },
        };
        let external_id = resource.get("externalId").and_then(Value::as_str);
        let writing = self.writing_for(at, turn.as_ref(), external_id);
        match self.directory.create(&kind.place, draft, writing).await? {
            Written::Done(entry) => {
                let delivery = self.delivered(turn.as_ref(), &entry.id).await?;
                self.outcome(kind, &entry, Some(selection), delivery).await
            }
            other => Err(refused(kind, other)),
        }
    }

    /// Replaces a resource (RFC 7644 §3.5.1).
    ///
    /// # Errors
    /// As for [`Service::create`]; there is none (404); it has changed (412).
    pub async fn replace(
        &self,
        kind: &Kind,
        id: &str,
        body: Resource,
        condition: &Condition,
        selection: &Selection,
        at: Timestamp,
    ) -> Result<Outcome, Refused> {
        let task = Task::Replace(body);
        let (entry, delivery) = self.rewrite(kind, id, condition, at, &task).await?;
        self.outcome(kind, &entry, Some(selection), delivery).await
    }

    /// Applies a PATCH, all of it or nothing (RFC 7644 §3.5.2).
    ///
    /// # Errors
    /// As for [`Service::replace`]; an operation does not fit (400).
    pub async fn patch(
        &self,
        kind: &Kind,
        id: &str,
        body: &Value,
        condition: &Condition,
        selection: &Selection,
        at: Timestamp,
    ) -> Result<Outcome, Refused> {
        let request = self.read_patch(kind, body)?;
        let task = match kind.role {
            Role::Container => match membership::parts(&request, &kind.schema) {
                Some(parts) => Task::Parts(parts.document, parts.members.done(self.strangers())),
                None => Task::Whole(request),
            },
            Role::Member | Role::None => Task::Parts(request, Membership::default()),
        };
        let (entry, delivery) = self.rewrite(kind, id, condition, at, &task).await?;
        // A group with fifty thousand members is not what whoever added one wants to read.
        let silent =
            kind.role == Role::Container && !selection.asks() && !self.tenant.patch_returns_group;
        let selection = Some(selection).filter(|_| !silent);
        self.outcome(kind, &entry, selection, delivery).await
    }

    /// Deletes a resource, and with it its memberships (RFC 7644 §3.6).
    ///
    /// # Errors
    /// There is none (404); it has changed (412).
    pub async fn delete(
        &self,
        kind: &Kind,
        id: &str,
        condition: &Condition,
        at: Timestamp,
    ) -> Result<Delivery, Refused> {
        let turn = self.turn(kind)?;
        for _ in 0..TRIES {
            let entry = self.entry(kind, id).await?;
            if !condition.allows(&entry) {
                return Err(Refused::Changed);
            }
            let resource = Resource::parse(&entry.document).map_err(unreadable)?;
            let keys = index::keys(&kind.indexed, &resource);
            let written = self
                .directory
                .delete(
                    &kind.place,
                    id,
                    entry.version,
                    keys,
                    self.writing_for(at, turn.as_ref(), None),
                )
                .await?;
            match written {
                Written::Done(_) => return self.delivered(turn.as_ref(), id).await,
                Written::Stale => {}
                Written::Waiting => self.after_the_earlier(turn.as_ref(), id).await?,
                other => return Err(refused(kind, other)),
            }
        }
        Err(Refused::Busy)
    }

    pub(super) async fn entry(&self, kind: &Kind, id: &str) -> Result<Entry, Refused> {
        let found = self.directory.get(&kind.place, id).await?;
        found.ok_or_else(not_found)
    }

    /// RFC 7643 §4.2: a member is the id of a resource. Clients that know members from
    /// elsewhere, or before we do, are let be unless it is to be strict.
    fn strangers(&self) -> bool {
        self.tenant.tolerance == Tolerance::Lenient
    }

    fn read_patch(&self, kind: &Kind, body: &Value) -> Result<PatchRequest, Refused> {
        let request = match self.tenant.tolerance {
            Tolerance::Lenient => PatchRequest::parse_lenient(body, &kind.schema)?,
            Tolerance::Strict => {
                let request = PatchRequest::parse(body)?;
                known(&request, &kind.schema)?;
                request
            }
        };
        if request.operations.len() > self.tenant.bounds.operations {
            return Err(Refused::Scim(ScimError {
                status: 413,
                scim_type: Some(ScimType::TooMany),
                detail: format!(
                    "a PATCH may have {} operations",
                    self.tenant.bounds.operations
                ),
            }));
        }
        Ok(request)
    }

    /// Reads, judges and keeps, until nobody else was faster.
    async fn rewrite(
        &self,
        kind: &Kind,
        id: &str,
        condition: &Condition,
        at: Timestamp,
        task: &Task,
    ) -> Result<(Entry, Delivery), Refused> {
        let turn = self.turn(kind)?;
        for _ in 0..TRIES {
            let entry = self.entry(kind, id).await?;
            if !condition.allows(&entry) {
                return Err(Refused::Changed);
            }
            let before = Resource::parse(&entry.document).map_err(unreadable)?;
            let next = self.next_of(kind, &entry, &before, task).await?;
            if next.revision.is_none() && next.members.is_empty() {
                return Ok((entry, Delivery::Settled));
            }
            let change = Change {
                id: id.to_owned(),
                from: (!next.commutes || !condition.is_empty()).then_some(entry.version),
                revision: next.revision,
                members: next.members,
            };
            let writing = self.writing_for(at, turn.as_ref(), None);
            match self.directory.change(&kind.place, change, writing).await? {
                Written::Done(entry) => {
                    let delivery = self.delivered(turn.as_ref(), id).await?;
                    return Ok((entry, delivery));
                }
                Written::Stale => {}
                Written::Waiting => self.after_the_earlier(turn.as_ref(), id).await?,
                other => return Err(refused(kind, other)),
            }
        }
        Err(Refused::Busy)
    }

    /// What becomes of an entry by a task.
    async fn next_of(
        &self,
        kind: &Kind,
        entry: &Entry,
        before: &Resource,
        task: &Task,
    ) -> Result<Next, Refused> {
        let schema = &kind.schema;
        match task {
            Task::Replace(body) => {
                let tolerance = self.tenant.tolerance;
                let mut after = validate::replace(before, body.clone(), schema, tolerance)?;
                let members = take_members(kind, &mut after)?;
                Ok(Next {
                    revision: revise(kind, entry, before, after),
                    members: Membership {
                        clear: kind.role == Role::Container,
                        remove: Vec::new(),
                        add: members,
                        strangers: self.strangers(),
                    },
                    commutes: false,
                })
            }
            Task::Parts(document, members) => {
                let mut after = before.clone();
                if !document.operations.is_empty() {
                    document.apply(&mut after, schema)?;
                    after = validate::finish(after, schema)?;
                }
                Ok(Next {
                    revision: revise(kind, entry, before, after),
                    members: members.clone(),
                    commutes: document.operations.is_empty(),
                })
            }
            Task::Whole(request) => {
                let present = self.related(kind, entry, true).await?;
                let seen = self.seen(kind, entry, &present);
                let mut after = before.clone();
                if let Some(members) = seen.resource()?.remove("members") {
                    after.set("members", members);
                }
                let present: Vec<String> = present.into_iter().map(|member| member.id).collect();
                request.apply(&mut after, schema)?;
                after = validate::finish(after, schema)?;
                let wanted = take_members(kind, &mut after)?;
                Ok(Next {
                    revision: revise(kind, entry, before, after),
                    members: membership::between(&present, &wanted, self.strangers()),
                    commutes: false,
                })
            }
        }
    }

    /// The members of a group or the groups of a user, where they are wanted.
    pub(super) async fn related(
        &self,
        kind: &Kind,
        entry: &Entry,
        wanted: bool,
    ) -> Result<Vec<Reference>, Refused> {
        let mut found = self.related_of(kind, vec![entry.entry], wanted).await?;
        Ok(found.pop().unwrap_or_default())
    }

    /// The same for several entries, in their order; nothing where it is not wanted.
    pub(super) async fn related_of(
        &self,
        kind: &Kind,
        entries: Vec<EntryId>,
        wanted: bool,
    ) -> Result<Vec<Vec<Reference>>, Refused> {
        Ok(match kind.role {
            Role::Container if wanted => self.directory.members(entries).await?,
            Role::Member if wanted => self.directory.groups(entries).await?,
            _ => Vec::new(),
        })
    }

    /// What is told of a write.
    pub(super) async fn outcome(
        &self,
        kind: &Kind,
        entry: &Entry,
        selection: Option<&Selection>,
        delivery: Delivery,
    ) -> Result<Outcome, Refused> {
        let text = match selection {
            None => None,
            Some(selection) => Some(self.shown(kind, entry, selection).await?),
        };
        Ok(Outcome {
            id: entry.id.clone(),
            location: self.tenant.location(kind, &entry.id),
            tag: condition::tag(entry.version),
            text,
            delivery,
        })
    }

    /// What of an entry is asked for.
    pub(super) async fn shown(
        &self,
        kind: &Kind,
        entry: &Entry,
        selection: &Selection,
    ) -> Result<String, Refused> {
        let wanted = kind.shows_related(selection);
        let related = self.related(kind, entry, wanted).await?;
        let seen = self.seen(kind, entry, &related);
        seen.shown(selection)
    }
}

/// Refuses paths that lead nowhere: to do nothing and say that it was done would be a lie.
fn known(request: &PatchRequest, schema: &ResourceSchema) -> Result<(), Refused> {
    for path in request
        .operations
        .iter()
        .filter_map(|one| one.path.as_ref())
    {
        let resolved = path.clone().resolve(schema);
        let attr = schema.localize(&resolved.attr);
        let attr = match &resolved.sub {
            Some(sub) if !attr.is_schema() => attr.with_sub(sub),
            _ => attr,
        };
        let leads = match &attr.urn {
            Some(urn) if attr.is_schema() => schema.is_extension(urn) || schema.is_core(urn),
            _ => schema.attribute(&attr).is_some(),
        };
        if !leads {
            return Err(bad(
                ScimType::InvalidPath,
                "a path leads to an attribute that the schema does not have",
            ));
        }
    }
    Ok(())
}

/// The document of a resource: what of it is kept.
fn document(resource: &Resource, id: &str) -> String {
    let mut kept = resource.clone();
    kept.remove("meta");
    kept.remove("groups");
    kept.remove("id");
    // Where readers look for it: behind `schemas`, which comes first.
    let place = usize::from(kept.get("schemas").is_some());
    kept.as_map_mut()
        .shift_insert(place, "id".to_owned(), id.into());
    kept.to_string()
}

/// The new document, if it is another.
fn revise(kind: &Kind, entry: &Entry, before: &Resource, mut after: Resource) -> Option<Revision> {
    forget_secrets(&mut after, &kind.schema);
    let document = document(&after, &entry.id);
    let same = document == entry.document || after == *before;
    (!same).then(|| Revision {
        document,
        display: display(&after),
        old: index::keys(&kind.indexed, before),
        keys: index::keys(&kind.indexed, &after),
    })
}

/// What is never returned is not kept either: a password is of no use here, and what
/// is not there cannot be stolen (RFC 7643 §4.1.1, §9.2).
fn forget_secrets(resource: &mut Resource, schema: &ResourceSchema) {
    let core = (None, schema.core());
    let extensions = schema.extensions().map(|part| (Some(&part.id), part));
    for (urn, part) in std::iter::once(core).chain(extensions) {
        for attribute in &part.attributes {
            if attribute.mutability != Mutability::WriteOnly {
                continue;
            }
            let mut path = purser_scim::AttrPath::new(&attribute.name);
            path.urn = urn.cloned();
            resource.remove_path(&path);
        }
    }
}

fn take_members(kind: &Kind, resource: &mut Resource) -> Result<Vec<String>, Refused> {
    if kind.role != Role::Container {
        return Ok(Vec::new());
    }
    membership::take(resource).ok_or_else(|| {
        bad(
            ScimType::InvalidValue,
            "a member has no value, the id of a resource",
        )
    })
}

/// Why the store did not write.
fn refused(kind: &Kind, written: Written) -> Refused {
    match written {
        Written::Gone => not_found(),
        Written::NoMember => bad(
            ScimType::InvalidValue,
            "members: a value is not the id of a resource here",
        ),
        Written::Taken { attribute } => {
            let named = kind.indexed.iter().find(|one| one.name == attribute);
            let name = named.map_or(attribute, |one| one.path.to_string());
            Refused::Scim(ScimError {
                status: 409,
                scim_type: Some(ScimType::Uniqueness),
                detail: format!("{name} is taken by another {}", kind.name()),
            })
        }
        Written::Done(_) | Written::Stale | Written::Waiting => Refused::Busy,
    }
}
