//! What a tenant is.

use std::{sync::Arc, time::Duration};

use purser_engine::ids::MappingName;
use purser_scim::{
    AttrPath, ResourceSchema, Selection, Tolerance,
    filter::Limits,
    schema::{Mutability, Returned, Schema},
};

use super::{
    index::{self, Indexed},
    wait::WaitFor,
};
use crate::{
    source::KindInfo,
    store::{Feed, Place, TenantId},
};

/// What one request may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Resources on a page, at most.
    pub page: usize,
    /// Operations in a bulk request, at most.
    pub operations: usize,
    /// Bytes of a request's body, at most.
    pub body: usize,
    /// How large a filter may be.
    pub filter: Limits,
    /// Matches that are sorted, at most.
    pub sorted: usize,
    /// How long a search may look through resources one by one.
    pub search: Duration,
    /// For how long a cursor is good.
    pub cursor: Duration,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            page: 1_000,
            operations: 1_000,
            body: 16 << 20,
            filter: Limits::default(),
            sorted: 100_000,
            search: Duration::from_secs(10),
            cursor: Duration::from_secs(3_600),
        }
    }
}

/// What a resource of a kind has to do with memberships.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It has `members` (RFC 7643 §4.2).
    Container,
    /// It shows the `groups` that it belongs to (RFC 7643 §4.1.2).
    Member,
    /// Nothing.
    None,
}

impl Role {
    /// The attribute that shows it.
    pub(super) fn attribute(self) -> Option<&'static str> {
        match self {
            Self::Container => Some("members"),
            Self::Member => Some("groups"),
            Self::None => None,
        }
    }
}

/// A resource type as a tenant has it.
#[derive(Debug)]
pub struct Kind {
    /// What its resources look like.
    pub schema: ResourceSchema,
    /// Where its resources are kept.
    pub place: Place,
    /// What it has to do with memberships.
    pub role: Role,
    /// By what its resources are found.
    pub(super) indexed: Vec<Indexed>,
    /// A document is shown as it is kept, unless a client asks for less.
    pub(super) plain: bool,
}

impl Kind {
    /// A resource type of a tenant.
    #[must_use]
    pub fn new(tenant: TenantId, schema: ResourceSchema) -> Self {
        let core = schema.core();
        let role = if core.attribute("members").is_some() {
            Role::Container
        } else if core.attribute("groups").is_some() {
            Role::Member
        } else {
            Role::None
        };
        let attributes = std::iter::once(core)
            .chain(schema.extensions())
            .flat_map(|schema| &schema.attributes);
        // writeOnly is not kept, so it need not be left out.
        let plain = attributes
            .flat_map(|attribute| std::iter::once(attribute).chain(&attribute.sub_attributes))
            .filter(|attribute| attribute.mutability != Mutability::WriteOnly)
            .all(|attribute| matches!(attribute.returned, Returned::Always | Returned::Default));
        Self {
            place: Place {
                tenant,
                resource_type: schema.resource_type().name.clone(),
            },
            indexed: index::of(&schema),
            role,
            plain,
            schema,
        }
    }

    /// The name, as in `meta.resourceType`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.schema.resource_type().name
    }

    /// Whether the members of a group or the groups of a user are to be shown: asked
    /// before they are loaded.
    pub(super) fn shows_related(&self, selection: &Selection) -> bool {
        let attribute = self.role.attribute();
        attribute.is_some_and(|name| selection.shows(&AttrPath::new(name), &self.schema))
    }

    /// The endpoint without slashes: `Users`.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        self.schema.resource_type().endpoint.trim_matches('/')
    }
}

/// Group as the directory has it: `displayName` is required, as RFC 7643 §4.2 has it and
/// its own §8.7.1 has not.
#[must_use]
pub fn group_schema() -> ResourceSchema {
    let mut core = Schema::group();
    for attribute in &mut core.attributes {
        attribute.required |= attribute.name == "displayName";
    }
    let plain = ResourceSchema::group();
    let resource_type = plain.resource_type().clone();
    ResourceSchema::from_parts(resource_type, &[core]).unwrap_or(plain)
}

/// A tenant: who its resources belong to, and how it is served.
#[derive(Clone, Debug)]
pub struct Tenant {
    /// Its number in the store.
    pub id: TenantId,
    /// Its name.
    pub name: String,
    /// The SCIM base address, without a slash at the end.
    pub base: String,
    /// Its resource types, in the order of the discovery documents.
    pub kinds: Arc<[Kind]>,
    /// How bodies are read.
    pub tolerance: Tolerance,
    /// A PATCH of a group answers with the group. Else with 204 unless `attributes` is
    /// asked (RFC 7644 §3.5.2): clients that add one member do not want all the others.
    pub patch_returns_group: bool,
    /// What one request may cost.
    pub bounds: Bounds,
    /// The mappings that it feeds.
    pub feeds: Vec<Feeding>,
    /// For which of them its clients' writes wait.
    pub wait: Option<WaitFor>,
}

/// A mapping whose source is the tenant, for one of its resource types.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feeding {
    /// The mapping.
    pub mapping: MappingName,
    /// The resource type, and what its objects are called.
    pub info: KindInfo,
    /// The site behind the mapping's target, where that has a name.
    pub site: Option<String>,
}

impl Tenant {
    /// The mappings that it feeds, for whoever writes on behalf of a site.
    pub(super) fn feeds_for(&self, site: Option<&str>) -> Arc<[Feed]> {
        let feed = |feeding: &Feeding| Feed {
            mapping: feeding.mapping.clone(),
            resource_type: feeding.info.resource_type.clone(),
            kind: feeding.info.kind.clone(),
            echo: site.is_some() && feeding.site.as_deref() == site,
        };
        self.feeds.iter().map(feed).collect()
    }

    /// The kind with this name.
    #[must_use]
    pub fn kind(&self, name: &str) -> Option<&Kind> {
        self.kinds.iter().find(|kind| kind.name() == name)
    }

    /// The kind at this endpoint; like a path, it is exact.
    #[must_use]
    pub fn at(&self, endpoint: &str) -> Option<&Kind> {
        self.kinds.iter().find(|kind| kind.endpoint() == endpoint)
    }

    /// The address of a resource.
    #[must_use]
    pub fn location(&self, kind: &Kind, id: &str) -> String {
        format!("{}/{}/{id}", self.base, kind.endpoint())
    }
}
