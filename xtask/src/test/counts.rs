use std::ops::AddAssign;

/// What a suite said of itself.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) passed: u64,
    pub(super) failed: u64,
    pub(super) skipped: u64,
}

/// Which lines of a suite's output are sums.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// `test result: …` after every test binary; they add up.
    Cargo,
    /// The last line that counts tests, as pytest writes it.
    Pytest,
}

impl Counts {
    pub(super) const GATE_PASSED: Self = Self { passed: 1, failed: 0, skipped: 0 };
    pub(super) const GATE_FAILED: Self = Self { passed: 0, failed: 1, skipped: 0 };

    /// Takes one line of output into account.
    pub(super) fn read(&mut self, line: &str, format: Format) {
        match format {
            Format::Cargo => {
                if let Some(sums) = line.strip_prefix("test result: ") {
                    *self += Self::parse(sums).unwrap_or_default();
                }
            }
            Format::Pytest => {
                if let Some(sums) = Self::parse(line) {
                    *self = sums;
                }
            }
        }
    }

    /// Reads numbers followed by what they count; nothing when the line counts neither passes nor failures.
    fn parse(line: &str) -> Option<Self> {
        let mut counts = Self::default();
        let mut is_sum = false;
        let mut number: Option<u64> = None;
        for word in line.split([' ', ',', ';', '=', '.']).filter(|word| !word.is_empty()) {
            if let Some(count) = number.take() {
                match word {
                    "passed" | "xpassed" => counts.passed += count,
                    "failed" | "error" | "errors" => counts.failed += count,
                    "skipped" | "ignored" | "xfailed" => counts.skipped += count,
                    _ => continue,
                }
                is_sum = true;
            }
            number = word.parse().ok();
        }
        is_sum.then_some(counts)
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl std::fmt::Display for Counts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} passed, {} failed, {} skipped", self.passed, self.failed, self.skipped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &[&str], format: Format) -> Counts {
        let mut counts = Counts::default();
        for line in lines {
            counts.read(line, format);
        }
        counts
    }

    #[test]
    fn cargo_sums_add_up() {
        let lines = [
            "running 3 tests",
            "test a ... ok",
            "test result: ok. 31 passed; 0 failed; 2 ignored; 0 measured; 0 filtered out; finished in 0.93s",
            "test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.1s",
            "we saw 5 failed attempts",
        ];
        assert_eq!(read(&lines, Format::Cargo), Counts { passed: 32, failed: 1, skipped: 2 });
    }

    #[test]
    fn last_pytest_sum_counts() {
        let lines = [
            "test_a.py::a 1 passed",
            "=========== 2 failed, 10 passed, 1 skipped, 3 warnings, 1 error in 12.34s ===========",
            "wrote 12 files",
        ];
        assert_eq!(read(&lines, Format::Pytest), Counts { passed: 10, failed: 3, skipped: 1 });
    }

    #[test]
    fn sum_is_one_line() {
        let counts = Counts { passed: 3, failed: 0, skipped: 1 };
        assert_eq!(counts.to_string(), "3 passed, 0 failed, 1 skipped");
    }
}
