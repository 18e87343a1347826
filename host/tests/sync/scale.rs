//! A run over many that changes nothing asks for nothing and leaves nothing.

use rusqlite::Connection;

use super::{
    fakes::{PAGE, World},
    person,
};

/// More than one page of either side.
const PEOPLE: usize = 1_200;

/// What a run that changes nothing has no reason to touch.
const UNTOUCHED: [&str; 4] = [
    "SELECT count(*), total(length(written)) FROM link_written",
    "SELECT count(*), total(length(document)) FROM source_document",
    "SELECT count(*), total(seq) FROM audit",
    "SELECT count(*), 0.0 FROM claim",
];

/// What it leaves behind for nobody.
const EMPTY: [&str; 7] = [
    "job",
    "intent",
    "plan_row",
    "edge_stage",
    "edge_stage_writer",
    "listed",
    "listed_key",
];

fn untouched(database: &Connection) -> Vec<(i64, f64)> {
    UNTOUCHED
        .iter()
        .map(|sql| {
            database
                .query_row(sql, [], |r| Ok((r.get(0)?, r.get(1)?)))
                .unwrap()
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_without_changes_lists_and_writes_nothing_however_many_there_are() {
    let world = World::new();
    let people = (0..PEOPLE).map(|n| person(&n.to_string(), &format!("p{n}"), &[]));
    world.source.put("user", people.collect());
    world.source.put("role", Vec::new());
    world.run().await;
    assert_eq!(world.target.writes().len(), PEOPLE);
    world.target.reads();

    let database = Connection::open(world.folder.path().join("purser.db")).unwrap();
    let before = untouched(&database);
    super::forbid_keys(&database);
    assert_eq!((world.source.unread(), world.target.unread()), (0, 0));
    let report = world.run().await;
    assert_eq!(
        (world.source.unread(), world.target.unread()),
        (PEOPLE, 0),
        "what was written by us is read once"
    );
    assert_eq!(world.target.writes(), Vec::<String>::new());
    let mut expected = vec!["list Group".to_owned()];
    expected.resize(1 + PEOPLE.div_ceil(PAGE), "list User".to_owned());
    assert_eq!(world.target.reads(), expected, "each page once");
    assert_eq!(
        (report.planned.objects, report.planned.in_step),
        (PEOPLE as u64, PEOPLE as u64)
    );
    assert_eq!((report.unowned, report.drifted), (0, 0));
    assert!(report.incomplete.is_empty() && report.unlisted.is_empty());
    assert_eq!(untouched(&database), before);
    for table in EMPTY {
        let rows: i64 = database
            .query_row(&format!("SELECT count(*) FROM {table}"), [], |r| r.get(0))
            .unwrap();
        assert_eq!(rows, 0, "{table}");
    }

    database
        .execute_batch(
            "DROP TRIGGER INSERT_ON_link_key; DROP TRIGGER DELETE_ON_link_key; DROP TRIGGER UPDATE_OF_keys_ON_link",
        )
        .unwrap();

    // Somebody in the middle has changed, and another is gone: they are found.
    let people = (0..PEOPLE).filter(|n| *n != 777).map(|n| {
        let name = if n == 1_100 {
            "new".to_owned()
        } else {
            format!("p{n}")
        };
        person(&n.to_string(), &name, &[])
    });
    world.source.put("user", people.collect());
    let report = world.run().await;
    assert_eq!(world.target.writes().len(), 2);
    assert_eq!(report.planned.in_step, PEOPLE as u64 - 2);
    assert_eq!(world.target.by("User", "userName", "p777")["active"], false);
}
