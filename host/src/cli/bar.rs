//! Progress on a terminal: one line that is drawn over itself, and that is gone
//! when the work is done. Elsewhere there is none: a log has no use for it.

use std::{fmt::Write, time::Duration};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use tokio::sync::watch;

use crate::sync::control::{Phase, Progress};

/// Drawn at most so often a second.
const HERTZ: u8 = 10;

/// The line. Clones are the same line.
#[derive(Clone)]
pub(super) struct Bar(ProgressBar);

impl Bar {
    pub(super) fn new() -> Self {
        let screen = ProgressDrawTarget::stderr_with_hz(HERTZ);
        let line = ProgressBar::with_draw_target(None, screen);
        // It also moves where nothing is counted for a while.
        line.enable_steady_tick(Duration::from_millis(1000 / u64::from(HERTZ)));
        Self(line)
    }

    /// Draws how far the work is.
    pub(super) fn show(&self, progress: &Progress) {
        let words = words(progress);
        if self.0.message() != words {
            // Another phase: rate and time to go begin anew.
            self.0.reset();
            self.0.set_message(words);
        }
        let known = self.0.length();
        if known != progress.total || self.0.position() == 0 {
            self.0.set_style(style(progress.total.is_some()));
            match progress.total {
                Some(total) => self.0.set_length(total),
                None => self.0.unset_length(),
            }
        }
        self.0.set_position(progress.done);
    }

    /// Draws until nobody tells any more how far the work is.
    pub(super) async fn follow(self, mut progress: watch::Receiver<Option<Progress>>) {
        while progress.changed().await.is_ok() {
            let now = progress.borrow_and_update().clone();
            if let Some(progress) = now {
                self.show(&progress);
            }
            tokio::time::sleep(Duration::from_millis(1000 / u64::from(HERTZ))).await;
        }
    }

    /// Takes the line away while something else is written.
    pub(super) fn beside<T>(&self, write: impl FnOnce() -> T) -> T {
        self.0.suspend(write)
    }

    /// Takes it away for good.
    pub(super) fn end(&self) {
        self.0.finish_and_clear();
    }
}

/// What the work is busy with.
fn words(progress: &Progress) -> String {
    let what = &progress.what;
    match progress.phase {
        Phase::Wait => "waiting for others".to_owned(),
        Phase::Read => format!("reading {what}"),
        Phase::List => format!("listing {what}"),
        Phase::Plan => format!("planning {what}"),
        Phase::Apply => "writing".to_owned(),
        Phase::Verify => "verifying".to_owned(),
    }
}

/// With a known total there is a bar, and a time to go.
const BOUNDED: &str = "{msg:18} [{bar:30}] {pos}/{len}  {rate}  {eta} left";
/// Without one, only the count.
const OPEN: &str = "{msg:18} {spinner} {pos}  {rate}";

fn style(bounded: bool) -> ProgressStyle {
    ProgressStyle::with_template(if bounded { BOUNDED } else { OPEN })
        // Both are constants that the test below tries; this is the way out.
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .with_key("rate", |state: &ProgressState, to: &mut dyn Write| {
            // A terminal that takes nothing shows nothing.
            let _ = write!(to, "{:.0}/s", state.per_sec());
        })
        .progress_chars("=> ")
        .tick_chars("|/-\\ ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_styles_are_understood() {
        for template in [BOUNDED, OPEN] {
            assert!(ProgressStyle::with_template(template).is_ok(), "{template}");
        }
    }

    #[test]
    fn counts_and_totals_are_taken_over_and_a_phase_begins_anew() {
        let bar = Bar(ProgressBar::hidden());
        let at = |phase, done, total| Progress {
            phase,
            what: "user".to_owned(),
            done,
            total,
        };
        bar.show(&at(Phase::Read, 500, None));
        assert_eq!(bar.0.message(), "reading user");
        assert_eq!((bar.0.position(), bar.0.length()), (500, None));
        bar.show(&at(Phase::Plan, 151, Some(302)));
        assert_eq!(bar.0.message(), "planning user");
        assert_eq!((bar.0.position(), bar.0.length()), (151, Some(302)));
        bar.show(&at(Phase::Apply, 0, None));
        assert_eq!(bar.0.message(), "writing");
        assert_eq!((bar.0.position(), bar.0.length()), (0, None));
    }
}
