//! A cell whose only durable state is a store.

use e2e::{Home, Running};

/// `--store` of a folder in this home.
fn store(home: &Home) -> String {
    format!("file://{}", home.path("bucket").display())
}

fn lines(from: usize, to: usize) -> String {
    (from..to).map(|n| format!("v{n}\n")).collect()
}

#[test]
fn nothing_acknowledged_is_lost_with_the_machine() {
    let home = Home::new();
    let url = store(&home);
    let weir = Running::up(&home, &["--store", &url]);
    let produce = ["topic", "produce", "t", "--create", "--partitions", "1"];
    drop(home.run_with_input(&produce, &lines(0, 5000)).ok());
    let group = ["topic", "consume", "t", "--group", "g", "--timeout", "30s", "-n"];
    assert_eq!(home.run(&[&group[..], &["3000"]].concat()).ok().stdout, lines(0, 3000));
    assert!(!home.data().join("cell").exists(), "no record lies in the data folder");

    // The power fails, twice; the folder remembers its store.
    weir.kill();
    Running::up(&home, &[]).kill();
    let weir = Running::up(&home, &[]);
    assert_eq!(home.run(&[&group[..], &["2000"]].concat()).ok().stdout, lines(3000, 5000));
    drop(home.run_with_input(&["topic", "produce", "t"], &lines(5000, 6000)).ok());
    drop(weir.stop().ok());

    let _weir = Running::up(&home, &["--store", &url]);
    let all = ["topic", "consume", "t", "-n", "6000", "--timeout", "30s"];
    assert_eq!(home.run(&all).ok().stdout, lines(0, 6000));
}

#[test]
fn a_second_process_takes_over_and_the_first_one_stops() {
    let (home, other) = (Home::new(), Home::new());
    let url = store(&home);
    let first = Running::up(&home, &["--store", &url]);
    drop(home.run_with_input(&["topic", "produce", "t", "--create"], "one\n").ok());
    let second = Running::up(&other, &["--store", &url]);
    let ended = first.ended();
    ended.fails(5, "another process took this cell over");
    drop(second.stop().ok());

    // What the first one had acknowledged is there when its folder comes back.
    let _weir = Running::up(&home, &[]);
    let read = home.run(&["topic", "consume", "t", "-n", "1", "--timeout", "30s"]).ok();
    assert_eq!(read.stdout, "one\n");
}

#[test]
fn records_stay_where_they_are() {
    let home = Home::new();
    drop(Running::up(&home, &[]).stop().ok());
    let up = ["up", "--api-addr", "127.0.0.1:0", "--store"];
    home.run(&[&up[..], &[&store(&home)]].concat()).fails(5, "lie in the folder itself");
    let new = Home::new();
    new.run(&[&up[..], &["s4://bucket"]].concat()).fails(2, "begin with `s4:`");
}

#[test]
#[expect(clippy::disallowed_methods, reason = "hits brokers at several moments of their start")]
fn brokers_that_are_not_wanted_any_more_end_while_they_start() {
    for moment_ms in [0, 60, 120, 150, 180, 240] {
        let home = Home::new();
        let weir = Running::up(&home, &["--store", &store(&home), "--brokers", "3"]);
        std::thread::sleep(std::time::Duration::from_millis(moment_ms));
        drop(home.run(&["cell", "scale", "1"]).ok());
        drop(weir.stop().ok());
    }
}
