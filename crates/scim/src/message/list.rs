//! List responses (RFC 7644 §3.4.2, RFC 9865 §2).

use std::{borrow::Cow, fmt};

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::{Map, Value, json, value::RawValue};

use super::{MessageError, lenient_number};
use crate::{
    resource::{Resource, json_type},
    urn,
    value::get_in,
};

/// A page of query results.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ListResponse {
    /// How many resources the query matches, over all pages.
    pub total_results: u64,
    /// How many are in this page.
    pub items_per_page: u64,
    /// The position of the first one among all results, from 1; `None` where pages follow each
    /// other by cursor.
    pub start_index: Option<u64>,
    /// What leads to the next page; `None` on the last one (RFC 9865 §2).
    pub next_cursor: Option<String>,
    /// What leads to the page before; `None` on the first one (RFC 9865 §2).
    pub previous_cursor: Option<String>,
    /// The resources of this page.
    pub resources: Vec<Resource>,
}

impl ListResponse {
    /// Reads a list response. Member names may have any case and numbers may be texts;
    /// `itemsPerPage` and `startIndex` may be missing (this page's length, and 1 unless there is
    /// a cursor), `Resources` too where there is none. `totalResults` must be there: without it
    /// nobody knows whether the list is complete.
    pub fn from_value(value: Value) -> Result<Self, MessageError> {
        let Value::Object(mut map) = value else {
            return Err(not_a_list(json_type(&value).to_owned()));
        };
        let known = has_schema(&map, urn::LIST_RESPONSE) || get_in(&map, "Resources").is_some();
        if !known {
            return Err(not_a_list(describe(&map)));
        }
        let number = |map: &Map<String, Value>, name| get_in(map, name).and_then(lenient_number);
        let total_results = number(&map, "totalResults").ok_or(MessageError::Member {
            message: "list response",
            member: "totalResults",
            expected: "a number",
        })?;
        let resources = match crate::value::remove_in(&mut map, "Resources") {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(entries)) => entries
                .into_iter()
                .enumerate()
                .map(|(index, entry)| {
                    Resource::from_value(entry)
                        .map_err(|source| MessageError::Entry { index, source })
                })
                .collect::<Result<_, _>>()?,
            Some(_) => {
                return Err(MessageError::Member {
                    message: "list response",
                    member: "Resources",
                    expected: "a list",
                });
            }
        };
        // An empty cursor would lead back to the first page.
        let cursor = |name| {
            let cursor = get_in(&map, name).and_then(Value::as_str);
            cursor.filter(|text| !text.is_empty()).map(str::to_owned)
        };
        let (next_cursor, previous_cursor) = (cursor("nextCursor"), cursor("previousCursor"));
        let by_index = next_cursor.is_none() && previous_cursor.is_none();
        Ok(Self {
            total_results,
            items_per_page: number(&map, "itemsPerPage").unwrap_or(resources.len() as u64),
            start_index: number(&map, "startIndex").or(by_index.then_some(1)),
            next_cursor,
            previous_cursor,
            resources,
        })
    }

    /// The message as JSON, without the members that it does not have.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let mut map = Map::new();
        map.insert("schemas".to_owned(), json!([urn::LIST_RESPONSE]));
        map.insert("totalResults".to_owned(), self.total_results.into());
        map.insert("itemsPerPage".to_owned(), self.items_per_page.into());
        if let Some(start_index) = self.start_index {
            map.insert("startIndex".to_owned(), start_index.into());
        }
        for (name, cursor) in [
            ("nextCursor", &self.next_cursor),
            ("previousCursor", &self.previous_cursor),
        ] {
            if let Some(cursor) = cursor {
                map.insert(name.to_owned(), cursor.as_str().into());
            }
        }
        let resources = self.resources.iter().map(Resource::as_value);
        map.insert("Resources".to_owned(), resources.collect());
        Value::Object(map)
    }
}

/// A page of query results whose resources are left as they came, for whoever knows
/// most of them by their text.
#[derive(Debug)]
pub struct RawListResponse<'a> {
    /// How many resources the query matches, over all pages.
    pub total_results: u64,
    /// The texts of the resources of this page, each a JSON value.
    pub resources: Vec<&'a RawValue>,
}

impl<'a> RawListResponse<'a> {
    /// Reads a list response as leniently as [`ListResponse::from_value`]. None where that
    /// has to look at it: there may be no resources, or it says what is wrong.
    #[must_use]
    pub fn read(text: &'a [u8]) -> Option<Self> {
        let members: Members<'a> = serde_json::from_slice(text).ok()?;
        Some(Self {
            total_results: members.total.as_ref().and_then(lenient_number)?,
            resources: members.resources?,
        })
    }
}

/// The members of a list response that matter.
struct Members<'a> {
    total: Option<Value>,
    resources: Option<Vec<&'a RawValue>>,
}

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;
        impl<'de> Visitor<'de> for Read {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list response")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let (mut total, mut resources) = (None, None);
                while let Some(name) = map.next_key::<Cow<'de, str>>()? {
                    // RFC 7643 §2.1: attribute names are case-insensitive.
                    if name.eq_ignore_ascii_case("totalResults") {
                        total = Some(map.next_value()?);
                    } else if name.eq_ignore_ascii_case("Resources") {
                        resources = Some(map.next_value()?);
                    } else {
                        map.next_value::<IgnoredAny>()?;
                    }
                }
                Ok(Members { total, resources })
            }
        }
        deserializer.deserialize_map(Read)
    }
}

fn not_a_list(found: String) -> MessageError {
    MessageError::Not {
        expected: "list response",
        found,
    }
}

/// Whether a message claims a schema, in a list or as a single text.
pub(super) fn has_schema(map: &Map<String, Value>, urn: &str) -> bool {
    match get_in(map, "schemas") {
        Some(Value::Array(urns)) => urns
            .iter()
            .filter_map(Value::as_str)
            .any(|known| urn::same(known, urn)),
        Some(Value::String(known)) => urn::same(known, urn),
        _ => false,
    }
}

/// What an object that is no list looks like. Of its contents only schema URNs may be told.
fn describe(map: &Map<String, Value>) -> String {
    if has_schema(map, urn::ERROR) {
        return "an error message".to_owned();
    }
    match get_in(map, "schemas").and_then(|urns| urns.get(0)) {
        Some(Value::String(urn)) => format!("an object of schema {urn}"),
        _ => "an object without schemas".to_owned(),
    }
}
