//! A create was begun, its answer was lost, and now the target is asked for what
//! became of it (invariant 9).
//!
//! What is found is ours. What is not found may be on its way into the target's
//! answers, or was never made; which of the two nobody can see. So nothing is
//! sent again before the resource had time to become visible, and not even then
//! because look-ups find nothing: only where the target itself would refuse a
//! second one, or a listing that is whole shows that there is none.

use super::{Decision, Facts, create};
use crate::{projection::Projection, situation::Situation};

/// A create that was begun and whose answer we do not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Begun {
    /// Its resource would be visible by now.
    pub visible: bool,
    /// To send it again can make no second resource: the target keeps an attribute
    /// unique whose value went along and has not changed since; or it is proven
    /// that nothing is there, by a whole listing or by a person who has looked.
    pub repeatable: bool,
}

/// Nothing at the target matches what we began to create.
pub(super) fn nothing_found(facts: &Facts<'_>, begun: Begun, projection: &Projection) -> Decision {
    if !begun.visible {
        return Decision::Wait;
    }
    if begun.repeatable {
        return create(facts, Situation::UnknownOutcome, projection);
    }
    Decision::Park {
        situation: Situation::UnknownOutcome,
        reason: format!(
            "the answer to its create was lost and nothing that matches can be found, but the target would take a \
             second one; look there: if it has it, correct it so that it matches, if not, \
             `purser sync MAPPING --object {} --allow create=1` sends it again",
            facts.object
        ),
    }
}

/// Several match what we began to create.
pub(super) fn several(count: usize, attribute: &str) -> Decision {
    Decision::Park {
        situation: Situation::UnknownOutcome,
        reason: format!(
            "the answer to its create was lost, and {count} resources at the target match by {attribute}; \
             remove or rename there what is not its own"
        ),
    }
}
