//! Helper crate for authors of Purser plugins in Rust.
//!
//! # A tested component in five minutes
//!
//! A mapping is one function over plain values. `Cargo.toml`:
//!
//! ```toml
//! [lib]
//! crate-type = ["cdylib", "rlib"]   # the component, and what tests link
//!
//! [dependencies]
//! purser-guest = "0.1"
//! ```
//!
//! `src/lib.rs`:
//!
//! ```
//! use purser_guest::{Context, Description, Mapper, Outcome, Problem, Projection, SourceObject};
//! use purser_guest::json::{Value, json};
//!
//! struct Staff;
//!
//! impl Mapper for Staff {
//!     fn describe(_settings: &Value) -> Result<Description, String> {
//!         Ok(Description::new("staff", "0.1.0", "Maps members of staff.")
//!             .reads(["login", "family"])
//!             .writes(["userName", "name.familyName"]))
//!     }
//!
//!     fn new(_context: &Context) -> Result<Self, Problem> {
//!         Ok(Self) // once a batch: read settings here
//!     }
//!
//!     fn map(&self, _context: &Context, object: &SourceObject) -> Outcome {
//!         let Some(login) = object.text("login") else {
//!             return Problem::missing("login").into();
//!         };
//!         Projection::new(json!({
//!             "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
//!             "userName": login,
//!             "name": { "familyName": object.text("family") },
//!         }))
//!         .into()
//!     }
//! }
//!
//! purser_guest::export!(Staff);
//!
//! // A test calls it as it is, on the build machine, without WebAssembly:
//! let object = SourceObject::new("user", "1").with("login", "jdoe");
//! let outcomes = purser_guest::map_batch::<Staff>(&Context::default(), &[object]);
//! let Some(Outcome::Projection(projection)) = outcomes.first() else { panic!() };
//! assert_eq!(projection.resource.get("userName"), Some(&json!("jdoe")));
//! ```
//!
//! `cargo test` tests it; `cargo build --release --target wasm32-unknown-unknown`
//! builds it. The host takes the `.wasm` file that cargo writes: no other tool is
//! needed. Do not build for a WASI target: a plugin has no system to talk to, and
//! the host refuses it.
//!
//! Two settings are worth a `.cargo/config.toml`: Rust puts a stack of 1 MiB
//! first in memory, and a smaller one makes each call cheaper.
//!
//! ```toml
//! [target.wasm32-unknown-unknown]
//! rustflags = ["-C", "link-arg=-zstack-size=131072"]
//! ```
//!
//! # What to know
//!
//! - Return a [`Problem`] for an object that you cannot map. A panic ends the
//!   whole call: this crate can only log *where* it happened, never the message,
//!   which may hold a person's data.
//! - There is no clock (`Instant::now` panics), no chance, no file, and `println!`
//!   goes nowhere: use [`log`].
//! - Every call has a fresh instance. What you keep in a `static` is gone.
//! - What depends on the time says so: ask for the capability `time`, compare with
//!   [`Context::is_before`], and give each [`Projection`] the time at which its
//!   answer changes ([`Projection::until`]). Until then the host takes an unchanged
//!   object for done and does not ask; [`date`] makes such times of days.
//! - Lookup tables of the configuration are read with [`Context::lookup`], each after
//!   it was asked for with [`Description::looks_up`]: ask for those that the settings
//!   use, so that nobody has to allow more. A plugin that never calls it does not
//!   import it, and needs no grant.
//! - Name attributes in messages, never their values.
//!
//! `examples/university` is a whole plugin with settings, references, an extension
//! and contracts that end. The contract itself, with its reasons, is `wit/` in Purser's repository.

pub mod date;
mod description;
pub mod log;
mod lookup;
mod object;
mod outcome;
#[cfg(target_arch = "wasm32")]
#[doc(hidden)]
pub mod wasm;

pub use serde_json as json;

pub use crate::{
    description::{Capability, Description},
    lookup::LookupError,
    object::{Context, SourceObject},
    outcome::{Alternatives, Outcome, Problem, ProblemKind, Projection},
};

use crate::json::Value;

/// A mapping: source objects → SCIM resources. Hand the type to [`export!`].
pub trait Mapper: Sized {
    /// Says what the plugin is, reads and writes under these settings. With `{}`
    /// it must succeed.
    ///
    /// # Errors
    /// One sentence that names the setting at fault.
    fn describe(settings: &Value) -> Result<Description, String>;

    /// Prepares for a batch, from its settings. They have passed the schema and
    /// [`describe`](Self::describe).
    ///
    /// # Errors
    /// The problem becomes the problem of each object of the batch.
    fn new(context: &Context) -> Result<Self, Problem>;

    /// Maps one object. Must not depend on the objects before it.
    fn map(&self, context: &Context, object: &SourceObject) -> Outcome;
}

/// Maps a batch as the host would have it mapped, one outcome for each object.
pub fn map_batch<M: Mapper>(context: &Context, objects: &[SourceObject]) -> Vec<Outcome> {
    match M::new(context) {
        Ok(mapper) => objects
            .iter()
            .map(|object| mapper.map(context, object))
            .collect(),
        Err(problem) => objects
            .iter()
            .map(|_| Outcome::Problem(problem.clone()))
            .collect(),
    }
}

/// Makes a component of a [`Mapper`]. Once in a crate, at its root. Does nothing
/// when the crate is built for another machine than WebAssembly.
#[macro_export]
macro_rules! export {
    ($mapper:ty) => {
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            type Component = $crate::wasm::Component<$mapper>;
    $crate::wasm::bindings::export!(Component with_types_in $crate::wasm::bindings);
        };
    };
}
