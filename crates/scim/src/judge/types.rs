//! Whether a value is of its attribute's type (RFC 7643 §2.3): by its JSON, and where a text must
//! have a form, by that. Suggested values (`canonicalValues`) are suggestions and not enforced.

use std::fmt::Display;

use serde_json::Value;

use super::invalid_value;
use crate::{
    filter::instant,
    message::ScimError,
    resource::json_type,
    schema::{Attribute, AttributeType},
};

/// Refuses what is no single value of the attribute's type; the parts of a complex value are
/// another matter. `path` is how the error names the attribute.
pub(crate) fn fits(
    attribute: &Attribute,
    path: &impl Display,
    value: &Value,
) -> Result<(), ScimError> {
    let fits = match attribute.type_ {
        AttributeType::Complex => value.is_object(),
        AttributeType::Boolean => value.is_boolean(),
        AttributeType::Integer => value.is_i64() || value.is_u64(),
        AttributeType::Decimal => value.is_number(),
        AttributeType::String
        | AttributeType::DateTime
        | AttributeType::Binary
        | AttributeType::Reference => value.is_string(),
    };
    if !fits {
        return Err(invalid_value(format!(
            "{path} is of type {}, not {}",
            attribute.type_.word(),
            json_type(value)
        )));
    }
    let Some(text) = value.as_str() else {
        return Ok(());
    };
    // No store and no directory keeps it: what is behind it would be lost, or meant for another.
    if text.contains('\0') {
        return Err(invalid_value(format!("{path} holds the character NUL")));
    }
    match attribute.type_ {
        AttributeType::DateTime if !is_date_time(text) => Err(invalid_value(format!(
            "{path} is no xsd:dateTime with a date and a time"
        ))),
        AttributeType::Binary if !is_base64(text) => {
            Err(invalid_value(format!("{path} is not base64")))
        }
        _ => Ok(()),
    }
}

/// `YYYY-MM-DDThh:mm:ss`, a fraction, a zone (XML Schema 1.1 part 2 §3.3.7). The form is looked at
/// apart, since an instant is read from more: basic format, a space for the `T`, no seconds.
fn is_date_time(text: &str) -> bool {
    let Some((stamp, rest)) = text.split_at_checked(19) else {
        return false;
    };
    let rest = match rest.strip_prefix('.') {
        Some(fraction) => match fraction.trim_start_matches(|c: char| c.is_ascii_digit()) {
            zone if zone.len() == fraction.len() => return false,
            zone => zone,
        },
        None => rest,
    };
    let is_zone = match rest.strip_prefix(['+', '-']) {
        Some(offset) => has_shape(offset, "00:00"),
        None => rest.is_empty() || rest == "Z",
    };
    is_zone && has_shape(stamp, "0000-00-00T00:00:00") && instant(text).is_some()
}

/// Whether the text is like the shape, in which 0 stands for any digit.
fn has_shape(text: &str, shape: &str) -> bool {
    text.len() == shape.len()
        && text.bytes().zip(shape.bytes()).all(|pair| match pair {
            (byte, b'0') => byte.is_ascii_digit(),
            (byte, fixed) => byte == fixed,
        })
}

/// Base64 in the alphabet of RFC 4648 §4 or §5, where padding may be left out (RFC 7643 §2.3.6).
fn is_base64(text: &str) -> bool {
    let data = text.trim_end_matches('=');
    let is_of = |marks: &[u8]| {
        data.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || marks.contains(&byte))
    };
    let padding = text.len() - data.len();
    (is_of(b"+/") || is_of(b"-_"))
        && data.len() % 4 != 1
        && (padding == 0 || (padding <= 2 && text.len().is_multiple_of(4)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn date_times_have_a_date_and_a_time() {
        for text in [
            "2008-01-23T04:56:22Z",
            "2008-01-23T04:56:22",
            "2008-01-23T04:56:22.123456789Z",
            "2008-01-23T04:56:22.1+14:00",
            "2008-02-29T23:59:59-05:30",
        ] {
            assert!(is_date_time(text), "{text}");
        }
        for text in [
            "",
            "2008-01-23",
            "2008-01-23 04:56:22Z",
            "20080123T045622Z",
            "2008-01-23T04:56Z",
            "2008-01-23T04:56:22.Z",
            "2008-01-23T04:56:22z",
            "2008-01-23T04:56:22+02",
            "2008-01-23T04:56:22+0200",
            "2008-01-23T04:56:22Z[UTC]",
            "2007-02-29T04:56:22Z",
            "2008-13-23T04:56:22Z",
            "2008-01-23T25:00:00Z",
            "yesterday, at half past four",
            "ééééééééééééééééééé",
        ] {
            assert!(!is_date_time(text), "{text}");
        }
    }

    #[test]
    fn base64_of_both_alphabets() {
        for text in ["", "Zg==", "Zg", "Zm8=", "Zm8", "Zm9v", "+/+/", "-_-_"] {
            assert!(is_base64(text), "{text}");
        }
        for text in [
            "Z", "Zg=", "Zg===", "====", "=", "Zm9vZ", "Zm 9v", "Zm9v\n", "+_+_", "Zg==Zg==", "é",
        ] {
            assert!(!is_base64(text), "{text}");
        }
    }
}
