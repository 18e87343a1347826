//! A worker's way to its target: no request without a lease that lasts longer
//! than the request may take, and never more requests at once than the target
//! allows, however many workers there are.
//!
//! Both stand in the way itself, not in what is done by it: whatever a worker
//! asks of its target, looking up as well as writing, comes through here. So
//! nothing has to remember to renew a lease (there is no heartbeat beside the
//! work), and what takes long for its many requests keeps its lease by them.

use std::{
    future::Future,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use purser_engine::{
    change::Step,
    ids::{ResourceType, RunId, TargetId},
    imprint::Known,
};
use purser_scim::{Resource, filter::Filter};
use tokio::sync::{Mutex, Semaphore};

use super::{Wiring, wiring::Clock, write::later};
use crate::{
    store::{Fence, Leased, Store},
    target::{Answer, Discovery, Finding, Page, PageToken, Target, TargetError},
};

/// What all workers of a run share.
#[derive(Clone)]
pub(super) struct Gate {
    permits: Arc<Semaphore>,
    closed: Arc<AtomicBool>,
}

impl Gate {
    /// So many requests at once.
    pub(super) fn new(permits: usize) -> Self {
        Self {
            permits: Arc::new(Semaphore::new(permits.max(1))),
            closed: Arc::default(),
        }
    }

    /// From now on no request is begun; those under way come to their end.
    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::Release);
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }
}

/// The lease of one claim.
struct Lease {
    store: Arc<dyn Store>,
    clock: Clock,
    run: RunId,
    fence: Fence,
    length: Duration,
    /// What a request may take.
    request: Duration,
    /// None: it has passed.
    until: Mutex<Option<Timestamp>>,
}

impl Lease {
    /// Whether what is left of it is longer than a request may take. Renews it where it is not.
    async fn covers_a_request(&self) -> bool {
        let mut until = self.until.lock().await;
        let Some(end) = *until else { return false };
        let now = (self.clock)();
        if left(end, now) > self.request {
            return true;
        }
        let new_end = later(now, self.length);
        let renewed = self.store.renew(self.run, self.fence, now, new_end).await;
        *until = match renewed {
            Ok(Leased::Ours(())) => Some(new_end),
            Ok(Leased::Fenced) => None,
            // What the worker says next fails as well, and tells why.
            Err(_) => None,
        };
        until.is_some()
    }

    /// Ends when a request that is under way needs it renewed.
    async fn runs_short(&self) {
        let rest = match *self.until.lock().await {
            Some(end) => left(end, (self.clock)()).saturating_sub(self.request),
            None => Duration::ZERO,
        };
        tokio::time::sleep(rest).await;
    }
}

fn left(end: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(end.duration_since(now).max(SignedDuration::ZERO)).unwrap_or_default()
}

/// A target as a worker may use it for one claim of jobs.
pub(super) struct Lane {
    target: Arc<dyn Target>,
    gate: Gate,
    lease: Lease,
}

impl Lane {
    /// For the jobs that were claimed by this number, with a lease until `until`.
    pub(super) fn new(
        wiring: &Wiring,
        gate: Gate,
        run: RunId,
        fence: Fence,
        until: Timestamp,
    ) -> Self {
        Self {
            target: Arc::clone(&wiring.target),
            gate,
            lease: Lease {
                store: Arc::clone(&wiring.store),
                clock: Arc::clone(&wiring.clock),
                run,
                fence,
                length: wiring.lease,
                request: wiring.request_timeout,
                until: Mutex::new(Some(until)),
            },
        }
    }

    /// One call; it may take several requests, and the lease is renewed for all of them.
    async fn call<T>(
        &self,
        writes: bool,
        call: impl Future<Output = Result<T, TargetError>> + Send,
    ) -> Result<T, TargetError> {
        // The semaphore is never closed; the gate says when the run ends.
        let _permit = self.gate.permits.acquire().await;
        if self.gate.is_closed() {
            return Err(TargetError::NotSent {
                message: "the run is coming to its end",
            });
        }
        if !self.lease.covers_a_request().await {
            return Err(TargetError::NotSent {
                message: "the lease of the job has passed",
            });
        }
        let mut call = pin!(call);
        loop {
            tokio::select! {
                biased;
                answer = &mut call => return answer,
                () = self.lease.runs_short() => {
                    if !self.lease.covers_a_request().await {
                        return Err(TargetError::Transient {
                            message: "the lease of the job passed before the target answered".to_owned(),
                            retry_after: None,
                            may_be_done: writes,
                        });
                    }
                }
            }
        }
    }
}

#[async_trait]
impl Target for Lane {
    async fn discover(&self) -> Result<Discovery, TargetError> {
        self.call(false, self.target.discover()).await
    }

    async fn list(
        &self,
        resource_type: &ResourceType,
        from: Option<PageToken>,
        known: Known,
    ) -> Result<Page, TargetError> {
        self.call(false, self.target.list(resource_type, from, known))
            .await
    }

    async fn find(
        &self,
        resource_type: &ResourceType,
        filter: &Filter,
    ) -> Result<Vec<Resource>, TargetError> {
        self.call(false, self.target.find(resource_type, filter))
            .await
    }

    async fn read(
        &self,
        resource_type: &ResourceType,
        id: &TargetId,
    ) -> Result<Option<Resource>, TargetError> {
        self.call(false, self.target.read(resource_type, id)).await
    }

    async fn write(&self, step: Step<'_>) -> Result<Answer, TargetError> {
        self.call(true, self.target.write(step)).await
    }

    fn forgets_memberships(&self) -> bool {
        self.target.forgets_memberships()
    }

    async fn test(&self) -> Vec<Finding> {
        self.target.test().await
    }
}
