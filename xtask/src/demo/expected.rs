//! What the generator of the sample data says that must happen
//! (`expected_ops.json` and the `expected_*` files beside the export).

use std::fs;

use anyhow::{Context, Result};
use serde_json::Value;

use super::{Act, folder::SAMPLE};
use crate::workspace::Workspace;

/// The numbers that the runs are held against.
pub struct Expected {
    accounts: u64,
    edges: u64,
    ops: Value,
}

impl Expected {
    /// Reads them from the sample data.
    pub fn read(workspace: &Workspace) -> Result<Self> {
        let read = |name: &str| {
            let path = workspace.path(SAMPLE).join(name);
            fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
        };
        let mut edges = 0;
        for line in read("expected_groups.jsonl")?.lines() {
            let group: Value = serde_json::from_str(line).context("expected_groups.jsonl")?;
            edges += group
                .get("members")
                .and_then(Value::as_array)
                .map_or(0, Vec::len) as u64;
        }
        Ok(Self {
            accounts: read("expected_users.jsonl")?.lines().count() as u64,
            edges,
            ops: serde_json::from_str(&read("expected_ops.json")?).context("expected_ops.json")?,
        })
    }

    /// One sentence for each number that is not as expected.
    pub fn compare(&self, acts: &[Act]) -> Vec<String> {
        let op = |name: &str| {
            self.ops
                .get(name)
                .and_then(Value::as_u64)
                .unwrap_or_default()
        };
        let mut surprises = Vec::new();
        let mut hold = |act: &Act, what: &str, is: usize, wanted: u64| {
            if is as u64 != wanted {
                surprises.push(format!("{}: {is} {what}, expected {wanted}", act.title));
            }
        };
        let [first, second, third] = acts else {
            return vec!["the demonstration was not played to its end".to_owned()];
        };
        hold(
            first,
            "accounts created",
            first.change.created,
            self.accounts,
        );
        hold(
            first,
            "memberships added",
            first.change.edges_added,
            self.edges,
        );
        // Leavers are deactivated here; `update` holds deactivations by status.
        let change = &second.change;
        hold(
            second,
            "accounts created",
            change.created,
            op("create_when_leavers_are_deactivated"),
        );
        hold(
            second,
            "accounts changed",
            change.updated + change.deactivated + change.reactivated,
            op("update") + op("delete_or_deactivate"),
        );
        hold(second, "accounts deleted", change.deleted, 0);
        hold(
            second,
            "groups created",
            change.groups_created,
            op("groups_created"),
        );
        hold(
            second,
            "groups renamed",
            change.groups_renamed,
            op("groups_renamed"),
        );
        hold(
            second,
            "memberships added",
            change.edges_added,
            op("edges_added_when_leavers_are_deactivated"),
        );
        hold(
            second,
            "memberships removed",
            change.edges_removed,
            op("edges_removed"),
        );
        hold(third, "writes", third.writes as usize, 0);
        surprises
    }
}
