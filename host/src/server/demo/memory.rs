//! The resources of the server, and the rules between them. No HTTP, no clock,
//! no chance: ids and times are arguments.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use purser_scim::{
    Resource, ResourceSchema, ScimError, ScimType,
    fold::fold,
    patch::{Op, PatchOp, PatchRequest},
    urn,
};
use serde_json::{Map, Value, json};

mod members;

#[cfg(test)]
mod tests;

/// A kind of resource that the server holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// RFC 7643 §4.1, with the enterprise extension.
    User,
    /// RFC 7643 §4.2.
    Group,
}

impl Kind {
    /// Every kind, in the order of the discovery documents.
    pub const ALL: [Self; 2] = [Self::User, Self::Group];

    /// The name in `meta.resourceType`.
    pub fn name(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::Group => "Group",
        }
    }

    /// The endpoint without its slash.
    pub fn endpoint(self) -> &'static str {
        match self {
            Self::User => "Users",
            Self::Group => "Groups",
        }
    }

    /// What resources of this kind look like.
    pub fn schema(self) -> ResourceSchema {
        match self {
            Self::User => ResourceSchema::user(),
            Self::Group => ResourceSchema::group(),
        }
    }
}

/// Where and when a resource is written: what `meta` needs (RFC 7643 §3.1).
#[derive(Clone, Copy, Debug)]
pub struct Moment<'a> {
    /// Now.
    pub at: Timestamp,
    /// The server's address with its base path, without a slash at the end.
    pub base: &'a str,
}

/// All resources, in the order in which they were created.
#[derive(Debug, Default)]
pub struct Memory {
    last: u64,
    resources: BTreeMap<(Kind, u64), Resource>,
    positions: HashMap<String, (Kind, u64)>,
    /// Folded user name to id: user names are unique without regard to case (RFC 7643 §4.1.1).
    user_names: HashMap<String, String>,
    /// Unless users may share one.
    shares_names: bool,
}

impl Memory {
    /// Nothing yet; users may share a name, or not.
    pub fn new(shares_names: bool) -> Self {
        Self {
            shares_names,
            ..Self::default()
        }
    }

    /// All resources of a kind, oldest first.
    pub fn all(&self, kind: Kind) -> impl Iterator<Item = &Resource> {
        self.resources
            .range((kind, 0)..=(kind, u64::MAX))
            .map(|(_, resource)| resource)
    }

    /// One resource.
    ///
    /// # Errors
    /// 404: there is none with this id.
    pub fn get(&self, kind: Kind, id: &str) -> Result<&Resource, ScimError> {
        self.position(kind, id)
            .and_then(|position| self.resources.get(&position))
            .ok_or_else(not_found)
    }

    /// Creates a resource (RFC 7644 §3.3) under an id that was never used.
    ///
    /// # Errors
    /// The body does not fit the schema (400), or a unique value is taken (409).
    pub fn create(
        &mut self,
        kind: Kind,
        body: Resource,
        id: String,
        moment: Moment<'_>,
    ) -> Result<Resource, ScimError> {
        let mut resource = accept(kind, body)?;
        let meta = json!({
            "resourceType": kind.name(),
            "created": moment.at.to_string(),
            "lastModified": moment.at.to_string(),
            "location": format!("{}/{}/{id}", moment.base, kind.endpoint()),
        });
        resource.set("id", id.as_str());
        resource.set("meta", meta);
        self.check(kind, &id, &resource)?;
        self.last += 1;
        self.positions.insert(id.clone(), (kind, self.last));
        self.put((kind, self.last), &id, resource.clone());
        Ok(resource)
    }

    /// Replaces the attributes of a resource (RFC 7644 §3.5.1).
    ///
    /// # Errors
    /// As for [`Memory::get`] and [`Memory::create`].
    pub fn replace(
        &mut self,
        kind: Kind,
        id: &str,
        body: Resource,
        at: Timestamp,
    ) -> Result<Resource, ScimError> {
        let before = self.get(kind, id)?;
        let mut resource = accept(kind, body)?;
        for name in ["id", "meta"] {
            if let Some(value) = before.get(name) {
                resource.set(name, value.clone());
            }
        }
        self.change(kind, id, resource, at)
    }

    /// Applies a PATCH (RFC 7644 §3.5.2), all of it or nothing.
    ///
    /// # Errors
    /// As for [`Memory::get`]; the operations do not fit; a unique value is taken.
    pub fn patch(
        &mut self,
        kind: Kind,
        id: &str,
        patch: &PatchRequest,
        at: Timestamp,
    ) -> Result<Resource, ScimError> {
        let mut resource = self.get(kind, id)?.clone();
        if patch.apply(&mut resource, &kind.schema())? {
            return self.change(kind, id, resource, at);
        }
        // What changes nothing must not move lastModified (RFC 7644 §3.5.2.1).
        Ok(resource)
    }

    /// Deletes a resource (RFC 7644 §3.6), and with it its memberships.
    ///
    /// # Errors
    /// As for [`Memory::get`].
    pub fn delete(&mut self, kind: Kind, id: &str, at: Timestamp) -> Result<(), ScimError> {
        let position = self.position(kind, id).ok_or_else(not_found)?;
        self.positions.remove(id);
        self.free_name(position);
        self.resources.remove(&position);
        let groups = self
            .resources
            .range_mut((Kind::Group, 0)..=(Kind::Group, u64::MAX));
        for (_, group) in groups {
            if members::without(group, id) {
                touch(group, at);
            }
        }
        Ok(())
    }

    fn position(&self, kind: Kind, id: &str) -> Option<(Kind, u64)> {
        self.positions
            .get(id)
            .copied()
            .filter(|(of, _)| *of == kind)
    }

    fn change(
        &mut self,
        kind: Kind,
        id: &str,
        mut resource: Resource,
        at: Timestamp,
    ) -> Result<Resource, ScimError> {
        let position = self.position(kind, id).ok_or_else(not_found)?;
        self.check(kind, id, &resource)?;
        touch(&mut resource, at);
        self.put(position, id, resource.clone());
        Ok(resource)
    }

    /// The rules between resources: unique user names, members that exist.
    fn check(&self, kind: Kind, id: &str, resource: &Resource) -> Result<(), ScimError> {
        if !self.shares_names
            && let Some(name) = user_name(kind, resource)
            && self
                .user_names
                .get(&fold(name))
                .is_some_and(|holder| holder != id)
        {
            return Err(ScimError {
                status: 409,
                scim_type: Some(ScimType::Uniqueness),
                detail: "userName is taken by another user".to_owned(),
            });
        }
        if kind == Kind::Group
            && !members::ids(resource).all(|member| self.positions.contains_key(member))
        {
            return Err(ScimError::bad_request(
                ScimType::InvalidValue,
                "members: a value is not the id of a resource here",
            ));
        }
        Ok(())
    }

    /// Frees the user name that the resource has until now.
    fn free_name(&mut self, position: (Kind, u64)) {
        let before = self.resources.get(&position);
        if let Some(name) = before
            .and_then(|before| user_name(position.0, before))
            .map(fold)
        {
            self.user_names.remove(&name);
        }
    }

    fn put(&mut self, position: (Kind, u64), id: &str, resource: Resource) {
        self.free_name(position);
        if let Some(name) = user_name(position.0, &resource).map(fold) {
            self.user_names.insert(name, id.to_owned());
        }
        self.resources.insert(position, resource);
    }
}

/// The attributes of a body that a client may write, checked against the schema.
///
/// It is laid over an empty resource as a PATCH would lay it, so that one piece
/// of code judges values, whichever way they come.
fn accept(kind: Kind, body: Resource) -> Result<Resource, ScimError> {
    let schema = kind.schema();
    let core = match kind {
        Kind::User => urn::USER,
        Kind::Group => urn::GROUP,
    };
    if !body.schemas().iter().any(|known| urn::same(known, core)) {
        return Err(ScimError::bad_request(
            ScimType::InvalidSyntax,
            format!("\"schemas\" must hold {core}"),
        ));
    }
    // readOnly attributes in a body are ignored (RFC 7644 §3.3); `schemas` follows from the values.
    let writable: Map<String, Value> = body
        .into_map()
        .into_iter()
        .filter(|(name, value)| {
            let path = name
                .parse()
                .unwrap_or_else(|_| purser_scim::AttrPath::new(name));
            !value.is_null() && !name.eq_ignore_ascii_case("schemas") && schema.writable(&path)
        })
        .collect();
    let mut resource = Resource::new();
    resource.add_schema(core);
    let add = PatchOp {
        op: Op::Add,
        path: None,
        value: Some(Value::Object(writable)),
    };
    PatchRequest {
        operations: vec![add],
    }
    .apply(&mut resource, &schema)?;
    if let Some(missing) = schema.missing_required(&resource).first() {
        return Err(ScimError::bad_request(
            ScimType::InvalidValue,
            format!("{missing} is required"),
        ));
    }
    Ok(resource)
}

fn user_name(kind: Kind, resource: &Resource) -> Option<&str> {
    (kind == Kind::User)
        .then(|| resource.get("userName")?.as_str())
        .flatten()
}

fn touch(resource: &mut Resource, at: Timestamp) {
    if let Some(meta) = resource.get_mut("meta").and_then(Value::as_object_mut) {
        meta.insert("lastModified".to_owned(), at.to_string().into());
    }
}

pub(super) fn not_found() -> ScimError {
    ScimError {
        status: 404,
        scim_type: None,
        detail: "there is no such resource".to_owned(),
    }
}
