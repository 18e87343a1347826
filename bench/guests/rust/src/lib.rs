//! The mapping that the benchmarks measure (`bench/guests/README.md`), in Rust:
//! a component, and the native peer that it is compared with.

use std::collections::BTreeMap;

use purser_guest::{
    Context, Description, Mapper, Outcome, Problem, ProblemKind, Projection, SourceObject,
    json::{self, Map, Value, json},
};
use serde::Deserialize;

const CORE: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// The mapping, with its settings read.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Staff {
    countries: BTreeMap<String, String>,
    user_types: BTreeMap<String, String>,
    default_language: String,
    group_prefix: String,
}

impl Mapper for Staff {
    fn describe(_settings: &Value) -> Result<Description, String> {
        Ok(Description::new(
            "staff",
            env!("CARGO_PKG_VERSION"),
            "Maps members of staff.",
        )
        .settings(json!({
            "type": "object",
            "properties": {
                "countries": { "type": "object", "additionalProperties": { "type": "string" } },
                "user_types": { "type": "object", "additionalProperties": { "type": "string" } },
                "default_language": { "type": "string" },
                "group_prefix": { "type": "string" },
            },
        }))
        .reads([
            "login",
            "mail",
            "mail_private",
            "given_name",
            "family_name",
            "title",
            "phone",
            "mobile",
            "street",
            "zip",
            "city",
            "country",
            "department",
            "company",
            "employee_number",
            "manager",
            "language",
            "timezone",
            "homepage",
            "groups",
        ])
        .writes(["*"]))
    }

    fn new(context: &Context) -> Result<Self, Problem> {
        json::from_value(context.settings.clone())
            .map_err(|_| Problem::new(ProblemKind::InvalidSettings, "they cannot be read"))
    }

    fn map(&self, _context: &Context, object: &SourceObject) -> Outcome {
        self.resource(object)
            .map_or_else(|problem| problem.into(), |map| map.into())
    }
}

impl Staff {
    fn resource(&self, object: &SourceObject) -> Result<Projection, Problem> {
        let text = |name: &str| object.text(name).map(str::trim).filter(|it| !it.is_empty());
        let login = text("login").ok_or_else(|| Problem::missing("login"))?;
        let (given, family) = (text("given_name"), text("family_name"));
        let formatted = joined([given, family]);
        let department = text("department");

        let mut out = Map::new();
        out.insert("schemas".to_owned(), json!([CORE, ENTERPRISE]));
        put(&mut out, "userName", Some(login.to_lowercase()));
        put(&mut out, "externalId", Some(object.id.clone()));
        let mut name = Map::new();
        put(&mut name, "formatted", formatted.clone());
        put(&mut name, "givenName", given);
        put(&mut name, "familyName", family);
        put(&mut out, "name", some(name));
        put(
            &mut out,
            "displayName",
            formatted.or(Some(login.to_owned())),
        );
        put(&mut out, "title", text("title"));
        put(&mut out, "active", Some(object.active));
        let mails = [(text("mail"), "work"), (text("mail_private"), "home")];
        put(&mut out, "emails", values(mails));
        let phones = [(text("phone"), "work"), (text("mobile"), "mobile")];
        put(&mut out, "phoneNumbers", values(phones));
        put(&mut out, "addresses", self.addresses(&text));
        let language = text("language").unwrap_or(&self.default_language);
        put(&mut out, "preferredLanguage", Some(language));
        put(&mut out, "timezone", text("timezone"));
        put(&mut out, "profileUrl", text("homepage"));
        let user_type = department.and_then(|name| self.user_types.get(name));
        put(&mut out, "userType", user_type.map(String::as_str));
        put(&mut out, "groups", self.groups(object));
        let mut enterprise = Map::new();
        put(&mut enterprise, "employeeNumber", text("employee_number"));
        put(&mut enterprise, "organization", text("company"));
        put(&mut enterprise, "department", department);
        let manager = text("manager").map(|id| json!({ "value": id }));
        put(&mut enterprise, "manager", manager);
        put(&mut out, ENTERPRISE, some(enterprise));
        Ok(Projection::new(Value::Object(out)))
    }

    fn addresses<'o>(&self, text: &impl Fn(&str) -> Option<&'o str>) -> Option<Value> {
        let mut address = Map::new();
        put(&mut address, "streetAddress", text("street"));
        put(&mut address, "postalCode", text("zip"));
        put(&mut address, "locality", text("city"));
        let code = text("country").map(|name| self.countries.get(name).map_or(name, |it| it));
        put(&mut address, "country", code);
        if address.is_empty() {
            return None;
        }
        address.insert("type".to_owned(), "work".into());
        Some(json!([address]))
    }

    fn groups(&self, object: &SourceObject) -> Option<Value> {
        let groups = object.attributes.get("groups")?.as_array()?;
        let reference = |group: &str| json!({ "value": format!("{}{group}", self.group_prefix) });
        Some(
            groups
                .iter()
                .filter_map(Value::as_str)
                .map(reference)
                .collect(),
        )
    }
}

fn joined(parts: [Option<&str>; 2]) -> Option<String> {
    let parts: Vec<&str> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

fn some(map: Map<String, Value>) -> Option<Value> {
    (!map.is_empty()).then_some(Value::Object(map))
}

fn put(map: &mut Map<String, Value>, name: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        map.insert(name.to_owned(), value.into());
    }
}

/// Values with their types; the first of them is primary.
fn values(of: [(Option<&str>, &str); 2]) -> Option<Value> {
    let mut list = Vec::new();
    for (value, kind) in of {
        if let Some(value) = value {
            list.push(json!({ "value": value, "type": kind, "primary": list.is_empty() }));
        }
    }
    (!list.is_empty()).then_some(Value::Array(list))
}

purser_guest::export!(Staff);
