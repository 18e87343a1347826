//! `purser sync`: bring one object into step, and say why on request.

use std::io;

use purser_engine::{effect::Effect, ids::ObjectKey};
use serde::{Deserialize, Serialize};

use super::{
    context::Context,
    error::UserError,
    exit::Exit,
    output::{Output, Tone},
    summary, values,
};
use crate::sync::{
    RunReport,
    one::{Outcome, Wish, one},
    report::Step,
};

/// Bring one object of a mapping into step
#[derive(Debug, clap::Args, Serialize, Deserialize)]
#[command(after_help = "\
Examples:
  purser sync people --match jane.doe@example.com
  purser sync people --object user:17 --explain")]
pub(super) struct Args {
    /// The mapping, as in [mapping.NAME]
    pub mapping: String,
    #[command(flatten)]
    pub whom: Whom,
    /// Allow so many deactivations or deletions, in place of the configured limit
    #[arg(long, value_name = "EFFECT=N", value_parser = values::allowance)]
    pub allow: Vec<(Effect, u64)>,
    /// Show each step with its values: what was read, mapped, found and decided
    #[arg(long)]
    pub explain: bool,
    /// Print the result as JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, clap::Args, Serialize, Deserialize)]
#[group(required = true, multiple = false)]
pub(super) struct Whom {
    /// Choose the object whose id or whose text attribute is, or contains, this text
    #[arg(long = "match", value_name = "TEXT")]
    pub matching: Option<String>,
    /// Choose the object of this kind and id
    #[arg(long, value_name = "KIND:ID")]
    pub object: Option<ObjectKey>,
}

pub(super) async fn execute(
    args: Args,
    context: &Context,
    output: &mut Output,
) -> anyhow::Result<Exit> {
    let wish = match (args.whom.object, args.whom.matching) {
        (Some(object), _) => Wish::Object(object),
        (None, Some(text)) => Wish::Match(text),
        // clap asks for one of the two.
        (None, None) => return Ok(Exit::Usage),
    };
    let wiring = context.wiring(&args.mapping).await?;
    let outcome = one(
        &wiring,
        &wish,
        args.allow.into_iter().collect(),
        args.explain,
    )
    .await?;
    let (key, report) = match outcome {
        Outcome::Done(key, report) => (key, report),
        Outcome::Several(keys) => {
            let keys: Vec<String> = keys.iter().map(ToString::to_string).collect();
            let hint = format!("choose one with --object: {}", keys.join(", "));
            return Err(UserError::usage("several objects match", hint).into());
        }
        Outcome::Nobody => {
            let hint = "give an id or a text attribute exactly, or a part of it; `purser plan` shows whom a run knows";
            return Err(UserError::usage("no object of the source matches", hint).into());
        }
        Outcome::Unproven(key, why) => {
            output.warn(format_args!(
                "Incomplete: {key} is not in the source, but nothing proves that it is gone: {why}. Nothing was done."
            ))?;
            return Ok(Exit::Incomplete);
        }
    };
    if args.json {
        output.json(&*report)?;
    } else {
        show(&key.to_string(), &report, output)?;
        summary::switched_off(&report, output)?;
        summary::suspended(&report, output)?;
    }
    let (held, parked) = (report.held > 0, report.parked + report.suspended > 0);
    if (held || parked) && !args.json {
        output.hint(format_args!("`purser status {}` says why", args.mapping))?;
    }
    Ok(Exit::of_run(held, false, parked))
}

fn show(key: &str, report: &RunReport, output: &mut Output) -> io::Result<()> {
    for trace in &report.traces {
        let object = output.toned(Tone::Strong, &trace.object);
        output.data(object)?;
        for step in &trace.steps {
            output.data(format_args!(
                "  {:<7} {}",
                format!("{:?}", step.step).to_lowercase(),
                step.text
            ))?;
            for attribute in &step.attributes {
                let after = summary::value(attribute.after.as_ref());
                match &attribute.before {
                    // What was mapped has no before.
                    None if step.step == Step::Map => {
                        output.data(format_args!("            {} = {after}", attribute.path))?;
                    }
                    before => {
                        let before = summary::value(before.as_ref());
                        output.data(format_args!(
                            "            {}: {before} -> {after}",
                            attribute.path
                        ))?;
                    }
                }
            }
        }
    }
    let done: Vec<String> = report
        .applied
        .effects
        .values()
        .flatten()
        .map(|(effect, n)| {
            if *n == 1 {
                effect.to_string()
            } else {
                format!("{n} {effect}")
            }
        })
        .collect();
    let what = if report.parked > 0 {
        output.toned(Tone::Warning, "parked")
    } else if report.held > 0 {
        output.toned(Tone::Warning, "held by the failsafe")
    } else if report.suspended > 0 {
        output.toned(Tone::Warning, "not mapped, nothing was written")
    } else if done.is_empty() && !report.switched_off.is_empty() {
        output.toned(Tone::Warning, "not in step, left as it is")
    } else if done.is_empty() {
        "in step, nothing was written".to_owned()
    } else {
        output.toned(Tone::Good, done.join(", "))
    };
    output.data(format_args!("{key}: {what}"))
}
