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
    Globals, context::Context, exit::Exit, output::Output, plan, run, status, sync, verify,
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
        }
    }
}

/// Has an operation carried out.
pub(super) async fn perform(
    operation: Operation,
    globals: &Globals,
    output: &mut Output,
) -> anyhow::Result<Exit> {
    let context = Context::new(Arc::new(globals.config()?));
    operation.execute(&context, output).await
}
