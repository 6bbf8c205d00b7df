//! Two organisations in one store, with everything in both: whatever is asked with the scope of one about
//! the other is answered as if the other had nothing.

use api_app::model::{
    ApiKey, ClientQuota, Cluster, DesiredTopic, Environment, Invitation, IpFilter, IpGroup,
    KeyScope, OperationGroup, Phase, RoleBinding, SecondFactor, ServiceAccount, Session, User,
};
use api_app::model::{BootstrapRows, Organization, Package};
use api_app::{
    BindingFilter, Deletion, InvitationFilter, IpGuard, KeyFilter, OrgScope, Receipt, ReceiptId,
    Repo, RepoError, Slice, SystemWide, Terms,
};
use api_db::Store;
use common_types::acl::{Acl, AclFilter, Operation, Pattern, Permission, ResourceType};
use common_types::crn;
use common_types::quota::{RateChange, Throughput, ThroughputChange};

use crate::backend::{Backend, on_both};
use crate::dice::{Dice, ORG};

on_both!(
    nothing_of_another_organization_is_read,
    nothing_of_another_organization_is_changed,
    nothing_is_added_below_another_organization,
    no_second_factor_of_another_organization_is_reached,
    what_another_organization_has_is_not_taken,
);

const OTHER: &str = "p";

/// Everything that an organisation can have.
#[derive(Debug, Clone, PartialEq)]
struct World {
    organization: Option<Organization>,
    environment: Environment,
    cluster: Cluster,
    account: ServiceAccount,
    user: Option<User>,
    session: Option<Session>,
    invitation: Invitation,
    invited: User,
    binding: RoleBinding,
    key: ApiKey,
    group: IpGroup,
    filter: IpFilter,
    quota: ClientQuota,
    acl: Acl,
    topic: DesiredTopic,
    receipt: Receipt,
}

fn slice() -> Slice {
    Slice { after: None, limit: 100 }
}

fn acl(principal: String) -> Acl {
    Acl {
        resource_type: ResourceType::Topic,
        resource_name: "t".to_owned(),
        pattern: Pattern::Literal,
        principal,
        host: "*".to_owned(),
        operation: Operation::Read,
        permission: Permission::Allow,
    }
}

fn filter(organization_id: &str, group: &IpGroup) -> IpFilter {
    IpFilter {
        id: format!("ipf-{organization_id}"),
        organization_id: organization_id.to_owned(),
        filter_name: "same".to_owned(),
        resource_group: "management".to_owned(),
        resource_scope: crn::organization(organization_id),
        operation_groups: vec![OperationGroup::Management],
        ip_group_ids: vec![group.id.clone()],
        created_us: 1,
        updated_us: 2,
    }
}

fn quota(cluster: &Cluster) -> ClientQuota {
    ClientQuota {
        id: format!("cq-{}", cluster.organization_id),
        organization_id: cluster.organization_id.clone(),
        environment_id: cluster.environment_id.clone(),
        cluster_id: cluster.id.clone(),
        display_name: "same".to_owned(),
        description: String::new(),
        principals: vec!["<default>".to_owned()],
        throughput: Throughput { ingress: Some(5), egress: Some(6) },
        created_us: 1,
        updated_us: 2,
    }
}

impl World {
    /// Draws it. Names are the same for everybody: they are taken in one organisation alone.
    fn new(dice: &Dice, organization_id: &str) -> Self {
        let own = || organization_id.to_owned();
        let environment = Environment {
            organization_id: own(),
            display_name: "same".to_owned(),
            governance: Some(Package::Essentials),
            ..dice.environment()
        };
        let cluster = Cluster {
            organization_id: own(),
            ..dice.cluster(&environment.id, Phase::Provisioning)
        };
        let account = ServiceAccount {
            organization_id: own(),
            display_name: "same".to_owned(),
            ..dice.service_account()
        };
        let scope = KeyScope::Cluster {
            cluster_id: cluster.id.clone(),
            environment_id: environment.id.clone(),
        };
        let group = IpGroup {
            id: format!("ipg-{organization_id}"),
            organization_id: own(),
            group_name: "same".to_owned(),
            cidr_blocks: vec!["0.0.0.0/0".to_owned()],
            created_us: 1,
            updated_us: 2,
        };
        let invited = User { organization_id: own(), ..dice.user() };
        let id =
            ReceiptId { organization_id: own(), principal_id: "sa-1".to_owned(), key: [1; 32] };
        Self {
            organization: None,
            user: None,
            session: None,
            invitation: Invitation { organization_id: own(), ..dice.invitation(&invited) },
            invited,
            binding: RoleBinding {
                organization_id: own(),
                principal: format!("User:{}", account.id),
                crn_pattern: crn::cloud_cluster(organization_id, &environment.id, &cluster.id),
                ..dice.role_binding()
            },
            key: ApiKey { organization_id: own(), ..dice.api_key(&account.id, scope) },
            filter: filter(organization_id, &group),
            quota: quota(&cluster),
            acl: acl(format!("User:{}", account.id)),
            topic: DesiredTopic { failure: None, ..dice.topic(&cluster.id) },
            receipt: Receipt {
                id,
                request: [7; 32],
                status: 201,
                answer: own().into_bytes(),
                pepper_version: 1,
                created_us: 1,
            },
            environment,
            cluster,
            account,
            group,
        }
    }

    fn org(&self) -> OrgScope {
        OrgScope::of(&self.environment.organization_id)
    }

    async fn store(&self, store: &Store) {
        let (org, plain) = (self.org(), Terms::default);
        let under = Terms { receipt: Some(self.receipt.clone()), rehearsal: false };
        store.insert_environment(org.clone(), self.environment.clone(), under).await.unwrap();
        let registry = format!("lsrc-{}", org.id());
        store.insert_cluster(org.clone(), self.cluster.clone(), registry, plain()).await.unwrap();
        store.insert_service_account(org.clone(), self.account.clone(), plain()).await.unwrap();
        store.insert_role_binding(org.clone(), self.binding.clone(), plain()).await.unwrap();
        store.insert_api_key(org.clone(), self.key.clone(), plain()).await.unwrap();
        store.insert_ip_group(org.clone(), self.group.clone(), plain()).await.unwrap();
        let stored = store.insert_ip_filter(org.clone(), self.filter.clone(), plain(), here());
        stored.await.unwrap();
        let made = store.insert_client_quota(org.clone(), self.quota.clone(), plain()).await;
        assert_eq!(made, Ok(true));
        store.insert_desired_topic(org.clone(), self.topic.clone()).await.unwrap();
        let (invitation, invited) = (self.invitation.clone(), self.invited.clone());
        let made = store.insert_invitation(org.clone(), invitation, invited, 100, plain()).await;
        assert_eq!(made, Ok(true));
        let made = store.insert_acls(org, self.cluster.id.clone(), vec![self.acl.clone()], 9, 1);
        assert_eq!(made.await, Ok(true));
    }

    /// What the store says now, by id with the organisation's own scope.
    async fn read(&self, store: &Store) -> Self {
        let org = || self.org();
        let user = match &self.user {
            Some(user) => store.user(org(), user.id.clone()).await.unwrap(),
            None => None,
        };
        let session = match &self.session {
            Some(session) => store.any_session(reach(), session.id.clone()).await.unwrap(),
            None => None,
        };
        let receipt = store.receipt(org(), self.receipt.id.clone()).await.unwrap().unwrap();
        let (filters, groups) = store.ip_rules(org()).await.unwrap();
        assert_eq!((filters.len(), groups.len()), (1, 1));
        let mut acls = store.acls(org(), self.cluster.id.clone()).await.unwrap();
        let mut topics = store.desired_topics(org(), self.cluster.id.clone()).await.unwrap();
        assert_eq!((acls.len(), topics.len()), (1, 1));
        let id = |id: &String| id.clone();
        Self {
            organization: store.organization(org()).await.unwrap(),
            environment: store.environment(org(), id(&self.environment.id)).await.unwrap().unwrap(),
            cluster: store.cluster(org(), id(&self.cluster.id)).await.unwrap().unwrap(),
            account: store.service_account(org(), id(&self.account.id)).await.unwrap().unwrap(),
            user,
            session,
            invitation: store.invitation(org(), id(&self.invitation.id)).await.unwrap().unwrap(),
            invited: store.user(org(), id(&self.invited.id)).await.unwrap().unwrap(),
            binding: store.role_binding(org(), id(&self.binding.id)).await.unwrap().unwrap(),
            key: store.api_key(org(), id(&self.key.id)).await.unwrap().unwrap(),
            group: store.ip_group(org(), id(&self.group.id)).await.unwrap().unwrap(),
            filter: store.ip_filter(org(), id(&self.filter.id)).await.unwrap().unwrap(),
            quota: store.client_quota(org(), id(&self.quota.id)).await.unwrap().unwrap(),
            acl: acls.remove(0),
            topic: topics.remove(0),
            receipt,
        }
    }
}

fn reach() -> SystemWide {
    SystemWide::Authentication
}

fn here() -> IpGuard {
    IpGuard { address: Some("192.0.2.10".parse().unwrap()), rehearsal: false }
}

/// Theirs, which came with the first start and so has an organisation and a person, and ours beside it.
async fn both(backend: &Backend) -> (Store, World, OrgScope) {
    let store = backend.open().await;
    let dice = Dice::new(1);
    let mut theirs = World::new(&dice, OTHER);
    let first = dice.environment();
    let user = User { organization_id: OTHER.to_owned(), ..dice.user() };
    let organization = Organization { id: OTHER.to_owned(), ..dice.organization() };
    let rows = BootstrapRows {
        organization: organization.clone(),
        cluster: dice.cluster(&first.id, Phase::Provisioned),
        environment: first,
        user: user.clone(),
        role_binding: dice.role_binding(),
        api_keys: Vec::new(),
    };
    store.bootstrap(SystemWide::Installation, rows).await.unwrap();
    theirs.organization = Some(organization);
    let session = Session { organization_id: OTHER.to_owned(), ..dice.session(&user.id) };
    store.insert_session(OrgScope::of(OTHER), session.clone()).await.unwrap();
    theirs.session = Some(session);
    theirs.user = Some(user);
    theirs.store(&store).await;
    let ours = World::new(&dice, ORG);
    ours.store(&store).await;
    assert_eq!(theirs.read(&store).await, theirs);
    assert_eq!(ours.read(&store).await, ours);
    let org = ours.org();
    (store, theirs, org)
}

async fn nothing_of_another_organization_is_read(backend: Backend) {
    let (store, theirs, ours) = both(&backend).await;
    let org = || ours.clone();
    let (environment, cluster) = (theirs.environment.id.clone(), theirs.cluster.id.clone());
    assert_eq!(store.environment(org(), environment.clone()).await, Ok(None));
    assert_eq!(store.cluster(org(), cluster.clone()).await, Ok(None));
    assert_eq!(store.registry(org(), environment.clone()).await, Ok(None));
    assert_eq!(store.service_account(org(), theirs.account.id.clone()).await, Ok(None));
    assert_eq!(store.user(org(), theirs.user.unwrap().id).await, Ok(None));
    assert_eq!(store.role_binding(org(), theirs.binding.id.clone()).await, Ok(None));
    assert_eq!(store.api_key(org(), theirs.key.id.clone()).await, Ok(None));
    assert_eq!(store.invitation(org(), theirs.invitation.id.clone()).await, Ok(None));
    assert_eq!(store.user(org(), theirs.invited.id.clone()).await, Ok(None));
    assert_eq!(store.ip_group(org(), theirs.group.id.clone()).await, Ok(None));
    assert_eq!(store.ip_filter(org(), theirs.filter.id.clone()).await, Ok(None));
    assert_eq!(store.client_quota(org(), theirs.quota.id.clone()).await, Ok(None));
    assert_eq!(store.organization(OrgScope::of("nobody")).await, Ok(None));
    let receipt = store.receipt(org(), theirs.receipt.id.clone()).await.unwrap();
    assert_ne!(receipt, Some(theirs.receipt.clone()), "one of ours under the same key");

    assert_eq!(store.clusters(org(), environment, slice()).await, Ok(vec![]));
    assert_eq!(store.desired_topics(org(), cluster.clone()).await, Ok(vec![]));
    assert_eq!(store.acls(org(), cluster.clone()).await, Ok(vec![]));
    assert_eq!(store.client_quotas(org(), cluster.clone(), slice()).await, Ok(vec![]));
    let principals = vec![theirs.acl.principal.clone()];
    assert_eq!(store.acls_for(org(), cluster, principals.clone()).await, Ok(vec![]));
    let bound = theirs.binding.principal.clone();
    assert_eq!(store.role_bindings_of(org(), bound.clone()).await, Ok(vec![]));
    for crn in [theirs.binding.crn_pattern.clone(), crn::organization(OTHER)] {
        let filter = BindingFilter { crn, inclusive: true, principal: None, role_name: None };
        assert_eq!(store.role_bindings(org(), filter, slice()).await, Ok(vec![]));
    }
    let keys = KeyFilter { owner_id: Some(theirs.account.id.clone()), resource_id: None };
    assert_eq!(store.api_keys(org(), keys, slice()).await, Ok(vec![]));

    let owner = |ids: Vec<String>| assert!(ids.iter().all(|id| id == ORG), "{ids:?}");
    let rows = store.environments(org(), slice()).await.unwrap();
    owner(rows.into_iter().map(|row| row.organization_id).collect());
    for names in [vec![], vec!["same".to_owned()]] {
        let rows = store.service_accounts(org(), names, slice()).await.unwrap();
        owner(rows.into_iter().map(|row| row.organization_id).collect());
    }
    let rows = store.users(org(), slice()).await.unwrap();
    owner(rows.into_iter().map(|row| row.organization_id).collect());
    let (email, every) = (Some(theirs.invitation.email), InvitationFilter::default());
    let to_theirs = InvitationFilter { email, ..every.clone() };
    assert_eq!(store.invitations(org(), to_theirs, slice()).await, Ok(vec![]));
    let rows = store.invitations(org(), every, slice()).await.unwrap();
    owner(rows.into_iter().map(|row| row.organization_id).collect());
    let rows = store.api_keys(org(), KeyFilter::default(), slice()).await.unwrap();
    owner(rows.into_iter().map(|row| row.organization_id).collect());
    let rows = store.ip_groups(org(), slice()).await.unwrap();
    owner(rows.into_iter().map(|row| row.organization_id).collect());
    let rows = store.ip_filters(org(), slice()).await.unwrap();
    owner(rows.into_iter().map(|row| row.organization_id).collect());
    let (filters, groups) = store.ip_rules(org()).await.unwrap();
    owner(filters.into_iter().map(|row| row.organization_id).collect());
    owner(groups.into_iter().map(|row| row.organization_id).collect());
}

async fn nothing_of_another_organization_is_changed(backend: Backend) {
    let (store, theirs, ours) = both(&backend).await;
    let org = || ours.clone();
    let stale = Err(RepoError::Stale);
    let organization = theirs.organization.clone().unwrap();
    let at = organization.updated_us;
    assert_eq!(store.update_organization(org(), organization, at).await, Ok(false));
    let mut row = theirs.environment.clone();
    row.generation += 1;
    row.display_name = "theirs".to_owned();
    assert_eq!(store.update_environment(org(), row, "lsrc-x".to_owned(), false).await, stale);
    let mut row = theirs.cluster.clone();
    row.generation += 1;
    assert_eq!(store.update_cluster(org(), row).await, stale);
    let mut row = theirs.account.clone();
    row.display_name = "theirs".to_owned();
    let at = row.updated_us;
    assert_eq!(store.update_service_account(org(), row, at, false).await, stale);
    let user = theirs.user.clone().unwrap();
    let at = user.updated_us;
    assert_eq!(store.update_user(org(), user, at).await, Ok(false));
    let at = theirs.key.updated_us;
    assert_eq!(store.update_api_key(org(), theirs.key.clone(), at).await, Ok(false));
    let mut row = theirs.group.clone();
    row.group_name = "theirs".to_owned();
    assert_eq!(store.update_ip_group(org(), row, 2, here()).await, stale);
    let mut row = theirs.filter.clone();
    row.filter_name = "theirs".to_owned();
    row.ip_group_ids = vec![format!("ipg-{ORG}")];
    assert_eq!(store.update_ip_filter(org(), row, 2, here()).await, stale);
    let mut row = theirs.quota.clone();
    row.display_name = "theirs".to_owned();
    assert_eq!(store.update_client_quota(org(), row, 2, false).await, stale);

    let id = |id: &String| id.clone();
    assert_eq!(
        store.delete_environment(org(), id(&theirs.environment.id), None, Deletion::at(9)).await,
        Ok(false)
    );
    assert_eq!(
        store.delete_cluster(org(), id(&theirs.cluster.id), None, Deletion::at(9)).await,
        Ok(false)
    );
    let cluster = id(&theirs.cluster.id);
    let topic = store.delete_desired_topic(org(), cluster.clone(), id(&theirs.topic.name)).await;
    assert_eq!(topic, Ok(false));
    let all = vec![AclFilter::default()];
    assert_eq!(store.delete_acls(org(), cluster, all).await, Ok(vec![vec![]]));
    assert_eq!(store.delete_service_account(org(), id(&theirs.account.id), None).await, Ok(false));
    assert_eq!(store.delete_client_quota(org(), id(&theirs.quota.id), 2).await, Ok(false));
    assert_eq!(store.delete_role_binding(org(), id(&theirs.binding.id)).await, Ok(false));
    assert_eq!(store.delete_api_key(org(), id(&theirs.key.id), None).await, Ok(false));
    let session = id(&theirs.session.clone().unwrap().id);
    store.touch_session(org(), session.clone(), i64::MAX).await.unwrap();
    assert_eq!(store.delete_session(org(), session).await, Ok(false));
    let (row, invited) = (theirs.invitation.clone(), theirs.invited.clone());
    let ended = Invitation { accepted_us: Some(1), ..row.clone() };
    let person = User { password_hash: Some("ours".to_owned()), ..invited.clone() };
    assert_eq!(store.accept_invitation(org(), ended, person.clone()).await, Ok(false));
    let renewed = store.renew_invitation(org(), row.clone(), row.updated_us).await;
    assert_eq!(renewed, Ok(false));
    assert_eq!(store.delete_invitation(org(), row.id, row.updated_us).await, Ok(false));
    assert_eq!(store.delete_user(org(), invited.id.clone(), None, false).await, Ok(false));
    let before = invited.password_hash.unwrap_or_default();
    assert_eq!(store.update_password(org(), person, before, String::new()).await, Ok(false));
    let gone = store.delete_ip_filter(org(), id(&theirs.filter.id), 2, here()).await;
    assert_eq!(gone, Ok(false));
    assert_eq!(store.delete_ip_group(org(), id(&theirs.group.id), 2).await, Ok(false));
    assert_eq!(theirs.read(&store).await, theirs);
}

async fn no_second_factor_of_another_organization_is_reached(backend: Backend) {
    let (store, theirs, ours) = both(&backend).await;
    let (org, person) = (|| ours.clone(), theirs.invited.id.clone());
    let factor = Dice::new(4).second_factor(&person);
    let gone = Err(RepoError::ParentGone(person.clone()));
    assert_eq!(store.insert_second_factor(org(), factor.clone()).await, gone);
    assert_eq!(store.insert_second_factor(theirs.org(), factor.clone()).await, Ok(true));
    assert_eq!(store.second_factor(org(), person.clone()).await, Ok(None));
    let (other, same) = (SecondFactor { last_step: 1, ..factor.clone() }, factor.clone());
    let changed = store.update_second_factor(org(), other.clone(), same.clone()).await;
    assert_eq!(changed, Ok(false));
    assert_eq!(store.take_second_factor(org(), other, same).await, Ok(false));
    assert_eq!(store.delete_second_factor(org(), person.clone()).await, Ok(false));
    let kept = store.second_factor(theirs.org(), person).await;
    assert_eq!(kept.unwrap().map(|row| row.secret), Some(factor.secret));
}

async fn nothing_is_added_below_another_organization(backend: Backend) {
    let (store, theirs, ours) = both(&backend).await;
    let org = || ours.clone();
    let dice = Dice::new(2);
    let gone = |id: &str| Err(RepoError::ParentGone(id.to_owned()));
    let (environment, cluster) = (theirs.environment.id.as_str(), theirs.cluster.id.as_str());
    let row = dice.cluster(environment, Phase::Provisioning);
    let made = store.insert_cluster(org(), row, "lsrc-x".to_owned(), Terms::default()).await;
    assert_eq!(made, gone(environment));
    let topic = DesiredTopic { failure: None, ..dice.topic(cluster) };
    let made = store.insert_desired_topic(org(), topic).await.map(|_| ());
    assert_eq!(made, gone(cluster));
    let acls = vec![acl("User:*".to_owned())];
    let made = store.insert_acls(org(), cluster.to_owned(), acls, 9, 1).await.map(|_| ());
    assert_eq!(made, gone(cluster));
    let quota = ClientQuota { id: "cq-x".to_owned(), ..theirs.quota.clone() };
    let made = store.insert_client_quota(org(), quota.clone(), Terms::default()).await.map(|_| ());
    assert_eq!(made, gone(cluster));
    let (principal, rate) = ("<default>".to_owned(), RateChange::Set(2));
    let changes = vec![(ThroughputChange { principal, ingress: rate, egress: rate }, quota)];
    let made = store.alter_client_quotas(org(), cluster.to_owned(), changes, false).await;
    assert_eq!(made.map(|_| ()), gone(cluster));
    let key = dice.api_key(&theirs.account.id, KeyScope::Cloud);
    let made = store.insert_api_key(org(), key, Terms::default()).await;
    assert_eq!(made, gone(&theirs.account.id), "a key that speaks for theirs");
    let key = dice.api_key(&theirs.user.clone().unwrap().id, KeyScope::Cloud);
    let made = store.insert_api_key(org(), key.clone(), Terms::default()).await;
    assert_eq!(made, gone(&key.owner_id));
    let session = dice.session(&key.owner_id);
    assert_eq!(store.insert_session(org(), session).await, gone(&key.owner_id));
    let account = dice.service_account();
    store.insert_service_account(org(), account.clone(), Terms::default()).await.unwrap();
    let key = ApiKey { owner_id: account.id, ..theirs.key.clone() };
    let key = ApiKey { id: "FRESH".to_owned(), ..key };
    let made = store.insert_api_key(org(), key, Terms::default()).await;
    assert_eq!(made, gone(cluster), "a key that opens theirs");
    let filter =
        IpFilter { id: "ipf-x".to_owned(), filter_name: "x".to_owned(), ..theirs.filter.clone() };
    let made = store.insert_ip_filter(org(), filter, Terms::default(), here()).await;
    assert_eq!(made, gone(&theirs.group.id));
    assert_eq!(theirs.read(&store).await, theirs);
}

async fn what_another_organization_has_is_not_taken(backend: Backend) {
    // That both could be stored with the same names and under the same key of a request is the proof;
    // a row that says it is another's is stored as the scope's all the same.
    let (store, theirs, ours) = both(&backend).await;
    let org = || ours.clone();
    let stray = Environment { organization_id: OTHER.to_owned(), ..Dice::new(3).environment() };
    store.insert_environment(org(), stray.clone(), Terms::default()).await.unwrap();
    let found = store.environment(org(), stray.id.clone()).await.unwrap().unwrap();
    assert_eq!(found.organization_id, ORG);
    assert_eq!(store.environment(theirs.org(), stray.id).await, Ok(None));
}
