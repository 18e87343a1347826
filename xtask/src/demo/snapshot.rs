//! What the server holds, and what changed between two looks at it.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use serde_json::Value;

use super::server::Server;

/// Everything in the server at one moment.
pub struct Snapshot {
    users: BTreeMap<String, Value>,
    groups: BTreeMap<String, Value>,
}

/// What happened between two snapshots.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// New accounts.
    pub created: usize,
    /// Accounts with other values, neither closed nor opened.
    pub updated: usize,
    /// Accounts that were active and are not.
    pub deactivated: usize,
    /// Accounts that were inactive and are active.
    pub reactivated: usize,
    /// Accounts that are gone.
    pub deleted: usize,
    /// New groups.
    pub groups_created: usize,
    /// Groups with another name.
    pub groups_renamed: usize,
    /// New memberships.
    pub edges_added: usize,
    /// Memberships that ended.
    pub edges_removed: usize,
    /// Accounts afterwards.
    pub accounts: usize,
}

impl Snapshot {
    /// Looks at the server.
    pub fn take(server: &Server) -> Result<Self> {
        Ok(Self {
            users: by_id(server.list("Users")?),
            groups: by_id(server.list("Groups")?),
        })
    }

    /// What is different in `after`.
    pub fn difference(&self, after: &Self) -> Difference {
        let mut change = Difference {
            accounts: after.users.len(),
            ..Difference::default()
        };
        for (id, user) in &after.users {
            let Some(before) = self.users.get(id) else {
                change.created += 1;
                continue;
            };
            match (active(before), active(user)) {
                (true, false) => change.deactivated += 1,
                (false, true) => change.reactivated += 1,
                _ if before != user => change.updated += 1,
                _ => {}
            }
        }
        change.deleted = self
            .users
            .keys()
            .filter(|id| !after.users.contains_key(*id))
            .count();
        for (id, group) in &after.groups {
            match self.groups.get(id) {
                None => change.groups_created += 1,
                Some(before) if before.get("displayName") != group.get("displayName") => {
                    change.groups_renamed += 1;
                }
                Some(_) => {}
            }
        }
        let (before, after) = (self.edges(), after.edges());
        change.edges_added = after.difference(&before).count();
        change.edges_removed = before.difference(&after).count();
        change
    }

    /// Pairs of group and member.
    fn edges(&self) -> BTreeSet<(&str, &str)> {
        self.groups
            .iter()
            .flat_map(|(id, group)| {
                let members = group.get("members").and_then(Value::as_array);
                members
                    .into_iter()
                    .flatten()
                    .filter_map(move |member| Some((id.as_str(), member.get("value")?.as_str()?)))
            })
            .collect()
    }
}

fn active(user: &Value) -> bool {
    user.get("active").and_then(Value::as_bool).unwrap_or(true)
}

fn by_id(resources: Vec<Value>) -> BTreeMap<String, Value> {
    resources
        .into_iter()
        .filter_map(|resource| Some((resource.get("id")?.as_str()?.to_owned(), resource)))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn differences_are_counted_by_what_they_mean() {
        let before = Snapshot {
            users: by_id(vec![
                json!({ "id": "1", "active": true }),
                json!({ "id": "2", "active": true, "title": "x" }),
                json!({ "id": "3" }),
            ]),
            groups: by_id(vec![
                json!({ "id": "g", "displayName": "a", "members": [{ "value": "1" }] }),
            ]),
        };
        let after = Snapshot {
            users: by_id(vec![
                json!({ "id": "1", "active": false }),
                json!({ "id": "2", "active": true, "title": "y" }),
                json!({ "id": "4" }),
            ]),
            groups: by_id(vec![
                json!({ "id": "g", "displayName": "b", "members": [{ "value": "4" }] }),
            ]),
        };
        let expected = Difference {
            created: 1,
            updated: 1,
            deactivated: 1,
            deleted: 1,
            groups_renamed: 1,
            edges_added: 1,
            edges_removed: 1,
            accounts: 3,
            ..Difference::default()
        };
        assert_eq!(before.difference(&after), expected);
    }
}
