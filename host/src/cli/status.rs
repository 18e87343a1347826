//! `purser status`: the last runs, what is held and what is parked.

use std::{collections::BTreeMap, io};

use purser_engine::ids::MappingName;
use serde::{Deserialize, Serialize};

use super::{
    context::Context,
    exit::Exit,
    output::{Output, Tone},
};
use crate::{
    clock,
    store::{Status, Store},
};

/// Show the last run of each mapping, and what is held or parked
#[derive(Debug, clap::Args, Serialize, Deserialize)]
#[command(after_help = "\
Examples:
  purser status
  purser status people --json")]
pub(super) struct Args {
    /// Show this mapping only, as in [mapping.NAME]
    pub mapping: Option<String>,
    /// Print the status as JSON
    #[arg(long)]
    pub json: bool,
}

/// So many of the next times of a schedule are told.
const NEXT_RUNS: usize = 5;

/// A mapping, for people.
#[derive(Serialize)]
struct Shown {
    #[serde(flatten)]
    status: Status,
    /// When it runs by itself, in the time zone of its schedule.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    next_runs: Vec<String>,
}

pub(super) async fn execute(
    args: Args,
    context: &Context,
    output: &mut Output,
) -> anyhow::Result<Exit> {
    let names: Vec<MappingName> = match &args.mapping {
        Some(name) => vec![context.mapping(name)?.name.clone()],
        None => context
            .config()
            .mappings
            .iter()
            .map(|mapping| mapping.name.clone())
            .collect(),
    };
    let store = context.store()?;
    let now = clock::now();
    let mut all = BTreeMap::new();
    for name in names {
        let status = store.status(&name).await?;
        let schedule = context.mapping(name.as_str())?.schedule.as_ref();
        let next_runs = schedule.map(|schedule| schedule.upcoming(&name, now, NEXT_RUNS));
        let next_runs = next_runs.iter().flatten().map(ToString::to_string);
        let next_runs = next_runs.collect();
        all.insert(name, Shown { status, next_runs });
    }
    if args.json {
        output.json(&all)?;
    } else {
        for (name, shown) in &all {
            show(name, &shown.status, output)?;
            if let Some(next) = shown.next_runs.first() {
                output.data(format_args!(
                    "  scheduled: next at {next}, by a running host"
                ))?;
            }
        }
    }
    let any = |of: fn(&Status) -> bool| all.values().any(|shown| of(&shown.status));
    Ok(Exit::of_run(
        any(|s| !s.held.is_empty()),
        false,
        any(|s| !s.parked.is_empty() || s.suspended.is_some()),
    ))
}

fn show(name: &MappingName, status: &Status, output: &mut Output) -> io::Result<()> {
    let title = output.toned(Tone::Strong, name);
    let last = status.runs.first().map_or_else(
        || "never run".to_owned(),
        |run| match &run.ended_at {
            Some(end) => format!("last {} {} at {end}", run.mode, run.state),
            None => format!("{} since {}", run.mode, run.started_at),
        },
    );
    output.data(format_args!("{title}: {last}"))?;
    for (resource_type, by_origin) in &status.links {
        let origins: Vec<String> = by_origin
            .iter()
            .map(|(origin, n)| format!("{n} {origin}"))
            .collect();
        output.data(format_args!(
            "  linked {resource_type}: {}",
            origins.join(", ")
        ))?;
    }
    if status.memberships > 0 {
        output.data(format_args!("  memberships: {}", status.memberships))?;
    }
    let waiting: u64 = status.jobs.values().sum();
    if waiting + status.open_intents > 0 {
        output.data(format_args!(
            "  unfinished: {waiting} jobs, {} creates without an answer; the next run takes them up",
            status.open_intents
        ))?;
    }
    if let Some(suspended) = &status.suspended {
        let word = output.toned(Tone::Warning, "suspended");
        output.data(format_args!(
            "  {word} until {}: the component failed on {} batches in a row since {}\n    {}\n    The first run after that asks it about a few objects; a changed component or changed settings are asked at once.",
            suspended.until, suspended.failures, suspended.since, suspended.reason
        ))?;
    }
    for held in &status.held {
        let word = output.toned(Tone::Warning, "held");
        output.data(format_args!(
            "  {word} {}: {} since {}\n    {}",
            held.object, held.effects, held.since, held.reason
        ))?;
    }
    for parked in &status.parked {
        let word = output.toned(Tone::Warning, "parked");
        let line = match parked.position {
            0 => String::new(),
            line => format!(", line {line}"),
        };
        output.data(format_args!(
            "  {word} {} ({}{line}) since {}\n    {}",
            parked.object, parked.situation, parked.since, parked.reason
        ))?;
    }
    Ok(())
}
