//! Every way to misbehave is a folder in `tests/guests`: the component's source
//! and what comes of it. To add a case, add a folder:
//!
//! - `guest.rs`, with its entry in `tests/guests/Cargo.toml`; `cargo xtask
//!   guests` builds it. Or `guest.wat`, for what no compiler would write; lines
//!   between `;; repeat N` and `;; end` are repeated.
//! - `expected.toml`, see [`Expected`].
//!
//! After each case a well-behaved plugin works in the same engine: whatever it
//! did, it harmed nobody else.

#![expect(clippy::unwrap_used, reason = "tests may stop at the first surprise")]

#[path = "support/guests.rs"]
mod guests;
#[path = "support/log.rs"]
mod log;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use guests::{doing, hostile, objects, runtime};
use purser_plugin::{Fault, Grants, Mapped, Mapper, Outcome, Runtime, Table};
use serde::Deserialize;
use serde_json::{Value, json};

/// `expected.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    /// Seconds for compiling it, where the usual two minutes are too patient.
    compile_seconds: Option<u64>,
    /// So many bytes of the file are missing.
    #[serde(default)]
    without_last: usize,
    /// The words with which it is refused. Left out: it is loaded.
    load: Option<Words>,
    /// Why the one call for all objects fails. Left out: it does not.
    together: Option<Words>,
    /// Lookup tables that it is granted, each with its entries.
    #[serde(default)]
    tables: BTreeMap<String, BTreeMap<String, Vec<String>>>,
    /// For each object of one batch, by its id: `mapped`, the problem as
    /// `kind attribute: message`, or why it has no outcome.
    #[serde(default)]
    objects: toml::Table,
    /// What is logged meanwhile.
    log: Option<Log>,
}

/// One text, one of several, or what is known of it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Words {
    One(String),
    Either(Vec<String>),
    Like { begins: String, longest: usize },
}

impl Words {
    fn hold(&self, text: &str) -> bool {
        match self {
            Self::One(one) => one == text,
            Self::Either(several) => several.iter().any(|one| one == text),
            Self::Like { begins, longest } => {
                text.starts_with(begins) && text.len() <= *longest && !text.contains('\n')
            }
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Log {
    lines: Option<usize>,
    longest: Option<usize>,
    has: Option<String>,
    never: Option<String>,
}

#[test]
fn every_case_ends_as_its_file_says() {
    let runtime = runtime();
    let innocent = doing(&hostile(&runtime), "fine");
    let mut wrong = Vec::new();
    let mut cases = 0;
    for folder in folders() {
        cases += 1;
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let mut complain = |what: String| wrong.push(format!("{name}: {what}"));
        match case(&folder) {
            Ok((bytes, expected)) => {
                let hurried = expected.compile_seconds.map(guests::hurried);
                let runtime = hurried.as_ref().unwrap_or(&runtime);
                judge(runtime, &bytes, &expected, &mut complain);
            }
            Err(missing) => complain(missing),
        }
        if !works(&innocent) {
            complain("another plugin does not work any more".to_owned());
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(cases > 30, "only {cases} cases were found");
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/guests")
}

/// What lies in a folder, by name.
fn names(folder: &Path) -> BTreeSet<String> {
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

/// A file that no case uses looks as if something were tested.
#[test]
fn every_file_belongs_to_a_case() {
    let mut stray: Vec<String> = names(&root())
        .into_iter()
        .filter(|name| !root().join(name).is_dir())
        .filter(|name| !["Cargo.toml", "kit.rs"].contains(&name.as_str()))
        .collect();
    for folder in folders() {
        let found = names(&folder);
        let guests = ["guest.rs", "guest.wat"];
        // With both, one of them would not be built.
        let belongs = guests
            .into_iter()
            .any(|guest| found == BTreeSet::from([guest.to_owned(), "expected.toml".to_owned()]));
        if !belongs {
            stray.push(format!("{}: {found:?}", folder.display()));
        }
    }
    assert!(stray.is_empty(), "{stray:#?}");
    // What is built is the source of a case, and what is a case is built.
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let manifest: Value = toml::from_str(&manifest).unwrap();
    let built: BTreeSet<&str> = manifest["example"]
        .as_array()
        .unwrap()
        .iter()
        .map(|example| {
            let name = example["name"].as_str().unwrap();
            assert_eq!(example["path"], format!("{name}/guest.rs"));
            name
        })
        .collect();
    let folders = folders();
    let sources: BTreeSet<&str> = folders
        .iter()
        .filter(|folder| folder.join("guest.rs").is_file())
        .map(|folder| folder.file_name().unwrap().to_str().unwrap())
        .collect();
    assert_eq!(built, sources);
}

/// Every folder is a case.
fn folders() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = fs::read_dir(root())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    folders
}

/// The component of a case, and what is expected of it.
fn case(folder: &Path) -> Result<(Vec<u8>, Expected), String> {
    let expected = fs::read_to_string(folder.join("expected.toml"))
        .map_err(|_| "there is no expected.toml".to_owned())?;
    let expected: Expected = toml::from_str(&expected).map_err(|error| error.to_string())?;
    let mut bytes = match fs::read_to_string(folder.join("guest.wat")) {
        Ok(text) => wat::parse_str(repeated(&text)).map_err(|error| error.to_string())?,
        Err(_) if folder.join("guest.rs").is_file() => {
            let name = folder.file_name().unwrap().to_str().unwrap();
            let built = format!("examples/{}.wasm", name.replace('-', "_"));
            fs::read(guests::path(&built)).map_err(|_| {
                "is not built: is it in tests/guests/Cargo.toml, and did `cargo xtask guests` run?"
                    .to_owned()
            })?
        }
        Err(_) => return Err("there is neither guest.rs nor guest.wat".to_owned()),
    };
    bytes.truncate(bytes.len() - expected.without_last);
    Ok((bytes, expected))
}

/// Writes out what stands between `;; repeat N` and `;; end`.
fn repeated(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(";; repeat ") {
        let (times, after) = after.split_once('\n').unwrap();
        let (body, after) = after.split_once(";; end").unwrap();
        out.push_str(before);
        out.push_str(&body.repeat(times.parse().unwrap()));
        rest = after;
    }
    out + rest
}

fn judge(runtime: &Runtime, bytes: &[u8], expected: &Expected, complain: &mut dyn FnMut(String)) {
    let mut mapped = None;
    let log = log::logged(|| {
        mapped = Some(attempt(runtime, bytes, expected));
    });
    match (mapped.unwrap(), &expected.load) {
        (Err(refusal), Some(words)) if words.hold(&refusal) => {}
        (Err(refusal), _) => complain(format!("is refused: {refusal}")),
        (Ok(_), Some(_)) => complain("is loaded".to_owned()),
        (Ok(mapped), None) => {
            outcomes(&mapped, expected, complain);
        }
    }
    if let Some(expected) = &expected.log {
        let lines: Vec<&str> = log.lines().collect();
        if expected.lines.is_some_and(|count| count != lines.len()) {
            complain(format!("logs {} lines", lines.len()));
        }
        let longest = lines
            .iter()
            .map(|line| line.len())
            .max()
            .unwrap_or_default();
        if expected.longest.is_some_and(|most| longest > most) {
            complain(format!("logs a line of {longest} bytes"));
        }
        if expected
            .has
            .as_ref()
            .is_some_and(|text| !log.contains(text))
        {
            complain(format!("logs only: {log}"));
        }
        if expected
            .never
            .as_ref()
            .is_some_and(|text| log.contains(text))
        {
            complain(format!("logs what it must not: {log}"));
        }
    }
}

/// Maps its objects in one batch. The error is the refusal to load it.
fn attempt(runtime: &Runtime, bytes: &[u8], expected: &Expected) -> Result<Mapped, String> {
    let mut grants = Grants::none();
    for (name, entries) in &expected.tables {
        let mut table = Table::default();
        for (key, values) in entries {
            table.insert(key.clone(), values.clone()).unwrap();
        }
        grants = grants.with_table(name, Arc::new(table));
    }
    let mapper = runtime
        .load("staff", bytes, &grants)
        .map_err(|refusal| refusal.to_string())?
        .configure(&json!({}))
        .unwrap();
    let ids: Vec<&str> = expected.objects.keys().map(String::as_str).collect();
    assert!(!ids.is_empty(), "expected.toml names no objects");
    let attributes = guests::attributes();
    let each = || mapper.map_each(&guests::context(), &objects(&ids, &attributes));
    if expected.together.is_none() && expected.log.is_none() {
        // Nothing of one batch is left for the next.
        each();
    }
    Ok(each())
}

fn outcomes(mapped: &Mapped, expected: &Expected, complain: &mut dyn FnMut(String)) {
    match (&mapped.failure, &expected.together) {
        (None, None) => {}
        (Some(failure), Some(words)) if words.hold(&failure.to_string()) => {}
        (failure, _) => complain(format!("for all objects together: {failure:?}")),
    }
    if mapped.outcomes.len() != expected.objects.len() {
        complain(format!("{} outcomes", mapped.outcomes.len()));
    }
    for ((id, words), outcome) in expected.objects.iter().zip(&mapped.outcomes) {
        let words: Words = words.clone().try_into().unwrap();
        let found = told(id, outcome);
        if !words.hold(&found) {
            complain(format!("object {id}: {found}"));
        }
    }
}

fn told(id: &str, outcome: &Result<Outcome, Fault>) -> String {
    match outcome {
        Ok(Outcome::Projection(projection))
            if projection.resource.get("userName") == Some(&Value::from(id)) =>
        {
            "mapped".to_owned()
        }
        Ok(Outcome::Problem(problem)) => guests::in_words(problem),
        Ok(other) => format!("{other:?}"),
        Err(fault) => fault.to_string(),
    }
}

fn works(innocent: &Mapper) -> bool {
    let outcomes = guests::map(innocent, &["1", "2"]);
    outcomes.is_ok_and(|outcomes| {
        outcomes
            .iter()
            .all(|outcome| matches!(outcome, Outcome::Projection(_)))
    })
}
