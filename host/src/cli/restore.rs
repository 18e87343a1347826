//! `purser restore`: a copy takes the place of the store.

use std::path::PathBuf;

use super::{Globals, exit::Exit, output::Output};
use crate::{clock, store::sqlite::copy};

/// Put a copy of the store in its place; the present store is kept beside it
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Stop every purser that uses the store first. The copy is checked before anything
is touched. What was done at the targets since the copy was made, the store does
not know any more: docs/backup.md says what follows, and how to go on.

Examples:
  purser restore /backup/purser-2026-03-01.db && purser plan people")]
pub(super) struct Args {
    /// A file that `purser backup` wrote
    pub file: PathBuf,
}

pub(super) async fn execute(
    args: Args,
    globals: &Globals,
    output: &mut Output,
) -> anyhow::Result<Exit> {
    let store = globals.config()?.store.path;
    let file = args.file.clone();
    let restored =
        tokio::task::spawn_blocking(move || copy::restore(&store, &file, clock::now())).await??;
    output.say(format_args!(
        "The store is now what {} holds.",
        args.file.display()
    ))?;
    if let Some(aside) = restored.aside {
        output.say(format_args!(
            "The store that was there is kept as {}.",
            aside.display()
        ))?;
    }
    output
        .hint("look at what the next run would do with `purser plan MAPPING` before you run it")?;
    Ok(Exit::InStep)
}
