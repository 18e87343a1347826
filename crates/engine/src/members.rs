//! Memberships are edges between a group and a member, whichever end the
//! mapping wrote them on. They are additive: we remove only what we added.

use std::collections::BTreeSet;

use crate::{
    change::{Action, Change, Member},
    effect::{Effect, Effects},
    ids::{ObjectKey, ResourceType, TargetId},
    situation::Situation,
};

/// A membership as a mapping wrote it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Edge {
    /// The group's source object.
    pub group: ObjectKey,
    /// The member's source object.
    pub member: ObjectKey,
}

/// The change that brings a group's members from `have` (those that we added)
/// to `want` (those that are wanted and whose accounts are linked). Members
/// whose addition was begun and never answered are `unsure`: added again if
/// they are wanted, removed if they are not. None where nothing is to be done.
pub fn change(
    group: ObjectKey,
    resource_type: ResourceType,
    target_id: TargetId,
    want: &BTreeSet<Member>,
    have: &BTreeSet<Member>,
    unsure: &BTreeSet<Member>,
) -> Option<Change> {
    let add: Vec<_> = want.difference(have).cloned().collect();
    let remove: Vec<_> = have
        .union(unsure)
        .filter(|member| !want.contains(member))
        .cloned()
        .collect();
    let mut effects = Effects::default();
    if !add.is_empty() {
        effects.insert(Effect::AddMember);
    }
    if !remove.is_empty() {
        effects.insert(Effect::RemoveMember);
    }
    (!effects.is_empty()).then(|| Change {
        object: group,
        resource_type,
        situation: Situation::Linked,
        effects,
        action: Action::Members {
            target_id,
            add,
            remove,
        },
        written: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(ids: &[&str]) -> BTreeSet<Member> {
        ids.iter()
            .map(|id| Member {
                object: ObjectKey::new("user", *id),
                target_id: TargetId::new(format!("t{id}")),
            })
            .collect()
    }

    #[test]
    fn only_the_difference_is_sent() {
        let unsure = |want: &[&str], have: &[&str], unsure: &[&str]| {
            change(
                ObjectKey::new("role", "r"),
                ResourceType::group(),
                TargetId::new("g"),
                &members(want),
                &members(have),
                &members(unsure),
            )
        };
        let change = |want, have| unsure(want, have, &[]);
        assert!(change(&["1", "2"], &["2", "1"]).is_none());
        let both = change(&["1", "2"], &["2", "3"]).unwrap();
        assert_eq!(
            both.effects,
            Effects::of([Effect::AddMember, Effect::RemoveMember])
        );
        let Action::Members { add, remove, .. } = both.action else {
            panic!("members");
        };
        assert_eq!(add, Vec::from_iter(members(&["1"])));
        assert_eq!(remove, Vec::from_iter(members(&["3"])));
        assert_eq!(
            change(&[], &["3"]).unwrap().effects,
            Effects::of([Effect::RemoveMember])
        );
        assert_eq!(
            unsure(&["3"], &[], &["3"]).unwrap().effects,
            Effects::of([Effect::AddMember])
        );
        assert_eq!(
            unsure(&[], &[], &["3"]).unwrap().effects,
            Effects::of([Effect::RemoveMember])
        );
    }
}
