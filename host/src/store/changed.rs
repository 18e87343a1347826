//! What has changed in the directory and is to be brought to the targets.
//!
//! The row that says so is written in the transaction of the change (invariant 6),
//! one for each mapping that the directory feeds, and stays until a run has dealt with
//! the object. It names the object and says nothing of it: what it is then is read then.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use purser_engine::{
    effect::Effect,
    ids::{Kind, MappingName, ObjectKey, ResourceType, RunId},
};
use serde::{Deserialize, Serialize};

use super::{Class, Hold, StoreError};

/// A mapping whose source is the directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Feed {
    /// The mapping.
    pub mapping: MappingName,
    /// Resources of this type …
    pub resource_type: ResourceType,
    /// … are objects of this kind.
    pub kind: Kind,
    /// Whoever writes now stands for the site behind the mapping's target: what it says
    /// need not be told to it.
    pub echo: bool,
}

/// When the directory is written to, and whom that concerns.
#[derive(Clone, Debug)]
pub struct Writing {
    /// Now.
    pub at: Timestamp,
    /// Who is to hear of it.
    pub feeds: Arc<[Feed]>,
    /// What it waits for, if it does.
    pub hold: Option<Hold>,
}

/// An object that has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// Which.
    pub key: ObjectKey,
    /// Its place among the changes of the mapping; the same object has another after
    /// each change.
    pub seq: u64,
    /// All that has changed it came from the site behind the mapping's target.
    pub echo: bool,
}

/// A changed object that is to be brought into step.
#[derive(Clone, Debug)]
pub struct ToDo {
    /// Which.
    pub key: ObjectKey,
    /// The change that was seen.
    pub seq: u64,
    /// Its place in the order.
    pub class: Class,
    /// The site behind the target knows it already.
    pub echo: bool,
}

/// What has changed, and how many were closed for it.
#[async_trait]
pub trait Changes: Send + Sync {
    /// The first of what has changed for a mapping, in order.
    async fn changed(
        &self,
        mapping: &MappingName,
        limit: usize,
    ) -> Result<Vec<Changed>, StoreError>;

    /// The place of the last change of all; 0 where nothing has changed.
    async fn changed_until(&self, mapping: &MappingName) -> Result<u64, StoreError>;

    /// What has changed up to a place was dealt with. Whatever has changed again stands
    /// behind it and stays.
    async fn forget_changed(&self, mapping: &MappingName, until: u64) -> Result<(), StoreError>;

    /// Queues objects that have changed.
    async fn enqueue_changed(
        &self,
        run: RunId,
        mapping: &MappingName,
        jobs: Vec<ToDo>,
        at: Timestamp,
    ) -> Result<(), StoreError>;

    /// How many of these effects a mapping has had since by such jobs, by the audit. What
    /// a person has started does not count: there somebody has looked.
    async fn closed_since(
        &self,
        mapping: &MappingName,
        since: Timestamp,
    ) -> Result<Vec<(Effect, u64)>, StoreError>;
}
