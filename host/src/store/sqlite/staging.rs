//! What sources and targets show is stored page by page.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use purser_engine::{
    ids::{Kind, ResourceType, RunId, SourceName, TargetName},
    imprint::{Imprint, Known, Places},
};

use super::SqliteStore;
use crate::{
    failpoint::Step,
    store::{Listed, NewRow, StagedListing, StagedRows, Staging, StoreError},
};

pub(super) mod listing;
pub(super) mod rows;

#[async_trait]
impl Staging for SqliteStore {
    async fn known_rows(
        &self,
        source: &SourceName,
        kind: &Kind,
        after: u64,
        count: usize,
    ) -> Result<Known, StoreError> {
        let (source, kind) = (source.clone(), kind.clone());
        self.readers
            .run(move |c| rows::known(c, &source, &kind, after, count))
            .await
    }

    async fn stage_page(
        &self,
        source: &SourceName,
        run: RunId,
        mut rows: Vec<NewRow>,
        same: Arc<Places>,
    ) -> Result<StagedRows, StoreError> {
        let source = source.clone();
        for row in &mut rows {
            if let (Some(object), Ok(text)) = (row.object.take(), &row.content) {
                self.lately.put(&row.digest, text.len(), object);
            }
        }
        self.writer
            .stage(Step::StagePage, move |c| {
                rows::page(c, &source, run, &rows, &same)
            })
            .await
    }

    async fn finish_source(
        &self,
        source: &SourceName,
        kind: &Kind,
        run: RunId,
        same: Arc<Places>,
    ) -> Result<(), StoreError> {
        let (source, kind) = (source.clone(), kind.clone());
        self.writer
            .run(Step::FinishSource, move |c| {
                rows::finish(c, &source, &kind, run, &same)
            })
            .await
    }

    async fn known_resources(
        &self,
        target: &TargetName,
        resource_type: &ResourceType,
        about: &str,
        first: u64,
        count: usize,
    ) -> Result<Known, StoreError> {
        let (target, resource_type) = (target.clone(), resource_type.clone());
        let known = Known::new(about, first, count);
        self.readers
            .run(move |c| listing::known(c, &target, &resource_type, known, first, count))
            .await
    }

    async fn stage_listing(
        &self,
        target: &TargetName,
        run: RunId,
        resource_type: &ResourceType,
        resources: Vec<Listed>,
        same: Arc<Places>,
    ) -> Result<StagedListing, StoreError> {
        let (target, resource_type) = (target.clone(), resource_type.clone());
        self.writer
            .stage(Step::StageListing, move |c| {
                listing::page(c, &target, run, &resource_type, &resources, &same)
            })
            .await
    }

    async fn finish_listing(
        &self,
        target: &TargetName,
        run: RunId,
        resource_type: &ResourceType,
        limit: u64,
        linked_until: Timestamp,
        same: Arc<Places>,
    ) -> Result<u64, StoreError> {
        let (target, resource_type) = (target.clone(), resource_type.clone());
        self.writer
            .run(Step::FinishListing, move |c| {
                listing::finish(c, &target, run, &resource_type, limit, linked_until, &same)
            })
            .await
    }
}

/// Tells `known` what stood where: rows of place and imprint.
fn remember(mut rows: rusqlite::Rows<'_>, known: &mut Known) -> rusqlite::Result<()> {
    while let Some(row) = rows.next()? {
        let imprint = row.get_ref(1)?.as_blob_or_null()?;
        known.stood(
            row.get::<_, i64>(0)?.unsigned_abs(),
            imprint.and_then(Imprint::from_stored),
        );
    }
    Ok(())
}
