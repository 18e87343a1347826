//! Library errors become words, hints and an exit code: here, and nowhere else.
//!
//! ```text
//! error: what went wrong
//! caused by: why
//! hint: what to do about it
//! ```

use std::{error::Error, io};

use super::{
    exit::Exit,
    output::{Output, Tone},
};
use crate::{
    config::{ConfigError, SecretError},
    local::{FrameError, SocketError},
    source::SourceError,
    store::{StoreError, sqlite::copy::CopyError},
    sync::{SyncError, plugins::PluginError},
    target::{TargetError, http::HttpSetupError},
};

/// Something that only the command line can find wrong.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(super) struct UserError {
    message: String,
    hint: Option<String>,
    exit: Exit,
}

impl UserError {
    /// It ended before it was done, and nobody is to blame.
    pub(super) fn left(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hint: Some(hint.into()),
            exit: Exit::Failed,
        }
    }

    /// The arguments or the configuration ask for what there is not.
    pub(super) fn usage(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hint: Some(hint.into()),
            exit: Exit::Usage,
        }
    }
}

/// Says what went wrong, and which exit code that is.
pub(super) fn report(error: &anyhow::Error, output: &mut Output) -> Exit {
    let told = tell(error);
    // The reader of a pipe has gone: there is nobody to tell it to.
    if !told.silent {
        let _nowhere_to_say_it = say(error, &told, output);
    }
    told.exit
}

/// What is known about an error beyond its text.
struct Told {
    exit: Exit,
    details: Vec<String>,
    hints: Vec<String>,
    silent: bool,
}

fn say(error: &anyhow::Error, told: &Told, output: &mut Output) -> io::Result<()> {
    let mut said = error.to_string();
    output.say_with(Tone::Bad, "error", &said)?;
    for cause in error.chain().skip(1).map(ToString::to_string) {
        // Some libraries repeat their source in their own text.
        if !said.contains(&cause) {
            output.say_with(Tone::Bad, "caused by", &cause)?;
        }
        said = cause;
    }
    for detail in &told.details {
        output.say("")?;
        output.say(detail)?;
    }
    for hint in &told.hints {
        output.hint(hint)?;
    }
    Ok(())
}

fn tell(error: &anyhow::Error) -> Told {
    let mut told = Told {
        exit: Exit::Failed,
        details: Vec::new(),
        hints: Vec::new(),
        silent: false,
    };
    // The outermost errors first; the innermost knows the exit code best.
    for cause in error.chain() {
        look(cause, &mut told);
    }
    told
}

fn look(cause: &(dyn Error + 'static), told: &mut Told) {
    if let Some(error) = cause.downcast_ref::<UserError>() {
        told.exit = error.exit;
        told.hints.extend(error.hint.clone());
    } else if let Some(error) = cause.downcast_ref::<ConfigError>() {
        config(error, told);
    } else if cause.is::<SecretError>() || cause.is::<HttpSetupError>() {
        // Their texts say what to do.
        told.exit = Exit::Usage;
    } else if let Some(error) = cause.downcast_ref::<PluginError>() {
        plugin(error, told);
    } else if let Some(error) = cause.downcast_ref::<SourceError>() {
        source(error, told);
    } else if let Some(error) = cause.downcast_ref::<TargetError>() {
        target(error, told);
    } else if let Some(error) = cause.downcast_ref::<StoreError>() {
        store(error, told);
    } else if let Some(error) = cause.downcast_ref::<CopyError>() {
        copy(error, told);
    } else if let Some(error) = cause.downcast_ref::<SyncError>() {
        sync(error, told);
    } else if let Some(error) = cause.downcast_ref::<SocketError>() {
        socket(error, told);
    } else if cause.is::<FrameError>() {
        told.hint("the host may have ended, or be of another version: see its log, and try again");
    } else if let Some(error) = cause.downcast_ref::<io::Error>() {
        told.silent |= error.kind() == io::ErrorKind::BrokenPipe;
    }
}

fn config(error: &ConfigError, told: &mut Told) {
    told.exit = Exit::Usage;
    match error {
        ConfigError::Read { cause, .. } if cause.kind() == io::ErrorKind::NotFound => {
            told.hint("write one with `purser init`, or name another with --config FILE");
        }
        ConfigError::Read { .. } => told.hint("name a readable file with --config FILE"),
        ConfigError::Invalid { problems, .. } => {
            told.details
                .extend(problems.iter().map(ToString::to_string));
        }
    }
}

fn plugin(error: &PluginError, told: &mut Told) {
    match error {
        PluginError::Runtime(_) => told.hint("lower the limits under [mapping.NAME.limits]"),
        PluginError::Read { .. } => {
            told.exit = Exit::Usage;
            told.hint(
                "correct `plugin` under [mapping.NAME]; paths begin at the configuration's folder",
            );
        }
        PluginError::Load { .. } => {
            told.exit = Exit::Usage;
            told.hint("a plugin is a WebAssembly component built against the contract in wit/");
        }
        PluginError::Lookup(_) => {
            told.exit = Exit::Usage;
            told.hint("nothing was sent; `purser check` reads all lookup tables");
        }
        PluginError::Configure { mapping, .. } => {
            told.exit = Exit::Usage;
            told.hint(format!(
                "correct [mapping.{mapping}.settings], then try `purser check`"
            ));
        }
    }
}

fn source(error: &SourceError, told: &mut Told) {
    match error {
        SourceError::Read { .. } => {
            told.hint("nothing was concluded from it, and nobody was deprovisioned")
        }
        SourceError::Header { .. } => told.hint(
            "correct the file, or the names of its columns under [[source.NAME.kinds]]; nobody was deprovisioned",
        ),
        SourceError::UnknownKind(_) => {
            told.exit = Exit::Usage;
            told.hint("the kinds stand under [[source.NAME.kinds]]");
        }
    }
}

fn target(error: &TargetError, told: &mut Told) {
    match error {
        TargetError::Unusable { hint, .. } => told.hint(hint),
        TargetError::Transient { .. } => told.hint("run the command again later; nothing is lost"),
        TargetError::Conflict { .. }
        | TargetError::Rejected { .. }
        | TargetError::NotSent { .. } => {}
    }
}

fn store(error: &StoreError, told: &mut Told) {
    match error {
        StoreError::Busy { .. } => {
            told.exit = Exit::Busy;
            told.hint(
                "wait until the other purser has ended; one process at a time may use a store",
            );
        }
        StoreError::Open { .. } => {
            told.hint("correct `path` under [store]; its folder must exist and be writable")
        }
        StoreError::TooNew { .. } => {
            told.hint("use the version of purser that wrote it, or a later one")
        }
        StoreError::Damaged { .. } => told.hint(
            "nothing was changed; keep the file, see how bad it is with `purser check --store`, and go back to a copy with `purser restore FILE`",
        ),
        _ => told.hint("nothing is lost: what was not committed is planned anew by the next run"),
    }
}

fn copy(error: &CopyError, told: &mut Told) {
    match error {
        CopyError::Missing(_) => {
            told.exit = Exit::Usage;
            told.hint("name a file that is there; the store's own stands under [store] as `path`");
        }
        CopyError::Exists(_) => {
            told.exit = Exit::Usage;
            told.hint("name another file, or replace this one with --force");
        }
        CopyError::Same(_) | CopyError::Foreign(_) => {
            told.exit = Exit::Usage;
            told.hint("name a file that `purser backup` wrote");
        }
        CopyError::Damaged { .. } => {
            told.hint("nothing was changed; use an earlier copy");
        }
        CopyError::File { .. } | CopyError::Database { .. } => {
            told.hint("nothing was changed");
        }
        // Tells for itself.
        CopyError::Store(error) => store(error, told),
    }
}

fn socket(error: &SocketError, told: &mut Told) {
    match error {
        SocketError::TooLong { .. } => {
            told.exit = Exit::Usage;
            told.hint("move the store to a shorter `path` under [store]");
        }
        SocketError::OpenFolder(_) => {
            told.exit = Exit::Usage;
            told.hint("take the right to write from others: chmod o-w");
        }
        SocketError::NotASocket(_) => told.hint("move it away; the host makes its socket there"),
        SocketError::Stranger { .. } => {
            told.hint("nothing was sent to it; find out who runs it, and why there");
        }
        SocketError::Io { .. } => {
            told.hint("the socket lies beside the store; only its owner and root may use it");
        }
    }
}

fn sync(error: &SyncError, told: &mut Told) {
    match error {
        SyncError::Unreachable { name, .. } => {
            told.hint(format!(
                "see what is wrong with `purser target test {name}`; the next run goes on"
            ));
        }
        SyncError::Settings { mapping, .. } => {
            told.exit = Exit::Usage;
            told.hint(format!("correct [mapping.{mapping}.settings]"));
        }
        SyncError::NotOffered { resource_type, .. } => {
            told.exit = Exit::Usage;
            told.hint(format!(
                "take the kinds with resource_type = \"{resource_type}\" out of the source, or enable the type at the target"
            ));
        }
        SyncError::Stopped(_) => {
            told.hint(
                "nothing is lost: what was done stays done, the next run plans the rest anew",
            );
        }
        // Their sources are looked at by themselves.
        SyncError::Store(_) | SyncError::Source { .. } | SyncError::Target { .. } => {}
    }
}

impl Told {
    fn hint(&mut self, hint: impl Into<String>) {
        let hint = hint.into();
        if !self.hints.contains(&hint) {
            self.hints.push(hint);
        }
    }
}

#[cfg(test)]
mod tests;
