//! The embedded store: one SQLite file, one process, one writing thread, and
//! readers beside it.
//!
//! Each method runs as one closure: on [`writer::Writer`] where it changes
//! something, else on [`readers::Readers`]. The SQL stands in one file an event,
//! below this one; `open.rs`, `lock.rs` and `migrate.rs` are the way in,
//! `copy.rs` and `examine.rs` work on a store from outside, without its lock.

use std::{
    collections::BTreeMap,
    fs::File,
    sync::{Arc, atomic::AtomicU64},
};

use async_trait::async_trait;
use jiff::Timestamp;
use purser_engine::{
    change::Member,
    ids::{Kind, MappingName, ObjectKey, ResourceType, RunId, SourceName, TargetId, TargetName},
    operation::Trigger,
};

use super::{
    AskedBatch, Begin, Begun, Candidate, ClaimScope, Claimed, Class, Correlated, CutShort,
    EdgeChange, Fence, GroupState, HandOver, Job, Leased, LogFrom, LogQuery, LogRow, PlannedRow,
    Question, Retry, RunMode, RunState, Scan, Scanned, Scheduled, Settlement, Status, Store,
    StoreError, Survey, Suspension,
};
use crate::failpoint::Step;

mod aside;
mod candidates;
mod changed;
mod convert;
pub mod copy;
mod correlate;
pub mod directory;
mod due;
mod edges;
pub mod examine;
mod jobs;
mod keys;
mod lately;
mod leases;
mod left;
mod lock;
mod log;
mod migrate;
mod open;
mod plan;
mod readers;
mod runs;
mod schedule;
mod settle;
mod staging;
mod status;
mod survey;
mod suspension;
mod verify;
mod writer;

pub use migrate::SCHEMA;

/// The embedded store. Cheap to clone; the file is closed when the last clone is gone.
#[derive(Clone, Debug)]
pub struct SqliteStore {
    writer: writer::Writer,
    readers: readers::Readers,
    lately: lately::Lately,
    /// Counts the changes of tokens, so that whoever knows some by heart can tell.
    tokens: Arc<AtomicU64>,
    /// Wakes who waits for changes in the directory.
    changes: Arc<tokio::sync::Notify>,
    /// Wakes who waits for a job to be settled.
    settled: Arc<tokio::sync::Notify>,
    /// Held for as long as the store is open: one process at a time.
    _lock: Arc<File>,
}

#[async_trait]
impl Store for SqliteStore {
    async fn start_run(
        &self,
        mapping: &MappingName,
        mode: RunMode,
        asked_by: Trigger,
        at: Timestamp,
    ) -> Result<RunId, StoreError> {
        self.lately.clear();
        let mapping = mapping.clone();
        self.writer
            .run(Step::StartRun, move |c| {
                runs::start(c, &mapping, mode, asked_by, at)
            })
            .await
    }

    async fn end_run(
        &self,
        run: RunId,
        state: RunState,
        at: Timestamp,
        summary: serde_json::Value,
    ) -> Result<(), StoreError> {
        self.lately.clear();
        self.writer
            .run(Step::EndRun, move |c| {
                runs::end(c, run, state, at, &summary)
            })
            .await
    }

    async fn survey(&self, scan: &Scan) -> Result<Survey, StoreError> {
        let scan = scan.clone();
        self.readers.run(move |c| survey::survey(c, &scan)).await
    }

    async fn next_candidates(
        &self,
        scan: &Scan,
        after: u64,
        limit: usize,
    ) -> Result<Scanned, StoreError> {
        let (scan, lately) = (scan.clone(), self.lately.clone());
        self.readers
            .run(move |c| candidates::next(c, &lately, &scan, after, limit))
            .await
    }

    async fn next_missing(
        &self,
        scan: &Scan,
        after: Option<&ObjectKey>,
        limit: usize,
    ) -> Result<Vec<Candidate>, StoreError> {
        let (scan, after, lately) = (scan.clone(), after.cloned(), self.lately.clone());
        self.readers
            .run(move |c| candidates::missing(c, &lately, &scan, after.as_ref(), limit))
            .await
    }

    async fn unfinished(&self, scan: &Scan) -> Result<Vec<Candidate>, StoreError> {
        let (scan, lately) = (scan.clone(), self.lately.clone());
        self.readers
            .run(move |c| candidates::unfinished(c, &lately, &scan))
            .await
    }

    async fn sent_until(&self, mapping: &MappingName) -> Result<Option<Timestamp>, StoreError> {
        let mapping = mapping.clone();
        self.readers
            .run(move |c| candidates::sent_until(c, &mapping))
            .await
    }

    async fn swept(&self, source: &SourceName) -> Result<BTreeMap<Kind, RunId>, StoreError> {
        let source = source.clone();
        self.readers
            .run(move |c| Ok(staging::rows::Sweeps::of(c, &source)?.last()))
            .await
    }

    async fn candidates(
        &self,
        mapping: &MappingName,
        source: &SourceName,
        keys: Vec<ObjectKey>,
    ) -> Result<Vec<Candidate>, StoreError> {
        let (mapping, source, lately) = (mapping.clone(), source.clone(), self.lately.clone());
        self.readers
            .run(move |c| candidates::by_key(c, &lately, &mapping, &source, &keys))
            .await
    }

    async fn target_ids(
        &self,
        mapping: &MappingName,
        keys: Vec<ObjectKey>,
    ) -> Result<BTreeMap<ObjectKey, TargetId>, StoreError> {
        let mapping = mapping.clone();
        self.readers
            .run(move |c| candidates::target_ids(c, &mapping, &keys))
            .await
    }

    async fn correlate(
        &self,
        scope: ClaimScope,
        questions: Vec<Question>,
    ) -> Result<Vec<Correlated>, StoreError> {
        let planning = scope.planning.is_some();
        let answer = move |c: &_| correlate::answer(c, &scope, &questions);
        // While planning, free values are given to the first that asks.
        if planning {
            self.writer.unnamed(answer).await
        } else {
            self.readers.run(answer).await
        }
    }

    async fn owner(
        &self,
        target: &TargetName,
        resource_type: &ResourceType,
        id: &TargetId,
    ) -> Result<Option<ObjectKey>, StoreError> {
        let (target, resource_type, id) = (target.clone(), resource_type.clone(), id.clone());
        self.readers
            .run(move |c| correlate::owner(c, &target, &resource_type, &id))
            .await
    }

    async fn save_plan(
        &self,
        run: RunId,
        mapping: &MappingName,
        rows: Vec<PlannedRow>,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let mapping = mapping.clone();
        self.writer
            .stage(Step::SavePlan, move |c| {
                plan::save(c, run, &mapping, &rows, at)
            })
            .await
    }

    async fn plan_members(
        &self,
        run: RunId,
        mapping: &MappingName,
    ) -> Result<(Vec<EdgeChange>, u64), StoreError> {
        let mapping = mapping.clone();
        self.readers
            .run(move |c| edges::planned(c, run, &mapping))
            .await
    }

    async fn approve_plan(
        &self,
        run: RunId,
        mapping: &MappingName,
        at: Timestamp,
    ) -> Result<u64, StoreError> {
        let mapping = mapping.clone();
        self.writer
            .run(Step::ApprovePlan, move |c| {
                plan::approve(c, run, &mapping, at)
            })
            .await
    }

    async fn clear_stale(
        &self,
        run: RunId,
        mapping: &MappingName,
        complete: Vec<Kind>,
    ) -> Result<(), StoreError> {
        let mapping = mapping.clone();
        self.writer
            .run(Step::ClearStale, move |c| {
                plan::clear_stale(c, run, &mapping, &complete)
            })
            .await
    }

    async fn enqueue(
        &self,
        run: RunId,
        mapping: &MappingName,
        key: &ObjectKey,
        class: Class,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let (mapping, key) = (mapping.clone(), key.clone());
        self.writer
            .run(Step::Enqueue, move |c| {
                jobs::enqueue(c, run, &mapping, &key, class, "manual", at)
            })
            .await
    }

    async fn next_due(&self, mapping: &MappingName) -> Result<Option<Timestamp>, StoreError> {
        let mapping = mapping.clone();
        self.readers.run(move |c| due::next(c, &mapping)).await
    }

    async fn enqueue_due(
        &self,
        run: RunId,
        mapping: &MappingName,
        source: &SourceName,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let (mapping, source) = (mapping.clone(), source.clone());
        self.writer
            .run(Step::Enqueue, move |c| {
                due::enqueue(c, run, &mapping, &source, now)
            })
            .await
    }

    async fn enqueue_verify(
        &self,
        run: RunId,
        mapping: &MappingName,
        source: &SourceName,
        only: Option<ObjectKey>,
        at: Timestamp,
    ) -> Result<u64, StoreError> {
        let (mapping, source) = (mapping.clone(), source.clone());
        self.writer
            .run(Step::Enqueue, move |c| {
                verify::enqueue(c, run, &mapping, &source, only.as_ref(), at)
            })
            .await
    }

    async fn claim_jobs(
        &self,
        run: RunId,
        limit: usize,
        at: Timestamp,
        until: Timestamp,
    ) -> Result<Claimed, StoreError> {
        // A power cut that takes a claim back has ended whoever made it, and the next to
        // open the store queues what was claimed in any case.
        self.writer
            .stage(Step::Claim, move |c| {
                leases::claim(c, run, limit, at, until)
            })
            .await
    }

    async fn renew(
        &self,
        run: RunId,
        fence: Fence,
        at: Timestamp,
        until: Timestamp,
    ) -> Result<Leased, StoreError> {
        self.writer
            .run(Step::Renew, move |c| {
                leases::renew(c, run, fence, at, until)
            })
            .await
    }

    async fn begin(&self, items: Vec<Begin>) -> Result<Vec<Begun>, StoreError> {
        self.writer
            .run(Step::Begin, move |c| jobs::begin(c, &items))
            .await
    }

    async fn settle(&self, settlement: Arc<Settlement>) -> Result<Leased, StoreError> {
        let settled = self
            .writer
            .run(Step::Settle, move |c| settle::settle(c, &settlement))
            .await;
        self.settled.notify_waiters();
        settled
    }

    async fn retry(&self, retry: Retry) -> Result<Leased, StoreError> {
        self.writer
            .run(Step::Retry, move |c| jobs::retry(c, &retry))
            .await
    }

    async fn release(&self, jobs: Vec<Arc<Job>>, unsent: Vec<ObjectKey>) -> Result<(), StoreError> {
        self.writer
            .run(Step::Release, move |c| jobs::release(c, &jobs, &unsent))
            .await
    }

    async fn postpone(&self, jobs: Vec<Arc<Job>>) -> Result<(), StoreError> {
        self.writer
            .run(Step::Postpone, move |c| suspension::postpone(c, &jobs))
            .await
    }

    async fn component_asked(
        &self,
        mapping: &MappingName,
        batch: AskedBatch,
    ) -> Result<Option<Suspension>, StoreError> {
        let mapping = mapping.clone();
        self.writer
            .run(Step::Suspend, move |c| {
                suspension::asked(c, &mapping, &batch)
            })
            .await
    }

    async fn suspension(&self, mapping: &MappingName) -> Result<Option<Suspension>, StoreError> {
        let mapping = mapping.clone();
        self.readers
            .run(move |c| suspension::read(c, &mapping))
            .await
    }

    async fn hand_over(&self, items: Vec<HandOver>) -> Result<(), StoreError> {
        self.writer
            .run(Step::HandOver, move |c| leases::hand_over(c, &items))
            .await
    }

    async fn mark_gone(
        &self,
        job: &Job,
        at: Timestamp,
        linked_until: Timestamp,
    ) -> Result<Leased<bool>, StoreError> {
        let job = job.clone();
        self.writer
            .run(Step::MarkGone, move |c| {
                leases::fenced(c, &job, at, || {
                    staging::listing::mark_gone(c, &job, linked_until)
                })
            })
            .await
    }

    async fn members(
        &self,
        mapping: &MappingName,
        group: &ObjectKey,
    ) -> Result<Option<GroupState>, StoreError> {
        let (mapping, group) = (mapping.clone(), group.clone());
        self.readers
            .run(move |c| edges::group(c, &mapping, &group))
            .await
    }

    async fn remember_found_members(
        &self,
        job: &Job,
        at: Timestamp,
        members: Vec<TargetId>,
    ) -> Result<Leased, StoreError> {
        let job = job.clone();
        self.writer
            .run(Step::RememberMembers, move |c| {
                leases::fenced(c, &job, at, || {
                    edges::remember_found(c, &job.mapping, &job.key, &members)
                })
            })
            .await
    }

    async fn begin_members(
        &self,
        job: &Job,
        at: Timestamp,
        add: Vec<Member>,
    ) -> Result<Leased, StoreError> {
        let job = job.clone();
        self.writer
            .run(Step::BeginMembers, move |c| {
                leases::fenced(c, &job, at, || {
                    edges::begin_members(c, &job.mapping, &job.key, &add)
                })
            })
            .await
    }

    async fn status(&self, mapping: &MappingName) -> Result<Status, StoreError> {
        let mapping = mapping.clone();
        self.readers.run(move |c| status::status(c, &mapping)).await
    }

    async fn log(
        &self,
        query: &LogQuery,
        from: LogFrom,
        limit: u64,
    ) -> Result<Vec<LogRow>, StoreError> {
        let query = query.clone();
        self.readers
            .run(move |c| log::page(c, &query, from, limit))
            .await
    }

    async fn cut_short(&self, mapping: &MappingName) -> Result<Option<CutShort>, StoreError> {
        let mapping = mapping.clone();
        self.readers.run(move |c| log::cut_short(c, &mapping)).await
    }

    async fn scheduled(
        &self,
        mapping: &MappingName,
        expression: &str,
        now: Timestamp,
    ) -> Result<Scheduled, StoreError> {
        let (mapping, expression) = (mapping.clone(), expression.to_owned());
        self.writer
            .unnamed(move |c| schedule::scheduled(c, &mapping, &expression, now))
            .await
    }
}
