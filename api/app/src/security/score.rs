use std::collections::BTreeMap;

use crate::model::{FindingRule, FindingState};

/// What everything starts with.
const FULL: u32 = 100;
/// What one rule takes at most: many findings of one kind are one thing to mend.
const RULE_MAX: u32 = 40;

/// How safe an organisation is, as far as rules can tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecurityScore {
    /// 0 to 100.
    pub score: u32,
    /// What was taken off, the most first.
    pub deductions: Vec<Deduction>,
}

/// What one rule takes off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deduction {
    /// The rule.
    pub rule: FindingRule,
    /// Findings that are open.
    pub open: u64,
    /// Findings that somebody knows of: half as much is taken off.
    pub acknowledged: u64,
    /// What is taken off.
    pub points: u32,
}

/// What one open finding takes off.
const fn weight(rule: FindingRule) -> u32 {
    match rule.severity().as_bytes() {
        b"CRITICAL" => 20,
        b"WARN" => 10,
        _ => 4,
    }
}

/// Counts findings that are not resolved.
pub(crate) fn score(counts: &[(FindingRule, FindingState, u64)]) -> SecurityScore {
    let mut of_rules: BTreeMap<FindingRule, (u64, u64)> = BTreeMap::new();
    for (rule, state, count) in counts {
        let entry = of_rules.entry(*rule).or_default();
        match state {
            FindingState::Open => entry.0 += count,
            FindingState::Acknowledged => entry.1 += count,
            FindingState::Resolved => {}
        }
    }
    let mut deductions: Vec<Deduction> = of_rules
        .into_iter()
        .filter(|(_, (open, acknowledged))| open + acknowledged > 0)
        .map(|(rule, (open, acknowledged))| {
            let weight = u64::from(weight(rule));
            let points = open.saturating_mul(weight) + acknowledged.saturating_mul(weight) / 2;
            let points = u32::try_from(points).unwrap_or(u32::MAX).min(RULE_MAX);
            Deduction { rule, open, acknowledged, points }
        })
        .collect();
    deductions.sort_by_key(|it| std::cmp::Reverse(it.points));
    let taken = deductions.iter().fold(0_u32, |sum, it| sum.saturating_add(it.points));
    SecurityScore { score: FULL.saturating_sub(taken), deductions }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_take_points_by_severity_and_state_up_to_a_bound() {
        use FindingState::{Acknowledged, Open, Resolved};
        assert_eq!(score(&[]), SecurityScore { score: 100, deductions: vec![] });
        assert_eq!(score(&[(FindingRule::OldKey, Resolved, 9)]).score, 100);
        let one = score(&[(FindingRule::OldKey, Open, 2), (FindingRule::OldKey, Acknowledged, 1)]);
        assert_eq!((one.score, one.deductions[0].points), (90, 10));
        let many = score(&[(FindingRule::OldKey, Open, u64::MAX)]);
        assert_eq!(many.score, 60);
        let all: Vec<_> = FindingRule::ALL.iter().map(|rule| (*rule, Open, 99)).collect();
        assert_eq!(score(&all).score, 0);
    }
}
