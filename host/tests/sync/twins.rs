//! One mapping in two languages: the components of `examples/university` (Rust)
//! and `examples/university-js` (JavaScript) under the example's configuration,
//! with the limits that it has by default. The same outcome for everybody, word
//! for word, whatever the time.

use std::{
    path::PathBuf,
    sync::{Mutex, MutexGuard, OnceLock, PoisonError},
};

use purser_engine::{ids::ObjectKey, imprint::Known, object::SourceObject};
use purser_host::{
    config::{Config, MappingConfig, PluginRef, SourceConnector},
    source::{Source as _, file::FileSource},
    sync::plugins::{self, PluginError},
};
use purser_plugin::{Compile, Context, Mapper, Outcome, ProblemKind};
use serde_json::{Value, json};
use tempfile::TempDir;

/// Where cargo and jco leave them, below the target folder.
const COMPONENTS: [&str; 2] = [
    "guests/wasm32-unknown-unknown/guest/university.wasm",
    "guests/javascript/university.wasm",
];
const NOON: &str = "2026-11-23T12:00:00Z";

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn example() -> Config {
    Config::load(root().join("examples/university/purser.toml")).unwrap()
}

/// Rust and JavaScript.
struct Twins([Mapper; 2]);

/// What is compiled is kept here for all tests of this program, who come in one
/// after the other: the first compiles.
fn cache() -> MutexGuard<'static, TempDir> {
    static CACHE: OnceLock<Mutex<TempDir>> = OnceLock::new();
    let cache = CACHE.get_or_init(|| Mutex::new(tempfile::tempdir().unwrap()));
    cache.lock().unwrap_or_else(PoisonError::into_inner)
}

fn load(mut config: MappingConfig, component: &str) -> Result<Mapper, PluginError> {
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    let path = target.join(component);
    assert!(
        path.exists(),
        "run `cargo xtask guests` first: {}",
        path.display()
    );
    config.plugin = PluginRef::File(path);
    let cache = cache();
    let compile = Compile {
        cache: Some(cache.path().to_owned()),
        ..Compile::default()
    };
    plugins::mapper(&config, compile)
}

impl Twins {
    fn of(settings: impl FnOnce(&mut Value)) -> Self {
        let mut config = example().mapping(&"people".into()).unwrap().clone();
        settings(&mut config.settings);
        Self(COMPONENTS.map(|component| load(config.clone(), component).unwrap()))
    }

    /// The one outcome that both have, for each object.
    #[track_caller]
    fn outcomes(&self, objects: &[SourceObject], now: &str) -> Vec<Outcome> {
        let context = Context {
            mapping: "people",
            target: "campus",
            now: Some(now),
        };
        let borrowed: Vec<_> = objects
            .iter()
            .map(|object| purser_plugin::SourceObject {
                kind: object.key.kind.as_str(),
                id: object.key.id.as_str(),
                resource_type: object.resource_type.as_str(),
                active: object.active,
                roles: &object.roles,
                attributes: &object.attributes,
            })
            .collect();
        let [rust, javascript] = &self.0;
        let [rust, javascript] =
            [rust, javascript].map(|mapper| mapper.map_objects(&context, &borrowed).unwrap());
        assert_eq!(rust.len(), objects.len());
        for ((rust, javascript), object) in rust.iter().zip(&javascript).zip(objects) {
            assert_eq!(rust, javascript, "{:?} at {now}", object.key);
        }
        rust
    }
}

/// All that the example's source has, in its order.
async fn everybody() -> Vec<SourceObject> {
    let config = example();
    let SourceConnector::File(settings) = &config.source(&"registry".into()).unwrap().connector
    else {
        panic!("no file");
    };
    let source = FileSource::new(settings.clone());
    let mut objects = Vec::new();
    for info in source.kinds() {
        let mut rows = source.enumerate(&info.kind).await.unwrap();
        objects.extend(
            rows.page(1000, Known::default())
                .await
                .unwrap()
                .rows
                .into_iter()
                .map(|row| row.content.unwrap()),
        );
    }
    objects
}

fn odd(kind: &str, attributes: &Value) -> SourceObject {
    SourceObject {
        key: ObjectKey::new(kind, "1"),
        resource_type: "User".into(),
        active: true,
        roles: Vec::new(),
        attributes: attributes.as_object().unwrap().clone(),
    }
}

fn is_active(outcome: &Outcome) -> Option<bool> {
    match outcome {
        Outcome::Projection(projection) => projection.resource.get("active")?.as_bool(),
        _ => None,
    }
}

fn until(outcome: &Outcome) -> Option<&str> {
    match outcome {
        Outcome::Projection(projection) => projection.reevaluate_at.as_deref(),
        _ => None,
    }
}

#[tokio::test]
async fn they_agree_about_everybody_before_and_after_each_contract_ends() {
    let (twins, everybody) = (Twins::of(|_| {}), everybody().await);
    assert_eq!(everybody.len(), 23 + 9);

    let now = twins.outcomes(&everybody, NOON);
    let count = |of: fn(&Outcome) -> bool| now.iter().filter(|outcome| of(outcome)).count();
    assert_eq!(count(|one| is_active(one) == Some(true)), 18);
    assert_eq!(
        count(|one| is_active(one) == Some(false)),
        1,
        "a contract that is over"
    );
    assert_eq!(
        count(|one| matches!(one, Outcome::OutOfScope(_))),
        3,
        "leavers"
    );
    assert_eq!(count(|one| matches!(one, Outcome::Problem(_))), 1);
    assert_eq!(count(|one| matches!(one, Outcome::Projection(_))), 19 + 9);
    assert_eq!(count(|one| until(one).is_some()), 2, "contractors");

    // At +01:00 the day begins an hour before UTC.
    for (last_day, contractor) in [
        ("2024-02-29", "400003"),
        ("2025-06-30", "400004"),
        ("2031-03-31", "400001"),
        ("2031-12-31", "400002"),
    ] {
        let place = everybody
            .iter()
            .position(|object| object.key.id.as_str() == contractor)
            .unwrap();
        let midnight = format!("{last_day}T23:00:00Z");
        let before = &twins.outcomes(&everybody, &format!("{last_day}T22:59:59Z"))[place];
        let after = &twins.outcomes(&everybody, &midnight)[place];
        assert_eq!(is_active(before), Some(true), "{contractor}");
        assert_eq!(until(before), Some(midnight.as_str()), "{contractor}");
        // Who is a student besides stays one.
        assert_eq!(
            is_active(after),
            Some(contractor == "400004"),
            "{contractor}"
        );
        assert_eq!(until(after), None, "{contractor}");
    }
}

#[test]
fn they_agree_about_what_cannot_be_mapped() {
    use ProblemKind::{InvalidValue, MissingAttribute, Unsupported};

    let (missing, invalid) = (MissingAttribute, InvalidValue);
    let affiliated = |affiliations: Value| json!({"login": "x", "affiliations": affiliations});
    let contract =
        |end: Value| json!({"login": "x", "affiliations": ["contractor"], "contract_end": end});
    let cases = [
        (
            "person",
            json!({"affiliations": ["staff"]}),
            missing,
            "login",
        ),
        (
            "person",
            json!({"login": "", "affiliations": ["staff"]}),
            missing,
            "login",
        ),
        (
            "person",
            json!({"login": 7, "affiliations": ["staff"]}),
            missing,
            "login",
        ),
        ("person", json!({"login": "x"}), missing, "affiliations"),
        (
            "person",
            affiliated(json!("staff")),
            invalid,
            "affiliations",
        ),
        (
            "person",
            affiliated(json!({"0": "staff"})),
            invalid,
            "affiliations",
        ),
        (
            "person",
            affiliated(json!(["rector"])),
            invalid,
            "affiliations",
        ),
        (
            "person",
            affiliated(json!(["staff", 5])),
            invalid,
            "affiliations",
        ),
        (
            "person",
            affiliated(json!(["rector", 5])),
            invalid,
            "affiliations",
        ),
        // Names that objects of JavaScript have without being given them.
        (
            "person",
            affiliated(json!(["constructor"])),
            invalid,
            "affiliations",
        ),
        (
            "person",
            affiliated(json!(["__proto__"])),
            invalid,
            "affiliations",
        ),
        (
            "person",
            affiliated(json!(["contractor"])),
            missing,
            "contract_end",
        ),
        ("person", contract(json!(null)), missing, "contract_end"),
        (
            "person",
            contract(json!("2026-02-29")),
            invalid,
            "contract_end",
        ),
        (
            "person",
            contract(json!("0000-01-01")),
            invalid,
            "contract_end",
        ),
        (
            "person",
            contract(json!("30.11.2026")),
            invalid,
            "contract_end",
        ),
        (
            "person",
            contract(json!("2026-11-30T00:00:00Z")),
            invalid,
            "contract_end",
        ),
        (
            "person",
            contract(json!("٢٠٢٦-11-30")),
            invalid,
            "contract_end",
        ),
        ("group", json!({}), missing, "label"),
        ("group", json!({"label": ["Chemistry"]}), missing, "label"),
        ("printer", json!({"login": "x"}), Unsupported, ""),
    ];
    let objects: Vec<_> = cases
        .iter()
        .map(|(kind, attributes, ..)| odd(kind, attributes))
        .collect();
    let outcomes = Twins::of(|_| {}).outcomes(&objects, NOON);
    for (outcome, (_, attributes, kind, about)) in outcomes.iter().zip(&cases) {
        let Outcome::Problem(problem) = outcome else {
            panic!("{attributes}: {outcome:?}");
        };
        let found = (
            problem.kind,
            problem.attribute.as_deref().unwrap_or_default(),
        );
        assert_eq!(found, (*kind, *about), "{attributes}");
        assert!(!problem.message.is_empty());
    }
}

#[test]
fn they_agree_about_odd_values() {
    let person = |more: Value| {
        let mut attributes =
            json!({"login": "x", "affiliations": ["student", "staff", "student", "alum"]});
        attributes
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        odd("person", &attributes)
    };
    let mut inactive = person(json!({}));
    inactive.active = false;
    let objects = [
        inactive,
        person(json!({"mail": null, "department": "", "staff_number": null})),
        person(json!({"mail": ["a@b.example"], "department": 7, "given_name": {"a": 1}})),
        person(json!({"given_name": "\u{1F600} \"\\\u{2028}\u{7}", "family_name": "O'Näme\u{0}"})),
        person(json!({"affiliations": null})),
        person(json!({"affiliations": ["alum"]})),
        person(json!({"staff_number": 12_345_678, "family_name": 1.5})),
        person(json!({"affiliations": ["contractor"], "contract_end": "9999-12-31"})),
        person(json!({"affiliations": ["contractor"], "contract_end": "0026-11-30"})),
        odd("group", &json!({"label": " Chemistry "})),
    ];
    let outcomes = Twins::of(|_| {}).outcomes(&objects, NOON);
    assert_eq!(is_active(&outcomes[0]), Some(false));
    assert_eq!(is_active(&outcomes[1]), Some(true));
    assert!(matches!(outcomes[4], Outcome::OutOfScope(_)));
    assert_eq!(until(&outcomes[7]), Some("9999-12-31T23:00:00Z"));
    assert_eq!(
        is_active(&outcomes[8]),
        Some(false),
        "in the year 26, not in 1926"
    );

    // Behind UTC a day ends later, the last of all not at all.
    let behind = Twins::of(|settings| settings["utc_offset"] = json!("-05:30"));
    let outcomes = behind.outcomes(&objects, NOON);
    assert_eq!(until(&outcomes[7]), Some("9999-12-31T23:59:59Z"));
    assert_eq!(is_active(&outcomes[7]), Some(true));
    let nothing = Twins::of(|settings| *settings = json!({}));
    let outcomes = nothing.outcomes(&objects, NOON);
    assert!(
        matches!(outcomes[1], Outcome::Problem(_)),
        "no affiliation is known"
    );
}

#[test]
fn they_say_the_same_about_themselves_and_about_settings() {
    let Twins(twins) = Twins::of(|_| {});
    let [rust, javascript] = twins.map(|mapper| format!("{:#?}", mapper.description()));
    assert_eq!(rust, javascript);

    let refused = |settings: Value| {
        let mut config = example().mapping(&"people".into()).unwrap().clone();
        config.settings = settings;
        COMPONENTS.map(|component| match load(config.clone(), component) {
            Err(PluginError::Configure { cause, .. }) => cause.to_string(),
            other => panic!("{:?}", other.err()),
        })
    };
    for (settings, word) in [
        (
            json!({"utc_offset": "+24:00"}),
            "`utc_offset` is not of the form",
        ),
        (
            json!({"leavers": ["alum"], "affiliations": {"alum": {}}}),
            "`alum` stands in",
        ),
        (json!({"utc_offset": "Mars"}), "/utc_offset"),
        (json!({"affiliation": {}}), "affiliation"),
    ] {
        let [rust, javascript] = refused(settings);
        assert_eq!(rust, javascript);
        assert!(rust.contains(word), "{rust}");
    }
}
