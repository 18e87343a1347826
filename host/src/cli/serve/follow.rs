//! What changes in a directory is brought to the targets of its mappings at once.
//!
//! Whoever writes to the directory has taken down what has changed, with the change
//! itself, and wakes this. What nobody was awake for is found by looking again: after
//! a start, and now and then. Mappings do not wait for each other; where two share a
//! source or a target, they take turns.

use std::sync::Arc;

use futures::future::join_all;
use purser_engine::{ids::MappingName, operation::Trigger};

use super::{
    Host,
    unasked::{Failures, until_end},
};
use crate::{store::Changes, sync::changed::changed};

/// Follows all directories that feed a mapping, for as long as the host runs.
pub(super) async fn changes(host: Arc<Host>) {
    let fed = host.config.mappings.iter().filter(|mapping| {
        let source = host.config.source(&mapping.source);
        mapping.automatic && source.is_some_and(|source| source.connector.tenant().is_some())
    });
    join_all(fed.map(|mapping| follow(&host, &mapping.name))).await;
}

async fn follow(host: &Host, mapping: &MappingName) {
    let changes = host.store.directory().changes();
    let mut failures = Failures::default();
    loop {
        // Listening before looking, or what comes between the two is missed.
        let woken = changes.notified();
        let outcome = all_now(host, mapping).await;
        if outcome.is_err() && host.end.stopped().is_some() {
            return;
        }
        let words = "cannot bring what has changed to the target";
        let pause = failures.pause(mapping, words, outcome);
        tokio::select! {
            // A target that is down is not asked at each change.
            () = woken, if failures.none() => {}
            () = tokio::time::sleep(pause) => {}
            _ = host.end.until_stopped() => return,
        }
    }
}

async fn all_now(host: &Host, mapping: &MappingName) -> anyhow::Result<()> {
    // Looked at first without a turn and without a component.
    while host.store.changed_until(mapping).await? > 0 {
        let context = host.context(Trigger::Automatic);
        let done = until_end(host, &context, async {
            let wiring = context.wiring(mapping.as_str()).await?;
            Ok::<_, anyhow::Error>(changed(&wiring).await?)
        });
        let Some(report) = done.await? else {
            // Its component is suspended, or another run has been faster.
            return Ok(());
        };
        tracing::info!(
            %mapping,
            run = %report.run,
            objects = report.planned.objects,
            echoes = report.applied.echoes,
            parked = report.parked,
            held = report.held,
            "what had changed was brought to the target"
        );
    }
    Ok(())
}
