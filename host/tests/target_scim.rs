//! The `scim` target against servers that behave, misbehave, or are none.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests may stop at the first surprise, as tests may"
)]

#[path = "target_scim/answers.rs"]
mod answers;
#[path = "target_scim/connections.rs"]
mod connections;
#[path = "target_scim/discovery.rs"]
mod discovery;
#[path = "target_scim/paging.rs"]
mod paging;
#[path = "target_scim/probe.rs"]
mod probe;
#[path = "target_scim/support.rs"]
mod support;
#[path = "target_scim/writes.rs"]
mod writes;
