//! Counts tests from what the test harnesses print: cargo's, and that of Node.js.

use std::fmt;

use anyhow::{Result, bail};

/// How many tests ran.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Tally {
    passed: u64,
    failed: u64,
    skipped: u64,
}

impl Tally {
    /// Counts a line such as
    /// `test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; …`,
    /// or one of those that TAP by Node.js ends with, `# pass 12`; any other line
    /// counts nothing.
    pub fn read(&mut self, line: &str) {
        if let Some((word, number)) = line
            .strip_prefix("# ")
            .and_then(|rest| rest.split_once(' '))
            && let Ok(number) = number.parse::<u64>()
        {
            match word {
                "pass" => self.passed += number,
                "fail" | "cancelled" => self.failed += number,
                "skipped" | "todo" => self.skipped += number,
                _ => {}
            }
        }
        let Some((_, counts)) = line
            .strip_prefix("test result: ")
            .and_then(|rest| rest.split_once(". "))
        else {
            return;
        };
        for count in counts.split(';') {
            let mut words = count.split_whitespace();
            let number = words.next().and_then(|number| number.parse::<u64>().ok());
            match (number, words.next()) {
                (Some(number), Some("passed")) => self.passed += number,
                (Some(number), Some("failed")) => self.failed += number,
                (Some(number), Some("ignored")) => self.skipped += number,
                _ => {}
            }
        }
    }

    /// Takes the counts of another stage in.
    pub fn add(&mut self, other: &Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }

    /// Whether no test was seen.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// How many failed.
    pub fn failed(&self) -> u64 {
        self.failed
    }

    /// Fails if a test failed, and if none ran: silence is no success.
    pub fn verdict(&self) -> Result<()> {
        if self.failed > 0 {
            bail!("{} tests failed", self.failed);
        }
        if self.passed == 0 {
            bail!("no test ran");
        }
        Ok(())
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} passed, {} failed", self.passed, self.failed)?;
        if self.skipped > 0 {
            write!(out, ", {} skipped", self.skipped)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Tally;

    #[test]
    fn result_lines_are_added_up() {
        let mut tally = Tally::default();
        for line in [
            "running 3 tests",
            "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 2 filtered out; finished in 0.00s",
            "test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.00s",
            "a line about test result: none",
        ] {
            tally.read(line);
        }
        assert_eq!(tally.to_string(), "4 passed, 2 failed, 1 skipped");
        assert!(tally.verdict().is_err());
    }

    #[test]
    fn the_end_of_tap_is_added_up() {
        let mut tally = Tally::default();
        for line in [
            "# Subtest: 12 pass",
            "ok 1 - 12 pass",
            "# tests 9",
            "# suites 0",
            "# pass 5",
            "# fail 1",
            "# cancelled 1",
            "# skipped 1",
            "# todo 1",
            "# duration_ms 385.9",
        ] {
            tally.read(line);
        }
        assert_eq!(tally.to_string(), "5 passed, 2 failed, 2 skipped");
    }

    #[test]
    fn no_test_is_no_success() {
        assert!(Tally::default().verdict().is_err());
        let mut tally = Tally::default();
        tally.read("test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out");
        assert_eq!(tally.to_string(), "1 passed, 0 failed");
        assert!(tally.verdict().is_ok());
    }
}
