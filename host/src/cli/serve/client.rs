//! One connection: one operation, its answer, its end.

use std::{sync::Arc, time::Duration};

use purser_engine::operation::Trigger;
use tokio::{net::UnixStream, sync::mpsc, time::timeout};

use super::{Host, events};
use crate::{
    cli::{
        error::{self, UserError},
        exit::Exit,
        operation::{Nature, Operation},
        output::Output,
    },
    local::{Event, FrameError, Frames, Hello, PROTOCOL, Request, Sender, Word},
    sync::{SyncError, control::Stop},
};

/// A client says at once what it wants.
const PATIENCE: Duration = Duration::from_secs(10);

/// Events that may wait for a slow reader.
const WAITING: usize = 256;

/// Progress is told so often.
const PULSE: Duration = Duration::from_millis(100);

/// Serves one connection to its end.
pub(super) async fn serve(host: Arc<Host>, stream: UnixStream, pid: Option<i32>) {
    if let Err(error) = converse(&host, stream, pid).await {
        tracing::warn!(client = pid, error = %error, "a client could not be served");
    }
}

async fn converse(host: &Host, stream: UnixStream, pid: Option<i32>) -> Result<(), FrameError> {
    let (mut frames, mut sender) = Frames::over(stream);
    let hello = Hello {
        protocol: PROTOCOL,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        pid: std::process::id(),
    };
    sender.send(&hello).await?;
    let Ok(request) = timeout(PATIENCE, frames.next::<Request>()).await else {
        return Err(FrameError::Io(std::io::ErrorKind::TimedOut.into()));
    };
    // It looked who is there, and wanted nothing.
    let Some(request) = request? else {
        return Ok(());
    };
    let (queue, events) = mpsc::channel(WAITING);
    let writer = tokio::spawn(pass_on(events, sender));
    let mut output = events::to_client(&queue, request.colours);
    let exit = match understand(host, request) {
        Ok(operation) => {
            let (word, words) = mpsc::channel(1);
            let reader = tokio::spawn(listen(frames, word));
            let exit = carry_out(host, operation, words, &queue, output, pid).await;
            reader.abort();
            exit
        }
        Err(refusal) => Some(error::report(&refusal.into(), &mut output)),
    };
    if let Some(exit) = exit {
        // Whoever has gone does not need it.
        let _nobody = queue.send_timeout(Event::End(exit.code()), PATIENCE).await;
    }
    drop(queue);
    // All that was said is on its way before the connection ends.
    let _ended = timeout(PATIENCE, writer).await;
    Ok(())
}

/// The operation, if it is one and means this host's configuration.
fn understand(host: &Host, request: Request) -> Result<Operation, UserError> {
    let version = env!("CARGO_PKG_VERSION");
    if request.protocol != PROTOCOL {
        let message = format!(
            "the running host (version {version}) speaks protocol {PROTOCOL}, this purser (version {}) {}",
            request.version, request.protocol
        );
        return Err(UserError::usage(
            message,
            "restart the host with the same version",
        ));
    }
    let ours = &host.configuration;
    if request.config.file != ours.file {
        let message = format!(
            "the running host has this store with another configuration: {}, not {}",
            ours.file, request.config.file
        );
        return Err(UserError::usage(
            message,
            format!(
                "use --config {}, or give each configuration a store of its own",
                ours.file
            ),
        ));
    }
    if request.config.digest != ours.digest {
        let message = format!(
            "{} was changed after the running host had read it",
            ours.file
        );
        return Err(UserError::usage(
            message,
            "see with `purser check` whether it is sound, then restart the host",
        ));
    }
    serde_json::from_value(request.operation).map_err(|_| {
        let message = format!(
            "the running host (version {version}) does not know this command of version {}",
            request.version
        );
        UserError::usage(message, "restart the host with the same version")
    })
}

/// Carries it out. No exit code, where nobody listens for it any more.
async fn carry_out(
    host: &Host,
    operation: Operation,
    mut words: mpsc::Receiver<Word>,
    queue: &mpsc::Sender<Event>,
    mut output: Output,
    pid: Option<i32>,
) -> Option<Exit> {
    let context = host.context(Trigger::Manual);
    let control = context.control().clone();
    let nature = operation.nature();
    let mut progress = control.watch();
    let mut pulse = tokio::time::interval(PULSE);
    let (mut listened_to, mut ending) = (true, false);
    tracing::info!(client = pid, operation = operation.name(), "begins");
    // In a box, so that it can be dropped before its end.
    let mut work = Box::pin(async {
        let outcome = operation.execute(&context, &mut output).await;
        outcome.unwrap_or_else(|error| error::report(&error, &mut output))
    });
    loop {
        tokio::select! {
            exit = &mut work => {
                tracing::info!(client = pid, exit = exit.code(), "ended");
                return Some(exit);
            }
            word = words.recv(), if listened_to => {
                listened_to = word.is_some();
                match (word, nature) {
                    (None, Nature::Reads) => return None,
                    (Some(Word::Stop), Nature::Reads) => {
                        drop(work);
                        let stopped = SyncError::Stopped(Stop::Cancelled);
                        return Some(error::report(&stopped.into(), &mut output));
                    }
                    (Some(Word::Stop), _) | (None, Nature::Plans) => {
                        tracing::info!(client = pid, "is told to stop");
                        control.stop(Stop::Cancelled);
                    }
                    (None, Nature::Writes) => {
                        tracing::info!(client = pid, "nobody listens any more; goes on to the end");
                    }
                }
            }
            _ = host.end.until_stopped(), if !ending => {
                ending = true;
                control.stop(Stop::Shutdown);
                if nature == Nature::Reads {
                    drop(work);
                    let stopped = SyncError::Stopped(Stop::Shutdown);
                    return Some(error::report(&stopped.into(), &mut output));
                }
            }
            _ = pulse.tick(), if listened_to => {
                let now = if progress.has_changed().unwrap_or(false) {
                    progress.borrow_and_update().clone()
                } else {
                    None
                };
                if let Some(now) = now {
                    // Where there is no room, the next one tells more.
                    let _skipped = queue.try_send(Event::Progress(now));
                }
            }
        }
    }
}

/// What the client says meanwhile. Ends with the connection.
async fn listen(mut frames: Frames, words: mpsc::Sender<Word>) {
    while let Ok(Some(word)) = frames.next().await {
        if words.send(word).await.is_err() {
            return;
        }
    }
}

async fn pass_on(mut events: mpsc::Receiver<Event>, mut sender: Sender) {
    while let Some(event) = events.recv().await {
        if sender.send(&event).await.is_err() {
            return;
        }
    }
}
