//! The directory as a source and as a target of mappings: what an identity provider
//! writes to one tenant is kept in step in another.

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::support::*;

pub const COPY: &str = r#"
[tenant.mirror]

[source.in]
connector = "directory"
tenant = "acme"

[target.out]
connector = "directory"
tenant = "mirror"

[mapping.copy]
source = "in"
target = "out"
plugin = "attribute-map"

[mapping.copy.settings.user]
userName = { from = "userName" }
externalId = { from = "id" }
displayName = { from = "displayName" }
"name.givenName" = { from = "name.givenName" }
'emails[type eq "work"].value' = { from = "emails.value", transform = ["first"] }
"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department" = { from = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department" }
active = { from = "active", transform = ["bool"], default = "true" }

[mapping.copy.settings.group]
displayName = { from = "displayName" }
externalId = { from = "id" }
members = { template = "user:{members}" }
"#;

/// What the other tenant shows, as its own client.
pub fn mirrored(here: &Here, token: &str, path: &str) -> Result<Value> {
    let url = format!("{}{path}", here.base_of("mirror"));
    let authorization = format!("Bearer {token}");
    here.send("GET", &url, &[("authorization", &authorization)], &NOTHING)?
        .expect(200)
}

pub fn names(list: &Value) -> Vec<(String, bool)> {
    let resources = list.get("Resources").and_then(Value::as_array);
    let one = |user: &Value| {
        let name = user.get("userName").and_then(Value::as_str).unwrap_or("?");
        let active = user.get("active") != Some(&json!(false));
        (name.to_owned(), active)
    };
    resources.into_iter().flatten().map(one).collect()
}

#[test]
fn what_is_written_to_one_tenant_is_kept_in_step_in_another() -> Result<()> {
    let here = here_with(COPY)?;
    let token = here.new_token("mirror", &[])?;
    let ann = here.make("/Users", &user_with("ann", json!({
        "displayName": "Ann", "name": { "givenName": "Ann" }, "emails": [{ "value": "ann@x.org" }],
        ENTERPRISE: { "department": "Tours" },
    })))?;
    let bob = here.make("/Users", &user("bob"))?;
    let id = here.make("/Groups", &group("Guides", &[&ann, &bob]))?;

    here.purser(&["run", "copy"])?;
    let users = mirrored(&here, &token, "/Users")?;
    assert_eq!(
        names(&users),
        [("ann".to_owned(), true), ("bob".to_owned(), true)]
    );
    let groups = mirrored(&here, &token, "/Groups")?;
    let members = groups
        .pointer("/Resources/0/members")
        .and_then(Value::as_array);
    assert_eq!(members.map(Vec::len), Some(2));
    let first = users.pointer("/Resources/0").context("nobody")?;
    assert_eq!(first.pointer("/name/givenName"), Some(&json!("Ann")));
    assert_eq!(
        first.pointer("/emails/0"),
        Some(&json!({ "type": "work", "value": "ann@x.org" }))
    );
    assert_eq!(text(first, &format!("/{ENTERPRISE}/department"))?, "Tours");
    // Nothing is left to do.
    here.purser(&["run", "copy"])?;
    assert_eq!(mirrored(&here, &token, "/Users")?, users);

    // A change, a member who leaves, and a user who is deleted: the directory proves it.
    let path = format!("/Users/{ann}");
    let change = patch(json!([{ "op": "replace", "path": "userName", "value": "anne" }]));
    here.call("PATCH", &path, &change)?.expect(200)?;
    here.call("DELETE", &format!("/Users/{bob}"), &NOTHING)?
        .expect(204)?;
    here.purser(&["run", "copy"])?;
    let users = mirrored(&here, &token, "/Users")?;
    assert_eq!(
        names(&users),
        [("anne".to_owned(), true), ("bob".to_owned(), false)]
    );
    let groups = mirrored(&here, &token, "/Groups")?;
    let members = groups
        .pointer("/Resources/0/members")
        .and_then(Value::as_array);
    assert_eq!(members.context("no members")?.len(), 1);

    // Drift at the target is brought back by who is asked to verify.
    let mirror = text(&users, "/Resources/0/id")?;
    let url = format!("{}/Users/{mirror}", here.base_of("mirror"));
    let authorization = format!("Bearer {token}");
    let drift = patch(json!([{ "op": "replace", "path": "displayName", "value": "Other" }]));
    here.send("PATCH", &url, &[("authorization", &authorization)], &drift)?
        .expect(200)?;
    here.purser(&["verify", "copy"])?;
    let user = mirrored(&here, &token, &format!("/Users/{mirror}"))?;
    assert_eq!(text(&user, "/displayName")?, "Ann");
    assert!(
        here.get(&format!("/Groups/{id}"))?
            .expect(200)?
            .get("members")
            .is_some()
    );
    Ok(())
}
