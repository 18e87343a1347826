//! Tables, as a configuration grants them to a plugin.

#![expect(clippy::unwrap_used, reason = "tests may stop at the first surprise")]

#[path = "support/guests.rs"]
#[expect(dead_code, reason = "each test file uses its part")]
mod guests;

use std::sync::Arc;

use guests::{doing, guest, hostile, map, runtime};
use insta::assert_snapshot;
use purser_plugin::{Grants, Limits, Mapper, Runtime, Table};
use serde_json::json;

fn table(entries: &[(&str, &str)]) -> Arc<Table> {
    let mut table = Table::default();
    for (key, value) in entries {
        table
            .insert((*key).to_owned(), vec![(*value).to_owned()])
            .unwrap();
    }
    Arc::new(table)
}

/// The component that asks for `roles`, with these tables.
fn reader(runtime: &Runtime, tables: &[(&str, &Arc<Table>)]) -> Mapper {
    let grants = tables.iter().fold(Grants::none(), |grants, (name, table)| {
        grants.with_table(name, Arc::clone(table))
    });
    runtime
        .load("staff", &guest("examples/lookup.wasm"), &grants)
        .unwrap()
        .configure(&json!({}))
        .unwrap()
}

#[test]
fn the_content_of_the_tables_that_it_reads_decides_the_fingerprint() {
    let runtime = runtime();
    let (one, other) = (table(&[("1", "a")]), table(&[("1", "b")]));
    let fingerprint =
        |tables: &[(&str, &Arc<Table>)]| reader(&runtime, tables).fingerprint().to_owned();
    let before = fingerprint(&[("roles", &one)]);
    assert_eq!(before, fingerprint(&[("roles", &table(&[("1", "a")]))]));
    assert_ne!(before, fingerprint(&[("roles", &other)]));
    // Granted and not asked for: not read.
    assert_eq!(before, fingerprint(&[("roles", &one), ("salaries", &one)]));
    assert_eq!(
        before,
        fingerprint(&[("roles", &one), ("salaries", &other)])
    );
}

#[test]
fn a_table_that_is_asked_for_and_not_granted_is_named_with_the_line_to_add() {
    let runtime = runtime();
    let plugin = hostile(&runtime);
    let refusal = plugin
        .configure(&json!({ "do": "ask-lookup" }))
        .unwrap_err();
    assert_snapshot!(refusal, @r#"asks for `lookup:roles` (to translate roles), which is not granted: allow it with `grants = ["lookup:roles"]` under `[mapping.staff]`"#);

    let other = Grants::none().with_table("salaries", table(&[]));
    let plugin = runtime
        .load("staff", &guest("examples/lookup.wasm"), &other)
        .unwrap();
    let refusal = plugin.configure(&json!({})).unwrap_err();
    assert_snapshot!(refusal, @r#"asks for `lookup:roles` (for a test), which is not granted: allow it with `grants = ["lookup:roles"]` under `[mapping.staff]`"#);
}

#[test]
fn who_looks_nothing_up_needs_no_grant_and_may_have_one() {
    let runtime = runtime();
    assert_eq!(
        map(&doing(&hostile(&runtime), "fine"), &["1"])
            .unwrap()
            .len(),
        1
    );
    let granted = Grants::none().with_table("roles", table(&[("1", "a")]));
    let plugin = runtime
        .load("staff", &guest("hostile.wasm"), &granted)
        .unwrap();
    assert_eq!(map(&doing(&plugin, "fine"), &["1"]).unwrap().len(), 1);
}

#[test]
fn a_call_has_as_many_lookups_as_the_limit_says() {
    let limits = |lookups| Limits {
        lookups,
        ..guests::limits()
    };
    let roles = table(&[("1", "1"), ("3", "3")]);
    let answer = |lookups| {
        let runtime = Runtime::new(limits(lookups)).unwrap();
        map(&reader(&runtime, &[("roles", &roles)]), &["1", "3"])
    };
    assert_eq!(answer(2).unwrap().len(), 2);
    assert_snapshot!(answer(1).unwrap_err(), @"the plugin asked for more than 1 lookups in one call");
}
