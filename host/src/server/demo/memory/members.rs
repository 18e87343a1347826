//! The members of a group.

use purser_scim::Resource;
use serde_json::Value;

/// The ids of a group's members.
pub(super) fn ids(group: &Resource) -> impl Iterator<Item = &str> {
    group
        .get("members")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|member| member.get("value")?.as_str())
}

/// Takes a member out; says whether it was in.
pub(super) fn without(group: &mut Resource, id: &str) -> bool {
    let Some(Value::Array(members)) = group.get_mut("members") else {
        return false;
    };
    let before = members.len();
    members.retain(|member| member.get("value").and_then(Value::as_str) != Some(id));
    let (removed, empty) = (members.len() < before, members.is_empty());
    if empty {
        group.remove("members");
    }
    removed
}
