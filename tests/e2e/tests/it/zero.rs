//! A cell that has no broker until somebody needs one.

use e2e::{Home, Running};

fn up(home: &Home, more: &[&str]) -> Running {
    let store = format!("file://{}", home.path("bucket").display());
    Running::up(home, &[&["--store", &store, "--brokers", "2"], more].concat())
}

fn state(home: &Home) -> String {
    let cell = home.json(&["cell", "describe", "-o", "json"]);
    cell["state"].as_str().expect("a state").to_owned()
}

fn produce(home: &Home, line: &str) {
    let command = ["topic", "produce", "t", "--create", "--partitions", "4"];
    drop(home.run_with_input(&command, &format!("{line}\n")).ok());
}

fn consume(home: &Home, count: usize) -> Vec<String> {
    let count = count.to_string();
    let command = ["topic", "consume", "t", "--timeout", "30s", "-n", &count];
    let read = home.run(&command).ok();
    let mut lines: Vec<String> = read.stdout.lines().map(str::to_owned).collect();
    lines.sort_unstable();
    lines
}

#[expect(
    clippy::disallowed_methods,
    reason = "looks at a process that gives no signal to wait for"
)]
fn eventually(is_so: impl Fn() -> bool) {
    for _ in 0..600 {
        if is_so() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    panic!("not within 30 s");
}

#[test]
fn clients_and_calls_wake_a_cell_and_find_all_that_was_acknowledged() {
    let home = Home::new();
    let weir = up(&home, &[]);
    produce(&home, "one");
    drop(home.run(&["cell", "scale", "0"]).ok());
    assert_eq!(state(&home), "zero");

    produce(&home, "two");
    assert_eq!(state(&home), "awake");
    let cell = home.json(&["cell", "describe", "-o", "json"]);
    assert!(cell["woken"]["took_ms"].as_u64().expect("a time") <= 5_000, "{cell}");

    drop(home.run(&["cell", "scale", "0"]).ok());
    assert_eq!(home.run(&["topic", "list", "-o", "name"]).ok().stdout, "t\n");
    assert_eq!(home.json(&["cell", "describe", "-o", "json"])["woken"]["by"], "rest");
    assert_eq!(consume(&home, 2), ["one", "two"]);

    drop(home.run(&["cell", "scale", "0"]).ok());
    drop(home.run(&["cell", "scale", "2"]).ok());
    assert_eq!(home.json(&["cell", "describe", "-o", "json"])["woken"]["by"], "scale");
    drop(home.run(&["cell", "scale", "0"]).ok());
    drop(weir.stop().ok());
}

#[test]
fn a_cell_at_zero_stays_there_through_kills_and_stops() {
    let home = Home::new();
    let weir = up(&home, &[]);
    produce(&home, "one");
    drop(home.run(&["cell", "scale", "0"]).ok());
    weir.kill();
    assert_eq!(state(&home), "zero");
    let weir = up(&home, &[]);
    eventually(|| state(&home) == "zero");
    drop(weir.stop().ok());
    let weir = up(&home, &[]);
    eventually(|| state(&home) == "zero");
    assert_eq!(consume(&home, 1), ["one"]);
    assert_eq!(state(&home), "awake");
    // Killed, it would leave the other broker behind.
    drop(weir.stop().ok());
}

#[test]
fn a_cell_that_nobody_uses_goes_to_zero_where_that_was_asked_for() {
    let home = Home::new();
    let weir = up(&home, &["--idle-stop", "2s"]);
    produce(&home, "one");
    eventually(|| state(&home) == "zero");
    assert_eq!(consume(&home, 1), ["one"]);
    eventually(|| state(&home) == "zero");
    // A cluster that is made and deleted at zero is made and deleted.
    let place = ["--cloud", "aws", "--region", "us-east-1"];
    drop(home.run(&[&["cluster", "create", "second"], &place[..]].concat()).ok());
    eventually(|| state(&home) == "zero");
    drop(weir.stop().ok());
}

#[test]
fn only_a_cell_of_several_brokers_stops_by_itself() {
    let home = Home::new();
    home.run(&["up", "--idle-stop", "2s"]).fails(2, "--brokers");
}
