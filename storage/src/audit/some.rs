use super::groups;
use super::report::{Report, Sample};
use crate::ids::PgId;
use crate::store::{ObjectStore, StoreError};

/// Checks the manifests of some groups, and what they name. Never writes. Logs, births and what nothing
/// names are not looked at.
///
/// # Errors
/// When the store does not answer.
pub async fn audit_groups(
    store: &dyn ObjectStore,
    pgs: Vec<PgId>,
    sample: Sample,
) -> Result<Report, StoreError> {
    let mut report = Report::default();
    groups::check(store, pgs, sample, &mut report).await?;
    report.findings.sort();
    Ok(report)
}
