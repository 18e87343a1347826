//! The provisioning host: everything that touches network, disk, database or time.
//!
//! | room | what lives there |
//! |---|---|
//! | [`cli`] | one file a command; the only place that prints |
//! | [`config`] | `purser.toml`: load, check, explain |
//! | [`lookup`] | lookup tables: read, whole or not at all |
//! | [`store`] | the durable state; nothing else knows SQL |
//! | [`source`] | where objects come from: `trait Source` and one file a kind |
//! | [`target`] | where they go: `trait Target` and one folder a kind |
//! | [`sync`] | the conductor; [`sync::apply`] is the only writer to a target |
//! | [`directory`] | the SCIM resources of tenants, and the rules between them |
//! | [`local`] | the local socket between the command line and a running host |
//! | [`server`] | HTTP: the SCIM service provider over the directory; the server of the demo |
//! | [`site`] | sites that carry out their own writes, as the requests that they carry are told |
//! | [`schedule`] | when a mapping runs by itself |
//! | [`clock`] | the one place that asks the time |
//! | [`failpoint`] | where tests cut the power; empty in release builds |

pub mod cli;
pub mod clock;
pub mod config;
pub mod directory;
pub mod failpoint;
pub mod local;
pub mod lookup;
pub mod schedule;
pub mod server;
pub mod site;
pub mod source;
pub mod store;
pub mod sync;
pub mod target;
