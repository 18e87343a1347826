//! Medians and spreads.

/// The middle of some figures, and how far they lie apart.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    pub median: f64,
    pub least: f64,
    pub most: f64,
}

impl Spread {
    /// Of no figures all is not a number, and of some of which one is missing (not a
    /// number): who knows where it would lie.
    pub fn of(figures: &[f64]) -> Self {
        if figures.iter().any(|figure| figure.is_nan()) {
            return Self::of(&[]);
        }
        let mut sorted = figures.to_vec();
        sorted.sort_by(f64::total_cmp);
        let at = |place: usize| sorted.get(place).copied().unwrap_or(f64::NAN);
        Self {
            median: f64::midpoint(at(sorted.len().saturating_sub(1) / 2), at(sorted.len() / 2)),
            least: at(0),
            most: at(sorted.len().saturating_sub(1)),
        }
    }
}

/// Round by round: the ratio of two figures that were taken in the same one.
pub fn ratios(these: &[f64], those: &[f64]) -> Vec<f64> {
    these.iter().zip(those).map(|(a, b)| a / b).collect()
}

/// The median.
pub fn median(figures: &[f64]) -> f64 {
    Spread::of(figures).median
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_an_even_number_lies_between() {
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), 2.5);
        assert_eq!(
            Spread::of(&[3.0, 1.0, 2.0]),
            Spread {
                median: 2.0,
                least: 1.0,
                most: 3.0
            }
        );
        assert!(median(&[]).is_nan());
        let Spread { least, most, .. } = Spread::of(&[1.0, f64::NAN, 2.0]);
        assert!(least.is_nan() && most.is_nan() && median(&[f64::NAN, 1.0]).is_nan());
        assert_eq!(ratios(&[2.0, 9.0], &[1.0, 3.0]), [2.0, 3.0]);
    }
}
