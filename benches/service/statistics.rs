//! Quantiles, and a test whether two samples come from the same distribution.

use std::time::Duration;

/// The value below which the given part of the sample lies.
pub fn quantile(sample: &[Duration], part: f64) -> Duration {
    let mut sorted = sample.to_vec();
    sorted.sort_unstable();
    let last = sorted.len().saturating_sub(1);
    sorted.get((part * last as f64).round() as usize).copied().unwrap_or_default()
}

pub fn median(sample: &[Duration]) -> Duration {
    quantile(sample, 0.5)
}

/// The probability that a value of `left` is above one of `right`, ties counting half: 0.5 if they cannot be told
/// apart.
pub fn auc(left: &[Duration], right: &[Duration]) -> f64 {
    let pairs = left.len() as f64 * right.len() as f64;
    if pairs > 0.0 { u_statistic(left, right).0 / pairs } else { 0.5 }
}

/// The probability that two samples of one distribution differ at least as much as these (Mann-Whitney U, two-sided,
/// normal approximation with a correction for ties).
pub fn mann_whitney(left: &[Duration], right: &[Duration]) -> f64 {
    let (m, n) = (left.len() as f64, right.len() as f64);
    let (u, ties) = u_statistic(left, right);
    let total = m + n;
    let variance = m * n / 12.0 * (total + 1.0 - ties / (total * (total - 1.0)));
    if variance > 0.0 { complementary_error((u - m * n / 2.0).abs() / (2.0 * variance).sqrt()) } else { 1.0 }
}

/// Mann-Whitney U of `left`, and the reduction of its variance by ties.
fn u_statistic(left: &[Duration], right: &[Duration]) -> (f64, f64) {
    let m = left.len() as f64;
    let mut pooled: Vec<(Duration, bool)> =
        left.iter().map(|value| (*value, true)).chain(right.iter().map(|value| (*value, false))).collect();
    pooled.sort_unstable();
    let (mut rank_sum, mut ties, mut below) = (0.0, 0.0, 0.0);
    for group in pooled.chunk_by(|a, b| a.0 == b.0) {
        let size = group.len() as f64;
        let rank = below + (size + 1.0) / 2.0;
        rank_sum += rank * group.iter().filter(|(_, is_left)| *is_left).count() as f64;
        ties += size.powi(3) - size;
        below += size;
    }
    (rank_sum - m * (m + 1.0) / 2.0, ties)
}

/// erfc for x of 0 and above, accurate to seven digits (Abramowitz and Stegun 7.1.26).
fn complementary_error(x: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.327_591_1 * x);
    let polynomial = [1.061_405_429, -1.453_152_027, 1.421_413_741, -0.284_496_736, 0.254_829_592];
    t * polynomial.into_iter().fold(0.0, |sum, factor| sum * t + factor) * (-x * x).exp()
}
