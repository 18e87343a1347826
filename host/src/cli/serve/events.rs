//! An [`Output`] for whoever is not at this terminal.

use std::{io, time::Duration};

use tokio::{runtime::Handle, sync::mpsc, task::block_in_place};

use crate::{cli::output::Output, local::Event};

/// So long may a client leave what it is told unread; then it is taken for gone.
const PATIENCE: Duration = Duration::from_secs(30);

/// Texts are cut into pieces of this size, well below the longest line.
const PIECE: usize = 64 << 10;

/// Writes to a connection.
pub(super) fn to_client(queue: &mpsc::Sender<Event>, colours: (bool, bool)) -> Output {
    let events = |kind| Events {
        queue: queue.clone(),
        kind,
        waiting: Vec::new(),
    };
    Output::new(events(Event::Data), events(Event::Talk), colours)
}

/// Writes to the log what is said, and nowhere what is data.
pub(super) fn to_log() -> Output {
    Output::new(io::sink(), Log(Vec::new()), (false, false))
}

/// What is written becomes an event when it is flushed.
struct Events {
    queue: mpsc::Sender<Event>,
    kind: fn(String) -> Event,
    waiting: Vec<u8>,
}

impl io::Write for Events {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.waiting.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let text = String::from_utf8_lossy(&std::mem::take(&mut self.waiting)).into_owned();
        pieces(&text).try_for_each(|piece| {
            let send = self
                .queue
                .send_timeout((self.kind)(piece.to_owned()), PATIENCE);
            // Commands write as to a file; only this task waits.
            block_in_place(|| Handle::current().block_on(send))
                .map_err(|_| io::ErrorKind::BrokenPipe.into())
        })
    }
}

/// A text in pieces, cut between characters.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let end = rest.floor_char_boundary(PIECE);
        let (piece, behind) = rest.split_at(end);
        rest = behind;
        (!piece.is_empty()).then_some(piece)
    })
}

/// What is written becomes a line of the log when it is flushed.
struct Log(Vec<u8>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let text = String::from_utf8_lossy(&std::mem::take(&mut self.0)).into_owned();
        for line in text.lines().filter(|line| !line.is_empty()) {
            tracing::info!("{line}");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_between_characters() {
        let text = format!("x{}", "ä".repeat(PIECE));
        let parts: Vec<&str> = pieces(&text).collect();
        assert!(parts.len() == 3 && parts.iter().all(|part| part.len() <= PIECE));
        assert_eq!(parts.concat(), text);
        assert_eq!(pieces("").count(), 0);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_is_written_arrives_in_order_and_a_listener_who_went_is_noticed() {
        let (queue, mut events) = mpsc::channel(8);
        let mut output = to_client(&queue, (false, false));
        output.data("one").unwrap();
        output.hint("two").unwrap();
        assert_eq!(events.recv().await, Some(Event::Data("one\n".to_owned())));
        assert_eq!(
            events.recv().await,
            Some(Event::Talk("hint: two\n".to_owned()))
        );
        drop(events);
        let error = output.data("three").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
    }
}
