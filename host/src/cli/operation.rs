//! Operations: the commands that need the store, as values.
//!
//! One process at a time has the store. Where that is a running host, an
//! operation travels to it and is carried out there; else it is carried out
//! here, under the store's exclusive lock. Either way it is
//! [`Operation::execute`], writing to an [`Output`], so that both ways print
//! the same and end with the same code.

use std::sync::Arc;

use clap::Subcommand;
use serde::{Deserialize, Serialize};

use super::{
    Globals, context::Context, error::UserError, exit::Exit, log, output::Output, plan, remote,
    run, signals::Signals, status, sync, token, verify,
};
use crate::{
    local,
    sync::{SyncError, control::Stop},
};

/// A command that needs the store.
#[derive(Debug, Subcommand, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Operation {
    Plan(plan::Args),
    Run(run::Args),
    Sync(sync::Args),
    Verify(verify::Args),
    Status(status::Args),
    Log(log::Args),
    Token(token::Args),
}

/// What becomes of an operation when nobody listens any more, or when it is to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Nature {
    /// It only reads: it may be dropped anywhere.
    Reads,
    /// It writes to the store what only its listener needs: it is stopped cleanly.
    Plans,
    /// It changes something: without a listener it goes on to its end.
    Writes,
}

impl Operation {
    /// Carries it out on the store of `context`.
    pub(super) async fn execute(
        self,
        context: &Context,
        output: &mut Output,
    ) -> anyhow::Result<Exit> {
        match self {
            Self::Plan(args) => plan::execute(args, context, output).await,
            Self::Run(args) => run::execute(args, context, output).await,
            Self::Sync(args) => sync::execute(args, context, output).await,
            Self::Verify(args) => verify::execute(args, context, output).await,
            Self::Status(args) => status::execute(args, context, output).await,
            Self::Log(args) => log::execute(args, context, output).await,
            Self::Token(args) => token::execute(args, context, output).await,
        }
    }

    /// Its name, for the log: its arguments may say whom it is about.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Plan(_) => "plan",
            Self::Run(_) => "run",
            Self::Sync(_) => "sync",
            Self::Verify(_) => "verify",
            Self::Status(_) => "status",
            Self::Log(_) => "log",
            Self::Token(_) => "token",
        }
    }

    /// What becomes of it when nobody listens any more.
    pub(super) fn nature(&self) -> Nature {
        match self {
            Self::Status(_) | Self::Log(_) => Nature::Reads,
            Self::Token(args) if args.reads() => Nature::Reads,
            Self::Plan(_) => Nature::Plans,
            Self::Run(_) | Self::Sync(_) | Self::Verify(_) | Self::Token(_) => Nature::Writes,
        }
    }

    /// Whether a person may want to see how far it is.
    pub(super) fn has_progress(&self) -> bool {
        match self {
            Self::Plan(args) => !args.json,
            Self::Run(args) => !args.json,
            Self::Verify(args) => !args.json,
            Self::Sync(_) | Self::Status(_) | Self::Log(_) | Self::Token(_) => false,
        }
    }
}

/// Has an operation carried out: by the running host, else here.
pub(super) async fn perform(
    operation: Operation,
    globals: &Globals,
    output: &mut Output,
) -> anyhow::Result<Exit> {
    let config = globals.config()?;
    let bar = if operation.has_progress() && !globals.quiet {
        output.show_progress()
    } else {
        None
    };
    let outcome = match local::connect(&config.store.path).await? {
        Some(stream) => remote::ask(stream, &operation, &config, globals, bar, output).await,
        None => {
            if globals.says_who {
                output.say("No host is running: working on the store directly.")?;
            }
            let context = Context::new(Arc::new(config));
            if let Some(bar) = bar {
                tokio::spawn(bar.follow(context.control().watch()));
            }
            here(operation, &context, output).await
        }
    };
    output.end_progress();
    outcome
}

/// Carries it out in this process, until a signal says otherwise.
async fn here(
    operation: Operation,
    context: &Context,
    output: &mut Output,
) -> anyhow::Result<Exit> {
    let mut signals = Signals::new()?;
    let control = context.control().clone();
    let reads = operation.nature() == Nature::Reads;
    let stopped = async {
        signals.next().await;
        control.stop(Stop::Cancelled);
        if !reads {
            // What is under way is settled; whoever cannot wait says so again.
            signals.next().await;
        }
    };
    tokio::select! {
        outcome = operation.execute(context, output) => outcome,
        () = stopped => Err(if reads {
            SyncError::Stopped(Stop::Cancelled).into()
        } else {
            UserError::left(
                "ended at once",
                "nothing is lost: what was done stays done, the next run plans the rest anew",
            )
            .into()
        }),
    }
}
