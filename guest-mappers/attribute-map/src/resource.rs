//! From the values of all rules to one SCIM resource.

use purser_guest::{
    Context, Problem, Projection, SourceObject,
    json::{Map, Value},
};

use crate::{input::Found, path::Path, rule::Rule};

/// A rule with what it found.
type Answer<'a> = (&'a Rule, Found);

/// Builds the projection of one object.
pub(crate) fn build(
    rules: &[Rule],
    context: &Context,
    object: &SourceObject,
) -> Result<Projection, Problem> {
    let mut answers = Vec::with_capacity(rules.len());
    for rule in rules {
        answers.push((rule, rule.apply(context, object)?));
    }
    require(&answers, object)?;
    let mut resource = Map::new();
    resource.insert("schemas".to_owned(), Value::Null);
    let mut extensions: Vec<String> = Vec::new();
    let mut done: Vec<&(Option<String>, String)> = Vec::new();
    for (rule, _) in &answers {
        let container = &rule.path.container;
        if done.contains(&container) {
            continue;
        }
        let parts: Vec<&Answer<'_>> = answers
            .iter()
            .filter(|(other, _)| other.path.container == *container)
            .collect();
        if let Some(value) = attribute(&parts)? {
            put(&mut resource, &mut extensions, &rule.path, value);
        }
        done.push(container);
    }
    let core = matches!(object.resource_type.as_str(), "User" | "Group").then(|| {
        format!(
            "urn:ietf:params:scim:schemas:core:2.0:{}",
            object.resource_type
        )
    });
    let schemas: Vec<String> = core.into_iter().chain(extensions).collect();
    resource.insert("schemas".to_owned(), schemas.into());
    let mut projection = Projection::new(Value::Object(resource));
    let create_only = |(rule, found): &Answer<'_>| {
        let has_value = matches!(found, Found::One(_) | Found::Many(_));
        (rule.create_only && has_value).then(|| rule.written.clone())
    };
    projection.create_only = answers.iter().filter_map(create_only).collect();
    Ok(projection)
}

/// A User without `userName` (RFC 7643 §4.1.1) or a Group without `displayName`
/// (§4.2) is refused everywhere; better to say so here, with the reason.
fn require(answers: &[Answer<'_>], object: &SourceObject) -> Result<(), Problem> {
    let needed = match object.resource_type.as_str() {
        "User" => "userName",
        "Group" => "displayName",
        _ => return Ok(()),
    };
    let lacks = |(rule, found): &Answer<'_>| {
        rule.path.urn.is_none()
            && rule.path.attribute.eq_ignore_ascii_case(needed)
            && matches!(found, Found::Unknown | Found::Empty)
    };
    if answers.iter().any(lacks) {
        return Err(Problem::missing(needed));
    }
    Ok(())
}

/// Puts an attribute where it belongs. An extension is named in `schemas` only
/// when it has values.
fn put(resource: &mut Map<String, Value>, extensions: &mut Vec<String>, path: &Path, value: Value) {
    let Some(urn) = &path.urn else {
        resource.insert(path.attribute.clone(), value);
        return;
    };
    let same = |other: &&String| other.eq_ignore_ascii_case(urn);
    let key = resource.keys().find(same).unwrap_or(urn).clone();
    if holds_values(&value) && !extensions.contains(&key) {
        extensions.push(key.clone());
    }
    let extension = resource
        .entry(key)
        .or_insert_with(|| Value::Object(Map::new()));
    if let Value::Object(extension) = extension {
        extension.insert(path.attribute.clone(), value);
    }
}

fn holds_values(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Array(items) => items.iter().any(holds_values),
        Value::Object(object) => object.values().any(holds_values),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
    }
}

/// The value of one attribute from all rules about it; nothing: leave it out.
fn attribute(parts: &[&Answer<'_>]) -> Result<Option<Value>, Problem> {
    match parts {
        [(rule, found)] if rule.path.sub.is_none() => simple(rule, found),
        [(rule, _), ..] if rule.path.filter.is_some() => elements(parts),
        _ => complex(parts),
    }
}

fn simple(rule: &Rule, found: &Found) -> Result<Option<Value>, Problem> {
    if rule.path.is_list() {
        let item =
            |value: &Value| Value::Object(Map::from_iter([("value".to_owned(), value.clone())]));
        return Ok(match found {
            Found::Unknown => None,
            Found::Empty if rule.create_only => None,
            Found::Empty => Some(Value::Array(Vec::new())),
            Found::One(value) => Some(vec![item(value)].into()),
            Found::Many(values) => Some(values.iter().map(item).collect()),
        });
    }
    match found {
        // What an extension of a vendor holds is not ours to know.
        Found::Many(values) if rule.path.urn.is_some() => Ok(Some(values.clone().into())),
        found => single(rule, found),
    }
}

/// One value, or `null` to clear.
fn single(rule: &Rule, found: &Found) -> Result<Option<Value>, Problem> {
    match found {
        Found::Unknown => Ok(None),
        // Sent only when the resource is created, and then there is nothing to clear.
        Found::Empty if rule.create_only => Ok(None),
        Found::Empty => Ok(Some(Value::Null)),
        Found::One(value) => Ok(Some(value.clone())),
        Found::Many(values) => match values.as_slice() {
            [value] => Ok(Some(value.clone())),
            _ => Err(rule.problem(
                "several values where one is needed: add `first` to the rule's `transform`, or `join`"
                    .to_owned(),
            )),
        },
    }
}

/// A complex value such as `name`. Constants alone are not worth writing.
fn complex(parts: &[&Answer<'_>]) -> Result<Option<Value>, Problem> {
    let worth = has_value(parts);
    let mut object = Map::new();
    for (rule, found) in parts {
        if (worth || !rule.is_constant())
            && let Some(sub) = &rule.path.sub
            && let Some(value) = single(rule, found)?
        {
            object.insert(sub.clone(), value);
        }
    }
    Ok((!object.is_empty()).then_some(Value::Object(object)))
}

/// Whether any rule that is not a constant has found a value.
fn has_value(parts: &[&Answer<'_>]) -> bool {
    parts
        .iter()
        .any(|(rule, found)| !rule.is_constant() && matches!(found, Found::One(_) | Found::Many(_)))
}

/// A multi-valued attribute from elements such as `[type eq "work"]`.
fn elements(parts: &[&Answer<'_>]) -> Result<Option<Value>, Problem> {
    let mut filters: Vec<&(String, Value)> = Vec::new();
    for (rule, _) in parts {
        if let Some(filter) = &rule.path.filter
            && !filters.contains(&filter)
        {
            filters.push(filter);
        }
    }
    let mut items = Vec::new();
    for filter in filters {
        let own: Vec<&Answer<'_>> = parts
            .iter()
            .copied()
            .filter(|(rule, _)| rule.path.filter.as_ref() == Some(filter))
            .collect();
        if has_value(&own)
            && let Some(Value::Object(mut element)) = complex(&own)?
        {
            // Within an element there is nothing to clear: it is written anew.
            element.retain(|_, value| !value.is_null());
            element
                .entry(filter.0.clone())
                .or_insert_with(|| filter.1.clone());
            items.push(Value::Object(element));
        }
    }
    let any = |state: Found| {
        parts
            .iter()
            .any(|(rule, found)| !rule.is_constant() && !rule.create_only && *found == state)
    };
    Ok(if !items.is_empty() {
        Some(items.into())
    } else if any(Found::Empty) && !any(Found::Unknown) {
        // Null clears every element, so none of them may be unknown.
        Some(Value::Null)
    } else {
        None
    })
}
