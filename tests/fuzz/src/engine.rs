use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use common_seams::{Clock, SeededRng};

use crate::last_input::LastInput;
use crate::mutate::{index, mutate};
use crate::target::Target;

/// Inputs kept per target.
const CORPUS_MAX: usize = 4096;
/// Findings after which a target is left alone.
const FINDINGS_MAX: usize = 20;
/// A decode of at most 64 KiB has no business taking longer.
const DECODE_MAX: Duration = Duration::from_millis(500);
/// Inputs between two looks at the clock.
const CLOCK_EVERY: u64 = 256;

/// When to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Budget {
    /// After so many inputs.
    Inputs(u64),
    /// After so much time.
    Time(Duration),
}

/// An input that a decoder did not survive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What happened.
    pub what: String,
    /// With which bytes.
    pub input: Vec<u8>,
}

/// What a run did.
#[derive(Debug, Default)]
pub struct Report {
    /// Inputs decoded.
    pub inputs: u64,
    /// Inputs that behaved in a new way.
    pub kept: usize,
    /// What went wrong, each kind once.
    pub findings: Vec<Finding>,
}

/// Feeds `target` until the budget is spent.
pub fn run(
    target: &Target,
    seed: u64,
    budget: Budget,
    clock: &dyn Clock,
    last: &LastInput,
) -> Report {
    let rng = SeededRng::new(seed);
    let mut run =
        Run { target, clock, last, report: Report::default(), behaviours: BTreeSet::new() };
    let mut corpus = (target.seeds)();
    for input in &corpus {
        run.feed(input);
    }
    let start = clock.mono();
    while !run.is_over(budget, start) {
        let mut input = corpus[index(&rng, corpus.len())].clone();
        let other = index(&rng, corpus.len());
        mutate(&rng, &mut input, &corpus[other]);
        if run.feed(&input) && corpus.len() < CORPUS_MAX {
            corpus.push(input);
        }
    }
    run.report.kept = corpus.len();
    run.report
}

struct Run<'a> {
    target: &'a Target,
    clock: &'a dyn Clock,
    last: &'a LastInput,
    report: Report,
    behaviours: BTreeSet<u64>,
}

impl Run<'_> {
    fn is_over(&self, budget: Budget, start: Duration) -> bool {
        let inputs = self.report.inputs;
        let spent = match budget {
            Budget::Inputs(most) => inputs >= most,
            Budget::Time(most) => {
                inputs.is_multiple_of(CLOCK_EVERY) && self.clock.mono() - start >= most
            }
        };
        spent || self.report.findings.len() >= FINDINGS_MAX
    }

    /// Decodes one input; whether it behaved in a new way.
    fn feed(&mut self, input: &[u8]) -> bool {
        self.report.inputs += 1;
        self.last.remember(input);
        let before = self.clock.mono();
        // The decoder works on a slice and is called anew each time: nothing of it survives a panic.
        let outcome = catch_unwind(AssertUnwindSafe(|| (self.target.decode)(input)));
        let took = self.clock.mono() - before;
        if took > DECODE_MAX {
            self.found(format!("slow: more than {} ms", DECODE_MAX.as_millis()), input);
        }
        match outcome {
            Ok(behaviour) => self.behaviours.insert(behaviour),
            Err(panic) => {
                let text = panic.downcast_ref::<String>().map(String::as_str);
                let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
                self.found(format!("panic: {}", text.unwrap_or("without a message")), input);
                false
            }
        }
    }

    fn found(&mut self, what: String, input: &[u8]) {
        if !self.report.findings.iter().any(|finding| finding.what == what) {
            self.report.findings.push(Finding { what, input: input.to_vec() });
        }
    }
}

#[cfg(test)]
mod tests {
    use common_seams::SystemClock;

    use super::*;

    /// Trusts a length: panics when the first byte is large and the second is not 0.
    fn careless(input: &[u8]) -> u64 {
        match input {
            [length, kind, rest @ ..] if *kind != 0 => rest[..usize::from(*length)].len() as u64,
            _ => 0,
        }
    }

    const CARELESS: Target =
        Target { name: "careless", seeds: || vec![b"\x02\x00ab".to_vec()], decode: careless };

    #[test]
    fn planted_bug_is_found_and_reproduced() {
        let nowhere = LastInput::nowhere();
        let report = run(&CARELESS, 1, Budget::Inputs(20_000), &SystemClock, &nowhere);
        assert!(!report.findings.is_empty());
        for finding in report.findings {
            assert!(finding.what.starts_with("panic: range end index"), "{}", finding.what);
            assert!(catch_unwind(|| careless(&finding.input)).is_err());
        }
    }

    #[test]
    fn same_seed_is_the_same_run() {
        let inputs = |seed| {
            let nowhere = LastInput::nowhere();
            let report = run(&CARELESS, seed, Budget::Inputs(500), &SystemClock, &nowhere);
            report.findings.into_iter().map(|finding| finding.input).collect::<Vec<_>>()
        };
        assert_eq!(inputs(3), inputs(3));
    }
}
