//! The component itself, written against the generated bindings: between the
//! helper crate and the host there is still room to cheat.

use purser_guest::wasm::{
    Component,
    bindings::{
        self,
        exports::purser::plugin::{mapping, metadata},
        purser::plugin::types,
    },
};

use crate::Hostile;

struct Raw;

impl metadata::Guest for Raw {
    fn describe(settings: String) -> Result<metadata::Description, String> {
        <Component<Hostile> as metadata::Guest>::describe(settings)
    }
}

impl mapping::Guest for Raw {
    fn map_objects(
        context: types::Context,
        objects: Vec<types::SourceObject>,
    ) -> Vec<mapping::Outcome> {
        let settings = context.settings.clone();
        let mut outcomes = <Component<Hostile> as mapping::Guest>::map_objects(context, objects);
        if settings.contains("wrong-length") {
            outcomes.pop();
        }
        if settings.contains("bad-json") {
            for outcome in &mut outcomes {
                if let mapping::Outcome::Projection(projection) = outcome {
                    projection.resource.truncate(5);
                }
            }
        }
        outcomes
    }
}

bindings::export!(Raw with_types_in bindings);
