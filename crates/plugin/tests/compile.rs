//! What was compiled is kept, and only what is surely ours is taken back.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "tests may stop at the first surprise")]

#[path = "support/guests.rs"]
#[expect(dead_code, reason = "each test file uses its part")]
mod guests;

use std::{
    fs,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::{Path, PathBuf},
};

use guests::{doing, guest, in_a_child, limits, map};
use insta::assert_snapshot;
use purser_plugin::{Compile, Compiler, Grants, Limits, Origin, Plugin, Runtime};
use tempfile::TempDir;

/// Loads the same plugin with an engine of its own, as another process would.
fn load(cache: &Path) -> Plugin {
    load_with(limits(), cache)
}

fn load_with(limits: Limits, cache: &Path) -> Plugin {
    let compile = Compile {
        by: Compiler::Here,
        cache: Some(cache.to_owned()),
    };
    let runtime = Runtime::with(limits, compile).unwrap();
    runtime
        .load("staff", &guest("hostile.wasm"), &Grants::none())
        .unwrap()
}

fn folder() -> (TempDir, PathBuf) {
    let parent = tempfile::tempdir().unwrap();
    let cache = parent.path().join("cache");
    (parent, cache)
}

/// The file of the one entry that ends so.
fn entry(cache: &Path, end: &str) -> PathBuf {
    let mut found: Vec<PathBuf> = fs::read_dir(cache)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|found| found == end))
        .collect();
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_plugin_is_compiled_once_and_its_code_is_for_us_alone() {
    let (_parent, cache) = folder();
    assert_eq!(load(&cache).origin(), Origin::Compiled);
    assert_eq!(mode(&cache), 0o700);
    assert_eq!(mode(&entry(&cache, "cwasm")), 0o600);
    assert_eq!(mode(&entry(&cache, "sha256")), 0o600);
    let kept = load(&cache);
    assert_eq!(kept.origin(), Origin::Kept);
    assert_eq!(map(&doing(&kept, "fine"), &["1", "2"]).unwrap().len(), 2);
    // Nothing but the entry is left behind.
    assert_eq!(fs::read_dir(&cache).unwrap().count(), 2);
}

/// In a container all processes have one id.
#[test]
fn what_a_killed_process_with_our_id_left_behind_is_not_in_the_way() {
    let (_parent, cache) = folder();
    load(&cache);
    for number in 0..500 {
        let left = format!("{}-{number}.part", std::process::id());
        fs::write(cache.join(left), b"half").unwrap();
    }
    assert_eq!(load(&cache).origin(), Origin::Kept);
}

#[test]
fn code_for_another_engine_is_another_entry() {
    let (_parent, cache) = folder();
    assert_eq!(load(&cache).origin(), Origin::Compiled);
    // More than a guest can name: such memories have checks of their own.
    let larger = Limits {
        memory_bytes: 8 << 30,
        ..limits()
    };
    assert_eq!(load_with(larger, &cache).origin(), Origin::Compiled);
    assert_eq!(fs::read_dir(&cache).unwrap().count(), 4);
}

/// After each of these the entry is compiled anew, and is whole again.
#[test]
fn a_damaged_entry_is_compiled_anew() {
    let (_parent, cache) = folder();
    load(&cache);
    let code = entry(&cache, "cwasm");
    let digest = entry(&cache, "sha256");
    let whole = fs::read(&code).unwrap();
    let cut_off = || fs::write(&code, &whole[..whole.len() / 2]).unwrap();
    let flipped = || {
        let mut bytes = whole.clone();
        bytes[whole.len() / 2] ^= 1;
        fs::write(&code, bytes).unwrap();
    };
    let emptied = || fs::write(&code, b"").unwrap();
    let without_digest = || fs::remove_file(&digest).unwrap();
    let exchanged = || {
        let other = cache.join("other");
        fs::rename(&code, &other).unwrap();
        symlink(&other, &code).unwrap();
    };
    let writable = || set_mode(&code, 0o620);
    let writable_digest = || set_mode(&digest, 0o602);
    let damages: [&dyn Fn(); 7] = [
        &cut_off,
        &flipped,
        &emptied,
        &without_digest,
        &exchanged,
        &writable,
        &writable_digest,
    ];
    for (place, damage) in damages.iter().enumerate() {
        assert_eq!(load(&cache).origin(), Origin::Kept, "before {place}");
        damage();
        assert_eq!(load(&cache).origin(), Origin::Compiled, "after {place}");
    }
    assert_eq!(load(&cache).origin(), Origin::Kept);
}

#[test]
fn a_folder_that_others_may_write_to_is_not_used() {
    let (_parent, cache) = folder();
    load(&cache);
    set_mode(&cache, 0o770);
    assert_eq!(load(&cache).origin(), Origin::Compiled);
    set_mode(&cache, 0o700);
    assert_eq!(load(&cache).origin(), Origin::Kept);
    // One that is opened up while it is used.
    let compile = Compile {
        by: Compiler::Here,
        cache: Some(cache.clone()),
    };
    let runtime = Runtime::with(limits(), compile).unwrap();
    set_mode(&cache, 0o707);
    let plugin = runtime
        .load("staff", &guest("hostile.wasm"), &Grants::none())
        .unwrap();
    assert_eq!(plugin.origin(), Origin::Compiled);
}

#[test]
fn a_cache_that_cannot_be_had_is_left_out() {
    let (parent, _) = folder();
    let file = parent.path().join("file");
    fs::write(&file, b"").unwrap();
    assert_eq!(load(&file).origin(), Origin::Compiled);
    assert_eq!(
        load(&parent.path().join("no/such")).origin(),
        Origin::Compiled
    );
}

#[test]
fn a_child_compiles_what_this_process_would() {
    let (_parent, cache) = folder();
    let runtime = Runtime::with(limits(), in_a_child(Some(cache.clone()))).unwrap();
    let plugin = runtime
        .load("staff", &guest("hostile.wasm"), &Grants::none())
        .unwrap();
    assert_eq!(plugin.origin(), Origin::Compiled);
    assert_eq!(map(&doing(&plugin, "fine"), &["1"]).unwrap().len(), 1);
    // By the same key, so for the same engine.
    assert_eq!(load(&cache).origin(), Origin::Kept);
}

#[test]
fn a_compiler_that_is_none_is_an_error_in_words() {
    let refusal = |program: &str| {
        let compile = Compile {
            by: Compiler::Child {
                program: program.into(),
                arguments: Vec::new(),
            },
            cache: None,
        };
        let runtime = Runtime::with(limits(), compile).unwrap();
        runtime
            .load("staff", &guest("hostile.wasm"), &Grants::none())
            .unwrap_err()
            .to_string()
    };
    assert_snapshot!(refusal("/no/such/program"), @"the compiler cannot be started");
    assert_snapshot!(refusal("/bin/true"), @"the compiler broke off: it needs more than 2147483648 bytes of memory, or the file breaks it");
    // It says something else.
    assert_snapshot!(refusal("/bin/cat"), @"the compiler broke off: it needs more than 2147483648 bytes of memory, or the file breaks it");
}
