//! What the directory keeps of a SCIM resource, and the questions it answers.
//!
//! A resource is an [`Entry`]: a document and what the directory itself says about
//! it. Memberships are rows beside the entries and never part of a document, so
//! that one added member costs the same in a group of ten and of fifty thousand;
//! `meta` is made when it is shown.
//!
//! A write names the version that it was computed from ([`Change::from`]), because
//! documents are read, changed and judged outside the store's one writing thread.
//! Whoever comes second is told so ([`Written::Stale`]), reads anew and judges again.

use jiff::Timestamp;
use purser_engine::ids::MappingName;
use serde::{Deserialize, Serialize};

/// The number of a tenant in the store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TenantId(pub(super) i64);

/// The number of an entry: the order of all listings. It is never given twice.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct EntryId(pub i64);

/// A kind of resource in a tenant: where almost every question is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The tenant.
    pub tenant: TenantId,
    /// The resource type's name.
    pub resource_type: String,
}

impl Place {
    /// Where resources of this type wait to come or to go: nobody asks for that type.
    #[must_use]
    pub fn hidden(&self) -> Self {
        Self {
            tenant: self.tenant,
            resource_type: format!("{}?", self.resource_type),
        }
    }
}

/// A resource as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its place in all listings.
    pub entry: EntryId,
    /// Its identifier (RFC 7643 §3.1).
    pub id: String,
    /// Counts the changes of what is shown of it, from 1.
    pub version: u64,
    /// When it was created, as it is kept and shown: RFC 3339 with milliseconds, in UTC.
    pub created: String,
    /// When it was changed.
    pub modified: String,
    /// The JSON object without `meta`, `groups` and `members`.
    pub document: String,
}

/// Somebody else that an entry points to: a group's member, or a user's group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// Its identifier.
    pub id: String,
    /// Its resource type's name.
    pub resource_type: String,
    /// What it is called.
    pub display: String,
}

/// Whom an entry is read with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Related {
    /// By itself.
    Nobody,
    /// Its members.
    Members,
    /// The groups that it belongs to.
    Groups,
}

/// A value by which an entry is found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Key {
    /// The attribute's path, in lower case.
    pub attribute: String,
    /// The value, folded unless the attribute is `caseExact`.
    pub value: String,
    /// No other entry of the type may have it.
    pub unique: bool,
}

/// A new resource.
#[derive(Clone, Debug)]
pub struct Draft {
    /// An identifier that was never used.
    pub id: String,
    /// The document.
    pub document: String,
    /// What it is called where others refer to it.
    pub display: String,
    /// By what it is found.
    pub keys: Vec<Key>,
    /// Its members.
    pub members: Membership,
}

/// A change of an entry's document.
#[derive(Clone, Debug)]
pub struct Revision {
    /// The new document.
    pub document: String,
    /// What it is called from now on.
    pub display: String,
    /// The keys of the document that it replaces.
    pub old: Vec<Key>,
    /// The keys of the new one.
    pub keys: Vec<Key>,
}

/// A change of who belongs to a group, in the order of the fields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Membership {
    /// All leave first, but for those who are added.
    pub clear: bool,
    /// These leave; who is no member need not.
    pub remove: Vec<String>,
    /// These come; who is a member already may.
    pub add: Vec<String>,
    /// Who comes need not be a resource of the tenant.
    pub strangers: bool,
}

impl Membership {
    /// Whether it asks for nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.clear && self.remove.is_empty() && self.add.is_empty()
    }
}

/// What is to become of an entry.
#[derive(Clone, Debug)]
pub struct Change {
    /// Whose.
    pub id: String,
    /// The version that it was computed from. None where it does not matter what
    /// the entry was before, as when a member is added.
    pub from: Option<u64>,
    /// The new document, if it changes.
    pub revision: Option<Revision>,
    /// Who comes and goes.
    pub members: Membership,
}

/// What came of a write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Written {
    /// It is done, or there was nothing to do: the entry as it is now.
    Done(Entry),
    /// There is no such entry.
    Gone,
    /// The entry has changed in between. Nothing was done.
    Stale,
    /// An earlier write to it waits for a target. Nothing was done.
    Waiting,
    /// A unique value belongs to another entry. Nothing was done.
    Taken {
        /// The attribute's path.
        attribute: String,
    },
    /// A member is no resource of the tenant. Nothing was done.
    NoMember,
}

/// What a token lets its holder do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Read and write the tenant's resources by SCIM.
    Scim,
    /// Say that something has changed at a site.
    Events,
    /// Read the state of the tenant, and start runs.
    Manage,
}

impl Scope {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Scim, Self::Events, Self::Manage];

    /// Whether it opens what `wanted` opens: whoever manages a site also speaks for it.
    #[must_use]
    pub fn covers(self, wanted: Self) -> bool {
        self == wanted || self == Self::Manage && wanted == Self::Events
    }

    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Scim => "scim",
            Self::Events => "events",
            Self::Manage => "manage",
        }
    }
}

/// A token as it is kept: never the token itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRow {
    /// Its number.
    pub number: i64,
    /// Whose resources it opens.
    pub tenant: TenantId,
    /// What it is called.
    pub name: String,
    /// What it may be used for.
    pub scope: Scope,
    /// The site for which its holder speaks, where it is one.
    pub site: Option<String>,
    /// The only mapping that it opens; else the whole tenant.
    pub mapping: Option<MappingName>,
    /// When it was made.
    pub created: Timestamp,
    /// When it ceases to be valid.
    pub expires: Timestamp,
    /// When it was revoked.
    pub revoked: Option<Timestamp>,
    /// When it was used last, to the minute.
    pub used: Option<Timestamp>,
}
