use api_app::{Endpoints, model};
use api_types::{SecurityDeduction, SecurityFinding, SecurityScore, rfc3339};
use common_types::crn;

use super::meta;

/// How the score is computed, for whoever asks what the number means.
const METHOD: &str = "100, less what each rule takes off: 20 for an open finding that is CRITICAL, 10 for WARN, 4 \
                      for INFO, half as much when it is acknowledged, 40 at most for one rule; never less than 0";

pub(crate) fn security_finding(
    endpoints: &Endpoints,
    row: model::SecurityFinding,
) -> SecurityFinding {
    let path = format!("/weir/v1/security-findings/{}", row.id);
    let name = format!("{}/security-finding={}", crn::organization(&row.organization_id), row.id);
    SecurityFinding {
        api_version: "weir/v1".to_owned(),
        kind: "SecurityFinding".to_owned(),
        metadata: meta(endpoints, &path, name, row.created_us, row.updated_us),
        id: row.id,
        rule: row.hit.rule.as_str().to_owned(),
        severity: row.hit.rule.severity().to_owned(),
        subject: row.hit.subject,
        resource: Some(row.hit.resource).filter(|crn| !crn.is_empty()),
        detail: row.hit.detail,
        state: row.state.as_str().to_owned(),
        first_seen_at: rfc3339(row.created_us),
        last_seen_at: rfc3339(row.hit.last_us),
    }
}

pub(crate) fn security_score(it: api_app::SecurityScore) -> SecurityScore {
    let deduction = |it: api_app::Deduction| SecurityDeduction {
        rule: it.rule.as_str().to_owned(),
        severity: it.rule.severity().to_owned(),
        open: it.open,
        acknowledged: it.acknowledged,
        points: it.points,
    };
    SecurityScore {
        score: it.score,
        deductions: it.deductions.into_iter().map(deduction).collect(),
        method: METHOD.to_owned(),
    }
}
