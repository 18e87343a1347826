//! People of a university → SCIM users; its groups → SCIM groups.
//!
//! | room | idea |
//! |---|---|
//! | here | what the plugin is, reads, writes and asks for |
//! | [`settings`] | the table of affiliations, as the administrator writes it |
//! | [`person`] | one person: a function over plain values |
//! | [`contract`] | until when a contractor has an account |

pub mod contract;
pub mod person;
pub mod settings;

use purser_guest::{
    Context, Description, Mapper, Outcome, Problem, ProblemKind, Projection, SourceObject,
    json::{Value, json},
};

use crate::settings::Settings;

/// The extension that the mapping writes; the target must offer it, else the
/// host leaves it out.
pub const EXTENSION: &str = "urn:example:params:scim:schemas:extension:university:2.0:User";
/// The enterprise extension (RFC 7643 §4.3).
pub const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// The mapping, with its settings read.
pub struct University {
    settings: Settings,
}

impl Mapper for University {
    fn describe(settings: &Value) -> Result<Description, String> {
        Settings::read(settings)?;
        Ok(Description::new(
            "university",
            env!("CARGO_PKG_VERSION"),
            "Maps people of a university by their affiliations.",
        )
        .settings(settings::schema())
        .reads([
            "login",
            "given_name",
            "family_name",
            "mail",
            "staff_number",
            "affiliations",
            "department",
            "contract_end",
            "label",
        ])
        .writes([
            "userName",
            "externalId",
            "name",
            "displayName",
            "active",
            "emails",
            "groups",
            "entitlements",
            ENTERPRISE,
            EXTENSION,
        ])
        .asks_for(
            "time",
            "Contractors lose their account when their contract ends.",
        ))
    }

    fn new(context: &Context) -> Result<Self, Problem> {
        match Settings::read(&context.settings) {
            Ok(settings) => Ok(Self { settings }),
            Err(fault) => Err(Problem::new(ProblemKind::InvalidSettings, fault)),
        }
    }

    fn map(&self, context: &Context, object: &SourceObject) -> Outcome {
        match object.kind.as_str() {
            "person" => person::map(&self.settings, context, object),
            "group" => group(object),
            kind => Problem::new(
                ProblemKind::Unsupported,
                format!("there are no rules for the kind `{kind}`"),
            )
            .into(),
        }
    }
}

/// A group has a name; who is in it, people say.
fn group(object: &SourceObject) -> Outcome {
    match object.text("label") {
        Some(label) => Projection::new(json!({
            "displayName": label,
            "externalId": format!("group_{}", object.id),
        }))
        .into(),
        None => Problem::missing("label").into(),
    }
}

purser_guest::export!(University);
