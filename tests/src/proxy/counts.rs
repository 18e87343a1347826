//! What passed, in numbers.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Entry;

/// Requests and edges. Writes count where the target did them; `failed` holds the others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// `POST /Users`.
    pub users_created: u64,
    /// `PATCH /Users/{id}` and `PUT`.
    pub users_changed: u64,
    /// `DELETE /Users/{id}`.
    pub users_deleted: u64,
    /// Among the changed ones, those that set `active` to false.
    pub users_deactivated: u64,
    /// `POST /Groups`.
    pub groups_created: u64,
    /// Changes of a group's `displayName`.
    pub groups_renamed: u64,
    /// `DELETE /Groups/{id}`.
    pub groups_deleted: u64,
    /// Members added, whether at creation or later.
    pub edges_added: u64,
    /// Members removed.
    pub edges_removed: u64,
    /// Writes, whatever became of them.
    pub writes: u64,
    /// Writes that the target refused, by endpoint and status.
    pub failed: BTreeMap<String, u64>,
    /// Reads that are neither discovery nor a plain page of a listing.
    pub searches: Vec<String>,
    /// All reads.
    pub reads: u64,
}

impl Counts {
    /// Counts requests.
    pub fn of(entries: &[Entry]) -> Self {
        let mut counts = Self::default();
        for entry in entries {
            counts.add(entry);
        }
        counts
    }

    fn add(&mut self, entry: &Entry) {
        if !entry.is_write() {
            self.reads += 1;
            if is_search(entry) {
                self.searches
                    .push(format!("{}?{}", entry.endpoint, entry.query));
            }
            return;
        }
        self.writes += 1;
        if !entry.succeeded() {
            *self
                .failed
                .entry(format!("{} {}", entry.endpoint, entry.status))
                .or_default() += 1;
            return;
        }
        match entry.endpoint.as_str() {
            "POST /Users" => self.users_created += 1,
            "DELETE /Users" => self.users_deleted += 1,
            "DELETE /Groups" => self.groups_deleted += 1,
            "PATCH /Users" | "PUT /Users" => {
                self.users_changed += 1;
                self.users_deactivated += u64::from(sets_inactive(&entry.body));
            }
            "POST /Groups" => {
                self.groups_created += 1;
                self.edges_added += length(entry.body.get("members"));
            }
            "PATCH /Groups" => self.group_patch(&entry.body),
            _ => {}
        }
    }

    fn group_patch(&mut self, body: &Value) {
        for operation in operations(body) {
            let text = |name: &str| {
                operation
                    .get(name)
                    .and_then(Value::as_str)
                    .unwrap_or_default()
            };
            let path = text("path").to_lowercase();
            let value = operation.get("value");
            if path == "displayname" || (path.is_empty() && has(value, "displayName")) {
                self.groups_renamed += 1;
            }
            let removes = text("op").eq_ignore_ascii_case("remove");
            if path.is_empty() && has(value, "members") {
                self.edges_added += length(value.and_then(|value| value.get("members")));
            } else if path.starts_with("members[") && removes {
                // One comparison names one member: `members[value eq "a" or value eq "b"]`.
                self.edges_removed += path.matches(" eq ").count() as u64;
            } else if path == "members" && removes {
                self.edges_removed += length(value);
            } else if path == "members" {
                self.edges_added += length(value);
            }
        }
    }
}

/// Discovery and pages without a filter are what an unchanged run may read.
fn is_search(entry: &Entry) -> bool {
    let discovery = [
        "GET /ServiceProviderConfig",
        "GET /ResourceTypes",
        "GET /Schemas",
    ];
    let page = ["GET /Users", "GET /Groups"].contains(&entry.endpoint.as_str())
        && !entry.by_id
        && !entry.query.contains("filter=");
    !page && !discovery.contains(&entry.endpoint.as_str())
}

fn operations(body: &Value) -> impl Iterator<Item = &Value> {
    body.get("Operations")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

fn sets_inactive(body: &Value) -> bool {
    operations(body).any(|operation| {
        let path = operation
            .get("path")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let value = operation.get("value");
        match path {
            "" => value.and_then(|value| value.get("active")) == Some(&Value::Bool(false)),
            path => path.eq_ignore_ascii_case("active") && value == Some(&Value::Bool(false)),
        }
    }) || body.get("active") == Some(&Value::Bool(false))
}

fn has(value: Option<&Value>, name: &str) -> bool {
    value.is_some_and(|value| value.get(name).is_some())
}

fn length(value: Option<&Value>) -> u64 {
    match value {
        Some(Value::Array(members)) => members.len() as u64,
        Some(Value::Object(_)) => 1,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn entry(method: &str, path: &str, body: Value) -> Entry {
        let mut entry = Entry::new(method, path, body.to_string().as_bytes());
        entry.status = 200;
        entry
    }

    #[test]
    fn a_group_patch_is_taken_apart() {
        let body = json!({ "Operations": [
            { "op": "replace", "path": "displayName", "value": "new" },
            { "op": "add", "path": "members", "value": [{ "value": "1" }, { "value": "2" }] },
            { "op": "remove", "path": "members[value eq \"3\" or value eq \"4\"]" },
            { "op": "remove", "path": "members", "value": [{ "value": "5" }] },
        ]});
        let counts = Counts::of(&[entry("PATCH", "/Groups/g", body)]);
        assert_eq!(
            (
                counts.groups_renamed,
                counts.edges_added,
                counts.edges_removed
            ),
            (1, 2, 3)
        );
    }

    #[test]
    fn reads_are_told_apart() {
        let counts = Counts::of(&[
            entry("GET", "/ServiceProviderConfig", Value::Null),
            entry("GET", "/Users?startIndex=1&count=100", Value::Null),
            entry("GET", "/Users?filter=userName%20eq%20%22a%22", Value::Null),
            entry("GET", "/Users/17", Value::Null),
        ]);
        assert_eq!((counts.reads, counts.searches.len()), (4, 2));
    }

    #[test]
    fn deactivation_is_seen_in_either_form() {
        for operation in [
            json!({ "op": "replace", "path": "active", "value": false }),
            json!({ "op": "replace", "value": { "active": false } }),
        ] {
            let body = json!({ "Operations": [operation] });
            let counts = Counts::of(&[entry("PATCH", "/Users/1", body)]);
            assert_eq!((counts.users_changed, counts.users_deactivated), (1, 1));
        }
    }
}
