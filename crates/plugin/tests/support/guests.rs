//! What the tests of this crate share: built guests, a runtime, an object.

#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "tests may stop at the first surprise"
)]

use std::{fs, path::PathBuf, time::Duration};

use purser_plugin::{
    CallError, Compile, Compiler, Context, Grants, Limits, Mapper, Outcome, Plugin, Problem,
    Runtime, SourceObject,
};
use serde_json::{Map, Value, json};

/// A built guest, by the name of its file.
pub fn guest(name: &str) -> Vec<u8> {
    fs::read(path(name)).expect("run `cargo xtask guests` first")
}

/// Where a built guest is.
pub fn path(name: &str) -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../target"),
        PathBuf::from,
    );
    target
        .join("guests/wasm32-unknown-unknown/guest")
        .join(name)
}

pub fn runtime() -> Runtime {
    Runtime::with(limits(), in_a_child(None)).unwrap()
}

/// One that loses its patience with the compiler.
pub fn hurried(compile_seconds: u64) -> Runtime {
    let limits = Limits {
        compile_time: Duration::from_secs(compile_seconds),
        ..limits()
    };
    Runtime::with(limits, in_a_child(None)).unwrap()
}

pub fn limits() -> Limits {
    Limits {
        batch_time: Duration::from_secs(1),
        memory_bytes: 32 << 20,
        ..Limits::default()
    }
}

/// Compiles as the product does: by a process that has an end.
pub fn in_a_child(cache: Option<PathBuf>) -> Compile {
    Compile {
        by: Compiler::Child {
            program: env!("CARGO_BIN_EXE_compile-component").into(),
            arguments: Vec::new(),
        },
        cache,
    }
}

pub fn hostile(runtime: &Runtime) -> Plugin {
    runtime
        .load("staff", &guest("hostile.wasm"), &Grants::none())
        .unwrap()
}

/// The hostile guest, told what to do.
pub fn doing(plugin: &Plugin, what: &str) -> Mapper {
    plugin.configure(&json!({ "do": what })).unwrap()
}

/// Maps objects of kind `user` with these ids, each with a login and a secret.
pub fn map(mapper: &Mapper, ids: &[&str]) -> Result<Vec<Outcome>, CallError> {
    mapper.map_objects(&context(), &objects(ids, &attributes()))
}

/// A login and a secret.
pub fn attributes() -> Map<String, Value> {
    Map::from_iter([
        ("login".to_owned(), json!("jdoe")),
        ("secret".to_owned(), json!("hush")),
    ])
}

/// Objects of kind `user` with these ids.
pub fn objects<'a>(ids: &[&'a str], attributes: &'a Map<String, Value>) -> Vec<SourceObject<'a>> {
    ids.iter()
        .map(|id| SourceObject {
            kind: "user",
            id,
            resource_type: "User",
            active: true,
            roles: &[],
            attributes,
        })
        .collect()
}

/// A problem as one line.
pub fn in_words(problem: &Problem) -> String {
    let attribute = problem.attribute.as_deref().unwrap_or("-");
    format!("{} {attribute}: {}", problem.kind.as_str(), problem.message)
}

pub fn context() -> Context<'static> {
    Context {
        mapping: "staff",
        target: "directory",
        now: Some("2026-11-23T09:30:00Z"),
    }
}
