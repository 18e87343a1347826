//! Lines of JSON, each of bounded length.

use std::io;

use serde::{Serialize, de::DeserializeOwned};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{
        UnixStream,
        unix::{OwnedReadHalf, OwnedWriteHalf},
    },
};

/// No line is longer than this; a peer that sends more is cut off.
const LONGEST: u64 = 1 << 20;

/// Why a line cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// The connection broke.
    #[error("the connection broke")]
    Io(#[from] io::Error),
    /// Too long.
    #[error("a line is longer than {LONGEST} bytes")]
    TooLong,
    /// Not what was expected.
    #[error("a line is not what was expected")]
    Unexpected(#[source] serde_json::Error),
}

/// The reading half.
pub struct Frames(BufReader<OwnedReadHalf>);

/// The writing half.
pub struct Sender(OwnedWriteHalf);

impl Frames {
    /// Both halves of a connection.
    pub fn over(stream: UnixStream) -> (Self, Sender) {
        let (read, write) = stream.into_split();
        (Self(BufReader::new(read)), Sender(write))
    }

    /// The next line; none at the end. Dropping the future early loses what was read.
    ///
    /// # Errors
    /// See [`FrameError`].
    pub async fn next<T: DeserializeOwned>(&mut self) -> Result<Option<T>, FrameError> {
        let mut line = Vec::new();
        let read = (&mut self.0)
            .take(LONGEST)
            .read_until(b'\n', &mut line)
            .await?;
        if read == 0 {
            return Ok(None);
        }
        if line.last() != Some(&b'\n') {
            // Cut off, by the bound or by the other side.
            return if read as u64 == LONGEST {
                Err(FrameError::TooLong)
            } else {
                Ok(None)
            };
        }
        serde_json::from_slice(&line)
            .map(Some)
            .map_err(FrameError::Unexpected)
    }
}

impl Sender {
    /// Sends one line.
    ///
    /// # Errors
    /// See [`FrameError`].
    pub async fn send(&mut self, value: &impl Serialize) -> Result<(), FrameError> {
        let mut line = serde_json::to_vec(value).map_err(FrameError::Unexpected)?;
        line.push(b'\n');
        if line.len() as u64 > LONGEST {
            return Err(FrameError::TooLong);
        }
        self.0.write_all(&line).await.map_err(|error| {
            // A broken pipe is what ends a program quietly whose reader has gone.
            // Here it is the other side that went, and that is to be said.
            let went = error.kind() == io::ErrorKind::BrokenPipe;
            FrameError::Io(if went {
                io::ErrorKind::ConnectionReset.into()
            } else {
                error
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::local::{Event, Hello, PROTOCOL};

    #[tokio::test]
    async fn lines_go_through_and_the_end_is_the_end() {
        let (here, there) = UnixStream::pair().unwrap();
        let (_, mut sender) = Frames::over(here);
        let (mut frames, _keep) = Frames::over(there);
        let hello = Hello {
            protocol: PROTOCOL,
            version: "1".to_owned(),
            pid: 7,
        };
        sender.send(&hello).await.unwrap();
        sender
            .send(&Event::Data("a\nline\n".to_owned()))
            .await
            .unwrap();
        drop(sender);
        assert_eq!(frames.next::<Hello>().await.unwrap(), Some(hello));
        assert_eq!(
            frames.next::<Event>().await.unwrap(),
            Some(Event::Data("a\nline\n".to_owned()))
        );
        assert_eq!(frames.next::<Event>().await.unwrap(), None);
    }

    #[tokio::test]
    async fn a_line_without_an_end_is_cut_off() {
        let (mut here, there) = UnixStream::pair().unwrap();
        let (mut frames, _keep) = Frames::over(there);
        let flood = tokio::spawn(async move {
            let block = [b'x'; 4096];
            while here.write_all(&block).await.is_ok() {}
        });
        assert!(matches!(
            frames.next::<Event>().await,
            Err(FrameError::TooLong)
        ));
        drop((frames, _keep));
        flood.await.unwrap();
    }

    #[tokio::test]
    async fn what_is_no_json_and_what_is_cut_short_are_told_apart() {
        let (mut here, there) = UnixStream::pair().unwrap();
        let (mut frames, _keep) = Frames::over(there);
        here.write_all(b"nonsense\n{\"data\":").await.unwrap();
        drop(here);
        assert!(matches!(
            frames.next::<Event>().await,
            Err(FrameError::Unexpected(_))
        ));
        assert_eq!(frames.next::<Event>().await.unwrap(), None);
    }
}
