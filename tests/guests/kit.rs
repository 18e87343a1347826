//! What the cases have in common: a plugin that does everything right.
//!
//! A case is a folder beside this file: `guest.rs` (with its entry in
//! `Cargo.toml`) or `guest.wat`, and `expected.toml`, which says what comes of
//! it. `crates/plugin/tests/corpus.rs` walks over them and describes the files.
//!
//! A case in Rust overrides what it does wrong. It is written against the
//! generated bindings and not against the SDK's [`purser_guest::Mapper`], which
//! makes half of this impossible, and it stays without a JSON library, which
//! keeps the cases small and quick to build.

#![cfg(target_arch = "wasm32")]

use std::marker::PhantomData;

pub use purser_guest::wasm::bindings;

pub use bindings::{
    exports::purser::plugin::{
        mapping::{Outcome, Projection},
        metadata::{Capability, Description},
    },
    purser::plugin::types::{Context, Problem, ProblemKind, SourceObject},
};

/// The object that a case does something wrong about; its neighbours are innocent.
pub const CULPRIT: &str = "2";

/// A plugin that maps every object to its id, as far as it is not overridden.
pub trait Case {
    /// Describes itself.
    fn describe() -> Description {
        description()
    }

    /// Maps a batch.
    fn map_all(objects: Vec<SourceObject>) -> Vec<Outcome> {
        objects
            .into_iter()
            .map(|object| {
                if object.id == CULPRIT {
                    Self::map_culprit(object)
                } else {
                    fine(object)
                }
            })
            .collect()
    }

    /// Maps the object that is different.
    fn map_culprit(object: SourceObject) -> Outcome {
        fine(object)
    }
}

/// What a well-behaved plugin says of itself.
pub fn description() -> Description {
    Description {
        name: "case".to_owned(),
        version: "0.1.0".to_owned(),
        summary: "Misbehaves.".to_owned(),
        settings_schema: "{}".to_owned(),
        reads: vec!["login".to_owned()],
        writes: vec!["userName".to_owned()],
        capabilities: Vec::new(),
    }
}

/// The same, asking for a capability.
pub fn asking_for(capability: &str) -> Description {
    Description {
        capabilities: vec![Capability {
            name: capability.to_owned(),
            reason: "for a test".to_owned(),
        }],
        ..description()
    }
}

/// A problem that the plugin is to blame for.
pub fn internal(message: &str) -> Outcome {
    Outcome::Problem(Problem {
        kind: ProblemKind::Internal,
        attribute: None,
        message: message.to_owned(),
    })
}

/// What a well-behaved plugin makes of an object.
pub fn fine(object: SourceObject) -> Outcome {
    resource(format!("{{\"userName\":\"{}\"}}", object.id))
}

/// A projection with this document.
pub fn resource(document: String) -> Outcome {
    Outcome::Projection(projection(document))
}

/// A projection with this document, to be spoilt further.
pub fn projection(document: String) -> Projection {
    Projection {
        resource: document,
        alternatives: Vec::new(),
        create_only: Vec::new(),
        reevaluate_at: None,
    }
}

/// The component that a case becomes.
#[derive(Debug)]
pub struct Component<C>(PhantomData<C>);

impl<C: Case> bindings::exports::purser::plugin::metadata::Guest for Component<C> {
    fn describe(_settings: String) -> Result<Description, String> {
        Ok(C::describe())
    }
}

impl<C: Case> bindings::exports::purser::plugin::mapping::Guest for Component<C> {
    fn map_objects(_context: Context, objects: Vec<SourceObject>) -> Vec<Outcome> {
        C::map_all(objects)
    }
}

/// Makes a component of a case. Once in a case.
#[macro_export]
macro_rules! export {
    ($case:ty) => {
        const _: () = {
            type Component = $crate::Component<$case>;
            use $crate::bindings;
    bindings::export!(Component with_types_in bindings);
        };
    };
}
