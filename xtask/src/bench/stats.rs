//! Medians and spreads of a few samples.

use serde::Serialize;

/// The middle of some samples and how far they spread.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct Spread {
    pub(super) median: f64,
    pub(super) min: f64,
    pub(super) max: f64,
}

/// None without samples.
pub(super) fn spread(samples: &[f64]) -> Option<Spread> {
    let min = samples.iter().copied().reduce(f64::min)?;
    let max = samples.iter().copied().reduce(f64::max)?;
    Some(Spread { median: quantile(samples, 0.5), min, max })
}

/// Linear between the two nearest samples; 0 without samples.
pub(super) fn quantile(samples: &[f64], quantile: f64) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    let Some(last) = sorted.len().checked_sub(1) else { return 0.0 };
    let place = quantile * last as f64;
    let low = sorted[place.floor() as usize];
    low + (sorted[place.ceil() as usize] - low) * place.fract()
}

/// The value at `x` of a line through points sorted by x; beyond the ends the nearest two go on.
pub(super) fn interpolate(points: &[(f64, f64)], x: f64) -> f64 {
    match points {
        [] => 0.0,
        [(_, y)] => *y,
        _ => {
            let upper = points.iter().position(|(px, _)| *px >= x).unwrap_or(points.len() - 1);
            let (x0, y0) = points[upper.max(1) - 1];
            let (x1, y1) = points[upper.max(1)];
            if x1 > x0 { y0 + (y1 - y0) * (x - x0) / (x1 - x0) } else { y1 }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spread_of_nothing_is_nothing() {
        assert_eq!(spread(&[]), None);
    }

    #[test]
    fn median_lies_between_the_middle_two() {
        let found = spread(&[4.0, 1.0, 3.0, 2.0]).unwrap();
        assert_eq!(found, Spread { median: 2.5, min: 1.0, max: 4.0 });
    }

    #[test]
    fn lines_go_on_beyond_their_ends() {
        let points = [(1.0, 10.0), (2.0, 20.0), (4.0, 60.0)];
        assert_eq!(interpolate(&points, 1.5), 15.0);
        assert_eq!(interpolate(&points, 3.0), 40.0);
        assert_eq!(interpolate(&points, 0.0), 0.0);
        assert_eq!(interpolate(&points, 5.0), 80.0);
    }
}
