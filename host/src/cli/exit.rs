//! What the exit code of `purser` says. Scripts rely on the numbers: they are
//! never given another meaning. `docs/exit-codes.md` explains them at length.

use std::process::ExitCode;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Everything is in step, or the command did what it was asked to do.
    InStep,
    /// The run failed: a target, a source or the store is unusable. Nothing is lost.
    Failed,
    /// The arguments or the configuration are wrong. Nothing was done.
    Usage,
    /// Finished, but an enumeration whose proof was asked for is incomplete:
    /// nobody was deprovisioned by absence.
    Incomplete,
    /// Finished, but changes are held by the failsafe.
    Held,
    /// Finished, but some objects are parked, or not mapped because the component is suspended.
    Parked,
    /// Another process holds the store.
    Busy,
}

/// Code of [`Exit::InStep`].
pub const IN_STEP: u8 = 0;
/// Code of [`Exit::Failed`].
pub const FAILED: u8 = 1;
/// Code of [`Exit::Usage`]; clap uses it, too.
pub const USAGE: u8 = 2;
/// Code of [`Exit::Incomplete`].
pub const INCOMPLETE: u8 = 3;
/// Code of [`Exit::Held`].
pub const HELD: u8 = 4;
/// Code of [`Exit::Parked`].
pub const PARKED: u8 = 5;
/// Code of [`Exit::Busy`].
pub const BUSY: u8 = 6;

/// For `purser --help`.
pub(super) const HELP: &str = "\
Exit codes:
  0  Everything is in step
  1  The run failed: a target, a source or the store is unusable; nothing is lost
  2  The arguments or the configuration are wrong; nothing was done
  3  Finished, but a kind was not read completely: nobody was deprovisioned by absence
  4  Finished, but the failsafe holds changes until a person allows them
  5  Finished, but some objects are parked, or the component is suspended
  6  Another process holds the store
Of several, 4 goes before 3, and 3 before 5.

Begin with `purser init`, then `purser check`, then `purser plan MAPPING`.";

impl Exit {
    /// The number that the shell sees.
    pub fn code(self) -> u8 {
        match self {
            Self::InStep => IN_STEP,
            Self::Failed => FAILED,
            Self::Usage => USAGE,
            Self::Incomplete => INCOMPLETE,
            Self::Held => HELD,
            Self::Parked => PARKED,
            Self::Busy => BUSY,
        }
    }

    /// From the number that another purser has sent; an unknown one is a failure.
    pub(super) fn from_code(code: u8) -> Self {
        match code {
            IN_STEP => Self::InStep,
            USAGE => Self::Usage,
            INCOMPLETE => Self::Incomplete,
            HELD => Self::Held,
            PARKED => Self::Parked,
            BUSY => Self::Busy,
            _ => Self::Failed,
        }
    }

    /// How a run that went through ended: held before incomplete before parked.
    pub fn of_run(held: bool, incomplete: bool, parked: bool) -> Self {
        if held {
            Self::Held
        } else if incomplete {
            Self::Incomplete
        } else if parked {
            Self::Parked
        } else {
            Self::InStep
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_for_a_person_goes_first() {
        assert_eq!(Exit::of_run(true, true, true).code(), 4);
        assert_eq!(Exit::of_run(false, true, true).code(), 3);
        assert_eq!(Exit::of_run(false, false, true).code(), 5);
        assert_eq!(Exit::of_run(false, false, false).code(), 0);
    }

    #[test]
    fn help_and_documentation_know_every_code() {
        let page = include_str!("../../../docs/exit-codes.md");
        for code in IN_STEP..=BUSY {
            assert_eq!(Exit::from_code(code).code(), code);
            assert!(
                HELP.contains(&format!("\n  {code}  ")),
                "{code} in the help"
            );
            assert!(
                page.contains(&format!("\n| {code} |")),
                "{code} in docs/exit-codes.md"
            );
        }
    }
}
