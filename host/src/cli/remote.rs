//! An operation that the running host carries out: this process asks, prints
//! what comes back, and passes Ctrl-C on.

use std::path::Path;

use anyhow::Context as _;
use purser_engine::Digest;
use tokio::{net::UnixStream, sync::mpsc};

use super::{
    Globals, bar::Bar, error::UserError, exit::Exit, operation::Operation, output::Output,
    signals::Signals,
};
use crate::{
    config::Config,
    local::{Configuration, Event, FrameError, Frames, Hello, PROTOCOL, Request, Word},
};

/// Lines that may wait to be printed.
const WAITING: usize = 64;

/// Asks the host, and prints its answer.
pub(super) async fn ask(
    stream: UnixStream,
    operation: &Operation,
    config: &Config,
    globals: &Globals,
    bar: Option<Bar>,
    output: &mut Output,
) -> anyhow::Result<Exit> {
    let (mut frames, mut sender) = Frames::over(stream);
    let hello: Hello = frames
        .next()
        .await
        .and_then(|hello| hello.ok_or_else(ended))
        .context("the running host does not answer as expected")?;
    if hello.protocol != PROTOCOL {
        let message = format!(
            "the running host (pid {}, version {}) speaks protocol {}, this purser {PROTOCOL}",
            hello.pid, hello.version, hello.protocol
        );
        return Err(UserError::usage(message, "restart the host with the same version").into());
    }
    if globals.says_who {
        output.say(format_args!("Asking the running host (pid {}).", hello.pid))?;
    }
    let request = Request {
        protocol: PROTOCOL,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        config: configuration(&config.file)?,
        colours: (output.colours_data(), output.colours_talk()),
        operation: serde_json::to_value(operation)?,
    };
    let mut signals = Signals::new()?;
    let mut asked_to_stop = false;
    let broken = |pid| format!("the running host (pid {pid}) went away before it had finished");
    sender
        .send(&request)
        .await
        .with_context(|| broken(hello.pid))?;
    // A task of its own: a line that is being read must not be dropped half way.
    let (line, mut lines) = mpsc::channel(WAITING);
    tokio::spawn(async move {
        while let Some(event) = frames.next::<Event>().await.transpose() {
            if line.send(event).await.is_err() {
                break;
            }
        }
    });
    loop {
        let event = tokio::select! {
            event = lines.recv() => event,
            () = signals.next() => {
                if asked_to_stop {
                    let hint = "`purser status` shows how it stands there";
                    return Err(UserError::left("left the host alone with it", hint).into());
                }
                asked_to_stop = true;
                sender.send(&Word::Stop).await.with_context(|| broken(hello.pid))?;
                continue;
            }
        };
        match event
            .unwrap_or_else(|| Err(ended()))
            .with_context(|| broken(hello.pid))?
        {
            Event::Data(text) => output.pass_data(&text)?,
            Event::Talk(text) => output.pass_talk(&text)?,
            Event::Progress(progress) => {
                if let Some(bar) = &bar {
                    bar.show(&progress);
                }
            }
            Event::End(code) => return Ok(Exit::from_code(code)),
        }
    }
}

/// A configuration as host and client tell it from others: by its file and its text.
pub(super) fn configuration(file: &Path) -> anyhow::Result<Configuration> {
    let read = || -> std::io::Result<Configuration> {
        let text = std::fs::read_to_string(file)?;
        Ok(Configuration {
            file: file.canonicalize()?.display().to_string(),
            digest: Digest::of_parts([text.as_str()]).as_str().to_owned(),
        })
    };
    read().with_context(|| format!("cannot read the configuration {}", file.display()))
}

fn ended() -> FrameError {
    FrameError::Io(std::io::ErrorKind::UnexpectedEof.into())
}
