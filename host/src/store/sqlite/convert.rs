//! Between stored text and values.

use std::cell::RefCell;

use jiff::Timestamp;
use purser_engine::{
    change::Origin,
    ids::{Kind, ObjectKey, SourceId},
    operation::Trigger,
};
use serde::{Serialize, de::DeserializeOwned};

use crate::store::{RunMode, RunState, StoreError, Task};

pub(super) fn json<T: Serialize>(what: &'static str, value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|e| StoreError::Corrupt {
        what,
        why: e.to_string(),
    })
}

pub(super) fn from_json<T: DeserializeOwned>(
    what: &'static str,
    text: &str,
) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|e| StoreError::Corrupt {
        what,
        why: e.to_string(),
    })
}

pub(super) fn key(kind: String, id: String) -> ObjectKey {
    ObjectKey {
        kind: Kind::new(kind),
        id: SourceId::new(id),
    }
}

thread_local! {
    /// The time that was written last, and how: many statements in a row have the same.
    static LAST: RefCell<(Timestamp, String)> = RefCell::default();
}

/// Fixed width, so that texts sort as times do.
pub(super) fn time(at: Timestamp) -> String {
    LAST.with_borrow_mut(|(last, text)| {
        if *last != at || text.is_empty() {
            (*last, *text) = (at, format!("{at:.3}"));
        }
        text.clone()
    })
}

pub(super) fn from_time(text: &str) -> Result<Timestamp, StoreError> {
    text.parse().map_err(|e: jiff::Error| StoreError::Corrupt {
        what: "a time",
        why: e.to_string(),
    })
}

pub(super) fn origin(origin: Origin) -> &'static str {
    match origin {
        Origin::Created => "created",
        Origin::Adopted => "adopted",
    }
}

pub(super) fn from_origin(text: &str) -> Result<Origin, StoreError> {
    match text {
        "created" => Ok(Origin::Created),
        "adopted" => Ok(Origin::Adopted),
        other => Err(StoreError::Corrupt {
            what: "a link's origin",
            why: format!("`{other}`"),
        }),
    }
}

pub(super) fn task(task: Task) -> &'static str {
    match task {
        Task::Object => "object",
        Task::Members => "members",
    }
}

pub(super) fn from_task(text: &str) -> Task {
    if text == "members" {
        Task::Members
    } else {
        Task::Object
    }
}

pub(super) fn mode(mode: RunMode) -> &'static str {
    match mode {
        RunMode::Plan => "plan",
        RunMode::Run => "run",
        RunMode::Sync => "sync",
        RunMode::Due => "due",
        RunMode::Verify => "verify",
        RunMode::Changed => "changed",
    }
}

pub(super) fn from_trigger(text: &str) -> Result<Trigger, StoreError> {
    Trigger::from_word(text).ok_or_else(|| StoreError::Corrupt {
        what: "by whom a run was asked for",
        why: format!("`{text}`"),
    })
}

pub(super) fn state(state: RunState) -> &'static str {
    match state {
        RunState::Done => "done",
        RunState::Failed => "failed",
        RunState::Stopped => "stopped",
        RunState::Interrupted => "interrupted",
    }
}
