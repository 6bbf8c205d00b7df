//! One target of `tests/fuzz` under LLVM's fuzzer; `WEIR_FUZZ_TARGET` names it.
//!
//! Without a name the first target runs. `cargo xtask fuzz --guided` builds and starts this.

#![no_main]

use std::sync::OnceLock;

use fuzz::Target;

static TARGET: OnceLock<Target> = OnceLock::new();

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    (TARGET.get_or_init(named).decode)(data);
});

fn named() -> Target {
    let name = std::env::var("WEIR_FUZZ_TARGET").unwrap_or_default();
    let mut targets = fuzz::all().into_iter();
    targets
        .find(|target| name.is_empty() || target.name == name)
        .expect("WEIR_FUZZ_TARGET names a target")
}
