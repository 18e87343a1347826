//! What stands at the target may not be what we remember: it is read first.
//!
//! A job is to be verified where a worker lost its lease with a request under
//! way, or a person asked. The linked resource is read and held against
//! `observed`, the form in which we saw it last. Where they are the same, what
//! was written is still there, and the object is decided as ever. Where they
//! differ, it is decided against what was read (`Facts::actual`): our attributes
//! are brought into step, what others wrote beside them stays. Where it is gone,
//! the link learns it first.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use futures::{StreamExt, stream};
use purser_engine::ids::ObjectKey;
use purser_scim::Resource;

use super::worker::Batch;
use crate::{
    store::{Candidate, Job},
    sync::{
        SyncError,
        apply::observed,
        write::{Failed, gone},
    },
    target::TargetError,
};

impl Batch<'_, '_> {
    /// Reads the linked resources of the jobs that are to be verified; answers
    /// those that are not as we saw them last. A job whose resource cannot be read
    /// fails by itself and is taken out.
    pub(super) async fn verify(
        &mut self,
        jobs: &mut Vec<Arc<Job>>,
        candidates: &mut Vec<Candidate>,
    ) -> Result<BTreeMap<ObjectKey, Resource>, SyncError> {
        let asked: BTreeSet<&ObjectKey> = jobs
            .iter()
            .filter(|job| job.verify)
            .map(|job| &job.key)
            .collect();
        let linked = candidates.iter().filter_map(|candidate| {
            let link = candidate.link.as_ref().filter(|link| !link.gone)?;
            asked.contains(&candidate.key).then_some((candidate, link))
        });
        let target = &self.wiring.target;
        let reads = linked.map(|(candidate, link)| async move {
            let answer = target.read(&candidate.resource_type, &link.target_id).await;
            (candidate.key.clone(), answer)
        });
        let answers: BTreeMap<ObjectKey, Answer> = stream::iter(reads.collect::<Vec<_>>())
            .buffer_unordered(self.wiring.concurrency.max(1))
            .collect()
            .await;
        self.drain.report().applied.verified += answers.len() as u64;
        self.take_in(answers, jobs, candidates).await
    }

    async fn take_in(
        &mut self,
        mut answers: BTreeMap<ObjectKey, Answer>,
        jobs: &mut Vec<Arc<Job>>,
        candidates: &mut Vec<Candidate>,
    ) -> Result<BTreeMap<ObjectKey, Resource>, SyncError> {
        let (mut differing, mut undone) = (BTreeMap::new(), BTreeSet::new());
        for job in jobs.iter() {
            let candidate = candidates.iter_mut().find(|c| c.key == job.key);
            let Some((answer, candidate)) = answers.remove(&job.key).zip(candidate) else {
                continue;
            };
            let failed = match answer {
                Ok(Some(resource)) => {
                    self.drain.target_is_well();
                    let link = candidate.link.as_ref();
                    let seen = link.and_then(|link| link.observed.as_ref());
                    if seen != Some(&observed(resource.clone())) {
                        self.drain.report().drifted += 1;
                        differing.insert(job.key.clone(), resource);
                    }
                    None
                }
                Ok(None) => {
                    let young = gone(&self.wiring, job).await?;
                    if let (None, Some(link)) = (&young, &mut candidate.link) {
                        link.gone = true;
                    }
                    young.map(|error| (error, true))
                }
                Err(error) => Some((error, false)),
            };
            if let Some((error, answered)) = failed {
                undone.insert(job.key.clone());
                self.failed(Failed {
                    job: Arc::clone(job),
                    change: None,
                    had_intent: candidate.open_intent.is_some(),
                    unique: None,
                    error,
                    answered,
                })
                .await?;
            }
        }
        jobs.retain(|job| !undone.contains(&job.key));
        candidates.retain(|candidate| !undone.contains(&candidate.key));
        Ok(differing)
    }
}

/// The resource as it is; none where it is gone.
type Answer = Result<Option<Resource>, TargetError>;
