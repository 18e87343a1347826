//! A plugin that misbehaves is stopped, says so in one line, and harms nobody
//! else: after each case another mapper of the same runtime works.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests may stop at the first surprise"
)]

#[path = "support/guests.rs"]
mod guests;

use std::sync::{Arc, Mutex};

use guests::{doing, hostile, map, runtime};
use insta::assert_snapshot;
use purser_plugin::{Mapper, Outcome, Plugin, Problem};
use serde_json::json;

/// The text for a call that fails as a whole, after which others go on.
#[track_caller]
fn failure(what: &str) -> String {
    let runtime = runtime();
    let plugin = hostile(&runtime);
    let error = map(&doing(&plugin, what), &["1", "2"]).unwrap_err();
    works(&doing(&plugin, "fine"));
    error.to_string()
}

#[track_caller]
fn works(mapper: &Mapper) {
    let outcomes = map(mapper, &["1", "2"]).unwrap();
    assert!(matches!(
        outcomes[..],
        [Outcome::Projection(_), Outcome::Projection(_)]
    ));
}

/// The problem of object 2, while its neighbours are mapped.
#[track_caller]
fn problem_of_one(plugin: &Plugin, what: &str) -> Problem {
    let mapper = plugin
        .configure(&json!({ "do": what, "only": "2" }))
        .unwrap();
    let mut outcomes = map(&mapper, &["1", "2", "3"]).unwrap();
    assert!(matches!(outcomes[0], Outcome::Projection(_)));
    assert!(matches!(outcomes[2], Outcome::Projection(_)));
    let Outcome::Problem(problem) = outcomes.remove(1) else {
        panic!("not a problem");
    };
    problem
}

#[track_caller]
fn in_words(problem: &Problem) -> String {
    let attribute = problem.attribute.as_deref().unwrap_or("-");
    format!("{} {attribute}: {}", problem.kind.as_str(), problem.message)
}

#[test]
fn a_trap_ends_the_call() {
    assert_snapshot!(failure("trap"), @"the plugin stopped: it gave up (a panic or an uncaught exception)");
}

#[test]
fn a_panic_ends_the_call() {
    assert_snapshot!(failure("panic-with-personal-data"), @"the plugin stopped: it gave up (a panic or an uncaught exception)");
}

#[test]
fn a_loop_runs_out_of_time() {
    assert_snapshot!(failure("loop"), @"the plugin took longer than 1000 ms");
}

#[test]
fn memory_has_an_end() {
    assert_snapshot!(failure("allocate"), @"the plugin wanted more than 33554432 bytes of memory");
}

#[test]
fn recursion_has_an_end() {
    // Which of its two stacks runs out first depends on how the guest was linked.
    let failure = failure("recurse");
    assert!(failure.contains("its call stack ran out"), "{failure}");
}

#[test]
fn output_has_an_end() {
    assert_snapshot!(failure("huge-output"), @"the plugin handed over more than 524288 bytes at once");
}

#[test]
fn an_outcome_too_few_is_a_fault_of_the_call() {
    assert_snapshot!(failure("wrong-length"), @"the plugin returned 1 outcomes for 2 objects");
}

#[test]
fn a_loop_on_one_object_leaves_the_others_alone_when_they_come_alone() {
    let runtime = runtime();
    let mapper = hostile(&runtime)
        .configure(&json!({ "do": "loop", "only": "2" }))
        .unwrap();
    map(&mapper, &["1", "2", "3"]).unwrap_err();
    map(&mapper, &["1"]).unwrap();
    map(&mapper, &["2"]).unwrap_err();
    map(&mapper, &["3"]).unwrap();
}

#[test]
fn what_breaks_the_contract_is_the_problem_of_one_object() {
    let runtime = runtime();
    let plugin = hostile(&runtime);
    let problem = |what| in_words(&problem_of_one(&plugin, what));
    assert_snapshot!(problem("too-long"), @"internal -: the plugin returned a resource of more than 262144 bytes");
    assert_snapshot!(problem("undeclared"), @"internal title: the plugin wrote an attribute that it did not declare in `writes`");
    assert_snapshot!(problem("undeclared-create-only"), @"internal password: the plugin wrote an attribute that it did not declare in `writes`");
    assert_snapshot!(problem("untimely"), @"internal -: the plugin asks to map the object again at a time, without the capability `time`");
    let long = problem_of_one(&plugin, "long-problem").message;
    assert!(long.len() < 600 && !long.contains(char::is_control));
    let outcomes = map(&doing(&plugin, "bad-json"), &["1"]).unwrap();
    let Outcome::Problem(bad_json) = &outcomes[0] else {
        panic!("{outcomes:?}");
    };
    assert_snapshot!(in_words(bad_json), @"internal -: the plugin returned a resource that is not a JSON object");
}

#[test]
fn a_batch_has_a_size() {
    let runtime = runtime();
    let mapper = doing(&hostile(&runtime), "fine");
    let error = map(&mapper, &["1"; 101]).unwrap_err();
    assert_snapshot!(error, @"101 objects in one call, at most 100 are allowed");
    assert_eq!(map(&mapper, &[]).unwrap(), []);
}

#[test]
fn a_document_that_is_too_large_is_not_passed() {
    let runtime = purser_plugin::Runtime::new(purser_plugin::Limits {
        document_in_bytes: 10,
        ..purser_plugin::Limits::default()
    })
    .unwrap();
    let outcomes = map(&doing(&hostile(&runtime), "fine"), &["1"]).unwrap();
    let Outcome::Problem(problem) = &outcomes[0] else {
        panic!("{outcomes:?}");
    };
    assert_snapshot!(in_words(problem), @"invalid-value -: 16 bytes of attributes, at most 10 are passed to a plugin");
}

/// What was logged.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Runs with a log of its own.
fn logged(run: impl FnOnce()) -> String {
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt()
        .without_time()
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    tracing::subscriber::with_default(subscriber, run);
    String::from_utf8(lines.0.lock().unwrap().clone()).unwrap()
}

#[test]
fn the_log_says_where_a_panic_was_and_nothing_of_the_person() {
    let log = logged(|| {
        failure("panic-with-personal-data");
    });
    let (before, place) = log.trim().split_once(" panic at ").unwrap();
    assert_snapshot!(before, @"ERROR plugin:");
    assert!(place.contains("src/lib.rs:"), "{place}");
    assert!(!log.contains("jdoe"));
}

#[test]
fn the_log_of_a_call_has_an_end() {
    let log = logged(|| {
        let runtime = runtime();
        map(&doing(&hostile(&runtime), "log-flood"), &["1"]).unwrap();
    });
    let lines: Vec<&str> = log.lines().collect();
    assert_eq!(lines.len(), 101);
    assert!(lines.iter().all(|line| line.len() < 1100));
    assert_snapshot!(lines[100], @r#" WARN plugin: too many log lines in one call, the rest is dropped plugin="staff""#);
}
