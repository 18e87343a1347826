//! Objects as decisions need them, and what tells that none is needed.

use std::sync::Arc;

use jiff::Timestamp;
use purser_engine::{
    Digest,
    change::Origin,
    failsafe::Grant,
    ids::{Kind, MappingName, ObjectKey, ResourceType, RunId, SourceName, TargetId},
    object::SourceObject,
};
use purser_scim::Resource;

/// Which objects a sweep walks over.
#[derive(Clone, Debug)]
pub struct Scan {
    /// The mapping, for links.
    pub mapping: MappingName,
    /// The source.
    pub source: SourceName,
    /// The kind.
    pub kind: Kind,
    /// The run that has seen them.
    pub run: RunId,
    /// Digest of all but the object that decides what a projection is.
    pub fingerprint: Digest,
    /// The time of the run.
    pub now: Timestamp,
}

/// A part of a walk over the objects of a kind.
#[derive(Clone, Debug, Default)]
pub struct Scanned {
    /// Those that something is to be decided about.
    pub candidates: Vec<Candidate>,
    /// Those that are in step as they stand, see [`Standing::in_step`].
    pub in_step: u64,
    /// Where the next part begins; none: there is no more.
    pub next: Option<u64>,
}

/// What there is to decide about a kind.
#[derive(Clone, Debug, Default)]
pub struct Survey {
    /// Those that are in step as they stand, and those that are not, in the order of
    /// the source; none where these are too many to be held in memory.
    pub present: Option<(u64, Vec<ObjectKey>)>,
    /// Whether all linked objects of the kind were seen by the run.
    pub all_seen: bool,
}

/// What of a link says whether its object is in step without being mapped again.
#[derive(Clone, Copy, Debug)]
pub struct Standing<'a> {
    /// The link is neither left nor about to leave, and its resource is not gone.
    pub live: bool,
    /// Digest of what the projection was made of.
    pub input: Option<&'a str>,
    /// When the projection may be another although its input is the same.
    pub reevaluate_at: Option<Timestamp>,
}

impl Standing<'_> {
    /// Whether its projection still is what its mapping would make now of an
    /// object that the source shows, whose digest is `object`.
    pub fn in_step(&self, object: &Digest, fingerprint: &Digest, now: Timestamp) -> bool {
        self.live
            && self.reevaluate_at.is_none_or(|at| at > now)
            && self
                .input
                .is_some_and(|input| input == input_of(object, fingerprint).as_str())
    }
}

/// The digest of all that a projection is made of.
pub fn input_of(object: &Digest, fingerprint: &Digest) -> Digest {
    Digest::of_parts([object.as_str(), fingerprint.as_str()])
}

/// One object with all that a decision needs.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The object.
    pub key: ObjectKey,
    /// Its place in the source.
    pub position: u64,
    /// Its resource type.
    pub resource_type: ResourceType,
    /// What the source said last: the object, or what is wrong with its content.
    pub content: Result<Arc<SourceObject>, String>,
    /// Digest of that.
    pub digest: Digest,
    /// The last run that saw it.
    pub last_seen: RunId,
    /// Its link.
    pub link: Option<LinkRow>,
    /// A create that was begun and whose answer is unknown.
    pub open_intent: Option<OpenIntent>,
    /// The change of it that a person has not allowed yet.
    pub held: Option<Grant>,
}

/// A create that was begun.
#[derive(Clone, Debug)]
pub struct OpenIntent {
    /// Its request was not sent later than this, as far as is known: its answer
    /// was lost then, or the process that would have had it was gone.
    pub sent_until: Timestamp,
    /// By what its resource is found again: (attribute path, value) as sent.
    pub keys: Vec<(String, String)>,
}

/// A stored link.
#[derive(Clone, Debug)]
pub struct LinkRow {
    /// The resource at the target.
    pub target_id: TargetId,
    /// Who made it.
    pub origin: Origin,
    /// Approved to leave, not yet done: it has no memberships any more.
    pub leaving: bool,
    /// Deactivated because absent or out of scope: it has no memberships.
    pub left: bool,
    /// The target's resource is gone.
    pub gone: bool,
    /// Our last projection.
    pub written: Resource,
    /// Digest of the target's own form as we saw it last, where we did.
    pub observed: Option<Digest>,
    /// Digest of what the projection was made of.
    pub input: Option<Digest>,
    /// When the projection may be another although its input is the same.
    pub reevaluate_at: Option<Timestamp>,
}

impl LinkRow {
    /// What says whether its object is in step.
    pub fn standing(&self) -> Standing<'_> {
        Standing {
            live: !self.gone && !self.left && !self.leaving,
            input: self.input.as_ref().map(Digest::as_str),
            reevaluate_at: self.reevaluate_at,
        }
    }
}
