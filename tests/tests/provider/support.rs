//! A provider of one's own, and what requests are made of.

use std::{
    ops::{Deref, Range},
    process::Command,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use purser_tests::{files, provider::Provider};
use serde_json::{Value, json};

/// A running provider in a folder of its own.
pub struct Here {
    provider: Provider,
    _folder: tempfile::TempDir,
}

impl Deref for Here {
    type Target = Provider;

    fn deref(&self) -> &Provider {
        &self.provider
    }
}

impl Here {
    /// To stop and start it.
    pub fn provider(&mut self) -> &mut Provider {
        &mut self.provider
    }
}

/// One whose tenant is as it comes.
pub fn here() -> Result<Here> {
    here_with("")
}

/// One whose tenant has these lines.
pub fn here_with(tenant: &str) -> Result<Here> {
    let folder = tempfile::tempdir()?;
    Ok(Here {
        provider: Provider::start(folder.path(), tenant)?,
        _folder: folder,
    })
}

pub const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
pub const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
pub const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
pub const NOTHING: Value = Value::Null;

/// A user with this name.
pub fn user(name: &str) -> Value {
    json!({ "schemas": [USER], "userName": name })
}

/// A user with this name and more.
pub fn user_with(name: &str, more: Value) -> Value {
    let mut user = user(name);
    if let (Some(user), Value::Object(more)) = (user.as_object_mut(), more) {
        user.extend(more);
    }
    user
}

/// A group with these members.
pub fn group(name: &str, members: &[&str]) -> Value {
    let members: Vec<Value> = members.iter().map(|id| json!({ "value": id })).collect();
    json!({ "schemas": [GROUP], "displayName": name, "members": members })
}

/// A PATCH of these operations.
pub fn patch(operations: Value) -> Value {
    json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations })
}

/// A text in a document, by its JSON pointer.
pub fn text(document: &Value, pointer: &str) -> Result<String> {
    let found = document.pointer(pointer).and_then(Value::as_str);
    Ok(found
        .with_context(|| format!("no {pointer}: {document}"))?
        .to_owned())
}

/// The texts at `name` of the resources in a list, in order.
pub fn listed(list: &Value, name: &str) -> Vec<String> {
    let resources = list.get("Resources").and_then(Value::as_array);
    let texts = resources.into_iter().flatten().map(|one| {
        one.get(name)
            .and_then(Value::as_str)
            .unwrap_or("?")
            .to_owned()
    });
    texts.collect()
}

/// A value for a query.
pub fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(byte).to_string()
            }
            other => format!("%{other:02X}"),
        })
        .collect()
}

/// The user names that a filter finds, in order.
pub fn found(here: &Here, filter: &str) -> Result<Vec<String>> {
    let path = format!("/Users?filter={}", encoded(filter));
    Ok(listed(&here.get(&path)?.expect(200)?, "userName"))
}

/// Users of these numbers, made in bulk in their order: `n0`, `n1`, ….
pub fn many(here: &Here, numbers: Range<usize>) -> Result<Vec<String>> {
    let numbers: Vec<usize> = numbers.collect();
    let mut ids = Vec::new();
    for part in numbers.chunks(500) {
        let operations: Vec<Value> = part
            .iter()
            .map(|n| {
                json!({ "method": "POST", "path": "/Users", "bulkId": format!("b{n}"), "data": user(&format!("n{n}")) })
            })
            .collect();
        let bulk = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
            "Operations": operations,
        });
        let answer = here.call("POST", "/Bulk", &bulk)?.expect(200)?;
        let results = answer.get("Operations").and_then(Value::as_array);
        for result in results.context("results")? {
            let location = text(result, "/location")?;
            let id = location.rsplit('/').next().context("an id")?;
            ids.push(id.to_owned());
        }
    }
    Ok(ids)
}

/// How long it may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Waits until it is so; else shows how it stays.
pub fn eventually<T: std::fmt::Debug>(
    mut look: impl FnMut() -> Result<T>,
    so: impl Fn(&T) -> bool,
) -> Result<T> {
    let begun = Instant::now();
    loop {
        let seen = look()?;
        if so(&seen) {
            return Ok(seen);
        }
        if begun.elapsed() > PATIENCE {
            bail!("it stays so: {seen:?}");
        }
        thread::sleep(Duration::from_millis(20));
    }
}

/// What there is to say of a mapping; whether something waits for a person says the
/// exit code, and is no error here.
pub fn status(here: &Here, mapping: &str) -> Result<Value> {
    let output = Command::new(files::purser()?)
        .args(["status", mapping, "--json"])
        .current_dir(here.folder())
        .output()?;
    let all: Value = serde_json::from_slice(&output.stdout)?;
    Ok(all.get(mapping).cloned().unwrap_or_default())
}

/// Walks over the users by a cursor to the end (RFC 9865): what each shows at `name`. `between` may do something after each page.
pub fn walk(
    here: &Here,
    query: &str,
    name: &str,
    between: impl FnMut(usize) -> Result<()>,
) -> Result<Vec<String>> {
    walk_at(here, &format!("/Users?{query}"), name, between)
}

/// The same over whatever an address with its query leads to.
pub fn walk_at(
    here: &Here,
    path: &str,
    name: &str,
    mut between: impl FnMut(usize) -> Result<()>,
) -> Result<Vec<String>> {
    let (mut shown, mut cursor, mut pages) = (Vec::new(), String::new(), 0);
    loop {
        let list = here.get(&format!("{path}&cursor={cursor}"))?.expect(200)?;
        assert_eq!(list.get("startIndex"), None);
        shown.extend(listed(&list, name));
        pages += 1;
        between(pages)?;
        match list.get("nextCursor").and_then(Value::as_str) {
            Some(next) => {
                assert!(
                    next.chars()
                        .all(|c| c.is_ascii_alphanumeric() || "-._~".contains(c))
                );
                cursor = next.to_owned();
            }
            None => return Ok(shown),
        }
    }
}
