//! The two wires between a run and whoever started it: the run says how far it
//! is, and can be told to stop.
//!
//! Both are values that are looked at, not queues: a run never waits for whoever
//! watches it, and nobody has to.

use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use super::SyncError;

/// Why a run is to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// A person wants no more of it.
    Cancelled,
    /// The process ends; the next host takes the run up again.
    Shutdown,
}

/// What a run is busy with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Waits for others who work on the same source or target.
    Wait,
    /// Reads a kind of the source.
    Read,
    /// Lists a resource type of the target.
    List,
    /// Decides about the objects of a kind.
    Plan,
    /// Does the jobs.
    Apply,
    /// Holds linked objects against what stands at the target.
    Verify,
}

/// How far a run is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// What it is busy with.
    pub phase: Phase,
    /// The kind or the resource type; empty where all are meant.
    pub what: String,
    /// So many are done.
    pub done: u64,
    /// Of so many, where that is known.
    pub total: Option<u64>,
}

/// Both wires. Clones are the same wires.
#[derive(Clone, Debug, Default)]
pub struct Control {
    stop: watch::Sender<Option<Stop>>,
    progress: watch::Sender<Option<Progress>>,
}

impl Control {
    /// Tells the run to stop: what is under way is settled, nothing new is
    /// begun. The first reason stands.
    pub fn stop(&self, why: Stop) {
        self.stop.send_if_modified(|stop| {
            let first = stop.is_none();
            if first {
                *stop = Some(why);
            }
            first
        });
    }

    /// Why it is to stop, if it is.
    pub fn stopped(&self) -> Option<Stop> {
        *self.stop.borrow()
    }

    /// Waits until it is to stop, and says why.
    pub async fn until_stopped(&self) -> Stop {
        // Subscribed before it looks: a word that comes between the two is seen.
        let mut stop = self.stop.subscribe();
        loop {
            if let Some(why) = *stop.borrow_and_update() {
                return why;
            }
            if stop.changed().await.is_err() {
                // Nobody can say so any more. Not while `self` lives.
                return std::future::pending().await;
            }
        }
    }

    /// The error that ends a run that is to stop.
    ///
    /// # Errors
    /// [`SyncError::Stopped`], if it is to stop.
    pub fn check(&self) -> Result<(), SyncError> {
        self.stopped()
            .map_or(Ok(()), |why| Err(SyncError::Stopped(why)))
    }

    /// A phase begins.
    pub fn begin(&self, phase: Phase, what: impl ToString, total: Option<u64>) {
        self.progress.send_replace(Some(Progress {
            phase,
            what: what.to_string(),
            done: 0,
            total,
        }));
    }

    /// So many more are done.
    pub fn advance(&self, by: u64) {
        self.progress.send_if_modified(|progress| {
            if let Some(progress) = progress {
                progress.done += by;
                // Work that was found on the way counts, too.
                progress.total = progress.total.map(|total| total.max(progress.done));
            }
            progress.is_some() && by > 0
        });
    }

    /// The total of the phase has become known.
    pub fn of(&self, total: u64) {
        self.progress.send_if_modified(|progress| match progress {
            Some(progress) => progress.total.replace(total) != Some(total),
            None => false,
        });
    }

    /// So many of the phase are done.
    pub(super) fn done(&self) -> u64 {
        let progress = self.progress.borrow();
        progress.as_ref().map_or(0, |progress| progress.done)
    }

    /// To look at how far it is.
    pub fn watch(&self) -> watch::Receiver<Option<Progress>> {
        self.progress.subscribe()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_reason_to_stop_stands() {
        let control = Control::default();
        assert!(control.check().is_ok());
        control.clone().stop(Stop::Cancelled);
        control.stop(Stop::Shutdown);
        assert_eq!(control.stopped(), Some(Stop::Cancelled));
        assert!(matches!(
            control.check(),
            Err(SyncError::Stopped(Stop::Cancelled))
        ));
    }

    #[tokio::test]
    async fn whoever_waits_hears_of_it_before_and_after() {
        use futures::FutureExt;

        let control = Control::default();
        let clone = control.clone();
        let mut waiting = std::pin::pin!(clone.until_stopped());
        assert_eq!(waiting.as_mut().now_or_never(), None);
        control.stop(Stop::Cancelled);
        assert_eq!(waiting.await, Stop::Cancelled);
        assert_eq!(control.until_stopped().await, Stop::Cancelled);
    }

    #[test]
    fn a_total_is_never_less_than_what_is_done() {
        let control = Control::default();
        // Before any phase there is nothing to count.
        control.advance(1);
        assert_eq!(*control.watch().borrow(), None);
        control.begin(Phase::Apply, "", Some(2));
        control.advance(3);
        let progress = control.watch().borrow().clone().unwrap();
        assert_eq!((progress.done, progress.total), (3, Some(3)));
    }
}
