//! A plugin whose settings say what it does: refuse them, ask for capabilities,
//! or misbehave in the middle of a real run, about everybody or about one login.
//!
//! Ways to misbehave towards the sandbox are cases of their own, in
//! `tests/guests`, and misbehave about one id, which no source can correct. This
//! one is for what needs settings, or a row that somebody corrects.

use purser_guest::{
    Context, Description, Mapper, Outcome, Problem, Projection, SourceObject,
    json::{Value, json},
};

/// The mapper that misbehaves.
#[derive(Debug)]
pub struct Hostile {
    action: String,
    /// Who it misbehaves about, by login. None: everybody.
    victim: Option<String>,
}

purser_guest::export!(Hostile);

impl Mapper for Hostile {
    fn describe(settings: &Value) -> Result<Description, String> {
        let text = |name: &str| settings.get(name).and_then(Value::as_str).unwrap_or("fine");
        if text("do") == "refuse" {
            return Err("refused\nby\u{1b}[31m request".to_owned());
        }
        let schema = json!({
            "type": "object",
            "properties": { "do": { "type": "string" }, "to": { "type": "string" } },
            "additionalProperties": false,
        });
        let description = Description::new("hostile", "0.1.0", "Misbehaves on demand.")
            .settings(schema)
            .reads(["login"])
            .writes(["userName"]);
        Ok(match text("do") {
            "ask-time" => description.asks_for("time", "to know when"),
            "ask-network" => description.asks_for("network", "to phone home"),
            "ask-lookup" => description.asks_for("lookup:roles", "to translate roles"),
            _ => description,
        })
    }

    fn new(context: &Context) -> Result<Self, Problem> {
        let text = |name: &str| context.settings.get(name).and_then(Value::as_str);
        Ok(Self {
            action: text("do").unwrap_or_default().to_owned(),
            victim: text("to").map(str::to_owned),
        })
    }

    fn map(&self, _context: &Context, object: &SourceObject) -> Outcome {
        let innocent = |victim: &String| object.text("login").is_none_or(|login| login != victim);
        if self.victim.as_ref().is_some_and(innocent) {
            return fine(object);
        }
        match self.action.as_str() {
            "trap" => std::process::abort(),
            "loop" => loop {
                std::hint::black_box(());
            },
            "hoard" => {
                let mut hoard = Vec::new();
                loop {
                    hoard.push(vec![1_u8; 1 << 20]);
                    std::hint::black_box(&hoard);
                }
            }
            // More than all of a batch of twenty may hand over.
            "flood" => Projection::new(json!({ "userName": "x".repeat(6 << 20) })).into(),
            _ => fine(object),
        }
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
