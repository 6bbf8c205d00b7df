//! Findings in the store.

use api_app::model::{
    FindingRule, FindingState, Notice, SecurityFinding, SecurityHit, SeenAddress,
};
use api_app::{FindingFilter, OrgScope, Repo, SecurityRepo, Slice, SystemWide};

use crate::backend::{Backend, on_both};
use crate::dice::{Dice, org};

on_both!(
    what_is_seen_reads_back_and_is_news_once,
    what_is_no_longer_so_is_resolved,
    where_looking_got_to_and_addresses_are_kept,
    findings_of_another_organization_are_not_there,
);

const REACH: SystemWide = SystemWide::Security;

fn slice() -> Slice {
    Slice { after: None, limit: 9 }
}

pub(crate) fn seen(rule: FindingRule, subject: &str, last_us: i64) -> (SecurityFinding, Notice) {
    let hit = SecurityHit {
        rule,
        subject: subject.to_owned(),
        resource: "crn".to_owned(),
        detail: format!("seen {last_us}"),
        first_us: 1,
        last_us,
    };
    let notice = Notice {
        notice_type: rule.notice_type(),
        organization_id: org().id().to_owned(),
        resource: "crn".to_owned(),
        title: "t".to_owned(),
        message: "m".to_owned(),
        at_us: last_us,
    };
    let finding = SecurityFinding {
        id: SecurityFinding::id_of(org().id(), &hit),
        organization_id: org().id().to_owned(),
        hit,
        state: FindingState::Open,
        created_us: 1,
        updated_us: last_us,
    };
    (finding, notice)
}

async fn what_is_seen_reads_back_and_is_news_once(backend: Backend) {
    let store = backend.open().await;
    let settle = async |last_us| {
        let found = vec![seen(FindingRule::FailedSignIns, "a", last_us)];
        store.settle_findings(REACH, org(), found, Vec::new(), 5).await.unwrap();
        let all = store.security_findings(org(), FindingFilter::default(), slice()).await.unwrap();
        assert_eq!(all.len(), 1);
        all[0].clone()
    };
    let first = settle(3).await;
    assert_eq!(first, seen(FindingRule::FailedSignIns, "a", 3).0);
    let later = settle(7).await;
    assert_eq!((later.hit.last_us, later.updated_us, later.created_us), (7, 3, 1));
    let over = SecurityFinding { state: FindingState::Resolved, updated_us: 8, ..later };
    assert_eq!(store.update_security_finding(org(), over.clone(), 2).await, Ok(false));
    assert_eq!(store.update_security_finding(org(), over.clone(), 3).await, Ok(true));
    assert_eq!(settle(7).await, over, "no news");
    assert_eq!(settle(9).await.state, FindingState::Open);
    let counts = store.security_counts(org()).await.unwrap();
    assert_eq!(counts, [(FindingRule::FailedSignIns, FindingState::Open, 1)]);
    let none = FindingFilter { state: Some(FindingState::Resolved), rule: None };
    assert_eq!(store.security_findings(org(), none, slice()).await, Ok(vec![]));
}

async fn what_is_no_longer_so_is_resolved(backend: Backend) {
    let store = backend.open().await;
    let happened = vec![seen(FindingRule::NewAddress, "x", 3)];
    store.settle_findings(REACH, org(), happened, Vec::new(), 5).await.unwrap();
    let both = || vec![seen(FindingRule::OldKey, "a", 3), seen(FindingRule::OldKey, "b", 3)];
    store.settle_standing(REACH, org(), both(), 3).await.unwrap();
    store.settle_standing(REACH, org(), both().split_off(1), 4).await.unwrap();
    let over = FindingFilter { state: Some(FindingState::Resolved), rule: None };
    let over = store.security_findings(org(), over, slice()).await.unwrap();
    assert_eq!(over.len(), 1);
    assert_eq!((over[0].hit.subject.as_str(), over[0].updated_us), ("a", 4));
    let open = FindingFilter { state: Some(FindingState::Open), rule: None };
    assert_eq!(store.security_findings(org(), open, slice()).await.unwrap().len(), 2);
}

async fn where_looking_got_to_and_addresses_are_kept(backend: Backend) {
    let store = backend.open().await;
    let rows = Dice::new(3).first_rows();
    let id = rows.organization.id.clone();
    store.bootstrap(SystemWide::Installation, rows).await.unwrap();
    assert_eq!(store.security_cursors(REACH).await, Ok(vec![(id.clone(), 0)]));
    let here = || OrgScope::of(&id);
    let at = |address: &str| SeenAddress {
        key_id: "K".to_owned(),
        address: address.to_owned(),
        first_us: 3,
    };
    for cursor_us in [5, 9] {
        let fresh = vec![at("a"), at("b")];
        store.settle_findings(REACH, here(), Vec::new(), fresh, cursor_us).await.unwrap();
        assert_eq!(store.security_cursors(REACH).await, Ok(vec![(id.clone(), cursor_us)]));
    }
    let mut known = store.seen_addresses(here(), vec!["K".to_owned()]).await.unwrap();
    known.sort_by(|a, b| a.address.cmp(&b.address));
    assert_eq!(known, [at("a"), at("b")]);
    assert_eq!(store.seen_addresses(here(), vec!["L".to_owned()]).await, Ok(vec![]));
    assert_eq!(store.seen_addresses(org(), vec!["K".to_owned()]).await, Ok(vec![]));
}

async fn findings_of_another_organization_are_not_there(backend: Backend) {
    let store = backend.open().await;
    let found = vec![seen(FindingRule::OldKey, "a", 3)];
    let row = found[0].0.clone();
    store.settle_standing(REACH, org(), found, 3).await.unwrap();
    let theirs = || OrgScope::of("p");
    let all = FindingFilter::default();
    assert_eq!(store.security_findings(theirs(), all, slice()).await, Ok(vec![]));
    assert_eq!(store.security_finding(theirs(), row.id.clone()).await, Ok(None));
    assert_eq!(store.update_security_finding(theirs(), row.clone(), 3).await, Ok(false));
    assert_eq!(store.security_counts(theirs()).await, Ok(vec![]));
    store.settle_standing(REACH, theirs(), Vec::new(), 9).await.unwrap();
    assert_eq!(store.security_finding(org(), row.id.clone()).await, Ok(Some(row)));
}
