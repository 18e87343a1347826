//! Which SCIM attributes a plugin may write, and whether a resource keeps to it.
//!
//! Paths (RFC 7644 §3.10) become a tree of lower-case names: attribute names and
//! schema URNs are compared without regard to case (RFC 7643 §2.1). A value
//! filter does not narrow what may be written to single elements; it names the
//! sub-attributes that come with it: `emails[type eq "work"].value` allows
//! `value` and `type` of the elements of `emails`.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

const CORE: &str = "urn:ietf:params:scim:schemas:core:2.0:";

/// The SCIM attributes that a plugin may write, each with all below it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Writes {
    declared: Vec<String>,
    root: Node,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Node {
    /// All below is allowed.
    whole: bool,
    below: BTreeMap<String, Node>,
}

impl Writes {
    /// Reads the declared paths; the error is the first that is not one.
    pub(crate) fn parse(paths: &[String]) -> Result<Self, &str> {
        let mut writes = Self {
            declared: paths.to_vec(),
            root: Node::default(),
        };
        for path in paths {
            if path == "*" {
                writes.root.whole = true;
                continue;
            }
            for steps in read(path).ok_or(path.as_str())? {
                writes.root.add(&steps);
            }
        }
        Ok(writes)
    }

    /// The paths as the plugin wrote them; `*` for all.
    #[must_use]
    pub fn paths(&self) -> &[String] {
        &self.declared
    }

    /// Whether all that a path names may be written.
    pub(crate) fn covers(&self, path: &str) -> bool {
        let covers = |steps: &Vec<String>| self.root.covers(steps);
        self.root.whole || read(path).is_some_and(|all| all.iter().any(covers))
    }

    /// The first attribute of a resource that may not be written. `id` and
    /// `meta` are the target's (RFC 7643 §3.1), whatever was declared.
    pub(crate) fn undeclared(&self, resource: &Map<String, Value>) -> Option<String> {
        let lower = |name: &str| name.to_ascii_lowercase();
        for (name, value) in resource {
            match lower(name).as_str() {
                "schemas" => {}
                "id" | "meta" => return Some(name.clone()),
                _ if self.root.whole => {}
                key => {
                    let Some(node) = self.root.below.get(key) else {
                        return Some(name.clone());
                    };
                    if let Some(rest) = node.undeclared(value) {
                        let joint = if key.starts_with("urn:") { ":" } else { "." };
                        return Some(if rest.is_empty() {
                            name.clone()
                        } else {
                            format!("{name}{joint}{rest}")
                        });
                    }
                }
            }
        }
        None
    }
}

impl Node {
    fn add(&mut self, steps: &[String]) {
        match steps.split_first() {
            None => self.whole = true,
            Some((first, rest)) => self.below.entry(first.clone()).or_default().add(rest),
        }
    }

    fn covers(&self, steps: &[String]) -> bool {
        self.whole
            || steps.split_first().is_some_and(|(first, rest)| {
                self.below.get(first).is_some_and(|node| node.covers(rest))
            })
    }

    /// The path, below here, of the first value that is not allowed; empty where
    /// it is the value itself.
    fn undeclared(&self, value: &Value) -> Option<String> {
        if self.whole {
            return None;
        }
        match value {
            // Clears what is declared below.
            Value::Null => None,
            Value::Array(items) => items.iter().find_map(|item| self.undeclared(item)),
            Value::Object(object) => object.iter().find_map(|(name, value)| {
                let Some(node) = self.below.get(&name.to_ascii_lowercase()) else {
                    return Some(name.clone());
                };
                let rest = node.undeclared(value)?;
                Some(if rest.is_empty() {
                    name.clone()
                } else {
                    format!("{name}.{rest}")
                })
            }),
            Value::Bool(_) | Value::Number(_) | Value::String(_) => Some(String::new()),
        }
    }
}

/// The ways to walk to what a path names: one for each sub-attribute that its
/// filter brings along, and two for a URN, which may end in an attribute or be
/// an extension as a whole.
fn read(path: &str) -> Option<Vec<Vec<String>>> {
    let lower = path.trim().to_ascii_lowercase();
    let path = match lower.strip_prefix(CORE) {
        Some(rest) => rest.split_once(':')?.1,
        None => &lower,
    };
    let (head, filter, tail) = match path.split_once('[') {
        None => (path, "", ""),
        Some((head, rest)) => {
            let (filter, tail) = rest.rsplit_once(']')?;
            (head, filter, tail)
        }
    };
    let (urn, attribute) = match head.rsplit_once(':') {
        Some((urn, attribute)) => (Some(urn), attribute),
        None => (None, head),
    };
    let mut steps: Vec<String> = urn.iter().map(|urn| (*urn).to_owned()).collect();
    steps.extend(attribute.split('.').map(str::to_owned));
    let mut ways = Vec::new();
    for name in compared(filter) {
        let mut way = steps.clone();
        way.push(name.to_owned());
        ways.push(way);
    }
    if !tail.is_empty() {
        steps.push(tail.strip_prefix('.')?.to_owned());
    }
    ways.push(steps);
    if urn.is_some() && filter.is_empty() {
        ways.push(vec![head.to_owned()]);
    }
    let name = |step: &String| !step.is_empty() && !step.contains(char::is_whitespace);
    ways.iter().flatten().all(name).then_some(ways)
}

/// The sub-attributes that a value filter compares.
fn compared(filter: &str) -> impl Iterator<Item = &str> {
    let is_operator = |word: &str| {
        matches!(
            word,
            "eq" | "ne" | "co" | "sw" | "ew" | "gt" | "ge" | "lt" | "le" | "pr"
        )
    };
    filter
        .split_whitespace()
        .zip(filter.split_whitespace().skip(1))
        .filter(move |(_, operator)| is_operator(operator))
        .map(|(name, _)| name.trim_start_matches('('))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

    fn undeclared(writes: &[&str], resource: Value) -> Option<String> {
        let paths: Vec<String> = writes.iter().map(|&path| path.to_owned()).collect();
        let writes = Writes::parse(&paths).unwrap();
        writes.undeclared(resource.as_object().unwrap())
    }

    #[test]
    fn what_is_declared_may_be_written_with_all_below() {
        for (writes, resource) in [
            (vec!["username"], json!({"schemas": [], "userName": "a"})),
            (vec!["name"], json!({"name": {"givenName": "a"}})),
            (vec!["name.givenName"], json!({"name": null})),
            (
                vec![r#"emails[type eq "work"].value"#],
                json!({"emails": [{"type": "work", "value": "a"}]}),
            ),
            (
                vec!["urn:ietf:params:scim:schemas:core:2.0:User:userName"],
                json!({"userName": "a"}),
            ),
            (vec![ENTERPRISE], json!({ENTERPRISE: {"department": "a"}})),
            (vec!["*"], json!({"anything": 1})),
        ] {
            assert_eq!(undeclared(&writes, resource), None, "{writes:?}");
        }
        let department = format!("{ENTERPRISE}:department");
        let resource = json!({ENTERPRISE: {"department": "a"}});
        assert_eq!(undeclared(&[&department], resource), None);
    }

    #[test]
    fn what_is_not_declared_is_named() {
        for (writes, resource, path) in [
            (vec!["userName"], json!({"active": true}), "active"),
            (vec!["*"], json!({"id": "1"}), "id"),
            (
                vec!["name.givenName"],
                json!({"name": {"familyName": "a"}}),
                "name.familyName",
            ),
            (vec!["name.givenName"], json!({"name": "a"}), "name"),
            (
                vec![r#"emails[type eq "work"].value"#],
                json!({"emails": [{"primary": true}]}),
                "emails.primary",
            ),
        ] {
            assert_eq!(undeclared(&writes, resource).as_deref(), Some(path));
        }
    }

    #[test]
    fn a_path_that_is_none_is_refused() {
        for path in ["", "a..b", "emails[type eq \"work\"", "emails[x].", "a b"] {
            assert_eq!(Writes::parse(&[path.to_owned()]), Err(path));
        }
    }
}
