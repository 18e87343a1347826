//! WebAssembly components: load, verify, limit, call.
//!
//! The only place that names wasmtime. Everybody else sees four steps:
//!
//! 1. [`Runtime::new`] — one engine for the process, with [`Limits`].
//! 2. [`Runtime::load`] — a file becomes a [`Plugin`], or an answer in words
//!    that says why not, before any of its code has run.
//! 3. [`Plugin::configure`] — settings are checked against the plugin's own
//!    schema, and what it asks for against its [`Grants`]; the result is a
//!    [`Mapper`].
//! 4. [`Mapper::map_each`] — a batch of objects in, an outcome for each out; one
//!    that fails is narrowed down to the objects that cause it.
//!
//! All of these block and compute: call them from `spawn_blocking`.
//!
//! Strangers' files are compiled in a process of its own ([`Compiler::Child`]),
//! and what was compiled is kept ([`Compile::cache`]).
//!
//! Trust ends here. A plugin gets the attributes that it declared, `log`, and the
//! tables that it asked for and was granted ([`Grants::with_table`]);
//! each call has an instance of its own, so that nothing of one batch is left
//! for the next; and what comes back is checked (its length, its size, the
//! attributes it may write) before anybody acts on it.
//!
//! # To add an interface of the contract
//!
//! 1. Write it into `wit/` by the rules in `wit/README.md`.
//! 2. *Called by the host*: name it in the host's world (`bindings.rs`), find
//!    its export in `component.rs`, and give it a module like `mapper.rs`.
//! 3. *Offered to plugins*: a capability in `grants.rs`, the interface in
//!    `component::IMPORTS`, the host's side in `call.rs`.
//! 4. One case in `tests/` that is allowed and one that is refused.

mod bindings;
mod cache;
mod call;
mod compile;
mod component;
mod convert;
mod describe;
mod error;
mod grants;
mod limits;
mod mapper;
#[doc(hidden)]
pub mod measure;
mod narrow;
mod outcome;
mod plugin;
mod runtime;
mod shape;
mod table;
mod text;
mod writes;

pub use compile::{Compile, Compiler, Origin, child::compile_component};
pub use describe::{Capability, Description, Reads};
pub use error::{
    CallError, Cause, ConfigureError, DescriptionError, LoadError, RuntimeError, SettingsFault,
    TrapKind,
};
pub use grants::{Grants, table_of};
pub use limits::Limits;
pub use mapper::Mapper;
pub use narrow::{Fault, Mapped};
pub use outcome::{Alternatives, Context, Outcome, Problem, ProblemKind, Projection, SourceObject};
pub use plugin::Plugin;
pub use runtime::Runtime;
pub use shape::Shape;
pub use table::{MAX_KEY_BYTES, MAX_VALUE_BYTES, Table, TableError};
pub use writes::Writes;

/// The version of the plugin contract that this host speaks.
pub const CONTRACT: &str = "0.1";
