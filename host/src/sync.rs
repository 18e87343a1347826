//! The conductor: source → mapping → decision → failsafe → target, durably.
//!
//! ```text
//!  sweep.rs   a full reconcile: stage source and target, evaluate everything,
//!             store the plan, turn what is approved into jobs
//!  one.rs     one object on a person's word: stage it, queue it
//!  due.rs     objects whose time has come: queue them
//!  changed.rs objects that the directory says have changed: read and queue them
//!  verify.rs  linked objects, or one: queue them to be read at the target and repaired
//!      └────► drain.rs   the one place where jobs are done:
//!             claim → evaluate → failsafe → begin (intents, claims) → apply → settle
//!                        └────► apply.rs   the only writer to a target
//! ```
//!
//! Planning and doing share [`evaluate`], so a plan cannot say one thing and a
//! job do another. A job carries ids only; whatever it needs it reads anew, and
//! doing it twice is the same as once.

use purser_engine::ids::{MappingName, SourceName, TargetName};

use crate::{source::SourceError, store::StoreError, target::TargetError};

pub mod apply;
pub mod changed;
pub mod control;
mod drain;
pub mod due;
mod evaluate;
mod frame;
mod lane;
mod lookup;
mod members;
pub mod one;
mod pipeline;
pub mod plugins;
pub mod report;
mod stage;
pub mod sweep;
pub mod turns;
pub mod verify;
mod view;
mod walk;
pub mod wiring;
mod write;

pub use control::Control;
pub use report::RunReport;
pub use wiring::Wiring;

/// Why a run could not go on. What was done stays done; the rest is planned anew next time.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// It was told to. What was under way was settled, nothing new was begun.
    #[error("stopped before its end")]
    Stopped(control::Stop),
    /// The store.
    #[error("the store failed")]
    Store(#[from] StoreError),
    /// The source.
    #[error("the source `{name}` cannot be read")]
    Source {
        /// Which.
        name: SourceName,
        /// Why.
        #[source]
        cause: SourceError,
    },
    /// The target.
    #[error("the target `{name}` cannot be used")]
    Target {
        /// Which.
        name: TargetName,
        /// Why.
        #[source]
        cause: TargetError,
    },
    /// Too many requests in a row failed.
    #[error("the target `{name}` failed {failures} times in a row, last: {last}")]
    Unreachable {
        /// Which.
        name: TargetName,
        /// How often.
        failures: u32,
        /// The last failure.
        last: String,
    },
    /// The component says that its settings contradict themselves.
    #[error("the settings of mapping `{mapping}` do not work: {message}")]
    Settings {
        /// Which.
        mapping: MappingName,
        /// What the component said.
        message: String,
    },
    /// A resource type is mapped that the target does not offer.
    #[error("the target `{target}` does not offer the resource type `{resource_type}`")]
    NotOffered {
        /// Which target.
        target: TargetName,
        /// Which type.
        resource_type: String,
    },
}
