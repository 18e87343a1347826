//! How a run went, for people: the same words for `plan` and `run`.

use std::{collections::BTreeMap, io};

use purser_engine::{
    effect::Effect,
    ids::ResourceType,
    plan::{Row, Verdict},
};
use serde_json::Value;

use super::{
    exit::Exit,
    output::{Output, Tone},
};
use crate::sync::RunReport;

/// So much of a value is shown in a row.
const VALUE_WIDTH: usize = 60;

/// One row of a plan as a line.
pub(super) fn line(row: &Row, output: &Output) -> String {
    let (sign, tone) = match row.verdict {
        Verdict::Held => ("held", Tone::Warning),
        Verdict::Parked => ("parked", Tone::Warning),
        Verdict::Reported => ("report", Tone::Warning),
        Verdict::Approved if row.effects.deprovision() => ("-", Tone::Bad),
        Verdict::Approved if row.effects.contains(Effect::Create) => ("+", Tone::Good),
        Verdict::Approved => ("~", Tone::Strong),
    };
    let what = if row.effects.is_empty() {
        row.situation.to_string()
    } else {
        row.effects.to_string()
    };
    let mut line = format!(
        "{} {what} {}",
        output.toned(tone, sign),
        output.toned(Tone::Strong, &row.object)
    );
    if row.effects.contains(Effect::AddMember) || row.effects.contains(Effect::RemoveMember) {
        let added = row.attributes.iter().filter(|a| a.after.is_some()).count();
        line.push_str(&format!("  +{added} -{}", row.attributes.len() - added));
    } else if row.effects.contains(Effect::Create) {
        let names: Vec<&str> = row.attributes.iter().map(|a| a.path.as_str()).collect();
        line.push_str(&format!("  {}", names.join(", ")));
    } else {
        for attribute in &row.attributes {
            line.push_str(&format!(
                "\n    {}: {} -> {}",
                attribute.path,
                value(attribute.before.as_ref()),
                value(attribute.after.as_ref())
            ));
        }
    }
    if let Some(reason) = &row.reason {
        line.push_str(&format!("\n    {reason}"));
    }
    line
}

/// A value in few characters.
pub(super) fn value(value: Option<&Value>) -> String {
    let text = value.map_or_else(|| "(none)".to_owned(), Value::to_string);
    if text.chars().count() <= VALUE_WIDTH {
        text
    } else {
        let cut: String = text.chars().take(VALUE_WIDTH).collect();
        format!("{cut}…")
    }
}

/// Effects as words: `12 create, 3 update`.
fn effects(by_effect: &BTreeMap<Effect, u64>) -> String {
    let words: Vec<String> = by_effect
        .iter()
        .map(|(effect, n)| format!("{n} {effect}"))
        .collect();
    words.join(", ")
}

/// Effects by resource type, one line each.
fn by_type(
    title: &str,
    all: &BTreeMap<ResourceType, BTreeMap<Effect, u64>>,
    output: &mut Output,
) -> io::Result<()> {
    for (resource_type, by_effect) in all {
        let title = output.toned(Tone::Strong, title);
        output.data(format_args!(
            "{title} {resource_type}: {}",
            effects(by_effect)
        ))?;
    }
    Ok(())
}

/// What a simulation found.
pub(super) fn planned(report: &RunReport, output: &mut Output) -> io::Result<()> {
    let counters = &report.planned;
    output.data("")?;
    by_type("would", &counters.approved, output)?;
    if !counters.held.is_empty() {
        let held = output.toned(Tone::Warning, "would hold");
        output.data(format_args!("{held}: {}", effects(&counters.held)))?;
    }
    output.data(format_args!(
        "{} objects: {} in step, {} parked, {} reported.",
        counters.objects,
        counters.in_step,
        counters.verdict(Verdict::Parked),
        counters.verdict(Verdict::Reported),
    ))?;
    seen(report, output)?;
    suspended(report, output)
}

/// What a run did.
pub(super) fn done(mapping: &str, report: &RunReport, output: &mut Output) -> io::Result<()> {
    if report.applied.effects.is_empty() {
        output.data("Nothing was written.")?;
    }
    by_type("done", &report.applied.effects, output)?;
    output.data(format_args!(
        "{} objects: {} were in step, {} are parked, {} are held.",
        report.planned.objects, report.planned.in_step, report.parked, report.held
    ))?;
    if report.applied.retried > 0 {
        output.say(format_args!(
            "{} requests were tried again.",
            report.applied.retried
        ))?;
    }
    seen(report, output)?;
    aside(mapping, report, output)
}

/// What a verification found.
pub(super) fn verified(mapping: &str, report: &RunReport, output: &mut Output) -> io::Result<()> {
    by_type("done", &report.applied.effects, output)?;
    if report.applied.effects.is_empty() {
        output.data("Nothing was written.")?;
    }
    output.data(format_args!(
        "{} linked objects: {} were read at the target, {} are not as they were seen last; {} are parked, {} are held.",
        report.planned.objects, report.applied.verified, report.drifted, report.parked, report.held
    ))?;
    aside(mapping, report, output)
}

/// What was left for another time, and why.
pub(super) fn switched_off(report: &RunReport, output: &mut Output) -> io::Result<()> {
    for (reason, objects) in &report.switched_off {
        output.say(format_args!("{objects} left as they are: {reason}."))?;
    }
    Ok(())
}

/// Where to read about what is set aside.
fn aside(mapping: &str, report: &RunReport, output: &mut Output) -> io::Result<()> {
    switched_off(report, output)?;
    suspended(report, output)?;
    if report.parked + report.held + report.suspended > 0 {
        output.hint(format_args!(
            "`purser status {mapping}` names them and says why"
        ))?;
    }
    Ok(())
}

/// Whom the component was not asked about, and until when.
pub(super) fn suspended(report: &RunReport, output: &mut Output) -> io::Result<()> {
    let Some(row) = &report.suspension else {
        return Ok(());
    };
    output.warn(format_args!(
        "The component is suspended until {}: it failed on {} batches in a row, last: {}. {} objects were left as they are.",
        row.until, row.failures, row.reason, report.suspended
    ))
}

/// What both sides showed that a person should know.
fn seen(report: &RunReport, output: &mut Output) -> io::Result<()> {
    for (kind, (why, failed)) in &report.incomplete {
        if *failed {
            output.warn(format_args!(
                "Incomplete: {kind}: {why}. Nobody of this kind was deprovisioned by absence."
            ))?;
        } else {
            output.say(format_args!(
                "Incomplete: {kind}: {why}. Nobody of this kind is deprovisioned by absence."
            ))?;
        }
    }
    for (resource_type, why) in &report.unlisted {
        let why = if why.is_empty() {
            String::new()
        } else {
            format!(" ({why})")
        };
        output.warn(format_args!(
            "The target's listing of {resource_type} was not whole{why}; objects without a link were looked up one by one."
        ))?;
    }
    if report.unowned > 0 {
        output.say(format_args!(
            "{} resources at the target belong to nobody of this mapping.",
            report.unowned
        ))?;
    }
    if report.drifted > 0 {
        output.say(format_args!(
            "{} linked resources were changed at the target by somebody else; they are shown, not overwritten (`purser verify` brings ours back).",
            report.drifted
        ))?;
    }
    if report.planned.dropped_references > 0 {
        output.say(format_args!(
            "{} memberships point to objects that the source does not have; they are left out.",
            report.planned.dropped_references
        ))?;
    }
    for remark in &report.remarks {
        output.say(remark)?;
    }
    Ok(())
}

/// The exit code of a simulation.
pub(super) fn planned_exit(report: &RunReport) -> Exit {
    Exit::of_run(
        report.planned.verdict(Verdict::Held) > 0,
        report.proof_failed(),
        report.planned.verdict(Verdict::Parked) + report.suspended > 0,
    )
}

/// The exit code of a run.
pub(super) fn done_exit(report: &RunReport) -> Exit {
    Exit::of_run(
        report.held > 0,
        report.proof_failed(),
        report.parked + report.suspended > 0,
    )
}
