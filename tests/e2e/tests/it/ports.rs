//! Where it listens, and who may talk to it.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

use e2e::{Home, Running};

#[test]
fn a_named_port_that_is_taken_is_an_error() {
    let home = Home::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for flag in ["--api-addr", "--kafka-addr", "--kafka-tls-addr"] {
        let ran = home.run(&["up", flag, &address]);
        ran.fails(5, &format!("{flag} {address} is taken"));
        assert!(ran.stderr.contains("ss -ltnp"), "{ran:#?}");
    }
}

#[test]
fn a_taken_default_is_replaced_and_told() {
    let home = Home::new();
    // Whoever holds these ports, they are taken now.
    let held: Vec<_> = [8080, 9092, 9093].map(|port| TcpListener::bind(("127.0.0.1", port))).into();
    let weir = Running::start(&home, &[]);
    let admin = home.admin();
    assert_ne!(admin["endpoint"], "http://127.0.0.1:8080");
    assert_ne!(admin["kafka_bootstrap"], "127.0.0.1:9092");
    home.run(&["env", "list"]).ok().stdout.contains("default").then_some(()).unwrap();
    let said = weir.stop().ok();
    assert!(said.stderr.contains("port 8080 is taken: --api-addr uses"), "{said:#?}");
    drop(held);
}

#[test]
fn other_machines_are_kept_out_without_tls() {
    let home = Home::new();
    for flag in ["--api-addr", "--kafka-addr"] {
        let ran = home.run(&["up", flag, "0.0.0.0:0"]);
        ran.fails(2, "can be reached from other machines");
        assert!(ran.stderr.contains("--insecure"), "{ran:#?}");
    }
    assert!(!home.data().exists(), "a refused start must leave nothing");
}

#[test]
fn a_foreign_host_header_is_refused() {
    let home = Home::new();
    let _weir = Running::up(&home, &[]);
    let admin = home.admin();
    let address = admin["endpoint"].as_str().unwrap().trim_start_matches("http://").to_owned();
    let status = |host: &str| {
        let mut stream = TcpStream::connect(&address).unwrap();
        let request = format!("GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer.split(' ').nth(1).unwrap().parse::<u16>().unwrap()
    };
    assert_eq!(status(&address), 200);
    assert_eq!(status(&address.replace("127.0.0.1", "localhost")), 200);
    let refused = status("attacker.example");
    assert!((400..500).contains(&refused), "{refused}");
}
