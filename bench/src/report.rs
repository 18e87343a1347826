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
    /// At most `bar`; up to `limit` it is only said. What was not measured is missed.
    pub fn at_most(what: &str, figure: f64, bar: f64, limit: f64, unit: &str) -> Self {
        let verdict = match figure {
            figure if figure <= bar => Verdict::Met,
            figure if figure <= limit => Verdict::Near,
            _ => Verdict::Missed,
        };
        Self {
            what: what.to_owned(),
            bar: format!("at most {bar}{unit}"),
            figure: words(figure, unit),
            verdict,
        }
    }

    /// At least `bar`. What was not measured is missed.
    pub fn at_least(what: &str, figure: f64, bar: f64, unit: &str) -> Self {
        Self {
            what: what.to_owned(),
            bar: format!("at least {bar}{unit}"),
            figure: words(figure, unit),
            verdict: if figure >= bar {
                Verdict::Met
            } else {
                Verdict::Missed
            },
        }
    }

    /// More than `bar`. What was not measured is missed.
    pub fn more_than(what: &str, figure: f64, bar: f64, unit: &str) -> Self {
        Self {
            what: what.to_owned(),
            bar: format!("more than {bar}{unit}"),
            figure: words(figure, unit),
            verdict: if figure > bar {
                Verdict::Met
            } else {
                Verdict::Missed
            },
        }
    }
}

/// What stands for a figure that was not measured.
const NONE: &str = "–";

fn words(figure: f64, unit: &str) -> String {
    if figure.is_nan() {
        return NONE.to_owned();
    }
    format!("{figure:.2}{unit}")
}

/// `1.72 (1.69–1.80)`, or `–` where a figure is missing.
pub fn spread(figures: &[f64], digits: usize) -> String {
    let Spread {
        median,
        least,
        most,
    } = Spread::of(figures);
    if median.is_nan() {
        return NONE.to_owned();
    }
    format!("{median:.digits$} ({least:.digits$}–{most:.digits$})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_measured_is_a_dash_and_meets_no_bar() {
        assert_eq!(spread(&[3.0, 1.0, 2.0], 1), "2.0 (1.0–3.0)");
        assert_eq!(spread(&[3.0, f64::NAN], 1), "–");
        assert_eq!(spread(&[], 1), "–");
        let most = |figure| Bar::at_most("memory", figure, 2.0, 2.3, " MiB");
        let more = |figure| Bar::more_than("speed", figure, 2.0, " ×");
        assert!(matches!(most(2.0).verdict, Verdict::Met));
        assert!(matches!(most(2.2).verdict, Verdict::Near));
        assert!(matches!(most(2.4).verdict, Verdict::Missed));
        assert!(matches!(more(2.1).verdict, Verdict::Met));
        let least = |figure| Bar::at_least("speed", figure, 2.0, " ×");
        assert!(matches!(least(2.0).verdict, Verdict::Met));
        assert!(matches!(least(1.9).verdict, Verdict::Missed));
        for bar in [most(f64::NAN), more(f64::NAN), least(f64::NAN)] {
            assert!(matches!(bar.verdict, Verdict::Missed));
            assert_eq!(bar.figure, "–");
        }
    }
}
