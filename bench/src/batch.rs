//! What is mapped, and that whoever maps it makes the same of it: in the rounds of
//! `components.rs`, and in a test of every day.

use std::{fs, path::Path};

use anyhow::{Context as _, Result, bail, ensure};
use purser_guest::json::{self, Map, Value};
use purser_plugin::{Context, Grants, Mapper, Runtime, SourceObject};
use serde_json::json;

use crate::accounts;

/// Objects of a batch.
pub const SIZE: usize = 100;

/// What components are told of their call.
pub const CONTEXT: Context<'_> = Context {
    mapping: "people",
    target: "wiki",
    now: None,
};

/// A component that was built, with its settings.
///
/// # Errors
/// It is not there, or it does not come in.
pub fn load(runtime: &Runtime, path: &Path, settings: &Value) -> Result<Mapper> {
    let bytes = fs::read(path).with_context(|| {
        format!(
            "cannot read {}: run `cargo xtask guests` first",
            path.display()
        )
    })?;
    Ok(runtime
        .load("bench", &bytes, &Grants::none())?
        .configure(settings)?)
}

/// Whether `got` are the documents that are expected, one for each account; texts
/// may differ.
///
/// # Errors
/// One is another, or is missing.
pub fn same(who: &str, got: &[String], expected: &[String]) -> Result<()> {
    ensure!(
        got.len() == SIZE && expected.len() == SIZE,
        "{who} makes {} documents of {SIZE} accounts, and {} are expected",
        got.len(),
        expected.len()
    );
    for (number, (got, expected)) in got.iter().zip(expected).enumerate() {
        let read = |text: &String| -> Result<Value> {
            json::from_str(text)
                .with_context(|| format!("{who}: account {number} has no document: {text:?}"))
        };
        let (got, expected) = (read(got)?, read(expected)?);
        ensure!(
            got == expected,
            "{who} makes another document of account {number}:\n{got}\n{expected}"
        );
    }
    Ok(())
}

/// The native peer: the same source code, and JSON text on both sides.
pub fn native<M: purser_guest::Mapper>(settings: &Value, texts: &[&str]) -> Result<Vec<String>> {
    let mut context = purser_guest::Context::with_settings(settings.clone());
    CONTEXT.mapping.clone_into(&mut context.mapping);
    CONTEXT.target.clone_into(&mut context.target);
    let mapper = M::new(&context).map_err(|problem| anyhow::anyhow!("{problem:?}"))?;
    let one = |(number, text): (usize, &&str)| {
        let object = purser_guest::SourceObject {
            kind: "user".to_owned(),
            id: number.to_string(),
            resource_type: "User".to_owned(),
            active: true,
            roles: Vec::new(),
            attributes: json::from_str(text)?,
        };
        match mapper.map(&context, &object) {
            purser_guest::Outcome::Projection(projection) => {
                Ok(Value::Object(projection.resource).to_string())
            }
            other => bail!("account {number} has no resource: {other:?}"),
        }
    };
    texts.iter().enumerate().map(one).collect()
}

/// The objects of a batch.
pub struct Batch {
    ids: Vec<String>,
    attributes: Vec<Map<String, Value>>,
}

impl Batch {
    /// The first [`SIZE`] accounts.
    pub fn new() -> Result<Self> {
        let attributes = (0..SIZE).map(|number| match accounts::account(number) {
            Value::Object(map) => Ok(map),
            _ => bail!("an account is an object"),
        });
        Ok(Self {
            ids: (0..SIZE).map(|number| number.to_string()).collect(),
            attributes: attributes.collect::<Result<_>>()?,
        })
    }

    /// As the host hands them to a component.
    pub fn objects(&self) -> Vec<SourceObject<'_>> {
        let pairs = self.ids.iter().zip(&self.attributes);
        pairs
            .map(|(id, attributes)| SourceObject {
                kind: "user",
                id,
                resource_type: "User",
                active: true,
                roles: &[],
                attributes,
            })
            .collect()
    }

    /// From attributes to resources, checked: what a run does.
    pub fn whole(&self, mapper: &Mapper) -> Result<Vec<String>> {
        let outcomes = mapper.map_objects(&CONTEXT, &self.objects())?;
        let text = |outcome| match outcome {
            purser_plugin::Outcome::Projection(projection) => {
                Ok(Value::Object(projection.resource).to_string())
            }
            other => bail!("no resource: {other:?}"),
        };
        outcomes.into_iter().map(text).collect()
    }
}

/// The settings of the mapping that is written in code.
pub fn staff() -> Value {
    json!({
        "countries": { "Austria": "AT", "Germany": "DE", "Czechia": "CZ", "Hungary": "HU", "Poland": "PL" },
        "user_types": { "Informatics": "faculty", "Physics": "faculty", "Library": "staff", "Catering": "external" },
        "default_language": "en",
        "group_prefix": "group:",
    })
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use purser_plugin::{Compile, measure::Documents};

    use super::*;

    /// Where `cargo xtask guests` leaves components.
    fn guests() -> PathBuf {
        let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(
            || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target"),
            PathBuf::from,
        );
        target.join("guests")
    }

    #[test]
    fn a_component_in_rust_and_one_in_javascript_do_what_native_code_does() {
        let runtime = Runtime::with(purser_plugin::Limits::default(), Compile::default()).unwrap();
        let component = |name: &str| load(&runtime, &guests().join(name), &staff()).unwrap();
        let rust = component("wasm32-unknown-unknown/guest/bench_guest.wasm");
        let javascript = component("javascript/bench.wasm");
        let batch = Batch::new().unwrap();
        let documents = Documents::new(&rust, &batch.objects()).unwrap();
        let texts: Vec<&str> = documents.texts().collect();
        let native = native::<bench_guest::Staff>(&staff(), &texts).unwrap();
        let sample: Value = json::from_str(&native[42]).unwrap();
        assert_eq!(sample["userName"], "user0000042");
        for (who, mapper) in [("Rust", &rust), ("JavaScript", &javascript)] {
            let together = documents.at_once(mapper, &CONTEXT).unwrap();
            same(who, &together, &native).unwrap();
            // And through all the checks of the host.
            same(who, &batch.whole(mapper).unwrap(), &native).unwrap();
        }
    }

    #[test]
    fn a_component_that_is_not_built_is_named_with_what_builds_it() {
        let runtime = Runtime::with(purser_plugin::Limits::default(), Compile::default()).unwrap();
        let missing = guests().join("none.wasm");
        let Err(error) = load(&runtime, &missing, &staff()) else {
            panic!("there is none")
        };
        assert!(
            error
                .to_string()
                .contains("none.wasm: run `cargo xtask guests` first")
        );
    }

    #[test]
    fn another_document_a_missing_one_and_none_are_told_apart() {
        let one = |text: &str| vec![text.to_owned(); SIZE];
        let expected = one(r#"{"a":1,"b":2}"#);
        same("it", &one(r#"{ "b": 2, "a": 1 }"#), &expected).unwrap();
        let words = |got: &[String]| same("it", got, &expected).unwrap_err().to_string();
        let mut other = expected.clone();
        other[7] = r#"{"a":1}"#.to_owned();
        assert!(words(&other).starts_with("it makes another document of account 7:"));
        other[7].clear();
        assert_eq!(words(&other), "it: account 7 has no document: \"\"");
        assert_eq!(
            words(&expected[1..]),
            "it makes 99 documents of 100 accounts, and 100 are expected"
        );
        // Nothing at all is no agreement.
        assert!(same("it", &[], &[]).is_err());
    }
}
