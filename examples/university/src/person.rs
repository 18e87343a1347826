//! One person: a function over plain values, tested without WebAssembly.
//!
//! Who has left (`alum` and nothing else) is out of scope: what becomes of the
//! account is the administrator's policy. Who has a contract has an account until
//! it ends; the resource then says so, and asks to be made again at that moment.

use std::collections::BTreeSet;

use purser_guest::{
    Context, Outcome, Problem, Projection, SourceObject,
    json::{Map, Value, json},
};

use crate::{ENTERPRISE, EXTENSION, contract, settings::Settings};

/// Maps one person.
#[must_use]
pub fn map(settings: &Settings, context: &Context, person: &SourceObject) -> Outcome {
    projection(settings, context, person).unwrap_or_else(Outcome::Problem)
}

fn projection(
    settings: &Settings,
    context: &Context,
    person: &SourceObject,
) -> Result<Outcome, Problem> {
    let login = person
        .text("login")
        .ok_or_else(|| Problem::missing("login"))?;
    let affiliations = affiliations(settings, person)?;
    if affiliations.is_empty() {
        return Ok(Outcome::OutOfScope(
            "no affiliation that gives an account".to_owned(),
        ));
    }
    let ends = |affiliation: &&str| {
        settings
            .affiliations
            .get(*affiliation)
            .is_some_and(|gives| gives.until_contract_end)
    };
    let contract = match affiliations.iter().any(ends) {
        true => Some(contract::read(settings, context, person)?),
        false => None,
    };
    let over = contract.as_ref().is_some_and(|contract| contract.over);
    let current: Vec<&str> = affiliations
        .into_iter()
        .filter(|affiliation| !(over && ends(affiliation)))
        .collect();

    let (mut groups, mut entitlements) = (BTreeSet::new(), BTreeSet::new());
    for gives in current
        .iter()
        .filter_map(|name| settings.affiliations.get(*name))
    {
        groups.extend(gives.groups.iter().map(String::as_str));
        entitlements.extend(gives.entitlements.iter().map(String::as_str));
    }
    if !current.is_empty() {
        groups.extend(person.text("department"));
    }

    let mut name = Map::new();
    copy(person, "given_name", &mut name, "givenName");
    copy(person, "family_name", &mut name, "familyName");
    let mut enterprise = Map::new();
    copy(person, "staff_number", &mut enterprise, "employeeNumber");
    copy(person, "department", &mut enterprise, "department");
    let mut projection = Projection::new(json!({
        "userName": login,
        "externalId": person.id,
        "name": name,
        "displayName": display_name(person).unwrap_or(login.to_owned()),
        "active": person.active && !current.is_empty(),
        // References: the host makes memberships of them.
        "groups": values(groups.into_iter().map(|id| format!("group:{id}"))),
        "entitlements": values(entitlements.into_iter().map(str::to_owned)),
        ENTERPRISE: enterprise,
        EXTENSION: {
            "affiliations": current,
            "primaryAffiliation": current.first(),
            "contractEnd": contract.as_ref().map(|contract| contract.last_day.as_str()),
        },
    }));
    if person.attributes.contains_key("mail") {
        let emails = person
            .text("mail")
            .map(|mail| json!([{ "value": mail, "type": "work", "primary": true }]));
        projection
            .resource
            .insert("emails".to_owned(), emails.into());
    }
    Ok(match contract {
        Some(contract) if !contract.over => projection.until(contract.ends_at),
        _ => projection,
    }
    .into())
}

/// What somebody is here, in the order of the source, without what gives no
/// account.
fn affiliations<'p>(
    settings: &Settings,
    person: &'p SourceObject,
) -> Result<Vec<&'p str>, Problem> {
    let wrong = |message: &str| Problem::invalid("affiliations", message);
    let list = match person.attributes.get("affiliations") {
        None => return Err(Problem::missing("affiliations")),
        Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(list)) => list,
        Some(_) => return Err(wrong("it is not a list of texts")),
    };
    let mut found = Vec::new();
    for item in list {
        let name = item
            .as_str()
            .ok_or_else(|| wrong("it is not a list of texts"))?;
        if settings.leavers.iter().any(|leaver| leaver == name) {
            continue;
        }
        if !settings.affiliations.contains_key(name) {
            return Err(wrong("it holds one that the settings do not name"));
        }
        if !found.contains(&name) {
            found.push(name);
        }
    }
    Ok(found)
}

fn display_name(person: &SourceObject) -> Option<String> {
    let parts: Vec<&str> = ["given_name", "family_name"]
        .into_iter()
        .filter_map(|name| person.text(name))
        .collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

/// Carries a value over as it is: what the source does not say is not managed,
/// what it says to be empty is cleared.
fn copy(person: &SourceObject, from: &str, into: &mut Map<String, Value>, to: &str) {
    let value = match person.attributes.get(from) {
        None => return,
        Some(Value::String(text)) if text.is_empty() => Value::Null,
        Some(value) => value.clone(),
    };
    into.insert(to.to_owned(), value);
}

fn values(texts: impl Iterator<Item = String>) -> Vec<Value> {
    texts.map(|text| json!({ "value": text })).collect()
}
