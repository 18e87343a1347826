//! `purser plan`: what would a run do? Nothing is written to the target.

use std::io;

use purser_engine::{ids::Kind, operation::Trigger, plan::Row};
use serde::{Deserialize, Serialize};

use super::{context::Context, exit::Exit, output::Output, summary, values};
use crate::sync::{
    RunReport,
    sweep::{Options, sweep},
};

/// Show what a run would do; write nothing to the target
#[derive(Debug, clap::Args, Serialize, Deserialize)]
#[command(after_help = "\
Examples:
  purser plan people
  purser plan people --trigger scheduled
  purser plan people --json > plan.json")]
pub(super) struct Args {
    /// The mapping, as in [mapping.NAME]
    pub mapping: String,
    /// Take this number of rows as the proof that a kind was read completely; may be given for several kinds
    #[arg(long, value_name = "KIND=N", value_parser = values::expected_rows)]
    pub expect_rows: Vec<(Kind, u64)>,
    /// Show what a run by this trigger would do, where operations are switched
    #[arg(long, value_name = "TRIGGER", default_value_t, value_parser = values::trigger)]
    #[serde(default)]
    pub trigger: Trigger,
    /// Print the plan as JSON
    #[arg(long)]
    pub json: bool,
}

pub(super) async fn execute(
    args: Args,
    context: &Context,
    output: &mut Output,
) -> anyhow::Result<Exit> {
    let wiring = context.wiring(&args.mapping).await?;
    let wiring = wiring.by(args.trigger);
    let options = Options {
        simulate: true,
        expect_rows: args.expect_rows.into_iter().collect(),
        ..Options::default()
    };
    let mut writer = Writer {
        json: args.json,
        rows: 0,
        failed: None,
        output,
    };
    let report = sweep(&wiring, &options, &mut |row| writer.row(row)).await?;
    writer.end(&report)?;
    Ok(summary::planned_exit(&report))
}

/// Writes rows as they come, so that memory does not grow with the plan.
struct Writer<'o> {
    json: bool,
    rows: u64,
    /// The first failure to write; nothing is written after it.
    failed: Option<io::Error>,
    output: &'o mut Output,
}

impl Writer<'_> {
    fn row(&mut self, row: &Row) {
        if self.failed.is_none() {
            self.failed = self.try_row(row).err();
        }
    }

    fn try_row(&mut self, row: &Row) -> io::Result<()> {
        self.rows += 1;
        if !self.json {
            let line = summary::line(row, self.output);
            return self.output.data(line);
        }
        let before = if self.rows == 1 {
            "{\"rows\": [\n"
        } else {
            ","
        };
        let row = serde_json::to_string(row)?;
        self.output.data(format_args!("{before}{row}"))
    }

    fn end(mut self, report: &RunReport) -> io::Result<()> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        if !self.json {
            return summary::planned(report, self.output);
        }
        let before = if self.rows == 0 { "{\"rows\": [" } else { "" };
        let report = serde_json::to_string(report)?;
        self.output
            .data(format_args!("{before}], \"summary\": {report}}}"))
    }
}
