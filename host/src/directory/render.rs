//! From an entry to what a client sees.
//!
//! Most reads want all that there is. Then the text of the document is sent as it is
//! kept, with what the directory says about it put behind, and no JSON is read.

use std::borrow::Cow;

use purser_scim::{Resource, Selection};
use serde_json::{Map, Value};

use super::{
    Refused, Service, condition,
    tenant::{Kind, Role, Tenant},
    unreadable,
};
use crate::store::{Entry, Reference};

impl Service {
    /// An entry with those that it refers to, to be shown.
    pub(super) fn seen<'a>(
        &'a self,
        kind: &'a Kind,
        entry: &'a Entry,
        related: &'a [Reference],
    ) -> Seen<'a> {
        Seen {
            tenant: &self.tenant,
            kind,
            entry,
            related,
        }
    }
}

/// An entry with those that it refers to: the members of a group, the groups of a user.
pub(super) struct Seen<'a> {
    pub tenant: &'a Tenant,
    pub kind: &'a Kind,
    pub entry: &'a Entry,
    pub related: &'a [Reference],
}

impl Seen<'_> {
    /// All of it, as JSON text.
    fn whole(&self) -> String {
        let document = self.entry.document.trim_end();
        let document = document.strip_suffix('}').unwrap_or(document);
        let mut text = String::with_capacity(document.len() + 256 + self.related.len() * 128);
        text.push_str(document);
        if let Some((name, references)) = self.references() {
            text.push_str(&format!(",\"{name}\":{references}"));
        }
        for (place, (name, value)) in self.meta().iter().enumerate() {
            text.push_str(if place == 0 { ",\"meta\":{\"" } else { ",\"" });
            text.push_str(name);
            text.push_str("\":");
            push_text(&mut text, value);
        }
        text.push_str("}}");
        text
    }

    /// All of it, to be looked into.
    pub(super) fn resource(&self) -> Result<Resource, Refused> {
        let mut resource = Resource::parse(&self.entry.document).map_err(unreadable)?;
        if let Some((name, references)) = self.references() {
            resource.set(name, references);
        }
        let meta = self.meta().into_iter();
        let meta: Map<String, Value> = meta
            .map(|(name, value)| (name.to_owned(), value.into()))
            .collect();
        resource.set("meta", Value::Object(meta));
        Ok(resource)
    }

    /// What of it is to be shown, as JSON text.
    pub(super) fn shown(&self, selection: &Selection) -> Result<String, Refused> {
        if selection.is_default() && self.kind.plain {
            return Ok(self.whole());
        }
        let resource = self.resource()?;
        Ok(selection.apply(resource, &self.kind.schema).to_string())
    }

    /// RFC 7643 §3.1.
    fn meta(&self) -> [(&'static str, Cow<'_, str>); 5] {
        let Entry {
            id,
            version,
            created,
            modified,
            ..
        } = self.entry;
        [
            ("resourceType", self.kind.name().into()),
            ("created", created.into()),
            ("lastModified", modified.into()),
            ("location", self.tenant.location(self.kind, id).into()),
            ("version", condition::tag(*version).into()),
        ]
    }

    fn references(&self) -> Option<(&'static str, Value)> {
        if self.related.is_empty() {
            return None;
        }
        let name = self.kind.role.attribute()?;
        let is_group = self.kind.role == Role::Container;
        let one = |reference: &Reference| {
            let mut map = Map::new();
            map.insert("value".to_owned(), reference.id.as_str().into());
            if let Some(kind) = self.tenant.kind(&reference.resource_type) {
                let location = self.tenant.location(kind, &reference.id);
                map.insert("$ref".to_owned(), location.into());
            }
            // RFC 7643 §4.1.2: whoever is in a group by another group is not told here.
            let word = if is_group {
                reference.resource_type.as_str()
            } else {
                "direct"
            };
            if !word.is_empty() {
                map.insert("type".to_owned(), word.into());
            }
            // RFC 7643 §8.7.1: of a group its name is told, of a member nothing more.
            if !is_group && !reference.display.is_empty() {
                map.insert("display".to_owned(), reference.display.as_str().into());
            }
            Value::Object(map)
        };
        Some((name, self.related.iter().map(one).collect()))
    }
}

/// A JSON string.
fn push_text(text: &mut String, value: &str) {
    let plain = |byte: u8| byte >= b' ' && byte != b'"' && byte != b'\\';
    if value.bytes().all(plain) {
        text.push('"');
        text.push_str(value);
        text.push('"');
    } else {
        text.push_str(&Value::from(value).to_string());
    }
}

/// What a resource is called where others refer to it.
pub(super) fn display(resource: &Resource) -> String {
    ["displayName", "userName"]
        .into_iter()
        .filter_map(|name| resource.get(name)?.as_str())
        .find(|text| !text.trim().is_empty())
        .unwrap_or_default()
        .to_owned()
}
