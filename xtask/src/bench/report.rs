//! What `purser-bench` printed, as a section of the page, and the verdict over it.

use std::fmt::Write as _;

use serde::Deserialize;

use super::part::Part;
use crate::machine::Machine;

/// What came of a part.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    remarks: Vec<String>,
    tables: Vec<Table>,
    bars: Vec<Bar>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    caption: String,
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Bar {
    what: String,
    bar: String,
    figure: String,
    verdict: Verdict,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
enum Verdict {
    Met,
    Near,
    Missed,
}

impl Verdict {
    fn word(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::Near => "above it, within what a noisy machine may add",
            Self::Missed => "**missed**",
        }
    }
}

impl Report {
    /// The section, without its heading. Every row ends in the command that repeats it.
    pub fn section(&self, part: Part, machine: &Machine) -> String {
        let command = format!("`cargo xtask bench {}`", part.name());
        let mut text = format!(
            "{}\n\n{}, commit {} ({}; {}).\n",
            part.about(),
            machine.date,
            machine.commit,
            machine.words,
            machine.details
        );
        for remark in &self.remarks {
            let _to_memory = write!(text, "\n{remark}\n");
        }
        for table in &self.tables {
            let _to_memory = write!(text, "\n{}:\n\n", table.caption);
            let rows = table.rows.iter().map(Vec::as_slice);
            draw(&mut text, &table.columns, rows, &command);
        }
        text.push_str("\nWhat was promised:\n\n");
        let columns = ["what", "bar", "figure", "verdict"].map(str::to_owned);
        let rows: Vec<[String; 4]> = self
            .bars
            .iter()
            .map(|bar| {
                [
                    bar.what.clone(),
                    bar.bar.clone(),
                    bar.figure.clone(),
                    bar.verdict.word().to_owned(),
                ]
            })
            .collect();
        draw(
            &mut text,
            &columns,
            rows.iter().map(|row| &row[..]),
            &command,
        );
        text
    }

    /// What was missed.
    pub fn missed(&self) -> impl Iterator<Item = String> {
        let missed = self
            .bars
            .iter()
            .filter(|bar| bar.verdict == Verdict::Missed);
        missed.map(|bar| format!("{}: {} (bar: {})", bar.what, bar.figure, bar.bar))
    }
}

fn draw<'a>(
    text: &mut String,
    columns: &[String],
    rows: impl Iterator<Item = &'a [String]>,
    command: &str,
) {
    let rule = "---|".repeat(columns.len() + 1);
    let _to_memory = write!(text, "| {} | command |\n|{rule}\n", columns.join(" | "));
    for row in rows {
        let _to_memory = writeln!(text, "| {} | {command} |", row.join(" | "));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn report(verdict: &str) -> Report {
        serde_json::from_value(json!({
            "remarks": ["On one processor."],
            "tables": [{ "caption": "Seconds", "columns": ["who", "s"], "rows": [["Purser", "1.0"]] }],
            "bars": [{ "what": "a run", "bar": "at most 2 s", "figure": "1.00 s", "verdict": verdict }],
        }))
        .unwrap()
    }

    #[test]
    fn every_row_names_the_command_that_repeats_it() {
        let machine = Machine {
            date: "2026-03-01".to_owned(),
            commit: "abc".to_owned(),
            words: "1 core".to_owned(),
            details: "kernel 6".to_owned(),
        };
        let text = report("met").section(Part::Unchanged, &machine);
        assert!(text.contains("2026-03-01, commit abc (1 core; kernel 6)."));
        assert!(text.contains("| Purser | 1.0 | `cargo xtask bench unchanged` |"));
        assert!(
            text.contains("| a run | at most 2 s | 1.00 s | met | `cargo xtask bench unchanged` |")
        );
    }

    #[test]
    fn every_row_of_the_page_names_the_command_of_its_section() {
        let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/benchmarks.md");
        let page = std::fs::read_to_string(page).unwrap();
        let mut rows = 0;
        for section in page.split("\n## ").skip(1) {
            let name = section.lines().next().unwrap();
            assert!(Part::ALL.iter().any(|part| part.name() == name), "{name}");
            let command = format!("| `cargo xtask bench {name}` |");
            let table = |line: &&str| line.starts_with('|') && !line.starts_with("|---");
            for row in section.lines().filter(table) {
                let head = row.ends_with("| command |");
                assert!(head || row.ends_with(&command), "{row}");
                rows += usize::from(!head);
            }
        }
        assert!(rows > 0, "there is no row");
    }

    #[test]
    fn only_what_is_missed_is_a_failure() {
        assert_eq!(report("met").missed().count(), 0);
        assert_eq!(report("near").missed().count(), 0);
        assert_eq!(
            report("missed").missed().collect::<Vec<_>>(),
            ["a run: 1.00 s (bar: at most 2 s)"]
        );
    }
}
