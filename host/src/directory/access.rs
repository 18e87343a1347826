//! How a filter finds its entries without looking at all of them.

use purser_scim::{AttrPath, Filter, filter::CompareOp, sort::Order};
use serde_json::Value;

use super::tenant::{Kind, Role};

/// Which entries can match at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Access {
    /// All of the type.
    All,
    /// None of the type.
    Nothing,
    /// The one with this id.
    Id(String),
    /// Those with a value in the index.
    Value {
        /// Its name in the index.
        attribute: String,
        /// In the index's form.
        value: String,
    },
    /// Those with a value of this attribute, in the order of its values.
    Ordered {
        /// Its name in the index.
        attribute: String,
        /// The greatest comes first.
        descending: bool,
        /// Under which name those are indexed who have none.
        without: String,
    },
    /// Those without, by that name.
    Without(String),
    /// The groups that have this member.
    Containing(String),
    /// Those who belong to this group.
    Contained(String),
}

/// Where to look, and whether that is all there is to the filter.
pub(super) struct Way {
    /// Which of the types that are asked for.
    pub kind: usize,
    pub access: Access,
    /// Whoever is found matches; the filter need not be asked.
    pub exact: bool,
}

/// The narrowest way to the entries of each type that a filter can match.
pub(super) fn ways(kinds: &[&Kind], filter: Option<&Filter>) -> Vec<Way> {
    let way = |(kind, one): (usize, &&Kind)| {
        let (access, exact) = narrowest(one, filter);
        Way {
            kind,
            access,
            exact,
        }
    };
    kinds.iter().enumerate().map(way).collect()
}

fn narrowest(kind: &Kind, filter: Option<&Filter>) -> (Access, bool) {
    let Some(filter) = filter else {
        return (Access::All, true);
    };
    if let Some(access) = one(kind, filter) {
        return (access, true);
    }
    let access = match filter {
        Filter::And(parts) => parts.iter().find_map(|part| one(kind, part)),
        _ => None,
    };
    (access.unwrap_or(Access::All), false)
}

/// The ways to the entries of one type in an order, if the index has it: to those who
/// have a value, and to those who have none, whose place is last when ascending (RFC
/// 7644 §3.4.2.3). Whom a narrower way leads to are few enough to be sorted.
pub(super) fn ordered(kind: &Kind, way: &Way, order: &Order) -> Option<Vec<Way>> {
    if way.access != Access::All {
        return None;
    }
    let name = order.by().to_string().to_ascii_lowercase();
    let mut indexed = kind.indexed.iter();
    let indexed = indexed.find(|one| one.single && one.name == name)?;
    let descending = order.is_descending();
    let with = Access::Ordered {
        attribute: indexed.name.clone(),
        descending,
        without: indexed.without(),
    };
    let mut ways = [with, Access::Without(indexed.without())].map(|access| Way { access, ..*way });
    if descending {
        ways.reverse();
    }
    Some(ways.into())
}

/// The way of a single comparison, if the index has one.
fn one(kind: &Kind, filter: &Filter) -> Option<Access> {
    match filter {
        Filter::Compare {
            path,
            op: CompareOp::Eq,
            value: Value::String(value),
        } => compared(kind, path, value),
        // `members[value eq "…"]` and `emails[value eq "…"]`, as `attr.value eq "…"`.
        Filter::ValuePath { attr, filter } if attr.sub.is_none() => match filter.as_ref() {
            Filter::Compare {
                path,
                op: CompareOp::Eq,
                value: Value::String(value),
            } if path.urn.is_none() && path.sub.is_none() && same(&path.attr, "value") => {
                compared(kind, &attr.clone().with_sub("value"), value)
            }
            _ => None,
        },
        // The type is known, so `meta.resourceType eq "User"` is all or nothing.
        _ => None,
    }
}

fn compared(kind: &Kind, path: &AttrPath, value: &str) -> Option<Access> {
    let schema = &kind.schema;
    let path = schema.localize(&path.clone().resolve(schema));
    let is_value = path.sub.as_deref().is_none_or(|sub| same(sub, "value"));
    if path.urn.is_none() && is_value {
        match kind.role {
            Role::Container if same(&path.attr, "members") => {
                return Some(Access::Containing(value.to_owned()));
            }
            Role::Member if same(&path.attr, "groups") => {
                return Some(Access::Contained(value.to_owned()));
            }
            _ => {}
        }
    }
    if path.urn.is_none() && path.sub.is_none() {
        if same(&path.attr, "id") {
            return Some(Access::Id(value.to_owned()));
        }
        if same(&path.attr, "schemas") {
            return None;
        }
    }
    if path.urn.is_none()
        && same(&path.attr, "meta")
        && path
            .sub
            .as_deref()
            .is_some_and(|sub| same(sub, "resourceType"))
        && !purser_scim::fold::eq(value, kind.name())
    {
        return Some(Access::Nothing);
    }
    // A complex attribute without a part stands for its value.
    let whole = schema
        .attribute(&path)
        .is_some_and(|attribute| attribute.type_ == purser_scim::schema::AttributeType::Complex);
    let path = if whole && path.sub.is_none() {
        path.with_sub("value")
    } else {
        path
    };
    let name = path.to_string().to_ascii_lowercase();
    let indexed = kind.indexed.iter().find(|one| one.name == name)?;
    Some(Access::Value {
        attribute: indexed.name.clone(),
        value: indexed.form(value),
    })
}

fn same(left: &str, right: &str) -> bool {
    left.eq_ignore_ascii_case(right)
}

/// Whether a filter asks for an attribute of the resource.
pub(super) fn asks_for(filter: &Filter, name: &str) -> bool {
    match filter {
        Filter::And(parts) | Filter::Or(parts) => parts.iter().any(|part| asks_for(part, name)),
        Filter::Not(part) => asks_for(part, name),
        Filter::Compare { path, .. } | Filter::Present(path) => same(&path.attr, name),
        Filter::ValuePath { attr, .. } => same(&attr.attr, name),
    }
}

#[cfg(test)]
mod tests {
    use purser_scim::ResourceSchema;

    use super::*;
    use crate::store::TenantId;

    fn kinds() -> [Kind; 2] {
        [ResourceSchema::user(), ResourceSchema::group()]
            .map(|schema| Kind::new(TenantId::default(), schema))
    }

    fn found(kind: &Kind, filter: &str) -> (Access, bool) {
        narrowest(kind, Some(&filter.parse().unwrap()))
    }

    #[test]
    fn what_clients_look_up_is_found_by_the_index() {
        let [user, group] = kinds();
        let value = |attribute: &str, value: &str| Access::Value {
            attribute: attribute.to_owned(),
            value: value.to_owned(),
        };
        for (kind, filter, access, exact) in [
            (
                &user,
                "userName eq \"BJensen\"",
                value("username", "bjensen"),
                true,
            ),
            (
                &user,
                "urn:ietf:params:scim:schemas:core:2.0:User:userName eq \"B\"",
                value("username", "b"),
                true,
            ),
            (&user, "externalId eq \"A\"", value("externalid", "A"), true),
            (
                &user,
                "emails.value eq \"A@b\"",
                value("emails.value", "a@b"),
                true,
            ),
            (
                &user,
                "emails eq \"A@b\"",
                value("emails.value", "a@b"),
                true,
            ),
            (
                &user,
                "emails[value eq \"A@b\"]",
                value("emails.value", "a@b"),
                true,
            ),
            (
                &user,
                "active eq true and userName eq \"B\"",
                value("username", "b"),
                false,
            ),
            (&user, "id eq \"7\"", Access::Id("7".to_owned()), true),
            (
                &user,
                "groups.value eq \"g\"",
                Access::Contained("g".to_owned()),
                true,
            ),
            (
                &group,
                "members[value eq \"u\"]",
                Access::Containing("u".to_owned()),
                true,
            ),
            (
                &group,
                "members eq \"u\"",
                Access::Containing("u".to_owned()),
                true,
            ),
            (
                &group,
                "id eq \"g\" and members eq \"u\"",
                Access::Id("g".to_owned()),
                false,
            ),
            (&user, "emails[type eq \"work\"]", Access::All, false),
            (&user, "userName sw \"B\"", Access::All, false),
            (&user, "not (userName eq \"B\")", Access::All, false),
            (
                &user,
                "meta.resourceType eq \"Group\"",
                Access::Nothing,
                true,
            ),
        ] {
            assert_eq!(found(kind, filter), (access, exact), "{filter}");
        }
    }
}
