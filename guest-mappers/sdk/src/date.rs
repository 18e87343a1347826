//! Days, and the moments at which they begin: for contracts that end and people
//! who start. Computed, never asked for: a plugin has no clock.
//!
//! Offsets are fixed. A place with summer time is off by an hour for half of the
//! year; for the day on which a contract ends that is near enough, and it needs
//! no time zone database in the component.

/// A day of the Gregorian calendar, from year 1 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    /// Since 1970-01-01.
    days: i64,
}

/// How much a place's clocks are ahead of UTC.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Offset {
    minutes: i64,
}

impl Date {
    /// Reads `2026-11-30`; none where it is not a day.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let (year, month, day) = (
            number(parts.next()?, 4)?,
            number(parts.next()?, 2)?,
            number(parts.next()?, 2)?,
        );
        if parts.next().is_some() || year == 0 {
            return None;
        }
        let date = Self {
            days: days_of(year, month, day),
        };
        // The 31st of a short month would be a day of the next.
        (date.civil() == (year, month, day)).then_some(date)
    }

    /// The day after.
    #[must_use]
    pub fn next(self) -> Self {
        Self {
            days: self.days.saturating_add(1),
        }
    }

    /// The moment at which it begins in a place: RFC 3339 in UTC, as the host
    /// takes it for `reevaluate_at` and gives it as `now`. What lies beyond the
    /// year 9999 is the last second of it: contracts without an end often end on
    /// 9999-12-31, and a year of five digits would sort before all others.
    #[must_use]
    pub fn begins(self, offset: Offset) -> String {
        let minutes = self
            .days
            .saturating_mul(24 * 60)
            .saturating_sub(offset.minutes);
        let (year, month, day) = Self {
            days: minutes.div_euclid(24 * 60),
        }
        .civil();
        if year > 9999 {
            return "9999-12-31T23:59:59Z".to_owned();
        }
        let minutes = minutes.rem_euclid(24 * 60);
        format!(
            "{year:04}-{month:02}-{day:02}T{:02}:{:02}:00Z",
            minutes / 60,
            minutes % 60
        )
    }

    /// Year, month and day. Years begin in March here, so that the leap day comes
    /// last, and repeat every 400 years.
    fn civil(self) -> (i64, i64, i64) {
        let shifted = self.days.saturating_add(DAYS_TO_EPOCH);
        let (era, day_of_era) = (
            shifted.div_euclid(DAYS_OF_ERA),
            shifted.rem_euclid(DAYS_OF_ERA),
        );
        let year_of_era =
            (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * from_march + 2) / 5 + 1;
        let month = if from_march < 10 {
            from_march + 3
        } else {
            from_march - 9
        };
        let year = era * 400 + year_of_era + i64::from(month <= 2);
        (year, month, day)
    }
}

impl Offset {
    /// Reads `+01:00`, `-05:30` or `Z`; none where it is not an offset.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text == "Z" {
            return Some(Self::default());
        }
        let (sign, rest) = match (text.strip_prefix('+'), text.strip_prefix('-')) {
            (Some(rest), _) => (1, rest),
            (_, Some(rest)) => (-1, rest),
            _ => return None,
        };
        let (hours, minutes) = rest.split_once(':')?;
        let (hours, minutes) = (number(hours, 2)?, number(minutes, 2)?);
        (hours <= 23 && minutes <= 59).then_some(Self {
            minutes: sign * (hours * 60 + minutes),
        })
    }
}

/// Days from 0000-03-01 to 1970-01-01.
const DAYS_TO_EPOCH: i64 = 719_468;
/// Days of 400 years.
const DAYS_OF_ERA: i64 = 146_097;

fn days_of(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let from_march = (month + 9) % 12;
    let day_of_year = (153 * from_march + 2) / 5 + day - 1;
    era * DAYS_OF_ERA + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year
        - DAYS_TO_EPOCH
}

/// So many digits and nothing else.
fn number(text: &str, digits: usize) -> Option<i64> {
    (text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| text.parse().ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_earlier_in_the_east() {
        let begins = |date, offset| {
            Date::parse(date)
                .unwrap()
                .begins(Offset::parse(offset).unwrap())
        };
        assert_eq!(begins("2026-12-01", "Z"), "2026-12-01T00:00:00Z");
        assert_eq!(begins("2026-12-01", "+01:00"), "2026-11-30T23:00:00Z");
        assert_eq!(begins("2026-12-31", "-05:30"), "2026-12-31T05:30:00Z");
        assert_eq!(begins("0001-01-01", "Z"), "0001-01-01T00:00:00Z");
    }

    /// Contracts without an end often end on 9999-12-31.
    #[test]
    fn the_last_day_is_followed_by_the_last_moment_that_can_be_written() {
        let after = |offset| {
            let last = Date::parse("9999-12-31").unwrap();
            last.next().begins(Offset::parse(offset).unwrap())
        };
        assert_eq!(after("+01:00"), "9999-12-31T23:00:00Z");
        assert_eq!(after("Z"), "9999-12-31T23:59:59Z");
        assert_eq!(after("-05:00"), "9999-12-31T23:59:59Z");
        let context = crate::Context::default().at("2026-11-23T09:30:00Z");
        assert_eq!(context.is_before(&after("Z")), Some(true));
    }

    #[test]
    fn the_day_after_knows_months_and_leap_years() {
        for (day, after) in [
            ("2026-11-30", "2026-12-01"),
            ("2026-12-31", "2027-01-01"),
            ("2028-02-28", "2028-02-29"),
            ("2028-02-29", "2028-03-01"),
            ("2100-02-28", "2100-03-01"),
            ("2000-02-28", "2000-02-29"),
            ("1969-12-31", "1970-01-01"),
        ] {
            let next = Date::parse(day).map(Date::next);
            assert_eq!(next, Date::parse(after), "{day}");
            assert!(next.is_some());
        }
    }

    #[test]
    fn every_day_of_a_century_is_read_as_it_is_written() {
        let mut date = Date::parse("1999-12-31").unwrap();
        for _ in 0..36_600 {
            let text = date.begins(Offset::default());
            assert_eq!(Date::parse(text.get(..10).unwrap()), Some(date), "{text}");
            date = date.next();
        }
    }

    #[test]
    fn what_is_no_day_and_no_offset_is_refused() {
        for text in [
            "2026-02-29",
            "2026-13-01",
            "2026-00-10",
            "2026-01-00",
            "2026-1-1",
            "0000-01-01",
            "30.11.2026",
            "2026-11-30T00:00:00Z",
            "2026-11-30-1",
            "+026-11-30",
            "",
        ] {
            assert_eq!(Date::parse(text), None, "{text}");
        }
        for text in ["1:00", "+1:00", "+24:00", "+00:60", "01:00", "+0a:00", ""] {
            assert_eq!(Offset::parse(text), None, "{text}");
        }
    }
}
