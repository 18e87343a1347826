//! `purser verify`: read what the target has of linked objects, and repair it.

use purser_engine::{effect::Effect, ids::ObjectKey};
use serde::{Deserialize, Serialize};

use super::{context::Context, error::UserError, exit::Exit, output::Output, summary, values};
use crate::sync::verify::verify;

/// Read every linked resource at the target and repair what differs from what was written
#[derive(Debug, clap::Args, Serialize, Deserialize)]
#[command(after_help = "\
A run shows linked resources that somebody else has changed and does not overwrite
them. This does: attributes that the mapping writes are brought back, all others
stay as they are. The source is not read; what it said last holds. Each linked
resource costs one request.

Examples:
  purser verify people
  purser verify people --object user:17")]
pub(super) struct Args {
    /// The mapping, as in [mapping.NAME]
    pub mapping: String,
    /// Verify only the object of this kind and id
    #[arg(long, value_name = "KIND:ID")]
    pub object: Option<ObjectKey>,
    /// Allow so many deactivations or deletions, in place of the configured limit
    #[arg(long, value_name = "EFFECT=N", value_parser = values::allowance)]
    pub allow: Vec<(Effect, u64)>,
    /// Print the result as JSON
    #[arg(long)]
    pub json: bool,
}

pub(super) async fn execute(
    args: Args,
    context: &Context,
    output: &mut Output,
) -> anyhow::Result<Exit> {
    let wiring = context.wiring(&args.mapping).await?;
    let report = verify(
        &wiring,
        args.object.clone(),
        args.allow.into_iter().collect(),
    )
    .await?;
    if let Some(object) = args.object.filter(|_| report.planned.objects == 0) {
        let hint = format!("`purser sync {} --object {object}` links it", args.mapping);
        return Err(UserError::usage(format!("{object} is not linked"), hint).into());
    }
    if args.json {
        output.json(&report)?;
    } else {
        summary::verified(&args.mapping, &report, output)?;
    }
    Ok(summary::done_exit(&report))
}
