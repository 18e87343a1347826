//! The same PATCH to our service provider and to `scim2-server`, which others wrote.
//! Where the two differ stands in `tests/differences/patch.json`, with the reason; a
//! difference that does not stand there fails.

#![expect(
    clippy::indexing_slicing,
    reason = "what tests share may stop at the first surprise, too"
)]

use std::{collections::BTreeMap, fs};

use anyhow::{Context, Result, ensure};
use purser_tests::{
    chance::Chance,
    files, long,
    provider::Provider,
    server::{Foreign, Scim2Server},
};
use reqwest::Method;
use serde_json::{Map, Value, json};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// Places with values that fit them, and one that does not.
fn places() -> Vec<(Value, Vec<Value>)> {
    let mail = |value: &str, kind: &str| json!({ "value": value, "type": kind });
    vec![
        (
            json!("title"),
            vec![json!("Chief"), json!("Guide"), json!(7)],
        ),
        (json!("active"), vec![json!(true), json!(false)]),
        (json!("userName"), vec![json!("other")]),
        (json!("nickName"), vec![json!("Nick")]),
        (
            json!("name"),
            vec![
                json!({ "givenName": "A" }),
                json!({ "givenName": "B", "familyName": "C" }),
                json!("text"),
            ],
        ),
        (json!("name.givenName"), vec![json!("Anna")]),
        (json!("name.middleName"), vec![json!("M")]),
        (
            json!("emails"),
            vec![
                json!([mail("new@x.org", "other")]),
                json!([mail("work@x.org", "work")]),
                json!([]),
            ],
        ),
        (
            json!("emails[type eq \"work\"]"),
            vec![json!({ "value": "changed@x.org", "type": "work" })],
        ),
        (
            json!("emails[type eq \"work\"].value"),
            vec![json!("changed@x.org")],
        ),
        (
            json!("emails[type eq \"work\"].display"),
            vec![json!("shown")],
        ),
        (
            json!("emails[type eq \"other\"].value"),
            vec![json!("other@x.org")],
        ),
        (
            json!("emails[value co \"home\"].type"),
            vec![json!("other")],
        ),
        (json!(format!("{USER}:title")), vec![json!("Chief")]),
        (
            json!(format!("{ENTERPRISE}:department")),
            vec![json!("Tours")],
        ),
        (
            json!(format!("{ENTERPRISE}:employeeNumber")),
            vec![json!("7")],
        ),
        (json!("id"), vec![json!("other")]),
        (json!("emails[type eq"), vec![json!("x")]),
        (json!("shoeSize"), vec![json!("x")]),
        (
            Value::Null,
            vec![
                json!({ "title": "Chief", "nickName": "N" }),
                json!({ "name": { "givenName": "Z" } }),
                json!("text"),
            ],
        ),
    ]
}

/// Every single operation.
fn operations() -> Vec<Value> {
    let mut all = Vec::new();
    for (path, values) in places() {
        for (op, values) in [
            ("add", values.clone()),
            ("replace", values),
            ("remove", vec![Value::Null]),
        ] {
            for value in values {
                let mut operation = json!({ "op": op });
                if let Some(map) = operation.as_object_mut() {
                    if !path.is_null() {
                        map.insert("path".to_owned(), path.clone());
                    }
                    if op != "remove" {
                        map.insert("value".to_owned(), value);
                    }
                }
                all.push(operation);
            }
        }
    }
    all
}

fn person(name: &str) -> Value {
    json!({
        "schemas": [USER, ENTERPRISE], "userName": name, "title": "Guide",
        "name": { "givenName": "Barbara", "familyName": "Jensen" },
        "emails": [
            { "value": "work@x.org", "type": "work", "primary": true },
            { "value": "home@x.org", "type": "home" },
        ],
        ENTERPRISE: { "employeeNumber": "701" },
    })
}

/// What a client sees after a PATCH, without what each server assigns: the resource, or
/// the keyword of the refusal.
fn seen(server: &impl Foreign, name: &str, operations: &Value) -> Result<Value> {
    let made = server.ask(Method::POST, "Users", Some(&person(name)))?;
    let id = made["id"].as_str().context("no id")?;
    let body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations,
    });
    let path = format!("Users/{id}");
    let refused = server.ask(Method::PATCH, &path, Some(&body)).err();
    let after = server.ask(Method::GET, &path, None)?;
    server.ask(Method::DELETE, &path, None)?;
    let mut after = plain(&after);
    if after["userName"] == name {
        after["userName"] = json!("itself");
    }
    Ok(match refused {
        // That it is refused, and that nothing has happened; in which words is its own.
        Some(_) => json!({ "refused": true, "after": after }),
        None => after,
    })
}

/// Sorted, and without what the server assigns.
fn plain(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let left = ["id", "meta", "schemas", "groups"];
            let sorted: BTreeMap<&String, Value> = map
                .iter()
                .filter(|(name, _)| !left.contains(&name.as_str()))
                .map(|(name, value)| (name, plain(value)))
                .filter(|(_, value)| !value.is_null())
                .collect();
            let sorted: Map<String, Value> = sorted
                .into_iter()
                .map(|(name, value)| (name.clone(), value))
                .collect();
            Value::Object(sorted)
        }
        Value::Array(items) => {
            let mut items: Vec<Value> = items.iter().map(plain).collect();
            items.sort_by_key(ToString::to_string);
            Value::Array(items)
        }
        other => other.clone(),
    }
}

#[test]
fn patches_come_out_as_at_another_server() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let ours = Provider::start(folder.path(), "strict = true")?;
    let theirs = Scim2Server::start(folder.path())?;
    let file = files::root()?.join("tests/differences/patch.json");
    let known: BTreeMap<String, String> = serde_json::from_str(&fs::read_to_string(&file)?)?;
    let singles = operations();
    let mut differing = BTreeMap::new();
    for (nth, operation) in singles.iter().enumerate() {
        let (name, asked) = (format!("u{nth}"), json!([operation]));
        let (here, there) = (seen(&ours, &name, &asked)?, seen(&theirs, &name, &asked)?);
        if here != there {
            differing.insert(operation.to_string(), (here, there));
        }
    }
    let unknown: Vec<_> = differing
        .iter()
        .filter(|(key, _)| !known.contains_key(*key))
        .collect();
    ensure!(
        unknown.is_empty(),
        "{} differ without a reason: {unknown:#?}",
        unknown.len()
    );
    let settled: Vec<_> = known
        .keys()
        .filter(|key| !differing.contains_key(*key))
        .collect();
    ensure!(
        settled.is_empty(),
        "these do not differ any more: {settled:#?}"
    );

    // Several in one request, of those that come out alike one by one.
    let alike: Vec<&Value> = singles
        .iter()
        .filter(|one| !known.contains_key(&one.to_string()))
        .collect();
    let rounds = long::number("PATCHES", 60)?;
    let mut chance = Chance::new(long::number("SEED", 11)?);
    for round in 0..rounds {
        let mut asked = Vec::new();
        for _ in 0..=chance.below(2) {
            let index = usize::try_from(chance.below(alike.len() as u64))?;
            asked.extend(alike.get(index).map(|one| (*one).clone()));
        }
        let (name, asked) = (format!("v{round}"), Value::from(asked));
        let (here, there) = (seen(&ours, &name, &asked)?, seen(&theirs, &name, &asked)?);
        ensure!(here == there, "{asked}: ours {here}, theirs {there}");
    }
    Ok(())
}
