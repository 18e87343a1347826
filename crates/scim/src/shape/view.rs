//! A selection seen through a schema.

use serde_json::{Map, Value};

use super::Selection;
use crate::{
    path::AttrPath,
    resource::Resource,
    schema::{Attribute, AttributeType, ResourceSchema, Returned},
    urn,
    value::is_empty_value,
};

/// The names of a selection as the schema understands them.
pub(super) struct View<'a> {
    schema: &'a ResourceSchema,
    attributes: Vec<AttrPath>,
    excluded: Vec<AttrPath>,
}

/// What a list of names says about one attribute.
#[derive(Default)]
struct Named<'a> {
    /// The attribute itself is named.
    whole: bool,
    /// The schema that it belongs to is named.
    schema: bool,
    /// These sub-attributes are named.
    subs: Vec<&'a str>,
}

/// What is shown of an attribute that is shown.
struct Cut<'a> {
    attribute: Option<&'a Attribute>,
    /// Its sub-attributes that are `default`, or only those that are named.
    is_whole: bool,
    named: Vec<&'a str>,
    excluded: Vec<&'a str>,
}

/// What a member at the top level of a resource is.
enum Member {
    Attribute(AttrPath),
    /// The object of a schema; `None` for the core schema's own.
    Schema(Option<String>),
}

impl<'a> View<'a> {
    pub(super) fn new(selection: &Selection, schema: &'a ResourceSchema) -> Self {
        let localized = |paths: &[AttrPath]| {
            paths
                .iter()
                .map(|path| schema.localize(&path.clone().resolve(schema)))
                .collect()
        };
        Self {
            schema,
            attributes: localized(&selection.attributes),
            excluded: localized(&selection.excluded),
        }
    }

    pub(super) fn apply(&self, resource: Resource) -> Resource {
        let mut shown = Map::new();
        for (name, value) in resource.into_map() {
            let value = match (self.member(&name), value) {
                (Member::Attribute(path), value) => self.attribute(&path, value),
                (Member::Schema(urn), Value::Object(map)) => {
                    let members = map.into_iter().filter_map(|(name, value)| {
                        let path = AttrPath {
                            urn: urn.clone(),
                            ..AttrPath::new(&name)
                        };
                        Some((name, self.attribute(&path, value)?))
                    });
                    Some(Value::Object(members.collect()))
                }
                // The object of a known schema that is none has no attribute to go by.
                (Member::Schema(Some(urn)), value) if !self.schema.is_extension(&urn) => {
                    self.shows_unknown(&urn).then_some(value)
                }
                (Member::Schema(_), _) => None,
            };
            if let Some(value) = value.filter(|value| !is_empty_value(value)) {
                shown.insert(name, value);
            }
        }
        Resource::from(shown)
    }

    pub(super) fn shows(&self, path: &AttrPath) -> bool {
        let path = self.schema.localize(&path.clone().resolve(self.schema));
        if !path.is_schema() {
            let cut = self.cut(&path);
            return match &path.sub {
                Some(sub) => cut.is_some_and(|cut| cut.shows(sub)),
                None => cut.is_some(),
            };
        }
        let urn = path.urn.filter(|urn| !self.schema.is_core(urn));
        let is_shown = |attribute: &Attribute| {
            let path = AttrPath {
                urn: urn.clone(),
                ..AttrPath::new(&attribute.name)
            };
            self.cut(&path).is_some()
        };
        let Some(urn) = urn.as_deref() else {
            return self.schema.top_level().any(is_shown);
        };
        match self.schema.extension(urn) {
            Some(extension) if !extension.attributes.is_empty() => {
                extension.attributes.iter().any(is_shown)
            }
            _ => self.shows_unknown(urn),
        }
    }

    /// Names come as they are in a resource, which need not be canonical: what is never returned
    /// is not returned under its full name either.
    fn member(&self, name: &str) -> Member {
        if self.schema.is_extension(name) {
            return Member::Schema(Some(name.to_owned()));
        }
        if urn::same(&self.schema.core().id, name) {
            return Member::Schema(None);
        }
        let plain = AttrPath::new(name);
        if self.schema.attribute(&plain).is_some() {
            return Member::Attribute(plain);
        }
        match name.parse::<AttrPath>() {
            Ok(path) if self.schema.attribute(&path.parent()).is_some() => {
                Member::Attribute(self.schema.localize(&path))
            }
            _ if name.contains(':') => Member::Schema(Some(name.to_owned())),
            _ => Member::Attribute(plain),
        }
    }

    fn attribute(&self, path: &AttrPath, value: Value) -> Option<Value> {
        let cut = self.cut(path)?;
        match &path.sub {
            Some(sub) => cut.shows(sub).then_some(value),
            None if cut.is_all() => Some(value),
            None => cut.apply(value),
        }
    }

    /// Whether a schema of which nothing is known but its URN is shown.
    fn shows_unknown(&self, urn: &str) -> bool {
        let is_whole = |path: &AttrPath| is_whole(path, Some(urn), self.schema);
        let is_within = |path: &AttrPath| {
            is_whole(path) || path.urn.as_deref().is_some_and(|of| urn::same(of, urn))
        };
        (self.attributes.is_empty() || self.attributes.iter().any(is_within))
            && !self.excluded.iter().any(is_whole)
    }

    /// What is shown of the attribute at `path`; `None` for nothing.
    fn cut(&self, path: &AttrPath) -> Option<Cut<'_>> {
        let attribute = self.schema.attribute(&path.parent());
        let returned = attribute.map_or(Returned::Default, |known| known.returned);
        let mut named = self.named(&self.attributes, path);
        // A part that is not there is no wish to see the others.
        named.subs.retain(|sub| can_show(attribute, sub));
        let is_whole = match returned {
            Returned::Never => return None,
            Returned::Always => named.whole || named.subs.is_empty(),
            Returned::Request => named.whole,
            Returned::Default => self.attributes.is_empty() || named.whole || named.schema,
        };
        if !is_whole && named.subs.is_empty() {
            return None;
        }
        let excluded = self.named(&self.excluded, path);
        if returned != Returned::Always && (excluded.whole || excluded.schema) {
            return None;
        }
        Some(Cut {
            attribute,
            is_whole,
            named: named.subs,
            excluded: excluded.subs,
        })
    }

    fn named<'n>(&self, names: &'n [AttrPath], path: &AttrPath) -> Named<'n> {
        let mut named = Named::default();
        for name in names {
            if is_whole(name, path.urn.as_deref(), self.schema) {
                named.schema = true;
            } else if name.parent().same(&path.parent()) {
                match &name.sub {
                    Some(sub) => named.subs.push(sub),
                    None => named.whole = true,
                }
            }
        }
        named
    }
}

/// Whether a name means the whole schema `urn`, `None` being the core. Of an extension that the
/// schema does not know the name reads as that of an attribute.
fn is_whole(name: &AttrPath, urn: Option<&str>, schema: &ResourceSchema) -> bool {
    match (urn, &name.urn) {
        (None, Some(of)) => name.is_schema() && schema.is_core(of),
        (Some(urn), Some(_)) => urn::same(urn, &name.to_string()),
        (_, None) => false,
    }
}

/// Whether an attribute may have a part of this name in an answer.
fn can_show(attribute: Option<&Attribute>, sub: &str) -> bool {
    attribute.is_none_or(|known| {
        known.type_ == AttributeType::Complex
            && known
                .sub_attribute(sub)
                .is_none_or(|sub| sub.returned != Returned::Never)
    })
}

impl Cut<'_> {
    /// Whether nothing is cut off. Most often so: groups have 100,000 members.
    fn is_all(&self) -> bool {
        self.is_whole
            && self.excluded.is_empty()
            && self.attribute.is_none_or(|known| {
                known
                    .sub_attributes
                    .iter()
                    .all(|sub| matches!(sub.returned, Returned::Default | Returned::Always))
            })
    }

    fn shows(&self, sub: &str) -> bool {
        let has = |names: &[&str]| names.iter().any(|name| name.eq_ignore_ascii_case(sub));
        let known = self.attribute.and_then(|known| known.sub_attribute(sub));
        match known.map_or(Returned::Default, |known| known.returned) {
            Returned::Always => true,
            Returned::Never => false,
            Returned::Default => (self.is_whole || has(&self.named)) && !has(&self.excluded),
            Returned::Request => has(&self.named) && !has(&self.excluded),
        }
    }

    fn apply(&self, value: Value) -> Option<Value> {
        let value = match value {
            Value::Array(items) => items
                .into_iter()
                .filter_map(|item| self.apply(item))
                .collect(),
            Value::Object(mut map) => {
                map.retain(|name, _| self.shows(name));
                Value::Object(map)
            }
            // It has no parts.
            simple => self.is_whole.then_some(simple)?,
        };
        (!is_empty_value(&value)).then_some(value)
    }
}
