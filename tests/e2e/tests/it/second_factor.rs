//! Codes of an authenticator, from the command line.

use common_seams::{Clock as _, SystemClock};
use e2e::{Home, Running};

use crate::authenticator::code;

#[test]
fn a_code_is_asked_for_at_sign_in_until_the_factor_is_removed() {
    let home = Home::new();
    let _weir = Running::up(&home, &[]);
    let password = home.admin()["login_password"].as_str().unwrap().to_owned();
    let login = ["login", "--email", "admin@localhost"];
    home.run(&["auth", "mfa", "status"]).fails(3, "nobody is signed in");
    let ok = |ran: e2e::Ran| assert_eq!(ran.code, 0, "{ran:#?}");
    ok(home.run_with_input(&login, &format!("{password}\n")));
    let begun =
        home.run_with_input(&["auth", "mfa", "enable", "-o", "json"], &format!("{password}\n"));
    let begun: serde_json::Value = serde_json::from_str(&begun.ok().stdout).unwrap();
    let secret = begun["secret"].as_str().unwrap();
    let now = || SystemClock.wall_us() / 1_000_000;
    home.run(&["auth", "mfa", "confirm", "abcdef"]).fails(3, "the code is wrong");
    let shown = home.json(&["auth", "mfa", "confirm", &code(secret, now()), "-o", "json"]);
    let recovery = shown["data"][0]["code"].as_str().unwrap().to_owned();
    assert_eq!(home.json(&["auth", "mfa", "status", "-o", "json"])["enabled"], true);
    ok(home.run(&["logout"]));

    home.run_with_input(&login, &format!("{password}\n000000\n")).fails(3, "the code is wrong");
    // The code of the confirmation opens nothing any more; the one after it counts already.
    let next = code(secret, now() + 30);
    ok(home.run_with_input(&login, &format!("{password}\n{next}\n")));
    let disable = ["auth", "mfa", "disable"];
    home.run_with_input(&disable, &format!("{password}\n{next}\n")).fails(3, "used before");
    ok(home.run_with_input(&disable, &format!("{password}\n{recovery}\n")));
    ok(home.run_with_input(&login, &format!("{password}\n")));
}
