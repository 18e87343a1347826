//! What sources and targets show, on its way into the store.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use purser_engine::{
    Digest,
    ids::{Kind, ObjectKey, ResourceType, RunId, SourceName, TargetId, TargetName},
    imprint::{Imprint, Known, Places},
    object::SourceObject,
};
use purser_scim::Resource;

use super::StoreError;
use crate::source::Row;

/// The part of a store that takes in what a run reads.
///
/// What came as it stood the last time ([`Known`]) is not handed over at all: whoever
/// reads keeps its places ([`Places`]) and says at the end which these were.
#[async_trait]
pub trait Staging: Send + Sync {
    /// What stood at `count` places of a source, after the place `after`.
    async fn known_rows(
        &self,
        source: &SourceName,
        kind: &Kind,
        after: u64,
        count: usize,
    ) -> Result<Known, StoreError>;

    /// Stores what is new on a page of a source; `same` are the places, of this page
    /// and of all before it, at which the same came as the last time.
    async fn stage_page(
        &self,
        source: &SourceName,
        run: RunId,
        rows: Vec<NewRow>,
        same: Arc<Places>,
    ) -> Result<StagedRows, StoreError>;

    /// A kind was read to where it ended, or to where it could not be read any more:
    /// whoever came new or stood at one of `same` was seen, and nobody else.
    async fn finish_source(
        &self,
        source: &SourceName,
        kind: &Kind,
        run: RunId,
        same: Arc<Places>,
    ) -> Result<(), StoreError>;

    /// The linked resources that stood at `count` places of a target's listing, from
    /// the place `first` on; `about` is what decides, beside the target's text, how
    /// they are read.
    async fn known_resources(
        &self,
        target: &TargetName,
        resource_type: &ResourceType,
        about: &str,
        first: u64,
        count: usize,
    ) -> Result<Known, StoreError>;

    /// Stores what is new on a page of a target's listing: links that it shows are
    /// confirmed (and compared with `observed`), and found by the keys that it shows
    /// from now on; the rest is kept for correlation. `same` as for a source.
    async fn stage_listing(
        &self,
        target: &TargetName,
        run: RunId,
        resource_type: &ResourceType,
        resources: Vec<Listed>,
        same: Arc<Places>,
    ) -> Result<StagedListing, StoreError>;

    /// The listing of a type was complete: links of earlier runs that it did not
    /// show are gone. Where these are more than `limit`, the listing is not
    /// believed (another tenant's token, an empty answer) and nothing changes;
    /// answers how many there are. Links that came into being after `linked_until`
    /// may not be visible yet and stay.
    async fn finish_listing(
        &self,
        target: &TargetName,
        run: RunId,
        resource_type: &ResourceType,
        limit: u64,
        linked_until: Timestamp,
        same: Arc<Places>,
    ) -> Result<u64, StoreError>;
}

/// A row of a source as it is stored. Made before the store has its turn, which is
/// for one at a time.
#[derive(Clone, Debug)]
pub struct NewRow {
    /// Whose it is.
    pub key: ObjectKey,
    /// The SCIM resource type of its kind.
    pub resource_type: ResourceType,
    /// Its place in the source.
    pub position: u64,
    /// The object as JSON, or what is wrong with it.
    pub content: Result<String, String>,
    /// Digest of that.
    pub digest: Digest,
    /// The object as a value, for whoever asks for it soon.
    pub object: Option<Arc<SourceObject>>,
    /// The imprint of the entry as it came.
    pub imprint: Option<Imprint>,
}

impl NewRow {
    /// Of what was read.
    ///
    /// # Errors
    /// The object cannot be written as JSON.
    pub fn of(row: Row) -> Result<Self, StoreError> {
        let (content, object) = match row.content {
            Ok(object) => {
                let json = serde_json::to_string(&object);
                let json = json.map_err(|error| StoreError::Corrupt {
                    what: "a source object",
                    why: error.to_string(),
                })?;
                (Ok(json), Some(Arc::new(object)))
            }
            Err(problem) => (Err(problem), None),
        };
        let digest = match &content {
            Ok(document) => Digest::of_parts([document, ""]),
            Err(problem) => Digest::of_parts(["", problem]),
        };
        Ok(Self {
            key: row.key,
            resource_type: row.resource_type,
            position: row.position,
            content,
            digest,
            object,
            imprint: row.imprint,
        })
    }
}

/// What became of a page of a source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StagedRows {
    /// Rows whose id this run had seen before, by their place. The first one stands,
    /// because the first one may already have been planned.
    pub repeated: Vec<(u64, ObjectKey)>,
    /// Who stood further down the last time, and there. Should it come there once
    /// more, it is repeated.
    pub moved: Vec<(u64, ObjectKey)>,
}

/// What became of a page of a listing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StagedListing {
    /// What it held.
    pub counts: ListingCounts,
    /// Where linked resources stood the last time that came now before that place.
    pub moved: Vec<u64>,
}

/// What a listing page held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ListingCounts {
    /// Resources that this run had not seen before; the others count nowhere.
    pub fresh: u64,
    /// Resources that belong to nobody.
    pub unowned: u64,
    /// Linked resources that the other side changed.
    pub drifted: u64,
}

/// What a listing shows of one resource.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Its id.
    pub id: TargetId,
    /// Where it stands in the listing, from 1 on (RFC 7644 §3.4.2.4 `startIndex`).
    pub place: u64,
    /// The imprint of its text; none: it is to be read anew the next time as well.
    pub imprint: Option<Imprint>,
    /// The whole resource.
    pub resource: Resource,
    /// Digest of its form at the target.
    pub observed: Digest,
    /// Case-folded values of the matching attributes of all mappings to the target.
    pub keys: Vec<(String, String)>,
}
