//! What was done, as asked for and as answered; and what was begun and never ended.

use jiff::Timestamp;
use purser_engine::{
    ids::{MappingName, ObjectKey, RunId},
    operation::Trigger,
};
use serde::Serialize;

use super::RunMode;

/// Which lines of the audit are meant. What is left out does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogQuery {
    /// Of this mapping.
    pub mapping: Option<MappingName>,
    /// Of this object.
    pub object: Option<ObjectKey>,
    /// Of this run.
    pub run: Option<RunId>,
    /// At this time or later.
    pub since: Option<Timestamp>,
}

/// Where a page of the audit begins. Pages go from old to new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFrom {
    /// So many lines before the end.
    Last(u64),
    /// Behind this line.
    After(i64),
}

/// One line of the audit: names of attributes, never their values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LogRow {
    /// Its number; later lines have higher ones.
    pub seq: i64,
    /// When, RFC 3339 in UTC.
    pub at: String,
    /// In which run.
    pub run: i64,
    /// Of which mapping.
    pub mapping: String,
    /// The object.
    pub object: String,
    /// Its resource at the target.
    pub target_id: Option<String>,
    /// How it stood to the target.
    pub situation: String,
    /// What was done.
    pub effects: String,
    /// Attribute names, or members that were added and removed.
    pub detail: serde_json::Value,
    /// What asked for it, separated by spaces.
    pub triggers: String,
}

/// What is known of a mapping's schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scheduled {
    /// Since when it has it.
    pub since: Timestamp,
    /// When its last full run began, whoever has asked for it.
    pub last_run: Option<Timestamp>,
}

/// A run that began and never ended, because its process did first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CutShort {
    /// The run.
    pub run: RunId,
    /// What it was for.
    pub mode: RunMode,
    /// By whose initiative it began.
    pub asked_by: Trigger,
    /// When it began, RFC 3339 in UTC.
    pub since: String,
    /// The objects that a person has asked for and that are still queued; two
    /// stand for any number.
    pub asked_for: Vec<ObjectKey>,
}
