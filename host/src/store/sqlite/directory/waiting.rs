//! Writes that wait for a target: held, heard, published or taken back.

use jiff::Timestamp;
use purser_engine::situation::Situation;
use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};

use super::write::{self, Moved};
use crate::store::{
    Earlier, Entry, EntryId, Feed, Hold, Key, Outcome, Place, Refusal, Revision, Settlement,
    StoreError, TenantId, ToDo, Verdict, Writing,
    sqlite::{changed, convert},
};

/// For how long it is known what came of a write.
const REMEMBERED: jiff::SignedDuration = jiff::SignedDuration::from_hours(24);

/// What waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Operation {
    Create,
    Update,
    Delete,
}

/// What is needed to take a write back, or to end it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Before {
    /// Whom the write concerns once it stands.
    feeds: Vec<Feed>,
    /// By what the resource is found now.
    keys: Vec<Key>,
    /// Of an update: what there was.
    #[serde(skip_serializing_if = "Option::is_none")]
    was: Option<Was>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Was {
    /// Its version since. Where it has another, somebody has written behind it.
    version: u64,
    /// The document and what it was called; none where only members came and went.
    document: Option<(String, String)>,
    keys: Vec<Key>,
    came: Vec<EntryId>,
    went: Vec<EntryId>,
}

impl Before {
    pub(super) fn of(writing: &Writing, keys: &[Key]) -> Self {
        Self {
            feeds: writing.feeds.to_vec(),
            keys: keys.to_vec(),
            was: None,
        }
    }

    /// Of an entry as it was, that has a new version now.
    pub(super) fn with(
        mut self,
        entry: &Entry,
        display: String,
        revision: Option<&Revision>,
        moved: &Moved,
    ) -> Self {
        self.was = Some(Was {
            version: entry.version + 1,
            document: revision.map(|_| (entry.document.clone(), display)),
            keys: revision.map_or_else(Vec::new, |revision| revision.old.clone()),
            came: moved.came.clone(),
            went: moved.went.clone(),
        });
        self
    }
}

/// Whom a write waits for, if it does.
pub(super) fn held<'w>(writing: &'w Writing, place: &Place) -> Option<(&'w Feed, &'w Hold)> {
    let hold = writing.hold.as_ref()?;
    let feed = writing.feeds.iter().find(|feed| {
        feed.mapping == hold.mapping && feed.resource_type.as_str() == place.resource_type
    })?;
    Some((feed, hold))
}

/// Whether an earlier write to the resource is still waiting. What is known of one that
/// is not is forgotten.
pub(super) fn is_open(c: &Connection, feed: &Feed, id: &str) -> Result<bool, StoreError> {
    let key = params![feed.mapping.as_str(), feed.kind.as_str(), id];
    c.prepare_cached(
        "DELETE FROM waiting WHERE mapping = ?1 AND kind = ?2 AND id = ?3 AND verdict IS NOT NULL",
    )?
    .execute(key)?;
    let mut open =
        c.prepare_cached("SELECT 1 FROM waiting WHERE mapping = ?1 AND kind = ?2 AND id = ?3")?;
    Ok(open.exists(key)?)
}

/// A write waits from now on: the mapping hears of it, and nobody else yet.
pub(super) fn hold(
    c: &Connection,
    place: &Place,
    (entry, id): (EntryId, &str),
    (feed, hold): (&Feed, &Hold),
    (operation, before): (Operation, &Before),
    at: Timestamp,
) -> Result<(), StoreError> {
    let old = at.checked_sub(REMEMBERED).unwrap_or(at);
    c.prepare_cached("DELETE FROM waiting WHERE since < ?1 AND verdict IS NOT NULL")?
        .execute([convert::time(old)])?;
    let feeds = std::slice::from_ref(feed);
    changed::note(c, feeds, &place.resource_type, id)?;
    c.prepare_cached(
        "INSERT INTO waiting (mapping, kind, id, tenant, type, entry, operation, external_id, before, seq, since)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9,
                 (SELECT seq FROM changed WHERE mapping = ?1 AND kind = ?2 AND id = ?3), ?10)",
    )?
    .execute(params![
        feed.mapping.as_str(),
        feed.kind.as_str(),
        id,
        place.tenant.0,
        place.resource_type,
        entry.0,
        convert::json("a write that waits", &operation)?,
        hold.external_id,
        convert::json("a write that waits", before)?,
        convert::time(at)
    ])?;
    Ok(())
}

/// A run has read these objects as they are now: what it settles is about what waited then.
pub(in crate::store::sqlite) fn seen(
    c: &Connection,
    run: i64,
    mapping: &str,
    jobs: &[ToDo],
) -> Result<(), StoreError> {
    let mut mark = c.prepare_cached(
        "UPDATE waiting SET run = ?4
         WHERE mapping = ?1 AND kind = ?2 AND id = ?3 AND seq <= ?5 AND verdict IS NULL AND run IS NULL",
    )?;
    for job in jobs {
        let (kind, id) = (job.key.kind.as_str(), job.key.id.as_str());
        mark.execute(params![mapping, kind, id, run, job.seq as i64])?;
    }
    Ok(())
}

/// What a settled job says about a write that waits.
pub(in crate::store::sqlite) fn heard(c: &Connection, s: &Settlement) -> Result<(), StoreError> {
    let key = [
        s.job.mapping.as_str(),
        s.job.key.kind.as_str(),
        s.job.key.id.as_str(),
    ];
    let Some(row) = open(c, key, s.job.run.0)? else {
        return Ok(());
    };
    let verdict = match &s.outcome {
        Outcome::Leaving { .. } => return Ok(()),
        Outcome::Held { reason, .. } => Verdict::Refused(Refusal {
            status: 503,
            scim_type: None,
            detail: format!("it waits for a person: {reason}"),
        }),
        Outcome::Parked {
            situation,
            reason,
            refusal,
            ..
        } => Verdict::Refused(
            refusal
                .clone()
                .unwrap_or_else(|| judged(*situation, reason)),
        ),
        _ if exists(c, "parked", key)? => Verdict::Refused(judged(
            Situation::FoundAlreadyLinked,
            "the target's resource belongs to another object",
        )),
        // Its members are on their way.
        _ if exists(c, "job", key)? => return Ok(()),
        _ => Verdict::Done,
    };
    match &verdict {
        Verdict::Done => publish(c, &row, s.at)?,
        Verdict::Refused(_) => {
            take_back(c, &row, s.at)?;
            // Whoever asked for it is told; nothing of it is left for a person.
            for table in ["parked", "held", "waiter"] {
                let sql =
                    format!("DELETE FROM {table} WHERE mapping = ?1 AND kind = ?2 AND id = ?3");
                c.prepare_cached(&sql)?.execute(key)?;
            }
        }
    }
    c.prepare_cached(
        "UPDATE waiting SET verdict = ?4, before = '' WHERE mapping = ?1 AND kind = ?2 AND id = ?3",
    )?
    .execute(params![
        key[0],
        key[1],
        key[2],
        convert::json("a verdict", &verdict)?
    ])?;
    Ok(())
}

/// Why an object that nobody has refused is set aside.
fn judged(situation: Situation, reason: &str) -> Refusal {
    let taken = matches!(
        situation,
        Situation::FoundAlreadyLinked | Situation::Ambiguous
    );
    Refusal {
        status: if taken { 409 } else { 400 },
        scim_type: Some(if taken { "uniqueness" } else { "invalidValue" }.to_owned()),
        detail: reason.to_owned(),
    }
}

fn exists(c: &Connection, table: &str, key: [&str; 3]) -> Result<bool, StoreError> {
    let sql = format!("SELECT 1 FROM {table} WHERE mapping = ?1 AND kind = ?2 AND id = ?3");
    Ok(c.prepare_cached(&sql)?.exists(key)?)
}

struct Row {
    place: Place,
    entry: EntryId,
    id: String,
    mapping: String,
    operation: Operation,
    before: Before,
}

/// The write that waits for this object, if the run has seen it.
fn open(c: &Connection, key: [&str; 3], run: i64) -> Result<Option<Row>, StoreError> {
    let mut query = c.prepare_cached(
        "SELECT tenant, type, entry, operation, before FROM waiting
         WHERE mapping = ?1 AND kind = ?2 AND id = ?3 AND verdict IS NULL AND run <= ?4",
    )?;
    let mut rows = query.query(params![key[0], key[1], key[2], run])?;
    let Some(row) = rows.next()? else {
        return Ok(None);
    };
    Ok(Some(Row {
        place: Place {
            tenant: TenantId(row.get(0)?),
            resource_type: row.get(1)?,
        },
        entry: EntryId(row.get(2)?),
        id: key[2].to_owned(),
        mapping: key[0].to_owned(),
        operation: convert::from_json("a write that waits", &row.get::<_, String>(3)?)?,
        before: convert::from_json("a write that waits", &row.get::<_, String>(4)?)?,
    }))
}

/// It stands, and the others hear of it.
fn publish(c: &Connection, row: &Row, at: Timestamp) -> Result<(), StoreError> {
    let feeds = &row.before.feeds;
    match row.operation {
        Operation::Create => show(c, row)?,
        Operation::Update => forget_reserved(c, row)?,
        Operation::Delete => {
            let keys = &row.before.keys;
            return write::erase(c, &row.place, row.entry, &row.id, keys, feeds, at);
        }
    }
    let others = feeds
        .iter()
        .filter(|feed| feed.mapping.as_str() != row.mapping);
    let others: Vec<Feed> = others.cloned().collect();
    changed::note(c, &others, &row.place.resource_type, &row.id)
}

/// It is as it was.
fn take_back(c: &Connection, row: &Row, at: Timestamp) -> Result<(), StoreError> {
    match (row.operation, &row.before.was) {
        (Operation::Create, _) => {
            return write::erase(c, &row.place, row.entry, &row.id, &row.before.keys, &[], at);
        }
        (Operation::Delete, _) => show(c, row)?,
        (Operation::Update, Some(was)) => {
            forget_reserved(c, row)?;
            restore(c, row, was, at)?;
        }
        (Operation::Update, None) => {}
    }
    changed::note(c, &row.before.feeds, &row.place.resource_type, &row.id)
}

fn show(c: &Connection, row: &Row) -> Result<(), StoreError> {
    put(c, &row.place, row.entry)?;
    write::count(c, &row.place, 1)
}

/// A resource of nobody, until it is known whether it goes.
pub(super) fn hide(c: &Connection, place: &Place, entry: EntryId) -> Result<(), StoreError> {
    put(c, &place.hidden(), entry)?;
    write::count(c, place, -1)
}

fn put(c: &Connection, place: &Place, entry: EntryId) -> Result<(), StoreError> {
    c.prepare_cached("UPDATE entry SET type = ?2 WHERE entry = ?1")?
        .execute(params![entry.0, place.resource_type])?;
    Ok(())
}

/// Names that an update gives up, unless it is taken back.
pub(super) fn reserve(
    c: &Connection,
    place: &Place,
    entry: EntryId,
    revision: &Revision,
) -> Result<(), StoreError> {
    for key in revision.old.iter().filter(|key| key.unique) {
        write::add_key(c, &place.hidden(), key, entry)?;
    }
    Ok(())
}

fn forget_reserved(c: &Connection, row: &Row) -> Result<(), StoreError> {
    let was = row.before.was.iter().flat_map(|was| &was.keys);
    for key in was.filter(|key| key.unique) {
        write::remove_key(c, &row.place.hidden(), key, row.entry)?;
    }
    Ok(())
}

/// Unless somebody has written behind it: then that stands.
fn restore(c: &Connection, row: &Row, was: &Was, at: Timestamp) -> Result<(), StoreError> {
    let same = c
        .prepare_cached("SELECT 1 FROM entry WHERE entry = ?1 AND version = ?2")?
        .exists(params![row.entry.0, was.version as i64])?;
    if !same {
        return Ok(());
    }
    if let Some((document, display)) = &was.document {
        for key in &row.before.keys {
            write::remove_key(c, &row.place, key, row.entry)?;
        }
        for key in &was.keys {
            write::add_key(c, &row.place, key, row.entry)?;
        }
        write::put(c, row.entry, display, document)?;
    }
    let mut go =
        c.prepare_cached("DELETE FROM entry_member WHERE container = ?1 AND member = ?2")?;
    for member in &was.came {
        go.execute(params![row.entry.0, member.0])?;
    }
    // Who was deleted meanwhile does not come back.
    let mut come = c.prepare_cached(
        "INSERT OR IGNORE INTO entry_member SELECT ?1, entry FROM entry WHERE entry = ?2",
    )?;
    for member in &was.went {
        come.execute(params![row.entry.0, member.0])?;
    }
    write::regrouped(c, was.came.iter().chain(&was.went))?;
    write::modified(c, row.entry, &convert::time(at))
}

/// What came of the latest write to a resource; none where nobody waits for one.
pub(super) fn verdict(
    c: &Connection,
    feed: (&str, &str),
    id: &str,
) -> Result<Option<Option<Verdict>>, StoreError> {
    let text: Option<Option<String>> = c
        .prepare_cached("SELECT verdict FROM waiting WHERE mapping = ?1 AND kind = ?2 AND id = ?3")?
        .query_row(params![feed.0, feed.1, id], |r| r.get(0))
        .optional()?;
    text.map(|text| {
        text.map(|text| convert::from_json("a verdict", &text))
            .transpose()
    })
    .transpose()
}

/// The create that was sent with this `externalId` and has not been refused.
pub(super) fn earlier(
    c: &Connection,
    place: &Place,
    external_id: &str,
) -> Result<Vec<Earlier>, StoreError> {
    let mut query = c.prepare_cached(
        "SELECT e.id, e.document FROM waiting w JOIN entry e ON e.entry = w.entry
         WHERE w.tenant = ?1 AND w.type = ?2 AND w.external_id = ?3",
    )?;
    let found = query.query_map(
        params![place.tenant.0, place.resource_type, external_id],
        |r| {
            Ok(Earlier {
                id: r.get(0)?,
                document: r.get(1)?,
            })
        },
    )?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// Whether a hidden resource waits to come.
pub(super) fn is_coming(c: &Connection, entry: EntryId) -> Result<bool, StoreError> {
    let create = convert::json("a write that waits", &Operation::Create)?;
    let mut query = c.prepare_cached(
        "SELECT 1 FROM entry e JOIN waiting w ON w.entry = e.entry AND w.id = e.id
         WHERE e.entry = ?1 AND w.operation = ?2 AND w.verdict IS NULL",
    )?;
    Ok(query.exists(params![entry.0, create])?)
}
