use super::*;

const KAFKA: &str = "crn://confluent.cloud/organization=o/environment=e/cloud-cluster=c/kafka=c";

fn part(tail: &str) -> Option<Scope> {
    Scope::parse(&format!("{KAFKA}{tail}"), "o")
}

#[test]
fn scopes_read_back() {
    for tail in [
        "",
        "/environment=e",
        "/environment=e/cloud-cluster=c",
        "/environment=e/cloud-cluster=c/kafka=c",
        "/environment=e/cloud-cluster=c/kafka=c/topic=orders",
        "/environment=e/cloud-cluster=c/kafka=c/topic=orders*",
        "/environment=e/cloud-cluster=c/kafka=c/topic=*",
        "/environment=e/cloud-cluster=c/kafka=c/group=a/b",
        "/environment=e/cloud-cluster=c/kafka=c/transactional-id=x*",
    ] {
        let text = format!("crn://confluent.cloud/organization=o{tail}");
        let scope = Scope::parse(&text, "o").unwrap();
        assert_eq!(scope.crn("o"), text);
        assert_eq!(Scope::parse(&text, "p"), None, "of another organisation");
    }
    assert_eq!(part("/cluster=kafka-cluster"), part(""), "two names of one thing");
}

#[test]
fn other_text_is_no_scope() {
    let org = "crn://confluent.cloud/organization=o";
    for bad in ["", "organization=o", "crn://confluent.cloud/organization=ox"] {
        assert_eq!(Scope::parse(bad, "o"), None, "{bad}");
    }
    for tail in [
        "x",
        "/environments=e",
        "/environment=e/kafka=k",
        "/environment=e/cloud-cluster=c/topic=t",
        "/environment=e/cloud-cluster=c/kafka=d",
        "/environment=e/cloud-cluster=c/kafka=d/topic=t",
        "/environment=e/cloud-cluster=c/kafka=c/subject=s",
        "/environment=e/cloud-cluster=c/kafka=c/cluster=other",
        "/environment=e/cloud-cluster=c/kafka=c/topic=",
        "/environment=e/cloud-cluster=c/kafka=c/topic=a*b",
        "/environment=e/cloud-cluster=c/kafka=c/topic=**",
        "/environment=e/schema-registry=lsrc-1",
    ] {
        assert_eq!(Scope::parse(&format!("{org}{tail}"), "o"), None, "{tail}");
    }
}

#[test]
fn scope_covers_what_is_below_it() {
    let covers = |a: &str, b: &str| part(a).unwrap().spot().covers(part(b).unwrap().spot());
    for (a, b, expected) in [
        ("/topic=orders", "/topic=orders", true),
        ("/topic=orders", "/topic=orders2", false),
        ("/topic=orders", "/topic=orders*", false),
        ("/topic=orders", "/group=orders", false),
        ("/topic=ord*", "/topic=orders", true),
        ("/topic=ord*", "/topic=orders*", true),
        ("/topic=ord*", "/topic=or*", false),
        ("/topic=ord*", "/topic=*", false),
        ("/topic=*", "/topic=ord*", true),
        ("/topic=*", "/topic=*", true),
        ("/topic=*", "/group=*", false),
        ("", "/topic=orders", false),
        ("", "", true),
    ] {
        assert_eq!(covers(a, b), expected, "{a:?} {b:?}");
    }
    let topic = part("/topic=t").unwrap();
    for (above, expected) in [
        (Scope::Organization, true),
        (Scope::Environment("e".into()), true),
        (Scope::Environment("f".into()), false),
        (Scope::Cluster { environment_id: "e".into(), cluster_id: "c".into() }, true),
        (Scope::Cluster { environment_id: "e".into(), cluster_id: "d".into() }, false),
    ] {
        assert_eq!(above.spot().covers(topic.spot()), expected, "{above:?}");
        assert!(!topic.spot().covers(above.spot()), "{above:?}");
    }
}
