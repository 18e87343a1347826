//! What became of a create whose answer was lost (invariant 9).
//!
//! The target is asked by what was sent, and by what would be sent now. As long
//! as the resource may not be visible yet, an answer of "nothing" says nothing: a
//! job comes back later, and a plan, which must say now what will be done, waits.

use std::time::Duration;

use jiff::Timestamp;
use purser_engine::decide::{Begun, Correlation};
use purser_scim::fold;

use super::Work;
use crate::{
    store::OpenIntent,
    sync::{
        Wiring,
        lookup::{Sought, lookup, told_apart},
        members::Failure,
        view::View,
    },
    target::TargetError,
};

/// Between two questions of a plan that waits.
const POLL: Duration = Duration::from_millis(500);

/// What the target shows of it, and what an answer of "nothing" is worth.
pub(super) async fn look(
    wiring: &Wiring,
    view: &View,
    work: &Work,
    intent: &OpenIntent,
    staged: Option<Correlation>,
) -> Result<(Correlation, Begun), Failure> {
    let mut keys = intent.keys.clone();
    for key in &work.keys {
        if !keys.contains(key) {
            keys.push(key.clone());
        }
    }
    let sought = Sought {
        key: &work.candidate.key,
        resource_type: &work.candidate.resource_type,
        keys: &keys,
        ours: true,
    };
    let visible_at = wiring.visible_after(intent.sent_until);
    let whole = listing_answers(view, work, intent, visible_at);
    // Counted down, as a clock that is set back must not hold a plan up.
    let rest = visible_at.duration_since((wiring.clock)());
    let mut rest = Duration::try_from(rest).unwrap_or_default();
    loop {
        let found = match (lookup(wiring, sought).await, &staged) {
            // A filter that the target does not understand; a quotation mark in a name is enough.
            (Err(Failure::Target(TargetError::Rejected { .. })), Some(listed))
                if whole && certain(listed, &keys) =>
            {
                listed.clone()
            }
            // Told apart from what was sent, and yet it belongs to somebody by one of its
            // keys: whoever was not begun before would not be made either.
            (Ok(Correlation::Nothing), Some(owned @ Correlation::Owned { .. })) if whole => {
                owned.clone()
            }
            (found, _) => found?,
        };
        let visible = rest.is_zero();
        if visible || !view.planning || !matches!(found, Correlation::Nothing) {
            let begun = Begun {
                visible,
                repeatable: view.sure_that_absent
                    || repeatable(intent, &work.unique)
                    || (whole && matches!(staged, Some(Correlation::Nothing))),
            };
            return Ok((found, begun));
        }
        let pause = rest.min(POLL);
        tokio::time::sleep(pause).await;
        rest = rest.saturating_sub(pause);
    }
}

/// Whether a whole listing, begun when it would have shown what was sent, was
/// asked by all that was sent.
fn listing_answers(view: &View, work: &Work, intent: &OpenIntent, visible_at: Timestamp) -> bool {
    view.listed.contains(&work.candidate.resource_type)
        && view.listed_at >= visible_at
        // It was asked by what would be sent now.
        && intent.keys.iter().all(|key| work.keys.contains(key))
}

/// Whether what it showed is ours for certain, or for certain is not: no key tells it
/// apart from what we sent, or it belongs to somebody.
fn certain(listed: &Correlation, keys: &[(String, String)]) -> bool {
    match listed {
        Correlation::Nothing | Correlation::Owned { .. } => true,
        Correlation::One { resource, .. } => !told_apart(keys, resource),
        Correlation::Many { .. } => false,
    }
}

/// Whether the target would refuse a second one: a value that it keeps unique was
/// sent, and would be sent again.
fn repeatable(intent: &OpenIntent, unique: &[(String, String)]) -> bool {
    intent.keys.iter().any(|(path, sent)| {
        unique
            .iter()
            .any(|(name, value)| name.eq_ignore_ascii_case(path) && *value == fold::fold(sent))
    })
}
