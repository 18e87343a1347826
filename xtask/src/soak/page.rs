//! docs/soak.md: a section a part, replaced when the part is run.

use std::{collections::BTreeMap, fmt::Write as _, fs, time::Duration};

use anyhow::{Context, Result};
use serde_json::Value;

use super::{machine::Machine, part::Part, tables};
use crate::{test::Tally, workspace::Workspace};

const PATH: &str = "docs/soak.md";

const HEAD: &str = "\
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

/// The page.
#[derive(Default)]
pub struct Page {
    /// By the name of the part; without its heading.
    sections: BTreeMap<String, String>,
}

impl Page {
    /// Reads the page; an empty one where there is none.
    pub fn read(workspace: &Workspace) -> Result<Self> {
        let path = workspace.path(PATH);
        if !path.exists() {
            return Ok(Self::default());
        }
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {PATH}"))?;
        Ok(Self::parse(&text))
    }

    fn parse(text: &str) -> Self {
        let sections = text
            .split("\n## ")
            .skip(1)
            .filter_map(|section| section.split_once('\n'))
            .map(|(name, body)| (name.to_owned(), body.trim().to_owned()))
            .collect();
        Self { sections }
    }

    /// Puts a section in the place of an older one.
    pub fn put(&mut self, section: Section<'_>) {
        let Section {
            part,
            machine,
            seed,
            tally,
            took,
            notes,
        } = section;
        let body = format!(
            "{}\n\n{}, commit {}, seed {seed}: {tally}, in {} s ({}).\n\n{}",
            part.about(),
            machine.date,
            machine.commit,
            took.as_secs(),
            machine.words,
            tables::draw(part, notes),
        );
        self.sections
            .insert(part.name().to_owned(), body.trim().to_owned());
    }

    /// Writes the page.
    pub fn write(&self, workspace: &Workspace) -> Result<()> {
        fs::write(workspace.path(PATH), self.text()).with_context(|| format!("cannot write {PATH}"))
    }

    fn text(&self) -> String {
        let mut text = HEAD.to_owned();
        for part in Part::ALL {
            if let Some(body) = self.sections.get(part.name()) {
                let _to_memory = write!(text, "\n## {}\n\n{body}\n", part.name());
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_that_was_not_run_stays_as_it_was() {
        let mut page = Page::default();
        let machine = Machine {
            date: "2026-03-01".to_owned(),
            commit: "abc".to_owned(),
            words: "1 core".to_owned(),
        };
        for part in [Part::Laws, Part::Sources] {
            page.put(Section {
                part,
                machine: &machine,
                seed: 7,
                tally: &Tally::default(),
                took: Duration::from_secs(5),
                notes: &[],
            });
        }
        let text = page.text();
        assert!(
            text.contains("2026-03-01, commit abc, seed 7: 0 passed, 0 failed, in 5 s (1 core).")
        );
        assert!(text.find("## sources") < text.find("## laws"));
        assert_eq!(Page::parse(&text).text(), text);
    }
}
