//! What comes from outside as text, made up at random for a minute each: filters, paths,
//! PATCH and bulk requests. The laws (`laws.rs`) say more about fewer values; here
//! nothing is to panic, hang or contradict itself.
//!
//! Half of the inputs are bytes as they fall, half are words of the grammar in a row,
//! which get further. What fails is made small. `PURSER_SOAK_FUZZ_SECONDS` makes it
//! longer.
//!
//! The runner is proptest's, on and on: the one of bolero pins a version of `indexmap`
//! that wasmtime does not take.

#![expect(
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests are tests: they stop at the first surprise"
)]

use std::{
    env,
    time::{Duration, Instant},
};

use proptest::{
    collection,
    prelude::any,
    test_runner::{Config, TestRunner},
};
use purser_scim::{
    Filter, PatchRequest, Path, Resource, ResourceSchema,
    filter::Limits,
    message::{BulkRequest, SearchRequest},
    urn, validate,
};
use serde_json::{Value, json};

/// How long each looks.
fn time() -> Duration {
    let seconds = env::var("PURSER_SOAK_FUZZ_SECONDS").ok();
    Duration::from_secs(seconds.and_then(|text| text.parse().ok()).unwrap_or(60))
}

/// Tries bytes until the time is over.
fn fuzz(test: impl Fn(&[u8])) {
    let begun = Instant::now();
    let mut runner = TestRunner::new(Config {
        cases: 100,
        failure_persistence: None,
        ..Config::default()
    });
    while begun.elapsed() < time() {
        let outcome = runner.run(&collection::vec(any::<u8>(), 0..200), |bytes| {
            test(&bytes);
            Ok(())
        });
        if let Err(found) = outcome {
            panic!("{found}");
        }
    }
}

/// Words of all the grammars.
const WORDS: [&str; 48] = [
    "userName",
    "emails",
    "name.givenName",
    "members",
    "id",
    "meta.created",
    "active",
    "groups",
    "urn:ietf:params:scim:schemas:core:2.0:User:title",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager",
    "shoeSize",
    "eq",
    "ne",
    "co",
    "gt",
    "pr",
    "and",
    "or",
    "not",
    "(",
    ")",
    "[",
    "]",
    "\"",
    "\"x\"",
    "\\",
    ".",
    ":",
    "5",
    "-1e9",
    "true",
    "null",
    "\"2011-05-13T04:42:34Z\"",
    "type",
    "value",
    "\"work\"",
    " ",
    "é",
    "\u{0}",
    ".value",
    "[type eq \"work\"]",
    "bulkId:a",
    "bulkId:b",
    "/Users",
    "/Groups",
    "primary",
    "bulkId:",
];

/// A text made of bytes: of words, or as they are.
fn text(bytes: &[u8]) -> String {
    let Some((first, rest)) = bytes.split_first() else {
        return String::new();
    };
    if first % 2 == 0 {
        return String::from_utf8_lossy(rest).into_owned();
    }
    let words = rest.iter().take(64).map(|byte| {
        let word = WORDS[usize::from(*byte) % WORDS.len()];
        if byte % 3 == 0 {
            format!("{word} ")
        } else {
            word.to_owned()
        }
    });
    words.collect()
}

/// A JSON value made of bytes, which are used up.
fn value(bytes: &mut &[u8], depth: usize) -> Value {
    let Some((first, rest)) = bytes.split_first() else {
        return Value::Null;
    };
    *bytes = rest;
    let some = usize::from(first / 16) % 4;
    match first % 8 {
        0 => Value::Null,
        1 => Value::Bool(first / 8 % 2 == 0),
        2 => json!(i64::from(*first) - 128),
        3 if depth < 5 => (0..some).map(|_| value(bytes, depth + 1)).collect(),
        4 | 5 if depth < 5 => {
            let members = (0..some).map(|_| (word(bytes), value(bytes, depth + 1)));
            Value::Object(members.collect())
        }
        _ => Value::from(word(bytes)),
    }
}

fn word(bytes: &mut &[u8]) -> String {
    let length = bytes.len().min(3);
    let (head, rest) = bytes.split_at(length);
    *bytes = rest;
    let one = |byte: &u8| WORDS[usize::from(*byte) % WORDS.len()];
    match head {
        [first, second, third] if third % 4 == 0 => format!("{}{}", one(first), one(second)),
        [first, ..] => one(first).to_owned(),
        [] => String::new(),
    }
}

fn babs() -> Resource {
    let Value::Object(map) = json!({
        "schemas": [urn::USER], "id": "1", "userName": "babs", "active": true,
        "name": { "givenName": "Barbara" },
        "emails": [{ "value": "x", "type": "work", "primary": true }, { "value": "y", "type": "home" }],
        "meta": { "created": "2011-05-13T04:42:34Z" },
    }) else {
        return Resource::new();
    };
    map.into()
}

#[test]
fn filters() {
    let (schema, babs) = (ResourceSchema::user(), babs());
    fuzz(|bytes| {
        let text = text(bytes);
        if let Ok(filter) = Filter::parse(&text) {
            let printed = filter.to_string();
            assert_eq!(printed.parse(), Ok(filter.clone()), "{text}");
            let _any = filter.matches(&babs, &schema);
            let _any = filter.matches_json(babs.as_map());
        }
        let pairs = [
            ("filter", text.as_str()),
            ("sortBy", &text),
            ("attributes", &text),
        ];
        let _any = SearchRequest::from_pairs(pairs, &Limits::default());
    });
}

#[test]
fn paths() {
    fuzz(|bytes| {
        let text = text(bytes);
        if let Ok(path) = text.parse::<Path>() {
            assert_eq!(path.to_string().parse(), Ok(path), "{text}");
        }
    });
}

#[test]
fn patches() {
    let schemas = [ResourceSchema::user(), ResourceSchema::group()];
    fuzz(|bytes| {
        let mut rest = bytes;
        let operations: Vec<Value> = (0..3)
            .map(|nth| {
                let op = ["add", "Replace", "remove"][(bytes.len() + nth) % 3];
                let mut operation = json!({ "op": op, "value": value(&mut rest, 0) });
                if bytes.len() % 4 > 0 {
                    operation["path"] = Value::from(word(&mut rest));
                }
                operation
            })
            .collect();
        let body = json!({ "schemas": [urn::PATCH_OP], "Operations": operations });
        for schema in &schemas {
            let strict = PatchRequest::parse(&body);
            let lenient = PatchRequest::parse_lenient(&body, schema);
            for request in [strict, lenient].into_iter().flatten() {
                let before = babs();
                let mut after = before.clone();
                match request.apply(&mut after, schema) {
                    Ok(true) => {
                        let _any = validate::finish(after, schema);
                    }
                    Ok(false) | Err(_) => assert_eq!(after, before, "{body}"),
                }
            }
        }
    });
}

fn bulk_id(nth: usize) -> &'static str {
    ["a", "b", "c"][nth % 3]
}

#[test]
fn bulk() {
    fuzz(|bytes| {
        let mut rest = bytes;
        let operations: Vec<Value> = (0..bytes.len() % 8)
            .map(|nth| {
                let method = ["POST", "put", "PATCH", "DELETE"][(bytes.len() + nth) % 4];
                json!({
                    "method": method, "path": word(&mut rest), "bulkId": bulk_id(nth),
                    "data": value(&mut rest, 0),
                })
            })
            .collect();
        let body = json!({ "schemas": [urn::BULK_REQUEST], "Operations": operations });
        if let Ok(request) = BulkRequest::from_value(&body, 100) {
            assert!(request.plan().len() >= request.operations.len(), "{body}");
            for operation in request.operations.iter().flatten() {
                let _any = operation.resolved(&|_| Some("1".to_owned()));
                let _any = operation.split(&["a".to_owned()]);
            }
        }
    });
}
