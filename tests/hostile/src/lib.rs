//! A plugin whose settings say what it does: refuse them, ask for capabilities,
//! or misbehave as a whole in the middle of a real run.
//!
//! Ways to misbehave towards the sandbox are cases of their own, in
//! `tests/guests`. This one is for what needs settings.

use purser_guest::{
    Context, Description, Mapper, Outcome, Problem, Projection, SourceObject,
    json::{Value, json},
};

/// The mapper that misbehaves.
#[derive(Debug)]
pub struct Hostile {
    action: String,
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
            "properties": { "do": { "type": "string" } },
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
        let action = context.settings.get("do").and_then(Value::as_str);
        Ok(Self {
            action: action.unwrap_or_default().to_owned(),
        })
    }

    fn map(&self, _context: &Context, object: &SourceObject) -> Outcome {
        match self.action.as_str() {
            "trap" => std::process::abort(),
            "loop" => loop {
                std::hint::black_box(());
            },
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
