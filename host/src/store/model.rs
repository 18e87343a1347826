//! Values that go into the store and come out of it.

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;
use purser_engine::{
    Digest, Frozen,
    change::{Action, Member, Origin},
    failsafe::Grant,
    ids::{MappingName, ObjectKey, ResourceType, RunId, TargetId, TargetName},
    members::Edge,
    operation::Trigger,
    situation::Situation,
};
use serde::Serialize;

use super::{Holder, ParkedRow, Refusal, SuspendedRow};

/// What a run is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunMode {
    /// A simulation.
    Plan,
    /// A full reconciliation.
    Run,
    /// One object on a person's word.
    Sync,
    /// Objects whose time has come.
    Due,
    /// What the target has of linked objects, compared and repaired.
    Verify,
    /// Objects that have changed.
    Changed,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunState {
    /// To its end.
    Done,
    /// With an error; what was done stays done.
    Failed,
    /// A person wanted no more of it.
    Stopped,
    /// Its process ended before it; to be taken up again.
    Interrupted,
}

/// The order in which jobs are done: lower first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Whoever has left is locked out first.
    Deactivate = 0,
    /// Accounts before anything that refers to them.
    User = 1,
    /// Groups and other types.
    Other = 2,
    /// Memberships, once both ends are there.
    Members = 3,
    /// Deletions last.
    Delete = 4,
}

impl Class {
    /// As stored.
    pub fn number(self) -> i64 {
        self as i64
    }

    /// As stored; unknown numbers come last.
    pub fn from_number(number: i64) -> Self {
        match number {
            0 => Self::Deactivate,
            1 => Self::User,
            2 => Self::Other,
            3 => Self::Members,
            _ => Self::Delete,
        }
    }
}

/// What a job does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// Brings one object into step.
    Object,
    /// Brings the members of one group into step.
    Members,
}

/// The number of one claim of jobs. It grows with each claim and is never used
/// again: who comes with an old one is told so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fence(pub i64);

/// The answer to a worker that wants to speak for its job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a fenced worker must not go on as if it had been heard"]
pub enum Leased<T = ()> {
    /// The lease is its own and has not passed: done as asked.
    Ours(T),
    /// The lease has passed, whether or not somebody else has the job now. Nothing was changed.
    Fenced,
}

/// One durable unit of work.
#[derive(Clone, Debug)]
pub struct Job {
    /// The mapping.
    pub mapping: MappingName,
    /// The object.
    pub key: ObjectKey,
    /// What to do with it.
    pub task: Task,
    /// The run that asked for it.
    pub run: RunId,
    /// Its place in the order.
    pub class: Class,
    /// The claim by which a worker has it.
    pub fence: Fence,
    /// Tries that failed before this one.
    pub attempt: u32,
    /// What stands at the target may not be what we remember: read it first.
    pub verify: bool,
    /// What asked for it.
    pub triggers: String,
    /// What its plan row allows.
    pub grant: Option<Grant>,
}

/// What asked for a job by which the target's own site comes back to it.
pub const ECHO: &str = "echo";

impl Job {
    /// Nothing asked for it but what the target's own site has said.
    pub fn is_echo(&self) -> bool {
        self.triggers == ECHO
    }

    /// By whose initiative it was asked for, beside that of the run that does it.
    pub fn asked_by(&self) -> impl Iterator<Item = Trigger> + '_ {
        self.triggers.split(' ').filter_map(|word| match word {
            "manual" | "sweep" | "verify" => Some(Trigger::Manual),
            "scheduled" => Some(Trigger::Scheduled),
            "changed" | ECHO | "reevaluate" => Some(Trigger::Automatic),
            // What another job has brought about is its run's.
            _ => None,
        })
    }
}

/// The next work of a run.
#[derive(Clone, Debug)]
pub enum Claimed {
    /// These jobs, all of one class.
    Jobs(Vec<Arc<Job>>),
    /// Nothing is due before this time, unless another worker ends a job sooner.
    NotBefore(Timestamp),
    /// Nothing is left, and nobody has anything under way.
    Nothing,
}

/// What becomes of a plan row in the store.
#[derive(Clone, Debug)]
pub enum Fate {
    /// To be done: with the grant, the class of its job, whether the object leaves, and whether it will be linked.
    Approved {
        /// What the job may do.
        grant: Grant,
        /// The order of the job.
        class: Class,
        /// Absent or out of scope.
        leaving: bool,
        /// A link will come into being.
        creating: bool,
    },
    /// Held by the failsafe.
    Held {
        /// What is held.
        grant: Grant,
        /// Its effects, for people.
        effects: String,
        /// Why.
        reason: String,
    },
    /// Left as it was, because its component is suspended: parked or held, if it was that.
    Suspended,
    /// Set aside; with the value that it waits for, where it does.
    Parked {
        /// How it stands to the target.
        situation: Situation,
        /// Why.
        reason: String,
        /// Woken when this is freed.
        waits_for: Option<(ResourceType, Holder)>,
    },
    /// In step; only the input digest changed.
    InStep,
}

/// One object of a plan, for the store.
#[derive(Clone, Debug)]
pub struct PlannedRow {
    /// The object.
    pub key: ObjectKey,
    /// Its place in the source.
    pub position: u64,
    /// What becomes of it.
    pub fate: Fate,
    /// Memberships that its mapping wrote; none where it was not mapped.
    pub edges: Option<Vec<Edge>>,
    /// The new input digest, where the object is in step.
    pub input: Option<Digest>,
    /// When it is to be mapped again, whatever its input.
    pub reevaluate_at: Option<Timestamp>,
}

/// What must be known before a request is sent.
#[derive(Clone, Debug)]
pub struct Begin {
    /// The job that it is for.
    pub job: Arc<Job>,
    /// The target.
    pub target: TargetName,
    /// Its resource type.
    pub resource_type: ResourceType,
    /// Unique values that it needs, case-folded.
    pub unique: Vec<(String, String)>,
    /// By what a create is found again: (attribute path, value) as sent.
    pub keys: Vec<(String, String)>,
    /// A create: the digest of its projection. No intent otherwise.
    pub intent: Option<Digest>,
    /// When.
    pub at: Timestamp,
}

/// Whether a request may be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a request must not be sent unless it says ready"]
pub enum Begun {
    /// Its intent and its claims are on disk.
    Ready,
    /// Somebody holds a value that it needs.
    Taken(Holder),
    /// The lease has passed.
    Fenced,
}

/// A job that is to be tried again.
#[derive(Clone, Debug)]
pub struct Retry {
    /// The job.
    pub job: Arc<Job>,
    /// When it failed.
    pub at: Timestamp,
    /// It is not tried again before this time.
    pub not_before: Timestamp,
    /// Why it failed.
    pub error: String,
    /// A create is known not to have happened.
    pub forget_intent: bool,
}

/// What a worker that lost its lease leaves to others: it has sent something,
/// and may not say what became of it.
#[derive(Clone, Debug)]
pub struct HandOver {
    /// The job.
    pub job: Arc<Job>,
    /// When.
    pub at: Timestamp,
    /// What it has sent and what was answered, where it was answered.
    pub audit: Audit,
    /// Members that it has added or removed: how they stand is not known.
    pub members: Vec<Member>,
}

/// How a job ended.
#[derive(Clone, Debug)]
pub struct Settlement {
    /// The job.
    pub job: Arc<Job>,
    /// The target.
    pub target: TargetName,
    /// When.
    pub at: Timestamp,
    /// What happened.
    pub outcome: Outcome,
    /// Memberships that the object's mapping wrote; none leaves them as they are.
    pub edges: Option<Vec<Edge>>,
    /// Objects to which its projection refers; none leaves them as they are.
    pub references: Option<Vec<ObjectKey>>,
    /// That was not all of it: the object is looked at once more in this run.
    pub again: bool,
}

/// What happened to the object of a job.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// A link was made or brought up to date.
    Linked(Box<LinkUpdate>),
    /// It was in step.
    InStep {
        /// Digest of what the projection was made of.
        input: Option<Digest>,
        /// When it is to be mapped again, whatever its input.
        reevaluate_at: Option<Timestamp>,
        /// Unique values that it holds, case-folded; all others that it held are freed. None: as they are.
        unique: Option<Vec<(String, String)>>,
    },
    /// The resource was deleted.
    Deleted(Audit),
    /// The link was given up.
    Unlinked(Audit),
    /// Memberships were changed.
    Members {
        /// What was done.
        audit: Audit,
        /// Members that were added.
        added: Vec<Member>,
        /// Members that were removed.
        removed: Vec<Member>,
    },
    /// Set aside.
    Parked {
        /// How it stands to the target.
        situation: Situation,
        /// Why.
        reason: String,
        /// Woken when this is freed.
        waits_for: Option<(ResourceType, Holder)>,
        /// A create is known not to have happened.
        forget_intent: bool,
        /// Unique values that it holds all the same; others that it claimed are freed. None: as they are.
        unique: Option<Vec<(String, String)>>,
        /// What the target answered, where it is the target that does not take it.
        refusal: Option<Refusal>,
    },
    /// Held by the failsafe.
    Held {
        /// What is held.
        grant: Grant,
        /// Its effects, for people.
        effects: String,
        /// Why.
        reason: String,
    },
    /// Before a deletion: the object leaves, its memberships go first, then the
    /// job comes back as `Delete` with what it is allowed to do.
    Leaving {
        /// What was approved.
        grant: Grant,
    },
    /// Nothing to do.
    Nothing,
}

/// A link as it is after a write.
#[derive(Clone, Debug)]
pub struct LinkUpdate {
    /// The resource type.
    pub resource_type: ResourceType,
    /// The resource.
    pub target_id: TargetId,
    /// Who made it.
    pub origin: Origin,
    /// Absent or out of scope.
    pub left: bool,
    /// It was opened again at a target that has forgotten its memberships.
    pub forgotten: bool,
    /// Our projection as written.
    pub written: Frozen,
    /// Digest of the target's own form; none leaves it unread.
    pub observed: Option<Digest>,
    /// By what the resource is found: matching attributes and case-folded values.
    pub keys: Vec<(String, String)>,
    /// Digest of what the projection was made of; none: map it again next time.
    pub input: Option<Digest>,
    /// When it is to be mapped again, whatever its input.
    pub reevaluate_at: Option<Timestamp>,
    /// Unique values that it holds now, case-folded; all others that it held are freed.
    pub unique: Vec<(String, String)>,
    /// What was done.
    pub audit: Audit,
}

/// A line of the audit. Attribute names, never values.
#[derive(Clone, Debug)]
pub struct Audit {
    /// The resource.
    pub target_id: Option<TargetId>,
    /// How the object stood.
    pub situation: Situation,
    /// What was done, for people.
    pub effects: String,
    /// What it concerned.
    pub detail: Detail,
}

/// What a change concerned; as a JSON object in the store.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum Detail {
    /// Attributes, by their names.
    Attributes {
        /// Their paths.
        attributes: Vec<String>,
    },
    /// Members of a group.
    Members {
        /// Who came.
        added: Vec<String>,
        /// Who went.
        removed: Vec<String>,
    },
    /// A change whose lease passed before it was heard.
    HandedOver {
        /// Its effects, for people.
        sent: String,
        /// What became of its lease.
        lease: &'static str,
        /// What it concerned.
        of: Box<Detail>,
    },
}

impl Audit {
    /// The line of a change.
    pub fn of(change: &purser_engine::change::Change, target_id: Option<TargetId>) -> Self {
        let objects = |members: &[Member]| members.iter().map(|m| m.object.to_string()).collect();
        let detail = match &change.action {
            Action::Members { add, remove, .. } => Detail::Members {
                added: objects(add),
                removed: objects(remove),
            },
            _ => Detail::Attributes {
                attributes: change.attribute_names(),
            },
        };
        Self {
            target_id,
            situation: change.situation,
            effects: change.effects.to_string(),
            detail,
        }
    }
}

/// All that `purser status` shows of a mapping.
#[derive(Clone, Debug, Serialize)]
pub struct Status {
    /// Links by resource type and origin.
    pub links: BTreeMap<String, BTreeMap<String, u64>>,
    /// Memberships that stand at the target.
    pub memberships: u64,
    /// Objects set aside.
    pub parked: Vec<ParkedRow>,
    /// Changes that wait for a person.
    pub held: Vec<HeldRow>,
    /// Its component, where that is suspended.
    pub suspended: Option<SuspendedRow>,
    /// Jobs that wait, by task.
    pub jobs: BTreeMap<String, u64>,
    /// Creates whose answer is unknown.
    pub open_intents: u64,
    /// The latest runs, newest first.
    pub runs: Vec<RunRow>,
}

/// A change that waits for a person.
#[derive(Clone, Debug, Serialize)]
pub struct HeldRow {
    /// The object.
    pub object: String,
    /// What it would do.
    pub effects: String,
    /// Why it is held.
    pub reason: String,
    /// Since when.
    pub since: String,
}

/// One run.
#[derive(Clone, Debug, Serialize)]
pub struct RunRow {
    /// Its number.
    pub id: i64,
    /// plan, run, sync or due.
    pub mode: String,
    /// running, done, interrupted or failed.
    pub state: String,
    /// When it began.
    pub started_at: String,
    /// When it ended.
    pub ended_at: Option<String>,
    /// Its counters.
    pub summary: Option<serde_json::Value>,
    /// By whose initiative: manual, automatic or scheduled.
    pub asked_by: String,
}
