//! When a mapping runs by itself: times as a cron expression in a time zone.
//!
//! A time of the expression is an *occurrence*. Its run begins a little later where
//! `jitter` says so, by a part of it that is drawn from the mapping and the
//! occurrence: many mappings with the same times do not begin at once, and a host
//! that is started anew begins each at the time that it would have.
//!
//! Where the clock is put forward, a time of day that does not exist that day begins
//! after the gap; where it is put back, one that comes twice begins once.

use std::{cmp::Ordering, fmt, time::Duration};

use croner::{
    Cron,
    errors::CronError,
    parser::CronParser,
    time::{CivilDate, CivilDateTime, CivilTime, CronDateTime, Resolution, Weekday},
};
use jiff::{
    SignedDuration, Timestamp, ZonedDateTime,
    civil::DateTime,
    tz::{AmbiguousOffset, TimeZone},
};
use purser_engine::{Digest, ids::MappingName};
use serde::Deserialize;

use crate::store::Scheduled;

/// What becomes of an occurrence at which no run could begin, because the host was
/// not running or an earlier run of the mapping had not ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Missed {
    /// One run makes up for all that were missed, as soon as it can.
    #[default]
    Run,
    /// Nothing: the next occurrence is waited for.
    Skip,
}

/// The times of one mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// As it was written.
    text: String,
    cron: Cron,
    zone: TimeZone,
    jitter: Duration,
    missed: Missed,
}

/// Why there is no such schedule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    /// It is no cron expression.
    #[error("not a cron expression: {0}")]
    Expression(String),
    /// There is no such time zone.
    #[error("there is no time zone `{0}`")]
    Zone(String),
    /// It is well-formed, and its time does not exist.
    #[error("this time never comes")]
    Never,
}

impl Schedule {
    /// `cron`: minute, hour, day of month, month, day of week; with six fields the
    /// first is the second. `zone`: a name of the IANA time zone database.
    ///
    /// # Errors
    /// See [`ScheduleError`].
    pub fn new(
        cron: &str,
        zone: &str,
        jitter: Duration,
        missed: Missed,
    ) -> Result<Self, ScheduleError> {
        let text = cron.trim().to_owned();
        let cron = CronParser::new()
            .parse(&text)
            .map_err(|error| ScheduleError::Expression(said(&error)))?;
        let known = TimeZone::get(zone);
        let zone = known.map_err(|_| ScheduleError::Zone(zone.to_owned()))?;
        let schedule = Self {
            text,
            cron,
            zone,
            jitter,
            missed,
        };
        // From any time on: 30 February does not come after another one either.
        let first = schedule.after(Timestamp::UNIX_EPOCH);
        first.map(|_| schedule).ok_or(ScheduleError::Never)
    }

    /// The first occurrence after a time; none where there is no further one.
    pub fn after(&self, time: Timestamp) -> Option<Timestamp> {
        let from = At(time.to_zoned_datetime(self.zone.clone()));
        let found = self.cron.find_next_occurrence(&from, false).ok()?;
        Some(found.0.timestamp())
    }

    /// The last occurrence at or before a time.
    fn until(&self, time: Timestamp) -> Option<Timestamp> {
        let from = At(time.to_zoned_datetime(self.zone.clone()));
        let found = self.cron.find_previous_occurrence(&from, true).ok()?;
        Some(found.0.timestamp())
    }

    /// When the run of an occurrence begins.
    fn begin(&self, mapping: &MappingName, occurrence: Timestamp) -> Timestamp {
        let most = u64::try_from(self.jitter.as_millis()).unwrap_or(u64::MAX);
        let second = occurrence.as_second().to_string();
        let drawn = Digest::number_of_parts([mapping.as_str(), &second]).unsigned_abs();
        let pause = drawn.checked_rem(most.saturating_add(1)).unwrap_or(0);
        let pause = SignedDuration::from_millis(i64::try_from(pause).unwrap_or(i64::MAX));
        occurrence.checked_add(pause).unwrap_or(occurrence)
    }

    /// When the next run is to begin; a time that has passed: at once.
    ///
    /// `known`: what the store knows of earlier runs. `ready`: since when a run could
    /// have begun (the host was there, and no scheduled run of the mapping was under way).
    pub fn next(
        &self,
        mapping: &MappingName,
        known: Scheduled,
        ready: Timestamp,
        now: Timestamp,
    ) -> Option<Timestamp> {
        if let Some(last) = self.until(now) {
            let begins = self.begin(mapping, last);
            let new = last > known.since && known.last_run.is_none_or(|run| run < last);
            if new && (self.missed == Missed::Run || begins >= ready) {
                return Some(begins);
            }
        }
        Some(self.begin(mapping, self.after(now)?))
    }

    /// The next `count` times at which a run begins, in the time zone of the schedule.
    pub fn upcoming(
        &self,
        mapping: &MappingName,
        now: Timestamp,
        count: usize,
    ) -> Vec<ZonedDateTime> {
        let mut from = Some(now);
        let mut times = Vec::with_capacity(count);
        while let Some(occurrence) = from.and_then(|time| self.after(time)) {
            if times.len() == count {
                break;
            }
            from = Some(occurrence);
            times.push(
                self.begin(mapping, occurrence)
                    .to_zoned_datetime(self.zone.clone()),
            );
        }
        times
    }
}

/// What the times are, for whoever wants to know whether they are still the same.
impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let zone = self.zone.iana_name().unwrap_or("UTC");
        write!(f, "{} {zone}", self.text)
    }
}

/// The library's words, without its own names for things.
fn said(error: &CronError) -> String {
    match error {
        CronError::EmptyPattern => "it is empty".to_owned(),
        CronError::InvalidPattern(why)
        | CronError::IllegalCharacters(why)
        | CronError::ComponentError(why) => why.trim_end_matches('.').to_owned(),
        CronError::InvalidDate | CronError::InvalidTime | CronError::TimeSearchLimitExceeded => {
            "there is no such time".to_owned()
        }
    }
}

/// A time as croner walks over it.
#[derive(Clone)]
struct At(ZonedDateTime);

impl CronDateTime for At {
    fn to_civil(&self) -> CivilDateTime {
        let (date, time) = (self.0.date(), self.0.time());
        // Their parts are checked by jiff, and none is negative but the year.
        let part = |n: i8| u32::from(n.unsigned_abs());
        CivilDateTime::new(
            CivilDate::from_parts_unchecked(
                i32::from(date.year()),
                part(date.month()),
                part(date.day()),
            ),
            CivilTime::from_parts_unchecked(
                part(time.hour()),
                part(time.minute()),
                part(time.second()),
            ),
        )
    }

    fn civil_weekday(&self) -> Weekday {
        let days = self.0.weekday().to_sunday_zero_offset();
        Weekday::from_days_from_sunday(u32::from(days.unsigned_abs()))
    }

    fn resolve_civil(&self, civil: CivilDateTime) -> Result<Resolution<Self>, CronError> {
        let year = i16::try_from(civil.year()).map_err(|_| CronError::InvalidDate)?;
        let part = |n: u32| i8::try_from(n).map_err(|_| CronError::InvalidDate);
        let time = DateTime::new(
            year,
            part(civil.month())?,
            part(civil.day())?,
            part(civil.hour())?,
            part(civil.minute())?,
            part(civil.second())?,
            0,
        )
        .map_err(|_| CronError::InvalidDate)?;
        let zoned = self.0.time_zone().to_ambiguous_zoned_datetime(time);
        let invalid = |_| CronError::InvalidTime;
        Ok(match zoned.offset() {
            AmbiguousOffset::Gap { .. } => Resolution::Gap,
            AmbiguousOffset::Unambiguous { .. } => {
                Resolution::Single(Self(zoned.compatible().map_err(invalid)?))
            }
            AmbiguousOffset::Fold { .. } => Resolution::Ambiguous(
                Self(zoned.clone().earlier().map_err(invalid)?),
                Self(zoned.later().map_err(invalid)?),
            ),
        })
    }

    fn checked_add_seconds(&self, seconds: i64) -> Option<Self> {
        let duration = SignedDuration::from_secs(seconds);
        self.0.checked_add(duration).ok().map(Self)
    }

    fn cmp_instant(&self, other: &Self) -> Ordering {
        self.0.timestamp().cmp(&other.0.timestamp())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schedule(cron: &str, zone: &str) -> Schedule {
        Schedule::new(cron, zone, Duration::ZERO, Missed::Run).unwrap()
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn people() -> MappingName {
        MappingName::new("people")
    }

    #[test]
    fn times_are_those_of_the_time_zone() {
        let nightly = schedule("0 3 * * *", "Europe/Zurich");
        let times = nightly.upcoming(&people(), at("2026-07-01T00:00:00Z"), 2);
        let times: Vec<String> = times.iter().map(ToString::to_string).collect();
        assert_eq!(
            times,
            [
                "2026-07-01T03:00:00+02:00[Europe/Zurich]",
                "2026-07-02T03:00:00+02:00[Europe/Zurich]"
            ]
        );
        assert_eq!(nightly.to_string(), "0 3 * * * Europe/Zurich");
    }

    /// On 29 March 2026 it is 03:00 after 01:59, on 25 October 02:00 to 02:59 comes twice.
    #[test]
    fn a_day_without_its_time_has_its_run_and_one_that_has_it_twice_has_one() {
        let early = schedule("30 2 * * *", "Europe/Zurich");
        let days = |from: &str, count| -> Vec<Timestamp> {
            early
                .upcoming(&people(), at(from), count)
                .iter()
                .map(ZonedDateTime::timestamp)
                .collect()
        };
        assert_eq!(
            days("2026-03-28T12:00:00Z", 2),
            [at("2026-03-29T01:00:00Z"), at("2026-03-30T00:30:00Z")]
        );
        assert_eq!(
            days("2026-10-24T12:00:00Z", 2),
            [at("2026-10-25T00:30:00Z"), at("2026-10-26T01:30:00Z")]
        );
    }

    #[test]
    fn what_is_no_schedule_says_why() {
        let refused = |cron, zone| {
            Schedule::new(cron, zone, Duration::ZERO, Missed::Run)
                .unwrap_err()
                .to_string()
        };
        assert!(refused("61 * * * *", "UTC").starts_with("not a cron expression: "));
        assert!(refused("", "UTC").ends_with("it is empty"));
        assert_eq!(
            refused("* * * * *", "Europe/Zurick"),
            "there is no time zone `Europe/Zurick`"
        );
        assert_eq!(refused("0 0 30 2 *", "UTC"), "this time never comes");
    }

    #[test]
    fn jitter_is_drawn_once_for_each_occurrence_and_differs_between_mappings() {
        let spread = |mapping: &str| -> Vec<Timestamp> {
            let schedule = Schedule::new("0 * * * *", "UTC", Duration::from_secs(600), Missed::Run);
            let name = MappingName::new(mapping);
            let times = schedule
                .unwrap()
                .upcoming(&name, at("2026-01-01T00:00:00Z"), 24);
            times.iter().map(ZonedDateTime::timestamp).collect()
        };
        let people = spread("people");
        assert_eq!(people, spread("people"), "a new start changes nothing");
        assert_ne!(people, spread("roles"));
        for (hour, time) in people.iter().enumerate() {
            let hour = SignedDuration::from_hours(i64::try_from(hour).unwrap() + 1);
            let pause = time.duration_since(at("2026-01-01T00:00:00Z") + hour);
            assert!((0..=600).contains(&pause.as_secs()), "{pause}");
        }
    }

    /// Since Monday it has a schedule; the host is up since Friday noon.
    #[test]
    fn what_was_missed_is_made_up_for_once_or_skipped() {
        let (since, ready) = (at("2026-06-01T12:00:00Z"), at("2026-06-05T12:00:00Z"));
        let next = |missed, last_run: Option<&str>, now: &str| {
            let schedule = Schedule::new("0 3 * * *", "UTC", Duration::ZERO, missed).unwrap();
            let known = Scheduled {
                since,
                last_run: last_run.map(at),
            };
            schedule.next(&people(), known, ready, at(now)).unwrap()
        };
        let (friday, saturday) = (at("2026-06-05T03:00:00Z"), at("2026-06-06T03:00:00Z"));
        let noon = "2026-06-05T12:00:00Z";
        // Its last run was that of Wednesday: two were missed, the later one is made up for.
        let wednesday = Some("2026-06-03T03:00:00Z");
        assert_eq!(next(Missed::Run, wednesday, noon), friday);
        assert_eq!(next(Missed::Skip, wednesday, noon), saturday);
        // It has never run, as the host was stopped before its first time.
        assert_eq!(next(Missed::Run, None, noon), friday);
        // A person has run it on Friday morning.
        let by_hand = Some("2026-06-05T08:00:00Z");
        assert_eq!(next(Missed::Run, by_hand, noon), saturday);
        // On Saturday at its time the host was there: nothing was missed.
        let now = "2026-06-06T03:00:01Z";
        assert_eq!(next(Missed::Skip, by_hand, now), saturday);
    }

    #[test]
    fn what_was_due_before_there_was_a_schedule_was_not_missed() {
        let known = Scheduled {
            since: at("2026-06-05T12:00:00Z"),
            last_run: Some(at("2026-06-01T12:00:00Z")),
        };
        let nightly = schedule("0 3 * * *", "UTC");
        let now = at("2026-06-05T12:00:01Z");
        let next = nightly.next(&people(), known, now, now);
        assert_eq!(next, Some(at("2026-06-06T03:00:00Z")));
    }
}
