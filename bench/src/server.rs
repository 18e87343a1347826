//! Purser's SCIM service provider beside two others.
//!
//! | file | what lives there |
//! |---|---|
//! | `rival.rs` | who serves, as a process |
//! | `stock.rs` | what is in it, and how it came there |
//! | `documents.rs` | the users, groups and changes that are sent |
//! | `client.rs`, `wire.rs` | the load, and what it reads of an answer |
//! | `operation.rs`, `large_group.rs` | what is measured |
//! | `check.rs` | that each server does it |
//! | `figures.rs`, `verdict.rs` | what came of it |
//!
//! # Adding an operation
//!
//! A variant of [`operation::Operation`] with its line in each function there, and a
//! look in `check.rs` at what it does.
//!
//! # Adding a server
//!
//! A variant of [`rival::Who`], how it is started in `rival.rs`, and its script in
//! `bench/peers/`.

mod check;
mod client;
mod documents;
mod figures;
mod large_group;
mod operation;
mod rival;
mod stock;
mod verdict;
mod wire;

use std::{fs, future::Future, process::Command, time::Duration};

use anyhow::{Context, Result, ensure};

use self::{
    client::Took,
    figures::Figures,
    large_group::Pair,
    operation::Operation,
    rival::{Programs, Rival, Who},
    verdict::Measured,
};
use crate::{report::Report, say};

/// Connections of the load.
const CONNECTIONS: usize = 32;

#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    programs: Programs,
    /// Users in a server
    #[arg(long, value_delimiter = ',', default_value = "1000,50000,1000000")]
    sizes: Vec<usize>,
    /// Peers have at most so many
    #[arg(long, default_value_t = 50_000)]
    peers_to: usize,
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// How long a measurement lasts
    #[arg(long, default_value_t = 3.0)]
    seconds: f64,
}

pub fn run(args: &Args) -> Result<Report> {
    // On one thread: the load has one processor, and nothing in it waits for another.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    if allowed().is_none_or(|allowed| allowed != "1") {
        say(
            "not bound to processor 1: start it by `taskset -c 1`, or the load may stand in the way",
        );
    }
    Ok(runtime.block_on(measure(args))?.report())
}

/// The processors that this program may use, as Linux writes them.
fn allowed() -> Option<String> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let mut lines = status.lines();
    let allowed = lines.find_map(|line| line.strip_prefix("Cpus_allowed_list:"))?;
    Some(allowed.trim().to_owned())
}

async fn measure(args: &Args) -> Result<Measured> {
    let mut rivals = Vec::new();
    for &users in &args.sizes {
        ensure!(
            users >= 10,
            "with {users} users there is nothing to measure"
        );
        for who in [Who::Purser, Who::Scim2Server, Who::Scimmy] {
            let left_out = args.programs.no_peers || users > args.peers_to;
            if who == Who::Purser || !left_out {
                say(&format!("{users} users: filling {}", who.name()));
                let rival = Rival::start(&args.programs, who, users).await?;
                check::check(&rival).await?;
                rivals.push(rival);
            }
        }
    }
    // What was filled in is on its way to the disk, and whoever writes waits behind it.
    say("waiting until the disk has all of it");
    Command::new("sync").status().context("cannot run `sync`")?;
    let mut all = Measured {
        figures: vec![vec![Figures::default(); Operation::ALL.len()]; rivals.len()],
        groups: rivals.iter().map(|_| None).collect(),
        rivals,
        rounds: args.rounds,
        seconds: args.seconds,
        busiest: (0.0, String::new()),
    };
    // Round 0 lets everybody warm up and is not counted.
    for round in 0..=args.rounds {
        say(&format!("round {round} of {}", args.rounds));
        operations(args, &mut all, round).await?;
    }
    // Afterwards: from then on users have a group more that they are shown with.
    for round in 0..=args.rounds {
        say(&format!("one group: round {round} of {}", args.rounds));
        groups(args, &mut all, round).await?;
    }
    Ok(all)
}

async fn operations(args: &Args, all: &mut Measured, round: usize) -> Result<()> {
    for (place, operation) in Operation::ALL.into_iter().enumerate() {
        for (rival, figures) in all.rivals.iter().zip(&mut all.figures) {
            // Other users each time, and no two values alike.
            let turn = (round as u64) << 32;
            let time = time(args, round);
            let measuring = operation.measure(rival, turn, time, CONNECTIONS);
            let took = watched(&mut all.busiest, rival, operation.name(), measuring).await?;
            if let (Some(figures), true) = (figures.get_mut(place), round > 0) {
                figures.push(took);
            }
        }
    }
    Ok(())
}

async fn groups(args: &Args, all: &mut Measured, round: usize) -> Result<()> {
    for (rival, group) in all.rivals.iter().zip(&mut all.groups) {
        if rival.who != Who::Purser {
            continue;
        }
        if group.is_none() {
            let figures = Figures::default();
            *group = Some((Pair::new(rival).await?, figures.clone(), figures));
        }
        let Some((pair, small, large)) = group else {
            continue;
        };
        for (figures, to_large) in [(small, false), (large, true)] {
            let measuring = pair.measure(rival, to_large, time(args, round), CONNECTIONS);
            let took = watched(&mut all.busiest, rival, "one group", measuring).await?;
            if round > 0 {
                figures.push(took);
            }
        }
    }
    Ok(())
}

/// How long, in a round.
fn time(args: &Args, round: usize) -> Duration {
    let share = if round == 0 { 0.5 } else { 1.0 };
    Duration::from_secs_f64(share * args.seconds)
}

/// Measures, and notes how busy the load was itself: were it always, its own speed would
/// be what is measured.
async fn watched(
    busiest: &mut (f64, String),
    rival: &Rival,
    what: &str,
    measuring: impl Future<Output = Result<Took>>,
) -> Result<Took> {
    let (clock, began) = (std::time::Instant::now(), on_processor());
    let took = measuring.await;
    let took = took.with_context(|| format!("{}: {what}", rival.state()))?;
    if let (Some(began), Some(ended)) = (began, on_processor()) {
        let share = (ended - began) / clock.elapsed().as_secs_f64();
        if share > busiest.0 {
            *busiest = (share, format!("{}: {what}", rival.who.name()));
        }
    }
    Ok(took)
}

/// Seconds that this thread has had a processor.
fn on_processor() -> Option<f64> {
    let text = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds: f64 = text.split_whitespace().next()?.parse().ok()?;
    Some(nanoseconds / 1e9)
}
