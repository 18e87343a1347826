//! Arguments that are more than a text.

use jiff::{Span, Timestamp, tz::TimeZone};
use purser_engine::{effect::Effect, ids::Kind, operation::Trigger};

use crate::clock;

/// `EFFECT=N`: how many of an effect may happen in this run.
pub(super) fn allowance(text: &str) -> Result<(Effect, u64), String> {
    let (word, number) = pair(text, "EFFECT=N, such as deactivate=40")?;
    // `create` allows that what a complete listing of the target lacks is made again.
    [Effect::Deactivate, Effect::Delete, Effect::Create]
        .into_iter()
        .find(|effect| effect.word() == word)
        .map(|effect| (effect, number))
        .ok_or_else(|| format!("`deactivate`, `delete` and `create` can be allowed, not `{word}`"))
}

/// `KIND=N`: how many objects a kind must have.
pub(super) fn expected_rows(text: &str) -> Result<(Kind, u64), String> {
    let (kind, number) = pair(text, "KIND=N, such as user=302")?;
    Ok((Kind::new(kind), number))
}

/// By whose initiative a run would be.
pub(super) fn trigger(text: &str) -> Result<Trigger, String> {
    Trigger::from_word(text).ok_or_else(|| "write manual, automatic or scheduled".to_owned())
}

/// A time, or a span until now, as a time: RFC 3339 in UTC.
pub(super) fn since(text: &str) -> Result<String, String> {
    since_from(text, clock::now()).map(|time| time.to_string())
}

fn since_from(text: &str, now: Timestamp) -> Result<Timestamp, String> {
    if let Ok(time) = text.parse::<Timestamp>() {
        return Ok(time);
    }
    let wrong = || "write a time with its zone (2026-05-01T08:00:00Z) or a span (90s, 30m, 2h, 7d)";
    let span: Span = text.parse().map_err(|_| wrong().to_owned())?;
    // Days and longer need a calendar; in UTC each has 24 hours.
    now.to_zoned_datetime(TimeZone::UTC)
        .checked_sub(span.abs())
        .map(|time| time.timestamp())
        .map_err(|_| wrong().to_owned())
}

fn pair<'t>(text: &'t str, form: &str) -> Result<(&'t str, u64), String> {
    let (word, number) = text
        .split_once('=')
        .ok_or_else(|| format!("write {form}"))?;
    match number.parse() {
        Ok(number) if !word.is_empty() => Ok((word, number)),
        _ => Err(format!("write {form}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_may_be_given_as_a_span() {
        let now: Timestamp = "2026-05-08T12:00:00Z".parse().unwrap();
        let since = |text| since_from(text, now).map(|time| time.to_string());
        assert_eq!(since("2h").unwrap(), "2026-05-08T10:00:00Z");
        assert_eq!(since("7d").unwrap(), "2026-05-01T12:00:00Z");
        assert_eq!(
            since("2026-05-01T08:00:00+02:00").unwrap(),
            "2026-05-01T06:00:00Z"
        );
        for bad in ["", "yesterday", "2026-05-01", "7"] {
            assert!(since(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_allowance_names_an_effect_that_is_counted() {
        assert_eq!(
            allowance("deactivate=40").unwrap(),
            (Effect::Deactivate, 40)
        );
        assert_eq!(allowance("delete=0").unwrap(), (Effect::Delete, 0));
        for bad in [
            "",
            "delete",
            "delete=",
            "delete=x",
            "delete=-1",
            "=3",
            "rename=3",
        ] {
            assert!(allowance(bad).is_err(), "{bad}");
        }
        assert_eq!(expected_rows("user=302").unwrap(), (Kind::new("user"), 302));
    }
}
