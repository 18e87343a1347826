//! Whether the component may be asked, and what its answers tell about it.
//!
//! A component that keeps failing is suspended for its mapping, with a pause that
//! grows ([`Patience`]): it would cost a time limit a batch, and park everybody
//! with one and the same reason. Meanwhile nobody is mapped, and what needs no
//! component goes on: leavers are closed, and nobody is taken for gone who is
//! only not mapped. When the pause is over, it is asked about a few objects; if
//! that goes well, about the rest of the same batch.
//!
//! The store is asked for each batch, so that all workers see the same. A plan
//! counts as well: it asks the component as a run does.

use purser_engine::suspension::{Patience, Verdict};
use purser_plugin::{Fault, Outcome};

use crate::{
    store::{AskedBatch, Suspension, Trust},
    sync::{SyncError, Wiring},
};

/// Whether the component may be asked by now.
pub(in crate::sync) async fn now(wiring: &Wiring) -> Result<Trust, SyncError> {
    let known = wiring.store.suspension(&wiring.config.name).await?;
    let now = (wiring.clock)();
    Ok(Suspension::trust(
        known.as_ref(),
        wiring.mapper.fingerprint(),
        now,
    ))
}

/// About how many objects at once.
pub(super) fn most(trust: Trust) -> usize {
    match trust {
        Trust::Trusted => usize::MAX,
        Trust::Probed => Patience::default().probe,
        Trust::Suspended => 0,
    }
}

/// Takes down how a batch of `asked` objects went, of which some may have no
/// outcome at all; answers whether the component may be asked on.
pub(super) async fn judge(
    wiring: &Wiring,
    before: Trust,
    asked: usize,
    outcomes: &[Result<Outcome, Fault>],
) -> Result<Trust, SyncError> {
    let mapping = &wiring.config.name;
    let mapped = outcomes.iter().filter(|one| one.is_ok()).count();
    let fault = outcomes.iter().find_map(|one| one.as_ref().err());
    let verdict = if outcomes.is_empty() {
        // Not even asked.
        Verdict::Bad
    } else {
        Patience::default().verdict(
            mapped,
            asked.saturating_sub(mapped),
            before == Trust::Probed,
        )
    };
    // Most batches go well and follow one that did: there is nothing to take down.
    if verdict == Verdict::Unclear
        || (verdict == Verdict::Good && wiring.store.suspension(mapping).await?.is_none())
    {
        return Ok(Trust::Trusted);
    }
    let batch = AskedBatch {
        component: wiring.mapper.fingerprint().to_owned(),
        verdict,
        reason: fault.map_or_else(|| "it could not be asked".to_owned(), reason),
        at: (wiring.clock)(),
    };
    let at = batch.at;
    let known = wiring.store.component_asked(mapping, batch).await?;
    let trust = Suspension::trust(known.as_ref(), wiring.mapper.fingerprint(), at);
    if let (Trust::Suspended, Some(row)) = (trust, known.as_ref().and_then(Suspension::row)) {
        tracing::info!(
            mapping = mapping.as_str(),
            failures = row.failures,
            until = row.until,
            reason = row.reason,
            "the component is suspended",
        );
    }
    Ok(trust)
}

fn reason(fault: &Fault) -> String {
    match fault {
        Fault::Culprit(error) | Fault::NotAsked(error) => error.to_string(),
    }
}
