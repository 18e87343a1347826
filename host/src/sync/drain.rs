//! The one place where jobs are done.
//!
//! Jobs come in batches of one class, in order. Each batch is evaluated
//! together, admitted by the failsafe one after the other, begun in one
//! transaction (intents and claims are on disk before any request is sent),
//! and then carried out with as many requests at once as the target allows.
//! Each answer is settled in a transaction of its own; the store groups them.

use std::{collections::BTreeSet, sync::Mutex, time::Duration};

use futures::{StreamExt, stream};
use purser_engine::{
    change::{Action, Change},
    decide::Decision,
    failsafe::{Approved, Failsafe, Held, Judgement},
    ids::ObjectKey,
    retry::Backoff,
    situation::Situation,
};

use super::{
    SyncError, Wiring,
    evaluate::{Evaluated, evaluate},
    members::{self, Failure},
    report::{RunReport, Step},
    view::View,
    write::{Done, Failed, counted, later, needs, write},
};
use crate::{
    store::{Begin, Claimed, Class, Job, Outcome, Settlement, Task},
    target::TargetError,
};

/// So many requests in a row may fail before the run gives the target up.
const FAILURES_IN_A_ROW: u32 = 20;

/// Does the jobs of a run until none is left.
pub(super) struct Drain<'a> {
    wiring: &'a Wiring,
    view: &'a View,
    failsafe: &'a mut Failsafe,
    report: &'a mut RunReport,
    explain: bool,
    backoff: Backoff,
    failures: u32,
    /// Creates of the batch whose intent is new and whose request has not been begun.
    unsent: BTreeSet<ObjectKey>,
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
            failsafe,
            report,
            explain,
            backoff: Backoff::default(),
            failures: 0,
            unsent: BTreeSet::new(),
        }
    }

    /// Runs until nothing is left to do.
    pub(super) async fn run(mut self) -> Result<(), SyncError> {
        loop {
            let now = (self.wiring.clock)();
            match self
                .wiring
                .store
                .claim_jobs(self.view.run, self.wiring.batch, now)
                .await?
            {
                Claimed::Nothing => return Ok(()),
                Claimed::NotBefore(time) => {
                    let pause = time.duration_since(now);
                    tokio::time::sleep(
                        Duration::try_from(pause)
                            .unwrap_or_default()
                            .max(Duration::from_millis(5)),
                    )
                    .await;
                }
                Claimed::Jobs(jobs) => {
                    let all = jobs.clone();
                    self.unsent.clear();
                    if let Err(error) = self.batch(jobs).await {
                        // Nothing is lost: what was not done is queued as before.
                        let unsent = self.unsent.iter().cloned().collect();
                        self.wiring.store.release(all, unsent).await?;
                        return Err(error);
                    }
                }
            }
        }
    }

    async fn batch(&mut self, jobs: Vec<Job>) -> Result<(), SyncError> {
        let (objects, groups): (Vec<Job>, Vec<Job>) =
            jobs.into_iter().partition(|job| job.task == Task::Object);
        for job in groups {
            self.members(job).await?;
        }
        // A job that is tried again asks the target, not the listing.
        let (again, first): (Vec<Job>, Vec<Job>) =
            objects.into_iter().partition(|job| job.attempt > 0);
        self.objects(first, false).await?;
        self.objects(again, true).await
    }

    async fn members(&mut self, job: Job) -> Result<(), SyncError> {
        let done = match members::bring_into_step(self.wiring, self.failsafe, &job).await {
            Ok((outcome, change)) => {
                let counted = change.as_ref().map(counted);
                if let Some(change) = &change {
                    self.trace_members(change);
                }
                Done::Settle(Box::new(self.settlement(job, outcome)), counted)
            }
            Err(Failure::Target(error)) => Done::Failed(Box::new(Failed {
                job,
                change: None,
                had_intent: false,
                unique: None,
                error,
            })),
            Err(Failure::Fatal(error)) => Done::Fatal(error),
        };
        self.finish(done).await
    }

    async fn objects(&mut self, jobs: Vec<Job>, fresh: bool) -> Result<(), SyncError> {
        if jobs.is_empty() {
            return Ok(());
        }
        let keys = jobs.iter().map(|job| job.key.clone()).collect();
        let candidates = self
            .wiring
            .store
            .candidates(&self.wiring.config.name, &self.wiring.config.source, keys)
            .await?;
        let mut evaluated = evaluate(self.wiring, self.view, candidates, fresh, self.explain)
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
        let ready = self.begin(approved).await?;
        self.carry_out(ready).await
    }

    /// The failsafe's word; what is not approved is settled at once.
    async fn admit(
        &mut self,
        job: Job,
        mut evaluated: Evaluated,
    ) -> Result<Option<(Job, Evaluated, Approved<Change>)>, SyncError> {
        if let Some(error) = evaluated.unasked.take() {
            let failed = Failed {
                job,
                change: None,
                had_intent: evaluated.candidate.open_intent.is_some(),
                unique: None,
                error,
            };
            self.failed(failed).await?;
            return Ok(None);
        }
        let decision = std::mem::replace(&mut evaluated.decision, Decision::Ignore);
        let change = match decision {
            Decision::Change(change) => *change,
            Decision::InStep => {
                let input = evaluated.input.clone();
                let reevaluate_at = evaluated.reevaluate_at;
                // Not mapped anew means that its claims are what they were.
                let unique = evaluated.edges.is_some().then(|| evaluated.unique.clone());
                let outcome = Outcome::InStep {
                    input,
                    reevaluate_at,
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
                };
                self.report.applied.parked += 1;
                evaluated.edges = None;
                self.settle(job, outcome, Some(evaluated)).await?;
                return Ok(None);
            }
            Decision::Wait => {
                let at = evaluated.again_at.unwrap_or((self.wiring.clock)());
                let why = "what was begun to create may not be visible yet";
                self.wiring.store.retry(&job, at, why, false).await?;
                return Ok(None);
            }
            Decision::Report { .. } | Decision::Ignore | Decision::Correlate => {
                evaluated.edges = None;
                self.settle(job, Outcome::Nothing, Some(evaluated)).await?;
                return Ok(None);
            }
        };
        let held_before = evaluated.candidate.held.is_some();
        match self.failsafe.admit(change, job.grant.as_ref(), held_before) {
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
                Ok(Some((job, evaluated, change)))
            }
            Judgement::Held(Held { change, reason }) => {
                self.report.applied.held += 1;
                evaluated
                    .trace
                    .step(Step::Decide, &format!("held: {reason}"));
                evaluated.edges = None;
                let outcome = Outcome::Held {
                    effects: change.effects.to_string(),
                    grant: purser_engine::failsafe::Grant::of(&change),
                    reason,
                };
                self.settle(job, outcome, Some(evaluated)).await?;
                Ok(None)
            }
        }
    }

    /// Commits intents and claims for the batch before any request is sent.
    async fn begin(
        &mut self,
        items: Vec<(Job, Evaluated, Approved<Change>)>,
    ) -> Result<Vec<(Job, Evaluated, Approved<Change>)>, SyncError> {
        let at = (self.wiring.clock)();
        let begins = items
            .iter()
            .map(|(job, evaluated, change)| Begin {
                mapping: self.wiring.config.name.clone(),
                target: self.wiring.config.target.clone(),
                key: job.key.clone(),
                resource_type: change.get().resource_type.clone(),
                unique: needs(evaluated, change.get()),
                keys: evaluated.keys.clone(),
                intent: matches!(change.get().action, Action::Create { .. })
                    .then(|| change.get().delta_digest()),
                run: self.view.run,
                attempt: job.attempt,
                at,
            })
            .collect();
        let holders = self.wiring.store.begin(begins).await?;
        let mut ready = Vec::with_capacity(items.len());
        for ((job, mut evaluated, change), holder) in items.into_iter().zip(holders) {
            let Some(holder) = holder else {
                ready.push((job, evaluated, change));
                continue;
            };
            // Somebody of the same batch was first. A name may be freed one day, a resource is not.
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
            };
            self.report.applied.parked += 1;
            evaluated.edges = None;
            self.settle(job, outcome, Some(evaluated)).await?;
        }
        Ok(ready)
    }

    async fn carry_out(
        &mut self,
        ready: Vec<(Job, Evaluated, Approved<Change>)>,
    ) -> Result<(), SyncError> {
        let (wiring, view) = (self.wiring, self.view);
        self.unsent = ready
            .iter()
            .filter(|(_, evaluated, change)| {
                matches!(change.get().action, Action::Create { .. })
                    && evaluated.candidate.open_intent.is_none()
            })
            .map(|(job, ..)| job.key.clone())
            .collect();
        let begun = Mutex::new(BTreeSet::new());
        let mut results = stream::iter(ready)
            .map(|(job, evaluated, change)| {
                if let Ok(mut begun) = begun.lock() {
                    begun.insert(job.key.clone());
                }
                write(wiring, view, job, evaluated, change)
            })
            .buffer_unordered(wiring.concurrency.max(1));
        while let Some((done, trace)) = results.next().await {
            self.report.traces.extend(trace);
            // After a fatal failure no new request is begun. Answers that are
            // still under way are lost as in a power cut: intents know of them.
            if let Ok(mut begun) = begun.lock() {
                for key in std::mem::take(&mut *begun) {
                    self.unsent.remove(&key);
                }
            }
            self.finish(done).await?;
        }
        Ok(())
    }

    /// Settles, retries, parks, or ends the run.
    async fn finish(&mut self, done: Done) -> Result<(), SyncError> {
        match done {
            Done::Settle(settlement, counted) => {
                self.failures = 0;
                if let Some((resource_type, effects)) = counted {
                    let by_effect = self
                        .report
                        .applied
                        .effects
                        .entry(resource_type)
                        .or_default();
                    for (effect, times) in effects {
                        *by_effect.entry(effect).or_default() += times;
                    }
                }
                Ok(self.wiring.store.settle(*settlement).await?)
            }
            Done::Failed(failed) => self.failed(*failed).await,
            Done::Fatal(error) => Err(error),
        }
    }

    async fn failed(&mut self, failed: Failed) -> Result<(), SyncError> {
        let Failed {
            job,
            change,
            had_intent,
            unique,
            error,
        } = failed;
        let now = (self.wiring.clock)();
        let creating = change
            .as_ref()
            .is_some_and(|c| matches!(c.action, Action::Create { .. }));
        let situation = change.as_ref().map_or(Situation::Linked, |c| c.situation);
        // A create that surely was not carried out leaves no intent behind, or
        // somebody else's account might be taken for ours one day.
        let undone = creating && !had_intent;
        match error {
            TargetError::Unusable { .. } => {
                if undone {
                    self.unsent.insert(job.key);
                }
                Err(SyncError::Target {
                    name: self.wiring.config.target.clone(),
                    cause: error,
                })
            }
            TargetError::Transient {
                message,
                retry_after,
                may_be_done,
            } => {
                self.failures += 1;
                if self.failures >= FAILURES_IN_A_ROW {
                    return Err(SyncError::Unreachable {
                        name: self.wiring.config.target.clone(),
                        failures: self.failures,
                        last: message,
                    });
                }
                let forget = undone && !may_be_done;
                match self.backoff.pause(job.attempt + 1, retry_after) {
                    Some(pause) => {
                        self.report.applied.retried += 1;
                        Ok(self
                            .wiring
                            .store
                            .retry(&job, later(now, pause), &message, forget)
                            .await?)
                    }
                    // An intent that stays says: what we began may yet turn out to be there.
                    None => {
                        let reason = format!("given up after several tries: {message}");
                        self.park(job, situation, reason, forget, unique).await
                    }
                }
            }
            // Somebody was first, or a lost answer of ours was: ask the target once, then leave it to a person.
            TargetError::Conflict { .. } if creating && job.attempt == 0 => {
                self.report.applied.retried += 1;
                Ok(self
                    .wiring
                    .store
                    .retry(&job, now, "the target has it already", undone)
                    .await?)
            }
            // It is there, it is ours as far as we know, and nothing finds it.
            TargetError::Conflict { message } if creating && had_intent => {
                let reason = format!(
                    "the answer to its create was lost, and the target, where nothing that matches can be found, \
                     says now that it is there: {message}; raise the target's visibility_delay_seconds, or look there"
                );
                self.park(job, Situation::UnknownOutcome, reason, false, unique)
                    .await
            }
            TargetError::Conflict { message } | TargetError::Rejected { message, .. } => {
                self.park(job, situation, message, undone, unique).await
            }
        }
    }

    async fn park(
        &mut self,
        job: Job,
        situation: Situation,
        reason: String,
        forget_intent: bool,
        unique: Option<Vec<(String, String)>>,
    ) -> Result<(), SyncError> {
        self.report.applied.parked += 1;
        let outcome = Outcome::Parked {
            situation,
            reason,
            waits_for: None,
            forget_intent,
            unique,
        };
        self.settle(job, outcome, None).await
    }

    fn settlement(&self, job: Job, outcome: Outcome) -> Settlement {
        Settlement {
            job,
            target: self.wiring.config.target.clone(),
            at: (self.wiring.clock)(),
            outcome,
            edges: None,
            references: None,
        }
    }

    async fn settle(
        &mut self,
        job: Job,
        outcome: Outcome,
        evaluated: Option<Evaluated>,
    ) -> Result<(), SyncError> {
        let mut settlement = self.settlement(job, outcome);
        if let Some(evaluated) = evaluated {
            settlement.edges = evaluated.edges;
            settlement.references = evaluated.references;
            if self.explain {
                self.report.traces.push(evaluated.trace);
            }
        }
        Ok(self.wiring.store.settle(settlement).await?)
    }

    fn trace_members(&mut self, change: &Change) {
        let mut trace = super::report::Trace::new(change.object.clone(), self.explain);
        if self.explain {
            trace.attributes(
                Step::Write,
                &format!("{}", change.effects),
                change.attributes(),
            );
            self.report.traces.push(trace);
        }
    }
}
