//! The component's part: objects in, what is wanted out.
//!
//! A fault of the component is the fault of the object that causes it: the batch
//! is narrowed down ([`Mapper::map_each`]), the others go through, and nothing
//! at the target changes for the one.
//!
//! [`Mapper::map_each`]: purser_plugin::Mapper::map_each

use std::sync::Arc;

use jiff::Timestamp;
use purser_engine::{decide::Wanted, object, projection::Projection};
use purser_plugin::{Context, Fault, Mapped, Outcome, ProblemKind, SourceObject};
use purser_scim::path::AttrPath;

use super::{Work, trust};
use crate::{
    store::Trust,
    sync::{SyncError, Wiring, report::Step, view::View},
};

/// One call of the component for all that need it; where it is on trial, a few
/// first, and where it is suspended, none (`trust.rs`).
pub(super) async fn map(wiring: &Wiring, view: &View, works: &mut [Work]) -> Result<(), SyncError> {
    if !view.planning {
        for work in works.iter_mut().filter(|work| needs_mapping(work)) {
            let candidate = &work.candidate;
            if let Some(known) = view.remembered.take(&candidate.key, &candidate.digest) {
                work.reevaluate_at = known.reevaluate_at;
                mapped(wiring, work, Wanted::Projection(known.projection));
            }
        }
    }
    let mut waiting: Vec<&mut Work> = works
        .iter_mut()
        .filter(|work| needs_mapping(work))
        .collect();
    let mut rest = waiting.as_mut_slice();
    while !rest.is_empty() {
        let trust = trust::now(wiring).await?;
        let most = trust::most(trust).min(rest.len());
        if most == 0 {
            for work in rest {
                suspend(wiring, work);
            }
            return Ok(());
        }
        let (batch, later) = rest.split_at_mut(most);
        map_batch(wiring, view, batch, trust).await?;
        rest = later;
    }
    Ok(())
}

async fn map_batch(
    wiring: &Wiring,
    view: &View,
    works: &mut [&mut Work],
    trust: Trust,
) -> Result<(), SyncError> {
    let objects: Vec<Arc<object::SourceObject>> = works
        .iter()
        .filter_map(|work| work.candidate.content.clone().ok())
        .collect();
    let outcomes = call(wiring, view.now, objects).await;
    let trust = trust::judge(wiring, trust, works.len(), &outcomes).await?;
    let mut outcomes = outcomes.into_iter();
    for work in works {
        let Ok(object) = &work.candidate.content else {
            continue;
        };
        let wanted = match outcomes.next() {
            Some(Ok(outcome)) => {
                let (wanted, reevaluate_at) = wanted(wiring, view, object, outcome)?;
                work.reevaluate_at = reevaluate_at;
                wanted
            }
            // Not its fault alone: nobody is parked for what suspends the component.
            _ if trust == Trust::Suspended => {
                suspend(wiring, work);
                continue;
            }
            Some(Err(fault)) => Wanted::Problem(in_words(wiring, &fault)),
            None => Wanted::Problem("the component gave no outcome".to_owned()),
        };
        let wanted = closed(object, wanted);
        if matches!(wanted, Wanted::Closed(_)) {
            // Nothing of it was mapped: again next time.
            work.input = None;
        }
        if let (true, Wanted::Projection(projection)) = (view.planning, &wanted) {
            let candidate = &work.candidate;
            view.remembered.put(
                &candidate.key,
                &candidate.digest,
                projection,
                work.reevaluate_at,
            );
        }
        mapped(wiring, work, wanted);
    }
    Ok(())
}

fn mapped(wiring: &Wiring, work: &mut Work, wanted: Wanted) {
    work.trace.mapped(&wiring.config.plugin, &wanted);
    if let Some(at) = work.reevaluate_at {
        work.trace
            .step(Step::Map, format_args!("to be mapped again at {at}"));
    }
    work.wanted = Some(wanted);
}

/// The component is not asked: all stays as it is, but that who is inactive is closed.
fn suspend(wiring: &Wiring, work: &mut Work) {
    let wanted = Wanted::Skipped("the component is suspended, because it kept failing".to_owned());
    let wanted = match &work.candidate.content {
        Ok(object) => closed(object, wanted),
        Err(_) => wanted,
    };
    work.suspended = true;
    // Nothing of it was mapped: again next time.
    work.input = None;
    work.trace.mapped(&wiring.config.plugin, &wanted);
    work.wanted = Some(wanted);
}

/// Whether nothing else has decided about the object.
fn needs_mapping(work: &Work) -> bool {
    work.wanted.is_none() && !work.unchanged
}

async fn call(
    wiring: &Wiring,
    now: Timestamp,
    objects: Vec<Arc<object::SourceObject>>,
) -> Vec<Result<Outcome, Fault>> {
    let mapper = wiring.mapper.clone();
    let (mapping, target) = (wiring.config.name.clone(), wiring.config.target.clone());
    // A component computes: it must not hold up the threads that wait for the network.
    let mapped = tokio::task::spawn_blocking(move || {
        let borrowed: Vec<SourceObject<'_>> = objects.iter().map(|object| borrow(object)).collect();
        let now = now.to_string();
        let context = Context {
            mapping: mapping.as_str(),
            target: target.as_str(),
            // Passed on only where the component asks for the time and may have it.
            now: Some(&now),
        };
        mapper.map_each(&context, &borrowed)
    });
    match mapped.await {
        Ok(Mapped { outcomes, .. }) => outcomes,
        // Only a panic in the host's own glue ends here: nobody has an outcome.
        Err(_) => Vec::new(),
    }
}

fn borrow(object: &object::SourceObject) -> SourceObject<'_> {
    SourceObject {
        kind: object.key.kind.as_str(),
        id: object.key.id.as_str(),
        resource_type: object.resource_type.as_str(),
        active: object.active,
        roles: &object.roles,
        attributes: &object.attributes,
    }
}

fn in_words(wiring: &Wiring, fault: &Fault) -> String {
    let component = &wiring.config.plugin;
    match fault {
        Fault::Culprit(error) => format!("the component {component} failed on it: {error}"),
        Fault::NotAsked(error) => format!(
            "the component {component} was not asked about it, because it kept failing on others: {error}"
        ),
    }
}

/// Who is inactive is closed also where the mapping has no word about it
/// (invariant 12): neither a fault nor a component's wish keeps an account open.
fn closed(object: &object::SourceObject, wanted: Wanted) -> Wanted {
    match wanted {
        Wanted::Problem(reason) | Wanted::Skipped(reason) if !object.active => {
            Wanted::Closed(reason)
        }
        other => other,
    }
}

/// What is wanted of an object, and when that may change by itself.
fn wanted(
    wiring: &Wiring,
    view: &View,
    object: &object::SourceObject,
    outcome: Outcome,
) -> Result<(Wanted, Option<Timestamp>), SyncError> {
    let mut reevaluate_at = None;
    let wanted = match outcome {
        Outcome::Skip(reason) => Wanted::Skipped(reason),
        Outcome::OutOfScope(reason) => Wanted::OutOfScope(reason),
        Outcome::Problem(problem) if problem.kind == ProblemKind::InvalidSettings => {
            return Err(SyncError::Settings {
                mapping: wiring.config.name.clone(),
                message: problem.message,
            });
        }
        Outcome::Problem(problem) => {
            let about = problem
                .attribute
                .map(|a| format!(" ({a})"))
                .unwrap_or_default();
            Wanted::Problem(format!(
                "{}{about}: {}",
                problem.kind.as_str(),
                problem.message
            ))
        }
        Outcome::Projection(mapped) => {
            let schema = view.schema(wiring, &object.resource_type)?;
            let create_only: Vec<AttrPath> = mapped
                .create_only
                .iter()
                .filter_map(|p| p.parse().ok())
                .collect();
            let projection = Projection::new(object, mapped.resource, create_only, schema);
            match (projection, time(mapped.reevaluate_at.as_deref(), view.now)) {
                (Ok(projection), Ok(time)) => {
                    reevaluate_at = time;
                    Wanted::Projection(Box::new(projection))
                }
                (Err(error), _) => Wanted::Problem(error.to_string()),
                (_, Err(fault)) => Wanted::Problem(fault.to_owned()),
            }
        }
    };
    Ok((wanted, reevaluate_at))
}

/// The time at which a component wants to be asked again. One that has come
/// already asks for nothing: the answer was given with it in view.
fn time(text: Option<&str>, now: Timestamp) -> Result<Option<Timestamp>, &'static str> {
    let Some(text) = text else { return Ok(None) };
    let at: Timestamp = text.parse().map_err(
        |_| "internal: the component's `reevaluate-at` is not a date and time (RFC 3339)",
    )?;
    Ok((at > now).then_some(at))
}
