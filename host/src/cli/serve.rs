//! `purser serve`: the running host.
//!
//! It has the store and its exclusive lock for as long as it runs, and carries
//! out what the command line asks for over the local socket ([`crate::local`]).
//!
//! | file | what it does |
//! |---|---|
//! | `client.rs` | one connection: one operation, its answer, its end |
//! | `web.rs` | HTTP: the service provider of the tenants |
//! | `unasked.rs` | what the host does of its own accord |
//! | `follow.rs` | what changes in a directory is brought to the targets at once |
//! | `schedule.rs` | runs when it is their time |
//! | `events.rs` | an [`Output`] that writes to a connection, or to the log |
//!
//! The end comes with SIGTERM or Ctrl-C: nobody new is let in, every operation
//! is told to stop, what is under way at a target is waited for and settled. A
//! second signal ends the process at once; the store can take that.

use std::{sync::Arc, time::Duration};

use purser_engine::operation::Trigger;
use tokio::task::JoinSet;

use super::{
    Globals, context::Context, error::UserError, exit::Exit, output::Output, remote::configuration,
    signals::Signals,
};
use crate::{
    config::Config,
    local::{Configuration, Listener},
    site::Sites,
    store::sqlite::SqliteStore,
    sync::{Control, control::Stop, turns::Turns},
};

mod client;
mod events;
mod follow;
mod schedule;
mod unasked;
mod web;

/// Connections at once; more wait in the system's queue.
const MOST_CLIENTS: usize = 64;

/// What an operation that was told to stop may take beyond one request's time-out.
const GRACE: Duration = Duration::from_secs(5);

/// Keep the store open and carry out what the command line asks for, until told to end
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Prints `ready` and the path of its socket, which lies beside the store, once it
takes requests. Other commands find it by themselves; without it they work on the
store directly. SIGTERM and Ctrl-C end it cleanly, a second one at once.

Examples:
  purser serve
  purser serve --config /etc/purser/purser.toml")]
pub(super) struct Args {}

/// What all connections share.
struct Host {
    config: Arc<Config>,
    configuration: Configuration,
    store: SqliteStore,
    turns: Turns,
    /// Sites that carry requests.
    sites: Sites,
    /// Stopped when the host is to end.
    end: Control,
}

impl Host {
    /// For one operation.
    fn context(&self, trigger: Trigger) -> Context {
        Context::hosted(
            Arc::clone(&self.config),
            self.store.clone(),
            self.turns.clone(),
            self.sites.clone(),
            trigger,
        )
    }
}

pub(super) async fn execute(
    _args: Args,
    globals: &Globals,
    output: &mut Output,
) -> anyhow::Result<Exit> {
    let config = globals.config()?;
    let mut signals = Signals::new()?;
    // The lock first: only who has it may replace a socket that a dead host left.
    let store = SqliteStore::open(&config.store.path)?;
    let listener = Listener::beside(&config.store.path)?;
    let patience = patience(&config);
    let host = Arc::new(Host {
        configuration: configuration(&config.file)?,
        config: Arc::new(config),
        store,
        turns: Turns::default(),
        sites: Sites::default(),
        end: Control::default(),
    });
    let mut work = JoinSet::new();
    let address = web::start(&host, &mut work).await?;
    output.data(format_args!("ready {}", listener.path().display()))?;
    tracing::info!(socket = %listener.path().display(), "ready");
    if let Some(address) = address {
        output.data(format_args!("listening {address}"))?;
        tracing::info!(%address, "listening");
    }
    work.spawn(unasked::take_up(Arc::clone(&host)));
    work.spawn(unasked::re_evaluate(Arc::clone(&host)));
    work.spawn(follow::changes(Arc::clone(&host)));
    work.spawn(schedule::keep(Arc::clone(&host)));
    work.spawn(web::warn_of_tokens(Arc::clone(&host)));
    loop {
        tokio::select! {
            () = signals.next() => break,
            accepted = listener.accept(), if work.len() < MOST_CLIENTS => match accepted {
                Ok((stream, pid)) => {
                    work.spawn(client::serve(Arc::clone(&host), stream, pid));
                }
                Err(error) => {
                    tracing::error!(%error, "cannot take a connection");
                    // Too many open files, say: time may help, haste does not.
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            },
            Some(ended) = work.join_next() => note(ended),
        }
    }
    drop(listener);
    host.end.stop(Stop::Shutdown);
    tracing::info!(tasks = work.len(), "ending");
    let rest = async {
        while let Some(ended) = work.join_next().await {
            note(ended);
        }
    };
    tokio::select! {
        () = rest => Ok(Exit::InStep),
        () = signals.next() => Err(unfinished("a second signal ended the host at once").into()),
        () = tokio::time::sleep(patience) => {
            Err(unfinished("the host ended before all that was under way had answered").into())
        }
    }
}

/// A task that ends by panicking is a fault of ours: said, and the others go on.
fn note(ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended {
        tracing::error!(%error, "an operation broke down");
    }
}

fn unfinished(message: &str) -> UserError {
    UserError::left(
        message,
        "nothing is lost: the next `purser serve` takes it up again",
    )
}

/// No request takes longer than its target's time-out.
fn patience(config: &Config) -> Duration {
    let targets = config.targets.iter();
    let longest = targets.map(|target| target.connector.pace().timeout);
    longest.max().unwrap_or_default() + GRACE
}
