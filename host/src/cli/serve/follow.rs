//! What changes in a directory, or at a site that says so, is brought to the targets of
//! its mappings at once.
//!
//! Whoever writes to the directory has taken down what has changed, with the change
//! itself, and wakes this. What nobody was awake for is found by looking again: after
//! a start, and now and then. Mappings do not wait for each other; where two share a
//! source or a target, they take turns.

use std::{sync::Arc, time::Duration};

use futures::future::join_all;
use purser_engine::operation::Trigger;

use super::{
    Host,
    unasked::{Failures, until_end},
};
use crate::{config::MappingConfig, site::Run, store::Changes, sync::changed::changed};

/// A site says the same several times where somebody works on it, so what it says is
/// gathered for so long.
const GATHERED: Duration = Duration::from_millis(500);

/// Follows all directories and sites that feed a mapping, for as long as the host runs.
pub(super) async fn changes(host: Arc<Host>) {
    let automatic = host
        .config
        .mappings
        .iter()
        .filter(|mapping| mapping.automatic);
    let fed = automatic.filter_map(|mapping| {
        let source = host.config.source(&mapping.source)?;
        let gathered = source.told_by().map(|_| GATHERED);
        source.says_what_changes().then_some((mapping, gathered))
    });
    join_all(fed.map(|(mapping, gathered)| follow(&host, mapping, gathered))).await;
}

async fn follow(host: &Host, mapping: &MappingConfig, gathered: Option<Duration>) {
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
        let pause = failures.pause(&mapping.name, words, outcome);
        tokio::select! {
            // A target that is down is not asked at each change.
            () = woken, if failures.none() => {
                // A directory's clients may wait for it.
                if let Some(gathered) = gathered {
                    tokio::time::sleep(gathered).await;
                }
            }
            () = tokio::time::sleep(pause) => {}
            _ = host.end.until_stopped() => return,
        }
    }
}

/// The sites of the mapping, for as long as something is brought to them.
fn attended(host: &Host, mapping: &MappingConfig) -> Vec<Run> {
    let config = &host.config;
    let source = config
        .source(&mapping.source)
        .and_then(|it| it.site.as_ref());
    let target = config
        .target(&mapping.target)
        .and_then(|it| it.site.as_ref());
    let sites = [source, target].into_iter().flatten();
    sites.map(|site| host.sites.named(site).attend()).collect()
}

async fn all_now(host: &Host, mapping: &MappingConfig) -> anyhow::Result<()> {
    // A request that a site carries stays until all of it is done.
    let _attended = attended(host, mapping);
    let mapping = &mapping.name;
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
