//! `purser target test`: try the credentials, and say what is wrong.

use clap::Subcommand;

use super::{Globals, context, exit::Exit, findings, output::Output};
use crate::{
    config::TargetConnector,
    target::{Target, directory::here},
};

/// Look at a target
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Try the address and the token of a target, and say what is wrong with them
    #[command(after_help = "\
Nothing is written to the target.

Examples:
  purser target test wiki
  purser target test wiki --json | jq '.[] | select(.state != \"ok\")'")]
    Test {
        /// The target, as in [target.NAME]
        name: String,
        /// Print the findings as JSON
        #[arg(long)]
        json: bool,
    },
}

pub(super) async fn execute(
    args: Args,
    globals: &Globals,
    output: &mut Output,
) -> anyhow::Result<Exit> {
    let Command::Test { name, json } = args.command;
    let config = globals.config()?;
    let target = context::target(&config, &name)?;
    let tested = match &target.connector {
        TargetConnector::Directory(tenant) => vec![here("directory", tenant)],
        TargetConnector::Scim(scim) => context::open_scim(target, scim)?.test().await,
        TargetConnector::WordPress(site) => {
            context::open_wordpress(target, site, None)?.test().await
        }
    };
    if json {
        output.json(&tested)?;
    } else {
        findings::show(&tested, output)?;
    }
    Ok(if findings::any_failed(&tested) {
        Exit::Failed
    } else {
        Exit::InStep
    })
}
