//! Limits that are the host's to hold, whatever a plugin does. What a plugin does
//! against them is in `corpus.rs`.

#[path = "support/guests.rs"]
#[expect(dead_code, reason = "each test file uses its part")]
mod guests;
#[path = "support/log.rs"]
mod log;

use guests::{doing, guest, hostile, in_words, map, runtime};
use insta::assert_snapshot;
use purser_plugin::{Grants, Limits, Outcome, Runtime};
use serde_json::json;

#[test]
fn a_batch_has_a_size() {
    let runtime = runtime();
    let mapper = doing(&hostile(&runtime), "fine");
    let error = map(&mapper, &["1"; 101]).unwrap_err();
    assert_snapshot!(error, @"101 objects in one call, at most 100 are allowed");
    assert_eq!(map(&mapper, &[]).unwrap(), []);
    let attributes = guests::attributes();
    let many = guests::objects(&["1"; 250], &attributes);
    let mapped = mapper.map_each(&guests::context(), &many);
    assert_eq!(
        (mapped.outcomes.len(), mapped.faults(), mapped.failure),
        (250, 0, None)
    );
}

#[test]
fn a_document_that_is_too_large_is_not_passed() {
    let runtime = Runtime::new(Limits {
        document_in_bytes: 10,
        ..Limits::default()
    })
    .unwrap();
    let outcomes = map(&doing(&hostile(&runtime), "fine"), &["1"]).unwrap();
    let Outcome::Problem(problem) = &outcomes[0] else {
        panic!("{outcomes:?}");
    };
    assert_snapshot!(in_words(problem), @"invalid-value -: 16 bytes of attributes, at most 10 are passed to a plugin");
}

#[test]
fn a_file_has_a_length() {
    let runtime = Runtime::new(Limits {
        file_bytes: 1000,
        ..Limits::default()
    })
    .unwrap();
    // Not even its first bytes are looked at.
    let refusal = runtime
        .load("staff", &[0; 1001], &Grants::none())
        .unwrap_err();
    assert_snapshot!(refusal, @"the file has 1001 bytes, a plugin at most 1000");
}

/// Where the address space for a pool is not to be had, all works without.
#[test]
fn without_a_pool_limits_are_the_same() {
    assert!(runtime().pooled());
    let mut without = None;
    let log = log::logged(|| {
        without = Some(Runtime::new(Limits {
            // 256 slots of a terabyte: more than any machine can address.
            memory_bytes: 1 << 40,
            ..Limits::default()
        }));
    });
    let runtime = without.unwrap().unwrap();
    assert!(!runtime.pooled());
    assert!(
        log.contains("no memory pool for plugins, allocating on demand"),
        "{log}"
    );
    let mapper = doing(&hostile(&runtime), "fine");
    assert_eq!(map(&mapper, &["1", "2"]).unwrap().len(), 2);
    let instances = "(core instance (instantiate $m))".repeat(65);
    let many = format!(
        r#"(component (core module $m) {instances}
            (core module $n (func (export "f")))
            (core instance $n (instantiate $n))
            (func $f (canon lift (core func $n "f")))
            (instance $metadata (export "describe" (func $f)))
            (instance $mapping (export "map-objects" (func $f)))
            (export "purser:plugin/metadata@0.1.0" (instance $metadata))
            (export "purser:plugin/mapping@0.1.0" (instance $mapping)))"#
    );
    let many = wat::parse_str(many).unwrap();
    let refusal = runtime.load("staff", &many, &Grants::none()).unwrap_err();
    assert_snapshot!(refusal, @"failed while it was being looked at: the plugin has more core instances, memories or tables than 64, 16 and 64");
    assert!(
        runtime
            .load("staff", &guest("attribute_map.wasm"), &Grants::none())
            .unwrap()
            .configure(&json!({}))
            .is_ok()
    );
}
