//! Groups of addresses and filters.

use api_app::model::{BootstrapRows, IpFilter, IpGroup, OperationGroup, Organization, Phase};
use api_app::{IpGuard, OrgScope, Repo, RepoError, Slice, SystemWide, Terms};

use crate::backend::{Backend, on_both};
use crate::dice::{Dice, org};

on_both!(
    filters_and_groups_read_back_after_reopening,
    group_of_a_filter_stays_and_names_are_given_once,
    changes_at_the_same_time_leave_a_way_in,
);

fn group(dice: &Dice, id: &str) -> IpGroup {
    IpGroup {
        id: id.to_owned(),
        organization_id: "o".to_owned(),
        group_name: dice.unique(),
        cidr_blocks: vec!["192.0.2.0/24".to_owned(), "2001:db8::/32".to_owned()],
        created_us: 1,
        updated_us: 2,
    }
}

fn filter(dice: &Dice, id: &str, groups: &[&str]) -> IpFilter {
    IpFilter {
        id: id.to_owned(),
        organization_id: "o".to_owned(),
        filter_name: dice.unique(),
        resource_group: "multiple".to_owned(),
        resource_scope: dice.unique(),
        operation_groups: vec![OperationGroup::Management],
        ip_group_ids: groups.iter().map(|id| (*id).to_owned()).collect(),
        created_us: 1,
        updated_us: 2,
    }
}

/// Somebody who asks from a block of every group.
fn here() -> IpGuard {
    IpGuard { address: Some("192.0.2.10".parse().unwrap()), rehearsal: false }
}

async fn filters_and_groups_read_back_after_reopening(backend: Backend) {
    let store = backend.open().await;
    let dice = Dice::new(1);
    let groups = vec![group(&dice, "ipg-1"), group(&dice, "ipg-2")];
    for group in &groups {
        store.insert_ip_group(org(), group.clone(), Terms::default()).await.unwrap();
    }
    let none = store.ip_rules(org()).await.unwrap();
    assert_eq!(none, (vec![], vec![]), "no filter, no groups");
    let filters = vec![filter(&dice, "ipf-1", &["ipg-2", "ipg-1"])];
    store.insert_ip_filter(org(), filters[0].clone(), Terms::default(), here()).await.unwrap();
    store.close().await.unwrap();
    let store = backend.open().await;
    let all = (filters.clone(), groups.clone());
    assert_eq!(store.ip_rules(org()).await.unwrap(), all);
    assert_eq!(store.ip_rules(OrgScope::of("p")).await.unwrap(), (vec![], vec![]));
    let slice = || Slice { after: None, limit: 9 };
    assert_eq!(store.ip_groups(org(), slice()).await.unwrap(), groups);
    assert_eq!(store.ip_filters(org(), slice()).await.unwrap(), filters);
    assert_eq!(store.ip_group(org(), "ipg-2".to_owned()).await.unwrap().as_ref(), groups.get(1));
    assert_eq!(store.ip_filter(org(), "ipf-1".to_owned()).await.unwrap().as_ref(), filters.first());
}

async fn group_of_a_filter_stays_and_names_are_given_once(backend: Backend) {
    let store = backend.open().await;
    let dice = Dice::new(2);
    let (one, mut two) = (group(&dice, "ipg-1"), group(&dice, "ipg-2"));
    store.insert_ip_group(org(), one.clone(), Terms::default()).await.unwrap();
    two.group_name.clone_from(&one.group_name);
    let taken = Err(RepoError::Taken { existing_id: "ipg-1".to_owned() });
    assert_eq!(store.insert_ip_group(org(), two, Terms::default()).await, taken);
    let orphan = filter(&dice, "ipf-0", &["ipg-none"]);
    let refused = store.insert_ip_filter(org(), orphan, Terms::default(), here()).await;
    assert_eq!(refused, Err(RepoError::ParentGone("ipg-none".to_owned())));
    let mut kept = filter(&dice, "ipf-1", &["ipg-1"]);
    store.insert_ip_filter(org(), kept.clone(), Terms::default(), here()).await.unwrap();
    assert_eq!(store.delete_ip_group(org(), "ipg-1".to_owned(), 2).await, Ok(false), "in a filter");
    kept.updated_us = 3;
    assert_eq!(store.update_ip_filter(org(), kept.clone(), 1, here()).await, Err(RepoError::Stale));
    store.update_ip_filter(org(), kept, 2, here()).await.unwrap();
    assert_eq!(
        store.delete_ip_filter(org(), "ipf-1".to_owned(), 2, here()).await,
        Ok(false),
        "changed since"
    );
    assert_eq!(store.delete_ip_filter(org(), "ipf-1".to_owned(), 3, here()).await, Ok(true));
    assert_eq!(store.delete_ip_group(org(), "ipg-1".to_owned(), 1).await, Ok(false));
    assert_eq!(store.delete_ip_group(org(), "ipg-1".to_owned(), 2).await, Ok(true));
}

async fn changes_at_the_same_time_leave_a_way_in(backend: Backend) {
    let store = backend.open().await;
    let dice = Dice::new(3);
    let environment = dice.environment();
    let cluster = dice.cluster(&environment.id, Phase::Provisioning);
    let organization = Organization { id: org().id().to_owned(), ..dice.organization() };
    let (user, role_binding, api_keys) = (dice.user(), dice.role_binding(), Vec::new());
    let rows = BootstrapRows { organization, environment, cluster, user, role_binding, api_keys };
    store.bootstrap(SystemWide::Installation, rows).await.unwrap();
    let mut away = group(&dice, "ipg-away");
    away.cidr_blocks = vec!["198.51.100.0/24".to_owned()];
    for row in [group(&dice, "ipg-here"), away] {
        store.insert_ip_group(org(), row, Terms::default()).await.unwrap();
    }
    for turn in 0..20 {
        let (one, two) = (format!("ipf-a{turn}"), format!("ipf-b{turn}"));
        let first = filter(&dice, &one, &["ipg-here"]);
        let mut second = filter(&dice, &two, &["ipg-here", "ipg-away"]);
        for row in [first, second.clone()] {
            store.insert_ip_filter(org(), row, Terms::default(), here()).await.unwrap();
        }
        // Each of these leaves the other filter with the address; both together would leave none.
        second.ip_group_ids = vec!["ipg-away".to_owned()];
        second.updated_us = 3;
        let (left, right) = (store.clone(), store.clone());
        let gone = one.clone();
        let removed =
            tokio::spawn(async move { left.delete_ip_filter(org(), gone, 2, here()).await });
        let changed =
            tokio::spawn(async move { right.update_ip_filter(org(), second, 2, here()).await });
        let (removed, changed) = (removed.await.unwrap().map(|_| ()), changed.await.unwrap());
        let refused = Err(RepoError::LockedOut);
        let one_of_them = [(Ok(()), refused.clone()), (refused, Ok(()))];
        assert!(one_of_them.contains(&(removed.clone(), changed)), "turn {turn}: {removed:?}");
        let (filters, groups) = store.ip_rules(org()).await.unwrap();
        assert!(here().holds(&filters, &groups), "turn {turn}");
        // The one without the address goes first, so that nobody is locked out on the way.
        for id in [two, one] {
            let row = store.ip_filter(org(), id.clone()).await.unwrap();
            let Some(row) = row else { continue };
            store.delete_ip_filter(org(), id, row.updated_us, here()).await.unwrap();
        }
    }
}
