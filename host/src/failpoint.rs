//! Places between durable steps at which a test may cut the power.
//!
//! Every transaction of the store and every request to a target has a [`Step`],
//! and a step can be cut at three [`Moment`]s. A cut is `abort`: nothing is
//! flushed, nothing is unwound, as when the machine loses its power. Release
//! builds have none of this: [`reach`] is empty there.
//!
//! `PURSER_FAILPOINT` arms one cut: `settle.after=3` is the third time that a
//! settle has become durable, `any=120` the hundred and twentieth place of any
//! kind. The end-to-end tests cut at each place once; the soak at random ones.
//! `PURSER_FAILPOINT_LOG` names a file that takes down every place that the process
//! comes by, so that whoever kills it from outside knows how far it came.
//!
//! # Adding a step
//!
//! One variant and its name in [`Step::ALL`]. The end-to-end test over all
//! places fails until one of its scenes comes by.

/// What is made durable, or asked of a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A run begins.
    StartRun,
    /// A page of the source is staged.
    StagePage,
    /// A kind of the source has come to its end.
    FinishSource,
    /// A page of the target's listing is staged.
    StageListing,
    /// The listing has come to its end.
    FinishListing,
    /// A part of the plan is stored.
    SavePlan,
    /// What an earlier run set aside is forgotten.
    ClearStale,
    /// The approved plan becomes jobs.
    ApprovePlan,
    /// A job is queued for one object, or for each whose time has come or that is to be verified.
    Enqueue,
    /// Jobs are claimed.
    Claim,
    /// A lease is made to last longer.
    Renew,
    /// Intents and claims are stored, before requests are sent.
    Begin,
    /// The additions of members are stored, before the request is sent.
    BeginMembers,
    /// The members that an adopted group had are remembered.
    RememberMembers,
    /// A request to the target.
    Request,
    /// The outcome of a job is stored.
    Settle,
    /// Unique values of an object are given back, within a settle.
    FreeClaims,
    /// A job is put back for later.
    Retry,
    /// Jobs are put back as they were.
    Release,
    /// Jobs wait for a later run, because their component is suspended.
    Postpone,
    /// How a batch went counts towards the suspension of its component.
    Suspend,
    /// What was sent under a lease that has passed is to be verified.
    HandOver,
    /// A linked resource turned out to be gone.
    MarkGone,
    /// A run ends.
    EndRun,
    /// A resource of the directory comes, changes or goes.
    DirectoryWrite,
    /// A tenant or a token comes, or a token is revoked.
    Token,
    /// The directory's index is made anew, as the configuration has changed.
    Index,
    /// What has changed in the directory was dealt with.
    ForgetChanged,
    /// A site has said what has changed there.
    NoteEvents,
}

impl Step {
    /// All of them, with their names.
    pub const ALL: &[(Self, &str)] = &[
        (Self::StartRun, "start-run"),
        (Self::StagePage, "stage-page"),
        (Self::FinishSource, "finish-source"),
        (Self::StageListing, "stage-listing"),
        (Self::FinishListing, "finish-listing"),
        (Self::SavePlan, "save-plan"),
        (Self::ClearStale, "clear-stale"),
        (Self::ApprovePlan, "approve-plan"),
        (Self::Enqueue, "enqueue"),
        (Self::Claim, "claim"),
        (Self::Renew, "renew"),
        (Self::Begin, "begin"),
        (Self::BeginMembers, "begin-members"),
        (Self::RememberMembers, "remember-members"),
        (Self::Request, "request"),
        (Self::Settle, "settle"),
        (Self::FreeClaims, "free-claims"),
        (Self::Retry, "retry"),
        (Self::Release, "release"),
        (Self::Postpone, "postpone"),
        (Self::Suspend, "suspend"),
        (Self::HandOver, "hand-over"),
        (Self::MarkGone, "mark-gone"),
        (Self::EndRun, "end-run"),
        (Self::DirectoryWrite, "directory-write"),
        (Self::Token, "token"),
        (Self::Index, "index"),
        (Self::ForgetChanged, "forget-changed"),
        (Self::NoteEvents, "note-events"),
    ];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        let named = Self::ALL.iter().find(|(step, _)| *step == self);
        named.map_or("", |(_, name)| name)
    }

    /// When it can be cut.
    #[must_use]
    pub fn moments(self) -> &'static [Moment] {
        match self {
            // Not ours to commit: the target has it, or it has not.
            Self::Request => &[Moment::Before, Moment::After],
            // In the middle of a transaction.
            Self::FreeClaims => &[Moment::Uncommitted],
            _ => &[Moment::Before, Moment::Uncommitted, Moment::After],
        }
    }
}

/// When a step is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Nothing of it has happened.
    Before,
    /// The transaction has run and is not committed.
    Uncommitted,
    /// It is durable (a request: answered), and nobody has heard of it.
    After,
}

impl Moment {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::Uncommitted => "uncommitted",
            Self::After => "after",
        }
    }
}

/// The process comes by a place; where it is the armed one, it ends here.
#[cfg(not(debug_assertions))]
#[inline(always)]
pub fn reach(_step: Step, _moment: Moment) {}

#[cfg(debug_assertions)]
pub use armed::{arm, log, reach};

#[cfg(debug_assertions)]
mod armed {
    use std::{
        fs::File,
        io::{self, Write as _},
        path::Path,
        sync::{
            OnceLock,
            atomic::{AtomicU64, Ordering},
        },
    };

    use super::{Moment, Step};

    /// The cut that this process is to have.
    #[derive(Debug)]
    struct Cut {
        /// None: places of any kind count.
        place: Option<(Step, Moment)>,
        /// How often it is still passed; the cut is at the last.
        left: AtomicU64,
    }

    static CUT: OnceLock<Cut> = OnceLock::new();
    static LOG: OnceLock<File> = OnceLock::new();

    /// Arms the cut that a text asks for: `STEP.MOMENT`, `STEP.MOMENT=N` or `any=N`.
    ///
    /// # Errors
    /// There is no such place; the text says what there is.
    pub fn arm(text: &str) -> Result<(), String> {
        let (place, times) = text.split_once('=').unwrap_or((text, "1"));
        let times: u64 = times
            .parse()
            .ok()
            .filter(|times| *times > 0)
            .ok_or_else(|| format!("`{times}` in `{text}` is no count from 1 on"))?;
        let place = match place {
            "any" => None,
            name => Some(find(name).ok_or_else(|| {
                let names: Vec<&str> = Step::ALL.iter().map(|(_, name)| *name).collect();
                format!(
                    "there is no place `{name}`; STEP.MOMENT has the steps {} and the moments before, uncommitted, after",
                    names.join(", ")
                )
            })?),
        };
        let cut = Cut {
            place,
            left: AtomicU64::new(times),
        };
        CUT.set(cut)
            .map_err(|_| "only one place can be armed".to_owned())
    }

    /// Takes down every place from now on, one a line, in a file that is made anew.
    ///
    /// # Errors
    /// The file cannot be made.
    pub fn log(path: &Path) -> io::Result<()> {
        let file = File::create(path)?;
        LOG.set(file)
            .map_err(|_| io::Error::other("only one file can take them down"))
    }

    fn find(name: &str) -> Option<(Step, Moment)> {
        let (step, moment) = name.split_once('.')?;
        let (step, _) = Step::ALL.iter().find(|(_, known)| *known == step)?;
        let moment = step.moments().iter().find(|known| known.name() == moment)?;
        Some((*step, *moment))
    }

    /// The process comes by a place; where it is the armed one, it ends here.
    pub fn reach(step: Step, moment: Moment) {
        if let Some(mut log) = LOG.get() {
            // One write a line: nothing of it is in our memory when we die.
            let line = format!("{}.{}\n", step.name(), moment.name());
            let _a_test_misses_it = log.write_all(line.as_bytes());
        }
        let Some(cut) = CUT.get() else { return };
        if cut.place.is_some_and(|place| place != (step, moment)) {
            return;
        }
        // The last to come by; whoever comes later, from another thread, finds nothing left.
        if cut.left.fetch_sub(1, Ordering::Relaxed) == 1 {
            std::process::abort();
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn every_place_has_a_name_of_its_own() {
            for (step, name) in Step::ALL {
                for moment in step.moments() {
                    let text = format!("{name}.{}", moment.name());
                    assert_eq!(find(&text), Some((*step, *moment)), "{text}");
                }
            }
        }

        #[test]
        fn what_does_not_exist_is_refused_in_words() {
            for wrong in [
                "settle",
                "settle.never",
                "request.uncommitted",
                "nothing.after",
            ] {
                let error = arm(wrong).unwrap_err();
                assert!(error.contains("there is no place"), "{error}");
            }
            assert!(arm("any=0").unwrap_err().contains("no count"));
            assert!(arm("settle.after=often").unwrap_err().contains("no count"));
        }
    }
}
