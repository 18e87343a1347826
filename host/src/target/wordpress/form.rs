//! A user of WordPress as a SCIM resource, and back.
//!
//! WordPress has one e-mail address, no `active`, and no name for what a mapping may
//! call by many. What it has stands in [`schema`]; what is not there is not mapped.
//!
//! | SCIM | WordPress |
//! |---|---|
//! | `userName` | `username`, for good |
//! | `name.givenName`, `name.familyName` | `first_name`, `last_name` |
//! | `displayName`, `nickName` | `name`, `nickname` |
//! | `emails`, the primary one or the first | `email` |
//! | `profileUrl` | `url` |
//! | `locale` (`de-CH`) | `locale` (`de_CH`), where the site has that language |
//! | `active` | whether the user has a role: without one nothing is allowed |
//! | `description` of the extension | `description` |
//! | what `meta` says | registered user meta |

use std::collections::BTreeMap;

use purser_scim::{
    Resource,
    path::AttrPath,
    schema::{Attribute, ResourceSchema, ResourceType, Schema, Uniqueness},
    urn,
};
use serde_json::{Map, Value, json};

/// What a user of WordPress has and RFC 7643 has no name for: `description`.
pub const EXTENSION: &str = "urn:ietf:params:scim:schemas:extension:wordpress:2.0:User";

/// Attributes of RFC 7643 §4.1 that WordPress has, beside those of `meta`.
const HELD: [&str; 8] = [
    "userName",
    "name",
    "displayName",
    "nickName",
    "profileUrl",
    "emails",
    "locale",
    "active",
];

/// Parts of `name` that it has.
const NAMES: [&str; 2] = ["givenName", "familyName"];

/// SCIM texts and the fields of WordPress for them.
const TEXTS: [(&str, Option<&str>, &str); 5] = [
    ("displayName", None, "name"),
    ("name", Some("givenName"), "first_name"),
    ("name", Some("familyName"), "last_name"),
    ("nickName", None, "nickname"),
    ("profileUrl", None, "url"),
];

/// Registered meta by the SCIM attribute that it holds.
pub(super) type Meta = BTreeMap<AttrPath, String>;

/// How users of one site are read and written.
#[derive(Clone, Debug)]
pub(super) struct Form {
    /// See [`Meta`].
    pub meta: Meta,
    /// Languages that the site has, as it writes them (`de_CH`).
    pub locales: Vec<String>,
}

/// The users of a site: RFC 7643's, without what WordPress does not have.
pub(super) fn schema(meta: &Meta) -> ResourceSchema {
    let full = ResourceSchema::user();
    let in_meta = |urn: Option<&str>, attribute: &Attribute| -> Option<Vec<String>> {
        let mut parts = Vec::new();
        let mut any = false;
        for path in meta.keys().map(|path| full.localize(path)) {
            if path.urn.as_deref() == urn && path.attr.eq_ignore_ascii_case(&attribute.name) {
                any = true;
                parts.extend(path.sub);
            }
        }
        any.then_some(parts)
    };
    let mut core = full.core().clone();
    core.attributes.retain_mut(|attribute| {
        let held = HELD.contains(&attribute.name.as_str());
        let parts = in_meta(None, attribute);
        if attribute.name == "name" || !held {
            let mut kept: Vec<&str> = parts.iter().flatten().map(String::as_str).collect();
            if attribute.name == "name" {
                kept.extend(NAMES);
            }
            if !kept.is_empty() {
                let is_kept = |part: &Attribute| {
                    kept.iter()
                        .any(|name| name.eq_ignore_ascii_case(&part.name))
                };
                attribute.sub_attributes.retain(is_kept);
            }
        }
        held || parts.is_some()
    });
    let mut enterprise = full
        .extension(urn::ENTERPRISE_USER)
        .cloned()
        .unwrap_or_default();
    let of_enterprise = Some(urn::ENTERPRISE_USER);
    enterprise
        .attributes
        .retain(|attribute| in_meta(of_enterprise, attribute).is_some());
    let own = Schema {
        id: EXTENSION.to_owned(),
        name: "WordPress user".to_owned(),
        description: "What a user of WordPress has beside".to_owned(),
        attributes: vec![Attribute {
            name: "description".to_owned(),
            description: "The biographical info".to_owned(),
            ..Attribute::default()
        }],
    };
    let kind = ResourceType::new("User", "/Users", urn::USER);
    // The core schema is among them, so nothing is missing.
    let bare = ResourceSchema::from_parts(kind, &[core]).unwrap_or(full);
    let bare = bare.with_extension(own, false);
    if enterprise.attributes.is_empty() {
        bare
    } else {
        bare.with_extension(enterprise, false)
    }
}

/// A role as a SCIM group: its slug is its id, its name comes from the configuration.
pub(super) fn group_schema() -> ResourceSchema {
    let full = ResourceSchema::group();
    let mut core = full.core().clone();
    for attribute in &mut core.attributes {
        if attribute.name == "displayName" {
            attribute.uniqueness = Uniqueness::Server;
        }
    }
    let kind = ResourceType::new("Group", "/Groups", urn::GROUP);
    ResourceSchema::from_parts(kind, &[core]).unwrap_or(full)
}

/// A text of a document of WordPress; empty where it has none.
pub(crate) fn text<'v>(user: &'v Value, field: &str) -> &'v str {
    user.get(field).and_then(Value::as_str).unwrap_or_default()
}

/// The roles of a user, by their slugs.
pub(crate) fn roles(user: &Value) -> Vec<String> {
    let roles = user.get("roles").and_then(Value::as_array);
    let slugs = roles.into_iter().flatten().filter_map(Value::as_str);
    slugs.map(str::to_owned).collect()
}

/// The id of a user.
pub(crate) fn id(user: &Value) -> Option<u64> {
    user.get("id").and_then(Value::as_u64)
}

impl Form {
    /// A user as WordPress shows it, with `context=edit`; none if it is no user.
    pub(super) fn resource(&self, user: &Value) -> Option<Resource> {
        let id = id(user)?.to_string();
        let mut resource = Resource::new();
        resource.set("schemas", json!([urn::USER]));
        resource.set("id", id);
        resource.set("userName", text(user, "username"));
        for (attribute, part, field) in TEXTS {
            let value = text(user, field);
            if !value.is_empty() {
                resource.set_path(&path(attribute, part), value);
            }
        }
        let email = text(user, "email");
        if !email.is_empty() {
            let email = json!([{ "value": email, "type": "work", "primary": true }]);
            resource.set("emails", email);
        }
        let locale = text(user, "locale");
        if !locale.is_empty() {
            resource.set("locale", locale.replace('_', "-"));
        }
        let description = text(user, "description");
        if !description.is_empty() {
            let path = AttrPath::new("description").with_urn(EXTENSION);
            resource.set_path(&path, description);
        }
        for (path, key) in &self.meta {
            let value = user.get("meta").and_then(|meta| meta.get(key));
            if let Some(value) = value.filter(|value| *value != "") {
                resource.set_path(path, value.clone());
            }
        }
        resource.set("active", !roles(user).is_empty());
        Some(resource)
    }

    /// The fields that hold a resource; without `username` and `roles`.
    pub(super) fn fields(&self, resource: &Resource) -> Map<String, Value> {
        let mut fields = Map::new();
        for (attribute, part, field) in TEXTS {
            let value = first_text(resource, &path(attribute, part)).unwrap_or_default();
            fields.insert(field.to_owned(), value.into());
        }
        fields.insert("email".to_owned(), email(resource).into());
        let description = AttrPath::new("description").with_urn(EXTENSION);
        let description = first_text(resource, &description).unwrap_or_default();
        fields.insert("description".to_owned(), description.into());
        if let Some(locale) = self.locale(resource) {
            fields.insert("locale".to_owned(), locale.into());
        }
        let meta: Map<String, Value> = self
            .meta
            .iter()
            .map(|(path, key)| {
                let value = resource.values_at(path).into_iter().next();
                (key.clone(), value.cloned().unwrap_or_else(|| "".into()))
            })
            .collect();
        if !meta.is_empty() {
            fields.insert("meta".to_owned(), meta.into());
        }
        fields
    }

    /// A language that the site has, in its own spelling.
    fn locale(&self, resource: &Resource) -> Option<&str> {
        let wanted = first_text(resource, &AttrPath::new("locale"))?.replace('-', "_");
        let known = self.locales.iter();
        known
            .map(String::as_str)
            .find(|locale| locale.eq_ignore_ascii_case(&wanted))
    }
}

fn path(attribute: &str, part: Option<&str>) -> AttrPath {
    let path = AttrPath::new(attribute);
    match part {
        Some(part) => path.with_sub(part),
        None => path,
    }
}

fn first_text<'r>(resource: &'r Resource, path: &AttrPath) -> Option<&'r str> {
    let values = resource.values_at(path).into_iter();
    values.filter_map(Value::as_str).next()
}

/// WordPress has one address: the primary one, else the first.
fn email(resource: &Resource) -> &str {
    let emails = resource.get("emails").and_then(Value::as_array);
    let emails: Vec<&Value> = emails.into_iter().flatten().collect();
    let primary = emails
        .iter()
        .find(|email| email.get("primary") == Some(&true.into()));
    let chosen = primary.or(emails.first());
    chosen.map(|email| text(email, "value")).unwrap_or_default()
}

/// What of the fields is another than before.
pub(super) fn changed(before: Map<String, Value>, after: Map<String, Value>) -> Map<String, Value> {
    after
        .into_iter()
        .filter(|(field, value)| before.get(field) != Some(value))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form() -> Form {
        let department = AttrPath::new("department").with_urn(urn::ENTERPRISE_USER);
        Form {
            meta: BTreeMap::from([
                (AttrPath::new("externalId"), "purser_external_id".to_owned()),
                (department, "department".to_owned()),
            ]),
            locales: vec![String::new(), "en_US".to_owned(), "de_CH".to_owned()],
        }
    }

    fn ann() -> Value {
        json!({
            "id": 7, "username": "ann", "name": "Ann Lee", "first_name": "Ann", "last_name": "Lee",
            "email": "ann@x.org", "url": "", "description": "Guide", "locale": "de_CH", "nickname": "ann",
            "roles": ["editor"], "meta": { "purser_external_id": "17", "department": "" },
        })
    }

    #[test]
    fn a_user_is_a_resource_and_back() {
        let form = form();
        let resource = form.resource(&ann()).unwrap();
        assert_eq!(
            resource.as_value(),
            json!({
                "schemas": [urn::USER, EXTENSION], "id": "7", "userName": "ann", "displayName": "Ann Lee",
                "name": { "givenName": "Ann", "familyName": "Lee" }, "nickName": "ann",
                "emails": [{ "value": "ann@x.org", "type": "work", "primary": true }], "locale": "de-CH",
                EXTENSION: { "description": "Guide" }, "externalId": "17", "active": true,
            })
        );
        let fields = form.fields(&resource);
        for (field, value) in &fields {
            let shown = ann();
            assert_eq!(shown.get(field), Some(value), "{field}");
        }
        assert_eq!(fields.len(), 9, "{fields:?}");
    }

    #[test]
    fn who_has_no_role_is_not_active() {
        let mut user = ann();
        user["roles"] = json!([]);
        let resource = form().resource(&user).unwrap();
        assert_eq!(resource.get("active"), Some(&json!(false)));
    }

    #[test]
    fn a_language_that_the_site_does_not_have_is_left_out() {
        let mut resource = form().resource(&ann()).unwrap();
        resource.set("locale", "fr-CA");
        assert_eq!(form().fields(&resource).get("locale"), None);
        resource.set("locale", "DE-ch");
        assert_eq!(form().fields(&resource)["locale"], "de_CH");
    }

    #[test]
    fn the_primary_address_is_the_one_that_wordpress_has() {
        let mut resource = Resource::new();
        assert_eq!(email(&resource), "");
        resource.set(
            "emails",
            json!([{ "value": "a@x.org" }, { "value": "b@x.org" }]),
        );
        assert_eq!(email(&resource), "a@x.org");
        resource.set(
            "emails",
            json!([{ "value": "a@x.org" }, { "value": "b@x.org", "primary": true }]),
        );
        assert_eq!(email(&resource), "b@x.org");
    }

    #[test]
    fn the_schema_has_what_wordpress_can_hold_and_nothing_else() {
        let schema = schema(&form().meta);
        let known = |text: &str| schema.attribute(&text.parse().unwrap()).is_some();
        for held in [
            "userName",
            "name.givenName",
            "emails.value",
            "externalId",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
            "urn:ietf:params:scim:schemas:extension:wordpress:2.0:User:description",
        ] {
            assert!(known(held), "{held}");
        }
        for other in [
            "title",
            "name.middleName",
            "phoneNumbers",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:costCenter",
        ] {
            assert!(!known(other), "{other}");
        }
    }
}
