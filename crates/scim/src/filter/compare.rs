//! Comparison of single values, shared by both evaluations.

use std::cmp::Ordering;

use jiff::{Timestamp, civil, tz::TimeZone};
use serde_json::Number;

use super::CompareOp;

/// Whether an order of value to operand satisfies the operator. Substring operators have none.
pub(super) fn by_order(op: CompareOp, order: Ordering) -> bool {
    match op {
        CompareOp::Eq => order.is_eq(),
        CompareOp::Ne => order.is_ne(),
        CompareOp::Gt => order.is_gt(),
        CompareOp::Ge => order.is_ge(),
        CompareOp::Lt => order.is_lt(),
        CompareOp::Le => order.is_le(),
        CompareOp::Co | CompareOp::Sw | CompareOp::Ew => false,
    }
}

/// Compares texts exactly; fold both sides first for a case-insensitive attribute. The order is
/// that of code points (RFC 7644 §3.4.2.2: lexicographical).
pub(super) fn text(op: CompareOp, value: &str, operand: &str) -> bool {
    match op {
        CompareOp::Co => value.contains(operand),
        CompareOp::Sw => value.starts_with(operand),
        CompareOp::Ew => value.ends_with(operand),
        _ => by_order(op, value.cmp(operand)),
    }
}

/// Compares numbers by value, whole ones without loss: `1` equals `1.0`.
pub(super) fn number(op: CompareOp, value: &Number, operand: &Number) -> bool {
    let order = match (whole(value), whole(operand)) {
        (Some(value), Some(operand)) => Some(value.cmp(&operand)),
        _ => value
            .as_f64()
            .zip(operand.as_f64())
            .and_then(|(value, operand)| value.partial_cmp(&operand)),
    };
    order.is_some_and(|order| by_order(op, order))
}

fn whole(number: &Number) -> Option<i128> {
    number
        .as_i64()
        .map(i128::from)
        .or_else(|| number.as_u64().map(i128::from))
}

/// The instant of an `xsd:dateTime` (RFC 7643 §2.3.5). Without a zone it is taken as UTC.
pub(crate) fn instant(text: &str) -> Option<Timestamp> {
    if let Ok(instant) = text.parse() {
        return Some(instant);
    }
    // A date alone is no dateTime: both parts MUST be there.
    if !text.contains(['T', 't']) {
        return None;
    }
    let local: civil::DateTime = text.parse().ok()?;
    TimeZone::UTC.to_timestamp(local).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants() {
        let zulu = instant("2011-05-13T04:42:34Z").unwrap();
        for same in [
            "2011-05-13T06:42:34+02:00",
            "2011-05-13T04:42:34",
            "2011-05-13T04:42:34.000Z",
        ] {
            assert_eq!(instant(same), Some(zulu), "{same}");
        }
        for wrong in ["2011-05-13", "yesterday", ""] {
            assert_eq!(instant(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn numbers_by_value() {
        let number = |text: &str| serde_json::from_str::<Number>(text).unwrap();
        let large = number("18446744073709551615");
        assert!(super::number(CompareOp::Eq, &number("1"), &number("1.0")));
        assert!(super::number(CompareOp::Gt, &large, &number("-1")));
        assert!(super::number(
            CompareOp::Gt,
            &large,
            &number("18446744073709551614")
        ));
    }
}
