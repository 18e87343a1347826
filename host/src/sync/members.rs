//! The members of one group, as a delta of edges.

use std::collections::BTreeSet;

use purser_engine::{
    change::{Action, Change, Member, Origin},
    failsafe::Judgement,
    ids::TargetId,
    members,
};

use super::{
    SyncError, Wiring,
    apply::apply,
    write::{gone, is_echo},
};
use crate::{
    store::{Audit, ECHO, GroupState, Job, Leased, Outcome},
    target::{Answer, TargetError},
};

/// Brings the members of the job's group into step; only what `judge` approves is written.
pub(super) async fn bring_into_step(
    wiring: &Wiring,
    judge: impl FnOnce(Change) -> Judgement,
    job: &Job,
) -> Result<(Outcome, Option<Change>), Undone> {
    let Some(mut group) = wiring.store.members(&wiring.config.name, &job.key).await? else {
        // Not linked (any more): its link, when it comes, asks again.
        return Ok((Outcome::Nothing, None));
    };
    if job.verify {
        let lost = lost(wiring, &group).await?;
        group.have.retain(|member| !lost.contains(member));
    }
    let found = found_before_us(wiring, job, &group).await?;
    let want: BTreeSet<Member> = group
        .want
        .iter()
        .filter(|member| !found.contains(&member.target_id))
        .cloned()
        .collect();
    let difference = |have: &BTreeSet<Member>, unsure: &BTreeSet<Member>| {
        members::change(
            job.key.clone(),
            group.resource_type.clone(),
            group.target_id.clone(),
            &want,
            have,
            unsure,
        )
    };
    let arrived = arrived(wiring, &group, &want).await?;
    let have = group.have.union(&arrived).cloned().collect();
    let Some(change) = difference(&have, &group.unsure) else {
        // All that was begun is there: it is ours, and only that was not known.
        let outcome = difference(&group.have, &group.unsure).map(|change| Outcome::Members {
            audit: Audit::of(&change, Some(group.target_id.clone())),
            added: arrived.into_iter().collect(),
            removed: Vec::new(),
        });
        return Ok((outcome.unwrap_or(Outcome::Nothing), None));
    };
    let Judgement::Approved(change) = judge(change) else {
        // Switched off: what is wanted stands in the store, and is done another time.
        return Ok((Outcome::Nothing, None));
    };
    if let Action::Members { add, .. } = &change.get().action
        && !add.is_empty()
    {
        let begun = wiring
            .store
            .begin_members(job, (wiring.clock)(), add.clone())
            .await?;
        heard(begun)?;
    }
    let answer = if is_echo(job, change.get()) {
        Ok(Answer::Done(None))
    } else {
        apply(&*wiring.target, &change).await
    };
    let change = change.into_inner();
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => {
            return Err(Undone {
                cause: Failure::Target(error),
                change: Some(Box::new(change)),
                answered: false,
            });
        }
    };
    match answer {
        Answer::Gone => match gone(wiring, job).await {
            Ok(None) => Ok((Outcome::Nothing, None)),
            // Nothing was done, so there is nothing to verify.
            Ok(Some(error)) => Err(Undone {
                cause: Failure::Target(error),
                change: None,
                answered: true,
            }),
            Err(error) => Err(Failure::Fatal(error).into()),
        },
        Answer::Done(_) => {
            let mut audit = Audit::of(&change, Some(group.target_id));
            let echo = is_echo(job, &change);
            if echo {
                ECHO.clone_into(&mut audit.effects);
            }
            let Action::Members { add, remove, .. } = &change.action else {
                return Ok((Outcome::Nothing, None));
            };
            let outcome = Outcome::Members {
                audit,
                added: add.iter().cloned().chain(arrived).collect(),
                removed: remove.clone(),
            };
            Ok((outcome, (!echo).then_some(change)))
        }
    }
}

/// Wanted members whose addition was begun and not answered, and that the group
/// shows: some targets would add them a second time, although RFC 7644 §3.5.2.1
/// wants no change.
async fn arrived(
    wiring: &Wiring,
    group: &GroupState,
    want: &BTreeSet<Member>,
) -> Result<BTreeSet<Member>, TargetError> {
    if group.unsure.is_disjoint(want) {
        return Ok(BTreeSet::new());
    }
    let shown = shown(wiring, group).await?;
    let begun = group.unsure.intersection(want);
    Ok(begun
        .filter(|member| shown.contains(&member.target_id))
        .cloned()
        .collect())
}

/// Members that we added and that the group does not show. A group that shows
/// none may be one whose target does not show any: to add them once more does no harm.
pub(super) async fn lost(
    wiring: &Wiring,
    group: &GroupState,
) -> Result<BTreeSet<Member>, TargetError> {
    let shown = shown(wiring, group).await?;
    Ok(group
        .have
        .iter()
        .filter(|member| !shown.contains(&member.target_id))
        .cloned()
        .collect())
}

/// The members that a group shows.
async fn shown(wiring: &Wiring, group: &GroupState) -> Result<BTreeSet<TargetId>, TargetError> {
    let resource = wiring
        .target
        .read(&group.resource_type, &group.target_id)
        .await?;
    Ok(resource
        .as_ref()
        .and_then(|resource| resource.get("members"))
        .and_then(serde_json::Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|member| Some(TargetId::new(member.get("value")?.as_str()?)))
        .collect())
}

/// Members that an adopted group had before us are not ours to remove: they
/// are looked at once, before the first of ours is added.
async fn found_before_us(
    wiring: &Wiring,
    job: &Job,
    group: &GroupState,
) -> Result<BTreeSet<TargetId>, Undone> {
    if group.origin == Origin::Created || group.looked {
        return Ok(group.found.clone());
    }
    let found = shown(wiring, group).await?;
    let remembered = wiring
        .store
        .remember_found_members(job, (wiring.clock)(), found.iter().cloned().collect())
        .await?;
    heard(remembered)?;
    Ok(found)
}

/// Nothing more may be sent for a job whose lease has passed.
fn heard(leased: Leased) -> Result<(), TargetError> {
    match leased {
        Leased::Ours(()) => Ok(()),
        Leased::Fenced => Err(TargetError::NotSent {
            message: "the lease of the job has passed",
        }),
    }
}

/// What stopped it, and what was on its way then.
pub(super) struct Undone {
    /// What.
    pub cause: Failure,
    /// What was being written.
    pub change: Option<Box<Change>>,
    /// See [`super::write::Failed::answered`].
    pub answered: bool,
}

impl<E> From<E> for Undone
where
    Failure: From<E>,
{
    fn from(error: E) -> Self {
        Self {
            cause: Failure::from(error),
            change: None,
            answered: false,
        }
    }
}

/// What stopped it.
pub(super) enum Failure {
    /// The target; its class says what follows.
    Target(TargetError),
    /// The run cannot go on.
    Fatal(SyncError),
}

impl From<TargetError> for Failure {
    fn from(error: TargetError) -> Self {
        Self::Target(error)
    }
}

impl From<crate::store::StoreError> for Failure {
    fn from(error: crate::store::StoreError) -> Self {
        Self::Fatal(error.into())
    }
}
