//! What a run has seen: the ground that its decisions stand on.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use purser_engine::{
    absence::{Absence, Complete, Tombstone},
    ids::{Kind, ObjectKey, ResourceType, RunId},
};
use purser_scim::schema::ResourceSchema;

use super::{SyncError, Wiring, evaluate::Remembered, frame, report::RunReport};
use crate::{store::Candidate, target::Discovery};

/// What a run has seen.
#[derive(Debug)]
pub(super) struct View {
    /// The run.
    pub run: RunId,
    /// What the target offers.
    pub discovery: Discovery,
    /// Kinds whose enumeration was proven complete.
    pub complete: BTreeMap<Kind, Complete>,
    /// Objects whose deletion was confirmed one by one.
    pub tombstones: BTreeMap<ObjectKey, Tombstone>,
    /// Only these were looked for; the enumeration says nothing of others.
    pub only: Option<BTreeSet<ObjectKey>>,
    /// Where only some were looked for: the last run that read each kind as a whole.
    pub swept: BTreeMap<Kind, RunId>,
    /// Resource types whose listing at the target was complete.
    pub listed: BTreeSet<ResourceType>,
    /// The time of the run, equal for all its objects; whole seconds.
    pub now: Timestamp,
    /// What was made before this, and was visible in time, stands in those listings.
    pub listed_at: Timestamp,
    /// Planning, not doing.
    pub planning: bool,
    /// A person has looked, and says that the target does not have what it does
    /// not show: what was begun to create may be sent again.
    pub sure_that_absent: bool,
    /// What the plan of this run mapped.
    pub remembered: Remembered,
}

/// Where an object stands at its source, as far as the run knows.
#[derive(Debug)]
pub(super) enum Presence {
    /// It is there.
    Present,
    /// It is proven to be gone.
    Absent(Absence),
    /// It was not seen, and that proves nothing.
    Unproven,
}

impl View {
    /// Nobody is looked for: what the source said last holds, and nobody's absence
    /// can be seen.
    pub(super) async fn of_the_store(
        wiring: &Wiring,
        report: &mut RunReport,
        now: Timestamp,
    ) -> Result<Self, SyncError> {
        Ok(Self {
            run: report.run,
            discovery: frame::discover(wiring, report).await?,
            complete: BTreeMap::new(),
            tombstones: BTreeMap::new(),
            only: Some(BTreeSet::new()),
            swept: wiring.store.swept(&wiring.config.source).await?,
            listed: BTreeSet::new(),
            now,
            listed_at: (wiring.clock)(),
            planning: false,
            sure_that_absent: false,
            remembered: Remembered::default(),
        })
    }

    pub(super) fn presence(&self, candidate: &Candidate) -> Presence {
        if candidate.last_seen >= self.run {
            return Presence::Present;
        }
        if let Some(tombstone) = self.tombstones.get(&candidate.key) {
            return Presence::Absent(Absence::from_tombstone(tombstone.clone()));
        }
        let looked_for = self
            .only
            .as_ref()
            .is_none_or(|only| only.contains(&candidate.key));
        if !looked_for {
            // What the source said last holds for those that nobody asked about,
            // but only if they were there when it was last read as a whole.
            let swept = self.swept.get(&candidate.key.kind).copied();
            return if swept.is_none_or(|swept| candidate.last_seen >= swept) {
                Presence::Present
            } else {
                Presence::Unproven
            };
        }
        self.complete
            .get(&candidate.key.kind)
            .and_then(|complete| {
                Absence::from_enumeration(complete, candidate.key.clone(), candidate.last_seen)
            })
            .map_or(Presence::Unproven, Presence::Absent)
    }

    pub(super) fn schema(
        &self,
        wiring: &Wiring,
        resource_type: &ResourceType,
    ) -> Result<&ResourceSchema, SyncError> {
        self.discovery
            .resource_type(resource_type)
            .map(|offered| &offered.schema)
            .ok_or_else(|| SyncError::NotOffered {
                target: wiring.config.target.clone(),
                resource_type: resource_type.to_string(),
            })
    }
}
