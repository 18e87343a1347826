//! What has changed in the source is brought to the target at once: a running host
//! calls this whenever the directory says that something has.
//!
//! The directory has taken down which objects have changed, in the transaction of each
//! change. Those are read, staged, and become jobs of one run. They are forgotten when
//! it has ended well, up to the place where it began: whoever changes meanwhile stands
//! behind that, and a run that fails leaves all of them to the next.
//!
//! **Echoes.** Where all that has changed an object came from the site behind the
//! mapping's target, that site knows it already. What would be sent is taken for
//! written without a request, nobody is created there, and so the circle ends. That
//! holds only where the object was in step before: else something of somebody else is
//! still on its way, and is sent. What closes an account is always sent.
//!
//! The failsafe counts what was closed in the last day, as no single run would ever
//! be too much.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use futures::{StreamExt, future::BoxFuture, stream};
use jiff::{SignedDuration, Timestamp};
use purser_engine::{
    absence::Tombstone,
    failsafe::Failsafe,
    ids::{ObjectKey, ResourceType},
};

use super::{
    SyncError, Wiring, control::Phase, drain::Drain, evaluate::trust, frame, report::RunReport,
    view::View,
};
use crate::{
    source::{Looked, Row, Source, SourceError},
    store::{Candidate, Changed, Class, NewRow, RunMode, ToDo, Trust},
};

/// So many are dealt with in one run.
const AT_ONCE: usize = 1_000;

/// For how long what was closed counts.
const WINDOW: SignedDuration = SignedDuration::from_hours(24);

/// Brings the first of what has changed into step. None where nothing has, or the
/// component is suspended; then nothing is recorded and the target is not asked.
///
/// # Errors
/// See [`SyncError`]. The run is recorded as failed; who was not done is done by the next.
pub async fn changed(wiring: &Wiring) -> Result<Option<RunReport>, SyncError> {
    let mapping = &wiring.config.name;
    let changes = wiring.store.changed(mapping, AT_ONCE).await?;
    let Some(last) = changes.last().map(|last| last.seq) else {
        return Ok(None);
    };
    if trust::now(wiring).await? == Trust::Suspended {
        return Ok(None);
    }
    let mut report = frame::begin(wiring, RunMode::Changed).await?;
    let mut outcome = attempt(wiring, changes, &mut report).await;
    if outcome.is_ok() {
        let forgotten = wiring.store.forget_changed(mapping, last).await;
        outcome = forgotten.map_err(SyncError::from);
    }
    frame::end(wiring, &report, &outcome).await?;
    outcome.map(|()| Some(report))
}

/// Before a full run: it would send to a site what came from there, and undo what has
/// changed there since. So echoes are dealt with first. Answers up to which place the
/// full run deals with all that has changed.
pub(super) async fn before_all(wiring: &Wiring) -> Result<u64, SyncError> {
    let mapping = &wiring.config.name;
    loop {
        let changes = wiring.store.changed(mapping, AT_ONCE).await?;
        if !changes.iter().any(|change| change.echo) || changed(wiring).await?.is_none() {
            return Ok(wiring.store.changed_until(mapping).await?);
        }
    }
}

async fn attempt(
    wiring: &Wiring,
    changes: Vec<Changed>,
    report: &mut RunReport,
) -> Result<(), SyncError> {
    let config = &wiring.config;
    let echoes = echoes(wiring, &changes).await?;
    let keys: Vec<ObjectKey> = changes.iter().map(|change| change.key.clone()).collect();
    let seen = look(wiring, report, &keys).await?;
    let view = View {
        only: Some(keys.into_iter().collect()),
        tombstones: seen.gone,
        ..View::of_the_store(wiring, report, wiring.now()).await?
    };
    let jobs: Vec<ToDo> = changes
        .into_iter()
        .map(|Changed { key, seq, .. }| ToDo {
            class: seen.classes.get(&key).copied().unwrap_or(Class::User),
            echo: echoes.contains(&key),
            seq,
            key,
        })
        .collect();
    report.planned.objects = jobs.len() as u64;
    wiring
        .control
        .begin(Phase::Apply, "", Some(report.planned.objects));
    wiring
        .store
        .enqueue_changed(report.run, &config.name, jobs, (wiring.clock)())
        .await?;
    let closed = wiring
        .store
        .closed_since(&config.name, day_before((wiring.clock)()))
        .await?;
    let mut failsafe = Failsafe::new(config.deprovision_limit, BTreeMap::new()).after(closed);
    Drain::new(wiring, &view, &mut failsafe, report, false)
        .run()
        .await?;
    frame::count_aside(wiring, report).await
}

fn day_before(now: Timestamp) -> Timestamp {
    now.checked_sub(WINDOW).unwrap_or(now)
}

/// Those of which nothing is left but what the site has said.
async fn echoes(wiring: &Wiring, changes: &[Changed]) -> Result<BTreeSet<ObjectKey>, SyncError> {
    let echoes = changes.iter().filter(|change| change.echo);
    let mut keys: BTreeSet<ObjectKey> = echoes.map(|change| change.key.clone()).collect();
    if keys.is_empty() {
        return Ok(keys);
    }
    let (config, now) = (&wiring.config, wiring.now());
    let asked = keys.iter().cloned().collect();
    let before = wiring
        .store
        .candidates(&config.name, &config.source, asked)
        .await?;
    let fingerprint = wiring.fingerprint();
    let on_its_way = |candidate: &Candidate| {
        let standing = candidate.link.as_ref().map(|link| link.standing());
        let in_step = standing.map(|link| link.in_step(&candidate.digest, &fingerprint, now));
        in_step == Some(false) || candidate.held.is_some()
    };
    for candidate in before.iter().filter(|candidate| on_its_way(candidate)) {
        keys.remove(&candidate.key);
    }
    Ok(keys)
}

/// What the source says of the objects now.
#[derive(Default)]
struct Seen {
    gone: BTreeMap<ObjectKey, Tombstone>,
    classes: BTreeMap<ObjectKey, Class>,
}

async fn look(wiring: &Wiring, report: &RunReport, keys: &[ObjectKey]) -> Result<Seen, SyncError> {
    let mut seen = Seen::default();
    let mut rows: BTreeMap<_, Vec<NewRow>> = BTreeMap::new();
    // A site is asked for several at once, as the target is.
    let looks: Vec<_> = keys
        .iter()
        .map(|key| look_at(Arc::clone(&wiring.source), key.clone()))
        .collect();
    let mut looks = stream::iter(looks).buffered(wiring.concurrency.max(1));
    while let Some((key, looked)) = looks.next().await {
        match looked.map_err(|cause| SyncError::Source {
            name: wiring.config.source.clone(),
            cause,
        })? {
            Looked::There(row) => {
                seen.classes.insert(key.clone(), class(&row));
                rows.entry(key.kind.clone())
                    .or_default()
                    .push(NewRow::of(*row)?);
            }
            Looked::Gone(tombstone) => {
                seen.gone.insert(key.clone(), tombstone);
            }
            // Nothing follows from that; the next full run sees.
            Looked::Unknown => {}
        }
    }
    for mut rows in rows.into_values() {
        // In the order of the source: what is first there wins a name.
        rows.sort_by_key(|row| row.position);
        wiring
            .store
            .stage_page(&wiring.config.source, report.run, rows, Arc::default())
            .await?;
    }
    Ok(seen)
}

fn look_at(
    source: Arc<dyn Source>,
    key: ObjectKey,
) -> BoxFuture<'static, (ObjectKey, Result<Looked, SourceError>)> {
    Box::pin(async move {
        let looked = source.look(&key).await;
        (key, looked)
    })
}

/// Its place in the order of jobs.
fn class(row: &Row) -> Class {
    match &row.content {
        Ok(object) if !object.active => Class::Deactivate,
        _ if row.resource_type == ResourceType::user() => Class::User,
        _ => Class::Other,
    }
}
