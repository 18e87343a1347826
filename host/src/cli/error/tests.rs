//! Every message as a person sees it.

use std::{
    io::Write,
    sync::{Arc, Mutex},
};

use anyhow::Context as _;

use super::*;
use crate::{config::Config, target::TargetError};

#[derive(Clone, Default)]
struct Screen(Arc<Mutex<Vec<u8>>>);

impl Write for Screen {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What is said, with the exit code after it.
fn told(error: impl Into<anyhow::Error>) -> String {
    let (data, talk) = (Screen::default(), Screen::default());
    let mut output = Output::new(data.clone(), talk.clone(), (false, false));
    let exit = report(&error.into(), &mut output);
    assert!(data.0.lock().unwrap().is_empty(), "errors are no data");
    let said = String::from_utf8(talk.0.lock().unwrap().clone()).unwrap();
    format!("{said}(exit {})", exit.code())
}

fn io_error(kind: io::ErrorKind) -> io::Error {
    io::Error::new(kind, "what the system says")
}

#[test]
fn configuration() {
    insta::assert_snapshot!(told(Config::load("nowhere/purser.toml").unwrap_err()), @"
    error: cannot read the configuration nowhere/purser.toml
    caused by: No such file or directory (os error 2)
    hint: write one with `purser init`, or name another with --config FILE
    (exit 2)
    ");
    insta::assert_snapshot!(told(Config::parse("[stor]\npath = 1\n[target]\nx = 1", "purser.toml").unwrap_err()), @"
    error: purser.toml cannot be used: 2 problems

    purser.toml:1:2: unknown key `stor`
       |
     1 | [stor]
       |  ^^^^
       = hint: did you mean `store`?

    purser.toml:4:1: expected a section, found a value
       |
     4 | x = 1
       | ^
       = hint: write a section `[target.x]`
    (exit 2)
    ");
    insta::assert_snapshot!(told(UserError::usage("there is no mapping `peple`", "configured: people")), @"
    error: there is no mapping `peple`
    hint: configured: people
    (exit 2)
    ");
}

#[test]
fn secrets() {
    let error = anyhow::Error::new(SecretError::Unset("WIKI_TOKEN".to_owned()))
        .context("the target `wiki` has no token");
    insta::assert_snapshot!(told(error), @"
    error: the target `wiki` has no token
    caused by: the environment variable WIKI_TOKEN is not set; set it before starting purser: export WIKI_TOKEN=…
    (exit 2)
    ");
    insta::assert_snapshot!(told(SecretError::EmptyFile("wiki.token".into())), @"
    error: the secret file wiki.token is empty; write the secret into it
    (exit 2)
    ");
    let cause = io_error(io::ErrorKind::PermissionDenied);
    insta::assert_snapshot!(told(SecretError::Read { path: "wiki.token".into(), cause }), @"
    error: cannot read the secret file wiki.token; create it, readable by the user that runs purser
    caused by: what the system says
    (exit 2)
    ");
    insta::assert_snapshot!(told(HttpSetupError::Token), @"
    error: the token is empty or holds characters that a header cannot carry
    (exit 2)
    ");
}

#[test]
fn plugins() {
    let cause = io_error(io::ErrorKind::NotFound);
    insta::assert_snapshot!(told(PluginError::Read { path: "acme.wasm".to_owned(), cause }), @"
    error: cannot read the component acme.wasm
    caused by: what the system says
    hint: correct `plugin` under [mapping.NAME]; paths begin at the configuration's folder
    (exit 2)
    ");
    let cause = purser_plugin::LoadError::NotWasm;
    insta::assert_snapshot!(told(PluginError::Load { plugin: "acme.wasm".to_owned(), cause }), @"
    error: cannot load the component acme.wasm
    caused by: not a WebAssembly file
    hint: a plugin is a WebAssembly component built against the contract in wit/
    (exit 2)
    ");
    let cause = purser_plugin::ConfigureError::Refused("`first_of` is empty".to_owned());
    let error = PluginError::Configure {
        mapping: "people".to_owned(),
        plugin: "attribute-map".to_owned(),
        cause,
    };
    insta::assert_snapshot!(told(error), @"
    error: the settings of `people` do not fit the component attribute-map
    caused by: settings do not fit: `first_of` is empty
    hint: correct [mapping.people.settings], then try `purser check`
    (exit 2)
    ");
}

#[test]
fn sources() {
    let cause = SourceError::Read {
        what: "users.jsonl".to_owned(),
        cause: io_error(io::ErrorKind::NotFound),
    };
    insta::assert_snapshot!(told(SyncError::Source { name: "drupal".into(), cause }), @"
    error: the source `drupal` cannot be read
    caused by: cannot read users.jsonl
    caused by: what the system says
    hint: nothing was concluded from it, and nobody was deprovisioned
    (exit 1)
    ");
    let cause = SourceError::Header {
        what: "users.csv".to_owned(),
        line: 1,
        why: "two columns are called `mail`".to_owned(),
    };
    insta::assert_snapshot!(told(SyncError::Source { name: "drupal".into(), cause }), @"
    error: the source `drupal` cannot be read
    caused by: cannot read users.csv, line 1: two columns are called `mail`
    hint: correct the file, or the names of its columns under [[source.NAME.kinds]]; nobody was deprovisioned
    (exit 1)
    ");
    insta::assert_snapshot!(told(SourceError::UnknownKind("usr".into())), @"
    error: the source has no kind `usr`
    hint: the kinds stand under [[source.NAME.kinds]]
    (exit 2)
    ");
}

#[test]
fn targets() {
    let cause = TargetError::Unusable {
        message: "the target answers 401".to_owned(),
        hint: "make a new token at the target".to_owned(),
    };
    insta::assert_snapshot!(told(SyncError::Target { name: "wiki".into(), cause }), @"
    error: the target `wiki` cannot be used
    caused by: the target answers 401
    hint: make a new token at the target
    (exit 1)
    ");
    let cause = TargetError::Transient {
        message: "no answer within 30 s".to_owned(),
        retry_after: None,
        may_be_done: false,
    };
    insta::assert_snapshot!(told(SyncError::Target { name: "wiki".into(), cause }), @"
    error: the target `wiki` cannot be used
    caused by: no answer within 30 s
    hint: run the command again later; nothing is lost
    (exit 1)
    ");
    let error = SyncError::Unreachable {
        name: "wiki".into(),
        failures: 10,
        last: "no answer within 30 s".to_owned(),
    };
    insta::assert_snapshot!(told(error), @"
    error: the target `wiki` failed 10 times in a row, last: no answer within 30 s
    hint: see what is wrong with `purser target test wiki`; the next run goes on
    (exit 1)
    ");
    let error = SyncError::NotOffered {
        target: "wiki".into(),
        resource_type: "Group".to_owned(),
    };
    insta::assert_snapshot!(told(error), @r#"
    error: the target `wiki` does not offer the resource type `Group`
    hint: take the kinds with resource_type = "Group" out of the source, or enable the type at the target
    (exit 2)
    "#);
    let error = SyncError::Settings {
        mapping: "people".into(),
        message: "`lookup` names no table".to_owned(),
    };
    insta::assert_snapshot!(told(error), @"
    error: the settings of mapping `people` do not work: `lookup` names no table
    hint: correct [mapping.people.settings]
    (exit 2)
    ");
}

#[test]
fn stores() {
    insta::assert_snapshot!(told(SyncError::Store(StoreError::Busy { path: "purser.db".to_owned(), process: Some(4711) })), @"
    error: the store failed
    caused by: the store purser.db is in use by another process (4711)
    hint: wait until the other purser has ended; one process at a time may use a store
    (exit 6)
    ");
    let error = StoreError::Open {
        path: "purser.db".to_owned(),
        why: "permission denied".to_owned(),
    };
    insta::assert_snapshot!(told(error), @"
    error: cannot open the store purser.db: permission denied
    hint: correct `path` under [store]; its folder must exist and be writable
    (exit 1)
    ");
    let error = StoreError::TooNew {
        path: "purser.db".to_owned(),
        found: 9,
        known: 1,
    };
    insta::assert_snapshot!(told(error), @"
    error: the store purser.db has schema 9, this version knows up to 1
    hint: use the version of purser that wrote it, or a later one
    (exit 1)
    ");
    let error = StoreError::Damaged {
        path: "purser.db".to_owned(),
        why: "file is not a database".to_owned(),
    };
    insta::assert_snapshot!(told(error), @"
    error: the store purser.db is damaged: file is not a database
    hint: nothing was changed; keep the file, see how bad it is with `purser check --store`, and go back to a copy with `purser restore FILE`
    (exit 1)
    ");
    insta::assert_snapshot!(told(CopyError::Exists("copy.db".into())), @"
    error: copy.db exists already
    hint: name another file, or replace this one with --force
    (exit 2)
    ");
    insta::assert_snapshot!(told(StoreError::Commit("disk full".to_owned())), @"
    error: a commit to the store failed: disk full
    hint: nothing is lost: what was not committed is planned anew by the next run
    (exit 1)
    ");
}

#[test]
fn a_reader_that_has_gone_is_told_nothing() {
    let error = Err::<(), _>(io_error(io::ErrorKind::BrokenPipe))
        .context("cannot print")
        .unwrap_err();
    assert_eq!(told(error), "(exit 1)");
}
