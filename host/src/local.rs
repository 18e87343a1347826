//! The local socket: how the command line talks to a running host.
//!
//! A Unix socket beside the store, `<store>.sock`, because whoever has the store
//! is who answers. Lines of JSON, each of bounded length:
//!
//! ```text
//!  host ► client   Hello      who is there, and which protocol it speaks
//!  client ► host   Request    one operation, with the configuration that it means
//!  host ► client   Event …    data, talk and progress as they come; `end` is the last
//!  client ► host   Word       at any time: stop
//! ```
//!
//! One connection, one operation. No secret travels: the host finds its own. Who
//! may talk is decided by the kernel's word on the peer (`SO_PEERCRED`), not by
//! a secret and not by the file's mode alone: the same user, or root.
//!
//! What an operation is, this room does not know: it carries a JSON value.
//!
//! A client that goes away ends what only reads. What writes goes on to its end,
//! because half a run helps nobody; it ends early only by `stop`, which Ctrl-C
//! sends, or with the host. What only plans is stopped.
//!
//! # Changing the protocol
//!
//! One more optional field or one more operation is no change. Anything else
//! raises [`PROTOCOL`]: both sides then say so instead of guessing.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::sync::control::Progress;

mod frames;
mod socket;

pub use frames::{FrameError, Frames, Sender};
pub use socket::{Listener, SocketError, connect, path_of};

/// The version of what is said here.
pub const PROTOCOL: u32 = 1;

/// The first line: the host says who it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// [`PROTOCOL`] of the host.
    pub protocol: u32,
    /// Version of the host, for people.
    pub version: String,
    /// Its process.
    pub pid: u32,
}

/// The client's first line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// [`PROTOCOL`] of the client.
    pub protocol: u32,
    /// Version of the client, for people.
    pub version: String,
    /// The configuration that the client means.
    pub config: Configuration,
    /// Whether data and talk may be coloured.
    pub colours: (bool, bool),
    /// What is to be done.
    pub operation: Value,
}

/// A configuration, told from others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Configuration {
    /// The file, with links resolved.
    pub file: String,
    /// Digest of its text.
    pub digest: String,
}

/// What the client may say afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Word {
    /// End the operation early, cleanly.
    Stop,
}

/// What comes back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Event {
    /// For the standard output, as it is.
    Data(String),
    /// For the standard error, as it is.
    Talk(String),
    /// How far it is.
    Progress(Progress),
    /// It has ended, with this exit code. Nothing follows.
    End(u8),
}
