//! The default mapping: a table from source attributes to SCIM paths.
//!
//! There is no mapping language in the host; this is a component like any other,
//! and the door that it uses is the door that third parties use. Its table is
//! deliberately small: no nesting, no conditions. Who needs more writes a
//! component.
//!
//! ```toml
//! [settings]
//! transform = ["strip_control", "trim"]   # on each text that any rule reads
//!
//! [settings.user]                         # kind → SCIM path → rule
//! userName = { from = "name" }
//! "name.formatted" = { template = "{first} {last}" }
//! displayName = { first_of = [{ template = "{first} {last}" }, { from = "name" }] }
//! active = { from = "status", transform = ["bool"] }
//! 'emails[type eq "work"].value' = { from = "mail", transform = ["email_or_drop"] }
//! 'emails[type eq "work"].primary' = { constant = true }
//! groups = { template = "role:{roles}", except = ["anonymous"] }
//! title = { from = "rank", lookup = "ranks", missing = "drop" }
//! ```
//!
//! | room | idea |
//! |---|---|
//! | `settings` | the table as written, checked; every contradiction is named by kind and path |
//! | `path` | where a value goes |
//! | `input` | what the source has, cleaned |
//! | `transform`, `template`, `lookup`, `rule` | from inputs to one value |
//! | `resource` | from values to a SCIM resource |
//!
//! To add a transform: a name and its place in the order in `transform`, a test
//! there, and a line in [`schema`].
//!
//! # What a value can be
//!
//! Three things are kept apart all the way, because they mean different things to
//! the target: *unknown* (the source did not say: the attribute is left out, the
//! target keeps what it has), *empty* (the source says that there is none: `null`
//! is written, the target is cleared) and a value.

mod input;
mod lookup;
mod path;
mod resource;
mod rule;
pub mod schema;
mod settings;
mod template;
mod transform;

use purser_guest::{
    Context, Description, Mapper, Outcome, Problem, ProblemKind, SourceObject, json::Value,
};

use crate::settings::Settings;

/// The mapper: its settings, read.
#[derive(Debug)]
pub struct AttributeMap {
    settings: Settings,
}

impl Mapper for AttributeMap {
    fn describe(settings: &Value) -> Result<Description, String> {
        let settings = Settings::read(settings)?;
        let description = Description::new(
            "attribute-map",
            env!("CARGO_PKG_VERSION"),
            "Maps source attributes to SCIM attributes by a table.",
        )
        .settings(schema::settings())
        .reads(settings.reads())
        .writes(settings.writes());
        // Only for what these settings use, so that nobody has to allow more.
        Ok(settings
            .tables()
            .iter()
            .fold(description, |description, table| {
                description.looks_up(table, "the settings translate values by this table")
            }))
    }

    fn new(context: &Context) -> Result<Self, Problem> {
        match Settings::read(&context.settings) {
            Ok(settings) => Ok(Self { settings }),
            Err(fault) => Err(Problem::new(ProblemKind::InvalidSettings, fault)),
        }
    }

    fn map(&self, context: &Context, object: &SourceObject) -> Outcome {
        let Some(table) = self.settings.table(&object.kind) else {
            let message = format!("the settings have no rules for the kind `{}`", object.kind);
            return Problem::new(ProblemKind::Unsupported, message).into();
        };
        match resource::build(table, context, object) {
            Ok(projection) => projection.into(),
            Err(problem) => problem.into(),
        }
    }
}

purser_guest::export!(AttributeMap);
