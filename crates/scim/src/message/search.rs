//! What a client asks of a query: the parameters of a GET and the body of `POST /.search`
//! (RFC 7644 §3.4.2, §3.4.3, §3.9, RFC 9865 §2).
//!
//! Both spellings mean the same, so both are gathered first and judged by one set of rules
//! ([`Given::read`]); only there is decided what is refused.
//!
//! - A parameter that is not known is ignored (RFC 7644 §3.4.2). One that is known but stands
//!   twice is refused: a proxy and this server could choose differently.
//! - An attribute name that cannot be read is `invalidValue`: table 9 of RFC 7644 has `invalidPath`
//!   for PATCH only.
//! - `attributes` and `excludedAttributes` are mutually exclusive (RFC 7644 §3.9).
//! - `startIndex` and `cursor` ask for two methods of paging (RFC 9865 §2); neither could be
//!   obeyed, so both together are refused.
//! - With a cursor, a count that is no whole number is `invalidCount` (RFC 9865 §2.1), without one
//!   `invalidValue`. A negative count is 0 in both (RFC 7644 §3.4.2.4, RFC 9865 §2).
//!
//! To add a parameter: a variant of [`Parameter`] and its place in [`Given`].

use serde_json::{Map, Value};

use super::{ScimError, ScimType, list::has_schema};
use crate::{
    filter::{Filter, Limits},
    path::AttrPath,
    resource::json_type,
    urn,
    value::get_in,
};

/// A query, whichever way it came.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SearchRequest {
    /// Which resources; all if there is none.
    pub filter: Option<Filter>,
    /// The attribute that orders them.
    pub sort_by: Option<AttrPath>,
    /// The largest first (`sortOrder=descending`).
    pub descending: bool,
    /// The position of the first resource among all results, from 1; smaller ones came as 1.
    pub start_index: Option<u64>,
    /// How many resources at most. 0 asks for `totalResults` alone; negative ones came as 0.
    pub count: Option<u64>,
    /// The page to go on from; empty for the first one. `None` is paging by index, or whatever
    /// the service provider does by default.
    pub cursor: Option<String>,
    /// The attributes to return instead of the default ones.
    pub attributes: Vec<AttrPath>,
    /// The attributes to leave out of the default ones.
    pub excluded_attributes: Vec<AttrPath>,
}

impl SearchRequest {
    /// Reads the parameters of a URL, percent-decoded, in any case. Lists are separated by commas.
    ///
    /// # Errors
    ///
    /// 400 with the keyword that the module's text gives for each rule, `invalidFilter` for a
    /// filter that cannot be read, `invalidCursor` for a cursor that nobody can have given.
    pub fn from_pairs<'a>(
        pairs: impl IntoIterator<Item = (&'a str, &'a str)>,
        limits: &Limits,
    ) -> Result<Self, ScimError> {
        let mut given = Given::default();
        for (name, text) in pairs {
            if let Some(parameter) = Parameter::named(name) {
                given.put(parameter, text)?;
            }
        }
        given.read(limits)
    }

    /// Reads the body of a `POST /.search`, members in any case; null is as good as absent.
    ///
    /// # Errors
    ///
    /// As [`SearchRequest::from_pairs`], and 400 `invalidSyntax` for what is no SearchRequest.
    pub fn from_value(value: &Value, limits: &Limits) -> Result<Self, ScimError> {
        let syntax = |detail: &str| ScimError::bad_request(ScimType::InvalidSyntax, detail);
        let Value::Object(map) = value else {
            return Err(syntax("the body of a search is an object"));
        };
        if !has_schema(map, urn::SEARCH_REQUEST) {
            return Err(syntax("\"schemas\" must hold the URN of SearchRequest"));
        }
        let mut given = Given::default();
        for parameter in Parameter::ALL {
            given.put_member(parameter, map)?;
        }
        given.read(limits)
    }
}

/// The parameters of a query.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Parameter {
    Filter,
    SortBy,
    SortOrder,
    StartIndex,
    Count,
    Cursor,
    Attributes,
    ExcludedAttributes,
}

impl Parameter {
    const ALL: [Self; 8] = [
        Self::Filter,
        Self::SortBy,
        Self::SortOrder,
        Self::StartIndex,
        Self::Count,
        Self::Cursor,
        Self::Attributes,
        Self::ExcludedAttributes,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Filter => "filter",
            Self::SortBy => "sortBy",
            Self::SortOrder => "sortOrder",
            Self::StartIndex => "startIndex",
            Self::Count => "count",
            Self::Cursor => "cursor",
            Self::Attributes => "attributes",
            Self::ExcludedAttributes => "excludedAttributes",
        }
    }

    fn named(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|known| known.name().eq_ignore_ascii_case(name))
    }

    /// What is wrong with a value that cannot be used at all.
    fn unusable(self) -> ScimType {
        match self {
            Self::Filter => ScimType::InvalidFilter,
            Self::Cursor => ScimType::InvalidCursor,
            _ => ScimType::InvalidValue,
        }
    }

    fn refuse(self, why: &str) -> ScimError {
        ScimError::bad_request(self.unusable(), format!("\"{}\" {why}", self.name()))
    }
}

/// A number as it came: negative ones as 0, `None` where it is no whole number.
type Number = Option<u64>;

/// The parameters that came, not yet judged.
#[derive(Default)]
struct Given<'a> {
    filter: Option<&'a str>,
    sort_by: Option<&'a str>,
    sort_order: Option<&'a str>,
    start_index: Option<Number>,
    count: Option<Number>,
    cursor: Option<&'a str>,
    attributes: Option<Vec<&'a str>>,
    excluded_attributes: Option<Vec<&'a str>>,
}

impl<'a> Given<'a> {
    /// Takes a parameter of a URL.
    fn put(&mut self, parameter: Parameter, text: &'a str) -> Result<(), ScimError> {
        let twice = match parameter {
            Parameter::Filter => self.filter.replace(text).is_some(),
            Parameter::SortBy => self.sort_by.replace(text).is_some(),
            Parameter::SortOrder => self.sort_order.replace(text).is_some(),
            Parameter::StartIndex => self.start_index.replace(from_text(text)).is_some(),
            Parameter::Count => self.count.replace(from_text(text)).is_some(),
            Parameter::Cursor => self.cursor.replace(text).is_some(),
            Parameter::Attributes => self.attributes.replace(names(text)).is_some(),
            Parameter::ExcludedAttributes => {
                self.excluded_attributes.replace(names(text)).is_some()
            }
        };
        if twice {
            return Err(ScimError::bad_request(
                ScimType::InvalidValue,
                format!("\"{}\" stands more than once", parameter.name()),
            ));
        }
        Ok(())
    }

    /// Takes a member of a SearchRequest.
    fn put_member(
        &mut self,
        parameter: Parameter,
        map: &'a Map<String, Value>,
    ) -> Result<(), ScimError> {
        let Some(value) = get_in(map, parameter.name()).filter(|value| !value.is_null()) else {
            return Ok(());
        };
        match parameter {
            Parameter::StartIndex => self.start_index = Some(from_json(value)),
            Parameter::Count => self.count = Some(from_json(value)),
            Parameter::Attributes => self.attributes = Some(name_list(parameter, value)?),
            Parameter::ExcludedAttributes => {
                self.excluded_attributes = Some(name_list(parameter, value)?);
            }
            Parameter::Filter | Parameter::SortBy | Parameter::SortOrder | Parameter::Cursor => {
                let Value::String(text) = value else {
                    return Err(parameter.refuse(&format!("is a text, not {}", json_type(value))));
                };
                self.put(parameter, text)?;
            }
        }
        Ok(())
    }

    fn read(self, limits: &Limits) -> Result<SearchRequest, ScimError> {
        if self.cursor.is_some() && self.start_index.is_some() {
            return Err(Parameter::StartIndex.refuse("and \"cursor\" exclude each other"));
        }
        let attributes = paths(Parameter::Attributes, self.attributes)?;
        let excluded_attributes = paths(Parameter::ExcludedAttributes, self.excluded_attributes)?;
        if !attributes.is_empty() && !excluded_attributes.is_empty() {
            return Err(
                Parameter::Attributes.refuse("and \"excludedAttributes\" exclude each other")
            );
        }
        Ok(SearchRequest {
            filter: self
                .filter
                .map(|text| Filter::parse_with(text, *limits))
                .transpose()?,
            sort_by: self
                .sort_by
                .map(|text| path(Parameter::SortBy, text))
                .transpose()?,
            descending: self.sort_order.map_or(Ok(false), descending)?,
            start_index: self.start_index.map(start_index).transpose()?,
            count: self
                .count
                .map(|count| checked_count(count, self.cursor.is_some()))
                .transpose()?,
            cursor: self.cursor.map(cursor).transpose()?,
            attributes,
            excluded_attributes,
        })
    }
}

/// A whole number in decimal digits. One that is larger than can be counted is as large as can be:
/// it is past every result.
fn from_text(text: &str) -> Number {
    let text = text.trim();
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(match text.starts_with('-') {
        true => 0,
        false => digits.parse().unwrap_or(u64::MAX),
    })
}

/// RFC 7643 §2.3.4: a whole number has neither a fraction nor an exponent.
fn from_json(value: &Value) -> Number {
    value.as_u64().or_else(|| {
        value
            .as_i64()
            .map(|negative| negative.max(0).unsigned_abs())
    })
}

/// The names of a comma-separated list.
fn names(text: &str) -> Vec<&str> {
    text.split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .collect()
}

/// The names of a JSON list; a single text is read as in a URL.
fn name_list(parameter: Parameter, value: &Value) -> Result<Vec<&str>, ScimError> {
    match value {
        Value::String(text) => Ok(names(text)),
        Value::Array(items) => items
            .iter()
            .map(|item| {
                item.as_str()
                    .map(str::trim)
                    .ok_or_else(|| parameter.refuse("is a list of attribute names"))
            })
            .collect(),
        _ => Err(parameter.refuse("is a list of attribute names")),
    }
}

fn paths(parameter: Parameter, names: Option<Vec<&str>>) -> Result<Vec<AttrPath>, ScimError> {
    names
        .unwrap_or_default()
        .into_iter()
        .map(|name| path(parameter, name))
        .collect()
}

fn path(parameter: Parameter, name: &str) -> Result<AttrPath, ScimError> {
    name.trim()
        .parse()
        .map_err(|error| parameter.refuse(&format!("has a name that is {error}")))
}

fn descending(order: &str) -> Result<bool, ScimError> {
    if order.eq_ignore_ascii_case("descending") {
        return Ok(true);
    }
    if order.eq_ignore_ascii_case("ascending") {
        return Ok(false);
    }
    Err(Parameter::SortOrder.refuse("is ascending or descending"))
}

fn start_index(number: Number) -> Result<u64, ScimError> {
    number
        .map(|index| index.max(1))
        .ok_or_else(|| Parameter::StartIndex.refuse("is no whole number"))
}

fn checked_count(number: Number, with_cursor: bool) -> Result<u64, ScimError> {
    number.ok_or_else(|| ScimError {
        scim_type: Some(match with_cursor {
            true => ScimType::InvalidCount,
            false => ScimType::InvalidValue,
        }),
        ..Parameter::Count.refuse("is no whole number")
    })
}

/// Cursors consist of unreserved characters (RFC 9865 §2, RFC 3986 §2.3).
fn cursor(text: &str) -> Result<String, ScimError> {
    let is_unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    if !text.bytes().all(is_unreserved) {
        return Err(Parameter::Cursor.refuse("is none that was given by this server"));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests;
