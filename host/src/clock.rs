//! The one place that asks the time. Everything else gets it as an argument.

use jiff::Timestamp;

/// Now, in UTC.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the place that asks the time"
)]
pub fn now() -> Timestamp {
    Timestamp::now()
}
