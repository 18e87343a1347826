//! The call to a component alone, for the benchmarks: what the contract costs,
//! without what the host does before and after it. Not for anybody else.

use crate::{
    bindings::v0_1::{exports::purser::plugin::mapping, purser::plugin::types},
    convert,
    error::CallError,
    mapper::Mapper,
    outcome::{Context, Problem, SourceObject},
};

/// Objects as they are handed over: their attributes are text.
pub struct Documents(Vec<types::SourceObject>);

impl Documents {
    /// As [`Mapper::map_objects`] does it.
    ///
    /// # Errors
    /// An object is too large.
    pub fn new(mapper: &Mapper, objects: &[SourceObject<'_>]) -> Result<Self, Problem> {
        let one = |object| convert::object(object, mapper.reads(), mapper.limits());
        objects.iter().map(one).collect::<Result<_, _>>().map(Self)
    }

    /// The attributes of each object.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|object| object.attributes.as_str())
    }

    /// One call for all of them; the texts of the resources, empty where there is none.
    ///
    /// # Errors
    /// The call failed.
    pub fn at_once(
        &self,
        mapper: &Mapper,
        context: &Context<'_>,
    ) -> Result<Vec<String>, CallError> {
        Ok(texts(mapper.exchange(context, &self.0)?))
    }

    /// One call, and so one instance, for each.
    ///
    /// # Errors
    /// A call failed.
    pub fn one_by_one(
        &self,
        mapper: &Mapper,
        context: &Context<'_>,
    ) -> Result<Vec<String>, CallError> {
        let mut all = Vec::with_capacity(self.0.len());
        for object in &self.0 {
            all.extend(texts(
                mapper.exchange(context, std::slice::from_ref(object))?,
            ));
        }
        Ok(all)
    }
}

fn texts(outcomes: Vec<mapping::Outcome>) -> Vec<String> {
    let text = |outcome| match outcome {
        mapping::Outcome::Projection(projection) => projection.resource,
        _ => String::new(),
    };
    outcomes.into_iter().map(text).collect()
}
