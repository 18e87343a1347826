//! Laws of the crate, held over generated values.
//!
//! - `bulk`: references are resolved, plans are complete and in time.
//! - `dialect`: the lenient reading of a PATCH leaves alone what is right.
//! - `oracle`: another parser reads filters as ours does.
//! - `print`: what is printed reads back as the same value.
//! - `change`: a delta applied gives the other resource; laying over is idempotent.
//! - `robust`: no text and no JSON makes anything panic.
//! - `serve`: what is created is canonical; an answer shows the id and nothing secret.

#[path = "laws/bodies.rs"]
mod bodies;
#[path = "laws/bulk.rs"]
mod bulk;
#[path = "laws/change.rs"]
mod change;
#[path = "laws/dialect.rs"]
mod dialect;
#[path = "laws/oracle.rs"]
mod oracle;
#[path = "laws/print.rs"]
mod print;
#[path = "laws/robust.rs"]
mod robust;
#[path = "laws/serve.rs"]
mod serve;
#[path = "laws/values.rs"]
mod values;

use proptest::test_runner::Config;

/// 256 cases, which take seconds without optimisation; more with `PROPTEST_CASES`.
fn config() -> Config {
    Config {
        failure_persistence: None,
        ..Config::default()
    }
}
