//! A body, attribute by attribute.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::{
    names::{Meaning, Notation, meaning},
    schemas,
    values::{Place, Reader, set},
};
use crate::{
    judge::invalid_value,
    message::ScimError,
    resource::{Resource, json_type},
    schema::{Attribute, Schema},
    value::is_empty_value,
};

impl Reader<'_> {
    /// The attributes that the body has, canonical but without `schemas`.
    pub(super) fn read(&self, body: Resource) -> Result<Map<String, Value>, ScimError> {
        let mut reading = Reading::new(self);
        reading.top(body.into_map())?;
        reading.end()
    }
}

/// What has been read of a body.
struct Reading<'r, 'a> {
    reader: &'r Reader<'a>,
    schemas: Option<Value>,
    attributes: Map<String, Value>,
    /// URN, attribute and sub-attribute of what came so far; only a URN for a whole object.
    seen: HashSet<[&'a str; 3]>,
    /// Sub-attributes by name. They are laid over their attributes at the end: the order of
    /// names in a body means nothing.
    parts: Vec<(Notation<'a>, Value)>,
}

impl<'r, 'a> Reading<'r, 'a> {
    fn new(reader: &'r Reader<'a>) -> Self {
        Self {
            reader,
            schemas: None,
            attributes: Map::new(),
            seen: HashSet::new(),
            parts: Vec::new(),
        }
    }

    fn top(&mut self, body: Map<String, Value>) -> Result<(), ScimError> {
        let reader = self.reader;
        for (name, value) in body {
            match meaning(reader.schema, &name) {
                Meaning::Schemas => {
                    self.note(["", "schemas", ""], "schemas")?;
                    self.schemas = Some(value);
                }
                Meaning::Attribute(attribute) => self.attribute(None, attribute, value)?,
                Meaning::Extension(extension) => {
                    self.note([&extension.id, "", ""], &extension.id)?;
                    self.extension(extension, value)?;
                }
                Meaning::Core if reader.is_lenient() => self.core(value)?,
                Meaning::Notation(notation) if reader.is_lenient() => match notation.sub {
                    Some(_) => self.parts.push((notation, value)),
                    None => self.attribute(notation.extension, notation.attribute, value)?,
                },
                Meaning::Core | Meaning::Notation(_) | Meaning::Unknown => {
                    reader.unknown(&name, None)?;
                }
            }
        }
        Ok(())
    }

    /// Takes note that something is there.
    fn note(&mut self, key: [&'a str; 3], name: &str) -> Result<(), ScimError> {
        if self.seen.insert(key) {
            return Ok(());
        }
        self.reader.twice(name)
    }

    fn attribute(
        &mut self,
        extension: Option<&'a Schema>,
        attribute: &'a Attribute,
        value: Value,
    ) -> Result<(), ScimError> {
        let place = Place::Attribute(extension, attribute);
        let Some(value) = self.reader.known(attribute, place, value)? else {
            return Ok(());
        };
        let urn = extension.map_or("", |extension| &extension.id);
        if !self.seen.insert([urn, &attribute.name, ""]) {
            self.reader.twice(place)?;
        }
        self.within(extension, |map| set(map, &attribute.name, value));
        Ok(())
    }

    fn extension(&mut self, extension: &'a Schema, value: Value) -> Result<(), ScimError> {
        for (name, value) in self.object(&extension.id, value)? {
            match extension.attribute(&name) {
                Some(attribute) => self.attribute(Some(extension), attribute, value)?,
                None => {
                    let urn = &extension.id;
                    self.reader.unknown(&format!("{urn}:{name}"), None)?;
                }
            }
        }
        Ok(())
    }

    /// An object of top-level attributes; `schemas` is none that belongs there.
    fn core(&mut self, value: Value) -> Result<(), ScimError> {
        let reader = self.reader;
        for (name, value) in self.object(&reader.schema.core().id, value)? {
            if let Meaning::Attribute(attribute) = meaning(reader.schema, &name) {
                self.attribute(None, attribute, value)?;
            }
        }
        Ok(())
    }

    fn object(&self, urn: &str, value: Value) -> Result<Map<String, Value>, ScimError> {
        match value {
            Value::Object(map) => Ok(map),
            Value::Array(mut items) if self.reader.is_lenient() && items.len() == 1 => {
                self.object(urn, items.pop().unwrap_or_default())
            }
            empty if is_empty_value(&empty) => Ok(Map::new()),
            other => Err(invalid_value(format!(
                "{urn} is an object, not {}",
                json_type(&other)
            ))),
        }
    }

    /// Works on the map that holds the attributes of an extension or of the top level.
    fn within(&mut self, extension: Option<&Schema>, work: impl FnOnce(&mut Map<String, Value>)) {
        let Some(extension) = extension else {
            return work(&mut self.attributes);
        };
        let slot = self
            .attributes
            .entry(extension.id.as_str())
            .or_insert_with(|| Value::Object(Map::new()));
        if let Value::Object(map) = slot {
            work(map);
        }
    }

    fn end(mut self) -> Result<Map<String, Value>, ScimError> {
        for (notation, value) in std::mem::take(&mut self.parts) {
            self.part(notation, value)?;
        }
        // The objects of extensions that were there but held nothing.
        self.attributes.retain(|_, value| !is_empty_value(value));
        if !self.reader.is_lenient() {
            let schema = self.reader.schema;
            schemas::check(self.schemas.as_ref(), &self.attributes, schema)?;
        }
        Ok(self.attributes)
    }

    /// A sub-attribute by name.
    fn part(&mut self, notation: Notation<'a>, value: Value) -> Result<(), ScimError> {
        let Notation {
            extension,
            attribute,
            sub: Some(sub),
        } = notation
        else {
            return Ok(());
        };
        let parent = Place::Attribute(extension, attribute);
        if attribute.is_read_only() && !self.reader.is_own {
            return Ok(());
        }
        let Some(value) = self.reader.known(sub, Place::Sub(&parent, sub), value)? else {
            return Ok(());
        };
        self.within(extension, |map| {
            let mut whole = match map.get_mut(&attribute.name).map(Value::take) {
                Some(Value::Object(whole)) => whole,
                _ => Map::new(),
            };
            set(&mut whole, &sub.name, value);
            // In place: what has an attribute keeps its position.
            if whole.is_empty() {
                map.shift_remove(&attribute.name);
            } else {
                map.insert(attribute.name.clone(), Value::Object(whole));
            }
        });
        Ok(())
    }
}
