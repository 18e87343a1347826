//! `[mapping.NAME.schedule]`: when it runs by itself.

use std::time::Duration;

use serde::Deserialize;
use toml::Spanned;

use crate::{
    config::reader::Reader,
    schedule::{Missed, Schedule, ScheduleError},
};

/// The section as it may be written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSchedule {
    cron: Spanned<String>,
    time_zone: Option<Spanned<String>>,
    #[serde(default)]
    jitter_seconds: u32,
    #[serde(default)]
    missed: Missed,
}

impl RawSchedule {
    pub(super) fn check(self, reader: &mut Reader<'_>) -> Option<Schedule> {
        let zone = self.time_zone.as_ref().map_or("UTC", |zone| zone.get_ref());
        let jitter = Duration::from_secs(self.jitter_seconds.into());
        match Schedule::new(self.cron.get_ref(), zone, jitter, self.missed) {
            Ok(schedule) => Some(schedule),
            Err(error) => {
                let cron = self.cron.span();
                let (span, hint) = match &error {
                    ScheduleError::Expression(_) => (
                        cron,
                        "minute, hour, day of the month, month, day of the week: `0 3 * * *` is every night at three",
                    ),
                    ScheduleError::Never => (cron, "look at the day of the month and the month"),
                    ScheduleError::Zone(_) => (
                        self.time_zone.map_or(cron, |zone| zone.span()),
                        "a name of the IANA time zone database, such as `Europe/Zurich`, or leave it out for UTC",
                    ),
                };
                reader.problem(span, error.to_string(), hint);
                None
            }
        }
    }
}
