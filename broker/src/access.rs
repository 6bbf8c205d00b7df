//! The book of who may do what: a snapshot in a form in which a change of one tenant costs what that tenant
//! has, not what all have.
//!
//! *Invariants*: a book never changes, the next one shares with it what stayed the same; its revision grows;
//! a change is taken on top of the revision before it alone, so that none is ever left out.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use common_types::TenantId;
use common_types::access::{AccessChange, AccessSnapshot, KeyEntry, Pepper};
use common_types::acl::{Acl, AclRules};
use common_types::identity::Workloads;
use common_types::quota::Quotas;
use rpds::HashTrieMapSync;

/// What brokers decide by.
#[derive(Debug, Clone, Default)]
pub(crate) struct AccessBook {
    /// Grows with every change of content.
    pub(crate) revision: u64,
    /// Keys of the verifiers, by version.
    pub(crate) peppers: BTreeMap<u32, Pepper>,
    /// Whose tokens are taken. Changes leave it as it is.
    pub(crate) workloads: Arc<Workloads>,
    keys: HashTrieMapSync<String, KeyEntry>,
    tenants: HashTrieMapSync<TenantId, Arc<TenantAccess>>,
}

/// Everything that one tenant has.
#[derive(Debug, Default)]
pub(crate) struct TenantAccess {
    /// Whether the tenant exists.
    is_there: bool,
    /// Its keys.
    keys: Vec<String>,
    /// Its access control lists.
    pub(crate) acls: Vec<Acl>,
    /// What roles allow.
    granted: Vec<Acl>,
    /// How fast its principals may send and read.
    pub(crate) quotas: Quotas,
    /// Decides by both lists; nothing where there are none.
    pub(crate) rules: Option<AclRules>,
}

impl AccessBook {
    /// The book that says what `snapshot` says; what did not change since `self` is shared with it.
    pub(crate) fn replaced(&self, snapshot: AccessSnapshot) -> Self {
        let (revision, peppers) = (snapshot.revision, snapshot.peppers.clone());
        let workloads = Arc::new(snapshot.workloads.clone());
        let mut next = Self { revision, peppers, workloads, ..Self::default() };
        next.put(snapshot, None, self);
        next
    }

    /// The book after `change`. `None` where this one is not the one before it.
    pub(crate) fn changed(&self, change: AccessChange) -> Option<Self> {
        let AccessChange { about, state } = change;
        if self.revision.checked_add(1) != Some(state.revision) {
            return None;
        }
        let mut next = Self { revision: state.revision, ..self.clone() };
        next.peppers.clone_from(&state.peppers);
        for tenant in &about {
            if let Some(had) = self.tenants.get(tenant) {
                had.keys.iter().for_each(|key| _ = next.keys.remove_mut(key));
                next.tenants.remove_mut(tenant);
            }
        }
        next.put(state, Some(&about), self);
        Some(next)
    }

    /// Adds what `state` says, of all tenants or of `only` these.
    fn put(&mut self, state: AccessSnapshot, only: Option<&BTreeSet<TenantId>>, before: &Self) {
        let meant = |tenant: &TenantId| only.is_none_or(|only| only.contains(tenant));
        let mut all: BTreeMap<TenantId, TenantAccess> = BTreeMap::new();
        for tenant in state.tenants.into_iter().filter(meant) {
            all.entry(tenant).or_default().is_there = true;
        }
        for (id, entry) in state.keys.into_iter().filter(|(_, entry)| meant(&entry.tenant)) {
            all.entry(entry.tenant).or_default().keys.push(id.clone());
            self.keys.insert_mut(id, entry);
        }
        for (tenant, acls) in state.acls.into_iter().filter(|(tenant, _)| meant(tenant)) {
            all.entry(tenant).or_default().acls = acls;
        }
        for (tenant, acls) in state.granted.into_iter().filter(|(tenant, _)| meant(tenant)) {
            all.entry(tenant).or_default().granted = acls;
        }
        for (tenant, quotas) in state.quotas.into_iter().filter(|(tenant, _)| meant(tenant)) {
            all.entry(tenant).or_default().quotas = quotas;
        }
        for (tenant, has) in all {
            let had = before.tenants.get(&tenant).filter(|had| had.says(&has));
            let kept = had.cloned().unwrap_or_else(|| Arc::new(has.with_rules()));
            self.tenants.insert_mut(tenant, kept);
        }
    }

    /// The whole of it, for whoever has nothing.
    pub(crate) fn whole(&self) -> AccessSnapshot {
        let mut whole = AccessSnapshot {
            revision: self.revision,
            peppers: self.peppers.clone(),
            workloads: Workloads::clone(&self.workloads),
            keys: self.keys.iter().map(|(id, entry)| (id.clone(), entry.clone())).collect(),
            ..AccessSnapshot::default()
        };
        for (tenant, has) in &self.tenants {
            if has.is_there {
                whole.tenants.insert(*tenant);
            }
            if !has.acls.is_empty() {
                whole.acls.insert(*tenant, has.acls.clone());
            }
            if !has.granted.is_empty() {
                whole.granted.insert(*tenant, has.granted.clone());
            }
            if has.quotas != Quotas::default() {
                whole.quotas.insert(*tenant, has.quotas.clone());
            }
        }
        whole
    }

    /// How many keys there are.
    pub(crate) fn keys(&self) -> usize {
        self.keys.size()
    }

    /// One key.
    pub(crate) fn key(&self, id: &str) -> Option<&KeyEntry> {
        self.keys.get(id)
    }

    /// What a tenant has.
    pub(crate) fn tenant(&self, id: TenantId) -> Option<&TenantAccess> {
        self.tenants.get(&id).map(Arc::as_ref)
    }

    /// Whether somebody has a key of a tenant.
    pub(crate) fn has_key_of(&self, tenant: TenantId, principal: &str) -> bool {
        let keys = self.tenant(tenant).into_iter().flat_map(|it| &it.keys);
        keys.filter_map(|id| self.keys.get(id)).any(|key| key.principal == principal)
    }
}

impl TenantAccess {
    fn says(&self, other: &Self) -> bool {
        self.is_there == other.is_there
            && self.keys == other.keys
            && self.acls == other.acls
            && self.granted == other.granted
            && self.quotas == other.quotas
    }

    fn with_rules(mut self) -> Self {
        let lists = || self.acls.iter().chain(&self.granted);
        self.rules = lists().next().is_some().then(|| AclRules::new(lists()));
        self
    }
}

#[cfg(test)]
mod tests {
    use common_types::acl::{Operation, Pattern, Permission, ResourceType};
    use common_types::identity::TokenPool;
    use common_types::quota::Throughput;
    use proptest::prelude::*;

    use super::*;

    fn tenant(n: u8) -> TenantId {
        format!("lkc-00000{n}").parse().unwrap()
    }

    fn key(n: u8) -> KeyEntry {
        KeyEntry {
            verifier: [n; 32],
            pepper_version: 1,
            principal: format!("sa-{n}"),
            tenant: tenant(n % 5),
            cluster_admin: n.is_multiple_of(2),
        }
    }

    fn acl(n: u8) -> Acl {
        Acl {
            principal: format!("User:sa-{n}"),
            host: "*".to_owned(),
            operation: Operation::Read,
            permission: Permission::Allow,
            resource_type: ResourceType::Topic,
            resource_name: format!("t{n}"),
            pattern: Pattern::Literal,
        }
    }

    /// What some bytes make of five tenants: each is there, or has something, or not.
    fn snapshot(revision: u64, bytes: &[u8]) -> AccessSnapshot {
        let mut made = AccessSnapshot { revision, ..AccessSnapshot::default() };
        made.peppers.insert(1, Pepper([9; 32]));
        let pool = TokenPool { filter: format!("revision {revision}"), ..TokenPool::default() };
        made.workloads.pools.insert("pool-1".to_owned(), pool);
        for byte in bytes {
            let whose = tenant(byte % 5);
            match byte / 64 {
                0 => _ = made.tenants.insert(whose),
                1 => _ = made.keys.insert(format!("K{byte}"), key(*byte)),
                2 => made.acls.entry(whose).or_default().push(acl(*byte)),
                _ => {
                    let limits = Throughput { ingress: Some(1 + u64::from(*byte)), egress: None };
                    made.quotas.entry(whose).or_default().set("sa-1", limits);
                }
            }
        }
        made
    }

    /// The part of a snapshot that is about some tenants.
    fn part(whole: &AccessSnapshot, about: &BTreeSet<TenantId>) -> AccessSnapshot {
        let mut part = whole.clone();
        part.tenants.retain(|it| about.contains(it));
        part.keys.retain(|_, entry| about.contains(&entry.tenant));
        part.acls.retain(|it, _| about.contains(it));
        part.quotas.retain(|it, _| about.contains(it));
        part
    }

    proptest! {
        #[test]
        fn change_makes_the_book_that_the_whole_makes(
            before: Vec<u8>, after: Vec<u8>, about in proptest::collection::btree_set(0..5_u8, 0..5),
        ) {
            let about: BTreeSet<TenantId> = about.into_iter().map(tenant).collect();
            let (old, new) = (snapshot(7, &before), snapshot(8, &after));
            let book = AccessBook::default().replaced(old.clone());
            prop_assert_eq!(&book.whole(), &old);
            // Of what else the change brings along, nothing is believed.
            let change = AccessChange { about: about.clone(), state: new.clone() };
            let changed = book.changed(change).unwrap();
            let others: BTreeSet<TenantId> =
                (0..5).map(tenant).filter(|it| !about.contains(it)).collect();
            let mut wanted = part(&old, &others);
            let news = part(&new, &about);
            wanted.revision = 8;
            wanted.tenants.extend(news.tenants);
            wanted.keys.extend(news.keys);
            wanted.acls.extend(news.acls);
            wanted.quotas.extend(news.quotas);
            prop_assert_eq!(&changed.whole(), &wanted);
            prop_assert_eq!(&AccessBook::default().replaced(wanted.clone()).whole(), &wanted);
            prop_assert_eq!(book.whole(), old, "a book never changes");
        }
    }

    #[test]
    fn change_is_taken_behind_its_predecessor_only() {
        let book = AccessBook::default().replaced(snapshot(7, &[]));
        for (revision, taken) in [(6, false), (7, false), (8, true), (9, false), (u64::MAX, false)]
        {
            let change = AccessChange { state: snapshot(revision, &[]), ..AccessChange::default() };
            assert_eq!(book.changed(change).is_some(), taken, "{revision}");
        }
    }

    #[test]
    fn what_did_not_change_is_shared() {
        let bytes = [1, 2, 65, 66, 129, 130];
        let book = AccessBook::default().replaced(snapshot(7, &bytes));
        let next = book.replaced(snapshot(8, &bytes));
        let change = AccessChange { about: [tenant(1)].into(), state: snapshot(9, &[1]) };
        let third = next.changed(change).unwrap();
        let shared = |a: &AccessBook, b: &AccessBook, n: u8| {
            std::ptr::eq(a.tenant(tenant(n)).unwrap(), b.tenant(tenant(n)).unwrap())
        };
        assert!(shared(&book, &next, 1) && shared(&book, &next, 2));
        assert!(shared(&next, &third, 2) && !shared(&next, &third, 1));
    }
}
