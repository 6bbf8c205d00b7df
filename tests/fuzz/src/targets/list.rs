use super::{group_coordinator, group_records, request, request_body, slot, stored};
use crate::target::Target;

/// Every target.
#[must_use]
pub fn all() -> Vec<Target> {
    [
        request::targets(),
        request_body::targets(),
        slot::targets(),
        stored::targets(),
        group_records::targets(),
        group_coordinator::targets(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[cfg(test)]
mod tests {
    use common_seams::SystemClock;

    use super::*;
    use crate::{Budget, LastInput, run};

    #[test]
    fn every_decoder_survives_a_short_run() {
        for target in all() {
            let nowhere = LastInput::nowhere();
            let report = run(&target, 1, Budget::Inputs(20_000), &SystemClock, &nowhere);
            let findings: Vec<_> = report
                .findings
                .iter()
                .map(|finding| format!("{} with {:02x?}", finding.what, finding.input))
                .collect();
            assert!(findings.is_empty(), "{}: {}", target.name, findings.join("\n"));
            assert!(report.kept > (target.seeds)().len(), "{} shows one behaviour", target.name);
        }
    }
}
