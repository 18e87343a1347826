//! By which values an entry is found, and which nobody else may have.

use purser_scim::{
    AttrPath, Resource, ResourceSchema,
    fold::fold,
    schema::{Attribute, AttributeType, Uniqueness},
};
use serde_json::Value;

use crate::store::Key;

/// An attribute by whose values entries are found.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Indexed {
    /// Where it stands.
    pub path: AttrPath,
    /// Its name in the index.
    pub name: String,
    /// Texts are compared exactly.
    pub exact: bool,
    /// No two resources of a type have the same value.
    pub unique: bool,
    /// A resource has one value or none. Then the index has its resources in the order
    /// of `sortBy` ([`Indexed::without`]).
    pub single: bool,
}

/// What clients search by (RFC 7643 §3.1, §4.1, §4.2), beside whatever is unique.
const SEARCHED: [&str; 4] = ["externalId", "userName", "displayName", "emails.value"];

/// The attributes of a type that are indexed.
pub(super) fn of(schema: &ResourceSchema) -> Vec<Indexed> {
    let mut all: Vec<Indexed> = Vec::new();
    let mut add = |path: AttrPath, attribute: &Attribute, unique: bool| {
        let name = path.to_string().to_ascii_lowercase();
        let is_text = matches!(
            attribute.type_,
            AttributeType::String | AttributeType::Reference
        );
        if is_text && all.iter().all(|known| known.name != name) {
            all.push(Indexed {
                name,
                exact: attribute.is_exact(),
                unique,
                single: !attribute.multi_valued && path.sub.is_none(),
                path,
            });
        }
    };
    let core = (None, schema.core());
    let extensions = schema
        .extensions()
        .map(|extension| (Some(extension.id.clone()), extension));
    for (urn, part) in std::iter::once(core).chain(extensions) {
        for attribute in &part.attributes {
            let path = AttrPath {
                urn: urn.clone(),
                ..AttrPath::new(&attribute.name)
            };
            // The uniqueness of a part of a value is about values of one resource.
            if attribute.uniqueness != Uniqueness::None && !attribute.multi_valued {
                add(path, attribute, true);
            }
        }
    }
    for name in SEARCHED {
        if let Ok(path) = name.parse::<AttrPath>()
            && let Some(attribute) = schema.attribute(&path)
        {
            add(path, attribute, false);
        }
    }
    all
}

/// What is indexed and how, in words: to tell it from what was.
pub(super) fn name(indexed: &[Indexed]) -> String {
    let one = |one: &Indexed| {
        let exact = if one.exact { "=" } else { "" };
        let single = if one.single { "-" } else { "" };
        format!("{exact}{}{single}", one.name)
    };
    indexed.iter().map(one).collect::<Vec<_>>().join(" ")
}

impl Indexed {
    /// A value as the index has it.
    pub(super) fn form(&self, value: &str) -> String {
        if self.exact {
            value.to_owned()
        } else {
            fold(value)
        }
    }

    /// Under which name those stand in the index who have no value: no attribute has
    /// such a name.
    pub(super) fn without(&self) -> String {
        format!("-{}", self.name)
    }
}

/// By what a resource is found. No key twice.
pub(super) fn keys(indexed: &[Indexed], resource: &Resource) -> Vec<Key> {
    let mut keys: Vec<Key> = Vec::new();
    for one in indexed {
        let before = keys.len();
        for value in resource.values_at(&one.path) {
            if let Value::String(text) = value {
                let key = Key {
                    attribute: one.name.clone(),
                    value: one.form(text),
                    unique: one.unique,
                };
                if !keys.contains(&key) {
                    keys.push(key);
                }
            }
        }
        if one.single && keys.len() == before {
            keys.push(Key {
                attribute: one.without(),
                value: String::new(),
                unique: false,
            });
        }
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_found_by_what_clients_search_by() {
        let indexed = of(&ResourceSchema::user());
        let uniques: Vec<&str> = indexed
            .iter()
            .filter(|one| one.unique)
            .map(|one| one.name.as_str())
            .collect();
        assert_eq!(uniques, ["username"]);
        assert_eq!(
            name(&indexed),
            "username- =externalid- displayname- emails.value"
        );
        let user = Resource::parse(
            r#"{ "userName": "Straße", "externalId": "A", "emails": [{ "value": "X@y.z" }, { "value": "x@Y.z" }] }"#,
        )
        .unwrap();
        let found: Vec<String> = keys(&indexed, &user)
            .into_iter()
            .map(|key| format!("{}={}", key.attribute, key.value))
            .collect();
        assert_eq!(
            found,
            [
                "username=strasse",
                "externalid=A",
                "-displayname=",
                "emails.value=x@y.z"
            ]
        );
    }
}
