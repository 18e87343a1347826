//! `purser run`: bring all objects of a mapping into step.

use purser_engine::{
    effect::Effect,
    ids::{Kind, MappingName},
};
use serde::{Deserialize, Serialize};

use super::{context::Context, exit::Exit, output::Output, summary, values};
use crate::sync::sweep::{Options, sweep};

/// Bring all objects of a mapping into step
#[derive(Debug, clap::Args, Serialize, Deserialize)]
#[command(after_help = "\
What takes accounts away is counted. Beyond the limit of the configuration it is
held until a person allows it for one run. A listing of the target that lacks more
linked accounts than that is not believed, unless `--allow create=N` lets them be
made again.

Examples:
  purser run people
  purser run people --allow deactivate=40
  purser run people --expect-rows user=302 --expect-rows group=25")]
pub(super) struct Args {
    /// The mapping, as in [mapping.NAME]
    pub mapping: String,
    /// Allow so many of an effect (deactivate, delete, create) in this run, in place of the configured limit
    #[arg(long, value_name = "EFFECT=N", value_parser = values::allowance)]
    pub allow: Vec<(Effect, u64)>,
    /// Take this number of rows as the proof that a kind was read completely; may be given for several kinds
    #[arg(long, value_name = "KIND=N", value_parser = values::expected_rows)]
    pub expect_rows: Vec<(Kind, u64)>,
    /// Print the result as JSON
    #[arg(long)]
    pub json: bool,
}

impl Args {
    /// Nothing beside the mapping: what is done unasked has no person's word.
    pub(super) fn of(mapping: &MappingName) -> Self {
        Self {
            mapping: mapping.to_string(),
            allow: Vec::new(),
            expect_rows: Vec::new(),
            json: false,
        }
    }
}

pub(super) async fn execute(
    args: Args,
    context: &Context,
    output: &mut Output,
) -> anyhow::Result<Exit> {
    let wiring = context.wiring(&args.mapping).await?;
    let options = Options {
        simulate: false,
        allow: args.allow.into_iter().collect(),
        expect_rows: args.expect_rows.into_iter().collect(),
    };
    let report = sweep(&wiring, &options, &mut |_| {}).await?;
    if args.json {
        output.json(&report)?;
    } else {
        summary::done(&args.mapping, &report, output)?;
    }
    Ok(summary::done_exit(&report))
}
