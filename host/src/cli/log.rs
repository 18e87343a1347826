//! `purser log`: what was done, line by line.

use std::{io, time::Duration};

use jiff::Timestamp;
use purser_engine::ids::{MappingName, ObjectKey, RunId};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    context::Context,
    error::UserError,
    exit::Exit,
    output::{Output, Tone},
    values,
};
use crate::store::{LogFrom, LogQuery, LogRow, Store};

/// Lines that are fetched at a time.
const PAGE: u64 = 500;

/// How often the host looks for new lines.
const PAUSE: Duration = Duration::from_millis(250);

/// Show what was done and why: names of attributes, never their values
#[derive(Debug, clap::Args, Serialize, Deserialize)]
#[command(after_help = "\
The lines go from old to new. All given conditions must hold.

Examples:
  purser log --limit 20
  purser log --object user:17
  purser log --mapping people --since 2h
  purser log --follow --json | jq -r .object")]
pub(super) struct Args {
    /// Show this mapping only, as in [mapping.NAME]
    #[arg(long, value_name = "NAME")]
    pub mapping: Option<String>,
    /// Show the object of this kind and id only
    #[arg(long, value_name = "KIND:ID")]
    pub object: Option<ObjectKey>,
    /// Show this run only
    #[arg(long, value_name = "N")]
    pub run: Option<i64>,
    /// Show what was done since a time (2026-05-01T08:00:00Z) or for a span (90s, 30m, 2h, 7d)
    #[arg(long, value_name = "TIME", value_parser = values::since)]
    pub since: Option<String>,
    /// Show so many of the last lines at most
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..))]
    pub limit: u64,
    /// Go on and show new lines as they come; needs a running host
    #[arg(long, short)]
    pub follow: bool,
    /// Print each line as JSON
    #[arg(long)]
    pub json: bool,
}

pub(super) async fn execute(
    args: Args,
    context: &Context,
    output: &mut Output,
) -> anyhow::Result<Exit> {
    if args.follow && !context.is_hosted() {
        return Err(UserError::usage(
            "there is no running host to follow",
            "start one with `purser serve`; while this command has the store, nobody adds to it",
        )
        .into());
    }
    let mapping = args.mapping.as_deref().map(|name| context.mapping(name));
    let query = LogQuery {
        mapping: mapping.transpose()?.map(|m| MappingName::clone(&m.name)),
        object: args.object,
        run: args.run.map(RunId),
        since: args
            .since
            .map(|time| time.parse::<Timestamp>())
            .transpose()?,
    };
    let store = context.store()?;
    let (mut from, mut left) = (LogFrom::Last(args.limit), args.limit);
    loop {
        let page = store.log(&query, from, left.min(PAGE)).await?;
        for row in &page {
            show(row, args.json, output)?;
        }
        if let Some(last) = page.last() {
            from = LogFrom::After(last.seq);
        }
        left = left.saturating_sub(page.len() as u64);
        if page.is_empty() || left == 0 {
            if !args.follow {
                return Ok(Exit::InStep);
            }
            if let LogFrom::Last(_) = from {
                // Nothing was there: whatever comes is new.
                from = LogFrom::After(0);
            }
            left = PAGE;
            tokio::time::sleep(PAUSE).await;
        }
    }
}

fn show(row: &LogRow, json: bool, output: &mut Output) -> io::Result<()> {
    if json {
        let line = serde_json::to_string(row)?;
        return output.data(line);
    }
    // Seconds are enough for people.
    let time = row.at.split('.').next().unwrap_or(&row.at);
    let mut line = format!(
        "{time}  run {}  {}  {} {}  ({}; {})",
        row.run,
        row.mapping,
        row.effects,
        output.toned(Tone::Strong, &row.object),
        row.situation,
        row.triggers
    );
    if let Some(id) = &row.target_id {
        line.push_str(&format!("  -> {id}"));
    }
    let names = |key: &str| match row.detail.get(key) {
        Some(Value::Array(names)) => names
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
        _ => Vec::new(),
    };
    let changed = names("attributes").into_iter();
    let added = names("added").into_iter().map(|name| format!("+{name}"));
    let removed = names("removed").into_iter().map(|name| format!("-{name}"));
    let detail: Vec<String> = changed.chain(added).chain(removed).collect();
    if !detail.is_empty() {
        line.push_str(&format!("\n    {}", detail.join(", ")));
    }
    output.data(line)
}
