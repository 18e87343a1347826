//! Applying a PATCH request (RFC 7644 §3.5.2).
//!
//! From the outside in: this file takes operations one by one on a copy (atomic), finds the
//! attribute that a path means, and keeps extensions and `schemas` in step; `attribute.rs` changes
//! one attribute; `values.rs` the values of a list that a filter selects; `accept.rs` takes a value
//! as its attribute holds it; `guard.rs` refuses. Whether a value fits and whether a change is
//! allowed to happen is judged in `judge`, for PATCH and for whole bodies alike.

mod accept;
mod attribute;
mod guard;
mod list;
mod values;

use serde_json::{Map, Value};

use super::{Op, PatchOp, PatchRequest};
use crate::{
    message::ScimError,
    path::{AttrPath, Path},
    resource::Resource,
    schema::{AttributeType, ResourceSchema},
    urn,
    value::{comparable, is_empty_value},
};
use attribute::Target;

impl PatchRequest {
    /// Applies all operations in order, or none: on an error the resource is untouched. Says
    /// whether anything changed; what only spells the same state differently is no change, and
    /// leaves the resource as it was.
    pub fn apply(
        &self,
        resource: &mut Resource,
        schema: &ResourceSchema,
    ) -> Result<bool, ScimError> {
        let mut patched = resource.clone();
        for operation in &self.operations {
            apply_one(&mut patched, operation, schema)?;
        }
        if patched == *resource
            || comparable(&patched.as_value()) == comparable(&resource.as_value())
        {
            return Ok(false);
        }
        *resource = patched;
        Ok(true)
    }
}

fn apply_one(
    resource: &mut Resource,
    operation: &PatchOp,
    schema: &ResourceSchema,
) -> Result<(), ScimError> {
    let value = operation.value.as_ref();
    match &operation.path {
        Some(path) => at_path(resource, schema, operation.op, path, value),
        None if operation.op == Op::Remove => {
            Err(guard::no_target("\"remove\" needs a path".to_owned()))
        }
        None => at_root(resource, schema, operation.op, value),
    }
}

/// Without a path the value is an object of attributes.
fn at_root(
    resource: &mut Resource,
    schema: &ResourceSchema,
    op: Op,
    value: Option<&Value>,
) -> Result<(), ScimError> {
    let Some(Value::Object(attributes)) = value else {
        return Err(guard::invalid_value(
            "without a path, the value is an object of attributes".to_owned(),
        ));
    };
    for (name, value) in attributes {
        let path = named(resource, schema, name, value).into();
        at_path(resource, schema, op, &path, Some(value))?;
    }
    Ok(())
}

/// What a member name of a path-less value means: an attribute, a whole extension, or an attribute
/// by its full name (RFC 7644 §3.5.2, §3.10), dotted where its parent is complex.
fn named(resource: &Resource, schema: &ResourceSchema, name: &str, value: &Value) -> AttrPath {
    if schema.is_extension(name) || urn::same(&schema.core().id, name) {
        return AttrPath::schema(name);
    }
    let full_name = || {
        let path: AttrPath = name.parse().ok()?;
        let parent = schema.attribute(&path.parent());
        let reaches_down = path.sub.is_none()
            || parent.is_some_and(|parent| parent.type_ == AttributeType::Complex);
        (reaches_down && (parent.is_some() || path.urn.is_some())).then_some(path)
    };
    if !name.contains(':') {
        return full_name().unwrap_or_else(|| AttrPath::new(name));
    }
    let is_unknown_extension = resource.get(name).is_some()
        || (value.is_object()
            && full_name().is_none_or(|path| schema.attribute(&path.parent()).is_none()));
    match full_name() {
        Some(path) if !is_unknown_extension => path,
        _ => AttrPath::schema(name),
    }
}

fn at_path(
    resource: &mut Resource,
    schema: &ResourceSchema,
    op: Op,
    path: &Path,
    value: Option<&Value>,
) -> Result<(), ScimError> {
    let path = resolved(resource, schema, path);
    let Some(urn) = path.attr.urn.clone() else {
        return Target::new(schema, &path).run(resource.as_map_mut(), op, value);
    };
    if path.attr.is_schema() {
        return at_schema(resource, schema, op, &urn, value);
    }
    let mut extension = match resource.get(&urn) {
        Some(Value::Object(map)) => map.clone(),
        Some(other) if !is_empty_value(other) => {
            return Err(guard::invalid_path(&path, "its extension is no object"));
        }
        _ => Map::new(),
    };
    Target::new(schema, &path).run(&mut extension, op, value)?;
    put_extension(resource, schema, op, &urn, extension)
}

/// The path with a bare schema URN recognised, by the schema or by the resource that has it, and
/// without the URN of the core schema.
fn resolved(resource: &Resource, schema: &ResourceSchema, path: &Path) -> Path {
    let mut path = path.clone().resolve(schema);
    if path.filter.is_none() && path.attr.urn.is_some() && !path.attr.is_schema() {
        let whole = path.attr.to_string();
        if resource.get(&whole).is_some() {
            path.attr = AttrPath::schema(whole);
        }
    }
    path.attr = schema.localize(&path.attr);
    path
}

/// The target is a whole schema: every attribute of it.
fn at_schema(
    resource: &mut Resource,
    schema: &ResourceSchema,
    op: Op,
    urn: &str,
    value: Option<&Value>,
) -> Result<(), ScimError> {
    if urn::same(&schema.core().id, urn) {
        return match op {
            Op::Remove => Err(guard::no_target("the core schema stays".to_owned())),
            Op::Add | Op::Replace => at_root(resource, schema, op, value),
        };
    }
    match value {
        Some(Value::Object(attributes)) if op != Op::Remove => {
            let mut extension = match resource.get(urn) {
                Some(Value::Object(map)) => map.clone(),
                _ => Map::new(),
            };
            for (name, value) in attributes {
                let path = AttrPath::new(name).with_urn(urn).into();
                Target::new(schema, &path).run(&mut extension, op, Some(value))?;
            }
            put_extension(resource, schema, op, urn, extension)
        }
        Some(value) if op != Op::Remove && !is_empty_value(value) => {
            if schema.is_extension(urn) {
                return Err(guard::invalid_value(format!("{urn} is an object")));
            }
            resource.set(urn, value.clone());
            resource.add_schema(urn);
            Ok(())
        }
        _ if op == Op::Add => Ok(()),
        _ => put_extension(resource, schema, op, urn, Map::new()),
    }
}

/// Puts an extension's object back. Written to, its URN enters `schemas`; emptied, it goes and
/// its URN with it.
fn put_extension(
    resource: &mut Resource,
    schema: &ResourceSchema,
    op: Op,
    urn: &str,
    extension: Map<String, Value>,
) -> Result<(), ScimError> {
    if !extension.values().all(is_empty_value) {
        resource.set(urn, extension);
        if op != Op::Remove {
            resource.add_schema(schema.extension(urn).map_or(urn, |known| &known.id));
        }
        return Ok(());
    }
    if resource
        .get(urn)
        .is_some_and(|value| !is_empty_value(value))
    {
        if schema.is_required_extension(urn) {
            return Err(guard::mutability(urn, "the extension is required"));
        }
        resource.remove(urn);
        resource.remove_schema(urn);
    }
    Ok(())
}
