//! One object on a person's word: found at the source, staged, done, told.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use purser_engine::{
    absence::Complete,
    effect::Effect,
    failsafe::Failsafe,
    ids::{Kind, ObjectKey},
    imprint::Known,
};
use purser_scim::fold;
use serde_json::Value;

use super::{SyncError, Wiring, drain::Drain, frame, report::RunReport, view::View};
use crate::{
    source::Row,
    store::{Class, NewRow, RunMode},
};

/// How many hits are worth telling a person.
const MOST_HITS: usize = 20;

/// Whom to synchronise.
#[derive(Clone, Debug)]
pub enum Wish {
    /// This one.
    Object(ObjectKey),
    /// Whose id, or a text attribute, equals this when case is folded; where
    /// nobody's does, whose contains it.
    Match(String),
}

/// What came of it.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// It was brought into step, parked or held, as the report says.
    Done(ObjectKey, Box<RunReport>),
    /// Several match.
    Several(Vec<ObjectKey>),
    /// Nobody matches.
    Nobody,
    /// It is not in the source, and nothing proves that it is gone.
    Unproven(ObjectKey, String),
}

/// Synchronises one object.
///
/// # Errors
/// See [`SyncError`].
pub async fn one(
    wiring: &Wiring,
    wish: &Wish,
    allow: BTreeMap<Effect, u64>,
    explain: bool,
) -> Result<Outcome, SyncError> {
    let mut report = frame::begin(wiring, RunMode::Sync).await?;
    let outcome = attempt(wiring, wish, allow, explain, &mut report).await;
    // Steps hold values; what is stored does not.
    let traces = std::mem::take(&mut report.traces);
    frame::end(wiring, &report, &outcome).await?;
    report.traces = traces;
    Ok(match outcome? {
        Found::Object(key) => Outcome::Done(key, Box::new(report)),
        Found::Several(keys) => Outcome::Several(keys),
        Found::Nobody => Outcome::Nobody,
        Found::Unproven(key, why) => Outcome::Unproven(key, why),
    })
}

enum Found {
    Object(ObjectKey),
    Several(Vec<ObjectKey>),
    Nobody,
    Unproven(ObjectKey, String),
}

async fn attempt(
    wiring: &Wiring,
    wish: &Wish,
    allow: BTreeMap<Effect, u64>,
    explain: bool,
    report: &mut RunReport,
) -> Result<Found, SyncError> {
    let mut complete = BTreeMap::new();
    let key = match wish {
        Wish::Match(text) => match search(wiring, text).await? {
            Hits::One(row) => {
                let key = row.key.clone();
                wiring
                    .store
                    .stage_page(
                        &wiring.config.source,
                        report.run,
                        vec![NewRow::of(*row)?],
                        Arc::default(),
                    )
                    .await?;
                key
            }
            Hits::Several(keys) => return Ok(Found::Several(keys)),
            Hits::Nobody => return Ok(Found::Nobody),
        },
        Wish::Object(key) => match find(wiring, report, key).await? {
            Ok(proof) => {
                complete.extend(proof.map(|proof| (key.kind.clone(), proof)));
                key.clone()
            }
            Err(why) => return Ok(Found::Unproven(key.clone(), why)),
        },
    };
    let view = View {
        complete,
        only: Some(BTreeSet::from([key.clone()])),
        sure_that_absent: allow.contains_key(&Effect::Create),
        ..View::of_the_store(wiring, report, wiring.now()).await?
    };
    wiring
        .store
        .enqueue(
            report.run,
            &wiring.config.name,
            &key,
            Class::User,
            (wiring.clock)(),
        )
        .await?;
    let mut failsafe = Failsafe::new(wiring.config.deprovision_limit, allow);
    Drain::new(wiring, &view, &mut failsafe, report, explain)
        .run()
        .await?;
    let status = wiring.store.status(&wiring.config.name).await?;
    let name = key.to_string();
    report.parked = status
        .parked
        .iter()
        .filter(|row| row.object == name)
        .count() as u64;
    report.held = status.held.iter().filter(|row| row.object == name).count() as u64;
    frame::tell_suspended(wiring, report).await?;
    Ok(Found::Object(key))
}

/// Reads the object's kind from start to end: seen, or proven to be gone, or
/// (the error) neither.
async fn find(
    wiring: &Wiring,
    report: &RunReport,
    key: &ObjectKey,
) -> Result<Result<Option<Complete>, String>, SyncError> {
    let mut enumeration = wiring
        .source
        .enumerate(&key.kind)
        .await
        .map_err(|cause| source_error(wiring, cause))?;
    // An id that comes twice may stand where the one that we look for should.
    let (mut ids, mut repeated) = (BTreeSet::new(), Vec::new());
    loop {
        let page = enumeration.page(500, Known::default()).await;
        let rows = page.map_err(|cause| source_error(wiring, cause))?.rows;
        if rows.is_empty() {
            break;
        }
        for row in &rows {
            if !ids.insert(row.key.id.clone()) {
                repeated.push((row.position, row.key.id.to_string()));
            }
        }
        if let Some(row) = rows.into_iter().find(|row| row.key == *key) {
            wiring
                .store
                .stage_page(
                    &wiring.config.source,
                    report.run,
                    vec![NewRow::of(row)?],
                    Arc::default(),
                )
                .await?;
            return Ok(Ok(None));
        }
    }
    let mut evidence = enumeration.evidence().await;
    evidence.repeated.append(&mut repeated);
    Ok(Complete::verify(report.run, &evidence)
        .map(Some)
        .map_err(|why| why.to_string()))
}

fn source_error(wiring: &Wiring, cause: crate::source::SourceError) -> SyncError {
    SyncError::Source {
        name: wiring.config.source.clone(),
        cause,
    }
}

enum Hits {
    One(Box<Row>),
    Several(Vec<ObjectKey>),
    Nobody,
}

async fn search(wiring: &Wiring, text: &str) -> Result<Hits, SyncError> {
    let needle = fold::fold(text.trim());
    let (mut equal, mut containing) = (Vec::new(), Vec::new());
    let kinds: Vec<Kind> = wiring
        .source
        .kinds()
        .iter()
        .map(|info| info.kind.clone())
        .collect();
    for kind in kinds {
        let mut enumeration = wiring
            .source
            .enumerate(&kind)
            .await
            .map_err(|cause| source_error(wiring, cause))?;
        loop {
            let page = enumeration.page(500, Known::default()).await;
            let rows = page.map_err(|cause| source_error(wiring, cause))?.rows;
            if rows.is_empty() {
                break;
            }
            for row in rows {
                let (equals, contains) = hit(&row, &needle);
                let hits = if equals { &mut equal } else { &mut containing };
                if (equals || contains) && hits.len() < MOST_HITS {
                    hits.push(row);
                }
            }
        }
    }
    let mut hits = if equal.is_empty() { containing } else { equal };
    Ok(match hits.len() {
        0 => Hits::Nobody,
        1 => hits
            .pop()
            .map_or(Hits::Nobody, |row| Hits::One(Box::new(row))),
        _ => Hits::Several(hits.into_iter().map(|row| row.key).collect()),
    })
}

/// Whether a row equals, and whether it contains, the folded text.
fn hit(row: &Row, needle: &str) -> (bool, bool) {
    let mut hit = (fold::fold(row.key.id.as_str()) == needle, false);
    if let Ok(object) = &row.content {
        for text in object.attributes.values().filter_map(Value::as_str) {
            let text = fold::fold(text.trim());
            hit.0 |= text == needle;
            hit.1 |= text.contains(needle);
        }
    }
    hit
}
