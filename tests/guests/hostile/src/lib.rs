//! A plugin that does, on demand, what no plugin should do.
//!
//! Settings: `do` says what, `only` the id of the one object that it happens for.
//! Each misdeed has a case in `crates/plugin/tests/limits.rs`. To add one, add an
//! arm to [`misbehave`] and a case there. What the helper crate makes impossible
//! (a document that is not JSON, an outcome too few) is in `raw`.

#[cfg(target_arch = "wasm32")]
mod raw;

use purser_guest::{
    Context, Description, Mapper, Outcome, Problem, ProblemKind, Projection, SourceObject,
    json::{Value, json},
    log::{Level, log},
};

/// The mapper that misbehaves.
#[derive(Debug)]
pub struct Hostile {
    action: String,
    only: Option<String>,
}

impl Mapper for Hostile {
    fn describe(settings: &Value) -> Result<Description, String> {
        let text = |name: &str| settings.get(name).and_then(Value::as_str).unwrap_or("fine");
        if text("do") == "refuse" {
            return Err("refused\nby\u{1b}[31m request".to_owned());
        }
        let schema = json!({
            "type": "object",
            "properties": { "do": { "type": "string" }, "only": { "type": "string" } },
            "additionalProperties": false,
        });
        let description = Description::new("hostile", "0.1.0", "Misbehaves on demand.")
            .settings(schema)
            .reads(["login"])
            .writes(["userName"]);
        Ok(match text("do") {
            "ask-time" => description.asks_for("time", "to know when"),
            "ask-lookup" => description.asks_for("lookup:roles", "to translate roles"),
            _ => description,
        })
    }

    fn new(context: &Context) -> Result<Self, Problem> {
        let text = |name: &str| {
            let value = context.settings.get(name).and_then(Value::as_str);
            value.map(str::to_owned)
        };
        Ok(Self {
            action: text("do").unwrap_or_default(),
            only: text("only"),
        })
    }

    fn map(&self, _context: &Context, object: &SourceObject) -> Outcome {
        if self.only.as_ref().is_none_or(|only| *only == object.id)
            && let Some(outcome) = misbehave(&self.action, object)
        {
            return outcome;
        }
        fine(object)
    }
}

fn fine(object: &SourceObject) -> Outcome {
    let names: Vec<&str> = object.attributes.keys().map(String::as_str).collect();
    Projection::new(json!({
        "userName": object.text("login").unwrap_or("nobody"),
        // Everything it was given, so that a test sees that it was no more.
        "schemas": names,
    }))
    .into()
}

fn misbehave(action: &str, object: &SourceObject) -> Option<Outcome> {
    match action {
        "trap" => std::process::abort(),
        "loop" => loop {
            std::hint::black_box(());
        },
        "allocate" => {
            let mut hoard = Vec::new();
            loop {
                hoard.push(vec![1_u8; 1 << 20]);
                std::hint::black_box(&hoard);
            }
        }
        "recurse" => {
            std::hint::black_box(recurse(1));
            None
        }
        "too-long" => Some(user(&"x".repeat(300 << 10))),
        "huge-output" => Some(user(&"x".repeat(4 << 20))),
        "undeclared" => Some(Projection::new(json!({ "userName": "a", "title": "b" })).into()),
        "undeclared-create-only" => {
            let mut projection = Projection::new(json!({ "userName": "a" }));
            projection.create_only.push("password".to_owned());
            Some(projection.into())
        }
        "untimely" => {
            let mut projection = Projection::new(json!({ "userName": "a" }));
            projection.reevaluate_at = Some("2026-11-23T09:30:00Z".to_owned());
            Some(projection.into())
        }
        "log-flood" => {
            for _ in 0..2_000 {
                log(Level::Info, &"flood ".repeat(1000));
            }
            None
        }
        "panic-with-personal-data" => {
            let login = object.text("login").map(str::len);
            assert_eq!(login, None, "{:?}", object.attributes);
            None
        }
        "long-problem" => {
            Some(Problem::new(ProblemKind::InvalidValue, "bad \u{1b}]0;\n".repeat(500)).into())
        }
        _ => None,
    }
}

fn user(name: &str) -> Outcome {
    Projection::new(json!({ "userName": name })).into()
}

#[expect(unconditional_recursion, reason = "that is the point")]
fn recurse(depth: u64) -> u64 {
    let ballast = std::hint::black_box([depth; 64]);
    recurse(depth + 1) + ballast.iter().sum::<u64>()
}
