use super::script::Script;

/// Compares a scenario with what its commands really print.
fn check(text: &str) {
    let actual = Script::run(text);
    assert!(actual == text, "the scenario prints something else:\n{actual}");
}

macro_rules! scenarios {
    ($($name:ident),* $(,)?) => {
        $(#[test]
        fn $name() {
            check(include_str!(concat!("scenarios/", stringify!($name), ".txt")));
        })*
    };
}

scenarios!(
    members_share_a_topic,
    first_join_waits_for_more_members,
    joins_are_refused_with_a_reason,
    silent_members_are_dropped,
    late_members_of_a_rebalance_are_dropped,
    static_member_keeps_its_work,
    members_leave,
    work_is_told_only_when_durable,
    offsets_are_committed_and_fetched,
    commits_of_outsiders_are_refused,
    offsets_expire,
    groups_are_deleted,
    restart_does_not_rebalance,
    tenants_do_not_meet,
    topics_and_tenants_are_forgotten,
    coordinator_resigns,
    no_rebalance_timeout,
);
