//! Entries and memberships as they are.

use rusqlite::{Connection, OptionalExtension, Params, Row, params, types::Value};

use crate::store::{Entry, EntryId, Place, Reference, Related, StoreError};

/// The columns of an entry, in the order in which [`entry`] reads them.
macro_rules! columns {
    () => {
        "e.entry, e.id, e.version, e.created, e.modified, e.document"
    };
}

/// The entry of a key `v`, unless it waits to come or to go: who waits has its name already.
macro_rules! shown {
    () => {
        "entry i INDEXED BY entry_in_order ON i.tenant = v.tenant AND i.type = v.type AND i.entry = v.entry"
    };
}

fn entry(row: &Row<'_>) -> Result<Entry, StoreError> {
    Ok(Entry {
        entry: EntryId(row.get(0)?),
        id: row.get(1)?,
        version: unsigned(row.get(2)?),
        created: row.get(3)?,
        modified: row.get(4)?,
        document: row.get(5)?,
    })
}

/// Counts are never below 0.
fn unsigned(number: i64) -> u64 {
    number.unsigned_abs()
}

fn all(c: &Connection, sql: &str, params: impl Params) -> Result<Vec<Entry>, StoreError> {
    let mut query = c.prepare_cached(sql)?;
    let mut rows = query.query(params)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(entry(row)?);
    }
    Ok(found)
}

fn limited(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

fn skipped(skip: u64) -> i64 {
    i64::try_from(skip).unwrap_or(i64::MAX)
}

pub(super) fn by_id(c: &Connection, place: &Place, id: &str) -> Result<Option<Entry>, StoreError> {
    let mut query = c.prepare_cached(concat!(
        "SELECT ",
        columns!(),
        " FROM entry e WHERE e.tenant = ?1 AND e.id = ?2 AND e.type = ?3"
    ))?;
    let mut rows = query.query(params![place.tenant.0, id, place.resource_type])?;
    rows.next()?.map(entry).transpose()
}

/// The same with those that it refers to.
pub(super) fn with(
    c: &Connection,
    place: &Place,
    id: &str,
    related: Related,
) -> Result<Option<(Entry, Vec<Reference>)>, StoreError> {
    let Some(entry) = by_id(c, place, id)? else {
        return Ok(None);
    };
    let related = match related {
        Related::Nobody => Vec::new(),
        Related::Members => members(c, entry.entry)?,
        Related::Groups => groups(c, entry.entry)?,
    };
    Ok(Some((entry, related)))
}

/// The entries behind `after` that have a value, but for the first `skip` of them.
pub(super) fn by_value(
    c: &Connection,
    place: &Place,
    (attribute, value): (&str, &str),
    after: EntryId,
    skip: u64,
    limit: usize,
) -> Result<Vec<Entry>, StoreError> {
    let sql = concat!(
        "SELECT ",
        columns!(),
        " FROM entry_value v JOIN entry e ON e.entry = v.entry
         WHERE v.tenant = ?1 AND v.type = ?2 AND v.attribute = ?3 AND v.value = ?4 AND v.entry > ?5
           AND e.type = v.type
         ORDER BY v.entry LIMIT ?6 OFFSET ?7"
    );
    let params = params![
        place.tenant.0,
        place.resource_type,
        attribute,
        value,
        after.0,
        limited(limit),
        skipped(skip)
    ];
    all(c, sql, params)
}

pub(super) fn count_by_value(
    c: &Connection,
    place: &Place,
    (attribute, value): (&str, &str),
) -> Result<u64, StoreError> {
    let counted = c
        .prepare_cached(concat!(
            "SELECT count(*) FROM entry_value v CROSS JOIN ",
            shown!(),
            " WHERE v.tenant = ?1 AND v.type = ?2 AND v.attribute = ?3 AND v.value = ?4"
        ))?
        .query_row(
            params![place.tenant.0, place.resource_type, attribute, value],
            |r| r.get(0),
        )?;
    Ok(unsigned(counted))
}

/// The entries that have a value of an attribute, in the order of the values and behind
/// one of them, but for the first `skip`.
pub(super) fn in_order(
    c: &Connection,
    place: &Place,
    (attribute, descending): (&str, bool),
    after: Option<&(String, EntryId)>,
    skip: u64,
    limit: usize,
) -> Result<Vec<(String, Entry)>, StoreError> {
    // What is skipped is skipped in the index, without its documents.
    macro_rules! behind {
        ($than:literal, $order:literal) => {
            concat!(
                "SELECT ",
                columns!(),
                ", s.value FROM (SELECT v.value, v.entry FROM entry_value v CROSS JOIN ",
                shown!(),
                " WHERE v.tenant = ?1 AND v.type = ?2 AND v.attribute = ?3 AND (v.value, v.entry) ",
                $than,
                " (?4, ?5) ORDER BY v.value ",
                $order,
                ", v.entry ",
                $order,
                " LIMIT ?6 OFFSET ?7) s CROSS JOIN entry e ON e.entry = s.entry ORDER BY s.value ",
                $order,
                ", s.entry ",
                $order
            )
        };
    }
    let (sql, first) = if descending {
        // A blob is greater than every text.
        (behind!("<", "DESC"), Value::Blob(Vec::new()))
    } else {
        (behind!(">", "ASC"), Value::Text(String::new()))
    };
    let (value, entry) = match after {
        Some((value, entry)) => (Value::Text(value.clone()), *entry),
        None => (first, EntryId::default()),
    };
    let mut query = c.prepare_cached(sql)?;
    let mut rows = query.query(params![
        place.tenant.0,
        place.resource_type,
        attribute,
        value,
        entry.0,
        limited(limit),
        skipped(skip)
    ])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push((row.get(6)?, self::entry(row)?));
    }
    Ok(found)
}

pub(super) fn page(
    c: &Connection,
    place: &Place,
    after: EntryId,
    skip: u64,
    limit: usize,
) -> Result<Vec<Entry>, StoreError> {
    // What is skipped is skipped in the index, without its documents.
    let sql = concat!(
        "SELECT ",
        columns!(),
        " FROM (SELECT entry FROM entry WHERE tenant = ?1 AND type = ?2 AND entry > ?3
                ORDER BY entry LIMIT ?4 OFFSET ?5) s
         JOIN entry e ON e.entry = s.entry ORDER BY e.entry"
    );
    let params = params![
        place.tenant.0,
        place.resource_type,
        after.0,
        limited(limit),
        skipped(skip)
    ];
    all(c, sql, params)
}

pub(super) fn count(c: &Connection, place: &Place) -> Result<u64, StoreError> {
    let counted = c
        .prepare_cached("SELECT entries FROM entry_count WHERE tenant = ?1 AND type = ?2")?
        .query_row(params![place.tenant.0, place.resource_type], |r| r.get(0))
        .optional()?;
    Ok(unsigned(counted.unwrap_or_default()))
}

fn references(c: &Connection, sql: &str, of: EntryId) -> Result<Vec<Reference>, StoreError> {
    let mut query = c.prepare_cached(sql)?;
    let rows = query.query_map([of.0], |r| {
        Ok(Reference {
            id: r.get(0)?,
            resource_type: r.get(1)?,
            display: r.get(2)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

// Whoever waits to come or to go (`waiting.rs`) has a type that ends with a question
// mark, and is told of by nobody.

/// Strangers come last: of them nothing but the id is known.
pub(super) fn members(c: &Connection, group: EntryId) -> Result<Vec<Reference>, StoreError> {
    let mut members = references(
        c,
        "SELECT e.id, e.type, e.display FROM entry_member m JOIN entry e ON e.entry = m.member
         WHERE m.container = ?1 AND substr(e.type, -1) <> '?' ORDER BY m.member",
        group,
    )?;
    members.extend(references(
        c,
        "SELECT value, '', '' FROM entry_stranger WHERE container = ?1 ORDER BY value",
        group,
    )?);
    Ok(members)
}

pub(super) fn groups(c: &Connection, member: EntryId) -> Result<Vec<Reference>, StoreError> {
    references(
        c,
        "SELECT e.id, e.type, e.display FROM entry_member m JOIN entry e ON e.entry = m.container
         WHERE m.member = ?1 AND substr(e.type, -1) <> '?' ORDER BY m.container",
        member,
    )
}

pub(super) fn containing(
    c: &Connection,
    place: &Place,
    member: &str,
    after: EntryId,
    limit: usize,
) -> Result<Vec<Entry>, StoreError> {
    let sql = concat!(
        "SELECT ",
        columns!(),
        " FROM entry i JOIN entry_member m ON m.member = i.entry JOIN entry e ON e.entry = m.container
         WHERE i.tenant = ?1 AND i.id = ?2 AND e.type = ?3 AND m.container > ?4
         UNION ALL SELECT ",
        columns!(),
        " FROM entry_stranger s JOIN entry e ON e.entry = s.container
         WHERE e.tenant = ?1 AND s.value = ?2 AND e.type = ?3 AND s.container > ?4
         ORDER BY 1 LIMIT ?5"
    );
    let params = params![
        place.tenant.0,
        member,
        place.resource_type,
        after.0,
        limited(limit)
    ];
    all(c, sql, params)
}

pub(super) fn contained(
    c: &Connection,
    place: &Place,
    group: &str,
    after: EntryId,
    limit: usize,
) -> Result<Vec<Entry>, StoreError> {
    let sql = concat!(
        "SELECT ",
        columns!(),
        " FROM entry i JOIN entry_member m ON m.container = i.entry JOIN entry e ON e.entry = m.member
         WHERE i.tenant = ?1 AND i.id = ?2 AND substr(i.type, -1) <> '?' AND e.type = ?3 AND m.member > ?4
         ORDER BY m.member LIMIT ?5"
    );
    let params = params![
        place.tenant.0,
        group,
        place.resource_type,
        after.0,
        limited(limit)
    ];
    all(c, sql, params)
}
