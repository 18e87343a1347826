//! The members of one group, as a delta of edges.

use std::collections::BTreeSet;

use purser_engine::{
    change::{Action, Change, Member, Origin},
    failsafe::{Failsafe, Judgement},
    ids::TargetId,
    members,
};

use super::{SyncError, Wiring, apply::apply, write::gone};
use crate::{
    store::{Audit, GroupState, Job, Outcome},
    target::{Answer, TargetError},
};

/// Brings the members of the job's group into step.
pub(super) async fn bring_into_step(
    wiring: &Wiring,
    failsafe: &mut Failsafe,
    job: &Job,
) -> Result<(Outcome, Option<Change>), Failure> {
    let Some(group) = wiring.store.members(&wiring.config.name, &job.key).await? else {
        // Not linked (any more): its link, when it comes, asks again.
        return Ok((Outcome::Nothing, None));
    };
    let found = found_before_us(wiring, job, &group).await?;
    let want: BTreeSet<Member> = group
        .want
        .iter()
        .filter(|member| !found.contains(&member.target_id))
        .cloned()
        .collect();
    let change = members::change(
        job.key.clone(),
        group.resource_type.clone(),
        group.target_id.clone(),
        &want,
        &group.have,
        &group.unsure,
    );
    let Some(change) = change else {
        return Ok((Outcome::Nothing, None));
    };
    let Judgement::Approved(change) = failsafe.judge(change, false) else {
        // Memberships have no limit yet.
        return Ok((Outcome::Nothing, None));
    };
    if let Action::Members { add, .. } = &change.get().action
        && !add.is_empty()
    {
        wiring
            .store
            .begin_members(&wiring.config.name, &job.key, add.clone())
            .await?;
    }
    match apply(&*wiring.target, &change).await? {
        Answer::Gone => match gone(wiring, job).await {
            Ok(None) => Ok((Outcome::Nothing, None)),
            Ok(Some(error)) => Err(error.into()),
            Err(error) => Err(Failure::Fatal(error)),
        },
        Answer::Done(_) => {
            let change = change.into_inner();
            let audit = Audit::of(&change, Some(group.target_id));
            let Action::Members { add, remove, .. } = &change.action else {
                return Ok((Outcome::Nothing, None));
            };
            let outcome = Outcome::Members {
                audit,
                added: add.clone(),
                removed: remove.clone(),
            };
            Ok((outcome, Some(change)))
        }
    }
}

/// Members that an adopted group had before us are not ours to remove: they
/// are looked at once, before the first of ours is added.
async fn found_before_us(
    wiring: &Wiring,
    job: &Job,
    group: &GroupState,
) -> Result<BTreeSet<TargetId>, Failure> {
    if group.origin == Origin::Created || group.looked {
        return Ok(group.found.clone());
    }
    let resource = wiring
        .target
        .read(&group.resource_type, &group.target_id)
        .await?;
    let found: BTreeSet<TargetId> = resource
        .as_ref()
        .and_then(|resource| resource.get("members"))
        .and_then(serde_json::Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|member| Some(TargetId::new(member.get("value")?.as_str()?)))
        .collect();
    wiring
        .store
        .remember_found_members(
            &wiring.config.name,
            &job.key,
            found.iter().cloned().collect(),
        )
        .await?;
    Ok(found)
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
