//! Random records, every field filled.

use api_app::OrgScope;
use api_app::model::{
    ApiKey, AuthType, Availability, BootstrapRows, Cluster, ClusterConfig, ClusterKind,
    DesiredTopic, Environment, Invitation, KeyScope, Organization, Package, Phase, Role,
    RoleBinding, SecondFactor, ServiceAccount, Session, User,
};
use common_seams::{Rng, SeededRng};

/// Whose the records are.
pub(crate) const ORG: &str = "o";

/// Reaches them.
pub(crate) fn org() -> OrgScope {
    OrgScope::of(ORG)
}

pub(crate) struct Dice(SeededRng);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(SeededRng::new(seed))
    }

    pub(crate) fn below(&self, bound: u64) -> u64 {
        self.0.below(bound)
    }

    pub(crate) fn chance(&self, one_in: u64) -> bool {
        self.below(one_in) == 0
    }

    pub(crate) fn pick<T: Copy>(&self, all: &[T]) -> T {
        all[self.below(all.len() as u64) as usize]
    }

    /// Text with quotes, line ends, other alphabets and more than one plane, but no NUL.
    fn text(&self) -> String {
        const CHARS: [char; 16] = [
            'a',
            'Z',
            '0',
            ' ',
            '\'',
            '"',
            '\\',
            '%',
            '_',
            '\n',
            '\t',
            'é',
            'ß',
            '漢',
            '\u{1F600}',
            '$',
        ];
        (0..self.below(40)).map(|_| self.pick(&CHARS)).collect()
    }

    /// Text that no other call gives.
    pub(crate) fn unique(&self) -> String {
        format!("{}{:016x}", self.text(), self.0.next_u64())
    }

    fn id(&self, prefix: &str) -> String {
        format!("{prefix}{:08x}", self.0.next_u64() as u32)
    }

    fn long(&self) -> i64 {
        self.0.next_u64() as i64
    }

    fn int(&self) -> i32 {
        self.0.next_u64() as i32
    }

    fn maybe<T>(&self, value: T) -> Option<T> {
        if self.chance(2) { Some(value) } else { None }
    }

    pub(crate) fn session(&self, person_id: &str) -> Session {
        let mut verifier = [0; 32];
        self.0.fill(&mut verifier);
        Session {
            id: self.id("session-"),
            organization_id: ORG.to_owned(),
            person_id: person_id.to_owned(),
            verifier,
            pepper_version: self.below(1 << 32) as u32,
            created_us: self.long(),
            expires_us: self.long(),
            used_us: self.long() / 2,
            claims: self.text(),
        }
    }

    pub(crate) fn invitation(&self, person: &User) -> Invitation {
        let mut verifier = [0; 32];
        self.0.fill(&mut verifier);
        Invitation {
            id: self.id("i-"),
            organization_id: ORG.to_owned(),
            email: person.email.clone(),
            auth_type: self.pick(AuthType::ALL),
            person_id: person.id.clone(),
            creator_id: self.text(),
            verifier,
            pepper_version: self.below(1 << 32) as u32,
            expires_us: self.long(),
            accepted_us: None,
            created_us: self.long(),
            updated_us: self.long() / 2,
        }
    }

    pub(crate) fn second_factor(&self, person_id: &str) -> SecondFactor {
        let digest = |_| {
            let mut digest = [0; 32];
            self.0.fill(&mut digest);
            digest
        };
        SecondFactor {
            person_id: person_id.to_owned(),
            organization_id: ORG.to_owned(),
            secret: digest(0).to_vec(),
            recovery: (0..self.below(4)).map(digest).collect(),
            pepper_version: self.below(1 << 32) as u32,
            last_step: self.long(),
            created_us: self.long(),
            confirmed_us: None,
        }
    }

    pub(crate) fn organization(&self) -> Organization {
        Organization {
            id: self.id("org-"),
            display_name: self.text(),
            jit_enabled: self.chance(2),
            created_us: self.long(),
            updated_us: self.long(),
        }
    }

    pub(crate) fn environment(&self) -> Environment {
        Environment {
            id: self.id("env-"),
            organization_id: ORG.to_owned(),
            display_name: self.unique(),
            governance: self.maybe(self.pick(Package::ALL)),
            generation: self.long() / 2,
            deletion_requested_us: None,
            deleted_us: None,
            created_us: self.long(),
            updated_us: self.long(),
        }
    }

    pub(crate) fn cluster(&self, environment_id: &str, phase: Phase) -> Cluster {
        Cluster {
            id: self.id("lkc-"),
            organization_id: ORG.to_owned(),
            environment_id: environment_id.to_owned(),
            display_name: self.text(),
            availability: self.pick(Availability::ALL),
            cloud: self.text(),
            region: self.text(),
            config: ClusterConfig {
                kind: self.pick(ClusterKind::ALL),
                max_ecku: self.maybe(self.int()),
                cku: self.maybe(self.int()),
                encryption_key: self.maybe(self.text()),
                zones: self.maybe((0..self.below(4)).map(|_| self.text()).collect()),
                release_priority: self.maybe(self.text()),
            },
            network_id: self.maybe(self.text()),
            byok_id: self.maybe(self.text()),
            deletion_protection: self.chance(2),
            placement: self.text(),
            phase,
            message: self.maybe(self.text()),
            generation: self.long() / 2,
            observed_generation: self.long(),
            deletion_requested_us: None,
            deleted_us: None,
            created_us: self.long(),
            updated_us: self.long(),
        }
    }

    pub(crate) fn topic(&self, cluster_id: &str) -> DesiredTopic {
        DesiredTopic {
            cluster_id: cluster_id.to_owned(),
            name: self.unique(),
            partitions: self.maybe(self.int()),
            replication_factor: self.maybe(self.int()),
            configs: (0..self.below(4)).map(|_| (self.text(), self.maybe(self.text()))).collect(),
            failure: self.maybe(self.text()),
            created_us: self.long(),
        }
    }

    pub(crate) fn service_account(&self) -> ServiceAccount {
        ServiceAccount {
            id: self.id("sa-"),
            organization_id: ORG.to_owned(),
            display_name: self.unique(),
            description: self.text(),
            created_us: self.long(),
            updated_us: self.long(),
        }
    }

    pub(crate) fn user(&self) -> User {
        User {
            id: self.id("u-"),
            organization_id: ORG.to_owned(),
            email: self.unique(),
            full_name: self.text(),
            auth_type: self.pick(AuthType::ALL),
            password_hash: self.maybe(self.text()),
            created_us: self.long(),
            updated_us: self.long(),
        }
    }

    pub(crate) fn role_binding(&self) -> RoleBinding {
        RoleBinding {
            id: self.id("rb-"),
            organization_id: ORG.to_owned(),
            principal: self.unique(),
            role: self.pick(Role::ALL),
            crn_pattern: self.text(),
            created_us: self.long(),
            updated_us: self.long(),
        }
    }

    pub(crate) fn api_key(&self, owner_id: &str, scope: KeyScope) -> ApiKey {
        let mut verifier = [0; 32];
        self.0.fill(&mut verifier);
        ApiKey {
            id: self.id("KEY"),
            organization_id: ORG.to_owned(),
            owner_id: owner_id.to_owned(),
            scope,
            display_name: self.text(),
            description: self.text(),
            verifier,
            pepper_version: self.0.next_u64() as u32,
            expires_us: Some(self.long()),
            created_us: self.long(),
            updated_us: self.long(),
        }
    }

    /// What a first start writes.
    pub(crate) fn first_rows(&self) -> BootstrapRows {
        let environment = self.environment();
        BootstrapRows {
            organization: self.organization(),
            role_binding: self.role_binding(),
            api_keys: Vec::new(),
            cluster: self.cluster(&environment.id, Phase::Provisioning),
            user: self.user(),
            environment,
        }
    }
}
