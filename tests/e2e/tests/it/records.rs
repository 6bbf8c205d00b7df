//! Records in and out.

use std::collections::BTreeMap;

use e2e::{Home, Ran, Running};

fn lines(count: usize) -> String {
    (0..count).map(|n| format!("k{}:v{n}\n", n % 17)).collect()
}

/// The values of each key, in the order in which they came.
fn by_key(text: &str) -> BTreeMap<&str, Vec<&str>> {
    let mut keys: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (key, value) in text.lines().filter_map(|line| line.split_once(':')) {
        keys.entry(key).or_default().push(value);
    }
    keys
}

#[test]
fn the_next_command_of_the_table_works() {
    let home = Home::new();
    let _weir = Running::up(&home, &[]);
    let wrote =
        home.run_with_input(&["topic", "produce", "orders", "--create"], "{\"id\":1}\n").ok();
    assert!(wrote.stderr.contains("Wrote 1 record to topic \"orders\""), "{wrote:#?}");
    let read = home.run(&["topic", "consume", "orders", "-n", "1", "--timeout", "30s"]).ok();
    assert_eq!(read.stdout, "{\"id\":1}\n");
}

#[test]
fn records_come_out_as_they_went_in_and_in_order_by_key() {
    let home = Home::new();
    let weir = Running::up(&home, &[]);
    let input = lines(20_000);
    let produce =
        ["topic", "produce", "t", "--create", "--partitions", "4", "--key-separator", ":"];
    drop(home.run_with_input(&produce, &input).ok());
    let consume = ["topic", "consume", "t", "-n", "20000", "-f", "%k:%v\\n", "--timeout", "30s"];
    let read = home.run(&consume).ok();
    assert_eq!(by_key(&read.stdout), by_key(&input));

    // The same after the power failed.
    weir.kill();
    let _weir = Running::up(&home, &[]);
    let again = home.run(&consume).ok();
    assert_eq!(by_key(&again.stdout), by_key(&input));
}

#[test]
fn tls_serves_the_same_records() {
    let home = Home::new();
    let _weir = Running::up(&home, &[]);
    drop(home.run_with_input(&["topic", "produce", "t", "--create"], "one\ntwo\n").ok());
    let mut command = home.command(&["topic", "consume", "t", "-n", "2", "--timeout", "30s"]);
    let tls = home.admin()["kafka_tls_bootstrap"].as_str().unwrap().to_owned();
    command.env("WEIR_KAFKA_BOOTSTRAP", format!("SASL_SSL://{tls}"));
    assert_eq!(Ran::of(command).ok().stdout, "one\ntwo\n");
}

#[test]
fn a_group_goes_on_where_it_left_off() {
    let home = Home::new();
    let _weir = Running::up(&home, &[]);
    let produce = ["topic", "produce", "t", "--create", "--partitions", "1"];
    drop(home.run_with_input(&produce, "a\nb\nc\n").ok());
    let consume = ["topic", "consume", "t", "--group", "g", "--timeout", "30s", "-n"];
    assert_eq!(home.run(&[&consume[..], &["2"]].concat()).ok().stdout, "a\nb\n");
    assert_eq!(home.run(&[&consume[..], &["1"]].concat()).ok().stdout, "c\n");
    let last = ["topic", "consume", "t", "--from", "-1", "-n", "1", "-o", "json"];
    assert_eq!(home.json(&last)["value"], "c");
}

#[test]
fn clusters_with_equal_topics_stay_apart() {
    let home = Home::new();
    let _weir = Running::up(&home, &[]);
    drop(home.run_with_input(&["topic", "produce", "t", "--create"], "local\n").ok());
    let create = ["cluster", "create", "other", "--cloud", "aws", "--region", "eu-west-1"];
    let other = home.json(&[&create[..], &["--wait", "-o", "json"]].concat());
    let other = other["id"].as_str().unwrap();
    home.run(&["topic", "list", "--cluster", other]).fails(3, "weir api-key create --cluster");
    drop(home.run(&["api-key", "create", "--cluster", other, "--use"]).ok());
    assert_eq!(home.run(&["topic", "list", "-o", "name"]).ok().stdout, "");
    drop(home.run_with_input(&["topic", "produce", "t", "--create"], "other\n").ok());
    let consume = ["topic", "consume", "t", "-n", "1", "--timeout", "30s", "--cluster"];
    assert_eq!(home.run(&[&consume[..], &[other]].concat()).ok().stdout, "other\n");
    let local = home.admin()["cluster_id"].as_str().unwrap().to_owned();
    assert_eq!(home.run(&[&consume[..], &[&local]].concat()).ok().stdout, "local\n");
}

#[test]
fn refusals_say_why() {
    let home = Home::new();
    let _weir = Running::up(&home, &[]);
    drop(home.run(&["topic", "create", "orders"]).ok());
    let unknown = home.run_with_input(&["topic", "produce", "odrers"], "x\n");
    unknown.fails(4, "Did you mean \"orders\"?");
    let quiet = ["topic", "consume", "orders", "-n", "1", "--timeout", "300ms"];
    home.run(&quiet).fails(7, "no record arrived");
    let mut wrong = home.command(&["topic", "consume", "orders", "-n", "1"]);
    wrong.env("WEIR_KAFKA_API_KEY", "NOSUCHKEY").env("WEIR_KAFKA_API_SECRET", "x");
    Ran::of(wrong).fails(3, "does not accept key");
    let no_json = ["topic", "produce", "orders", "--value-format", "json"];
    home.run_with_input(&no_json, "{\n").fails(2, "line 1 is no JSON");
}
