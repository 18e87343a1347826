//! Where objects go.
//!
//! # Adding a kind of target
//!
//! 1. One folder in `target/` that implements [`Target`].
//! 2. One arm in [`crate::config`]'s target enum, with its documented settings.
//! 3. Its errors put into the classes of [`TargetError`]: they decide what
//!    happens next, so nothing else needs to know the protocol.
//!
//! Reading is open to everybody; writing takes a [`Step`], which only an
//! approved change yields, and only [`crate::sync::apply`] calls it.

use std::time::Duration;

use async_trait::async_trait;
use purser_engine::{
    change::Step,
    ids::{ResourceType, TargetId},
    imprint::Known,
};
use purser_scim::{Resource, filter::Filter, schema::ResourceSchema};

pub mod directory;
pub(crate) mod findings;
pub mod http;
pub mod listing;
pub mod scim;
pub mod wordpress;

pub use listing::{Came, Doubt, End, Next, Page, PageToken, Shown};

/// What a target says about itself, read once a run.
#[derive(Clone, Debug)]
pub struct Discovery {
    /// The resource types that it offers, with their schemas.
    pub resource_types: Vec<OfferedType>,
    /// PATCH is supported (RFC 7643 §5); absent where the target does not say.
    pub patch: Option<bool>,
    /// Filters are supported; absent where the target does not say.
    pub filter: Option<bool>,
    /// What was missing or odd, for a person: one sentence each.
    pub remarks: Vec<String>,
}

impl Discovery {
    /// The offer for one resource type.
    pub fn resource_type(&self, name: &ResourceType) -> Option<&OfferedType> {
        self.resource_types
            .iter()
            .find(|offered| offered.name == *name)
    }
}

/// One resource type at a target.
#[derive(Clone, Debug)]
pub struct OfferedType {
    /// `User`, `Group` …
    pub name: ResourceType,
    /// Core schema and extensions.
    pub schema: ResourceSchema,
}

/// What a target answered to a step.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// Done; the resource as the target has it now, where it says so.
    Done(Option<Resource>),
    /// The resource is gone (404, 410): fine for a delete, a broken link otherwise.
    Gone,
}

/// Why a request was not answered as hoped, by what follows from it.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// Try the same again later: time-out, connection lost, 408, 425, 429, 5xx.
    #[error("{message}")]
    Transient {
        /// What happened, for a person.
        message: String,
        /// How long the target asks to wait (Retry-After).
        retry_after: Option<Duration>,
        /// The request may have been carried out although no answer came.
        may_be_done: bool,
    },
    /// A resource with this identity exists (409).
    #[error("{message}")]
    Conflict {
        /// What the target said.
        message: String,
    },
    /// The target will not take this object; trying the same again is useless.
    #[error("{message}")]
    Rejected {
        /// HTTP status; 0 where nothing was sent, as no request could say it.
        status: u16,
        /// The RFC 7644 §3.12 error keyword, where given.
        scim_type: Option<String>,
        /// What the target said.
        message: String,
    },
    /// The request was not begun, because its worker may not any more: its lease
    /// has passed, or the run is coming to its end.
    #[error("{message}")]
    NotSent {
        /// Why.
        message: &'static str,
    },
    /// Nothing will work until a person has changed something: wrong token, no
    /// SCIM server at this address, TLS. Stops the run; nothing is lost.
    #[error("{message}")]
    Unusable {
        /// What is wrong.
        message: String,
        /// What to do about it.
        hint: String,
    },
}

/// One line of a credentials test.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Finding {
    /// What was tried: `connect`, `service provider config`, `search` …
    pub check: String,
    /// How it went.
    pub state: FindingState,
    /// What was seen.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// How one check of a credentials test went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FindingState {
    /// As it should be.
    Ok,
    /// Works, but a person should know.
    Warning,
    /// Does not work.
    Failed,
}

/// A configured instance of a target connector.
#[async_trait]
pub trait Target: Send + Sync {
    /// Reads what the target offers.
    ///
    /// # Errors
    /// Only where the target cannot be used; missing pages become remarks.
    async fn discover(&self) -> Result<Discovery, TargetError>;

    /// One page of all resources of a type, without members; `None` begins. Those
    /// that are `known` at their place, the index in the listing (RFC 7644 §3.4.2.4),
    /// need not be read. Whoever reads it says with [`Page::next`] what was new on it.
    ///
    /// # Errors
    /// See [`TargetError`].
    async fn list(
        &self,
        resource_type: &ResourceType,
        from: Option<PageToken>,
        known: Known,
    ) -> Result<Page, TargetError>;

    /// The resources that a filter finds, without members (at most the first page: two are enough to be ambiguous).
    ///
    /// # Errors
    /// See [`TargetError`].
    async fn find(
        &self,
        resource_type: &ResourceType,
        filter: &Filter,
    ) -> Result<Vec<Resource>, TargetError>;

    /// One resource by its id, whole; none if the target answers 404 or 410.
    ///
    /// # Errors
    /// See [`TargetError`].
    async fn read(
        &self,
        resource_type: &ResourceType,
        id: &TargetId,
    ) -> Result<Option<Resource>, TargetError>;

    /// Carries out one approved step. Called by [`crate::sync::apply`] only.
    ///
    /// # Errors
    /// See [`TargetError`].
    async fn write(&self, step: Step<'_>) -> Result<Answer, TargetError>;

    /// Whether an account that is deactivated loses its memberships there, so that they
    /// have to be told again when it is opened.
    fn forgets_memberships(&self) -> bool {
        false
    }

    /// Tries the credentials and says what is wrong, not only that it is.
    async fn test(&self) -> Vec<Finding>;
}
