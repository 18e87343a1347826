//! `purser backup`: a copy of the store, also while it is worked on.

use std::path::PathBuf;

use super::{Globals, exit::Exit, output::Output};
use crate::store::sqlite::copy;

/// Copy the store to a file, also while runs are under way
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The copy holds one moment of the store, is checked before it gets its name, and
is readable by you only: it is about people.

Examples:
  purser backup /backup/purser-$(date +%F).db
  purser backup /backup/purser.db --force")]
pub(super) struct Args {
    /// Where to
    pub file: PathBuf,
    /// Replace a file that is there
    #[arg(long)]
    pub force: bool,
}

pub(super) async fn execute(
    args: Args,
    globals: &Globals,
    output: &mut Output,
) -> anyhow::Result<Exit> {
    let store = globals.config()?.store.path;
    let Args { file, force } = args;
    let shown = file.display().to_string();
    tokio::task::spawn_blocking(move || copy::backup(&store, &file, force)).await??;
    output.say(format_args!("The store is copied to {shown}."))?;
    Ok(Exit::InStep)
}
