//! What a part prints: tables, and the bars that were set for it.

use serde::Serialize;

use crate::figures::Spread;

/// All that came of a part.
#[derive(Default, Serialize)]
pub struct Report {
    /// Sentences that belong to the figures: what was pinned, what was left out.
    pub remarks: Vec<String>,
    pub tables: Vec<Table>,
    pub bars: Vec<Bar>,
}

/// A table of the page.
#[derive(Serialize)]
pub struct Table {
    pub caption: String,
    pub columns: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

impl Table {
    pub fn new(caption: &str, columns: &[&str]) -> Self {
        Self {
            caption: caption.to_owned(),
            columns: columns.iter().map(|&name| name.to_owned()).collect(),
            rows: Vec::new(),
        }
    }

    pub fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.into());
    }
}

/// A figure that was promised.
#[derive(Serialize)]
pub struct Bar {
    pub what: String,
    pub bar: String,
    pub figure: String,
    pub verdict: Verdict,
}

/// Whether it was kept.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    Met,
    /// Above the bar, within what noise may do: said, but no failure.
    Near,
    Missed,
}

impl Bar {
    /// At most `bar`; up to `limit` it is only said.
    pub fn at_most(what: &str, figure: f64, bar: f64, limit: f64, unit: &str) -> Self {
        let verdict = match figure {
            figure if figure <= bar => Verdict::Met,
            figure if figure <= limit => Verdict::Near,
            _ => Verdict::Missed,
        };
        Self {
            what: what.to_owned(),
            bar: format!("at most {bar}{unit}"),
            figure: format!("{figure:.2}{unit}"),
            verdict,
        }
    }

    /// More than `bar`.
    pub fn more_than(what: &str, figure: f64, bar: f64, unit: &str) -> Self {
        Self {
            what: what.to_owned(),
            bar: format!("more than {bar}{unit}"),
            figure: format!("{figure:.2}{unit}"),
            verdict: if figure > bar {
                Verdict::Met
            } else {
                Verdict::Missed
            },
        }
    }
}

/// `1.72 (1.69–1.80)`.
pub fn spread(figures: &[f64], digits: usize) -> String {
    let Spread {
        median,
        least,
        most,
    } = Spread::of(figures);
    format!("{median:.digits$} ({least:.digits$}–{most:.digits$})")
}
