//! One worker: claims a batch, does it, claims the next.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use jiff::Timestamp;
use purser_engine::{
    change::Change,
    failsafe::{Held, Judgement},
    ids::ObjectKey,
    operation::Trigger,
};

use super::Drain;
use crate::{
    store::{Claimed, Job, Task},
    sync::{
        SyncError, Wiring,
        lane::Lane,
        members::{self, Failure, Undone},
        write::{Done, Failed, counted, later},
    },
};

/// The longest that a worker waits before it looks again. Leases and pauses are
/// times of the wall; a machine that slept, or whose clock was set, keeps
/// another time than the one that we sleep by.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// Works until nothing is left, or somebody cannot go on.
pub(super) async fn run(drain: &Drain<'_>) -> Result<(), SyncError> {
    let outcome = work(drain).await;
    match outcome {
        Ok(()) => drain.ended.notify_waiters(),
        Err(_) => drain.stop(),
    }
    outcome
}

async fn work(drain: &Drain<'_>) -> Result<(), SyncError> {
    let wiring = drain.wiring;
    while !drain.gate.is_closed() {
        // Listening before asking, or an end that comes between the two is missed.
        let ended = drain.ended.notified();
        let now = (wiring.clock)();
        let until = later(now, wiring.lease);
        match wiring
            .store
            .claim_jobs(drain.view.run, wiring.batch, now, until)
            .await?
        {
            Claimed::Nothing => return Ok(()),
            Claimed::NotBefore(time) => {
                let pause = Duration::try_from(time.duration_since(now)).unwrap_or_default();
                let pause = pause.clamp(Duration::from_millis(5), LOOK_AGAIN);
                tokio::select! {
                    () = ended => {}
                    () = tokio::time::sleep(pause) => {}
                }
            }
            Claimed::Jobs(jobs) => {
                let outcome = Batch::new(drain, &jobs, until).run(jobs).await;
                drain.ended.notify_waiters();
                outcome?;
            }
        }
    }
    Ok(())
}

/// The jobs of one claim, on their way.
pub(super) struct Batch<'a, 'd> {
    pub drain: &'a Drain<'d>,
    /// The wiring of the run, but for its target: that is this batch's [`Lane`].
    pub wiring: Arc<Wiring>,
    /// Creates whose intent is new and whose request was not sent.
    pub unsent: BTreeSet<ObjectKey>,
    /// Jobs whose component is suspended.
    pub postponed: Vec<Arc<Job>>,
    /// A job was not done, because nothing more may be sent.
    pub left: bool,
}

impl<'a, 'd> Batch<'a, 'd> {
    fn new(drain: &'a Drain<'d>, jobs: &[Arc<Job>], until: Timestamp) -> Self {
        let mut wiring = drain.wiring.clone();
        if let Some(first) = jobs.first() {
            let gate = drain.gate.clone();
            let lane = Lane::new(drain.wiring, gate, drain.view.run, first.fence, until);
            wiring.target = Arc::new(lane);
        }
        Self {
            drain,
            wiring: Arc::new(wiring),
            unsent: BTreeSet::new(),
            postponed: Vec::new(),
            left: false,
        }
    }

    /// Does the jobs; what is not done is put back as it was.
    async fn run(mut self, jobs: Vec<Arc<Job>>) -> Result<(), SyncError> {
        let all = jobs.clone();
        let outcome = self.jobs(jobs).await;
        if outcome.is_err() || self.left {
            // Nothing is lost: what was not done is queued as before.
            let unsent = self.unsent.into_iter().collect();
            self.wiring.store.release(all, unsent).await?;
        }
        outcome
    }

    async fn jobs(&mut self, jobs: Vec<Arc<Job>>) -> Result<(), SyncError> {
        let (objects, groups): (Vec<_>, Vec<_>) =
            jobs.into_iter().partition(|job| job.task == Task::Object);
        for job in groups {
            self.members(job).await?;
        }
        // A job that is tried again asks the target, not the listing.
        let (again, first): (Vec<_>, Vec<_>) = objects
            .into_iter()
            .partition(|job| job.attempt > 0 || job.verify);
        self.objects(first, false).await?;
        self.objects(again, true).await
    }

    /// Memberships have no limit yet, but a group's kind has its switches.
    fn judge_members(&self, job: &Job, change: Change) -> Judgement {
        let operations = &self.wiring.config.operations;
        let by: BTreeSet<Trigger> = job.asked_by().chain([self.wiring.trigger]).collect();
        if let Some(reason) = operations.why_off(&job.key.kind, &change.effects, &by) {
            self.drain.report().leave(Some(reason.clone()));
            return Judgement::Held(Held { change, reason });
        }
        self.drain.failsafe().judge(change, false)
    }

    async fn members(&mut self, job: Arc<Job>) -> Result<(), SyncError> {
        let judge = |change| self.judge_members(&job, change);
        let done = match members::bring_into_step(&self.wiring, judge, &job).await {
            Ok((outcome, change)) => {
                let counted = change.as_ref().map(counted);
                if let Some(change) = &change {
                    self.trace_members(change);
                }
                Done::Settle(Arc::new(self.settlement(job, outcome)), counted)
            }
            Err(Undone {
                cause: Failure::Target(error),
                change,
                answered,
            }) => Done::Failed(Box::new(Failed {
                job,
                change: change.map(|change| *change),
                had_intent: false,
                unique: None,
                error,
                answered,
            })),
            Err(Undone {
                cause: Failure::Fatal(error),
                ..
            }) => Done::Fatal(error),
        };
        self.finish(done).await
    }
}
