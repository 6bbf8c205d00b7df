//! Records that nobody can read where they are stored.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use e2e::{Home, Running};

const RECORDS: usize = 500;
const KEY: &str = "key-of-a-patient";
const VALUE: &str = "value-of-a-diagnosis";
const HEADER: &str = "header-of-a-doctor";
const GROUP: &str = "group-of-a-hospital";
const CONSUME: [&str; 6] = ["topic", "consume", "t", "--timeout", "30s", "-n"];

fn produce(home: &Home) {
    let lines: String = (0..RECORDS).map(|n| format!("{KEY}-{n}:{VALUE}-{n}\n")).collect();
    let header = format!("h={HEADER}");
    let command = ["topic", "produce", "t", "--create", "--partitions", "3", "-H", &header];
    let command = [&command[..], &["--key-separator", ":"]].concat();
    drop(home.run_with_input(&command, &lines).ok());
}

fn consume(home: &Home) {
    let count = RECORDS.to_string();
    let read = home.run(&[&CONSUME[..], &[&count, "-f", "%k:%v\\n"]].concat()).ok();
    assert_eq!(read.stdout.lines().count(), RECORDS);
    let first = format!("{KEY}-0:{VALUE}-0");
    assert!(read.stdout.lines().any(|line| line == first), "{}", read.stdout);
}

#[expect(
    clippy::disallowed_methods,
    reason = "looks at a process that gives no signal to wait for"
)]
fn eventually(is_so: impl Fn() -> bool) {
    for _ in 0..1_500 {
        if is_so() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    panic!("not within 30 s");
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.expect("a folder").path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

/// How many files of records have a word.
fn found(folder: &Path) -> BTreeMap<&'static str, usize> {
    let contents: Vec<Vec<u8>> =
        // A running broker removes what it no longer needs.
        files(folder).iter().filter_map(|path| std::fs::read(path).ok()).collect();
    assert!(contents.iter().map(Vec::len).sum::<usize>() > RECORDS * VALUE.len());
    let count = |word: &'static str| {
        let has = |bytes: &&Vec<u8>| bytes.windows(word.len()).any(|w| w == word.as_bytes());
        (word, contents.iter().filter(has).count())
    };
    [KEY, VALUE, HEADER, GROUP].into_iter().map(count).filter(|(_, n)| *n > 0).collect()
}

/// Produces, reads with a group, stops, and searches everything that was stored.
fn search(args: &[&str], home: &Home, stored: &Path) -> BTreeMap<&'static str, usize> {
    let weir = Running::up(home, args);
    produce(home);
    drop(home.run(&[&CONSUME[..], &["5", "--group", GROUP]].concat()).ok());
    weir.kill();
    let weir = Running::up(home, &[]);
    consume(home);
    drop(weir.stop().ok());
    let _weir = Running::up(home, &[]);
    consume(home);
    drop(home.run(&[&CONSUME[..], &["5", "--group", GROUP]].concat()).ok());
    found(stored)
}

#[test]
fn a_disk_holds_no_plaintext_unless_encryption_is_off() {
    let home = Home::new();
    let stored = home.data().join("cell");
    assert_eq!(search(&["--encryption", "on"], &home, &stored), BTreeMap::new());
    let clear = Home::new();
    let stored = clear.data().join("cell");
    assert_eq!(search(&[], &clear, &stored).len(), 4, "the search finds what is there");
}

#[test]
fn a_store_holds_no_plaintext_unless_encryption_is_off() {
    let home = Home::new();
    let url = format!("file://{}", home.path("bucket").display());
    let args = ["--store", &url, "--encryption", "on"];
    assert_eq!(search(&args, &home, &home.path("bucket")), BTreeMap::new());
    let clear = Home::new();
    let url = format!("file://{}", clear.path("bucket").display());
    assert_eq!(search(&["--store", &url], &clear, &clear.path("bucket")).len(), 4);
}

#[test]
fn what_was_written_before_stays_readable() {
    let home = Home::new();
    drop(home_with(&home, &[], 0..10));
    drop(home_with(&home, &["--encryption", "on"], 10..20));
    drop(home_with(&home, &["--encryption", "off"], 20..30));
    let _weir = Running::up(&home, &[]);
    let read = home.run(&[&CONSUME[..], &["30"]].concat()).ok();
    assert_eq!(read.stdout, (0..30).map(|n| format!("v{n}\n")).collect::<String>());
}

fn home_with(home: &Home, args: &[&str], values: std::ops::Range<usize>) -> e2e::Ran {
    let weir = Running::up(home, args);
    let lines: String = values.map(|n| format!("v{n}\n")).collect();
    let command = ["topic", "produce", "t", "--create", "--partitions", "1"];
    drop(home.run_with_input(&command, &lines).ok());
    weir.stop().ok()
}

#[test]
fn brokers_of_one_cell_read_what_the_others_wrote() {
    let home = Home::new();
    let url = format!("file://{}", home.path("bucket").display());
    let args = ["--store", &url, "--encryption", "on", "--brokers", "3"];
    let weir = Running::up(&home, &args);
    produce(&home);
    consume(&home);
    drop(home.run(&["cell", "scale", "1"]).ok());
    consume(&home);
    drop(weir.stop().ok());
    let _weir = Running::up(&home, &[]);
    consume(&home);
    assert_eq!(found(&home.path("bucket")), BTreeMap::new());
}

#[test]
fn without_the_key_file_nothing_starts_and_nothing_is_changed() {
    let home = Home::new();
    drop(home_with(&home, &["--encryption", "on"], 0..10));
    let path = home.data().join("encryption-keys");
    let aside = home.path("aside");
    std::fs::rename(&path, &aside).unwrap();
    let up = ["up", "--api-addr", "127.0.0.1:0", "--kafka-addr", "127.0.0.1:0"];
    let up = [&up[..], &["--kafka-tls-addr", "127.0.0.1:0"]].concat();
    for args in [&[][..], &["--encryption", "off"], &["--encryption", "on"]] {
        let ran = home.run(&[&up[..], args].concat());
        ran.fails(5, "encryption-keys is missing");
        assert!(ran.stderr.contains("Bring `encryption-keys` back"), "{ran:#?}");
        assert!(!path.exists(), "a new key would open nothing");
    }
    std::fs::rename(&aside, &path).unwrap();
    let _weir = Running::up(&home, &[]);
    drop(home.run(&[&CONSUME[..], &["10"]].concat()).ok());
}

#[test]
fn the_key_of_a_deleted_cluster_is_destroyed() {
    let home = Home::new();
    let url = format!("file://{}", home.path("bucket").display());
    let _weir = Running::up(&home, &["--store", &url, "--encryption", "on"]);
    produce(&home);
    let create = ["cluster", "create", "other", "--cloud", "aws", "--region", "eu-west-1"];
    let other = home.json(&[&create[..], &["--wait", "-o", "json"]].concat());
    let other = other["id"].as_str().unwrap();
    drop(home.run(&["api-key", "create", "--cluster", other, "--use"]).ok());
    let write = ["topic", "produce", "t", "--create", "--cluster", other];
    drop(home.run_with_input(&write, "theirs\n").ok());
    let keys = home.path("bucket/keys");
    let key = keys.join(other);
    assert!(key.exists());
    drop(home.run(&["cluster", "delete", other, "--yes", "--wait"]).ok());
    // A deleted cluster reads as gone at once; its records and its key follow when it can not be restored any more.
    assert!(key.exists());
    drop(home.run(&["cluster", "purge", other, "--yes"]).ok());
    eventually(|| !key.exists());
    assert_eq!(files(&keys).len(), 2, "those of the cell itself and of the first cluster stay");
    let local = home.admin()["cluster_id"].as_str().unwrap().to_owned();
    let read = [&CONSUME[..], &["5", "--cluster", &local]].concat();
    assert_eq!(home.run(&read).ok().stdout.lines().count(), 5);
}
