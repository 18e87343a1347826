//! Developer commands: `cargo xtask <command>`.
//!
//! One file a command. Whatever a fresh machine lacks beyond rustup and a C
//! compiler is installed by the command that needs it ([`setup`]).
//!
//! # Adding a command
//!
//! 1. One file with `pub fn run(workspace: &Workspace, …) -> anyhow::Result<()>`.
//! 2. One variant in [`Command`], with its help, and one arm in [`main`].
//! 3. A check of the code belongs into [`check`] instead, one function a rule.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "these commands exist to talk to a developer"
)]

use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod bench;
mod check;
mod demo;
mod guests;
mod machine;
mod page;
mod setup;
mod shell;
mod sites;
mod soak;
mod test;
mod workspace;

use workspace::Workspace;

/// Developer commands of Purser.
#[derive(Parser)]
#[command(bin_name = "cargo xtask", version = None)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Show the whole way: 300 accounts from a Drupal export into a SCIM server
    Demo {
        /// End after the demonstration instead of keeping the server up
        #[arg(long)]
        once: bool,
    },
    /// Start a WordPress with the plugin and a Purser host beside it, to be tried in a browser
    Sites,
    /// Run every check and every test, and count them in the last line
    Test {
        /// Leave out formatting, walls and clippy
        #[arg(long)]
        tests_only: bool,
    },
    /// Run the long versions of the tests, and write docs/soak.md; half an hour on two quiet cores
    Soak(soak::Options),
    /// Measure Purser beside its peers, and write docs/benchmarks.md; an hour on two quiet cores
    Bench(bench::Options),
    /// Check the walls between the rooms, the licences and the style rules
    Check,
    /// Build the components, in Rust and in JavaScript
    Guests,
    /// What the continuous integration runs: the demo once, then every test
    Ci,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = Workspace::find().and_then(|workspace| match arguments.command {
        Command::Demo { once } => demo::run(&workspace, once),
        Command::Sites => sites::run(&workspace),
        Command::Test { tests_only } => test::run(&workspace, tests_only),
        Command::Soak(options) => soak::run(&workspace, &options),
        Command::Bench(options) => bench::run(&workspace, &options),
        Command::Check => check::run(&workspace),
        Command::Guests => guests::run(&workspace),
        Command::Ci => demo::run(&workspace, true).and_then(|()| test::run(&workspace, false)),
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
