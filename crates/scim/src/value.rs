//! JSON values as SCIM sees them: what counts as absent, what counts as equal.
//!
//! SCIM has one state *unassigned* and several spellings of it (RFC 7643 §2.5). All rooms ask
//! here, so that a filter, a PATCH and a delta can never disagree about whether a value exists.

use serde_json::{Map, Value};

/// Whether `value` is the same state as an absent attribute: `null`, `[]`, `{}` and objects or
/// lists that hold only such (RFC 7643 §2.5). `""` and `false` are values.
#[must_use]
pub fn is_empty_value(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.iter().all(is_empty_value),
        Value::Object(map) => map.values().all(is_empty_value),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

/// Drops the empty members of `value`, at any depth; whether anything remains.
pub(crate) fn prune(value: &mut Value) -> bool {
    match value {
        Value::Null => false,
        Value::Array(items) => {
            items.retain_mut(prune);
            !items.is_empty()
        }
        Value::Object(map) => {
            prune_map(map);
            !map.is_empty()
        }
        Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
    }
}

/// Drops the members of `map` that hold nothing; the others keep their order.
pub(crate) fn prune_map(map: &mut Map<String, Value>) {
    map.retain(|_, value| prune(value));
}

/// A form in which `==` is SCIM equality: empty members dropped and attribute names in lower case
/// (names are case-insensitive, RFC 7643 §2.1; values stay exact). Only for comparing.
pub(crate) fn comparable(value: &Value) -> Value {
    match value {
        Value::Array(items) => Value::Array(
            items
                .iter()
                .filter(|item| !is_empty_value(item))
                .map(comparable)
                .collect(),
        ),
        Value::Object(map) => Value::Object(
            map.iter()
                .filter(|(_, value)| !is_empty_value(value))
                .map(|(name, value)| (name.to_ascii_lowercase(), comparable(value)))
                .collect(),
        ),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

/// Whether two values are the same, list order included.
pub(crate) fn same(left: &Value, right: &Value) -> bool {
    left == right || comparable(left) == comparable(right)
}

/// Whether two values of a multi-valued attribute are the same set (RFC 7643 §2.4 gives the order
/// no meaning). A value that is no list counts as a list of one.
pub(crate) fn same_set(left: &Value, right: &Value) -> bool {
    let left: Vec<Value> = members(left).map(comparable).collect();
    let right: Vec<Value> = members(right).map(comparable).collect();
    left.iter().all(|item| right.contains(item)) && right.iter().all(|item| left.contains(item))
}

/// The non-empty members of a multi-valued attribute; a value that is no list is a list of one.
pub(crate) fn members(value: &Value) -> impl Iterator<Item = &Value> {
    let list = match value {
        Value::Array(items) => items.as_slice(),
        one => std::slice::from_ref(one),
    };
    list.iter().filter(|item| !is_empty_value(item))
}

/// The spelling under which `map` holds `name`: the exact one, else the first that differs only
/// in ASCII case.
pub(crate) fn key_in<'a>(map: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    if let Some((key, _)) = map.get_key_value(name) {
        return Some(key);
    }
    map.keys()
        .find(|key| key.eq_ignore_ascii_case(name))
        .map(String::as_str)
}

/// Looks `name` up without regard to case.
pub(crate) fn get_in<'a>(map: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    map.get(key_in(map, name)?)
}

/// Sets `name`, keeping the spelling and position that are there.
pub(crate) fn set_in(map: &mut Map<String, Value>, name: &str, value: Value) {
    let key = key_in(map, name).unwrap_or(name).to_owned();
    map.insert(key, value);
}

/// Removes `name` in whatever spelling (all of them), keeping the order of the others.
pub(crate) fn remove_in(map: &mut Map<String, Value>, name: &str) -> Option<Value> {
    let mut removed = None;
    while let Some(key) = key_in(map, name).map(str::to_owned) {
        let value = map.shift_remove(&key);
        removed = removed.or(value);
    }
    removed
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn unassigned_has_many_spellings() {
        for empty in [
            json!(null),
            json!([]),
            json!({}),
            json!([null, [], {}]),
            json!({ "a": null, "b": [{ "c": [] }] }),
        ] {
            assert!(is_empty_value(&empty), "{empty}");
            assert!(!prune(&mut empty.clone()));
        }
        for value in [json!(""), json!(false), json!(0), json!([null, 1])] {
            assert!(!is_empty_value(&value), "{value}");
        }
    }

    #[test]
    fn sets_ignore_order_repetition_and_nulls() {
        assert!(same_set(&json!(["a", "b", null]), &json!(["b", "a", "b"])));
        assert!(same_set(
            &json!([{ "value": "a", "type": null }]),
            &json!({ "Value": "a" })
        ));
        assert!(!same_set(&json!(["a"]), &json!(["A"])));
    }

    #[test]
    fn removing_keeps_the_order() {
        let Value::Object(mut map) = json!({ "a": 1, "B": 2, "c": 3, "b": 4 }) else {
            panic!("an object");
        };
        assert_eq!(remove_in(&mut map, "b"), Some(json!(4)));
        assert_eq!(map.keys().collect::<Vec<_>>(), ["a", "c"]);
    }
}
