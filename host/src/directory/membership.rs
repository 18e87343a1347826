//! What a PATCH does to the members of a group.
//!
//! To add one member must not cost what the group has members. So the operations on
//! `members` are taken out of a PATCH and become rows that come and go; the others
//! are done to the document. Whatever cannot be told without looking at the members
//! (a filter over more than `value`, say) is done to the whole group, as the RFC
//! says it, and compared with what was there.

use std::collections::BTreeSet;

use purser_scim::{
    Filter, PatchOp, PatchRequest, Resource, ResourceSchema,
    filter::CompareOp,
    patch::Op,
    path::{AttrPath, Path},
};
use serde_json::Value;

use crate::store::Membership;

/// A PATCH, taken apart.
#[derive(Debug, Default)]
pub(super) struct Parts {
    /// What is done to the document.
    pub document: PatchRequest,
    /// Who comes and goes.
    pub members: Members,
}

/// A [`Membership`] that is being found out.
#[derive(Debug, Default)]
pub(super) struct Members {
    clear: bool,
    remove: BTreeSet<String>,
    add: BTreeSet<String>,
}

impl Members {
    fn add(&mut self, ids: Vec<String>) {
        for id in ids {
            self.remove.remove(&id);
            self.add.insert(id);
        }
    }

    fn remove(&mut self, ids: Vec<String>) {
        for id in ids {
            self.add.remove(&id);
            self.remove.insert(id);
        }
    }

    fn replace(&mut self, ids: Vec<String>) {
        self.clear = true;
        self.remove.clear();
        self.add = ids.into_iter().collect();
    }

    /// In the form that the store takes.
    pub(super) fn done(self, strangers: bool) -> Membership {
        Membership {
            clear: self.clear,
            remove: self.remove.into_iter().collect(),
            add: self.add.into_iter().collect(),
            strangers,
        }
    }
}

/// Takes a PATCH of a group apart; none where that needs the members.
pub(super) fn parts(request: &PatchRequest, schema: &ResourceSchema) -> Option<Parts> {
    let mut parts = Parts::default();
    for operation in &request.operations {
        match &operation.path {
            Some(path) if is_members(&path.attr, schema) => {
                at_members(&mut parts.members, path, operation)?;
            }
            Some(_) => parts.document.operations.push(operation.clone()),
            None => at_root(&mut parts, operation, schema)?,
        }
    }
    Some(parts)
}

fn is_members(path: &AttrPath, schema: &ResourceSchema) -> bool {
    let path = schema.localize(path);
    path.urn.is_none() && path.attr.eq_ignore_ascii_case("members")
}

fn at_members(members: &mut Members, path: &Path, operation: &PatchOp) -> Option<()> {
    if path.sub.is_some() || path.attr.sub.is_some() {
        return None;
    }
    let value = operation.value.as_ref().filter(|value| !is_nothing(value));
    match (&path.filter, operation.op, value) {
        (None, Op::Add, Some(value)) => members.add(ids(value)?),
        (None, Op::Add, None) => {}
        (None, Op::Remove, Some(value)) => members.remove(ids(value)?),
        (None, Op::Remove, None) | (None, Op::Replace, None) => members.replace(Vec::new()),
        (None, Op::Replace, Some(value)) => members.replace(ids(value)?),
        (Some(filter), Op::Remove, None) => {
            let mut found = Vec::new();
            named(filter, &mut found)?;
            members.remove(found);
        }
        (Some(_), _, _) => return None,
    }
    Some(())
}

/// Without a path the value is an object of attributes, `members` among them or not.
fn at_root(parts: &mut Parts, operation: &PatchOp, schema: &ResourceSchema) -> Option<()> {
    let is_named = |name: &str| {
        name.parse::<AttrPath>()
            .is_ok_and(|path| is_members(&path, schema))
    };
    let value = match &operation.value {
        Some(Value::Object(map)) if map.keys().any(|name| is_named(name)) => map,
        _ => {
            parts.document.operations.push(operation.clone());
            return Some(());
        }
    };
    let mut rest = value.clone();
    for (name, value) in value {
        if !is_named(name) {
            continue;
        }
        rest.remove(name);
        let path: Path = name.parse().ok()?;
        let operation = PatchOp {
            op: operation.op,
            path: Some(path.clone()),
            value: Some(value.clone()),
        };
        at_members(&mut parts.members, &path, &operation)?;
    }
    if !rest.is_empty() {
        parts.document.operations.push(PatchOp {
            value: Some(Value::Object(rest)),
            ..operation.clone()
        });
    }
    Some(())
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}

/// The ids in a value of `members`; none where it holds something else.
fn ids(value: &Value) -> Option<Vec<String>> {
    let items = match value {
        Value::Array(items) => items.as_slice(),
        one => std::slice::from_ref(one),
    };
    let one = |item: &Value| match item {
        Value::Object(map) => {
            let (_, id) = map
                .iter()
                .find(|(name, _)| name.eq_ignore_ascii_case("value"))?;
            id.as_str().map(str::to_owned)
        }
        _ => None,
    };
    items.iter().map(one).collect()
}

/// The members that a filter names: `value eq "a"`, or several of these with `or`.
fn named(filter: &Filter, found: &mut Vec<String>) -> Option<()> {
    match filter {
        Filter::Or(parts) => parts
            .iter()
            .try_for_each(|part| named(part, found).ok_or(()))
            .ok(),
        Filter::Compare {
            path,
            op: CompareOp::Eq,
            value: Value::String(id),
        } if path.urn.is_none()
            && path.sub.is_none()
            && path.attr.eq_ignore_ascii_case("value") =>
        {
            found.push(id.clone());
            Some(())
        }
        _ => None,
    }
}

/// The ids of a resource's members, which are taken out of it.
pub(super) fn take(resource: &mut Resource) -> Option<Vec<String>> {
    ids(&resource
        .remove("members")
        .unwrap_or(Value::Array(Vec::new())))
}

/// From who was there to who is to be there.
pub(super) fn between(before: &[String], after: &[String], strangers: bool) -> Membership {
    let was: BTreeSet<&String> = before.iter().collect();
    let is: BTreeSet<&String> = after.iter().collect();
    Membership {
        clear: false,
        remove: was.difference(&is).map(|id| (*id).clone()).collect(),
        add: is.difference(&was).map(|id| (*id).clone()).collect(),
        strangers,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(operations: Value) -> Option<(Membership, usize)> {
        let request = PatchRequest::parse(&json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": operations,
        }))
        .unwrap();
        let parts = parts(&request, &ResourceSchema::group())?;
        Some((parts.members.done(false), parts.document.operations.len()))
    }

    fn membership(clear: bool, remove: &[&str], add: &[&str]) -> Membership {
        let owned = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
        Membership {
            clear,
            remove: owned(remove),
            add: owned(add),
            strangers: false,
        }
    }

    #[test]
    fn every_shape_in_which_members_come_and_go() {
        let cases = [
            (
                json!([{ "op": "add", "path": "members", "value": [{ "value": "a" }, { "value": "b" }] }]),
                membership(false, &[], &["a", "b"]),
                0,
            ),
            (
                json!([{ "op": "Remove", "path": "members[value eq \"a\"]" }]),
                membership(false, &["a"], &[]),
                0,
            ),
            (
                json!([{ "op": "Remove", "path": "members", "value": [{ "value": "a" }] }]),
                membership(false, &["a"], &[]),
                0,
            ),
            (
                json!([{ "op": "remove", "path": "members" }]),
                membership(true, &[], &[]),
                0,
            ),
            (
                json!([{ "op": "replace", "value": { "id": "g", "displayName": "G", "members": [] } }]),
                membership(true, &[], &[]),
                1,
            ),
            (
                json!([
                    { "op": "replace", "path": "members", "value": [{ "value": "a" }] },
                    { "op": "add", "path": "urn:ietf:params:scim:schemas:core:2.0:Group:members", "value": { "value": "b" } },
                    { "op": "remove", "path": "members[value eq \"a\" or value eq \"c\"]" },
                ]),
                membership(true, &["a", "c"], &["b"]),
                0,
            ),
            (
                json!([
                    { "op": "remove", "path": "members[value eq \"a\"]" },
                    { "op": "add", "path": "members", "value": [{ "value": "a" }] },
                    { "op": "replace", "path": "displayName", "value": "H" },
                ]),
                membership(false, &[], &["a"]),
                1,
            ),
        ];
        for (operations, members, rest) in cases {
            assert_eq!(
                told(operations.clone()),
                Some((members, rest)),
                "{operations}"
            );
        }
    }

    #[test]
    fn what_needs_the_members_is_left_to_the_whole() {
        for operations in [
            json!([{ "op": "remove", "path": "members[display sw \"A\"]" }]),
            json!([{ "op": "replace", "path": "members[value eq \"a\"].value", "value": "b" }]),
            json!([{ "op": "add", "path": "members", "value": [{ "display": "a" }] }]),
        ] {
            assert_eq!(told(operations.clone()), None, "{operations}");
        }
    }
}
