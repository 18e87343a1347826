//! What must be known of others before an object can be decided: who holds its
//! name, and whether the target has it already.

use std::collections::BTreeMap;

use purser_engine::{
    decide::{Begun, Correlation, Decision, Wanted},
    situation::Situation,
};

use super::{Evaluated, Work, begun};
use crate::{
    store::{ClaimScope, Question},
    sync::{
        SyncError, Wiring,
        lookup::{Sought, lookup},
        members::Failure,
        report::Step,
        view::View,
        wiring::folded,
    },
    target::TargetError,
};

/// Asks the store once for the whole batch.
pub(super) async fn correlate(
    wiring: &Wiring,
    view: &View,
    works: &[Work],
) -> Result<BTreeMap<usize, crate::store::Correlated>, SyncError> {
    let (mut places, mut questions) = (Vec::new(), Vec::new());
    for (place, work) in works.iter().enumerate() {
        let Some(Wanted::Projection(_)) = &work.wanted else {
            continue;
        };
        let linked = work.candidate.link.as_ref().is_some_and(|link| !link.gone);
        places.push(place);
        questions.push(Question {
            key: work.candidate.key.clone(),
            resource_type: work.candidate.resource_type.clone(),
            unique: work.unique.clone(),
            keys: if linked {
                Vec::new()
            } else {
                folded(work.keys.clone())
            },
        });
    }
    if questions.is_empty() {
        return Ok(BTreeMap::new());
    }
    let scope = ClaimScope {
        mapping: wiring.config.name.clone(),
        target: wiring.config.target.clone(),
        planning: view.planning.then_some(view.run),
    };
    let answers = wiring.store.correlate(scope, questions).await?;
    Ok(places.into_iter().zip(answers).collect())
}

/// What is known of the target before a decision.
#[derive(Default)]
pub(super) struct Asked {
    /// What was found; none where it was not needed.
    pub found: Option<Correlation>,
    /// Of a create whose answer was lost.
    pub begun: Option<Begun>,
}

impl From<(Correlation, Begun)> for Asked {
    fn from((found, begun): (Correlation, Begun)) -> Self {
        Self {
            found: Some(found),
            begun: Some(begun),
        }
    }
}

/// The staged listing answers where it was complete and nothing of ours can have
/// come about since; else the target is asked.
pub(super) async fn correlation(
    wiring: &Wiring,
    view: &View,
    work: &Work,
    staged: Option<Correlation>,
    fresh: bool,
) -> Result<Asked, Failure> {
    let candidate = &work.candidate;
    let found = match (&candidate.open_intent, staged) {
        (Some(intent), staged) => {
            return begun::look(wiring, view, work, intent, staged)
                .await
                .map(Asked::from);
        }
        (None, Some(found)) if view.listed.contains(&candidate.resource_type) && !fresh => found,
        (None, _) => {
            let sought = Sought {
                key: &candidate.key,
                resource_type: &candidate.resource_type,
                keys: &work.keys,
                ours: false,
            };
            lookup(wiring, sought).await?
        }
    };
    Ok(Asked {
        found: Some(found),
        begun: None,
    })
}

/// Whether the create of somebody who leaves was carried out after all. Asked
/// by the keys that were sent: a leaver is not mapped any more.
pub(super) async fn unfinished(
    wiring: &Wiring,
    view: &View,
    work: &Work,
) -> Result<Asked, Failure> {
    match &work.candidate.open_intent {
        None => Ok(Asked::default()),
        Some(intent) => begun::look(wiring, view, work, intent, None)
            .await
            .map(Asked::from),
    }
}

/// The target could not be asked about this object: it waits, the others go on.
pub(super) fn unasked(mut work: Work, error: TargetError) -> Evaluated {
    let reason = format!("the target could not be asked whether it has it: {error}");
    work.trace.step(Step::Match, &reason);
    Evaluated {
        decision: Decision::Park {
            situation: Situation::UnknownOutcome,
            reason,
        },
        waits_for: None,
        edges: None,
        input: None,
        reevaluate_at: None,
        references: None,
        keys: work.keys,
        unasked: Some(error),
        again_at: None,
        unique: work.unique,
        leaving: false,
        suspended: false,
        switched_off: None,
        trace: work.trace,
        candidate: work.candidate,
    }
}
