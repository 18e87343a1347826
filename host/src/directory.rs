//! The directory: SCIM resources of a tenant, with the rules of RFC 7643 and 7644
//! and without HTTP.
//!
//! | file | what lives there |
//! |---|---|
//! | `tenant.rs` | what a tenant is: its resource types, its address, its bounds |
//! | `index.rs` | by which values an entry is found, and which are unique |
//! | `render.rs` | from an entry to what a client sees |
//! | `condition.rs` | versions, `If-Match` and `If-None-Match` |
//! | `access.rs` | how a filter finds its entries without looking at all of them |
//! | `search.rs` | queries: filters, pages by index and by cursor |
//! | `sorted.rs` | pages of what no index has in order |
//! | `cursor.rs` | what a cursor says (RFC 9865) |
//! | `read.rs` | one resource |
//! | `write.rs` | create, replace, PATCH, delete |
//! | `wait.rs` | answers that wait until a write has reached a target |
//! | `membership.rs` | what a PATCH does to the members of a group |
//! | `held.rs` | entries as connectors of this host see them |
//! | `bulk.rs` | many operations in one request (RFC 7644 §3.7) |
//!
//! A write is read, changed and judged here, and kept where nobody else was faster
//! (`store/directory.rs`); else it is judged anew. So the store's one writing thread
//! only writes, and an unanswered request holds nothing.
//!
//! # Adding a rule
//!
//! What follows from the schema alone belongs into `crates/scim`; what needs other
//! resources belongs here, or into the store where it has to hold at the moment of
//! the commit.

use std::sync::Arc;

use jiff::Timestamp;
use purser_scim::{ScimError, ScimType};
use tokio::sync::Semaphore;

use crate::store::{Feed, StoreError, Writing, sqlite::directory::Directory};

mod access;
mod bulk;
mod condition;
mod cursor;
mod held;
mod index;
mod membership;
mod read;
mod render;
mod search;
mod sorted;
mod tenant;
mod wait;
mod write;

pub use condition::{Condition, Tag};
pub use held::Held;
pub use search::Found;
pub use tenant::{Bounds, Feeding, Kind, Tenant, group_schema};
pub use wait::{Delivery, WaitFor};
pub use write::Outcome;

/// A request that cannot be done.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// The client's request does not fit.
    #[error(transparent)]
    Scim(#[from] ScimError),
    /// A precondition does not hold (RFC 7644 §3.14).
    #[error("the resource has changed: its version is not the one named")]
    Changed,
    /// The store cannot do it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Others change the same resource all the time.
    #[error("the resource is changed by others all the time")]
    Busy,
}

impl From<purser_scim::FilterError> for Refused {
    fn from(error: purser_scim::FilterError) -> Self {
        Self::Scim(error.into())
    }
}

/// The resources of one tenant.
#[derive(Clone, Debug)]
pub struct Service {
    directory: Directory,
    tenant: Arc<Tenant>,
    /// Who hears of what is written.
    feeds: Arc<[Feed]>,
    /// Room for writes that wait; none where they do not.
    room: Option<Arc<Semaphore>>,
}

impl Service {
    /// Over what the store holds of a tenant.
    #[must_use]
    pub fn new(directory: Directory, tenant: Arc<Tenant>) -> Self {
        Self {
            feeds: tenant.feeds_for(None),
            directory,
            tenant,
            room: None,
        }
    }

    /// The same for whoever speaks for a site: what that site says need not be told to it.
    #[must_use]
    pub fn on_behalf_of(&self, site: Option<&str>) -> Self {
        Self {
            feeds: self.tenant.feeds_for(site),
            ..self.clone()
        }
    }

    /// The same as it is reached at another address: what it tells stands there.
    #[must_use]
    pub fn at_address(&self, base: &str) -> Self {
        let mut tenant = Tenant::clone(&self.tenant);
        tenant.base = base.trim_end_matches('/').to_owned();
        Self {
            tenant: Arc::new(tenant),
            ..self.clone()
        }
    }

    fn writing(&self, at: Timestamp) -> Writing {
        Writing {
            at,
            feeds: Arc::clone(&self.feeds),
            hold: None,
        }
    }

    /// Where they are kept.
    pub(crate) fn directory(&self) -> &Directory {
        &self.directory
    }

    /// Whose resources these are.
    #[must_use]
    pub fn tenant(&self) -> &Tenant {
        &self.tenant
    }
}

/// An identifier that was never used (RFC 7643 §3.1). It begins with the time
/// (RFC 9562 §5.7), so that what is made together lies together in the index; 74 bits
/// of it are chance.
#[must_use]
pub fn new_id(at: Timestamp) -> String {
    let seconds = u64::try_from(at.as_second()).unwrap_or_default();
    let nanos = u32::try_from(at.subsec_nanosecond()).unwrap_or_default();
    let time = uuid::Timestamp::from_unix(uuid::NoContext, seconds, nanos);
    uuid::Uuid::new_v7(time).to_string()
}

/// A refusal without a keyword.
fn plain(status: u16, detail: &str) -> Refused {
    Refused::Scim(ScimError {
        status,
        scim_type: None,
        detail: detail.to_owned(),
    })
}

fn not_found() -> Refused {
    plain(404, "there is no such resource")
}

fn bad(scim_type: ScimType, detail: impl Into<String>) -> Refused {
    Refused::Scim(ScimError::bad_request(scim_type, detail))
}

/// A document that cannot be read back: not the client's fault.
fn unreadable(error: impl std::fmt::Display) -> Refused {
    Refused::Store(StoreError::Corrupt {
        what: "the document of a resource",
        why: error.to_string(),
    })
}
