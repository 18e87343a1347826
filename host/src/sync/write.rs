//! One approved change: its request, and what the answer means for the store.

use std::{sync::Arc, time::Duration};

use jiff::{SignedDuration, Timestamp};
use purser_engine::{
    change::{Action, Change, Origin},
    effect::Effect,
    failsafe::Approved,
    ids::{ResourceType, TargetId},
    situation::Situation,
};
use purser_scim::Resource;

use super::{
    SyncError, Wiring,
    apply::{apply, observed},
    evaluate::Evaluated,
    report::{Step, Trace},
    view::View,
    wiring::unique_values,
};
use crate::{
    store::{Audit, ECHO, Job, Leased, LinkUpdate, Outcome, Settlement, StoreError},
    target::{Answer, TargetError},
};

/// Effects of a settled change, as they are counted.
pub(super) type Counted = (ResourceType, Vec<(Effect, u64)>);

/// A request that was not answered as hoped.
pub(super) struct Failed {
    /// The job.
    pub job: Arc<Job>,
    /// What was to be written, where it is known.
    pub change: Option<Change>,
    /// An earlier create of this object has no answer yet.
    pub had_intent: bool,
    /// Unique values that the object holds if nothing was written.
    pub unique: Option<Vec<(String, String)>>,
    /// The answer, or why there is none.
    pub error: TargetError,
    /// The target has answered, and what is wrong concerns this object: that does
    /// not count as a failure of the target.
    pub answered: bool,
}

impl Failed {
    /// How its object stands.
    pub(super) fn situation(&self) -> Situation {
        self.change
            .as_ref()
            .map_or(Situation::Linked, |change| change.situation)
    }
}

/// An answer that was told to the store.
pub(super) struct Settled {
    /// What was told.
    pub told: Arc<Settlement>,
    /// What it counts as.
    pub counted: Option<Counted>,
    /// Whether the store heard it.
    pub leased: Result<Leased, StoreError>,
}

/// What became of one request.
pub(super) enum Done {
    /// Settle it so, and count this.
    Settle(Arc<Settlement>, Option<Counted>),
    /// It has been settled.
    Settled(Settled),
    /// The class of the failure decides.
    Failed(Box<Failed>),
    /// The run cannot go on.
    Fatal(SyncError),
}

/// Effects as they are counted: memberships one by one.
pub(super) fn counted(change: &Change) -> Counted {
    let times = |effect| match (&change.action, effect) {
        (Action::Members { add, .. }, Effect::AddMember) => add.len() as u64,
        (Action::Members { remove, .. }, Effect::RemoveMember) => remove.len() as u64,
        _ => 1,
    };
    let effects = change
        .effects
        .iter()
        .map(|effect| (effect, times(effect)))
        .collect();
    (change.resource_type.clone(), effects)
}

/// The target's own site has said it, so it need not be told. What takes something away
/// from an account is told all the same.
pub(super) fn is_echo(job: &Job, change: &Change) -> bool {
    job.is_echo() && !change.effects.iter().any(Effect::deprovisions)
}

/// One request and what its answer means.
pub(super) async fn write(
    wiring: &Wiring,
    view: &View,
    job: Arc<Job>,
    mut evaluated: Evaluated,
    change: Approved<Change>,
) -> (Done, Option<Trace>) {
    let echo = is_echo(&job, change.get());
    let answer = match &change.get().action {
        Action::Unlink { .. } => Ok(Answer::Done(None)),
        // Taken for written: the site has said it itself. What it looks like there is
        // seen by the next listing.
        _ if echo => Ok(Answer::Done(None)),
        _ => apply(&*wiring.target, &change).await,
    };
    let (change, answer, again) = match answer {
        Err(refused @ (TargetError::Conflict { .. } | TargetError::Rejected { .. })) => {
            close(wiring, &mut evaluated, change, refused).await
        }
        answer => (change, answer, false),
    };
    let mut change = change.into_inner();
    let trace = &mut evaluated.trace;
    match &answer {
        Ok(Answer::Done(_)) => {
            trace.step(Step::Write, format_args!("done: {}", change.effects));
        }
        Ok(Answer::Gone) => trace.step(Step::Write, "the resource is gone at the target"),
        Err(error) => trace.step(Step::Write, error),
    }
    let trace = (!trace.steps.is_empty()).then(|| trace.clone());
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => {
            let failed = failed(wiring, view, &evaluated, job, change, error);
            return (Done::Failed(failed), trace);
        }
    };
    if answer == Answer::Gone {
        // Remembered, so that what follows is decided with that knowledge.
        match gone(wiring, &job).await {
            Ok(None) => {}
            Ok(Some(error)) => {
                let failed = failed(wiring, view, &evaluated, job, change, error);
                return (answered(failed), trace);
            }
            Err(error) => return (Done::Fatal(error), trace),
        }
    }
    let done = match outcome(wiring, view, &evaluated, &mut change, answer) {
        Ok(Some(mut outcome)) => {
            if let (true, Outcome::Linked(link)) = (echo, &mut outcome) {
                link.audit.effects = ECHO.to_owned();
            }
            let settlement = Arc::new(Settlement {
                job,
                target: wiring.config.target.clone(),
                at: (wiring.clock)(),
                outcome,
                edges: evaluated.edges,
                references: evaluated.references,
                again,
            });
            // Nothing was done of what it counts as.
            Done::Settle(settlement, (!echo).then(|| counted(&change)))
        }
        // Decided anew.
        Ok(None) => {
            let error = TargetError::Transient {
                message: "the linked resource is gone at the target".to_owned(),
                retry_after: None,
                may_be_done: false,
            };
            answered(failed(wiring, view, &evaluated, job, change, error))
        }
        Err(error) => Done::Failed(failed(wiring, view, &evaluated, job, change, error)),
    };
    (done, trace)
}

/// The target does not take a change. Where that closes an account beside other things,
/// the account is closed all the same (invariant 12), and the object looked at once more,
/// so that the rest is shown with its reason.
async fn close(
    wiring: &Wiring,
    evaluated: &mut Evaluated,
    change: Approved<Change>,
    refused: TargetError,
) -> (Approved<Change>, Result<Answer, TargetError>, bool) {
    let link = evaluated.candidate.link.as_ref();
    let Some(closing) = change.closing(link.map(|link| &link.written)) else {
        return (change, Err(refused), false);
    };
    let closed = apply(&*wiring.target, &closing).await;
    if !matches!(closed, Ok(Answer::Done(_))) {
        // What follows from the first answer follows from it.
        return (change, Err(refused), false);
    }
    evaluated.trace.step(
        Step::Write,
        format_args!("{refused}; the account is closed without the rest"),
    );
    evaluated.input = None;
    evaluated.edges = None;
    // What the rest would take is not taken.
    evaluated.unique.clear();
    (closing, closed, true)
}

/// Marks the linked resource as gone; the error where it is so young that it may
/// only not be visible yet.
pub(super) async fn gone(wiring: &Wiring, job: &Job) -> Result<Option<TargetError>, SyncError> {
    let linked_until = wiring.visible_if_before((wiring.clock)());
    let marked = wiring
        .store
        .mark_gone(job, (wiring.clock)(), linked_until)
        .await?;
    Ok(match marked {
        Leased::Ours(true) => None,
        Leased::Ours(false) => Some(TargetError::Transient {
            message: "the target does not show the resource (yet)".to_owned(),
            retry_after: Some(wiring.visibility_delay),
            may_be_done: false,
        }),
        // Nothing was done, so nothing is left to others.
        Leased::Fenced => Some(TargetError::NotSent {
            message: "the lease of the job has passed",
        }),
    })
}

/// What is to be settled; none where a linked resource turned out to be gone.
fn outcome(
    wiring: &Wiring,
    view: &View,
    evaluated: &Evaluated,
    change: &mut Change,
    answer: Answer,
) -> Result<Option<Outcome>, TargetError> {
    let resource = match answer {
        Answer::Done(resource) => resource,
        Answer::Gone => {
            return Ok(match &change.action {
                Action::Delete { target_id } => {
                    Some(Outcome::Deleted(Audit::of(change, Some(target_id.clone()))))
                }
                // Who leaves, and is not there: nothing is left to be closed.
                Action::Update { target_id, .. } if evaluated.leaving => Some(Outcome::Unlinked(
                    Audit::of(change, Some(target_id.clone())),
                )),
                _ => None,
            });
        }
    };
    let link = evaluated.candidate.link.as_ref();
    let (target_id, origin) =
        match &change.action {
            Action::Create { .. } => {
                // Without an id the answer is as good as lost: found again at the next try.
                let id = resource.as_ref().and_then(|r| r.id()).ok_or_else(|| {
                    TargetError::Transient {
                        message: "the target answered a create without an id".to_owned(),
                        retry_after: None,
                        may_be_done: true,
                    }
                })?;
                (TargetId::new(id), Origin::Created)
            }
            Action::Link {
                target_id, origin, ..
            } => (target_id.clone(), *origin),
            Action::Update { target_id, .. } | Action::Members { target_id, .. } => (
                target_id.clone(),
                link.map_or(Origin::Created, |link| link.origin),
            ),
            Action::Delete { target_id } => {
                return Ok(Some(Outcome::Deleted(Audit::of(
                    change,
                    Some(target_id.clone()),
                ))));
            }
            Action::Unlink { target_id } => {
                return Ok(Some(Outcome::Unlinked(Audit::of(
                    change,
                    target_id.clone(),
                ))));
            }
        };
    let written = change.written.take().unwrap_or_default();
    // What was sent once and is not managed any more is still held.
    let mut unique = holds(wiring, view, change, &written);
    unique.extend(evaluated.unique.iter().cloned());
    Ok(Some(Outcome::Linked(Box::new(LinkUpdate {
        resource_type: change.resource_type.clone(),
        audit: Audit::of(change, Some(target_id.clone())),
        target_id,
        origin,
        left: evaluated.leaving,
        forgotten: wiring.target.forgets_memberships()
            && change.effects.contains(Effect::Reactivate),
        keys: wiring.link_keys(&change.resource_type, resource.as_ref(), &written),
        written,
        observed: resource.map(observed),
        input: evaluated.input.clone(),
        reevaluate_at: evaluated.reevaluate_at,
        unique,
    }))))
}

/// Unique values of a projection, case-folded.
fn holds(
    wiring: &Wiring,
    view: &View,
    change: &Change,
    written: &Resource,
) -> Vec<(String, String)> {
    view.schema(wiring, &change.resource_type)
        .map(|schema| unique_values(schema, written))
        .unwrap_or_default()
}

/// What is wrong is about this object; the target has answered.
fn answered(mut failed: Box<Failed>) -> Done {
    failed.answered = true;
    Done::Failed(failed)
}

fn failed(
    wiring: &Wiring,
    view: &View,
    evaluated: &Evaluated,
    job: Arc<Job>,
    change: Change,
    error: TargetError,
) -> Box<Failed> {
    let link = evaluated.candidate.link.as_ref();
    Box::new(Failed {
        job,
        had_intent: evaluated.candidate.open_intent.is_some(),
        unique: link.map(|link| holds(wiring, view, &change, &link.written)),
        change: Some(change),
        error,
        answered: false,
    })
}

/// Values that nobody else may hold: unique attributes, and for a link the
/// resource itself, so that two objects that match it do not both write to it.
pub(super) fn needs(evaluated: &Evaluated, change: &Change) -> Vec<(String, String)> {
    let mut unique = evaluated.unique.clone();
    if let Action::Link { target_id, .. } = &change.action {
        unique.push(("id".to_owned(), target_id.to_string()));
    }
    unique
}

/// A time after a pause.
pub(super) fn later(now: Timestamp, pause: Duration) -> Timestamp {
    SignedDuration::try_from(pause)
        .ok()
        .and_then(|pause| now.checked_add(pause).ok())
        .unwrap_or(now)
}
