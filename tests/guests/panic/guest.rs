//! Panics over one object, with its attributes in the message. Written with the
//! SDK, which says in the log where that was, and nothing else.

#![cfg(target_arch = "wasm32")]

use purser_guest::{
    Context, Description, Mapper, Outcome, Problem, Projection, SourceObject,
    json::{Value, json},
};

struct Guest;

purser_guest::export!(Guest);

impl Mapper for Guest {
    fn describe(_settings: &Value) -> Result<Description, String> {
        Ok(Description::new("case", "0.1.0", "Misbehaves.")
            .reads(["login"])
            .writes(["userName"]))
    }

    fn new(_context: &Context) -> Result<Self, Problem> {
        Ok(Self)
    }

    fn map(&self, _context: &Context, object: &SourceObject) -> Outcome {
        assert_ne!(
            object.id,
            guest_corpus::CULPRIT,
            "cannot map {:?}",
            object.attributes
        );
        Projection::new(json!({ "userName": object.id })).into()
    }
}
