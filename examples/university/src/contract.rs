//! Until when a contractor has an account.

use purser_guest::{Context, Problem, ProblemKind, SourceObject, date::Date};

use crate::settings::Settings;

/// Where somebody's contract stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contract {
    /// Its last day.
    pub last_day: String,
    /// The midnight after it, here, as RFC 3339 in UTC.
    pub ends_at: String,
    /// That has come.
    pub over: bool,
}

/// The contract that `contract_end` tells of.
///
/// # Errors
/// There is no such day, or the host did not tell the time.
pub fn read(
    settings: &Settings,
    context: &Context,
    object: &SourceObject,
) -> Result<Contract, Problem> {
    let last_day = object
        .text("contract_end")
        .ok_or_else(|| Problem::missing("contract_end"))?;
    let ends_at = Date::parse(last_day)
        .ok_or_else(|| Problem::invalid("contract_end", "it is not a day, such as 2026-11-30"))?
        .next()
        .begins(settings.utc_offset);
    let before = context
        .is_before(&ends_at)
        .ok_or_else(|| Problem::new(ProblemKind::Internal, "the host did not tell the time"))?;
    Ok(Contract {
        last_day: last_day.to_owned(),
        ends_at,
        over: !before,
    })
}
