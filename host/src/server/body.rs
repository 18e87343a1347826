//! The body of a request, read within bounds.

use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};

/// Why it was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unread {
    /// It did not come in time.
    Late,
    /// It has more bytes than it may.
    TooLarge,
    /// The connection broke off.
    Broken,
}

/// Reads all of it.
pub(super) async fn read(body: Body, most: usize, patience: Duration) -> Result<Bytes, Unread> {
    match tokio::time::timeout(patience, to_bytes(body, most)).await {
        Err(_) => Err(Unread::Late),
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error)) => {
            let too_large = std::error::Error::source(&error)
                .is_some_and(|cause| cause.is::<http_body_util::LengthLimitError>());
            Err(if too_large {
                Unread::TooLarge
            } else {
                Unread::Broken
            })
        }
    }
}
