//! The durable state. Nothing else knows SQL.
//!
//! Each method of [`Store`] is one whole transaction, named after the event
//! that it records; there is no repository for each table, because the
//! invariants span tables (a change and the jobs it causes are one transaction).
//!
//! # Adding a store
//!
//! One folder that implements [`Store`], and its migrations. Keep the promise
//! of every method: when it answers, what it did survives a power cut.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use jiff::Timestamp;
use purser_engine::{
    absence::Evidence,
    change::{Member, Origin},
    decide::Correlation,
    ids::{Kind, MappingName, ObjectKey, ResourceType, RunId, SourceName, TargetId, TargetName},
    members::Edge,
    operation::Trigger,
    situation::Situation,
};

pub mod candidate;
pub mod changed;
pub mod directory;
pub mod log;
pub mod model;
pub mod sqlite;
pub mod staging;
pub mod suspension;
pub mod waiting;

pub use candidate::*;
pub use changed::*;
pub use directory::*;
pub use log::{CutShort, LogFrom, LogQuery, LogRow, Scheduled};
pub use model::*;
pub use staging::*;
pub use suspension::*;
pub use waiting::*;

/// Why the store could not do it. Nothing of the transaction stays.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process has it.
    #[error("the store {path} is in use by {}", holder(*process))]
    Busy {
        /// Its file.
        path: String,
        /// The number of that process, where it has said so.
        process: Option<u32>,
    },
    /// It cannot be opened or created.
    #[error("cannot open the store {path}: {why}")]
    Open {
        /// Its file.
        path: String,
        /// The reason.
        why: String,
    },
    /// It is no database, or not a whole one.
    #[error("the store {path} is damaged: {why}")]
    Damaged {
        /// Its file.
        path: String,
        /// What SQLite says about it.
        why: String,
    },
    /// It was written by a later version.
    #[error("the store {path} has schema {found}, this version knows up to {known}")]
    TooNew {
        /// Its file.
        path: String,
        /// Its schema version.
        found: i64,
        /// Ours.
        known: i64,
    },
    /// The database refused.
    #[error("the store's database answered: {0}")]
    Database(#[from] rusqlite::Error),
    /// A commit failed.
    #[error("a commit to the store failed: {0}")]
    Commit(String),
    /// A stored value cannot be read back.
    #[error("the store holds {what} that cannot be read: {why}")]
    Corrupt {
        /// What.
        what: &'static str,
        /// Why.
        why: String,
    },
    /// The thread that owns the database is gone.
    #[error("{0}")]
    Thread(String),
}

fn holder(process: Option<u32>) -> String {
    process.map_or_else(
        || "another process".to_owned(),
        |id| format!("another process ({id})"),
    )
}

/// The durable state of all mappings of one installation.
#[async_trait]
pub trait Store: Staging + Changes {
    /// Begins a run: earlier runs of the mapping that never ended are marked
    /// interrupted, and what they left staged or queued for a sweep is cleared,
    /// because this run plans anew. Intents stay: they tell what is ours.
    async fn start_run(
        &self,
        mapping: &MappingName,
        mode: RunMode,
        asked_by: Trigger,
        at: Timestamp,
    ) -> Result<RunId, StoreError>;

    /// Ends a run with its summary.
    async fn end_run(
        &self,
        run: RunId,
        state: RunState,
        at: Timestamp,
        summary: serde_json::Value,
    ) -> Result<(), StoreError>;

    /// What there is to decide about a kind, where that is little: most runs find
    /// most of it in step, and are told so without a walk over all of it.
    async fn survey(&self, scan: &Scan) -> Result<Survey, StoreError>;

    /// The next objects of a kind in the order of their source, with all that a
    /// decision needs; those that are in step as they stand are counted only.
    async fn next_candidates(
        &self,
        scan: &Scan,
        after: u64,
        limit: usize,
    ) -> Result<Scanned, StoreError>;

    /// The next linked objects of a kind that this run did not see, in order of id.
    async fn next_missing(
        &self,
        scan: &Scan,
        after: Option<&ObjectKey>,
        limit: usize,
    ) -> Result<Vec<Candidate>, StoreError>;

    /// Objects of a kind that this run did not see and that have no link, but a create that was begun.
    async fn unfinished(&self, scan: &Scan) -> Result<Vec<Candidate>, StoreError>;

    /// Until when creates were sent whose answers are unknown; none where all are known.
    async fn sent_until(&self, mapping: &MappingName) -> Result<Option<Timestamp>, StoreError>;

    /// The last run that read each kind of a source as a whole.
    async fn swept(&self, source: &SourceName) -> Result<BTreeMap<Kind, RunId>, StoreError>;

    /// The same for given objects. Unknown ones are left out.
    async fn candidates(
        &self,
        mapping: &MappingName,
        source: &SourceName,
        keys: Vec<ObjectKey>,
    ) -> Result<Vec<Candidate>, StoreError>;

    /// Live target ids of the given objects.
    async fn target_ids(
        &self,
        mapping: &MappingName,
        keys: Vec<ObjectKey>,
    ) -> Result<BTreeMap<ObjectKey, TargetId>, StoreError>;

    /// For each question: who holds a value that it needs, else what matches in the
    /// staged listing or belongs to somebody already.
    async fn correlate(
        &self,
        scope: ClaimScope,
        questions: Vec<Question>,
    ) -> Result<Vec<Correlated>, StoreError>;

    /// Which object owns a resource at a target.
    async fn owner(
        &self,
        target: &TargetName,
        resource_type: &ResourceType,
        id: &TargetId,
    ) -> Result<Option<ObjectKey>, StoreError>;

    /// Stores a part of the plan. Rows of a simulation are stored without consequence.
    async fn save_plan(
        &self,
        run: RunId,
        mapping: &MappingName,
        rows: Vec<PlannedRow>,
        at: Timestamp,
    ) -> Result<(), StoreError>;

    /// The memberships that would be added and removed once the plan is carried
    /// out, in order of group, and how many wanted ones point to nobody.
    async fn plan_members(
        &self,
        run: RunId,
        mapping: &MappingName,
    ) -> Result<(Vec<EdgeChange>, u64), StoreError>;

    /// Turns the approved rows of the plan into jobs and applies the staged memberships: one transaction.
    async fn approve_plan(
        &self,
        run: RunId,
        mapping: &MappingName,
        at: Timestamp,
    ) -> Result<u64, StoreError>;

    /// Forgets parked and held rows that this run did not confirm although it
    /// looked at their objects: those that it saw, and all of the `complete` kinds.
    async fn clear_stale(
        &self,
        run: RunId,
        mapping: &MappingName,
        complete: Vec<Kind>,
    ) -> Result<(), StoreError>;

    /// Queues one object on a person's word.
    async fn enqueue(
        &self,
        run: RunId,
        mapping: &MappingName,
        key: &ObjectKey,
        class: Class,
        at: Timestamp,
    ) -> Result<(), StoreError>;

    /// When the first of the objects that are to be mapped again at a time is due.
    async fn next_due(&self, mapping: &MappingName) -> Result<Option<Timestamp>, StoreError>;

    /// Queues every object that is to be mapped again by now. Answers how many.
    async fn enqueue_due(
        &self,
        run: RunId,
        mapping: &MappingName,
        source: &SourceName,
        now: Timestamp,
    ) -> Result<u64, StoreError>;

    /// Queues the verification of every linked object of the mapping, and of the
    /// members of each that has some; or of one object only. Answers how many objects.
    async fn enqueue_verify(
        &self,
        run: RunId,
        mapping: &MappingName,
        source: &SourceName,
        only: Option<ObjectKey>,
        at: Timestamp,
    ) -> Result<u64, StoreError>;

    /// Takes the next due jobs, all of the lowest class that is due, under one
    /// lease `until`. Jobs whose lease has passed at `at` are due again, to be
    /// verified. A class waits for jobs of lower classes that are under way, and
    /// an object for its own.
    async fn claim_jobs(
        &self,
        run: RunId,
        limit: usize,
        at: Timestamp,
        until: Timestamp,
    ) -> Result<Claimed, StoreError>;

    /// Makes the lease of a claim's remaining jobs last longer.
    async fn renew(
        &self,
        run: RunId,
        fence: Fence,
        at: Timestamp,
        until: Timestamp,
    ) -> Result<Leased, StoreError>;

    /// Commits what must be known before requests are sent: intents and claims.
    async fn begin(&self, items: Vec<Begin>) -> Result<Vec<Begun>, StoreError>;

    /// Records that a job is done: link, baselines, memberships, audit, freed
    /// claims with their waiters, and the end of the job are one transaction.
    async fn settle(&self, settlement: Arc<Settlement>) -> Result<Leased, StoreError>;

    /// Puts a job back, to be tried again not before a time.
    async fn retry(&self, retry: Retry) -> Result<Leased, StoreError>;

    /// Puts jobs back as they were, untried, unless somebody else has taken them.
    /// The intents of `unsent` end: nothing of theirs reached the target. As this
    /// says only that nothing was done, a lease that has passed is no hindrance.
    async fn release(&self, jobs: Vec<Arc<Job>>, unsent: Vec<ObjectKey>) -> Result<(), StoreError>;

    /// Puts jobs back for a later run: their component is suspended. As for
    /// [`release`](Self::release), a lease that has passed is no hindrance.
    async fn postpone(&self, jobs: Vec<Arc<Job>>) -> Result<(), StoreError>;

    /// A component was asked about a batch: how that went counts towards its
    /// suspension. Answers what is known against it then.
    async fn component_asked(
        &self,
        mapping: &MappingName,
        batch: AskedBatch,
    ) -> Result<Option<Suspension>, StoreError>;

    /// What is known against the component of a mapping.
    async fn suspension(&self, mapping: &MappingName) -> Result<Option<Suspension>, StoreError>;

    /// A worker has sent something, and its lease has passed since: the audit says
    /// so, and the object is to be verified, after whoever works on it now.
    async fn hand_over(&self, items: Vec<HandOver>) -> Result<(), StoreError>;

    /// Marks the resource of a job's object as gone at the target; not where the
    /// link came into being after `linked_until`, as it may not be visible yet.
    /// Answers whether.
    async fn mark_gone(
        &self,
        job: &Job,
        at: Timestamp,
        linked_until: Timestamp,
    ) -> Result<Leased<bool>, StoreError>;

    /// A group's link with the members that it should have and those that it has.
    async fn members(
        &self,
        mapping: &MappingName,
        group: &ObjectKey,
    ) -> Result<Option<GroupState>, StoreError>;

    /// Remembers members that an adopted group had before us: they are not ours to remove.
    async fn remember_found_members(
        &self,
        job: &Job,
        at: Timestamp,
        members: Vec<TargetId>,
    ) -> Result<Leased, StoreError>;

    /// Commits that these members are about to be added: if the answer is lost, they may be ours.
    async fn begin_members(
        &self,
        job: &Job,
        at: Timestamp,
        add: Vec<Member>,
    ) -> Result<Leased, StoreError>;

    /// All that `purser status` shows of a mapping.
    async fn status(&self, mapping: &MappingName) -> Result<Status, StoreError>;

    /// A page of the audit, from old to new: at most `limit` lines.
    async fn log(
        &self,
        query: &LogQuery,
        from: LogFrom,
        limit: u64,
    ) -> Result<Vec<LogRow>, StoreError>;

    /// The last run of a mapping, if it began and never ended. Only whoever has
    /// the store and runs nothing of the mapping can know.
    async fn cut_short(&self, mapping: &MappingName) -> Result<Option<CutShort>, StoreError>;

    /// Since when the mapping has the schedule that `expression` describes, which is
    /// `now` where it had none or another, and when its last full run began.
    async fn scheduled(
        &self,
        mapping: &MappingName,
        expression: &str,
        now: Timestamp,
    ) -> Result<Scheduled, StoreError>;
}

/// Evidence by kind, as kept in memory during a run.
pub type EvidenceByKind = BTreeMap<Kind, Evidence>;

/// The claims that a question is held against.
#[derive(Clone, Debug)]
pub struct ClaimScope {
    /// The mapping that asks.
    pub mapping: MappingName,
    /// The target.
    pub target: TargetName,
    /// While planning: winners so far, first come, first served.
    pub planning: Option<RunId>,
}

/// What must be known before an object can be created, linked or renamed.
#[derive(Clone, Debug)]
pub struct Question {
    /// The object.
    pub key: ObjectKey,
    /// Its resource type.
    pub resource_type: ResourceType,
    /// Unique values that it needs, case-folded: (attribute, value).
    pub unique: Vec<(String, String)>,
    /// Matching attributes and case-folded values, in order; empty where it has a link.
    pub keys: Vec<(String, String)>,
}

/// The answer to a question.
#[derive(Clone, Debug)]
pub struct Correlated {
    /// Who holds a value that it needs.
    pub holder: Option<Holder>,
    /// What the staged listing and the links show.
    pub found: Correlation,
}

/// Who holds a unique value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The target.
    pub target: TargetName,
    /// Which attribute.
    pub attribute: String,
    /// The case-folded value.
    pub value: String,
    /// The object that holds it.
    pub object: ObjectKey,
}

/// A membership that a plan would change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EdgeChange {
    /// Group and member.
    pub edge: Edge,
    /// Added, or removed.
    pub add: bool,
}

/// A group as the store knows it.
#[derive(Clone, Debug)]
pub struct GroupState {
    /// Its resource type.
    pub resource_type: ResourceType,
    /// Its resource.
    pub target_id: TargetId,
    /// Who made it.
    pub origin: Origin,
    /// Members wanted whose accounts are linked.
    pub want: std::collections::BTreeSet<Member>,
    /// Members that we added.
    pub have: std::collections::BTreeSet<Member>,
    /// Members whose addition was begun and never answered.
    pub unsure: std::collections::BTreeSet<Member>,
    /// Members that it had before us.
    pub found: std::collections::BTreeSet<TargetId>,
    /// Whether we have looked who was there before us.
    pub looked: bool,
}

/// Where an object stands, for a person.
#[derive(Clone, Debug, serde::Serialize)]
pub struct ParkedRow {
    /// The object.
    pub object: String,
    /// Its place in the source (a line).
    pub position: u64,
    /// How it stands to the target.
    pub situation: Situation,
    /// Why it is parked.
    pub reason: String,
    /// Since when.
    pub since: String,
}
