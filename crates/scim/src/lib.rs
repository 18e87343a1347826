//! SCIM 2.0 as values: resource, path, filter, patch, schema, diff, messages; bodies judged,
//! answers cut and sorted.
//!
//! RFC 7643 and RFC 7644 without a network: no async, no I/O, no clock, no chance. Both sides of
//! the host use it: the service provider over its directory and the client towards targets.
//!
//! | module | what it is for | RFC |
//! |---|---|---|
//! | [`resource`] | a resource as it came, lossless | 7643 §3 |
//! | [`value`] | what counts as absent | 7643 §2.5 |
//! | [`schema`] | attributes and their characteristics, resource types | 7643 §2, §6–8 |
//! | [`path`] | attribute paths and PATCH paths | 7644 §3.10, §3.5.2 |
//! | [`filter`] | filters: read, print, evaluate | 7644 §3.4.2.2 |
//! | [`patch`] | PATCH: read, print, apply | 7644 §3.5.2 |
//! | [`validate`] | bodies of POST and PUT, and what a PATCH left | 7644 §3.3, §3.5 |
//! | [`shape`] | which attributes an answer shows | 7644 §3.4.2.5, §3.9 |
//! | [`sort`] | the order of an answer | 7644 §3.4.2.3 |
//! | [`diff`] | the delta between two resources, and laying one over another | – |
//! | [`message`] | queries, list responses, bulk, errors, service provider configuration | 7644 §3.4, §3.7, §3.12, 9865 |
//! | [`fold`] | the one equality for matching and uniqueness | – |
//! | [`urn`] | schema URNs | 7643 §10, 7644 §8.2 |
//!
//! Three rules run through all of it:
//!
//! - **Nothing is lost.** Unknown attributes, unknown extensions, key order and spelling survive
//!   every operation that does not change them. Only [`validate`] drops what no schema knows: a
//!   service provider returns what its schemas say.
//! - **Absent has one meaning.** Absent, null, `[]` and `{}` are one state, decided in [`value`].
//! - **Nothing panics and nothing overflows.** Whatever comes from outside gives a value or an
//!   error; filters are read within a budget.
//!
//! ```
//! use purser_scim::{Resource, diff::diff, schema::ResourceSchema};
//!
//! let schema = ResourceSchema::user();
//! let before = Resource::parse(r#"{ "userName": "babs", "title": "Guide" }"#)?;
//! let after = Resource::parse(r#"{ "userName": "babs", "name": { "givenName": "Barbara" } }"#)?;
//!
//! let delta = diff(&before, &after, &schema);
//! let paths: Vec<String> = delta.changes.iter().map(|change| change.path.to_string()).collect();
//! assert_eq!(paths, ["title", "name.givenName"]);
//!
//! let mut patched = before.clone();
//! assert!(delta.to_patch().apply(&mut patched, &schema)?);
//! assert!(diff(&patched, &after, &schema).is_empty());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod diff;
pub mod filter;
pub mod fold;
mod judge;
pub mod message;
pub mod patch;
pub mod path;
pub mod resource;
pub mod schema;
pub mod shape;
pub mod sort;
mod text;
pub mod urn;
pub mod validate;
pub mod value;

pub use diff::{AttributeChange, Delta};
pub use filter::{Filter, FilterError};
pub use message::{ScimError, ScimType};
pub use patch::{PatchOp, PatchRequest};
pub use path::{AttrPath, Path, PathError};
pub use resource::{Resource, ResourceError};
pub use schema::ResourceSchema;
pub use shape::Selection;
pub use validate::Tolerance;
pub use value::is_empty_value;
