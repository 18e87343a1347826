//! A batch whose call failed is narrowed down to the objects that cause it.
//!
//! Each object is asked for alone, in an instance of its own. Not by halves: a
//! fresh instance costs microseconds, while each half that holds a loop would
//! cost the whole time limit again.
//!
//! The time for that is bounded, or a plugin that loops on every object would
//! hold up its run for a time limit an object: once [`PATIENCE`] time limits are
//! used up, the rest is not asked any more. All in all a batch takes at most
//! `1 + PATIENCE + 1` time limits: the failed call, the patience, and the call
//! that was under way when it ended.

use thiserror::Error;

use crate::{
    error::CallError,
    mapper::Mapper,
    outcome::{Context, Outcome, SourceObject},
};

/// Time limits of one call that narrowing a batch may take.
const PATIENCE: u64 = 4;

/// What came of a batch.
#[derive(Debug)]
pub struct Mapped {
    /// One for each object, in their order.
    pub outcomes: Vec<Result<Outcome, Fault>>,
    /// Why the call for all of them failed, where it did. If every object has an
    /// outcome all the same, they fail only together: the plugin keeps something
    /// from one object to the next, or is too slow for so many.
    pub failure: Option<CallError>,
}

impl Mapped {
    /// Objects without an outcome.
    #[must_use]
    pub fn faults(&self) -> usize {
        self.outcomes.iter().filter(|one| one.is_err()).count()
    }
}

/// Why one object has no outcome.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Fault {
    /// The call fails for this object alone.
    #[error(transparent)]
    Culprit(CallError),
    /// The plugin failed too long on others of its batch.
    #[error("not asked, because the plugin kept failing on other objects of its batch: {0}")]
    NotAsked(CallError),
}

impl Mapper {
    /// Maps a batch; where its call fails, each object by itself, so that only
    /// those that cause it are without an outcome. More objects than a call may
    /// have are split into several batches.
    ///
    /// Takes at most six time limits a batch.
    #[must_use]
    pub fn map_each(&self, context: &Context<'_>, objects: &[SourceObject<'_>]) -> Mapped {
        let mut all = Mapped {
            outcomes: Vec::with_capacity(objects.len()),
            failure: None,
        };
        for batch in objects.chunks(self.limits().batch_objects.max(1)) {
            match self.map_objects(context, batch) {
                Ok(outcomes) => all.outcomes.extend(outcomes.into_iter().map(Ok)),
                Err(failure) => {
                    tracing::debug!(
                        target: "plugin",
                        mapping = context.mapping,
                        objects = batch.len(),
                        %failure,
                        "a batch failed, its objects are asked for one by one",
                    );
                    let narrowed = self.narrow(context, batch, &failure);
                    all.outcomes.extend(narrowed);
                    all.failure.get_or_insert(failure);
                }
            }
        }
        all
    }

    fn narrow(
        &self,
        context: &Context<'_>,
        batch: &[SourceObject<'_>],
        failure: &CallError,
    ) -> Vec<Result<Outcome, Fault>> {
        // Alone already: a second try would end the same.
        if let [_] = batch {
            return vec![Err(Fault::Culprit(failure.clone()))];
        }
        let clock = self.clock();
        let patience = clock.limit().saturating_mul(PATIENCE);
        let begun = clock.now();
        let mut last = failure.clone();
        batch
            .iter()
            .map(|object| {
                if clock.now().saturating_sub(begun) >= patience {
                    return Err(Fault::NotAsked(last.clone()));
                }
                match self.map_objects(context, std::slice::from_ref(object)) {
                    // One object in, one outcome out: the length was checked.
                    Ok(mut outcomes) => outcomes.pop().ok_or_else(|| Fault::Culprit(last.clone())),
                    Err(error) => {
                        last = error.clone();
                        Err(Fault::Culprit(error))
                    }
                }
            })
            .collect()
    }
}
