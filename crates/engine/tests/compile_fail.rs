//! What must not compile does not: invariants 3, 4 and 11 of ARCHITECTURE.md as types.
//!
//! Each file in `compile-fail/` breaks one of them; the `.stderr` beside it is
//! what the compiler says. After a change of the compiler's wording:
//! `TRYBUILD=overwrite cargo test -p purser-engine --test compile_fail`.

#[test]
fn what_must_not_compile_does_not() {
    trybuild::TestCases::new().compile_fail("tests/compile-fail/*.rs");
}
