//! What has been read of a file: how many bytes and, where a proof asks for it, their digest.
//!
//! It stands below the buffer, so it sees each byte once and in order. At the
//! end of the file its digest is that of exactly the bytes that were parsed;
//! reading the file a second time would prove another reading.

use std::io::{self, Read};

use sha2::{Digest, Sha256};

/// A reader that keeps count.
#[derive(Debug)]
pub(super) struct Tally<R> {
    inner: R,
    bytes: u64,
    hash: Option<Sha256>,
}

impl<R> Tally<R> {
    /// `digest` says whether anybody will ask for it: hashing costs.
    pub(super) fn new(inner: R, digest: bool) -> Self {
        Self {
            inner,
            bytes: 0,
            hash: digest.then(Sha256::new),
        }
    }

    /// How many bytes were read.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// SHA-256 of what was read, in lower-case hexadecimal; none if it was not asked for.
    pub(super) fn digest(&self) -> Option<String> {
        let hash = self.hash.clone()?;
        Some(
            hash.finalize()
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect(),
        )
    }

    /// What is read from.
    pub(super) fn inner(&self) -> &R {
        &self.inner
    }
}

impl<R: Read> Read for Tally<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        if let (Some(hash), Some(read)) = (&mut self.hash, buffer.get(..count)) {
            hash.update(read);
        }
        self.bytes += u64::try_from(count).unwrap_or(u64::MAX);
        Ok(count)
    }
}
