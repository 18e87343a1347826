//! What Purser is measured by, and beside whom. `cargo xtask bench` builds this
//! program and its peers, starts it part by part, and writes docs/benchmarks.md
//! from what it prints: one [`report::Report`] as JSON.
//!
//! Everything that is compared is measured in one run, in turns, so that a machine
//! that changes its speed changes it for all: what counts is the ratio within a
//! round, and its median.
//!
//! # Adding a part
//!
//! 1. A file here with `Args` and `run(Args) -> Result<Report>`, a variant of
//!    [`Part`] and its arm in [`main`].
//! 2. A variant of `Part` in `xtask/src/bench/part.rs`, with what it needs.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a measuring program talks to whoever started it"
)]

mod accounts;
mod batch;
mod components;
mod figures;
mod first_push;
mod process;
mod report;
mod server;
mod sink;
mod site;
mod unchanged;

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;

/// Measure a part of Purser and print a report as JSON
#[derive(Parser)]
enum Part {
    /// A mapping as a component, beside the same mapping in native code
    Components(components::Args),
    /// Runs over accounts of which none has changed
    Unchanged(unchanged::Args),
    /// The first push of many accounts
    FirstPush(first_push::Args),
    /// The SCIM service provider beside others
    Server(server::Args),
}

fn main() -> ExitCode {
    let report = match Part::parse() {
        Part::Components(args) => components::run(&args),
        Part::Unchanged(args) => unchanged::run(&args),
        Part::FirstPush(args) => first_push::run(&args),
        Part::Server(args) => server::run(&args),
    };
    match report.and_then(|report| Ok(serde_json::to_string(&report)?)) {
        Ok(text) => {
            println!("{text}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Tells the person who waits what is being measured.
fn say(words: &str) {
    eprintln!("  {words}");
}

/// The part runs on this runtime: a sink beside whoever pushes.
fn runtime() -> Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?)
}
