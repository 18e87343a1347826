//! An entry comes, changes, goes.
//!
//! Every check stands before the first statement that changes something: what is
//! refused is an answer, not an error, and shares its commit with others.

use std::collections::BTreeSet;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::{
    read,
    waiting::{self, Before, Operation},
};
use crate::store::{
    Change, Draft, Entry, EntryId, Feed, Key, Membership, Place, StoreError, Writing, Written,
    sqlite::{changed, convert},
};

pub(super) fn create(
    c: &Connection,
    place: &Place,
    draft: &Draft,
    writing: &Writing,
) -> Result<Written, StoreError> {
    if let Some(taken) = taken(c, place, &draft.keys, None, writing)? {
        return Ok(taken);
    }
    let Some(members) = Added::of(c, place, &draft.members)? else {
        return Ok(Written::NoMember);
    };
    let time = convert::time(writing.at);
    let held = waiting::held(writing, place);
    let hidden = held.map(|_| place.hidden());
    c.prepare_cached(
        "INSERT INTO entry (tenant, type, id, version, created, modified, display, document)
         VALUES (?1, ?2, ?3, 1, ?4, ?4, ?5, ?6)",
    )?
    .execute(params![
        place.tenant.0,
        hidden.as_ref().unwrap_or(place).resource_type,
        draft.id,
        time,
        draft.display,
        draft.document
    ])?;
    let entry = EntryId(c.last_insert_rowid());
    for key in &draft.keys {
        add_key(c, place, key, entry)?;
    }
    regroup(c, place, entry, &draft.members, &members)?;
    match held {
        None => {
            count(c, place, 1)?;
            changed::note(c, &writing.feeds, &place.resource_type, &draft.id)?;
        }
        Some(held) => waiting::hold(
            c,
            place,
            (entry, &draft.id),
            held,
            (Operation::Create, &Before::of(writing, &draft.keys)),
            writing.at,
        )?,
    }
    Ok(Written::Done(Entry {
        entry,
        id: draft.id.clone(),
        version: 1,
        created: time.clone(),
        modified: time,
        document: draft.document.clone(),
    }))
}

pub(super) fn change(
    c: &Connection,
    place: &Place,
    change: &Change,
    writing: &Writing,
) -> Result<Written, StoreError> {
    let Some(mut entry) = read::by_id(c, place, &change.id)? else {
        return Ok(Written::Gone);
    };
    if change.from.is_some_and(|from| from != entry.version) {
        return Ok(Written::Stale);
    }
    let held = waiting::held(writing, place);
    if let Some((feed, _)) = held
        && waiting::is_open(c, feed, &entry.id)?
    {
        return Ok(Written::Waiting);
    }
    if let Some(revision) = &change.revision
        && let Some(taken) = taken(c, place, &revision.keys, Some(entry.entry), writing)?
    {
        return Ok(taken);
    }
    let Some(added) = Added::of(c, place, &change.members)? else {
        return Ok(Written::NoMember);
    };
    let moved = regroup(c, place, entry.entry, &change.members, &added)?;
    let before = match held {
        Some(_) => Some(before(c, &entry, change, &moved, writing)?),
        None => None,
    };
    if let Some(revision) = &change.revision {
        for key in revision.old.iter().filter(|key| !has(&revision.keys, key)) {
            remove_key(c, place, key, entry.entry)?;
        }
        for key in revision.keys.iter().filter(|key| !has(&revision.old, key)) {
            add_key(c, place, key, entry.entry)?;
        }
        put(c, entry.entry, &revision.display, &revision.document)?;
        entry.document.clone_from(&revision.document);
    } else if moved.nobody() {
        return Ok(Written::Done(entry));
    }
    entry.version += 1;
    entry.modified = convert::time(writing.at);
    modified(c, entry.entry, &entry.modified)?;
    match held.zip(before) {
        None => changed::note(c, &writing.feeds, &place.resource_type, &entry.id)?,
        Some((held, before)) => {
            if let Some(revision) = &change.revision {
                waiting::reserve(c, place, entry.entry, revision)?;
            }
            waiting::hold(
                c,
                place,
                (entry.entry, &entry.id),
                held,
                (Operation::Update, &before),
                writing.at,
            )?;
        }
    }
    Ok(Written::Done(entry))
}

pub(super) fn delete(
    c: &Connection,
    place: &Place,
    id: &str,
    from: u64,
    keys: &[Key],
    writing: &Writing,
) -> Result<Written, StoreError> {
    let Some(entry) = read::by_id(c, place, id)? else {
        return Ok(Written::Gone);
    };
    if entry.version != from {
        return Ok(Written::Stale);
    }
    let Some((feed, hold)) = waiting::held(writing, place) else {
        count(c, place, -1)?;
        let feeds = &writing.feeds;
        erase(c, place, entry.entry, id, keys, feeds, writing.at)?;
        return Ok(Written::Done(entry));
    };
    if waiting::is_open(c, feed, id)? {
        return Ok(Written::Waiting);
    }
    waiting::hide(c, place, entry.entry)?;
    let before = Before::of(writing, keys);
    waiting::hold(
        c,
        place,
        (entry.entry, id),
        (feed, hold),
        (Operation::Delete, &before),
        writing.at,
    )?;
    Ok(Written::Done(entry))
}

/// Another document, and what it is called now.
pub(super) fn put(
    c: &Connection,
    entry: EntryId,
    display: &str,
    document: &str,
) -> Result<(), StoreError> {
    c.prepare_cached("UPDATE entry SET display = ?2, document = ?3 WHERE entry = ?1")?
        .execute(params![entry.0, display, document])?;
    Ok(())
}

/// Somebody has written to it.
pub(super) fn modified(c: &Connection, entry: EntryId, at: &str) -> Result<(), StoreError> {
    c.prepare_cached("UPDATE entry SET version = version + 1, modified = ?2 WHERE entry = ?1")?
        .execute(params![entry.0, at])?;
    Ok(())
}

/// What an update that waits is taken back to.
fn before(
    c: &Connection,
    entry: &Entry,
    change: &Change,
    moved: &Moved,
    writing: &Writing,
) -> Result<Before, StoreError> {
    let display = c
        .prepare_cached("SELECT display FROM entry WHERE entry = ?1")?
        .query_row([entry.entry.0], |r| r.get(0))?;
    let revision = change.revision.as_ref();
    let keys = revision.map_or(&[][..], |revision| &revision.keys);
    Ok(Before::of(writing, keys).with(entry, display, revision, moved))
}

/// An entry goes, with its memberships. It counts no more already.
pub(super) fn erase(
    c: &Connection,
    place: &Place,
    entry: EntryId,
    id: &str,
    keys: &[Key],
    feeds: &[Feed],
    at: Timestamp,
) -> Result<(), StoreError> {
    for key in keys {
        remove_key(c, place, key, entry)?;
    }
    // Who had it among their members has changed; who belonged to it shows one group less.
    if !feeds.is_empty() {
        for container in read::groups(c, entry)? {
            changed::note(c, feeds, &container.resource_type, &container.id)?;
        }
        changed::note(c, feeds, &place.resource_type, id)?;
    }
    c.prepare_cached(
        "UPDATE entry SET version = version + 1, modified = ?2
         WHERE entry IN (SELECT container FROM entry_member WHERE member = ?1)",
    )?
    .execute(params![entry.0, convert::time(at)])?;
    c.prepare_cached(
        "UPDATE entry SET version = version + 1
         WHERE entry IN (SELECT member FROM entry_member WHERE container = ?1)",
    )?
    .execute([entry.0])?;
    c.prepare_cached("DELETE FROM entry_member WHERE member = ?1 OR container = ?1")?
        .execute([entry.0])?;
    c.prepare_cached("DELETE FROM entry_stranger WHERE container = ?1")?
        .execute([entry.0])?;
    c.prepare_cached("DELETE FROM entry WHERE entry = ?1")?
        .execute([entry.0])?;
    Ok(())
}

fn has(keys: &[Key], key: &Key) -> bool {
    keys.iter()
        .any(|known| known.attribute == key.attribute && known.value == key.value)
}

/// Says which unique value belongs to another entry, if one does.
fn taken(
    c: &Connection,
    place: &Place,
    keys: &[Key],
    own: Option<EntryId>,
    writing: &Writing,
) -> Result<Option<Written>, StoreError> {
    let mut query = c.prepare_cached(
        "SELECT 1 FROM entry_value
         WHERE tenant = ?1 AND type = ?2 AND attribute = ?3 AND value = ?4 AND entry <> ?5 LIMIT 1",
    )?;
    let own = own.unwrap_or_default().0;
    // Names that somebody may yet come back to.
    let reserved = writing.hold.as_ref().map(|_| place.hidden());
    for place in std::iter::once(place).chain(&reserved) {
        for key in keys.iter().filter(|key| key.unique) {
            let place = params![
                place.tenant.0,
                place.resource_type,
                key.attribute,
                key.value,
                own
            ];
            if query.exists(place)? {
                return Ok(Some(Written::Taken {
                    attribute: key.attribute.clone(),
                }));
            }
        }
    }
    Ok(None)
}

pub(super) fn remove_key(
    c: &Connection,
    place: &Place,
    key: &Key,
    entry: EntryId,
) -> Result<(), StoreError> {
    c.prepare_cached(
        "DELETE FROM entry_value
         WHERE tenant = ?1 AND type = ?2 AND attribute = ?3 AND value = ?4 AND entry = ?5",
    )?
    .execute(params![
        place.tenant.0,
        place.resource_type,
        key.attribute,
        key.value,
        entry.0
    ])?;
    Ok(())
}

pub(super) fn add_key(
    c: &Connection,
    place: &Place,
    key: &Key,
    entry: EntryId,
) -> Result<(), StoreError> {
    c.prepare_cached("INSERT OR IGNORE INTO entry_value VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![
            place.tenant.0,
            place.resource_type,
            key.attribute,
            key.value,
            entry.0
        ])?;
    Ok(())
}

/// Who is to come.
#[derive(Default)]
struct Added {
    entries: BTreeSet<EntryId>,
    strangers: BTreeSet<String>,
}

impl Added {
    /// None where one of them is no resource of the tenant and has to be.
    fn of(c: &Connection, place: &Place, members: &Membership) -> Result<Option<Self>, StoreError> {
        let mut added = Self::default();
        for id in &members.add {
            match number(c, place, id)? {
                Some(entry) => {
                    added.entries.insert(entry);
                }
                None if members.strangers => {
                    added.strangers.insert(id.clone());
                }
                None => return Ok(None),
            }
        }
        Ok(Some(added))
    }
}

fn number(c: &Connection, place: &Place, id: &str) -> Result<Option<EntryId>, StoreError> {
    Ok(c.prepare_cached(
        "SELECT entry FROM entry WHERE tenant = ?1 AND id = ?2 AND substr(type, -1) <> '?'",
    )?
    .query_row(params![place.tenant.0, id], |r| r.get(0).map(EntryId))
    .optional()?)
}

fn add_member(c: &Connection, group: EntryId, member: EntryId) -> Result<bool, StoreError> {
    let added = c
        .prepare_cached("INSERT OR IGNORE INTO entry_member VALUES (?1, ?2)")?
        .execute(params![group.0, member.0])?;
    Ok(added > 0)
}

/// Who came and went.
#[derive(Debug, Default)]
pub(super) struct Moved {
    pub came: Vec<EntryId>,
    pub went: Vec<EntryId>,
    strangers: usize,
}

impl Moved {
    fn nobody(&self) -> bool {
        self.came.is_empty() && self.went.is_empty() && self.strangers == 0
    }
}

/// Lets members go and come. Answers who did.
fn regroup(
    c: &Connection,
    place: &Place,
    group: EntryId,
    membership: &Membership,
    added: &Added,
) -> Result<Moved, StoreError> {
    let mut moved = Moved::default();
    let mut remove =
        c.prepare_cached("DELETE FROM entry_member WHERE container = ?1 AND member = ?2")?;
    let mut estrange =
        c.prepare_cached("DELETE FROM entry_stranger WHERE container = ?1 AND value = ?2")?;
    if membership.clear {
        let mut query = c.prepare_cached("SELECT member FROM entry_member WHERE container = ?1")?;
        let present: Vec<EntryId> = query
            .query_map([group.0], |r| r.get(0).map(EntryId))?
            .collect::<Result<_, _>>()?;
        for member in present {
            if !added.entries.contains(&member) {
                remove.execute(params![group.0, member.0])?;
                moved.went.push(member);
            }
        }
        let mut query =
            c.prepare_cached("SELECT value FROM entry_stranger WHERE container = ?1")?;
        let present: Vec<String> = query
            .query_map([group.0], |r| r.get(0))?
            .collect::<Result<_, _>>()?;
        for value in present {
            if !added.strangers.contains(&value) {
                moved.strangers += estrange.execute(params![group.0, value])?;
            }
        }
    }
    for id in &membership.remove {
        match number(c, place, id)? {
            Some(member) if remove.execute(params![group.0, member.0])? > 0 => {
                moved.went.push(member)
            }
            Some(_) => {}
            None => moved.strangers += estrange.execute(params![group.0, id])?,
        }
    }
    for member in &added.entries {
        if add_member(c, group, *member)? {
            moved.came.push(*member);
        }
    }
    let mut meet = c.prepare_cached("INSERT OR IGNORE INTO entry_stranger VALUES (?1, ?2)")?;
    for value in &added.strangers {
        moved.strangers += meet.execute(params![group.0, value])?;
    }
    regrouped(c, moved.came.iter().chain(&moved.went))?;
    Ok(moved)
}

/// What is shown of these has changed, as they belong to other groups now. That is
/// no modification of theirs: nobody wrote to them.
pub(super) fn regrouped<'m>(
    c: &Connection,
    members: impl Iterator<Item = &'m EntryId>,
) -> Result<(), StoreError> {
    let mut touch = c.prepare_cached("UPDATE entry SET version = version + 1 WHERE entry = ?1")?;
    for member in members {
        touch.execute([member.0])?;
    }
    Ok(())
}

pub(super) fn count(c: &Connection, place: &Place, by: i64) -> Result<(), StoreError> {
    c.prepare_cached(
        "INSERT INTO entry_count VALUES (?1, ?2, ?3)
         ON CONFLICT DO UPDATE SET entries = entries + ?3",
    )?
    .execute(params![place.tenant.0, place.resource_type, by])?;
    Ok(())
}
