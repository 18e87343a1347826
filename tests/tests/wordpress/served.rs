//! The example's site, as these tests know it, and what is sent to it.

use anyhow::Result;
use purser_tests::{
    served::{PASSWORD, SITE, Served},
    wordpress::{Front, WordPress},
};
use serde_json::{Value, json};

/// What the site of the tests has beside a new WordPress.
const MORE: &str = r#"
[mapping.blog.settings.user]
"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department" = { from = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department" }

[target.blog]
meta."urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department" = "department"

[target.blog.roles]
content_editor = "Content editor"
moderator = "Moderator"
shop_manager = "Shop manager"
premium = "Premium — ✨"
"#;

/// The example behind this web server.
pub fn served(front: Front) -> Result<Served> {
    with_roles(front, &[("translator", "Translator")])
}

/// The same with these roles beside the others.
pub fn with_roles(front: Front, roles: &[(&str, &str)]) -> Result<Served> {
    let roles = roles.iter();
    let roles: String = roles
        .map(|(slug, name)| format!("{slug} = \"{name}\"\n"))
        .collect();
    Served::start(front, |_| format!("{MORE}{roles}"))
}

/// The example with just this much more of a configuration.
pub fn with_more(front: Front, more: &str) -> Result<Served> {
    Served::start(front, |_| more.to_owned())
}

/// The same, where what changes at the site is brought to the directory of another tenant,
/// `others`.
pub fn two_ways(front: Front) -> Result<Served> {
    Served::start(front, |site| {
        format!(
            r#"
            {MORE}
            [tenant.others]
            [source.site]
            connector = "wordpress"
            site = "{SITE}"
            base_url = "{}"
            user = "{}"
            password = {{ file = "{PASSWORD}" }}
            timeout_seconds = 60
            [target.others]
            connector = "directory"
            tenant = "others"
            [mapping.back]
            source = "site"
            target = "others"
            plugin = "attribute-map"
            [mapping.back.failsafe]
            deprovision = 1000
            [mapping.back.settings.user]
            userName = {{ from = "username" }}
            displayName = {{ from = "name" }}
            active = {{ constant = true }}
            'emails[type eq "work"].value' = {{ from = "email" }}
            "#,
            site.base(),
            WordPress::USER
        )
    })
}

/// Somebody with an address.
pub fn user(name: &str, more: Value) -> Value {
    let mut user = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": name,
        "externalId": format!("x-{name}"),
        "displayName": name,
        "emails": [{ "type": "work", "value": format!("{name}@example.test") }],
    });
    if let (Some(user), Value::Object(more)) = (user.as_object_mut(), more) {
        user.extend(more);
    }
    user
}

/// A PATCH that replaces one value.
pub fn replace(path: &str, value: Value) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{ "op": "replace", "path": path, "value": value }],
    })
}
