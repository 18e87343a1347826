//! What clients really send, put into the form of RFC 7644 §3.5.2 before it is applied.
//!
//! [`PatchRequest::parse_lenient`] is for a service provider that wants to be provisioned by the
//! directories there are; [`PatchRequest::parse`] stays what the RFC says. A translation looks at
//! the request and the schema, never at the resource, so that what it makes is an ordinary
//! request, which can be logged, compared and applied like any other.
//!
//! **Law.** A request in the RFC's form over attributes that the schema knows does the same after
//! this reading as after the strict one (a property test in `tests/laws`).
//!
//! | what comes | from | becomes |
//! |---|---|---|
//! | no `schemas`, `path` null or `""` | various | as if it were right |
//! | no `op`, but a `value` | Google (reported) | `replace` |
//! | `"False"`, `"5"` for a boolean or number, in `primary eq "True"` too | Entra | the JSON value |
//! | a bare text for a complex value, `manager` above all | Entra | `{"value": text}` |
//! | a list of one for a singular attribute, `{"value": x}` for a simple one | Entra | the one |
//! | `null`, for `manager` also `""` | Entra | `remove` |
//! | `replace emails[type eq "work"].value` | Entra | `add`, which makes the value if need be |
//! | `remove` with a list of objects | Entra, JumpCloud | what identifies the values |
//! | `emails[type eq "work"].value` as a member of a path-less value | Entra | an operation of its own |
//! | an extension's attribute without its URN | Entra (before 2018) | the full name |
//! | `id`, `meta`, `schemas` and all that is readOnly in a path-less value | Okta | nothing |
//! | attributes that no schema knows in a value | Entra, Okta | nothing |
//!
//! A *path* that no schema knows is `invalidPath` instead: the operation is about nothing else, so
//! to ignore it would be to answer 200 for what was not done. For the same reason `remove` with an
//! empty list removes nothing: it names nobody, and must not mean everybody.
//!
//! To add a translation: a row above, its place in `fit.rs` if it is about values and here if it is
//! about operations, and a test with the sender's real shape.

mod fit;

use serde_json::{Map, Value};

use super::{Op, PatchOp, PatchRequest};
use crate::{
    message::{ScimError, ScimType},
    path::{AttrPath, Path},
    resource::json_type,
    schema::{Attribute, AttributeType, ResourceSchema, Schema},
    urn,
    value::get_in,
};

impl PatchRequest {
    /// Reads the body of a PATCH request as clients really send it; see the module's text. A
    /// request of which nothing is left has no operations and changes nothing.
    ///
    /// # Errors
    ///
    /// 400 `invalidSyntax` for what cannot be read at all, `invalidPath` for a path that cannot be
    /// read or that no schema knows, `invalidValue` for an `add` or `replace` without a value. What
    /// an operation may not do is for [`PatchRequest::apply`] to say.
    pub fn parse_lenient(value: &Value, schema: &ResourceSchema) -> Result<Self, ScimError> {
        let Value::Object(map) = value else {
            return Err(syntax("the body of a PATCH request is an object"));
        };
        let Some(Value::Array(entries)) = get_in(map, "Operations") else {
            return Err(syntax("\"Operations\" must be a list of one or more"));
        };
        if entries.is_empty() {
            return Err(syntax("\"Operations\" must be a list of one or more"));
        }
        let mut translator = Translator {
            schema,
            operations: Vec::new(),
        };
        for entry in entries {
            translator.operation(entry)?;
        }
        Ok(Self {
            operations: translator.operations,
        })
    }
}

fn syntax(detail: impl Into<String>) -> ScimError {
    ScimError::bad_request(ScimType::InvalidSyntax, detail)
}

struct Translator<'a> {
    schema: &'a ResourceSchema,
    operations: Vec<PatchOp>,
}

/// The members of a value that stands for several attributes.
#[derive(Default)]
struct Members {
    /// What can stay together.
    together: Map<String, Value>,
    /// What a path-less value cannot hold, each for an operation of its own.
    apart: Vec<(Path, Value)>,
}

/// Where a path comes from, and so what it means that it cannot be used.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    /// It is the operation's path: an error.
    Path,
    /// It is a member of a value: ignored.
    Member,
}

impl<'a> Translator<'a> {
    fn operation(&mut self, entry: &Value) -> Result<(), ScimError> {
        let Value::Object(map) = entry else {
            let found = json_type(entry);
            return Err(syntax(format!(
                "a PATCH operation is an object, not {found}"
            )));
        };
        let value = get_in(map, "value");
        let op = match get_in(map, "op") {
            None | Some(Value::Null) if value.is_some() => Some(Op::Replace),
            Some(Value::String(word)) => Op::parse(word.trim()),
            _ => None,
        };
        let op = op.ok_or_else(|| syntax("\"op\" must be add, remove or replace"))?;
        if value.is_none() && op != Op::Remove {
            return Err(ScimError::bad_request(
                ScimType::InvalidValue,
                format!("\"{}\" needs a \"value\"", op.word()),
            ));
        }
        match get_in(map, "path") {
            None | Some(Value::Null) => self.at_root(op, value),
            Some(Value::String(path)) if path.trim().is_empty() => self.at_root(op, value),
            Some(Value::String(path)) => {
                self.at_path(op, path.trim().parse()?, value, Origin::Path)
            }
            Some(other) => Err(syntax(format!(
                "\"path\" must be a text, not {}",
                json_type(other)
            ))),
        }
    }

    fn push(&mut self, op: Op, path: Option<Path>, value: Option<Value>) {
        self.operations.push(PatchOp { op, path, value });
    }

    fn at_root(&mut self, op: Op, value: Option<&Value>) -> Result<(), ScimError> {
        match fit::alone(value) {
            Some(Value::Object(map)) if op != Op::Remove => {
                let mut members = Members::default();
                self.members(map, &mut members)?;
                self.push_members(op, None, map, members)
            }
            // `apply` says what is wrong with it.
            _ => {
                self.push(op, None, value.cloned());
                Ok(())
            }
        }
    }

    fn push_members(
        &mut self,
        op: Op,
        path: Option<Path>,
        came: &Map<String, Value>,
        members: Members,
    ) -> Result<(), ScimError> {
        if came.is_empty() || !members.together.is_empty() {
            self.push(op, path, Some(Value::Object(members.together)));
        }
        for (path, value) in members.apart {
            self.at_path(op, path, Some(&value), Origin::Member)?;
        }
        Ok(())
    }

    /// Sorts the members of a path-less value.
    fn members(&self, map: &Map<String, Value>, members: &mut Members) -> Result<(), ScimError> {
        for (name, value) in map {
            match value {
                Value::Object(core) if urn::same(&self.schema.core().id, name) => {
                    self.members(core, members)?;
                    continue;
                }
                Value::Object(extension) => {
                    if let Some(schema) = self.schema.extension(name) {
                        let kept = self.extension(schema, extension, members)?;
                        if extension.is_empty() || !kept.is_empty() {
                            members.together.insert(name.clone(), Value::Object(kept));
                        }
                        continue;
                    }
                }
                _ if self.schema.is_extension(name) => {
                    members.together.insert(name.clone(), value.clone());
                    continue;
                }
                _ => {}
            }
            if name.contains('[') {
                members.apart.push((name.parse()?, value.clone()));
                continue;
            }
            let Some((path, attribute)) = name
                .parse()
                .ok()
                .and_then(|path: AttrPath| self.attribute(&path))
            else {
                continue;
            };
            // The server assigns it, or, as `schemas`, derives it from what is written.
            if !self.schema.writable(&path) || path.attr.eq_ignore_ascii_case("schemas") {
                continue;
            }
            let Some(target) = target(attribute, path.sub.as_deref()) else {
                continue;
            };
            if let Some(value) = fit::value(target, value) {
                let is_found_elsewhere = path.urn.is_some() && !name.contains(':');
                let name = match is_found_elsewhere {
                    true => path.to_string(),
                    false => name.clone(),
                };
                members.together.insert(name, value);
            }
        }
        Ok(())
    }

    /// Sorts the members of an extension's object; gives those that can stay in it.
    fn extension(
        &self,
        schema: &Schema,
        map: &Map<String, Value>,
        members: &mut Members,
    ) -> Result<Map<String, Value>, ScimError> {
        let mut kept = Map::new();
        for (name, value) in map {
            if name.contains(['[', '.']) {
                match name.parse::<Path>() {
                    Ok(path) => {
                        let attr = path.attr.clone().with_urn(&schema.id);
                        members.apart.push((Path { attr, ..path }, value.clone()));
                    }
                    Err(error) if name.contains('[') => return Err(error.into()),
                    Err(_) => {}
                }
                continue;
            }
            let writable = schema.attribute(name).filter(|known| !known.is_read_only());
            if let Some(value) = writable.and_then(|attribute| fit::value(attribute, value)) {
                kept.insert(name.clone(), value);
            }
        }
        Ok(kept)
    }

    fn at_path(
        &mut self,
        op: Op,
        path: Path,
        value: Option<&Value>,
        origin: Origin,
    ) -> Result<(), ScimError> {
        let resolved = path.clone().resolve(self.schema);
        if resolved.attr.is_schema() {
            return self.at_schema(op, path, &resolved.attr, value);
        }
        let sub = path.sub.as_deref().or(path.attr.sub.as_deref());
        let found = self
            .attribute(&path.attr)
            .and_then(|(attr, attribute)| Some((attr, attribute, target(attribute, sub)?)));
        let Some((attr, attribute, target)) = found else {
            return match origin {
                Origin::Path => Err(unknown_path(&path.attr)),
                Origin::Member => Ok(()),
            };
        };
        if origin == Origin::Member && !self.schema.writable(&attr) {
            return Ok(());
        }
        let has_sub = sub.is_some();
        let filter = path
            .filter
            .map(|filter| Box::new(fit::filter(attribute, *filter)));
        let is_selected = filter.is_some();
        let path = Path {
            attr,
            filter,
            sub: path.sub,
        };
        if op == Op::Remove {
            if is_selected || has_sub || !attribute.multi_valued {
                self.push(op, Some(path), value.cloned());
            } else if let Some(listed) = fit::listed(attribute, value) {
                self.push(op, Some(path), listed);
            }
            return Ok(());
        }
        let value = match value {
            // One of the values, not the list of them.
            Some(value) if is_selected && !has_sub => fit::element(attribute, value),
            Some(value) => fit::value(target, value),
            None => None,
        };
        let Some(value) = value else {
            return Ok(());
        };
        if op == Op::Replace && value.is_null() && self.schema.writable(&path.attr) {
            self.push(Op::Remove, Some(path), None);
            return Ok(());
        }
        // For a single simple value `add` does what `replace` does, and makes the value that the
        // filter describes where there is none, instead of a `noTarget`.
        let is_simple = !value.is_object() && !value.is_array();
        let makes_it = is_selected && has_sub && is_simple && !target.multi_valued;
        let op = match op {
            Op::Replace if makes_it => Op::Add,
            op => op,
        };
        self.push(op, Some(path), Some(value));
        Ok(())
    }

    /// The path is a whole schema.
    fn at_schema(
        &mut self,
        op: Op,
        path: Path,
        whole: &AttrPath,
        value: Option<&Value>,
    ) -> Result<(), ScimError> {
        let urn = whole.urn.as_deref().unwrap_or_default();
        let extension = self.schema.extension(urn);
        if extension.is_none() && !urn::same(&self.schema.core().id, urn) {
            return Err(unknown_path(whole));
        }
        match value {
            Some(Value::Object(map)) if op != Op::Remove => {
                let mut members = Members::default();
                match extension {
                    Some(extension) => {
                        members.together = self.extension(extension, map, &mut members)?;
                    }
                    None => self.members(map, &mut members)?,
                }
                self.push_members(op, Some(path), map, members)
            }
            _ => {
                self.push(op, Some(path), value.cloned());
                Ok(())
            }
        }
    }

    /// The attribute that a path means, and its full name: one that the core schema does not know
    /// is that of the only extension that does. "SHOULD fully qualify" (RFC 7644 §3.10) is not MUST.
    fn attribute(&self, path: &AttrPath) -> Option<(AttrPath, &'a Attribute)> {
        let schema = self.schema;
        if let Some(attribute) = schema.attribute(&path.parent()) {
            return Some((path.clone(), attribute));
        }
        if path.urn.is_some() {
            return None;
        }
        let mut found = schema
            .extensions()
            .filter_map(|extension| Some((extension, extension.attribute(&path.attr)?)));
        let (extension, attribute) = found.next()?;
        found
            .next()
            .is_none()
            .then(|| (path.clone().with_urn(&extension.id), attribute))
    }
}

/// What an operation at `sub` of the attribute writes; `None` if there is no such part. A part of
/// what has no parts is left for `apply` to refuse.
fn target<'a>(attribute: &'a Attribute, sub: Option<&str>) -> Option<&'a Attribute> {
    match sub {
        Some(sub) if attribute.type_ == AttributeType::Complex => attribute.sub_attribute(sub),
        _ => Some(attribute),
    }
}

fn unknown_path(path: &AttrPath) -> ScimError {
    ScimError::bad_request(
        ScimType::InvalidPath,
        format!("{path} is no attribute of this resource type"),
    )
}

#[cfg(test)]
mod tests;
