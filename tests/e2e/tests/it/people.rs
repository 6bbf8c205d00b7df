//! A second person: invited, joined, and gone.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use e2e::{Home, Running};

#[test]
fn a_person_is_invited_joins_changes_the_password_and_goes() {
    let home = Home::new();
    let _weir = Running::up(&home, &[]);
    let made = home.json(&["invitation", "create", "ada@example.com", "-o", "json"]);
    let link = made["link"].as_str().unwrap().to_owned();
    let user = made["user"]["id"].as_str().unwrap().to_owned();
    let shown = home.json(&["invitation", "get", "ada@example.com", "-o", "json"]);
    assert_eq!(shown["status"], "INVITE_STATUS_SENT");
    assert!(shown["link"].is_null(), "shown once");

    let theirs = Home::new();
    let accept = ["invitation", "accept", &link, "--full-name", "Ada Lovelace"];
    theirs.run_with_input(&accept, "short\n").fails(2, "at least 12 characters");
    let joined = theirs.run_with_input(&accept, "the first password\n").ok();
    assert!(joined.stderr.contains("Signed in as ada@example.com"), "{joined:?}");
    theirs.run_with_input(&accept, "another password\n").fails(3, "ask for a new one");
    let who = theirs.json(&["auth", "status", "-o", "json"]);
    assert_eq!((&who["id"], &who["method"]), (&user.as_str().into(), &"session".into()));
    let people = home.json(&["user", "list", "-o", "json"]);
    assert!(people.to_string().contains("Ada Lovelace"));
    let renamed = ["user", "update", "ada@example.com", "--full-name", "Countess", "-o", "json"];
    assert_eq!(home.json(&renamed)["full_name"], "Countess");

    let change = ["auth", "password"];
    theirs.run_with_input(&change, "not this\nthe second password\n").fails(3, "the old password");
    let changed = theirs.run_with_input(&change, "the first password\nthe second password\n").ok();
    assert!(changed.stderr.contains("Changed"), "{changed:?}");
    let login = ["login", "--email", "ada@example.com"];
    let endpoint = ["--endpoint", who["endpoint"].as_str().unwrap()];
    let login: Vec<&str> = login.into_iter().chain(endpoint).collect();
    theirs.run_with_input(&login, "the first password\n").fails(3, "incorrect");
    let again = theirs.run_with_input(&login, "the second password\n").ok();
    assert!(again.stderr.contains("Signed in as"), "{again:?}");

    let gone = home.run(&["user", "delete", "ada@example.com", "--yes"]).ok();
    assert!(gone.stderr.contains("Deleted"), "{gone:?}");
    theirs.run(&["auth", "status"]).fails(3, "sign in again");
    home.run(&["user", "delete", "admin@localhost", "--yes"]).fails(5, "OrganizationAdmin");
    assert_eq!(home.run(&["invitation", "list", "-o", "name"]).ok().stdout.trim(), "");
}

#[test]
fn a_device_shows_a_code_that_is_approved_elsewhere() {
    let home = Home::new();
    let _weir = Running::up(&home, &[]);
    let admin = home.admin();
    let password = admin["login_password"].as_str().unwrap();
    let ok = |ran: e2e::Ran| assert_eq!(ran.code, 0, "{ran:#?}");
    ok(home.run_with_input(&["login", "--email", "admin@localhost"], &format!("{password}\n")));
    let device = Home::new();
    let mut login =
        device.command(&["login", "--device", "--endpoint", admin["endpoint"].as_str().unwrap()]);
    let mut login = login.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(login.stderr.take().unwrap()).lines();
    let told = lines.next().unwrap().unwrap();
    let code = told.rsplit(' ').next().unwrap().to_owned();
    home.run(&["auth", "approve", "BCDF-BCDF", "--yes"]).fails(4, "no device waits");
    ok(home.run(&["auth", "approve", &code, "--yes"]));
    assert!(login.wait().unwrap().success());
    assert!(lines.any(|line| line.unwrap().contains("Signed in as admin@localhost")));
    assert_eq!(device.json(&["auth", "status", "-o", "json"])["name"], "admin@localhost");
}
