//! Groups of addresses and filters.

use api_app::model::{IpFilter, IpGroup, OperationGroup};
use api_app::{Repo, RepoError, Slice, Terms};

use crate::backend::{Backend, on_both};
use crate::dice::Dice;

on_both!(
    filters_and_groups_read_back_after_reopening,
    group_of_a_filter_stays_and_names_are_given_once,
);

fn group(dice: &Dice, id: &str) -> IpGroup {
    IpGroup {
        id: id.to_owned(),
        organization_id: "o".to_owned(),
        group_name: dice.unique(),
        cidr_blocks: vec!["192.0.2.0/24".to_owned(), dice.unique()],
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

async fn filters_and_groups_read_back_after_reopening(backend: Backend) {
    let store = backend.open().await;
    let dice = Dice::new(1);
    let groups = vec![group(&dice, "ipg-1"), group(&dice, "ipg-2")];
    for group in &groups {
        store.insert_ip_group(group.clone(), Terms::default()).await.unwrap();
    }
    let none = store.ip_rules("o".to_owned(), false).await.unwrap();
    assert_eq!(none, (vec![], vec![]), "no filter, no groups");
    let filters = vec![filter(&dice, "ipf-1", &["ipg-2", "ipg-1"])];
    store.insert_ip_filter(filters[0].clone(), Terms::default()).await.unwrap();
    store.close().await.unwrap();
    let store = backend.open().await;
    let all = (filters.clone(), groups.clone());
    assert_eq!(store.ip_rules("o".to_owned(), false).await.unwrap(), all);
    assert_eq!(store.ip_rules("p".to_owned(), true).await.unwrap(), (vec![], vec![]));
    let slice = || Slice { after: None, limit: 9 };
    assert_eq!(store.ip_groups(slice()).await.unwrap(), groups);
    assert_eq!(store.ip_filters(slice()).await.unwrap(), filters);
    assert_eq!(store.ip_group("ipg-2".to_owned()).await.unwrap().as_ref(), groups.get(1));
    assert_eq!(store.ip_filter("ipf-1".to_owned()).await.unwrap().as_ref(), filters.first());
}

async fn group_of_a_filter_stays_and_names_are_given_once(backend: Backend) {
    let store = backend.open().await;
    let dice = Dice::new(2);
    let (one, mut two) = (group(&dice, "ipg-1"), group(&dice, "ipg-2"));
    store.insert_ip_group(one.clone(), Terms::default()).await.unwrap();
    two.group_name.clone_from(&one.group_name);
    let taken = Err(RepoError::Taken { existing_id: "ipg-1".to_owned() });
    assert_eq!(store.insert_ip_group(two, Terms::default()).await, taken);
    let orphan = filter(&dice, "ipf-0", &["ipg-none"]);
    let refused = store.insert_ip_filter(orphan, Terms::default()).await;
    assert_eq!(refused, Err(RepoError::ParentGone("ipg-none".to_owned())));
    let mut kept = filter(&dice, "ipf-1", &["ipg-1"]);
    store.insert_ip_filter(kept.clone(), Terms::default()).await.unwrap();
    assert_eq!(store.delete_ip_group("ipg-1".to_owned(), 2).await, Ok(false), "in a filter");
    kept.updated_us = 3;
    assert_eq!(store.update_ip_filter(kept.clone(), 1).await, Err(RepoError::Stale));
    store.update_ip_filter(kept, 2).await.unwrap();
    assert_eq!(store.delete_ip_filter("ipf-1".to_owned(), 2).await, Ok(false), "changed since");
    assert_eq!(store.delete_ip_filter("ipf-1".to_owned(), 3).await, Ok(true));
    assert_eq!(store.delete_ip_group("ipg-1".to_owned(), 1).await, Ok(false));
    assert_eq!(store.delete_ip_group("ipg-1".to_owned(), 2).await, Ok(true));
}
