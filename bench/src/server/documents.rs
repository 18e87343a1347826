//! What is sent: the same users, groups and changes to everybody.

use std::{
    fs::File,
    io::{BufWriter, Write as _},
    path::Path,
};

use anyhow::Result;
use purser_scim::urn;
use serde_json::{Value, json};

use crate::accounts::account;

/// The `userName` of the user with a number.
pub fn user_name(number: usize) -> String {
    format!("user{number:07}")
}

/// The user with a number: some 800 bytes, as an identity provider sends them.
fn user_value(number: usize) -> Value {
    let account = account(number);
    let of = |name: &str| account.get(name).cloned().unwrap_or_default();
    let text = |name: &str| of(name).as_str().unwrap_or_default().to_owned();
    let name = format!("{} {}", text("given_name"), text("family_name"));
    json!({
        "schemas": [urn::USER, urn::ENTERPRISE_USER],
        "userName": user_name(number),
        "externalId": number.to_string(),
        "name": {
            "formatted": name,
            "familyName": of("family_name"),
            "givenName": of("given_name"),
        },
        "displayName": name,
        "title": of("title"),
        "active": true,
        "preferredLanguage": of("language"),
        "timezone": of("timezone"),
        "emails": [
            { "value": text("mail").trim(), "type": "work", "primary": true },
            { "value": format!("home{number:07}@example.com"), "type": "home" },
        ],
        "phoneNumbers": [{ "value": of("phone"), "type": "work" }],
        "addresses": [{
            "type": "work",
            "streetAddress": of("street"),
            "postalCode": of("zip"),
            "locality": of("city"),
            "country": "AT",
        }],
        urn::ENTERPRISE_USER: {
            "employeeNumber": of("employee_number"),
            "department": of("department"),
            "organization": of("company"),
        },
    })
}

/// The same as text.
pub fn user(number: usize) -> String {
    user_value(number).to_string()
}

/// The id that a user has who was not posted, but is there from the beginning. Spread, as
/// ids by chance are.
pub fn planted_id(number: usize) -> String {
    let spread = crate::server::stock::spread(number as u64);
    format!("{spread:016x}{number:016x}")
}

/// Writes users as JSON lines, each with its id, for servers that take them as they start.
pub fn write_users(path: &Path, count: usize) -> Result<()> {
    let mut out = BufWriter::new(File::create(path)?);
    for number in 0..count {
        let mut user = user_value(number);
        if let Some(map) = user.as_object_mut() {
            map.insert("id".to_owned(), planted_id(number).into());
        }
        serde_json::to_writer(&mut out, &user)?;
        out.write_all(b"\n")?;
    }
    Ok(out.flush()?)
}

/// A group with members.
pub fn group(name: &str, members: &[String]) -> String {
    let members: Vec<Value> = members.iter().map(|id| json!({ "value": id })).collect();
    let group = json!({ "schemas": [urn::GROUP], "displayName": name, "members": members });
    group.to_string()
}

/// A change of one attribute.
pub fn title(text: &str) -> String {
    change(&json!({ "op": "replace", "path": "title", "value": text }))
}

/// A member more.
pub fn member_added(id: &str) -> String {
    change(&json!({ "op": "add", "path": "members", "value": [{ "value": id }] }))
}

/// A member less.
pub fn member_removed(id: &str) -> String {
    change(&json!({ "op": "remove", "path": format!(r#"members[value eq "{id}"]"#) }))
}

fn change(operation: &Value) -> String {
    json!({ "schemas": [urn::PATCH_OP], "Operations": [operation] }).to_string()
}
