//! The only writer to a target (invariant 3).
//!
//! It takes an [`Approved`] change, and only the failsafe can make one; the
//! step that [`Target::write`] asks for can only be had from that.

use purser_engine::{Digest, change::Change, failsafe::Approved};
use purser_scim::Resource;
use serde_json::Value;

use crate::{
    failpoint::{self, Moment, Step},
    target::{Answer, Target, TargetError},
};

/// Carries out one approved change.
///
/// # Errors
/// As the target classifies them.
pub async fn apply(target: &dyn Target, change: &Approved<Change>) -> Result<Answer, TargetError> {
    failpoint::reach(Step::Request, Moment::Before);
    let answer = target.write(change.step()).await;
    failpoint::reach(Step::Request, Moment::After);
    answer
}

/// The digest of a resource's form at the target: the baseline `observed`.
/// What the server keeps about a resource (`meta`), what is changed through
/// other resources (`groups`, RFC 7643 §4.1.2) and what listings leave out
/// (`members`) is not part of it.
pub(super) fn observed(mut resource: Resource) -> Digest {
    for name in ["meta", "groups", "members", "password"] {
        resource.remove(name);
    }
    let mut value = purser_scim::diff::without_empty(resource).into_value();
    if let Some(Value::Array(schemas)) = value.get_mut("schemas") {
        schemas.sort_by_key(ToString::to_string);
    }
    Digest::of_json(&value)
}
