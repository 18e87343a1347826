//! The one place where jobs are done.
//!
//! Several workers claim jobs side by side, each a batch of one class under a
//! lease: while one waits for the last answers to its batch, another has the
//! next one mapped and begun. A batch is evaluated together, admitted by the
//! failsafe one after the other, begun in one transaction (intents and claims
//! are on disk before any request is sent), and then carried out with as many
//! requests at once as the target allows. Each answer is settled in a
//! transaction of its own, while others are waited for; the store commits
//! together what comes together.
//!
//! | file | what it does |
//! |---|---|
//! | `worker.rs` | claims, waits, does the batches |
//! | `objects.rs` | a batch of objects: evaluate, admit, begin, write |
//! | `verify.rs` | what stands at the target is read first, where that may be another |
//! | `answer.rs` | what follows from an answer, from a failure, from a lost lease |
//!
//! What the workers share is here: one failsafe, so that each change is counted
//! once, whoever makes it; one report; one gate for requests. The store sees to
//! the order: a class begins only when no job of a lower class is due or under
//! way, and nobody claims an object that another works on. Who gets a name that
//! two want is decided in the order of the source before jobs are made, and by
//! claims in the store after that; not by which worker is faster.

mod answer;
mod objects;
mod verify;
mod worker;

use std::{
    pin::pin,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
};

use futures::future::join_all;
use purser_engine::{failsafe::Failsafe, retry::Backoff};
use tokio::sync::Notify;

use super::{SyncError, Wiring, lane::Gate, report::RunReport, view::View};

/// So many requests in a row may fail before the run gives the target up.
const FAILURES_IN_A_ROW: u32 = 20;

/// Does the jobs of a run until none is left.
pub(super) struct Drain<'a> {
    wiring: &'a Wiring,
    view: &'a View,
    failsafe: Mutex<&'a mut Failsafe>,
    report: Mutex<&'a mut RunReport>,
    explain: bool,
    backoff: Backoff,
    /// Requests that failed since one went well.
    failures: AtomicU32,
    gate: Gate,
    /// A worker has ended a batch: there may be something for the others.
    ended: Notify,
}

impl<'a> Drain<'a> {
    pub(super) fn new(
        wiring: &'a Wiring,
        view: &'a View,
        failsafe: &'a mut Failsafe,
        report: &'a mut RunReport,
        explain: bool,
    ) -> Self {
        Self {
            wiring,
            view,
            failsafe: Mutex::new(failsafe),
            report: Mutex::new(report),
            explain,
            backoff: Backoff::default(),
            failures: AtomicU32::new(0),
            gate: Gate::new(wiring.concurrency),
            ended: Notify::new(),
        }
    }

    /// Runs until nothing is left to do. Where a worker cannot go on, the others
    /// end what they have under way, and the first reason is the run's. Told to
    /// stop, they all do.
    pub(super) async fn run(self) -> Result<(), SyncError> {
        let control = &self.wiring.control;
        let workers = (0..self.wiring.workers.max(1)).map(|_| worker::run(&self));
        let mut workers = pin!(join_all(workers));
        let outcomes = tokio::select! {
            outcomes = &mut workers => outcomes,
            _ = control.until_stopped() => {
                self.stop();
                workers.await
            }
        };
        outcomes.into_iter().collect::<Result<(), _>>()?;
        control.check()
    }

    fn report(&self) -> MutexGuard<'_, &'a mut RunReport> {
        self.report.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn failsafe(&self) -> MutexGuard<'_, &'a mut Failsafe> {
        self.failsafe.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// No further request is begun.
    fn stop(&self) {
        self.gate.close();
        self.ended.notify_waiters();
    }

    /// The target has answered; the streak of failures is over.
    fn target_is_well(&self) {
        self.failures.store(0, Ordering::Relaxed);
    }

    /// Counts a failure of the target; the streak where it is too long.
    fn target_failed(&self) -> Option<u32> {
        let failures = self.failures.fetch_add(1, Ordering::Relaxed) + 1;
        (failures >= FAILURES_IN_A_ROW).then_some(failures)
    }
}
