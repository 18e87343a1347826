//! What is not a plugin that we can run is refused before any of its code runs,
//! in words that say what to do.

#![expect(clippy::unwrap_used, reason = "tests may stop at the first surprise")]

#[path = "support/guests.rs"]
#[expect(dead_code, reason = "each test file uses its part")]
mod guests;

use std::sync::Arc;

use guests::runtime;
use insta::assert_snapshot;
use purser_plugin::Grants;

fn refusal_of(bytes: &[u8], grants: &Grants) -> String {
    runtime()
        .load("staff", bytes, grants)
        .unwrap_err()
        .to_string()
}

fn refusal(wat: &str) -> String {
    refusal_of(&wat::parse_str(wat).unwrap(), &Grants::none())
}

fn importing(name: &str) -> String {
    format!(r#"(component (import "{name}" (instance)))"#)
}

#[test]
fn other_files_are_no_plugins() {
    assert_snapshot!(refusal_of(b"", &Grants::none()), @"not a WebAssembly file");
    assert_snapshot!(refusal_of(b"%PDF-1.7 and so on", &Grants::none()), @"not a WebAssembly file");
    assert_snapshot!(refusal_of(b"\0asm\x63\0\0\0", &Grants::none()), @"the WebAssembly file is damaged, cut off, or uses features that this host does not have");
}

#[test]
fn a_file_cut_off_is_damaged() {
    let whole = guests::guest("attribute_map.wasm");
    for length in [9, whole.len() / 2, whole.len() - 1] {
        let refusal = refusal_of(&whole[..length], &Grants::none());
        assert!(refusal.contains("damaged"), "{refusal}");
    }
    let component = wat::parse_str(importing("purser:plugin/types@0.1.0")).unwrap();
    assert_snapshot!(refusal_of(&component[..component.len() - 3], &Grants::none()), @"the WebAssembly file is damaged, cut off, or uses features that this host does not have");
}

#[test]
fn a_system_is_not_offered() {
    assert_snapshot!(refusal(&importing("wasi:io/poll@0.2.6")), @"needs `wasi:io/poll@0.2.6`: plugins have no file, clock or network; build for wasm32-unknown-unknown instead of a WASI target");
    assert_snapshot!(refusal(r#"(module (import "wasi_snapshot_preview1" "fd_write" (func)))"#), @"needs `wasi_snapshot_preview1`: plugins have no file, clock or network; build for wasm32-unknown-unknown instead of a WASI target");
}

#[test]
fn foreign_interfaces_are_not_offered() {
    assert_snapshot!(refusal(&importing("acme:crm/people@1.0.0")), @"needs `acme:crm/people@1.0.0`, which this host does not offer: a plugin may import only `purser:plugin`; a Rust plugin must build for wasm32-unknown-unknown");
    assert_snapshot!(refusal(r#"(module (import "env" "f" (func)))"#), @"needs `env`, which this host does not offer: a plugin may import only `purser:plugin`; a Rust plugin must build for wasm32-unknown-unknown");
}

#[test]
fn what_a_later_contract_adds_is_named() {
    assert_snapshot!(refusal(&importing("purser:plugin/progress@0.1.7")), @"needs `progress`, which this host does not know: the plugin was built for a later Purser (contract 0.1.7)");
}

#[test]
fn what_is_not_granted_is_named_with_the_line_to_add() {
    let lookup = importing("purser:plugin/lookup@0.1.0");
    assert_snapshot!(refusal(&lookup), @r#"asks for `lookup`, which is not granted: allow it with `grants = ["lookup:<table>"]` under `[mapping.staff]`"#);
    let bytes = wat::parse_str(&lookup).unwrap();
    // A name without its table grants nothing.
    let named = Grants::from_iter(["lookup:departments"]);
    assert_eq!(refusal_of(&bytes, &named), refusal(&lookup));
    let granted = Grants::none().with_table("departments", Arc::default());
    assert_snapshot!(refusal_of(&bytes, &granted), @"not a Purser plugin: it exports no `metadata`");
}

#[test]
fn another_contract_is_named() {
    assert_snapshot!(refusal(&importing("purser:plugin/types@0.2.0")), @"built for plugin contract 0.2.0, this host speaks 0.1");
    let exporting =
        r#"(component (instance $i) (export "purser:plugin/metadata@1.0.0" (instance $i)))"#;
    assert_snapshot!(refusal(exporting), @"built for plugin contract 1.0.0, this host speaks 0.1");
}

#[test]
fn what_is_not_exported_is_named() {
    assert_snapshot!(refusal("(component)"), @"not a Purser plugin: it exports no `metadata`");
    assert_snapshot!(refusal("(module)"), @"a WebAssembly module without the plugin contract: build it with `purser-guest`, or turn it into a component first");
    let exporting =
        r#"(component (instance $i) (export "purser:plugin/metadata@0.1.0" (instance $i)))"#;
    assert_snapshot!(refusal(exporting), @"not a mapping: the plugin exports no `mapping`");
}

#[test]
fn other_types_under_our_names_are_refused() {
    let exporting = r#"(component
        (instance $i)
        (export "purser:plugin/metadata@0.1.0" (instance $i))
        (export "purser:plugin/mapping@0.1.0" (instance $i)))"#;
    assert_snapshot!(refusal(exporting), @"its types are not those of contract 0.1: build it again");
}
