//! A batch of objects: evaluated together, admitted one after the other, begun
//! in one transaction, written side by side.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use futures::{StreamExt, stream};
use purser_engine::{
    change::{Action, Change},
    decide::Decision,
    failsafe::{Approved, Grant, Held, Judgement},
    ids::ObjectKey,
    operation::Trigger,
    situation::Situation,
};

use super::{answer::settle, worker::Batch};
use crate::{
    store::{Begin, Begun, Class, Holder, Job, Outcome},
    sync::{
        SyncError,
        evaluate::{Evaluated, Ground, evaluate},
        report::Step,
        write::{Done, Failed, needs, write},
    },
};

/// A change that may be made.
type Ready = (Arc<Job>, Evaluated, Approved<Change>);

impl Batch<'_, '_> {
    /// `fresh`: ask the target rather than the staged listing.
    pub(super) async fn objects(
        &mut self,
        mut jobs: Vec<Arc<Job>>,
        fresh: bool,
    ) -> Result<(), SyncError> {
        if jobs.is_empty() {
            return Ok(());
        }
        let drain = self.drain;
        let keys = jobs.iter().map(|job| job.key.clone()).collect();
        let mut candidates = self
            .wiring
            .store
            .candidates(&self.wiring.config.name, &self.wiring.config.source, keys)
            .await?;
        let actual = self.verify(&mut jobs, &mut candidates).await?;
        let ground = Ground {
            fresh,
            actual,
            by: self.asked_by(&jobs),
        };
        let mut evaluated = evaluate(&self.wiring, drain.view, candidates, ground, drain.explain)
            .await?
            .into_iter()
            .peekable();
        let mut approved = Vec::new();
        for job in jobs {
            // Candidates come in the order asked; an object that the store does not know has none.
            match evaluated.next_if(|e| e.candidate.key == job.key) {
                None => self.settle(job, Outcome::Nothing, None).await?,
                Some(evaluated) => {
                    if let Some(ready) = self.admit(job, evaluated).await? {
                        approved.push(ready);
                    }
                }
            }
        }
        let postponed = std::mem::take(&mut self.postponed);
        if !postponed.is_empty() {
            self.wiring.store.postpone(postponed).await?;
        }
        let ready = self.begin(approved).await?;
        self.carry_out(ready).await
    }

    /// Who has asked for jobs, where that makes a difference.
    fn asked_by(&self, jobs: &[Arc<Job>]) -> BTreeMap<ObjectKey, BTreeSet<Trigger>> {
        if self.wiring.config.operations.is_empty() {
            return BTreeMap::new();
        }
        let by = jobs.iter();
        by.map(|job| (job.key.clone(), job.asked_by().collect()))
            .collect()
    }

    /// The failsafe's word; what is not approved is settled at once.
    async fn admit(
        &mut self,
        job: Arc<Job>,
        mut evaluated: Evaluated,
    ) -> Result<Option<Ready>, SyncError> {
        if let Some(error) = evaluated.unasked.take() {
            let failed = Failed {
                job,
                change: None,
                had_intent: evaluated.candidate.open_intent.is_some(),
                unique: None,
                error,
                answered: false,
            };
            self.failed(failed).await?;
            return Ok(None);
        }
        // The plan has counted its own.
        if job.grant.is_none() {
            self.drain.report().leave(evaluated.switched_off.clone());
        }
        let decision = std::mem::replace(&mut evaluated.decision, Decision::Ignore);
        let change = match decision {
            Decision::Change(change) => *change,
            Decision::InStep => {
                let input = evaluated.input.clone();
                // Not mapped anew means that its claims are what they were.
                let unique = evaluated.edges.is_some().then(|| evaluated.unique.clone());
                let outcome = Outcome::InStep {
                    input,
                    reevaluate_at: evaluated.reevaluate_at,
                    unique,
                };
                self.settle(job, outcome, Some(evaluated)).await?;
                return Ok(None);
            }
            Decision::Park { situation, reason } => {
                let outcome = Outcome::Parked {
                    situation,
                    reason,
                    waits_for: evaluated.waits_for.clone(),
                    forget_intent: false,
                    unique: None,
                    refusal: None,
                };
                self.drain.report().applied.parked += 1;
                evaluated.edges = None;
                self.settle(job, outcome, Some(evaluated)).await?;
                return Ok(None);
            }
            Decision::Wait => {
                let at = evaluated.again_at.unwrap_or((self.wiring.clock)());
                self.wait(job, at).await?;
                return Ok(None);
            }
            // Nothing is lost: a later run does it.
            Decision::Ignore if evaluated.suspended => {
                self.drain.report().suspended += 1;
                if self.drain.explain {
                    self.drain.report().traces.push(evaluated.trace);
                }
                self.postponed.push(job);
                return Ok(None);
            }
            Decision::Report { .. } | Decision::Ignore | Decision::Correlate => {
                if !evaluated.keeps_edges() {
                    evaluated.edges = None;
                }
                self.settle(job, Outcome::Nothing, Some(evaluated)).await?;
                return Ok(None);
            }
        };
        let held_before = evaluated.candidate.held.is_some();
        let judgement = self
            .drain
            .failsafe()
            .admit(change, job.grant.as_ref(), held_before);
        match judgement {
            Judgement::Approved(change) => {
                // Before a deletion the memberships go; the job comes back afterwards.
                if matches!(change.get().action, Action::Delete { .. })
                    && job.class != Class::Delete
                {
                    let grant = change.grant();
                    self.settle(job, Outcome::Leaving { grant }, Some(evaluated))
                        .await?;
                    return Ok(None);
                }
                if job.is_echo() && matches!(change.get().action, Action::Create { .. }) {
                    // It came from there. That it is not found there is no reason to make another.
                    self.drain.report().applied.echoes += 1;
                    evaluated.edges = None;
                    self.settle(job, Outcome::Nothing, Some(evaluated)).await?;
                    return Ok(None);
                }
                Ok(Some((job, evaluated, change)))
            }
            Judgement::Held(Held { change, reason }) => {
                self.drain.report().applied.held += 1;
                evaluated
                    .trace
                    .step(Step::Decide, format_args!("held: {reason}"));
                evaluated.edges = None;
                let outcome = Outcome::Held {
                    effects: change.effects.to_string(),
                    grant: Grant::of(&change),
                    reason,
                };
                self.settle(job, outcome, Some(evaluated)).await?;
                Ok(None)
            }
        }
    }

    /// Commits intents and claims for the batch before any request is sent.
    async fn begin(&mut self, items: Vec<Ready>) -> Result<Vec<Ready>, SyncError> {
        if items.is_empty() {
            return Ok(items);
        }
        let at = (self.wiring.clock)();
        let begins = items
            .iter()
            .map(|(job, evaluated, change)| Begin {
                job: Arc::clone(job),
                target: self.wiring.config.target.clone(),
                resource_type: change.get().resource_type.clone(),
                unique: needs(evaluated, change.get()),
                keys: evaluated.keys.clone(),
                intent: matches!(change.get().action, Action::Create { .. })
                    .then(|| change.get().delta_digest()),
                at,
            })
            .collect();
        let begun = self.wiring.store.begin(begins).await?;
        let mut ready = Vec::with_capacity(items.len());
        for ((job, evaluated, change), begun) in items.into_iter().zip(begun) {
            match begun {
                Begun::Ready => ready.push((job, evaluated, change)),
                Begun::Taken(holder) => self.taken(job, evaluated, &change, holder).await?,
                Begun::Fenced => self.left = true,
            }
        }
        Ok(ready)
    }

    /// Somebody was first, in this batch or in another worker's. A name may be
    /// freed one day, a resource is not.
    async fn taken(
        &mut self,
        job: Arc<Job>,
        mut evaluated: Evaluated,
        change: &Approved<Change>,
        holder: Holder,
    ) -> Result<(), SyncError> {
        let (reason, waits_for) = if holder.attribute == "id" {
            (
                format!(
                    "the resource that matches at the target belongs to {}",
                    holder.object
                ),
                None,
            )
        } else {
            let reason = format!(
                "its {} is taken by {}; waits until it is free",
                holder.attribute, holder.object
            );
            (reason, Some((change.get().resource_type.clone(), holder)))
        };
        let outcome = Outcome::Parked {
            situation: Situation::FoundAlreadyLinked,
            reason,
            waits_for,
            forget_intent: false,
            unique: None,
            refusal: None,
        };
        self.drain.report().applied.parked += 1;
        evaluated.edges = None;
        self.settle(job, outcome, Some(evaluated)).await
    }

    /// Whoever cannot go on stops the others: nothing more is begun, but what is
    /// under way is heard and settled.
    async fn carry_out(&mut self, ready: Vec<Ready>) -> Result<(), SyncError> {
        let (wiring, view) = (Arc::clone(&self.wiring), self.drain.view);
        self.unsent = ready
            .iter()
            .filter(|(_, evaluated, change)| {
                matches!(change.get().action, Action::Create { .. })
                    && evaluated.candidate.open_intent.is_none()
            })
            .map(|(job, ..)| job.key.clone())
            .collect();
        // All of them at once: the gate lets so many requests pass as the target
        // allows, and whoever waits for the disk does not keep others from sending.
        let at_once = ready.len().max(1);
        let mut results = stream::iter(ready)
            .map(|(job, evaluated, change)| async {
                let (done, trace) = write(&wiring, view, job, evaluated, change).await;
                match done {
                    Done::Settle(settlement, counted) => {
                        let settled = settle(&*wiring.store, settlement, counted).await;
                        (Done::Settled(settled), trace)
                    }
                    done => (done, trace),
                }
            })
            .buffer_unordered(at_once);
        let mut outcome = Ok(());
        while let Some((done, trace)) = results.next().await {
            self.drain.report().traces.extend(trace);
            if let Err(error) = self.finish(done).await {
                self.drain.stop();
                outcome = outcome.and(Err(error));
            }
        }
        outcome
    }
}
