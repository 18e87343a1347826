//! Is the store whole, and does it hold what it always must?
//!
//! Everything is asked in one read transaction on a connection of its own, so a
//! running host is not disturbed, and what it is about to commit is not taken
//! for a fault.
//!
//! # Adding an invariant
//!
//! One entry in [`INVARIANTS`]: a sentence that says what is wrong, and a query
//! for the rows that are. It must hold after every commit, also after one that
//! was the last before a power cut; and the test breaks it once.

use std::path::Path;

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::{
    migrate::{self, SCHEMA},
    open::unusable,
};
use crate::store::StoreError;

/// How many rows are named; all are counted.
const NAMED: usize = 3;

/// Something that must not be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// What is wrong, as a fragment.
    pub what: String,
    /// How often.
    pub count: u64,
    /// The first few, by their names and ids.
    pub examples: Vec<String>,
}

/// What an examination came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Examination {
    /// The store's schema.
    pub schema: i64,
    /// The database file itself is sound, and so was looked into.
    pub flaws: Vec<Flaw>,
    /// The schema is an older one: only the file was examined, not what it says.
    pub older: bool,
}

/// What always holds between the tables, as queries for what breaks it. Each
/// row is one text that names the offender.
const INVARIANTS: [(&str, &str); 17] = [
    (
        "resources of a target belong to two objects (one account, one owner)",
        // Without the index, which cannot hold such rows.
        "SELECT min(target || ' ' || resource_type || ' ' || target_id) FROM link NOT INDEXED
         GROUP BY target, resource_type, target_id HAVING count(*) > 1",
    ),
    (
        "links are in a state, or of an origin, that there is not",
        "SELECT mapping || ' ' || kind || ' ' || id FROM link
         WHERE state NOT IN ('live', 'leaving', 'left', 'ended') OR origin NOT IN ('created', 'adopted')",
    ),
    (
        "projections of links cannot be read",
        "SELECT mapping || ' ' || kind || ' ' || id FROM link l
         LEFT JOIN link_written w USING (mapping, kind, id) WHERE w.written IS NULL OR NOT json_valid(w.written)",
    ),
    (
        "source objects cannot be read, or are neither an object nor a problem",
        "SELECT source || ' ' || kind || ' ' || id FROM source_object
         LEFT JOIN source_document USING (source, kind, id) WHERE (document IS NULL) = (problem IS NULL) OR (document IS NOT NULL AND NOT json_valid(document))",
    ),
    (
        "intents cannot be read",
        "SELECT mapping || ' ' || kind || ' ' || id FROM intent WHERE NOT json_valid(keys)",
    ),
    (
        "creates are begun for objects that nobody knows",
        "SELECT mapping || ' ' || kind || ' ' || id FROM intent i
         WHERE NOT EXISTS (SELECT 1 FROM source_object s WHERE s.kind = i.kind AND s.id = i.id)
           AND NOT EXISTS (SELECT 1 FROM link l WHERE l.mapping = i.mapping AND l.kind = i.kind AND l.id = i.id)",
    ),
    (
        "unique values are claimed at another target, or for another type, than their object is linked to",
        "SELECT c.target || ' ' || c.resource_type || ' ' || c.attribute || ' of ' || c.kind || ' ' || c.id FROM claim c
         JOIN link l ON l.mapping = c.mapping AND l.kind = c.kind AND l.id = c.id AND l.state <> 'ended'
         WHERE l.target <> c.target OR l.resource_type <> c.resource_type",
    ),
    (
        "tombstones still claim unique values",
        "SELECT c.target || ' ' || c.resource_type || ' ' || c.attribute || ' of ' || c.kind || ' ' || c.id FROM claim c
         JOIN link l ON l.mapping = c.mapping AND l.kind = c.kind AND l.id = c.id AND l.state = 'ended'
         WHERE NOT EXISTS (SELECT 1 FROM intent i WHERE i.mapping = c.mapping AND i.kind = c.kind AND i.id = c.id)
           AND NOT EXISTS (SELECT 1 FROM job j WHERE j.mapping = c.mapping AND j.kind = c.kind AND j.id = c.id)
           AND NOT EXISTS (SELECT 1 FROM parked p WHERE p.mapping = c.mapping AND p.kind = c.kind AND p.id = c.id)",
    ),
    (
        "jobs of runs that ended are for objects that nobody knows",
        "SELECT j.mapping || ' ' || j.kind || ' ' || j.id FROM job j JOIN run r ON r.id = j.run AND r.state <> 'running'
         WHERE NOT EXISTS (SELECT 1 FROM source_object s WHERE s.kind = j.kind AND s.id = j.id)
           AND NOT EXISTS (SELECT 1 FROM link l WHERE l.mapping = j.mapping AND l.kind = j.kind AND l.id = j.id)
           AND NOT EXISTS (SELECT 1 FROM intent i WHERE i.mapping = j.mapping AND i.kind = j.kind AND i.id = j.id)",
    ),
    (
        "jobs belong to runs that there are not",
        "SELECT mapping || ' ' || kind || ' ' || id FROM job WHERE run NOT IN (SELECT id FROM run)",
    ),
    (
        "memberships stand in groups that are not linked",
        "SELECT DISTINCT e.mapping || ' ' || e.group_kind || ' ' || e.group_id FROM edge_have e
         WHERE NOT EXISTS (SELECT 1 FROM link l WHERE l.mapping = e.mapping AND l.kind = e.group_kind
                             AND l.id = e.group_id AND l.state <> 'ended')",
    ),
    (
        "memberships that we added are of members that are not linked",
        "SELECT e.mapping || ' ' || e.member_kind || ' ' || e.member_id FROM edge_have e WHERE e.origin <> 'found'
           AND NOT EXISTS (SELECT 1 FROM link l WHERE l.mapping = e.mapping AND l.kind = e.member_kind
                             AND l.id = e.member_id AND l.state <> 'ended')",
    ),
    (
        "objects wait for a value without being parked",
        "SELECT w.mapping || ' ' || w.kind || ' ' || w.id FROM waiter w
         WHERE NOT EXISTS (SELECT 1 FROM parked p WHERE p.mapping = w.mapping AND p.kind = w.kind AND p.id = w.id)",
    ),
    (
        "resources are listed as nobody's, but are linked",
        "SELECT t.target || ' ' || t.resource_type || ' ' || t.target_id FROM listed t
         JOIN link l ON l.target = t.target AND l.resource_type = t.resource_type AND l.target_id = t.target_id
         WHERE l.state <> 'ended'",
    ),
    (
        "keys lead to resources that are not listed",
        "SELECT k.target || ' ' || k.resource_type || ' ' || k.target_id FROM listed_key k
         WHERE NOT EXISTS (SELECT 1 FROM listed t WHERE t.target = k.target AND t.resource_type = k.resource_type
                             AND t.target_id = k.target_id)",
    ),
    (
        "keys lead to objects that are not linked there",
        "SELECT k.mapping || ' ' || k.kind || ' ' || k.id FROM link_key k
         WHERE NOT EXISTS (SELECT 1 FROM link l WHERE l.mapping = k.mapping AND l.kind = k.kind AND l.id = k.id
                             AND l.target = k.target AND l.resource_type = k.resource_type AND l.state <> 'ended')",
    ),
    (
        "resources of links are known by their text, although it is to be read",
        "SELECT mapping || ' ' || kind || ' ' || id FROM link WHERE imprint IS NOT NULL
           AND (place IS NULL OR observed IS NULL OR keys IS NULL OR gone = 1 OR drifted = 1 OR state = 'ended')",
    ),
];

/// Examines a store, whoever works on it. Nothing is changed.
///
/// # Errors
/// It cannot be opened, is no database, or is from a later version.
pub fn examine(path: &Path) -> Result<Examination, StoreError> {
    let unusable = |error| unusable(path, error);
    let connection =
        Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(unusable)?;
    connection
        .execute_batch("PRAGMA query_only = ON; BEGIN")
        .map_err(unusable)?;
    let schema = migrate::version(&connection).map_err(unusable)?;
    if schema > SCHEMA {
        return Err(StoreError::TooNew {
            path: path.display().to_string(),
            found: schema,
            known: SCHEMA,
        });
    }
    let mut flaws = file(&connection).map_err(unusable)?;
    let older = schema < SCHEMA;
    // What a broken tree says about rows is worth nothing.
    if flaws.is_empty() && !older {
        for (what, query) in INVARIANTS {
            flaws.extend(ask(&connection, what, query).map_err(unusable)?);
        }
    }
    Ok(Examination {
        schema,
        flaws,
        older,
    })
}

/// The file's pages, trees and indexes; what broken ones say is not asked.
fn file(connection: &Connection) -> rusqlite::Result<Vec<Flaw>> {
    let what = "the database file is damaged";
    let verdict = match ask(connection, what, "PRAGMA integrity_check") {
        // So badly that even the check cannot go on.
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseCorrupt) => Some(Flaw {
            what: what.to_owned(),
            count: 1,
            examples: vec![error.to_string()],
        }),
        verdict => verdict?,
    };
    if let Some(broken) = verdict.filter(|verdict| verdict.examples != ["ok"]) {
        return Ok(vec![broken]);
    }
    let dangling = ask(
        connection,
        "rows refer to rows that there are not",
        "SELECT \"table\" || ' → ' || parent FROM pragma_foreign_key_check",
    )?;
    Ok(dangling.into_iter().collect())
}

fn ask(connection: &Connection, what: &str, query: &str) -> rusqlite::Result<Option<Flaw>> {
    let mut statement = connection.prepare(query)?;
    let mut rows = statement.query([])?;
    let (mut count, mut examples) = (0_u64, Vec::new());
    while let Some(row) = rows.next()? {
        count += 1;
        if examples.len() < NAMED {
            examples.push(row.get(0)?);
        }
    }
    Ok((count > 0).then(|| Flaw {
        what: what.to_owned(),
        count,
        examples,
    }))
}
