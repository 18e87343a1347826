//! What follows from an answer, from a failure, and from a lease that was lost.

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use purser_engine::{
    change::{Action, Change},
    situation::Situation,
};

use super::worker::Batch;
use crate::{
    store::{
        Audit, Detail, ECHO, HandOver, Job, Leased, Outcome, Refusal, Retry, Settlement, Store,
    },
    sync::{
        SyncError,
        evaluate::Evaluated,
        report::{Step, Trace},
        write::{Counted, Done, Failed, Settled, later},
    },
    target::TargetError,
};

impl Batch<'_, '_> {
    /// Settles, retries, parks, or ends the run.
    pub(super) async fn finish(&mut self, done: Done) -> Result<(), SyncError> {
        match done {
            Done::Settle(settlement, counted) => {
                let settled = settle(&*self.wiring.store, settlement, counted).await;
                self.settled(settled).await
            }
            Done::Settled(settled) => self.settled(settled).await,
            Done::Failed(failed) => self.failed(*failed).await,
            Done::Fatal(error) => Err(error),
        }
    }

    /// An answer has been heard, and the store has said whether it was ours to tell.
    async fn settled(&mut self, settled: Settled) -> Result<(), SyncError> {
        self.drain.target_is_well();
        let Settlement { job, outcome, .. } = &*settled.told;
        self.unsent.remove(&job.key);
        if let Leased::Fenced = settled.leased? {
            return match audit(outcome) {
                Some(audit) => {
                    let members = match outcome {
                        Outcome::Members { added, removed, .. } => {
                            added.iter().chain(removed).cloned().collect()
                        }
                        _ => Vec::new(),
                    };
                    self.hand_over(Arc::clone(job), audit.clone(), members)
                        .await
                }
                None => {
                    self.left = true;
                    Ok(())
                }
            };
        }
        self.wiring.control.advance(1);
        if audit(outcome).is_some_and(|audit| audit.effects == ECHO) {
            self.drain.report().applied.echoes += 1;
        }
        if let Some((resource_type, effects)) = settled.counted {
            let mut report = self.drain.report();
            let by_effect = report.applied.effects.entry(resource_type).or_default();
            for (effect, times) in effects {
                *by_effect.entry(effect).or_default() += times;
            }
        }
        Ok(())
    }

    /// The class of a failure says what follows.
    pub(super) async fn failed(&mut self, failed: Failed) -> Result<(), SyncError> {
        let creating = failed
            .change
            .as_ref()
            .is_some_and(|c| matches!(c.action, Action::Create { .. }));
        // A create that surely was not carried out leaves no intent behind, or
        // somebody else's account might be taken for ours one day.
        let undone = creating && !failed.had_intent;
        let sent = !matches!(
            failed.error,
            TargetError::NotSent { .. } | TargetError::Unusable { .. }
        );
        if sent {
            self.unsent.remove(&failed.job.key);
        }
        match &failed.error {
            TargetError::NotSent { .. } => {
                self.left = true;
                Ok(())
            }
            TargetError::Unusable { .. } => {
                if undone {
                    self.unsent.insert(failed.job.key.clone());
                }
                Err(SyncError::Target {
                    name: self.wiring.config.target.clone(),
                    cause: failed.error,
                })
            }
            TargetError::Transient {
                message,
                retry_after,
                may_be_done,
            } => {
                if failed.answered {
                    self.drain.target_is_well();
                } else if let Some(failures) = self.drain.target_failed() {
                    return Err(SyncError::Unreachable {
                        name: self.wiring.config.target.clone(),
                        failures,
                        last: message.clone(),
                    });
                }
                let (message, forget) = (message.clone(), undone && !may_be_done);
                let pause = self
                    .drain
                    .backoff
                    .pause(failed.job.attempt + 1, *retry_after);
                self.try_again(failed, message, pause, forget).await
            }
            // Somebody was first, or a lost answer of ours was: ask the target once, then leave it to a person.
            TargetError::Conflict { .. } if creating && failed.job.attempt == 0 => {
                let message = "the target has it already".to_owned();
                self.try_again(failed, message, Some(Duration::ZERO), undone)
                    .await
            }
            // It is there, it is ours as far as we know, and nothing finds it.
            TargetError::Conflict { message } if creating && failed.had_intent => {
                let reason = format!(
                    "the answer to its create was lost, and the target, where nothing that matches can be found, \
                     says now that it is there: {message}; raise the target's visibility_delay_seconds, or look there"
                );
                self.park(failed, Situation::UnknownOutcome, reason, false)
                    .await
            }
            TargetError::Conflict { message } | TargetError::Rejected { message, .. } => {
                let message = message.clone();
                let situation = failed.situation();
                self.park(failed, situation, message, undone).await
            }
        }
    }

    /// Once more after a pause; without one, a person must look.
    async fn try_again(
        &mut self,
        failed: Failed,
        message: String,
        pause: Option<Duration>,
        forget_intent: bool,
    ) -> Result<(), SyncError> {
        let Some(pause) = pause else {
            // An intent that stays says: what we began may yet turn out to be there.
            let reason = format!("given up after several tries: {message}");
            let situation = failed.situation();
            return self.park(failed, situation, reason, forget_intent).await;
        };
        let at = (self.wiring.clock)();
        let retry = Retry {
            job: failed.job.clone(),
            at,
            not_before: later(at, pause),
            error: message,
            forget_intent,
        };
        match self.wiring.store.retry(retry).await? {
            Leased::Ours(()) => {
                self.drain.report().applied.retried += 1;
                Ok(())
            }
            Leased::Fenced => self.unheard(failed).await,
        }
    }

    /// What was begun to create may not be visible yet: asked again at a time.
    pub(super) async fn wait(
        &mut self,
        job: Arc<Job>,
        not_before: Timestamp,
    ) -> Result<(), SyncError> {
        let retry = Retry {
            job,
            at: (self.wiring.clock)(),
            not_before,
            error: "what was begun to create may not be visible yet".to_owned(),
            forget_intent: false,
        };
        if let Leased::Fenced = self.wiring.store.retry(retry).await? {
            self.left = true;
        }
        Ok(())
    }

    async fn park(
        &mut self,
        failed: Failed,
        situation: Situation,
        reason: String,
        forget_intent: bool,
    ) -> Result<(), SyncError> {
        let outcome = Outcome::Parked {
            situation,
            reason,
            waits_for: None,
            forget_intent,
            unique: failed.unique.clone(),
            refusal: refusal(&failed.error),
        };
        let settlement = self.settlement(failed.job.clone(), outcome);
        match self.wiring.store.settle(Arc::new(settlement)).await? {
            Leased::Ours(()) => {
                self.drain.report().applied.parked += 1;
                Ok(())
            }
            Leased::Fenced => self.unheard(failed).await,
        }
    }

    /// The lease passed while a request was under way, and it failed: whether it
    /// was carried out or not, others decide by what stands at the target.
    async fn unheard(&mut self, failed: Failed) -> Result<(), SyncError> {
        let Some(change) = failed.change else {
            self.left = true;
            return Ok(());
        };
        let members = match &change.action {
            Action::Members { add, remove, .. } => add.iter().chain(remove).cloned().collect(),
            _ => Vec::new(),
        };
        self.hand_over(failed.job, Audit::of(&change, None), members)
            .await
    }

    async fn hand_over(
        &mut self,
        job: Arc<Job>,
        mut audit: Audit,
        members: Vec<purser_engine::change::Member>,
    ) -> Result<(), SyncError> {
        tracing::warn!(
            object = %job.key,
            "the lease of a job passed before its request was over: what stands at the target is verified"
        );
        audit.detail = Detail::HandedOver {
            sent: std::mem::replace(&mut audit.effects, "verify".to_owned()),
            lease: "passed",
            of: Box::new(audit.detail),
        };
        self.drain.report().applied.handed_over += 1;
        let item = HandOver {
            job,
            at: (self.wiring.clock)(),
            audit,
            members,
        };
        Ok(self.wiring.store.hand_over(vec![item]).await?)
    }

    pub(super) fn settlement(&self, job: Arc<Job>, outcome: Outcome) -> Settlement {
        Settlement {
            job,
            target: self.wiring.config.target.clone(),
            at: (self.wiring.clock)(),
            outcome,
            edges: None,
            references: None,
            again: false,
        }
    }

    /// Settles what needed no request.
    pub(super) async fn settle(
        &mut self,
        job: Arc<Job>,
        outcome: Outcome,
        evaluated: Option<Evaluated>,
    ) -> Result<(), SyncError> {
        let mut settlement = self.settlement(job, outcome);
        if let Some(evaluated) = evaluated {
            settlement.edges = evaluated.edges;
            settlement.references = evaluated.references;
            if self.drain.explain {
                self.drain.report().traces.push(evaluated.trace);
            }
        }
        match self.wiring.store.settle(Arc::new(settlement)).await? {
            Leased::Ours(_) => self.wiring.control.advance(1),
            Leased::Fenced => self.left = true,
        }
        Ok(())
    }

    pub(super) fn trace_members(&self, change: &Change) {
        if self.drain.explain {
            let mut trace = Trace::new(&change.object, true);
            trace.attributes(Step::Write, &change.effects, change.attributes());
            self.drain.report().traces.push(trace);
        }
    }
}

/// Settles what was answered. Not the batch's own affair, so that many settle at
/// once: the store commits together what comes together.
pub(super) async fn settle(
    store: &dyn Store,
    settlement: Arc<Settlement>,
    counted: Option<Counted>,
) -> Settled {
    Settled {
        told: Arc::clone(&settlement),
        counted,
        leased: store.settle(settlement).await,
    }
}

/// What the target has refused, as whoever asked for it may be told.
fn refusal(error: &TargetError) -> Option<Refusal> {
    let (status, scim_type, message) = match error {
        TargetError::Conflict { message } => (409, Some("uniqueness"), message),
        TargetError::Rejected {
            status,
            scim_type,
            message,
        } => {
            // What concerns Purser's own access to the target is not the client's.
            let status = if matches!(status, 400 | 404 | 409 | 413) {
                *status
            } else {
                400
            };
            (status, scim_type.as_deref(), message)
        }
        _ => return None,
    };
    Some(Refusal {
        status,
        scim_type: scim_type.map(str::to_owned),
        detail: message.clone(),
    })
}

/// What was sent, where something was.
fn audit(outcome: &Outcome) -> Option<&Audit> {
    match outcome {
        Outcome::Linked(link) => Some(&link.audit),
        Outcome::Deleted(audit) | Outcome::Unlinked(audit) | Outcome::Members { audit, .. } => {
            Some(audit)
        }
        _ => None,
    }
}
