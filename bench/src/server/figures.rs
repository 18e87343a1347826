//! What came of a measurement, round by round.

use super::client::Took;

/// Of one server and one operation.
#[derive(Clone, Default)]
pub struct Figures {
    /// Requests a second.
    pub rates: Vec<f64>,
    /// Milliseconds that half of the requests took at most.
    pub halves: Vec<f64>,
    /// And 99 of a hundred.
    pub most: Vec<f64>,
    /// How many there were in the round that had the fewest.
    pub fewest: Option<usize>,
}

impl Figures {
    /// Another round.
    pub fn push(&mut self, mut took: Took) {
        let count = took.latencies.len();
        took.latencies.sort_unstable_by(f64::total_cmp);
        self.rates.push(count as f64 / took.seconds);
        self.halves.push(1e3 * of_hundred(&took.latencies, 50));
        self.most.push(1e3 * of_hundred(&took.latencies, 99));
        self.fewest = Some(self.fewest.map_or(count, |fewest| fewest.min(count)));
    }
}

/// What so many of a hundred are at most, of sorted figures.
fn of_hundred(sorted: &[f64], share: usize) -> f64 {
    let place = (sorted.len() * share).div_ceil(100).saturating_sub(1);
    sorted.get(place).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_a_figure_that_was_taken() {
        let sorted: Vec<f64> = (1..=200).map(f64::from).collect();
        assert_eq!(of_hundred(&sorted, 50), 100.0);
        assert_eq!(of_hundred(&sorted, 99), 198.0);
        assert_eq!(of_hundred(&[7.0], 99), 7.0);
        assert!(of_hundred(&[], 50).is_nan());
    }

    #[test]
    fn a_round_is_counted_by_its_clock() {
        let mut figures = Figures::default();
        for latencies in [vec![0.002, 0.001, 0.003], vec![0.1, 0.1]] {
            figures.push(Took {
                seconds: 0.5,
                latencies,
                answers: Vec::new(),
            });
        }
        assert_eq!(figures.rates, [6.0, 4.0]);
        assert_eq!(figures.halves, [2.0, 100.0]);
        assert_eq!((figures.most[0], figures.fewest), (3.0, Some(2)));
    }
}
