//! Provisioning decisions, as pure functions over values.
//!
//! Nothing in here waits, reads a disk, asks the time or rolls dice: what the
//! engine needs to know is an argument, what it decides is a value. That makes
//! every decision repeatable, and testable without a server.
//!
//! | module | question that it answers |
//! |---|---|
//! | [`ids`] | how are objects, mappings, sources and targets named? |
//! | [`object`] | what does a source say about one object? |
//! | [`imprint`] | what came as it came the last time? |
//! | [`absence`] | is it *proven* that an object is gone? |
//! | [`projection`] | what should the target hold, and which references does it carry? |
//! | [`situation`] | how does the object stand to the target? |
//! | [`effect`] | what does a change really do there? |
//! | [`policy`] | what is to be done in which situation? |
//! | [`operation`] | who may do it: a person, a change, a schedule? |
//! | [`decide`] | all of the above, put together for one object |
//! | [`members`] | which memberships are to be added and removed? |
//! | [`change`] | the change itself, and the permission to carry it out |
//! | [`failsafe`] | may it be carried out? The only maker of that permission |
//! | [`plan`] | the rows that a person reads, and their counters |
//! | [`retry`] | when is a failed step tried again? |
//! | [`suspension`] | when is a failing component left alone, and for how long? |

pub mod absence;
pub mod change;
pub mod decide;
pub mod effect;
pub mod failsafe;
mod frozen;
mod hash;
pub mod ids;
pub mod imprint;
pub mod members;
pub mod object;
pub mod operation;
pub mod plan;
pub mod policy;
pub mod projection;
pub mod retry;
pub mod situation;
pub mod suspension;

pub use frozen::Frozen;
pub use hash::Digest;
