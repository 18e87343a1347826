//! What always holds in a store is found where it does not.

use purser_host::store::sqlite::{
    SqliteStore,
    examine::{Flaw, examine},
};
use rusqlite::Connection;

use super::planted;

/// What breaks an invariant, and which it is.
const BREAKS: [(&str, &str); 17] = [
    (
        "DROP INDEX link_owner; UPDATE link SET target_id = 't-1' WHERE id = '2'",
        "resources of a target belong to two objects",
    ),
    (
        "UPDATE link SET state = 'gone' WHERE id = '1'",
        "links are in a state",
    ),
    (
        "UPDATE link_written SET written = '{' WHERE id = '1'",
        "projections of links cannot be read",
    ),
    (
        "UPDATE source_document SET problem = 'both' WHERE id = '1'",
        "source objects cannot be read",
    ),
    ("UPDATE intent SET keys = 'x'", "intents cannot be read"),
    (
        "UPDATE intent SET id = '77'",
        "creates are begun for objects that nobody knows",
    ),
    (
        "UPDATE claim SET target = 'blog' WHERE id = '1'",
        "unique values are claimed at another target",
    ),
    (
        "INSERT INTO claim VALUES ('wiki', 'User', 'userName', 'hal', 'people', 'user', '8')",
        "tombstones still claim unique values",
    ),
    (
        "UPDATE job SET id = '77' WHERE task = 'object'",
        "jobs of runs that ended are for objects that nobody knows",
    ),
    (
        "UPDATE job SET run = 77",
        "jobs belong to runs that there are not",
    ),
    (
        "UPDATE edge_have SET group_id = 'none' WHERE origin = 'found'",
        "memberships stand in groups that are not linked",
    ),
    (
        "UPDATE edge_have SET member_id = '8' WHERE origin = 'added'",
        "memberships that we added are of members that are not linked",
    ),
    (
        "DELETE FROM parked WHERE id = '6'",
        "objects wait for a value without being parked",
    ),
    (
        "UPDATE listed SET target_id = 't-1'; UPDATE listed_key SET target_id = 't-1'",
        "resources are listed as nobody's, but are linked",
    ),
    (
        "DELETE FROM listed",
        "keys lead to resources that are not listed",
    ),
    (
        "UPDATE link_key SET id = '8' WHERE id = '1'",
        "keys lead to objects that are not linked there",
    ),
    (
        "UPDATE link SET gone = 1 WHERE id = '1'",
        "resources of links are known by their text",
    ),
];

#[test]
fn each_broken_invariant_is_told_and_nothing_else() {
    for (sql, told) in BREAKS {
        let (_folder, path) = planted();
        assert_eq!(examine(&path).unwrap().flaws, []);
        Connection::open(&path).unwrap().execute_batch(sql).unwrap();
        let flaws = examine(&path).unwrap().flaws;
        assert_eq!(flaws.len(), 1, "{sql}: {flaws:?}");
        let Flaw {
            what,
            count,
            examples,
        } = &flaws[0];
        assert!(what.starts_with(told), "{sql}: {what}");
        assert!(*count >= 1 && !examples.is_empty(), "{sql}: {flaws:?}");
    }
}

#[test]
fn a_store_in_use_can_be_examined_and_nothing_of_it_changes() {
    let (_folder, path) = planted();
    let store = SqliteStore::open(&path).unwrap();
    let before = super::counts(&path);
    assert_eq!(examine(&path).unwrap().flaws, []);
    assert_eq!(super::counts(&path), before);
    drop(store);
}
