//! docs/soak.md: what a section of it says.

use std::time::Duration;

use serde_json::Value;

use super::{part::Part, tables};
use crate::{machine::Machine, test::Tally};

/// The page, below the root.
pub const PATH: &str = "docs/soak.md";

/// What precedes its sections.
pub const HEAD: &str = "\
# Soak

What came of `cargo xtask soak`, the long versions of the tests, which writes this
page. Each section says which commit it is about. A seed draws the same deaths and
the same data again (`cargo xtask soak --only kills --seed SEED --kills 1`); the
time of a SIGKILL is a part of the time that an undisturbed run takes, so that to
the millisecond no two machines, and no two runs, die alike.
";

/// What came of one part.
pub struct Section<'a> {
    pub part: Part,
    pub machine: &'a Machine,
    pub seed: u64,
    pub tally: &'a Tally,
    pub took: Duration,
    pub notes: &'a [Value],
}

impl Section<'_> {
    /// Its text, without the heading.
    pub fn text(&self) -> String {
        let Machine {
            date,
            commit,
            words,
            ..
        } = self.machine;
        format!(
            "{}\n\n{date}, commit {commit}, seed {}: {}, in {} s ({words}).\n\n{}",
            self.part.about(),
            self.seed,
            self.tally,
            self.took.as_secs(),
            tables::draw(self.part, self.notes),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_says_what_it_is_about() {
        let machine = Machine {
            date: "2026-03-01".to_owned(),
            commit: "abc".to_owned(),
            words: "1 core".to_owned(),
            details: String::new(),
        };
        let section = Section {
            part: Part::Laws,
            machine: &machine,
            seed: 7,
            tally: &Tally::default(),
            took: Duration::from_secs(5),
            notes: &[],
        };
        assert!(
            section
                .text()
                .contains("2026-03-01, commit abc, seed 7: 0 passed, 0 failed, in 5 s (1 core).")
        );
    }
}
