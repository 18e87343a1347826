//! Our filter parser beside another one: that of the crate `scim_v2`, a generated LR(1) parser by
//! other people, who have read the same RFC.
//!
//! What it accepts, we accept, and read the same. What we print, it reads the same, but for the
//! differences in [`difference`] and [`ours_alone`], each with its reason.

use proptest::prelude::*;
use purser_scim::{AttrPath, Filter, filter::CompareOp, filter::Limits};
use scim_v2::filter as other;
use serde_json::Value;

use super::{config, robust, values};

/// Why the other parser refuses what we print; `None` where it has to agree.
fn difference(filter: &Filter) -> Option<&'static str> {
    match filter {
        Filter::And(parts) | Filter::Or(parts) => parts.iter().find_map(difference),
        Filter::Not(part) => difference(part),
        Filter::Compare { path, .. } | Filter::Present(path) => {
            // Before the bracket of a value path it is a name to the other parser too.
            if is_bare(path) && path.attr.eq_ignore_ascii_case("not") {
                return Some("`not` is an attribute to us where no round bracket follows");
            }
            in_path(path)
        }
        Filter::ValuePath { attr, filter } => {
            if has_value_path(filter) {
                return Some(
                    "a value path within a value path: harmless, as RFC 7643 has no \
                             complex sub-attributes, and sources have",
                );
            }
            in_path(attr).or_else(|| difference(filter))
        }
    }
}

fn in_path(path: &AttrPath) -> Option<&'static str> {
    let names = [Some(&path.attr), path.sub.as_ref()];
    let mut names = names.into_iter().flatten();
    if names.any(|name| name.contains('$') || name.starts_with('_')) {
        return Some("`$` and a leading `_`: RFC 7643 §2.1 and §2.4 have `$`, sources have `_`");
    }
    if is_bare(path) && ["true", "false", "null"].contains(&path.attr.as_str()) {
        return Some("an attribute named like a literal: it is one by its place");
    }
    None
}

fn is_bare(path: &AttrPath) -> bool {
    path.urn.is_none() && path.sub.is_none()
}

fn has_value_path(filter: &Filter) -> bool {
    match filter {
        Filter::And(parts) | Filter::Or(parts) => parts.iter().any(has_value_path),
        Filter::Not(part) => has_value_path(part),
        Filter::Compare { .. } | Filter::Present(_) => false,
        Filter::ValuePath { .. } => true,
    }
}

/// What we read beyond the other parser, whatever filter it is part of.
#[test]
fn ours_alone() {
    for (text, why) in [
        ("$ref eq \"x\"", "RFC 7643 §2.4 has `$ref`"),
        (
            "members[value eq\"x\"]",
            "so RFC 7644 §3.5.2.2 has it itself",
        ),
        ("not(a pr)", "RFC 7644 figure 1 has no space there"),
        ("(a pr)and(b pr)", "brackets part words as well"),
        (
            "a eq TRUE",
            "figure 1 is ABNF, which ignores case; Entra sends `True`",
        ),
        ("not pr", "a word is an operator by its place"),
        ("a[b[c pr]]", "sources have deeper objects than SCIM"),
        ("urn:example:2.0 pr", "a whole extension"),
        (
            "ex:a pr",
            "a prefix of one's own, which is no URI by itself",
        ),
    ] {
        assert!(Filter::parse(text).is_ok(), "{text}: {why}");
        assert!(text.parse::<other::Filter>().is_err(), "{text}: {why}");
    }
}

/// The examples of RFC 7644 §3.4.2.2.
#[test]
fn the_examples_of_the_rfc() {
    for text in [
        "userName eq \"bjensen\"",
        "name.familyName co \"O'Malley\"",
        "userName sw \"J\"",
        "urn:ietf:params:scim:schemas:core:2.0:User:userName sw \"J\"",
        "title pr",
        "meta.lastModified gt \"2011-05-13T04:42:34Z\"",
        "title pr and userType eq \"Employee\"",
        "title pr or userType eq \"Intern\"",
        "schemas eq \"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User\"",
        "userType eq \"Employee\" and (emails co \"example.com\" or emails.value co \"example.org\")",
        "userType ne \"Employee\" and not (emails co \"example.com\" or emails.value co \"example.org\")",
        "userType eq \"Employee\" and (emails.type eq \"work\")",
        "userType eq \"Employee\" and emails[type eq \"work\" and value co \"@example.com\"]",
        "emails[type eq \"work\" and value co \"@example.com\"] or ims[type eq \"xmpp\" and value co \"@foo.com\"]",
    ] {
        let theirs = read(&text.parse().unwrap());
        assert_eq!(flat(Filter::parse(text).unwrap()), theirs, "{text}");
    }
}

/// Ours with chains of one operator as one list, as the other parser has them.
fn flat(filter: Filter) -> Filter {
    match filter {
        Filter::And(parts) => {
            let parts = parts.into_iter().map(flat);
            Filter::And(
                parts
                    .flat_map(|part| match part {
                        Filter::And(parts) => parts,
                        part => vec![part],
                    })
                    .collect(),
            )
        }
        Filter::Or(parts) => {
            let parts = parts.into_iter().map(flat);
            Filter::Or(
                parts
                    .flat_map(|part| match part {
                        Filter::Or(parts) => parts,
                        part => vec![part],
                    })
                    .collect(),
            )
        }
        Filter::Not(part) => !flat(*part),
        Filter::ValuePath { attr, filter } => Filter::value_path(attr, flat(*filter)),
        simple => simple,
    }
}

/// Theirs as ours.
fn read(filter: &other::Filter) -> Filter {
    match filter {
        other::Filter::Attr(expression) => expression_of(expression),
        other::Filter::ValuePath(value_path) => {
            Filter::value_path(path_of(&value_path.attr), values_of(&value_path.filter))
        }
        other::Filter::Not(part) => !read(part),
        other::Filter::And(parts) => Filter::And(parts.iter().map(read).collect()),
        other::Filter::Or(parts) => Filter::Or(parts.iter().map(read).collect()),
    }
}

fn values_of(filter: &other::ValFilter) -> Filter {
    match filter {
        other::ValFilter::Attr(expression) => expression_of(expression),
        other::ValFilter::Not(part) => !values_of(part),
        other::ValFilter::And(parts) => Filter::And(parts.iter().map(values_of).collect()),
        other::ValFilter::Or(parts) => Filter::Or(parts.iter().map(values_of).collect()),
    }
}

fn expression_of(expression: &other::AttrExp) -> Filter {
    let (path, op, value) = match expression {
        other::AttrExp::Present(path) => return Filter::present(path_of(path)),
        other::AttrExp::Comparison(path, op, value) => (path, op, value),
    };
    let op = match op {
        other::CompareOp::Eq => CompareOp::Eq,
        other::CompareOp::Ne => CompareOp::Ne,
        other::CompareOp::Co => CompareOp::Co,
        other::CompareOp::Sw => CompareOp::Sw,
        other::CompareOp::Ew => CompareOp::Ew,
        other::CompareOp::Gt => CompareOp::Gt,
        other::CompareOp::Lt => CompareOp::Lt,
        other::CompareOp::Ge => CompareOp::Ge,
        other::CompareOp::Le => CompareOp::Le,
    };
    let value = match value {
        other::CompValue::False => Value::Bool(false),
        other::CompValue::Null => Value::Null,
        other::CompValue::True => Value::Bool(true),
        other::CompValue::Number(number) => Value::Number(number.clone()),
        other::CompValue::Str(text) => Value::from(text.as_str()),
    };
    Filter::compare(path_of(path), op, value)
}

fn path_of(path: &other::AttrPath) -> AttrPath {
    AttrPath {
        urn: path.uri.clone(),
        attr: path.name.clone(),
        sub: path.sub_attr.clone(),
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn what_we_print_is_read_the_same(filter in values::filter()) {
        let text = filter.to_string();
        let theirs = text.parse::<other::Filter>();
        match difference(&filter) {
            None => prop_assert_eq!(
                theirs.map(|theirs| read(&theirs)).map_err(|error| error.to_string()),
                Ok(flat(filter)),
                "{}", text
            ),
            Some(why) => prop_assert!(theirs.is_err(), "{}: {}", text, why),
        }
    }

    #[test]
    fn what_is_accepted_there_is_accepted_here(text in robust::nearly_a_filter()) {
        if let Ok(theirs) = text.parse::<other::Filter>() {
            let ours = Filter::parse_with(&text, Limits::default()).map(flat);
            prop_assert_eq!(ours, Ok(read(&theirs)), "{}", text);
        }
    }
}
