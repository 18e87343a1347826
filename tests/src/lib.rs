//! Black-box tests: the built binary, real input, and a SCIM server that no one
//! here wrote, with a counting proxy in between.
//!
//! ```text
//!  purser ──► Proxy ──► Scim2Server, Scimmy        compare.py ──► the same
//! ```
//!
//! Nothing here knows the inside of Purser: what it did is read from the wire,
//! from the server, from its exit code and from what it prints.
//!
//! | module | what it gives |
//! |---|---|
//! | [`chance`] | numbers by a seed |
//! | [`conformance`] | suites by others, against a service provider of ours |
//! | [`csv`] | the same exports as CSV, with a manifest |
//! | [`dataset`] | sample exports with what a target must hold afterwards |
//! | [`long`] | how much of a story the soak wants |
//! | [`served`] | a WordPress with our plugin and a Purser beside it |
//! | [`server`] | foreign SCIM servers, as child processes |
//! | [`wordpress`] | a real WordPress with its database, as child processes |
//! | [`provider`] | Purser as a service provider |
//! | [`proxy`] | counts requests and edges; kills Purser at a chosen request |
//! | [`purser`] | runs the binary over a folder of its own |
//! | [`scene`] | all of them wired together |
//!
//! # Adding a test
//!
//! A function in the module of `tests/e2e/` whose story it belongs to. Begin with
//! [`scene::Scene::new`]; assert on [`proxy::Counts`], on
//! [`scene::Scene::compare`] and on [`purser::Outcome`].

pub mod chance;
pub mod conformance;
pub mod csv;
pub mod dataset;
pub mod files;
pub mod host;
pub mod long;
pub mod provider;
pub mod proxy;
pub mod purser;
pub mod scene;
pub mod served;
pub mod server;
pub mod wordpress;
