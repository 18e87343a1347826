//! A tenant's directory as a source: what identity providers wrote to it is mapped to
//! other targets.
//!
//! Objects are SCIM resources, by their ids. The directory knows all of them, and an
//! enumeration walks them by the numbers that they were given in order, so that it meets
//! everybody who lives from its begin to its end. So, unlike that of a file, its end
//! proves that whoever it did not meet is gone.

use async_trait::async_trait;
use purser_engine::{
    absence::{Attested, Evidence, Tombstone},
    ids::{Kind, ObjectKey},
    imprint::{Imprint, Known},
    object::SourceObject,
};
use serde_json::{Map, Value};

use super::{Enumeration, KindInfo, Looked, Page, Row, Source, SourceError};
use crate::{
    directory::{Held, Refused, Service},
    store::EntryId,
};

/// The directory of one tenant.
#[derive(Clone, Debug)]
pub struct DirectorySource {
    service: Service,
    kinds: Vec<KindInfo>,
}

impl DirectorySource {
    /// Over a tenant; of the kinds that it offers, these.
    #[must_use]
    pub fn new(service: Service, kinds: Vec<KindInfo>) -> Self {
        Self { service, kinds }
    }
}

#[async_trait]
impl Source for DirectorySource {
    fn kinds(&self) -> &[KindInfo] {
        &self.kinds
    }

    async fn enumerate(&self, kind: &Kind) -> Result<Box<dyn Enumeration>, SourceError> {
        let info = self.kinds.iter().find(|info| info.kind == *kind);
        let info = info.ok_or_else(|| SourceError::UnknownKind(kind.clone()))?;
        Ok(Box::new(Walk {
            service: self.service.clone(),
            info: info.clone(),
            after: EntryId::default(),
            evidence: Evidence {
                unchanged: true,
                ..Evidence::default()
            },
        }))
    }

    async fn look(&self, key: &ObjectKey) -> Result<Looked, SourceError> {
        let info = self.kinds.iter().find(|info| info.kind == key.kind);
        let info = info.ok_or_else(|| SourceError::UnknownKind(key.kind.clone()))?;
        let held = self
            .service
            .held_one(info.resource_type.as_str(), key.id.as_str())
            .await
            .map_err(|cause| unreadable(&self.service, cause))?;
        Ok(match held {
            Some(held) => Looked::There(Box::new(row(info, &held, imprint(&held)))),
            // What the service provider would answer: ids are not given twice, so it was
            // deleted by somebody who was let.
            None => Tombstone::confirm(key.clone(), 404).map_or(Looked::Unknown, Looked::Gone),
        })
    }
}

fn unreadable(service: &Service, cause: Refused) -> SourceError {
    SourceError::Read {
        what: format!("the directory of {}", service.tenant().name),
        cause: std::io::Error::other(cause),
    }
}

/// Where it stands in the order of the directory.
fn place(held: &Held) -> u64 {
    u64::try_from(held.entry.entry.0).unwrap_or_default()
}

/// A walk through the entries of a kind.
struct Walk {
    service: Service,
    info: KindInfo,
    after: EntryId,
    evidence: Evidence,
}

#[async_trait]
impl Enumeration for Walk {
    async fn page(&mut self, max: usize, known: Known) -> Result<Page, SourceError> {
        let held = self
            .service
            .held(self.info.resource_type.as_str(), self.after, max)
            .await
            .map_err(|cause| unreadable(&self.service, cause))?;
        let mut page = Page::default();
        for one in held {
            self.after = one.entry.entry;
            self.evidence.counted += 1;
            let place = place(&one);
            page.last = place;
            let imprint = imprint(&one);
            if known.is_same(place, imprint) {
                page.same.push(place);
            } else {
                page.rows.push(row(&self.info, &one, imprint));
            }
        }
        if page.is_empty() && max > 0 {
            self.evidence.reached_end = true;
            self.evidence.attested = Attested::Holds;
        }
        Ok(page)
    }

    async fn evidence(&mut self) -> Evidence {
        self.evidence.clone()
    }
}

/// What an object comes from: the document, and who belongs to it.
fn imprint(held: &Held) -> Imprint {
    let members = held.members.iter().map(|member| member.id.as_bytes());
    Imprint::of(std::iter::once(held.entry.document.as_bytes()).chain(members))
}

fn row(info: &KindInfo, held: &Held, imprint: Imprint) -> Row {
    let key = ObjectKey {
        kind: info.kind.clone(),
        id: held.entry.id.as_str().into(),
    };
    let content = match serde_json::from_str(&held.entry.document) {
        Ok(Value::Object(mut attributes)) => {
            let ids = |kind: &str| -> Vec<Value> {
                let members = held.members.iter();
                let members = members.filter(|member| member.resource_type == kind);
                members.map(|member| member.id.as_str().into()).collect()
            };
            for (name, kind) in [("members", "User"), ("memberGroups", "Group")] {
                let ids = ids(kind);
                if !ids.is_empty() {
                    attributes.insert(name.to_owned(), ids.into());
                }
            }
            let parts = parts(&attributes);
            attributes.extend(parts);
            Ok(SourceObject {
                key: key.clone(),
                resource_type: info.resource_type.clone(),
                // RFC 7643 §4.1.1: what is not said is up to the provider. Who is kept is active.
                active: attributes.get("active") != Some(&Value::Bool(false)),
                roles: roles(attributes.get("roles")),
                attributes,
            })
        }
        _ => Err("its document cannot be read".to_owned()),
    };
    Row {
        key,
        resource_type: info.resource_type.clone(),
        position: place(held),
        content,
        imprint: Some(imprint),
    }
}

/// RFC 7643 §4.1.2: by their values.
fn roles(value: Option<&Value>) -> Vec<String> {
    let items = value.and_then(Value::as_array).into_iter().flatten();
    let texts = items.filter_map(|item| item.get("value").unwrap_or(item).as_str());
    texts.map(str::to_owned).collect()
}

/// The parts of complex attributes by their full names, as SCIM writes them
/// (`name.givenName`, `emails.value`, `urn:…:User:department`): a mapping by a table
/// reads names, and looks into nothing. Of a list all values, the primary one first.
fn parts(attributes: &Map<String, Value>) -> Map<String, Value> {
    let mut found = Map::new();
    for (name, value) in attributes {
        match value {
            Value::Object(part) => {
                let between = if name.contains(':') { ':' } else { '.' };
                for (part, value) in part {
                    found.insert(format!("{name}{between}{part}"), value.clone());
                }
            }
            Value::Array(items) => {
                let is_primary = |item: &&Value| item.get("primary") == Some(&Value::Bool(true));
                let (first, rest): (Vec<&Value>, Vec<&Value>) = items.iter().partition(is_primary);
                let values = first.into_iter().chain(rest);
                let values: Vec<Value> = values
                    .filter_map(|item| item.get("value"))
                    .cloned()
                    .collect();
                if !values.is_empty() {
                    found.insert(format!("{name}.value"), values.into());
                }
            }
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn parts_have_their_full_names() {
        let Value::Object(attributes) = json!({
            "userName": "babs",
            "name": { "givenName": "Barbara" },
            "emails": [{ "value": "b@x.org" }, { "value": "a@x.org", "primary": true }],
            "urn:example:User": { "department": "Tours" },
            "members": ["u1"],
        }) else {
            panic!("an object");
        };
        assert_eq!(
            Value::Object(parts(&attributes)),
            json!({
                "name.givenName": "Barbara",
                "emails.value": ["a@x.org", "b@x.org"],
                "urn:example:User:department": "Tours",
            })
        );
    }

    #[test]
    fn roles_are_told_by_their_values() {
        assert_eq!(
            roles(Some(&json!([{ "value": "editor" }, "admin"]))),
            ["editor", "admin"]
        );
        assert_eq!(roles(None), [""; 0]);
    }
}
